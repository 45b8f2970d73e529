"""Somebody else was a moment earlier: what he did holds, and whoever comes later is told."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, update

from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import services, services_day, services_plan, services_publish
from impactmakelaar.intake.models import IntakeMeeting, IntakeTable
from impactmakelaar.intake.rules_table import State
from tests.conftest import on_both
from tests.intake.makers import DAY, World, invite_all, make_programme, make_world, propose

Verb = Callable[[World], object]

VERBS: dict[str, Verb] = {
    "propose": lambda w: services_plan.ask_proposal(row=w.table, by=w.officer),
    "place": lambda w: services_plan.place(
        row=w.table,
        contractor=w.meetings()[0].contractor,
        enterprise=w.meetings()[0].enterprise,
        round_=None,
        by=w.officer,
    ),
    "keep apart": lambda w: services_plan.forbid(
        row=w.table,
        contractor=w.meetings()[0].contractor,
        enterprise=w.meetings()[0].enterprise,
        reason="",
        by=w.officer,
    ),
    "lock": lambda w: services_plan.set_lock(meeting=w.meetings()[0], locked=True, by=w.officer),
    "publish": lambda w: services_publish.publish(row=w.table, by=w.officer),
    "begin a round": lambda w: services_day.begin_round(row=w.table, by=w.officer, today=DAY),
    "invite": lambda w: services.invite(
        row=w.table, contracts=w.contracts, enterprises=w.enterprises, by=w.officer
    ),
    "answer": lambda w: services.answer(one=w.participants()[0], comes=False, by=w.officer),
}


def elsewhere(statement: object) -> None:
    """Another process does this now; the present session has not noticed."""
    with db.engine.begin() as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
def test_what_was_closed_a_moment_ago_changes_no_more(app: Flask, verb: Verb) -> None:
    world = make_world()
    invite_all(world)
    propose(world)
    assert world.table.state == State.DRAFT
    then = world.table.created_at
    elsewhere(update(IntakeTable).values(state=State.CANCELLED, published_at=then))

    with pytest.raises(Refused, match="intussen"):
        verb(world)

    db.session.expire_all()
    assert world.table.state == State.CANCELLED


@on_both
def test_a_meeting_that_a_repair_took_away_is_refused_in_a_sentence(app: Flask) -> None:
    world = make_world()
    make_programme(world)
    meeting = world.meetings()[0]
    elsewhere(delete(IntakeMeeting).where(IntakeMeeting.id == meeting.id))

    with pytest.raises(Refused, match="weggehaald"):
        services_plan.set_lock(meeting=meeting, locked=True, by=world.officer)


def test_who_did_not_confirm_is_not_put_at_a_table(app: Flask) -> None:
    world = make_world()
    services.invite(
        row=world.table, contracts=world.contracts, enterprises=world.enterprises, by=world.officer
    )
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[0])
    services.answer(one=contractor, comes=True, by=world.officer)

    with pytest.raises(Refused, match="nog niet bevestigd"):
        services_plan.place(
            row=world.table,
            contractor=contractor,
            enterprise=enterprise,
            round_=None,
            by=world.officer,
        )

    assert world.meetings() == []
