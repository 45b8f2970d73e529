"""Reads for the terms of keeping, and what a workbook holds of one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookAnswer,
    WorkbookComment,
    WorkbookInvitation,
    WorkbookMember,
    WorkbookReset,
    WorkbookVersion,
)


def put_away_before(moment: datetime) -> Sequence[Workbook]:
    """Workbooks that were put away before a moment."""
    return db.session.scalars(select(Workbook).where(Workbook.archived_at < moment)).all()


def wiped_before(moment: datetime) -> Sequence[WorkbookReset]:
    """Resets before a moment that nobody took back."""
    return db.session.scalars(
        select(WorkbookReset).where(WorkbookReset.at < moment, WorkbookReset.undone_at.is_(None))
    ).all()


def taken_back_before(moment: datetime) -> Sequence[WorkbookComment]:
    """Remarks that were taken back before a moment and still have their text."""
    return db.session.scalars(
        select(WorkbookComment).where(
            WorkbookComment.removed_at < moment, WorkbookComment.text != ""
        )
    ).all()


def invitations_before(moment: datetime) -> Sequence[WorkbookInvitation]:
    """Invitations of guests that ended before a moment."""
    return db.session.scalars(
        select(WorkbookInvitation).where(WorkbookInvitation.expires_at < moment)
    ).all()


def of_person(person: Person) -> dict[str, Any]:
    """What workbooks hold of somebody: his roles, texts, remarks, and what waits for him."""
    roles = db.session.execute(
        select(Workbook.name, WorkbookMember.role, WorkbookMember.added_at)
        .join(Workbook, Workbook.id == WorkbookMember.workbook_id)
        .where(WorkbookMember.person_id == person.id)
        .order_by(WorkbookMember.added_at)
    )
    texts = db.session.execute(
        select(Workbook.name, WorkbookAnswer.question_id, WorkbookVersion.value, WorkbookVersion.at)
        .join(WorkbookAnswer, WorkbookAnswer.id == WorkbookVersion.answer_id)
        .join(Workbook, Workbook.id == WorkbookAnswer.workbook_id)
        .where(WorkbookVersion.by_id == person.id)
        .order_by(WorkbookVersion.id)
    )
    remarks = db.session.execute(
        select(Workbook.name, WorkbookAnswer.question_id, WorkbookComment.text, WorkbookComment.at)
        .join(WorkbookAnswer, WorkbookAnswer.id == WorkbookComment.answer_id)
        .join(Workbook, Workbook.id == WorkbookAnswer.workbook_id)
        .where(WorkbookComment.by_id == person.id)
        .order_by(WorkbookComment.id)
    )
    waiting = db.session.execute(
        select(Workbook.name, WorkbookAnswer.question_id)
        .join(Workbook, Workbook.id == WorkbookAnswer.workbook_id)
        .where(WorkbookAnswer.assignee_id == person.id)
        .order_by(WorkbookAnswer.id)
    )
    return {
        "rollen": [
            {"werkboek": name, "rol": role, "sinds": at.isoformat()} for name, role, at in roles
        ],
        "teksten": [
            {"werkboek": name, "vraag": key, "tekst": value, "op": at.isoformat()}
            for name, key, value, at in texts
        ],
        "opmerkingen": [
            {"werkboek": name, "vraag": key, "tekst": text, "op": at.isoformat()}
            for name, key, text, at in remarks
        ],
        "toegewezen": [{"werkboek": name, "vraag": key} for name, key in waiting],
    }
