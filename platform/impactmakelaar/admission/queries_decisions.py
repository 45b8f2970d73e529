"""Reads of decisions, and of objections to them."""

from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import contains_eager

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import Application, ReviewAssignment
from impactmakelaar.admission.models_decision import Decision, Objection
from impactmakelaar.admission.models_meeting import AgendaItem, ItemAttendance
from impactmakelaar.core.db import db


def decision(row: Application, number: int | None = None) -> Decision | None:
    """The decision on a round (the present one unless named)."""
    return db.session.scalars(
        select(Decision).where(
            Decision.application_id == row.id, Decision.round == (number or row.round)
        )
    ).first()


def decisions(row: Application) -> list[Decision]:
    """Every decision on an application, oldest round first."""
    return list(
        db.session.scalars(
            select(Decision).where(Decision.application_id == row.id).order_by(Decision.round)
        )
    )


def announced_decisions(row: Application) -> list[Decision]:
    """What the applicant may know: decisions that were announced, newest round first."""
    return [one for one in reversed(decisions(row)) if one.announced_on is not None]


def objections(row: Application) -> list[Objection]:
    """Every objection against a decision on an application, oldest first."""
    return list(
        db.session.scalars(
            select(Objection)
            .join(Objection.decision)
            .where(Decision.application_id == row.id)
            .options(contains_eager(Objection.decision))
            .order_by(Objection.id)
        )
    )


def open_objection(row: Application) -> Objection | None:
    """The objection that waits for a decision."""
    return next((one for one in objections(row) if one.decided_on is None), None)


def had_a_hand(person: Any) -> ColumnElement[bool]:
    """Whether a person (an id, or a column of ids) had a hand in a decision, in a query of those.

    Whoever prepared or announced it, led the vote, could vote, or was asked to review. Nobody of
    them decides on an objection to it.
    """
    return or_(
        Decision.prepared_by_id == person,
        Decision.announced_by_id == person,
        exists().where(AgendaItem.id == Decision.item_id, AgendaItem.chaired_by_id == person),
        exists().where(
            ItemAttendance.item_id == Decision.item_id,
            ItemAttendance.person_id == person,
            ItemAttendance.entitled,
        ),
        exists().where(
            ReviewAssignment.application_id == Decision.application_id,
            ReviewAssignment.round == Decision.round,
            ReviewAssignment.person_id == person,
        ),
    )


def took_part(one: Decision) -> frozenset[int]:
    """Who had a hand in this decision and so may not decide on an objection to it."""
    query = select(Person.id).where(Decision.id == one.id, had_a_hand(Person.id))
    return frozenset(db.session.scalars(query))
