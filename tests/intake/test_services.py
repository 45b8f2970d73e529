"""The life of an intake table: planned, invited, proposed, adjusted, published, held."""

from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import update

from impactmakelaar import daily
from impactmakelaar.core.db import db, new_public_id, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail, message_of
from impactmakelaar.intake import (
    proposer,
    queries,
    queries_sheet,
    rules_proposal,
    services,
    services_day,
    services_outcome,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.models import Offer, Outcome, Proposal
from impactmakelaar.intake.rules import Failed
from impactmakelaar.intake.rules_table import Coming, Result, State
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import queries as ledger
from impactmakelaar.social_return import queries_agreement as ledger_agreements
from impactmakelaar.social_return import services_agreement as ledger_deals
from impactmakelaar.social_return import services_change as ledger_changes
from tests.conftest import on_both
from tests.intake.makers import (
    DAY,
    TODAY,
    VALUES,
    World,
    invite_all,
    make_offering,
    make_programme,
    make_world,
    propose,
)
from tests.makers import make_member, make_person
from tests.races import at_once


def placed(world: World) -> dict[tuple[int, int], tuple[int, int]]:
    return {(m.contractor_id, m.enterprise_id): (m.round, m.seat) for m in world.meetings()}


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


def test_same_input_gives_the_same_plan(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    sheet = queries_sheet.sheet_of(world.table)
    shuffled = rules_proposal.Sheet(
        sheet.tables, sheet.rounds, sheet.most_contractor, sheet.most_enterprise
    )
    shuffled.needs = dict(reversed(sheet.needs.items()))
    shuffled.supplies = dict(reversed(sheet.supplies.items()))
    shuffled.cells = dict(reversed(sheet.cells.items()))
    shuffled.away = dict(reversed(sheet.away.items()))
    shuffled.contractors, shuffled.enterprises = sheet.contractors, sheet.enterprises

    first, second = proposer.propose(sheet), proposer.propose(shuffled)

    assert first.result == second.result
    assert first.input_sha256 == second.input_sha256


def test_locked_meeting_stays_in_the_next_proposal(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[2])
    services_plan.place(
        row=world.table, contractor=contractor, enterprise=enterprise, round_=3, by=world.officer
    )

    propose(world)

    assert placed(world)[contractor.id, enterprise.id] == (3, 0)


def test_forbidden_pair_never_meets(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    propose(world)
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[0])

    services_plan.forbid(
        row=world.table, contractor=contractor, enterprise=enterprise, reason="", by=world.officer
    )
    assert (contractor.id, enterprise.id) not in placed(world)
    propose(world)
    assert (contractor.id, enterprise.id) not in placed(world)

    services_plan.allow(
        row=world.table, contractor=contractor, enterprise=enterprise, by=world.officer
    )
    propose(world)
    assert (contractor.id, enterprise.id) in placed(world)


def test_both_parties_hear_that_they_are_kept_apart_after_publication(app: Flask) -> None:
    world = make_world(1, 2)
    make_programme(world)
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[0])
    other = world.of(world.enterprises[1])
    before = (contractor.sequence, enterprise.sequence, other.sequence)

    for _ in range(2):
        services_plan.forbid(
            row=world.table,
            contractor=contractor,
            enterprise=enterprise,
            reason="",
            by=world.officer,
        )

    after = (contractor.sequence, enterprise.sequence, other.sequence)
    assert after == (before[0] + 1, before[1] + 1, before[2])


@pytest.mark.parametrize("by_whom", ["organiser", "contractor", "enterprise"])
def test_parties_kept_apart_cannot_be_put_at_one_table(app: Flask, by_whom: str) -> None:
    world = make_world()
    invite_all(world)
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[0])
    if by_whom == "organiser":
        services_plan.forbid(
            row=world.table,
            contractor=contractor,
            enterprise=enterprise,
            reason="",
            by=world.officer,
        )
    else:
        one, other = contractor, enterprise
        if by_whom == "enterprise":
            one, other = enterprise, contractor
        services.answer(one=one, comes=True, blocks=[other.public_id], by=world.officer)

    with pytest.raises(Refused, match="niet met elkaar"):
        services_plan.place(
            row=world.table,
            contractor=contractor,
            enterprise=enterprise,
            round_=None,
            by=world.officer,
        )
    assert not world.meetings()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"comes": False}, "Groenbedrijf 1 komt niet"),
        ({"comes": True, "away": [0, 1, 2]}, "Groenbedrijf 1 is er dan niet"),
        ({"comes": True, "blocks": "all"}, "niet met elkaar"),
    ],
)
def test_programme_that_an_answer_overtook_is_not_published(
    app: Flask, answer: dict[str, Any], sentence: str
) -> None:
    world = make_world()
    invite_all(world)
    propose(world)
    enterprise = world.of(world.enterprises[0])
    if answer.get("blocks"):
        answer = answer | {"blocks": [p.public_id for p in world.participants()]}
    services.answer(one=enterprise, by=world.officer, **answer)

    with pytest.raises(Refused, match=sentence):
        services_publish.publish(row=world.table, by=world.officer)
    assert world.table.state == State.DRAFT

    propose(world)
    services_publish.publish(row=world.table, by=world.officer)
    assert world.table.state == State.PUBLISHED


def test_deal_on_an_offer_withdrawn_at_that_moment_is_refused(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)
    offer = queries.offers_of(world.of(world.enterprises[0]))[0]
    need = queries.needs_of(world.of(world.place.contractor))[0]
    assert not offer.withdrawn
    with db.engine.begin() as somebody_else:
        somebody_else.execute(update(Offer).values(withdrawn=True))
    assert not offer.withdrawn, "as whoever read it before sees it"

    with pytest.raises(Refused, match="ingetrokken"):
        services_outcome.book_deal(
            meeting=world.meetings()[0],
            need=need,
            offer=offer,
            units=offer.minimum,
            starts_on=DAY,
            ends_on=DAY,
            by=world.officer,
            today=DAY,
            once=new_public_id(),
        )


@pytest.mark.parametrize(
    ("away", "round_", "sentence"),
    [
        ([1], 1, "is er dan niet"),
        ([], 9, "bestaat niet"),
    ],
)
def test_meeting_cannot_be_put_where_it_does_not_fit(
    app: Flask, away: list[int], round_: int, sentence: str
) -> None:
    world = make_world()
    invite_all(world)
    enterprise = world.of(world.enterprises[0])
    services.answer(one=enterprise, comes=True, away=away, by=world.officer)

    with pytest.raises(Refused, match=sentence):
        services_plan.place(
            row=world.table,
            contractor=world.of(world.place.contractor),
            enterprise=enterprise,
            round_=round_,
            by=world.officer,
        )


def test_change_during_the_work_leaves_the_table_alone(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    job = services_plan.ask_proposal(row=world.table, by=world.officer, iterations=1)
    revision = world.table.revision
    sheet = queries_sheet.sheet_of(world.table)
    found = proposer.propose(sheet, iterations=1)
    services.answer(one=world.participants()[0], comes=False, by=world.officer)

    sentence = services_plan._keep(
        world.table.public_id, revision, sheet, found, stopped=False, asked_by=job.asked_by_id
    )

    assert "intussen" in sentence
    assert world.meetings() == []
    assert db.session.query(Proposal).one().used is False


def test_stopped_work_keeps_what_it_has(app: Flask) -> None:
    world = make_world()
    invite_all(world)
    job = services_plan.ask_proposal(row=world.table, by=world.officer)
    services_plan.stop_proposal(row=world.table, by=world.officer)

    services_plan.run_proposal(job)

    found = queries.proposal(world.table)
    assert found is not None
    assert found.stopped
    assert len(world.meetings()) == 6


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


def make_deal(world: World, units: int, once: str = "") -> Outcome:
    meeting = world.meetings()[0]
    return services_outcome.book_deal(
        meeting=meeting,
        need=queries.needs_of(meeting.contractor)[0],
        offer=queries.offers_of(meeting.enterprise)[0],
        units=units,
        starts_on=DAY,
        ends_on=DAY + timedelta(days=100),
        by=world.officer,
        today=DAY,
        once=once or new_public_id(),
    )


@on_both
def test_deal_is_booked_on_the_ledger_once(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)

    make_deal(world, 5, once="zelfde")
    make_deal(world, 5, once="zelfde")

    account = ledger.account(world.contracts[0], DAY)
    cell = next(iter(queries_sheet.sheet_of(world.table).cells.values()))
    assert account.agreed == 5 * cell.unit
    [outcomes] = queries.outcomes([m.id for m in world.meetings()]).values()
    assert [o.kind for o in outcomes] == ["deal"]


@on_both
def test_concurrent_deals_never_exceed_obligation_or_offer(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)
    meeting = world.meetings()[0]
    public_id, officer_id = meeting.public_id, world.officer.id
    offer = queries.offers_of(meeting.enterprise)[0]
    most, offer_id = offer.units, offer.public_id
    need_id = queries.needs_of(meeting.contractor)[0].public_id
    person = type(world.officer)

    def book() -> None:
        found = queries.meeting(public_id)
        need, what = queries.need(need_id), queries.offer(offer_id)
        assert found is not None
        assert need is not None
        assert what is not None
        services_outcome.book_deal(
            meeting=found,
            need=need,
            offer=what,
            units=4,
            starts_on=DAY,
            ends_on=DAY + timedelta(days=100),
            by=db.session.get_one(person, officer_id),
            today=DAY,
            once=new_public_id(),
        )

    answers = at_once(app, *[book] * 20)

    contract = ledger.contract(world.contracts[0].public_id)
    assert contract is not None
    made = ledger_agreements.agreements(contract)
    account = ledger.account(contract, DAY)
    assert sum(a.units for a in made) <= most
    assert account.room >= 0
    assert sum(a.cents for a in made) <= account.obliged
    refused = [a for a in answers if isinstance(a, Exception)]
    assert all(isinstance(a, Refused) for a in refused), refused
    assert len(made) + len(refused) == 20
    assert made


def test_deal_beyond_the_offer_is_refused(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)

    with pytest.raises(Refused):
        make_deal(world, 900)


def test_outcome_needs_a_day_or_a_reason(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)
    meeting = world.meetings()[0]

    with pytest.raises(Refused, match="waarom"):
        services_outcome.record_outcome(
            meeting=meeting, kind=Result.NONE, by=world.officer, today=DAY
        )
    with pytest.raises(Refused, match="dag"):
        services_outcome.record_outcome(
            meeting=meeting, kind=Result.FOLLOW_UP, by=world.officer, today=DAY
        )


def test_follow_up_letters_go_once_after_30_and_90_days(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)
    make_deal(world, 2)

    sent = [
        services_outcome.send_follow_ups(DAY + timedelta(days=days))
        for days in (29, 30, 31, 90, 91)
    ]

    assert sent == [0, 2, 0, 2, 0]


def test_no_letter_about_what_was_called_off_or_settled(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)
    deal, meeting = make_deal(world, 2), world.meetings()[0]
    assert deal.agreement is not None
    ledger_deals.close_agreement(
        row=deal.agreement, done=False, reason="Gaat niet door.", by=world.officer
    )
    services_outcome.record_outcome(
        meeting=meeting, kind=Result.FOLLOW_UP, by=world.officer, today=DAY, follow_up_on=DAY
    )
    assert len(services_outcome.plan_follow_ups(DAY + timedelta(days=30))) == 1

    services_outcome.record_outcome(
        meeting=meeting, kind=Result.NONE, by=world.officer, today=DAY, reason="Te duur."
    )

    assert services_outcome.plan_follow_ups(DAY + timedelta(days=30)) == []


def test_settled_contract_frees_the_offer_and_stops_the_letters(app: Flask) -> None:
    world = make_world(1, 1)
    make_programme(world)

    def left() -> tuple[int, int]:
        [supply] = queries_sheet.sheet_of(world.table).supplies.values()
        return supply.units, supply.enterprise_euros

    before = left()
    make_deal(world, 2)
    assert left() < before
    ledger_changes.settle(
        row=world.contracts[0], outcome="waived", reason="Klaar.", by=world.officer, today=DAY
    )

    assert left() == before
    assert services_outcome.plan_follow_ups(DAY + timedelta(days=30)) == []


def test_daily_shows_the_letters_before_it_sends_them(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_world(1, 1)
    make_programme(world)
    make_deal(world, 2)
    day = DAY + timedelta(days=30)
    capsys.readouterr()

    assert daily.run(day, dry_run=True, confirm=True) == 0
    shown = capsys.readouterr().out
    assert daily.run(day, dry_run=False, confirm=True) == 0

    assert "Bouwbedrijf en Groenbedrijf 1: hoe gaat het, 30 dagen na hun gesprek" in shown
    assert "3 brieven; er is niets verstuurd." in shown
    assert services_outcome.plan_follow_ups(day) == []


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


def test_forcing_costs_nothing_for_a_pair_of_the_best_plan(app: Flask) -> None:
    world = make_world(1, 1)
    invite_all(world)
    sheet = queries_sheet.sheet_of(world.table)
    [(need, offer)] = sheet.eligible()

    cost = proposer.cost_of_forcing(sheet, need, offer)

    assert cost is not None
    assert cost.cents == 0


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
