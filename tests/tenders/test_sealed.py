"""Sealed quotes: late, replaced, doubled, opened by two people, and never read before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError
from tests.conftest import on_both
from tests.makers import make_member, make_organisation
from tests.races import at_once
from tests.social_return.makers import make_prices, make_rules
from tests.tenders.makers import (
    AFTER,
    DEADLINE,
    NOW,
    TODAY,
    hand_in,
    make_scene,
    make_sent,
    move,
    open_box,
    quote_of,
)

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, backup, mail, sealing
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import queries as social_return
from impactmakelaar.tenders import (
    queries_invitations,
    queries_ocds,
    queries_quotes,
    services,
    services_award,
    services_opening,
    services_quotes,
    services_running,
)
from impactmakelaar.tenders.models_quotes import Quote

CANARY = "KANARIE7f3a9"
CANARY_PRICE = 91_827_364_55


def first(row: Any) -> Any:
    return queries_invitations.invitations(row)[0]


@on_both
def test_a_quote_is_sealed_and_comes_out_after_two_people_opened(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    quote = hand_in(scene, first(row), text=CANARY)
    assert quote.content is None
    assert CANARY.encode() not in quote.sealed

    assert not services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)
    assert not services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)
    assert services_opening.put_in_key(row=row, by=scene.colleague, now=AFTER)

    [opened] = queries_quotes.opened_quotes(row)
    assert opened.content is not None
    assert opened.content["answers"]["quality"] == CANARY
    minutes = queries_quotes.minutes(row)
    assert minutes is not None
    assert {p["name"] for p in minutes.document["people"]} == {scene.buyer.name}
    assert len(minutes.document["people"]) == 2


@on_both
def test_late_by_a_second_is_late_and_noted(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row), at=DEADLINE - timedelta(microseconds=1))
    late = queries_invitations.invitations(row)[1]
    with pytest.raises(Refused, match="voorbij"):
        hand_in(scene, late, at=DEADLINE)

    assert audit.about(late)[0].action == "quote.too_late"
    open_box(scene, row)
    assert len(queries_quotes.opened_quotes(row)) == 1


@on_both
def test_the_database_refuses_what_comes_late_or_opens_early(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row))
    late = "UPDATE quote SET content = '{}', opened_at = received_at"
    with pytest.raises(DBAPIError), transaction():
        db.session.execute(text(late))
    with pytest.raises(DBAPIError), transaction():
        db.session.add(
            Quote(
                invitation_id=queries_invitations.invitations(row)[1].id,
                number=1,
                submission="x",
                sealed=b"x",
                sha256="x",
                received_at=DEADLINE,
            )
        )
    with pytest.raises(DBAPIError), transaction():
        row.deadline_at = DEADLINE - timedelta(days=1)


@pytest.mark.parametrize(
    ("second", "minutes", "opened"),
    [("colleague", 9, True), ("colleague", 11, False), ("same", 1, False)],
)
def test_two_people_within_ten_minutes(app: Flask, second: str, minutes: int, opened: bool) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)
    by = scene.colleague if second == "colleague" else scene.buyer
    later = AFTER + timedelta(minutes=minutes)
    assert services_opening.put_in_key(row=row, by=by, now=later) is opened


def test_one_person_opens_where_the_authority_set_that(app: Flask) -> None:
    scene = make_scene(4)
    services.save_settings(
        organisation=scene.authority,
        open_with=1,
        keep_years=7,
        standstill_days=0,
        by=scene.buyer,
        now=NOW,
    )
    row = make_sent(scene)
    assert services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)


@on_both
def test_every_attempt_is_in_the_trail(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    with pytest.raises(Refused, match="dicht"):
        services_opening.put_in_key(row=row, by=scene.buyer, now=DEADLINE - timedelta(seconds=1))
    open_box(scene, row)

    actions = [line.action for line in audit.about(row)]
    assert actions[:4] == ["box.opened", "box.key_put_in", "box.key_put_in", "box.refused"]


def test_nobody_from_elsewhere_puts_in_a_key(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    other = make_organisation(Kind.AUTHORITY, "Velsen", region_id=scene.region.id)
    people = [make_member(other, Role.BUYER), make_member(scene.region, Role.REGION_ADMIN)]
    for person in [*people, scene.owner(first(row))]:
        with pytest.raises(NotFound):
            services_opening.put_in_key(row=row, by=person, now=AFTER)


@on_both
def test_the_same_form_sent_twice_at_once_gives_one_quote(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    invitation = first(row)
    key, owner = invitation.public_id, scene.owner(invitation).id

    def send() -> str:
        found = queries_invitations.invitation(key)
        person = db.session.get(Person, owner)
        assert found is not None
        assert person is not None
        return services_quotes.submit(
            invitation=found,
            quote=quote_of(),
            submission="one-form",
            by=person,
            received_at=DEADLINE - timedelta(hours=1),
        ).public_id

    found = at_once(app, send, send)
    assert found[0] == found[1], found
    assert len(queries_quotes.receipts(invitation)) == 1


@on_both
def test_a_second_quote_replaces_and_a_withdrawn_one_stays_shut(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one, two = queries_invitations.invitations(row)[:2]
    hand_in(scene, one, price=80_000_00)
    hand_in(scene, one, price=70_000_00)
    hand_in(scene, two)
    services_quotes.withdraw_quote(
        invitation=two, by=scene.owner(two), now=DEADLINE - timedelta(hours=1)
    )
    with pytest.raises(Refused):
        services_quotes.withdraw_quote(invitation=one, by=scene.owner(one), now=DEADLINE)
    open_box(scene, row)

    [left] = queries_quotes.opened_quotes(row)
    assert left.content is not None
    assert left.content["price"] == 70_000_00
    shut = [q for q in queries_quotes.receipts(one) if q.replaced_at]
    assert [q.content for q in shut] == [None]


def test_a_draft_is_sealed_and_read_by_its_own_people_only(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one, two = queries_invitations.invitations(row)[:2]
    services_quotes.save_draft(
        invitation=one, quote=quote_of(text=CANARY), by=scene.owner(one), now=NOW
    )

    draft = queries_quotes.draft(one)
    assert draft is not None
    assert CANARY.encode() not in draft.sealed
    own = services_quotes.own_draft(invitation=one, by=scene.owner(one))
    assert own["answers"]["quality"] == CANARY
    for person in (scene.owner(two), scene.buyer):
        with pytest.raises(NotFound):
            services_quotes.own_draft(invitation=one, by=person)


def test_no_quote_from_whoever_has_not_said_yes(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    services_running.answer(
        invitation=one, answer="declined", reason="Vol", by=scene.owner(one), now=NOW
    )
    with pytest.raises(Refused, match="meedoet"):
        hand_in(scene, one)
    with pytest.raises(NotFound):
        services_quotes.submit(
            invitation=one, quote=quote_of(), submission="x", by=scene.buyer, received_at=NOW
        )


def test_without_the_key_the_box_stays_shut_and_says_so(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row))
    sealing.key_file(row.box_name or "").unlink()
    with pytest.raises(Refused, match="sleutel"):
        services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)


def test_one_reminder_to_many_counts_once(app: Flask) -> None:
    scene = make_scene(6)
    row = make_sent(scene, places=5)
    one = first(row)
    services_running.answer(
        invitation=one, answer="declined", reason="Vol", by=scene.owner(one), now=NOW
    )
    services_running.remind(row=row, by=scene.buyer, now=NOW)
    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_reminded"]
    assert len(letters) == 4
    with pytest.raises(Refused, match="vandaag al"):
        services_running.remind(row=row, by=scene.buyer, now=NOW + timedelta(hours=1))
    assert services_running.remind_of_deadlines(DEADLINE - timedelta(days=2)) == 0


@on_both
def test_a_deadline_moves_forward_and_all_hear_of_it(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    later = DEADLINE + timedelta(days=2)
    services_running.change(
        row=row, text="Twee dagen langer.", deadline=later, by=scene.buyer, now=NOW
    )
    assert row.deadline_at == later
    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_changed"]
    assert len(letters) == 3
    for deadline, now in ((DEADLINE, NOW), (later + timedelta(days=1), later)):
        with pytest.raises(Refused):
            services_running.change(row=row, text="X", deadline=deadline, by=scene.buyer, now=now)


def test_nobody_takes_away_a_key_after_the_invitation(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row))
    services.save_settings(
        organisation=scene.authority,
        open_with=1,
        keep_years=7,
        standstill_days=0,
        by=scene.buyer,
        now=NOW,
    )
    assert not services_opening.put_in_key(row=row, by=scene.buyer, now=AFTER)
    assert queries_quotes.opened_quotes(row) == []


@pytest.mark.parametrize("handed_in", [True, False])
def test_the_mailed_link_does_not_tell_whether_there_is_a_quote(
    app: Flask, handed_in: bool
) -> None:
    """A buyer may have given an address of his own for a firm that he added."""
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    if handed_in:
        hand_in(scene, one)
    with pytest.raises(Refused) as refusal:
        services_running.answer(
            invitation=one, answer="declined", reason="Toch niet.", by=None, now=NOW
        )
    assert refusal.value.sentence == "U hebt al geantwoord. Wijzigen doet u na inloggen."
    assert one.answer == "accepted"


# Nothing of a quote is anywhere before the opening ---------------------------------------


def everywhere(app: Flask, tmp_path: Path, log_text: str) -> dict[str, bytes]:
    """Every file of the installation, a backup, the logs, and every text in the database."""
    found = {"log": log_text.encode()}
    if db.engine.dialect.name == "sqlite":
        archive = backup.make_backup(tmp_path / "backup.tar")
    else:
        # Its files lie with the server; what stands in them is what the tables hold.
        archive = tmp_path / "tables.txt"
        archive.write_bytes(b"\n".join(rows_of_all_tables()))
    mail.send_waiting(mail.transport_from_config(), AFTER)
    for path in [*Path(app.instance_path).rglob("*"), *tmp_path.rglob("*"), archive]:
        if path.is_file():
            found[str(path)] = path.read_bytes()
    return found


def rows_of_all_tables() -> list[bytes]:
    """Every value of every table, bytes as they are."""
    found = []
    with db.engine.connect() as connection:
        for table in inspect(db.engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                found += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    return found


@on_both
def test_no_trace_of_a_quote_before_the_opening(
    app: Flask,
    as_person: Callable[..., FlaskClient],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    values = quote_of(CANARY_PRICE, CANARY)
    name = f"{CANARY}-bestand"
    body = b"%PDF-1.7\n" + CANARY.encode() + b"\n%%EOF\n"
    values["files"] = [services_quotes.file_value(Accepted(body, "application/pdf", ".pdf"), name)]
    services_quotes.save_draft(invitation=one, quote=values, by=scene.owner(one), now=NOW)
    services_quotes.submit(
        invitation=one,
        quote=values,
        submission="s",
        by=scene.owner(one),
        received_at=DEADLINE - timedelta(hours=1),
    )
    as_person(scene.buyer).get(f"/opdrachten/{row.public_id}")
    places = everywhere(app, tmp_path, caplog.text)

    assert any(name.endswith(".eml") for name in places)
    assert any(name.endswith(("test.db", "tables.txt")) for name in places)
    for needle in (CANARY.encode(), b"9182736455", str(CANARY_PRICE).encode()):
        assert not [name for name, data in places.items() if needle in data]
    keys = [name for name in places if name.endswith(".key")]
    assert len(keys) == 1
    key = Path(keys[0]).read_bytes()
    assert not [name for name, data in places.items() if key in data and name not in keys]


@on_both
def test_the_scan_would_find_a_quote_that_is_not_sealed(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    monkeypatch.setattr(sealing, "seal", lambda content, **_: content)
    hand_in(scene, first(row), text=CANARY)

    places = everywhere(app, tmp_path, caplog.text)

    assert [name for name, data in places.items() if CANARY.encode() in data]


# Two worlds: with and without a competitor -----------------------------------------------


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


# No order of calls reveals anything before the opening -----------------------------------

STEPS = ("buyer_key", "colleague_key", "early_key", "draft", "submit", "withdraw", "read", "ask")


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(STEPS), min_size=1, max_size=8), st.integers(-3, 3))
def test_no_order_of_calls_reveals_content_before_the_deadline(
    app: Flask, steps: list[str], shift: int
) -> None:
    scene = SCENES.setdefault(id(app), make_scene(4))
    row = make_sent(scene)
    one = first(row)
    clock = DEADLINE - timedelta(minutes=20) + timedelta(minutes=shift)
    for number, step in enumerate(steps):
        now = clock + timedelta(minutes=number)
        outcome = run(scene, row, one, step, now)
        if now < DEADLINE:
            assert CANARY not in outcome
            assert queries_quotes.opened_quotes(row) == []
            assert not any(q.content for q in queries_quotes.receipts(one))
    with transaction():
        row.stage = "withdrawn"


SCENES: dict[int, Any] = {}


def run(scene: Any, row: Any, one: Any, step: str, now: datetime) -> str:
    """What a step gives to whoever is not the sender, as text."""
    owner = scene.owner(one)
    quote = quote_of(text=CANARY)
    calls: dict[str, Callable[[], Any]] = {
        "buyer_key": lambda: services_opening.put_in_key(row=row, by=scene.buyer, now=now),
        "colleague_key": lambda: services_opening.put_in_key(row=row, by=scene.colleague, now=now),
        "early_key": lambda: services_opening.put_in_key(
            row=row, by=scene.buyer, now=now - timedelta(hours=1)
        ),
        "draft": lambda: services_quotes.save_draft(invitation=one, quote=quote, by=owner, now=now),
        "submit": lambda: (
            services_quotes.submit(
                invitation=one, quote=quote, submission=f"{now}", by=owner, received_at=now
            ).sha256
        ),
        "withdraw": lambda: services_quotes.withdraw_quote(invitation=one, by=owner, now=now),
        "read": lambda: services_quotes.own_draft(invitation=one, by=scene.buyer),
        "ask": lambda: [q.content for q in queries_quotes.opened_quotes(row)],
    }
    try:
        return repr(calls[step]())
    except (Refused, NotFound) as error:
        return repr(error)


# After the opening -----------------------------------------------------------------------


def judge(scene: Any, row: Any) -> None:
    points = {"quality": 8, "social": 6}
    reasons = {"quality": "Een helder plan.", "social": "Twee leerwerkplekken."}
    for quote in queries_quotes.opened_quotes(row):
        services_award.give_points(
            row=row,
            quote_id=quote.public_id,
            points=points,
            reasons=reasons,
            by=scene.buyer,
            now=AFTER,
        )
    for quote in queries_quotes.opened_quotes(row):
        services_award.agree_points(
            row=row,
            quote_id=quote.public_id,
            points=points,
            reasons=reasons,
            by=scene.buyer,
            now=AFTER,
        )


@on_both
def test_award_sends_letters_with_the_reasons_that_concern_each(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    services.save_settings(
        organisation=scene.authority,
        open_with=2,
        keep_years=7,
        standstill_days=14,
        by=scene.buyer,
        now=NOW,
    )
    one, two = queries_invitations.invitations(row)[:2]
    hand_in(scene, one, price=70_000_00)
    hand_in(scene, two, price=79_123_45)
    open_box(scene, row)
    judge(scene, row)
    ranked = services_award.ranking(row)
    with pytest.raises(Refused, match="niet bovenaan"):
        services_award.award(
            row=row,
            quote_id=ranked[1].key,
            motivation="Omdat wij dat willen.",
            by=scene.buyer,
            now=AFTER,
            today=TODAY,
        )
    services_award.award(
        row=row,
        quote_id=ranked[0].key,
        motivation="Het beste plan voor de prijs.",
        by=scene.buyer,
        now=AFTER,
        today=TODAY,
    )

    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_decided"]
    assert len(letters) == 2
    assert all("Het beste plan" in m.text for m in letters)
    assert all("79.123" not in m.text and "70.000" not in m.text for m in letters)
    assert all(two.name not in m.text and one.name not in m.text for m in letters)
    with pytest.raises(Refused) as refusal:
        services_award.record_contract(
            row=row,
            contract_cents=70_000_00,
            contract_on=TODAY,
            spent_cents=None,
            spent_on=None,
            by=scene.buyer,
        )
    assert refusal.value.field == "contract_on"
    for mine, other in ((one, two), (two, one)):
        told = services_award.result_of(mine)
        assert "Uw score: " in told
        assert "Het beste plan" in told
        assert other.name not in told
        assert "79.123" not in told
    assert services_award.result_of(queries_invitations.invitations(row)[2]) == ""
    past = queries_quotes.history([one, two])
    assert sorted(p.outcome for p in past) == ["lost", "won"]


@on_both
@pytest.mark.parametrize(("wished", "proposed"), [(True, True), (False, False)])
def test_a_contract_is_handed_down_to_social_return_once(
    app: Flask, wished: bool, proposed: bool
) -> None:
    scene = make_scene(4)
    make_rules(scene.authority)
    make_prices(scene.authority)
    row = make_sent(scene)
    move(row, document=row.document | {"social_return": wished})
    hand_in(scene, first(row))
    open_box(scene, row)
    judge(scene, row)
    services_award.award(
        row=row,
        quote_id=services_award.ranking(row)[0].key,
        motivation="Het beste plan voor de prijs.",
        by=scene.buyer,
        now=AFTER,
        today=TODAY,
    )
    for spent in (None, 10_000_00):
        told = services_award.record_contract(
            row=row,
            contract_cents=240_000_00,
            contract_on=TODAY,
            spent_cents=spent,
            spent_on=None,
            by=scene.buyer,
        )
        assert told is proposed

    found = social_return.contracts_at(scene.authority)
    assert [c.phase for c in found] == (["draft"] if proposed else [])
    assert [c.contractor_id for c in found] == [first(row).enterprise_id] * len(found)


def test_points_are_agreed_on_after_ones_own(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row))
    open_box(scene, row)
    [quote] = queries_quotes.opened_quotes(row)
    values = {
        "row": row,
        "quote_id": quote.public_id,
        "points": {"quality": 8, "social": 6},
        "reasons": {"quality": "Een helder plan.", "social": "Twee leerwerkplekken."},
        "by": scene.buyer,
        "now": AFTER,
    }
    with pytest.raises(Refused, match="eerst zelf"):
        services_award.agree_points(**values)
    services_award.give_points(**values)
    services_award.agree_points(**values)
    with pytest.raises(Refused, match="al samen"):
        services_award.give_points(**values)


def test_a_file_of_a_quote_appears_at_the_opening(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    body = b"%PDF-1.7\nx\n%%EOF\n"
    value = services_quotes.file_value(Accepted(body, "application/pdf", ".pdf"), "plan.pdf")
    services_quotes.submit(
        invitation=one,
        quote=quote_of() | {"files": [value]},
        submission="s",
        by=scene.owner(one),
        received_at=NOW,
    )
    assert db.session.execute(text("SELECT count(*) FROM stored_file")).scalar() == 0
    open_box(scene, row)
    [quote] = queries_quotes.opened_quotes(row)
    assert quote.content is not None
    assert quote.content["files"][0]["name"] == "plan.pdf"
