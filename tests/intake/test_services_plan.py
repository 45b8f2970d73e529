"""The programme: proposed, locked, kept apart, placed by hand, overtaken by what others did."""

from typing import Any

import pytest
from flask import Flask

from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    proposer,
    queries,
    queries_sheet,
    rules_proposal,
    services,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.models import Proposal
from impactmakelaar.intake.rules_table import State
from tests.intake.makers import (
    invite_all,
    make_programme,
    make_world,
    placed,
    propose,
)


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


def test_forcing_costs_nothing_for_a_pair_of_the_best_plan(app: Flask) -> None:
    world = make_world(1, 1)
    invite_all(world)
    sheet = queries_sheet.sheet_of(world.table)
    [(need, offer)] = sheet.eligible()

    cost = proposer.cost_of_forcing(sheet, need, offer)

    assert cost is not None
    assert cost.cents == 0
