"""What a reader still must do: the same number of queries however much there is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, func, select

from impactmakelaar.admission import queries, queries_interests, queries_policy
from impactmakelaar.admission.models import Application, Review, ReviewAssignment
from impactmakelaar.admission.models_decision import Decision, Objection
from impactmakelaar.admission.models_meeting import AgendaItem, ItemAttendance, Vote
from impactmakelaar.admission.queries import Reader
from impactmakelaar.admission.queries_decisions import had_a_hand
from impactmakelaar.admission.queries_reviews import same_review
from impactmakelaar.admission.rules import COMMITTEE, State, leads
from impactmakelaar.core.db import db
from impactmakelaar.organisations.rules import Role

ALL = 10_000


@dataclass(frozen=True)
class Work:
    """One thing that waits for the reader: what, about whom, where, and by when."""

    kind: str
    application: Application
    target: date | None


Wanted = list[tuple[str, Application]]


def to_do(reader: Reader, today: date) -> list[Work]:
    """What the reader still must do, most urgent first."""
    states = (State.SUBMITTED, State.REVIEW, State.DELIBERATION, State.PREPARED, State.OBJECTION)
    rows, _ = queries.applications(reader, states, size=ALL)
    found: Wanted = []
    if reader.has(*COMMITTEE):
        found += _of_member(reader, rows)
        found += _of_who_leads(reader, rows, today)
    if reader.has(Role.SECRETARY):
        found += _of_secretary(rows, today)
    if reader.has(Role.REGION_ADMIN):
        found += _of_objections(reader, rows)
    days = queries.targets([row for _, row in found], today)
    work = [Work(kind, row, days.get(row.id)) for kind, row in found]
    return sorted(work, key=lambda w: (w.target or date.max, w.application.enterprise.name))


def _in(rows: Iterable[Application], *states: State) -> list[Application]:
    return [row for row in rows if row.state in states]


def _of_member(reader: Reader, rows: Sequence[Application]) -> Wanted:
    """Declare, review, vote."""
    open_ones = _in(rows, State.REVIEW, State.DELIBERATION)
    declared = queries_interests.declared_ids(reader, open_ones)
    reviews = _open_reviews(reader)
    votes = _open_votes(reader)
    found: Wanted = []
    for row in open_ones:
        if row.id not in declared:
            found.append(("declare", row))
        elif (row.id, row.round) in reviews and row.state == State.REVIEW:
            found.append(("review", row))
        elif row.id in votes:
            found.append(("vote", row))
    return found


def _open_reviews(reader: Reader) -> set[tuple[int, int]]:
    """(application, round) of reviews that the reader has not handed in."""
    rows = db.session.execute(
        select(ReviewAssignment.application_id, ReviewAssignment.round)
        .outerjoin(Review, same_review())
        .where(
            ReviewAssignment.person_id == reader.person_id,
            ReviewAssignment.ended_at.is_(None),
            Review.submitted_at.is_(None),
        )
    )
    return {(int(a), int(number)) for a, number in rows}


def _open_votes(reader: Reader) -> set[int]:
    """Applications on which the reader may vote and has not."""
    voted = exists().where(Vote.item_id == AgendaItem.id, Vote.person_id == reader.person_id)
    return set(
        db.session.scalars(
            select(AgendaItem.application_id)
            .join(ItemAttendance, ItemAttendance.item_id == AgendaItem.id)
            .where(
                AgendaItem.state == "voting",
                ItemAttendance.person_id == reader.person_id,
                ItemAttendance.entitled,
                ~voted,
            )
        )
    )


def _of_who_leads(reader: Reader, rows: Sequence[Application], today: date) -> Wanted:
    """Write the decision down, make it known: the chair, or who stands in for the chair."""
    ready = _in(rows, State.DELIBERATION, State.PREPARED)
    chaired = {
        int(application_id): chaired_by_id
        for application_id, chaired_by_id in db.session.execute(
            select(AgendaItem.application_id, AgendaItem.chaired_by_id).where(
                AgendaItem.application_id.in_([row.id for row in ready]),
                AgendaItem.state == "adopted",
            )
        )
    }
    away = queries_interests.recused_by_application(chaired)
    members = queries_policy.committee(reader.organisation_id, today)
    found: Wanted = []
    for row in ready:
        if row.id in chaired:
            first = leads(members, away.get(row.id, frozenset()))
            if reader.person_id in (chaired[row.id], first and first.person_id):
                found.append(("announce" if row.state == State.PREPARED else "prepare", row))
    return found


def _of_secretary(rows: Sequence[Application], today: date) -> Wanted:
    """Check, find reviewers, put on an agenda."""
    under_review = _in(rows, State.REVIEW)
    counts = {
        int(application_id): (int(assigned), int(done))
        for application_id, assigned, done in db.session.execute(
            select(
                ReviewAssignment.application_id,
                func.count(),
                func.count(Review.submitted_at),
            )
            .join(
                Application,
                and_(
                    Application.id == ReviewAssignment.application_id,
                    Application.round == ReviewAssignment.round,
                ),
            )
            .outerjoin(Review, same_review())
            .where(
                ReviewAssignment.application_id.in_([row.id for row in under_review]),
                ReviewAssignment.ended_at.is_(None),
            )
            .group_by(ReviewAssignment.application_id)
        )
    }
    found: Wanted = [("check", row) for row in _in(rows, State.SUBMITTED)]
    for row in under_review:
        assigned, done = counts.get(row.id, (0, 0))
        if assigned < queries_policy.policy_for(row, today).reviewers:
            found.append(("assign", row))
        elif done == assigned:
            found.append(("schedule", row))
    return found


def _of_objections(reader: Reader, rows: Sequence[Application]) -> Wanted:
    """Decide on an objection, unless the reader had a part in the decision."""
    waiting = _in(rows, State.OBJECTION)
    mine = set(
        db.session.scalars(
            select(Decision.application_id)
            .join(Objection, Objection.decision_id == Decision.id)
            .where(
                Decision.application_id.in_([row.id for row in waiting]),
                Objection.decided_on.is_(None),
                had_a_hand(reader.person_id),
            )
        )
    )
    return [("objection", row) for row in waiting if row.id not in mine]
