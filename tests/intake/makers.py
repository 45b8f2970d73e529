"""Makers of the intake table: a region with obligations, enterprises with a badge, a table."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import new_public_id, transaction
from impactmakelaar.intake import (
    queries,
    services,
    services_outcome,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.models import IntakeMeeting, IntakeTable, Outcome, Participant
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return.models import Contract
from tests.makers import THEN, make_admitted, make_enterprise, make_member, make_organisation
from tests.register.makers import document, publish
from tests.social_return.makers import Place, make_contract, make_place

TODAY = date(2026, 11, 24)
DAY = date(2026, 12, 10)
VALUES: dict[str, Any] = {
    "title": "Intaketafel winter",
    "place": "Stadhuis, Haarlem",
    "held_on": DAY,
    "starts_at": 13 * 60 + 30,
    "tables": 3,
    "rounds": 4,
    "minutes": 20,
    "breaks": [[2, 15]],
    "most_contractor": 3,
    "most_enterprise": 3,
    "note": "",
}


@dataclass
class World:
    """A table and who may sit at it."""

    place: Place
    table: IntakeTable
    contracts: list[Contract]
    enterprises: list[Organisation]
    entrepreneurs: list[Person]

    @property
    def officer(self) -> Person:
        return self.place.officer

    def participants(self) -> list[Participant]:
        return queries.participants(self.table)

    def of(self, organisation: Organisation) -> Participant:
        return next(p for p in self.participants() if p.organisation_id == organisation.id)

    def meetings(self) -> list[IntakeMeeting]:
        return queries.meetings(self.table)


def make_offering(place: Place, name: str, **activity: Any) -> Organisation:
    """An enterprise with a badge that offers work in the whole country."""
    values = {"title": "Groenonderhoud", "area": {"kind": "country"}, "sector": "groen"} | activity
    row = make_admitted(make_enterprise(place.region, name), date(2026, 6, 1), badge="grace")
    publish(row, document(trade_name=name, activities=[values]))
    return row


def make_world(contractors: int = 2, enterprises: int = 3, **values: Any) -> World:
    """A planned table; nobody is invited yet."""
    place = make_place()
    contracts = [make_contract(place, "T-1")]
    for number in range(2, contractors + 1):
        other = make_organisation(
            Kind.CONTRACTOR,
            f"Bouwbedrijf {number}",
            region_id=place.region.id,
            kvk_number=f"9000000{number}",
        )
        builder = make_member(other, Role.CONTRACTOR)
        contracts.append(
            make_contract(replace(place, contractor=other, builder=builder), f"T-{number}")
        )
    offering = [make_offering(place, f"Groenbedrijf {n}") for n in range(1, enterprises + 1)]
    table = services.plan_table(
        region=place.region, values=VALUES | values, by=place.officer, today=TODAY
    )
    return World(
        place, table, contracts, offering, [make_member(e, Role.ENTREPRENEUR) for e in offering]
    )


def invite_all(world: World, *, confirm: bool = True) -> None:
    """Everybody is invited, and comes unless said otherwise."""
    services.invite(
        row=world.table,
        contracts=world.contracts,
        enterprises=world.enterprises,
        by=world.officer,
    )
    for one in world.participants() if confirm else ():
        services.answer(one=one, comes=True, by=world.officer)


def propose(world: World) -> str:
    """Ask for a proposal and let the worker make it."""
    job = services_plan.ask_proposal(row=world.table, by=world.officer, iterations=5)
    sentence = services_plan.run_proposal(job)
    with transaction():
        job.finished_at = THEN
    return sentence


def make_programme(world: World) -> None:
    """A published programme."""
    invite_all(world)
    propose(world)
    services_publish.publish(row=world.table, by=world.officer)


def placed(world: World) -> dict[tuple[int, int], tuple[int, int]]:
    """(contractor, enterprise) -> (round, seat)."""
    return {(m.contractor_id, m.enterprise_id): (m.round, m.seat) for m in world.meetings()}


def make_deal(world: World, units: int, once: str = "") -> Outcome:
    """A deal at the first meeting, of the first need and the first offer."""
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
