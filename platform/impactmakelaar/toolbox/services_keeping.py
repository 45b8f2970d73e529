"""The terms of keeping of workbooks; ``flask retention`` and the worker ask for it every day."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from impactmakelaar.core import audit
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.toolbox import queries_keeping as queries
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
from impactmakelaar.toolbox.rules_workbook import (
    OLD_INVITATION_DAYS,
    PUT_AWAY_DAYS,
    TAKEN_BACK_DAYS,
    Kept,
)


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """What has been kept long enough goes; gives how much of each kind. A dry run only counts."""
    books = queries.put_away_before(now - timedelta(days=PUT_AWAY_DAYS))
    wiped = queries.wiped_before(now - timedelta(days=UNDO_DAYS))
    remarks = queries.taken_back_before(now - timedelta(days=TAKEN_BACK_DAYS))
    invitations = queries.invitations_before(now - timedelta(days=OLD_INVITATION_DAYS))
    counts = {
        "weggelegde werkboeken": len(books),
        "gewiste antwoorden": len(wiped),
        "teruggenomen opmerkingen": len(remarks),
        "oude uitnodigingen voor een werkboek": len(invitations),
    }
    if for_real:
        ids = [row.id for row in invitations]
        with transaction():
            for remark in remarks:
                remark.text = ""
            db.session.execute(delete(WorkbookInvitation).where(WorkbookInvitation.id.in_(ids)))
        for reset in wiped:
            forget_wiped(reset)
        for book in books:
            erase(book)
    return counts


def forget_wiped(reset: WorkbookReset) -> None:
    """Let go of what was wiped and of all that stood at those questions before."""
    with transaction():
        lock(reset.workbook)
        reset = lock(reset)
        if reset.undone_at is not None:
            return
        taken = db.session.scalars(
            select(WorkbookVersion).where(WorkbookVersion.reset_id == reset.id)
        ).all()
        for version in taken:
            db.session.execute(
                delete(WorkbookVersion).where(
                    WorkbookVersion.answer_id == version.answer_id,
                    WorkbookVersion.id <= version.id,
                    (WorkbookVersion.kind != Kept.BESIDE) | WorkbookVersion.settled_at.is_not(None),
                )
            )
        db.session.flush()
        db.session.execute(delete(WorkbookReset).where(WorkbookReset.id == reset.id))
        audit.record(
            "workbook.forgotten", reset.workbook, by=None, organisation=reset.workbook.organisation
        )


def erase(book: Workbook) -> None:
    """A workbook with everything in it; what it offered stays with who received it."""
    with transaction():
        book = lock(book)
        organisation = book.organisation
        audit.record("workbook.erased", book, by=None, organisation=organisation)
        answers = select(WorkbookAnswer.id).where(WorkbookAnswer.workbook_id == book.id)
        for table in (WorkbookComment, WorkbookVersion):
            db.session.execute(delete(table).where(table.answer_id.in_(answers)))
        for owned in (WorkbookReset, WorkbookAnswer, WorkbookMember, WorkbookInvitation):
            db.session.execute(delete(owned).where(owned.workbook_id == book.id))
        db.session.execute(delete(Workbook).where(Workbook.id == book.id))
