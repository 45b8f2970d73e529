"""After the term of keeping: a request is erased, and what stays names nobody."""

import copy
from datetime import date

from sqlalchemy import delete, select

from impactmakelaar.core import sealing
from impactmakelaar.core.db import after_commit, db, lock, transaction
from impactmakelaar.tenders import queries_keeping, rules
from impactmakelaar.tenders.models import Tender, TenderDocument, TenderErasure
from impactmakelaar.tenders.models_quotes import (
    Award,
    JointScore,
    OpeningHand,
    OpeningMinutes,
    Quote,
    QuoteDraft,
    Score,
    TenderChange,
    TenderQuestion,
)
from impactmakelaar.tenders.models_selection import (
    Draw,
    Lot,
    OutsideFirm,
    Selection,
    TenderInvitation,
)
from impactmakelaar.tenders.queries_keeping import Past
from impactmakelaar.tenders.services_checks import record


def erase_past_term(today: date) -> int:
    """Erase every request whose term is over, each in a transaction of its own; how many."""
    return sum(erase(past=past, today=today) for past in queries_keeping.past_term(today))


def erase(*, past: Past, today: date) -> bool:
    """Erase one request: content, record, quotes, files, key. False when it is done already.

    What stays is a row without a word of text: organisation, stage, CPV code, amounts and dates,
    for the figures. The bytes of files go with the daily sweep.
    """
    with transaction():
        row = lock(past.row)
        if db.session.get(TenderErasure, row.id) is not None:
            return False
        db.session.add(TenderErasure(tender_id=row.id, erased_on=today, kept_until=past.kept_until))
        db.session.flush()
        files = queries_keeping.files_of(row)
        _erase_rows(row)
        for file in files:
            db.session.delete(file)
        _blank(row)
        record("tender.erased", row, None, kept_until=past.kept_until.isoformat())
    return True


def _erase_rows(row: Tender) -> None:
    invited = select(TenderInvitation.id).where(TenderInvitation.tender_id == row.id)
    quotes = select(Quote.id).where(Quote.invitation_id.in_(invited))
    frozen = select(Selection.id).where(Selection.tender_id == row.id)
    # The order is that of the references: nothing is pointed at when it goes.
    statements = [
        delete(Score).where(Score.quote_id.in_(quotes)),
        delete(JointScore).where(JointScore.quote_id.in_(quotes)),
        delete(Award).where(Award.tender_id == row.id),
        delete(Quote).where(Quote.invitation_id.in_(invited)),
        delete(QuoteDraft).where(QuoteDraft.invitation_id.in_(invited)),
        delete(TenderQuestion).where(TenderQuestion.tender_id == row.id),
        delete(TenderInvitation).where(TenderInvitation.tender_id == row.id),
        delete(TenderChange).where(TenderChange.tender_id == row.id),
        delete(OpeningHand).where(OpeningHand.tender_id == row.id),
        delete(OpeningMinutes).where(OpeningMinutes.tender_id == row.id),
        delete(Draw).where(Draw.selection_id.in_(frozen)),
        delete(Selection).where(Selection.tender_id == row.id),
        delete(Lot).where(Lot.tender_id == row.id),
        delete(OutsideFirm).where(OutsideFirm.tender_id == row.id),
        delete(TenderDocument).where(TenderDocument.tender_id == row.id),
    ]
    for statement in statements:
        db.session.execute(statement, execution_options={"synchronize_session": False})


def _blank(row: Tender) -> None:
    if row.box_name is not None:
        name = row.box_name
        after_commit(lambda: sealing.discard(name))
    row.title = row.deviation = row.end_reason = ""
    row.document = copy.deepcopy(rules.EMPTY)
    row.created_by_id = row.source_id = row.box_name = row.box_public = row.copied_from_id = None
