"""Reads of meetings, agendas, attendance and votes, as far as they exist for the reader."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_meeting import (
    AgendaItem,
    BallotCount,
    ItemAttendance,
    Meeting,
    MeetingAttendance,
    Vote,
)
from impactmakelaar.admission.queries import Reader
from impactmakelaar.admission.rules import DOSSIER_ROLES, Tally
from impactmakelaar.core.db import db


def meetings(reader: Reader) -> list[tuple[Meeting, int]]:
    """(meeting, how many dossiers the reader finds on it), newest first.

    A written round is made for its dossiers: without one that exists for the reader it does not
    exist either.
    """
    found = queries.visible_applications(reader).subquery()
    counts = (
        select(AgendaItem.meeting_id, func.count().label("dossiers"))
        .join(found, found.c.id == AgendaItem.application_id)
        .where(AgendaItem.state.not_in(("annulled", "postponed")))
        .group_by(AgendaItem.meeting_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Meeting, func.coalesce(counts.c.dossiers, 0))
        .outerjoin(counts, counts.c.meeting_id == Meeting.id)
        .where(
            Meeting.region_id == reader.organisation_id,
            or_(Meeting.kind == "meeting", counts.c.dossiers > 0),
        )
        .order_by(Meeting.planned_on.desc(), Meeting.public_id)
    )
    return [(row, int(count)) for row, count in rows]


def meeting(reader: Reader, public_id: str) -> Meeting | None:
    """One meeting that exists for this reader."""
    if not reader.has(*DOSSIER_ROLES):
        return None
    row = db.session.scalars(
        select(Meeting).where(
            Meeting.public_id == public_id, Meeting.region_id == reader.organisation_id
        )
    ).first()
    if row is None or (row.kind == "written" and not agenda(reader, row)):
        return None
    return row


def agenda(reader: Reader, row: Meeting) -> list[AgendaItem]:
    """The items of a meeting that exist for the reader, in order; their numbers are his own."""
    found = queries.visible_applications(reader).subquery()
    return list(
        db.session.scalars(
            select(AgendaItem)
            .join(found, found.c.id == AgendaItem.application_id)
            .where(AgendaItem.meeting_id == row.id)
            .options(joinedload(AgendaItem.application).joinedload(Application.enterprise))
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )


def item(reader: Reader, public_id: str) -> AgendaItem | None:
    """One item whose application exists for the reader."""
    return db.session.scalars(
        select(AgendaItem)
        .where(
            AgendaItem.public_id == public_id,
            AgendaItem.application_id.in_(queries.visible_ids(reader)),
        )
        .options(joinedload(AgendaItem.application), joinedload(AgendaItem.meeting))
    ).first()


def live_item(row: Application) -> AgendaItem | None:
    """The item on which the present round is (being) decided."""
    return db.session.scalars(
        select(AgendaItem).where(
            AgendaItem.application_id == row.id,
            AgendaItem.round == row.round,
            AgendaItem.state.in_(("waiting", "voting", "adopted")),
        )
    ).first()


def items_of(row: Application) -> list[AgendaItem]:
    """Every item of an application, annulled ones included, oldest first."""
    return list(
        db.session.scalars(
            select(AgendaItem)
            .where(AgendaItem.application_id == row.id)
            .options(joinedload(AgendaItem.meeting))
            .order_by(AgendaItem.id)
        )
    )


def present_people(row: Meeting) -> frozenset[int]:
    """Who is at a meeting."""
    return frozenset(
        db.session.scalars(
            select(MeetingAttendance.person_id).where(
                MeetingAttendance.meeting_id == row.id, MeetingAttendance.present
            )
        )
    )


def item_attendance(items: Sequence[AgendaItem]) -> dict[int, list[ItemAttendance]]:
    """Item id -> who was there, who left and who could vote, by name."""
    found: dict[int, list[ItemAttendance]] = {}
    rows = db.session.scalars(
        select(ItemAttendance)
        .join(ItemAttendance.person)
        .where(ItemAttendance.item_id.in_([one.id for one in items]))
        .options(contains_eager(ItemAttendance.person))
        .order_by(Person.name, Person.id)
    )
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def votes(items: Sequence[AgendaItem]) -> dict[int, dict[int, str | None]]:
    """Item id -> person -> choice (None: a secret vote) of who voted."""
    found: dict[int, dict[int, str | None]] = {}
    rows = db.session.scalars(select(Vote).where(Vote.item_id.in_([one.id for one in items])))
    for row in rows:
        found.setdefault(row.item_id, {})[row.person_id] = row.choice
    return found


def recount(row: AgendaItem) -> Tally:
    """The votes of one item, counted from the votes themselves."""
    names = ("in_favour", "against", "blank")
    total = dict.fromkeys(names, 0)
    if row.secret:
        for choice, count in db.session.execute(
            select(BallotCount.choice, BallotCount.votes).where(BallotCount.item_id == row.id)
        ):
            total[choice] += count
    else:
        for named, count in db.session.execute(
            select(Vote.choice, func.count()).where(Vote.item_id == row.id).group_by(Vote.choice)
        ):
            total[str(named)] += count
    present = (
        db.session.scalar(
            select(func.count()).where(ItemAttendance.item_id == row.id, ItemAttendance.entitled)
        )
        or 0
    )
    return Tally(present, total["in_favour"], total["against"], total["blank"])
