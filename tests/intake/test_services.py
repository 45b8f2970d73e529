"""The life of an intake table: planned, invited, proposed, adjusted, published, held."""

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from flask import Flask
from icalendar import Calendar

from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail, message_of
from impactmakelaar.intake import (
    queries,
    queries_sheet,
    services,
    services_day,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.rules import Failed
from impactmakelaar.intake.rules_table import Coming, State
from impactmakelaar.organisations.rules import Role
from tests.conftest import on_both
from tests.intake.makers import (
    DAY,
    TODAY,
    VALUES,
    invite_all,
    make_offering,
    make_programme,
    make_world,
    placed,
    propose,
)
from tests.makers import make_member, make_person


@on_both
def test_table_goes_from_plan_to_programme(app: Flask) -> None:
    world = make_world()

    invite_all(world)
    sentence = propose(world)
    count = services_publish.publish(row=world.table, by=world.officer)

    assert sentence == "Het voorstel staat klaar: 6 gesprekken."
    assert count == 5
    assert world.table.state == State.PUBLISHED
    found = queries.proposal(world.table)
    assert found is not None
    assert (found.method, found.result["covered"], found.result["reachable"]) == ("optimal", 3, 3)
    assert found.bound is not None
    assert found.value <= found.bound


def test_invited_enterprise_offers_what_its_profile_says(app: Flask) -> None:
    world = make_world(1, 0)
    place = make_offering(
        world.place, "Werkplekken", form="placement", title="Werkplek in het groen"
    )
    buy = make_offering(world.place, "Inkoop", order_min=500_000, order_max=2_000_000)
    full = make_offering(world.place, "Vol", capacity="full")

    services.invite(row=world.table, contracts=[], enterprises=[place, buy, full], by=world.officer)

    assert [
        (o.effort, o.units, o.minimum, o.municipalities)
        for one in (place, buy, full)
        for o in queries.offers_of(world.of(one))
    ] == [("placement", 1, 1, ["*"]), ("purchase", 20, 5, ["*"])]


def test_inviting_twice_writes_once(app: Flask) -> None:
    world = make_world(1, 1)
    invite_all(world, confirm=False)
    before = db.session.query(OutboxMail).filter_by(kind="intake_invited").count()

    services.invite(
        row=world.table, contracts=world.contracts, enterprises=world.enterprises, by=world.officer
    )

    assert before == 2
    assert db.session.query(OutboxMail).filter_by(kind="intake_invited").count() == 2
    assert len(world.participants()) == 2


def test_who_did_not_confirm_is_not_seated(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    away = world.of(world.enterprises[0])
    services.answer(one=away, comes=False, by=world.entrepreneurs[0])

    propose(world)

    assert away.id not in {m.enterprise_id for m in world.meetings()}
    sheet = queries_sheet.sheet_of(world.table)
    contractor = world.participants()[0]
    keys = sheet.between((contractor.public_id, away.public_id))
    assert [sheet.cells[key].failed for key in keys] == [(Failed.NOT_CONFIRMED,)]


def test_enterprise_without_badge_cannot_be_bought_from_here(app: Flask) -> None:
    world = make_world(1, 0)
    from_register = make_offering(world.place, "Met badge")
    services.invite(
        row=world.table, contracts=world.contracts, enterprises=[from_register], by=world.officer
    )
    with transaction():
        # The badge ended before the day of the table.
        world.table.held_on = date(2027, 7, 1)
    one = world.of(from_register)
    sheet = queries_sheet.sheet_of(world.table)

    failed = {cell.failed for cell in sheet.cells.values()}

    assert one.state == Coming.INVITED
    assert len(failed) == 1
    assert Failed.NOT_RECOGNISED in failed.pop()


@on_both
def test_repair_moves_no_unaffected_meeting(app: Flask) -> None:
    world = make_world(3, 4, rounds=5)
    make_programme(world)
    services_day.begin_round(row=world.table, by=world.officer, today=DAY)
    before = placed(world)
    gone = world.meetings()[-1].enterprise

    lost, _ = services_day.set_presence(one=gone, away=None, by=world.officer)

    after = placed(world)
    assert lost >= 1
    for pair, slot in before.items():
        if gone.id not in pair:
            assert after[pair] == slot
        elif slot[0] >= 1:
            assert pair not in after
        else:
            assert after[pair] == slot


def test_late_arrival_is_seated_later(app: Flask) -> None:
    world = make_world()
    make_programme(world)
    late = world.of(world.enterprises[0])
    before = placed(world)

    services_day.set_presence(one=late, away={0, 1}, by=world.officer)

    after = placed(world)
    assert all(slot[0] >= 2 for pair, slot in after.items() if late.id in pair)
    assert {p: s for p, s in before.items() if late.id not in p}.items() <= after.items()


def test_walk_in_gets_free_places(app: Flask) -> None:
    world = make_world(2, 2)
    make_programme(world)
    before = placed(world)
    newcomer = make_offering(world.place, "Aanschuiver")

    new = services.invite(
        row=world.table, contracts=[], enterprises=[newcomer], by=world.officer, walk_in=True
    )
    added = services_day.seat_walk_in(row=world.table, newcomers=new, by=world.officer)

    after = placed(world)
    assert added == 2
    assert before.items() <= after.items()


def test_programme_is_mailed_with_a_calendar_entry(app: Flask) -> None:
    world = make_world()
    make_programme(world)
    letters = db.session.query(OutboxMail).filter_by(kind="intake_programme").all()
    message = message_from_bytes(bytes(message_of(letters[0], "a@b.example")), policy=default)
    [attachment] = list(message.iter_attachments())
    event = Calendar.from_ical(attachment.get_content()).walk("VEVENT")[0]

    assert attachment.get_content_type() == "text/calendar"
    assert event["dtstart"].params["TZID"] == "Europe/Amsterdam"
    assert event.decoded("dtstart").strftime("%Y-%m-%d %H:%M") == "2026-12-10 13:30"
    assert len(letters) == 5


def test_calendar_entry_keeps_its_uid_and_counts_changes(app: Flask) -> None:
    world = make_world()
    make_programme(world)
    one = world.of(world.place.contractor)

    def event() -> tuple[str, int]:
        found = Calendar.from_ical(services_publish.calendar_of(one)).walk("VEVENT")[0]
        return str(found["uid"]), int(found["sequence"])

    before = event()
    meeting = queries.meetings_of(one)[0]
    services_plan.remove(meeting=meeting, by=world.officer)
    after = event()

    assert before[0] == after[0]
    assert (before[1], after[1]) == (0, 1)


def test_strangers_may_do_nothing(app: Flask) -> None:
    world = make_world(1, 1)
    invite_all(world)
    stranger = make_person()
    one = world.participants()[0]

    for attempt in (
        lambda: services.answer(one=one, comes=True, by=stranger),
        lambda: services_plan.ask_proposal(row=world.table, by=stranger),
        lambda: services_publish.publish(row=world.table, by=stranger),
        lambda: services.invite(row=world.table, contracts=[], enterprises=[], by=stranger),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_enterprise_may_answer_for_itself_alone(app: Flask) -> None:
    world = make_world(1, 2)
    invite_all(world, confirm=False)
    first = world.entrepreneurs[0]

    services.answer(one=world.of(world.enterprises[0]), comes=True, by=first)
    with pytest.raises(NotFound):
        services.answer(one=world.of(world.enterprises[1]), comes=True, by=first)


def test_table_in_the_past_is_refused(app: Flask) -> None:
    world = make_world(1, 0)

    with pytest.raises(Refused, match="voorbij"):
        services.plan_table(
            region=world.place.region,
            values=VALUES | {"held_on": TODAY - timedelta(days=1)},
            by=world.officer,
            today=TODAY,
        )


def test_broker_of_another_region_is_a_stranger(app: Flask) -> None:
    world = make_world(1, 0)
    other = make_member(world.place.authority, Role.SROI_OFFICER)

    with pytest.raises(NotFound):
        services.open_table(world.table, other)
