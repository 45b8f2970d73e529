"""After a meeting: deals on the ledger, outcomes, and the letters that ask later."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from impactmakelaar import daily
from impactmakelaar.core.db import db, new_public_id
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    queries,
    queries_sheet,
    services_outcome,
)
from impactmakelaar.intake.models import Offer
from impactmakelaar.intake.rules_table import Result
from impactmakelaar.social_return import queries as ledger
from impactmakelaar.social_return import queries_agreement as ledger_agreements
from impactmakelaar.social_return import services_agreement as ledger_deals
from impactmakelaar.social_return import services_change as ledger_changes
from tests.conftest import on_both
from tests.intake.makers import (
    DAY,
    make_deal,
    make_programme,
    make_world,
)
from tests.races import at_once


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
