"""Reads of reviews and of the committee's discussion of the present round."""

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import (
    Application,
    Remark,
    Review,
    ReviewAssignment,
)
from impactmakelaar.admission.rules import State
from impactmakelaar.core.db import db


def same_review() -> ColumnElement[bool]:
    """What joins a review with the assignment that it answers."""
    return and_(
        Review.application_id == ReviewAssignment.application_id,
        Review.round == ReviewAssignment.round,
        Review.person_id == ReviewAssignment.person_id,
    )


def assignments(row: Application) -> list[tuple[ReviewAssignment, str, bool]]:
    """(assignment, name, whether the review is in) of the present round, by name."""
    found = db.session.execute(
        select(ReviewAssignment, Person.name, Review.submitted_at)
        .join(Person, Person.id == ReviewAssignment.person_id)
        .outerjoin(
            Review,
            same_review(),
        )
        .where(
            ReviewAssignment.application_id == row.id,
            ReviewAssignment.round == row.round,
            ReviewAssignment.ended_at.is_(None),
        )
        .order_by(Person.name, Person.id)
    )
    return [(one, str(name), submitted is not None) for one, name, submitted in found]


def is_assigned(row: Application, person_id: int) -> bool:
    """Whether somebody reviews an application in the present round."""
    return any(one.person_id == person_id for one, _, _ in assignments(row))


def review(row: Application, person_id: int) -> Review | None:
    """Somebody's own review of the present round."""
    return db.session.get(Review, (row.id, row.round, person_id))


def submitted_reviews(row: Application) -> list[Review]:
    """The reviews of the present round that are in, of those who still are reviewers."""
    return list(
        db.session.scalars(
            select(Review)
            .join(
                ReviewAssignment,
                same_review(),
            )
            .where(
                Review.application_id == row.id,
                Review.round == row.round,
                Review.submitted_at.is_not(None),
                ReviewAssignment.ended_at.is_(None),
            )
            .options(joinedload(Review.person))
            .order_by(Review.person_id)
        )
    )


def handed_in(row: Application) -> int:
    """How many reviews of the present round were handed in, of reviewers who left since too."""
    query = select(func.count()).where(
        Review.application_id == row.id,
        Review.round == row.round,
        Review.submitted_at.is_not(None),
    )
    return db.session.scalar(query) or 0


def review_load(region_id: int) -> dict[int, int]:
    """Person -> reviews that he still has to write."""
    rows = db.session.execute(
        select(ReviewAssignment.person_id, func.count())
        .join(
            Application,
            and_(
                Application.id == ReviewAssignment.application_id,
                Application.round == ReviewAssignment.round,
            ),
        )
        .where(
            Application.region_id == region_id,
            Application.state == State.REVIEW,
            ReviewAssignment.ended_at.is_(None),
        )
        .group_by(ReviewAssignment.person_id)
    )
    return {int(person_id): int(count) for person_id, count in rows}


def remarks(row: Application) -> list[Remark]:
    """The discussion of the present round, oldest first."""
    return list(
        db.session.scalars(
            select(Remark)
            .where(Remark.application_id == row.id, Remark.round == row.round)
            .options(joinedload(Remark.person))
            .order_by(Remark.id)
        )
    )
