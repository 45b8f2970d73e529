"""What a reader still must do."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select

from impactmakelaar.admission import queries, queries_interests
from impactmakelaar.admission.models import (
    Application,
    Review,
    ReviewAssignment,
)
from impactmakelaar.admission.queries import Reader
from impactmakelaar.admission.rules import COMMITTEE, State
from impactmakelaar.core.db import db
from impactmakelaar.organisations.rules import Role


@dataclass(frozen=True)
class Work:
    """One thing that waits for the reader: what, about whom, where, and by when."""

    kind: str
    application: Application
    target: date | None


def to_do(reader: Reader, today: date) -> list[Work]:
    """What the reader still must do, most urgent first."""
    wanted: list[tuple[str, Application]] = []
    if reader.has(*COMMITTEE):
        rows, _ = queries.applications(reader, (State.REVIEW, State.DELIBERATION), size=10_000)
        declared = queries_interests.declared_ids(reader, rows)
        mine = {
            (a, number)
            for a, number in db.session.execute(
                select(ReviewAssignment.application_id, ReviewAssignment.round)
                .outerjoin(
                    Review,
                    and_(
                        Review.application_id == ReviewAssignment.application_id,
                        Review.round == ReviewAssignment.round,
                        Review.person_id == ReviewAssignment.person_id,
                    ),
                )
                .where(
                    ReviewAssignment.person_id == reader.person_id,
                    ReviewAssignment.ended_at.is_(None),
                    Review.submitted_at.is_(None),
                )
            )
        }
        for row in rows:
            if row.id not in declared:
                wanted.append(("declare", row))
            elif (row.id, row.round) in mine and row.state == State.REVIEW:
                wanted.append(("review", row))
    if reader.has(Role.SECRETARY):
        rows, _ = queries.applications(reader, (State.SUBMITTED,), size=10_000)
        wanted += [("check", row) for row in rows]
    if reader.has(Role.COMMITTEE_CHAIR):
        rows, _ = queries.applications(reader, (State.PREPARED,), size=10_000)
        wanted += [("announce", row) for row in rows]
    if reader.has(Role.REGION_ADMIN):
        rows, _ = queries.applications(reader, (State.OBJECTION,), size=10_000)
        wanted += [("objection", row) for row in rows]
    days = queries.targets([row for _, row in wanted], today)
    found = [Work(kind, row, days.get(row.id)) for kind, row in wanted]
    return sorted(found, key=lambda w: (w.target or date.max, w.application.enterprise.name))
