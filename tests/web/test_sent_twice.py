"""A form that is sent twice at the same moment makes one thing; meant again, it makes another."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from tests.admission.makers import make_committee
from tests.conftest import on_both
from tests.intake.makers import VALUES, invite_all, make_world
from tests.makers import make_member, make_region
from tests.races import at_once
from tests.tenders.makers import make_scene

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import services_meeting
from impactmakelaar.admission.models_meeting import Meeting
from impactmakelaar.core import clock
from impactmakelaar.core.db import SENT_TWICE, db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.intake import queries as intake_queries
from impactmakelaar.intake import services as intake
from impactmakelaar.intake.models import IntakeTable
from impactmakelaar.intake.rules_table import Side
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return.rules import Effort
from impactmakelaar.tenders import services as tenders
from impactmakelaar.tenders.models import Tender
from impactmakelaar.toolbox import services_workbook
from impactmakelaar.toolbox.models import Workbook

Verb = Callable[[Person, Organisation], Any]


def plan_a_table(by: Person, region: Organisation) -> Any:
    values = VALUES | {"title": "Tweede tafel"}
    return intake.plan_table(region=region, values=values, by=by, today=clock.today())


def plan_a_meeting(by: Person, region: Organisation) -> Any:
    today = clock.today()
    return services_meeting.plan(
        region=region, planned_on=today + timedelta(days=7), place="Haarlem", by=by, today=today
    )


def make_a_workbook(by: Person, region: Organisation) -> Any:
    return services_workbook.create(organisation=region, name="Aanpak", purpose="", by=by)


def begin_a_request(by: Person, authority: Organisation) -> Any:
    return tenders.start_once(organisation=authority, kind="request", by=by, now=clock.now())


def of_table() -> tuple[Person, Organisation]:
    world = make_world(1, 0)
    return world.officer, world.place.region


def of_meeting() -> tuple[Person, Organisation]:
    committee = make_committee()
    return committee.secretary, committee.region


def of_workbook() -> tuple[Person, Organisation]:
    region = make_region()
    return make_member(region, Role.BROKER), region


def of_request() -> tuple[Person, Organisation]:
    scene = make_scene()
    return scene.buyer, scene.authority


CASES = {
    "table": (IntakeTable, plan_a_table, of_table),
    "meeting": (Meeting, plan_a_meeting, of_meeting),
    "workbook": (Workbook, make_a_workbook, of_workbook),
    "request": (Tender, begin_a_request, of_request),
}


def how_many(kind: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(kind)) or 0


@on_both
@pytest.mark.parametrize("name", CASES)
def test_sent_twice_is_once(app: Flask, name: str) -> None:
    kind, verb, scene = CASES[name]
    by, owner = scene()
    before, letters, ids = how_many(kind), how_many(OutboxMail), (by.id, owner.id)

    def once() -> str:
        person, organisation = db.session.get(Person, ids[0]), db.session.get(Organisation, ids[1])
        assert person is not None
        assert organisation is not None
        return str(verb(person, organisation).public_id)

    found = at_once(app, once, once)

    assert found[0] == found[1]
    assert how_many(kind) == before + 1
    after_one = how_many(OutboxMail)
    assert once() == found[0]
    assert how_many(OutboxMail) == after_one >= letters


@pytest.mark.parametrize("name", CASES)
def test_later_it_is_meant(app: Flask, name: str) -> None:
    kind, verb, scene = CASES[name]
    by, owner = scene()
    before = how_many(kind)
    first = verb(by, owner).public_id

    with time_machine.travel(clock.now() + SENT_TWICE + timedelta(seconds=1), tick=False):
        later = verb(by, owner).public_id

    assert later != first
    assert how_many(kind) == before + 2


def test_a_request_in_which_something_was_typed_is_not_given_back(app: Flask) -> None:
    by, authority = of_request()
    first = begin_a_request(by, authority)
    tenders.save_step(
        row=first, values={"title": "Groen"}, revision=first.revision, by=by, now=clock.now()
    )

    assert begin_a_request(by, authority).public_id != first.public_id


def test_what_is_offered_already_is_not_offered_again(app: Flask) -> None:
    world = make_world(1, 1)
    invite_all(world)
    [one] = [p for p in world.participants() if p.side == Side.ENTERPRISE]
    values = {
        "title": "Groenonderhoud",
        "effort": Effort.PURCHASE,
        "units": 5,
        "minimum": 1,
        "starts_on": world.table.held_on,
        "ends_on": world.table.held_on,
        "municipalities": ["GM0392"],
    }
    before = len(intake_queries.offers_of(one))

    first = intake.set_offer(one=one, by=world.entrepreneurs[0], values=values)
    again = intake.set_offer(one=one, by=world.entrepreneurs[0], values=values)
    other = intake.set_offer(one=one, by=world.entrepreneurs[0], values=values | {"units": 6})

    assert again.id == first.id != other.id
    assert len(intake_queries.offers_of(one)) == before + 2
