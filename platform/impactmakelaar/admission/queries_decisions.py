"""Reads of decisions, and of objections to them."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from impactmakelaar.admission.models import (
    Application,
    Decision,
    ItemAttendance,
    Objection,
    ReviewAssignment,
)
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


def took_part(one: Decision) -> frozenset[int]:
    """Who had a hand in a decision and so may not decide on an objection to it."""
    people = {one.prepared_by_id, one.announced_by_id}
    people |= set(
        db.session.scalars(
            select(ItemAttendance.person_id).where(
                ItemAttendance.item_id == one.item_id, ItemAttendance.entitled
            )
        )
    )
    people |= set(
        db.session.scalars(
            select(ReviewAssignment.person_id).where(
                ReviewAssignment.application_id == one.application_id,
                ReviewAssignment.round == one.round,
            )
        )
    )
    return frozenset(p for p in people if p is not None)
