"""Two worlds, with and without a competitor, are the same for everybody else until the opening."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.tenders.makers import (
    DEADLINE,
    NOW,
    hand_in,
    make_scene,
    make_sent,
)

from impactmakelaar.core import audit, mail
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.tenders import (
    queries_invitations,
    queries_ocds,
    services_quotes,
)


def views_of(scene: Any, row: Any, watcher: Any, browsers: dict[str, Any]) -> dict[str, bytes]:
    """All that the buyer, his colleague, the broker and another invited firm can see."""
    base, found = f"/opdrachten/{row.public_id}", {}
    urls = [
        "/opdrachten",
        base,
        *(
            f"{base}/{part}"
            for part in ("vragen", "openen", "dossier/1", "motivering", "shortlist.csv")
        ),
        "/bureau",
    ]
    for name in ("buyer", "colleague"):
        for url in urls:
            found[f"{name} {url}"] = browsers[name].get(url).data
    browser = browsers["supplier"]
    own = f"/uitnodigingen/{watcher.public_id}"
    for url in ("/uitnodigingen", own, "/bureau"):
        found[f"supplier {url}"] = browser.get(url).data
    trail = audit.of_organisation(scene.authority)
    found["trail"] = repr(
        [(line.action, line.object_type, line.details) for line in trail]
    ).encode()
    others = [m for m in db.session.scalars(select(OutboxMail)) if m.kind != "quote_received"]
    found["letters"] = repr([(m.recipient, m.subject, m.text) for m in others]).encode()
    found["ocds"] = repr(queries_ocds.package([row], NOW)).encode()
    return found


def differences(sign_in: Any) -> list[str]:
    """What differs between before and after competitors handed in, replaced and withdrew.

    Time stands still: the tokens in forms are signed with the second in which they were made.
    """
    with time_machine.travel(NOW, tick=False):
        return _differences(sign_in)


def _differences(sign_in: Any) -> list[str]:
    scene = make_scene(4)
    row = make_sent(scene)
    watcher, *competitors = queries_invitations.invitations(row)
    hand_in(scene, watcher)
    browsers = {
        "buyer": sign_in(scene.buyer),
        "colleague": sign_in(scene.colleague),
        "supplier": sign_in(scene.owner(watcher)),
    }
    without = views_of(scene, row, watcher, browsers)
    for competitor in competitors:
        hand_in(scene, competitor, price=80_000_00, text="x" * 6000)
        hand_in(scene, competitor, price=70_000_00)
    services_quotes.withdraw_quote(
        invitation=competitors[0],
        by=scene.owner(competitors[0]),
        now=DEADLINE - timedelta(hours=1),
    )
    after = views_of(scene, row, watcher, browsers)
    return [name for name, data in without.items() if after[name] != data]


@pytest.fixture
def sign_in(as_person: Callable[..., FlaskClient]) -> Callable[..., FlaskClient]:
    return as_person


def test_two_worlds_are_the_same_for_everybody_else(sign_in: Any) -> None:
    assert differences(sign_in) == []


@pytest.mark.parametrize("mutant", ["count", "trail", "letter", "answer"])
def test_a_leak_is_seen(sign_in: Any, mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = services_quotes._store

    def leaking(row: Any, invitation: Any, *rest: Any) -> Any:
        found = real(row, invitation, *rest)
        if mutant == "trail":
            audit.record("quote.submitted", found, by=None, organisation=row.organisation)
        if mutant == "letter":
            mail.post(mail.Mail("buyer@x.example", "Er is een offerte", "", "tender_note"))
        if mutant == "answer":
            invitation.answer_reason = "diende in"
        if mutant == "count":
            row.document = dict(row.document) | {"description": f"{found.id} offertes"}
        return found

    monkeypatch.setattr(services_quotes, "_store", leaking)
    assert differences(sign_in)
