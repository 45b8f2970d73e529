"""Sealed quotes: late, replaced, doubled, opened by two people, and never read before."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.conftest import on_both
from tests.makers import make_member, make_organisation
from tests.races import at_once
from tests.tenders.makers import (
    AFTER,
    DEADLINE,
    NOW,
    first,
    hand_in,
    make_scene,
    make_sent,
    open_box,
    quote_of,
)

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, sealing
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries_invitations,
    queries_quotes,
    services,
    services_opening,
    services_quotes,
    services_running,
)
from impactmakelaar.tenders.models_quotes import Quote

CANARY = "KANARIE7f3a9"


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
