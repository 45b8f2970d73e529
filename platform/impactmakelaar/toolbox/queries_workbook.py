"""Reads of workbooks."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.proposals import queries as proposed
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.register import queries as register
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookAnswer,
    WorkbookComment,
    WorkbookInvitation,
    WorkbookMember,
    WorkbookReset,
    WorkbookVersion,
)
from impactmakelaar.toolbox.rules_answers import UNDO_DAYS
from impactmakelaar.toolbox.rules_workbook import Kept


def by_public_id(public_id: str) -> Workbook | None:
    """A workbook."""
    return db.session.scalars(select(Workbook).where(Workbook.public_id == public_id)).first()


def own_row(book: Workbook, person: Person) -> WorkbookMember | None:
    """The role that somebody has in a workbook by name."""
    return db.session.get(WorkbookMember, (book.id, person.id))


def has_own_manager(book: Workbook) -> bool:
    """Whether somebody who works for the organisation manages it."""
    managers = {row.person_id for row in members(book) if row.role == "manage" and not row.guest}
    return bool(managers & {one.person_id for one in organisations.members(book.organisation)})


def workbooks_of(person: Person, *, archived: bool = False) -> list[Workbook]:
    """The workbooks that somebody can open: of his organisations, and as a guest."""
    mine = [m.organisation_id for m in organisations.active_memberships(person)]
    named = select(WorkbookMember.workbook_id).where(WorkbookMember.person_id == person.id)
    invited = named.where(WorkbookMember.guest)
    shared = Workbook.organisation_id.in_(mine) & (
        (Workbook.everyone != "none") | Workbook.id.in_(named)
    )
    put_away = Workbook.archived_at.is_not(None) if archived else Workbook.archived_at.is_(None)
    return list(
        db.session.scalars(
            select(Workbook)
            .where(put_away, or_(shared, Workbook.id.in_(invited)))
            .order_by(Workbook.name, Workbook.id)
        )
    )


def count_of(organisation: Organisation) -> int:
    """How many workbooks an organisation has that are not put away."""
    rows = select(Workbook.id).where(
        Workbook.organisation_id == organisation.id, Workbook.archived_at.is_(None)
    )
    return len(list(db.session.scalars(rows)))


def answers(book: Workbook) -> dict[str, WorkbookAnswer]:
    """The answers of a workbook by question."""
    rows = db.session.scalars(select(WorkbookAnswer).where(WorkbookAnswer.workbook_id == book.id))
    return {row.question_id: row for row in rows}


def answer(book: Workbook, question_id: str) -> WorkbookAnswer | None:
    """One answer."""
    return db.session.scalars(
        select(WorkbookAnswer).where(
            WorkbookAnswer.workbook_id == book.id, WorkbookAnswer.question_id == question_id
        )
    ).first()


def members(book: Workbook) -> list[WorkbookMember]:
    """The people with a role of their own."""
    return list(
        db.session.scalars(
            select(WorkbookMember)
            .join(Person, Person.id == WorkbookMember.person_id)
            .where(WorkbookMember.workbook_id == book.id)
            .order_by(Person.name)
        )
    )


def colleagues(book: Workbook) -> dict[str, Person]:
    """Everybody who works for the organisation, by public id."""
    rows = organisations.members(book.organisation)
    found = {one.person.public_id: one.person for one in rows}
    return dict(sorted(found.items(), key=lambda pair: pair[1].name))


def people(book: Workbook) -> dict[str, Person]:
    """Everybody to whom a question can be assigned: who can open the workbook."""
    here = colleagues(book)
    found = {
        row.person.public_id: row.person
        for row in members(book)
        if row.guest or row.person.public_id in here
    }
    if book.everyone != "none":
        found |= here
    return dict(sorted(found.items(), key=lambda pair: pair[1].name))


def open_invitations(book: Workbook, now: datetime) -> list[WorkbookInvitation]:
    """Invitations that can still be accepted."""
    return list(
        db.session.scalars(
            select(WorkbookInvitation).where(
                WorkbookInvitation.workbook_id == book.id,
                WorkbookInvitation.accepted_at.is_(None),
                WorkbookInvitation.withdrawn_at.is_(None),
                WorkbookInvitation.expires_at > now,
            )
        )
    )


def invitation_of(token_hash: str) -> WorkbookInvitation | None:
    """The invitation behind a mailed link."""
    return db.session.scalars(
        select(WorkbookInvitation).where(WorkbookInvitation.token_hash == token_hash)
    ).first()


def beside(rows: Iterable[WorkbookAnswer]) -> dict[int, list[WorkbookVersion]]:
    """The texts that wait beside an answer for a choice, by answer."""
    found: dict[int, list[WorkbookVersion]] = {}
    for row in db.session.scalars(
        select(WorkbookVersion)
        .where(
            WorkbookVersion.answer_id.in_([row.id for row in rows]),
            WorkbookVersion.kind == Kept.BESIDE,
            WorkbookVersion.settled_at.is_(None),
        )
        .order_by(WorkbookVersion.id)
    ):
        found.setdefault(row.answer_id, []).append(row)
    return found


def version(book: Workbook, version_id: int) -> WorkbookVersion | None:
    """A kept text of this workbook."""
    row = db.session.get(WorkbookVersion, version_id)
    return row if row is not None and row.answer.workbook_id == book.id else None


def newest_version(row: WorkbookAnswer) -> WorkbookVersion | None:
    """The last text that was kept of an answer."""
    return db.session.scalars(
        select(WorkbookVersion)
        .where(WorkbookVersion.answer_id == row.id)
        .order_by(WorkbookVersion.id.desc())
    ).first()


def history(rows: Iterable[WorkbookAnswer], limit: int = 20) -> dict[int, list[WorkbookVersion]]:
    """The last texts of each answer, newest first."""
    found: dict[int, list[WorkbookVersion]] = {}
    for row in db.session.scalars(
        select(WorkbookVersion)
        .where(WorkbookVersion.answer_id.in_([row.id for row in rows]))
        .order_by(WorkbookVersion.id.desc())
    ):
        kept = found.setdefault(row.answer_id, [])
        if len(kept) < limit:
            kept.append(row)
    return found


def comments(rows: Iterable[WorkbookAnswer]) -> dict[int, list[WorkbookComment]]:
    """The remarks of each answer, oldest first."""
    found: dict[int, list[WorkbookComment]] = {}
    for row in db.session.scalars(
        select(WorkbookComment)
        .where(
            WorkbookComment.answer_id.in_([row.id for row in rows]),
            WorkbookComment.removed_at.is_(None),
        )
        .order_by(WorkbookComment.id)
    ):
        found.setdefault(row.answer_id, []).append(row)
    return found


def comment(book: Workbook, public_id: str) -> WorkbookComment | None:
    """A remark in this workbook."""
    row = db.session.scalars(
        select(WorkbookComment).where(WorkbookComment.public_id == public_id)
    ).first()
    return row if row is not None and row.answer.workbook_id == book.id else None


def resets(book: Workbook, now: datetime) -> list[WorkbookReset]:
    """What can still be undone, newest first."""
    return list(
        db.session.scalars(
            select(WorkbookReset)
            .where(
                WorkbookReset.workbook_id == book.id,
                WorkbookReset.undone_at.is_(None),
                WorkbookReset.at >= now - timedelta(days=UNDO_DAYS),
            )
            .order_by(WorkbookReset.id.desc())
        )
    )


def reset(book: Workbook, public_id: str) -> WorkbookReset | None:
    """A reset of this workbook."""
    return db.session.scalars(
        select(WorkbookReset).where(
            WorkbookReset.public_id == public_id, WorkbookReset.workbook_id == book.id
        )
    ).first()


def versions_of_reset(row: WorkbookReset) -> list[WorkbookVersion]:
    """The texts that a reset took away."""
    return list(
        db.session.scalars(select(WorkbookVersion).where(WorkbookVersion.reset_id == row.id))
    )


def source_of(book: Workbook, question_id: str) -> str:
    """The name under which an answer of this workbook is proposed."""
    return f"workbook/{book.public_id}/{question_id}"


def proposals(book: Workbook, question_ids: Iterable[str]) -> list[Proposal]:
    """What a workbook offered of these questions, newest first."""
    return proposed.of_sources([source_of(book, one) for one in question_ids])


def region_for(book: Workbook) -> Organisation | None:
    """The region of a workbook's organisation: itself, its own region, or the site's."""
    if book.organisation.kind == Kind.REGION:
        return book.organisation
    return organisations.by_id(book.organisation.region_id) or organisations.home_region()


def values(rows: dict[str, WorkbookAnswer]) -> dict[str, dict[str, Any]]:
    """Only what was answered."""
    return {key: row.value for key, row in rows.items()}


def done(rows: dict[str, WorkbookAnswer]) -> frozenset[str]:
    """The questions that are marked as finished."""
    return frozenset(key for key, row in rows.items() if row.done)


MAX_NAMES = 500


def listed_names(on: date) -> list[str]:
    """The names of the register's enterprises, to choose a party from."""
    return register.listed_names(on)[:MAX_NAMES]
