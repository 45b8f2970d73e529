"""Reads about questions, changes, quotes and what became of them.

Nothing here opens a seal. Before the opening nobody but the sender learns that a quote is there.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.tenders.models import Tender
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
from impactmakelaar.tenders.models_selection import TenderInvitation


def questions(row: Tender) -> list[TenderQuestion]:
    """All questions about a request, in the order in which they came."""
    return list(
        db.session.scalars(
            select(TenderQuestion)
            .where(TenderQuestion.tender_id == row.id)
            .order_by(TenderQuestion.id)
        )
    )


def question(row: Tender, public_id: str) -> TenderQuestion | None:
    """One question about a request."""
    return next((q for q in questions(row) if q.public_id == public_id), None)


def answered(row: Tender) -> list[TenderQuestion]:
    """What every invited firm may read: the questions with an answer, oldest answer first."""
    found = [q for q in questions(row) if q.answered_at is not None]
    return sorted(found, key=lambda q: (q.answered_at, q.public_id))


def asked_by(invitation: TenderInvitation) -> list[TenderQuestion]:
    """The questions of one invited firm."""
    return list(
        db.session.scalars(
            select(TenderQuestion)
            .where(TenderQuestion.invitation_id == invitation.id)
            .order_by(TenderQuestion.id)
        )
    )


def changes(row: Tender) -> list[TenderChange]:
    """What changed after the invitation, the newest first."""
    return list(
        db.session.scalars(
            select(TenderChange)
            .where(TenderChange.tender_id == row.id)
            .order_by(TenderChange.id.desc())
        )
    )


def draft(invitation: TenderInvitation) -> QuoteDraft | None:
    """A sealed draft."""
    return db.session.get(QuoteDraft, invitation.id)


def current_quote(invitation: TenderInvitation) -> Quote | None:
    """The quote that counts now."""
    return db.session.scalars(
        select(Quote).where(
            Quote.invitation_id == invitation.id,
            Quote.withdrawn_at.is_(None),
            Quote.replaced_at.is_(None),
        )
    ).first()


def receipts(invitation: TenderInvitation) -> list[Quote]:
    """Every quote of one invited firm, the newest first: for its own receipts."""
    return list(
        db.session.scalars(
            select(Quote).where(Quote.invitation_id == invitation.id).order_by(Quote.number.desc())
        )
    )


def quotes_of(row: Tender) -> list[Quote]:
    """The current quotes of a request; for the opening and after it."""
    return list(
        db.session.scalars(
            select(Quote)
            .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
            .options(joinedload(Quote.invitation))
            .where(
                TenderInvitation.tender_id == row.id,
                Quote.withdrawn_at.is_(None),
                Quote.replaced_at.is_(None),
            )
            .order_by(TenderInvitation.kvk_number)
        )
    )


def opened_quotes(row: Tender) -> list[Quote]:
    """The quotes of a request whose box was opened; none before."""
    if row.opened_at is None:
        return []
    return [quote for quote in quotes_of(row) if quote.content is not None]


def opened_quote(row: Tender, public_id: str) -> Quote | None:
    """One opened quote."""
    return next((q for q in opened_quotes(row) if q.public_id == public_id), None)


def hands(row: Tender) -> list[OpeningHand]:
    """Who put a key in the lock."""
    return list(
        db.session.scalars(
            select(OpeningHand)
            .options(joinedload(OpeningHand.person))
            .where(OpeningHand.tender_id == row.id)
            .order_by(OpeningHand.id)
        )
    )


def minutes(row: Tender) -> OpeningMinutes | None:
    """The minutes of the opening."""
    return db.session.get(OpeningMinutes, row.id)


def scores(row: Tender) -> list[Score]:
    """Everybody's points for the quotes of a request."""
    return list(
        db.session.scalars(
            select(Score)
            .join(Quote, Quote.id == Score.quote_id)
            .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
            .options(joinedload(Score.assessor))
            .where(TenderInvitation.tender_id == row.id)
            .order_by(Score.quote_id, Score.criterion, Score.assessor_id)
        )
    )


def joint_scores(row: Tender) -> list[JointScore]:
    """The points that were agreed on."""
    return list(
        db.session.scalars(
            select(JointScore)
            .join(Quote, Quote.id == JointScore.quote_id)
            .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
            .where(TenderInvitation.tender_id == row.id)
        )
    )


def award(row: Tender) -> Award | None:
    """The decision on a request."""
    return db.session.get(Award, row.id)


def file(public_id: str) -> StoredFile | None:
    """A file of an opened quote."""
    return db.session.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).first()


@dataclass(frozen=True)
class Past:
    """One line of a supplier's own history."""

    invitation: TenderInvitation
    outcome: str
    letter: str


def history(invitations: list[TenderInvitation]) -> list[Past]:
    """What became of invitations, for the invited firm itself."""
    ids = [i.id for i in invitations]
    tender_ids = [i.tender_id for i in invitations]
    quotes = {
        q.invitation_id: q
        for q in db.session.scalars(
            select(Quote).where(
                Quote.invitation_id.in_(ids),
                Quote.withdrawn_at.is_(None),
                Quote.replaced_at.is_(None),
            )
        )
    }
    awards = {
        a.tender_id: a
        for a in db.session.scalars(select(Award).where(Award.tender_id.in_(tender_ids)))
    }
    found = []
    for one in invitations:
        quote, decision = quotes.get(one.id), awards.get(one.tender_id)
        outcome = "no_quote" if quote is None else "waiting"
        if quote is not None and decision is not None:
            lost = "nobody" if decision.quote_id is None else "lost"
            outcome = "won" if decision.quote_id == quote.id else lost
        found.append(Past(one, outcome, decision.motivation if quote and decision else ""))
    return found
