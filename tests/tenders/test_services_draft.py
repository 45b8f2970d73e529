"""Requests before the selection: steps, copies, mandates, limits, the advice."""

import pytest
from flask import Flask
from sqlalchemy import select, text
from tests.conftest import on_both
from tests.makers import make_member, make_organisation
from tests.tenders.makers import (
    NOW,
    TODAY,
    freeze,
    make_draft,
    make_scene,
    make_sent,
)

from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries_advice,
    queries_invitations,
    queries_selection,
    rules,
    services,
    services_invite,
    services_selection,
)
from impactmakelaar.tenders.rules import Procedure


@on_both
def test_strangers_get_nothing(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)
    other = make_organisation(Kind.AUTHORITY, "Velsen", region_id=scene.region.id)
    stranger = make_member(other, Role.BUYER)
    broker = make_member(scene.region, Role.BROKER)

    for person in (stranger, broker):
        with pytest.raises(NotFound):
            services_selection.draw(row=row, number=1, by=person, now=NOW)
        with pytest.raises(NotFound):
            services.save_step(row=row, values={}, revision=1, by=person, now=NOW)


@on_both
def test_a_colleagues_step_is_not_overwritten(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)
    with pytest.raises(Conflict):
        services.save_step(
            row=row, values={"title": "Anders"}, revision=1, by=scene.colleague, now=NOW
        )


def test_a_copy_has_the_content_and_none_of_the_outcome(app: Flask) -> None:
    scene = make_scene()
    row = make_sent(scene)

    fresh = services.copy_request(row=row, by=scene.colleague, now=NOW)

    assert fresh.stage == rules.Stage.DRAFT
    assert fresh.document["description"] == row.document["description"]
    assert fresh.deadline_at is None
    assert queries_selection.ready_lot(fresh) is not None
    assert not queries_invitations.invitations(fresh)


def test_only_whoever_has_the_mandate_does_the_procedure(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)
    services.set_mandate(
        organisation=scene.authority,
        procedure="multiple",
        person_id=scene.colleague.id,
        granted=True,
        by=scene.buyer,
        now=NOW,
    )

    with pytest.raises(Refused) as refusal:
        freeze(scene, row)
    assert refusal.value.field == "procedure"
    with pytest.raises(Refused):
        services.set_mandate(
            organisation=scene.authority,
            procedure="multiple",
            person_id=scene.buyer.id,
            granted=True,
            by=scene.buyer,
            now=NOW,
        )


def test_a_mandate_of_somebody_who_left_locks_nobody_out(app: Flask) -> None:
    scene = make_scene(1)
    gone = make_member(scene.authority, Role.BUYER)
    values = {"organisation": scene.authority, "procedure": "multiple", "granted": True, "now": NOW}
    services.set_mandate(person_id=gone.id, by=scene.buyer, **values)
    with pytest.raises(Refused):
        services.set_mandate(person_id=scene.buyer.id, by=scene.buyer, **values)
    with transaction():
        db.session.execute(
            text("UPDATE membership SET ended_at = :now WHERE person_id = :gone"),
            {"now": "2026-11-24 00:00:00.000000", "gone": gone.id},
        )
    services.set_mandate(person_id=scene.buyer.id, by=scene.buyer, **values)


def test_limits_are_never_overwritten(app: Flask) -> None:
    scene = make_scene(0)
    with pytest.raises(Refused) as refusal:
        services.add_limits(
            organisation=scene.authority,
            rows=queries_advice.example_limits(TODAY.replace(month=1, day=1)),
            by=scene.buyer,
            now=NOW,
        )
    assert refusal.value.field == "valid_from"


def test_a_company_gets_no_thresholds_and_the_same_help(app: Flask) -> None:
    scene = make_scene(kind=Kind.COMPANY)
    row = make_draft(scene)

    assert queries_advice.advice(row, TODAY).procedure is None
    assert freeze(scene, row, places=2).frozen["deviates"] == []


def test_an_earlier_request_in_the_group_raises_the_suspicion_of_splitting(app: Flask) -> None:
    scene = make_scene()
    values = {"value_low": 30_000_00, "value_high": 30_000_00}
    first = make_draft(scene, **values)
    freeze(scene, first, procedure="single", places=1)

    advice = queries_advice.advice(make_draft(scene, **values), TODAY)

    assert advice.procedure is Procedure.SINGLE
    assert [e.title for e in advice.earlier] == [first.title]
    assert advice.together_procedure is Procedure.MULTIPLE


def test_national_advice_hands_over_and_takes_no_quotes(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene, value_low=500_000_00, value_high=500_000_00)
    freeze(scene, row, procedure="european")
    services_selection.draw(row=row, number=1, by=scene.buyer, now=NOW)

    with pytest.raises(Refused, match="aanbestedingssysteem"):
        services_invite.send(row=row, by=scene.buyer, now=NOW)
    services_invite.hand_over(row=row, reason="TenderNed", by=scene.buyer, now=NOW, today=TODAY)
    assert row.stage == rules.Stage.HANDED_OVER


def test_withdrawing_tells_everybody_why(app: Flask) -> None:
    scene = make_scene()
    row = make_sent(scene)
    with pytest.raises(Refused):
        services.withdraw(row=row, reason="", by=scene.buyer, now=NOW, today=TODAY)
    services.withdraw(row=row, reason="Geen budget", by=scene.buyer, now=NOW, today=TODAY)

    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_withdrawn"]
    assert len(letters) == 3
    assert row.ended_on == TODAY
