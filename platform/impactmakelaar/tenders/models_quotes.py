"""Questions, changes, sealed quotes, the opening, points, the award."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.tenders.models_selection import TenderInvitation

CURRENT = text("withdrawn_at IS NULL AND replaced_at IS NULL")


class TenderQuestion(PublicId, Base):
    """A question of one invited firm; with its answer it goes to all, without the asker's name."""

    __tablename__ = "tender_question"
    __table_args__ = (
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered_at"),
        Index("ix_tender_question_tender", "tender_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    invitation_id: Mapped[int] = mapped_column(ForeignKey("tender_invitation.id"))
    text: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TenderChange(Base):
    """Something of the request changed after the invitation. Triggers refuse a change."""

    __tablename__ = "tender_change"
    __table_args__ = (
        CheckConstraint("new_deadline_at >= old_deadline_at", name="only_later"),
        Index("ix_tender_change_tender", "tender_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    text: Mapped[str] = mapped_column(Text)
    old_deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    new_deadline_at: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class QuoteDraft(Base):
    """A quote that is being written, sealed; only its own firm's people get it back."""

    __tablename__ = "quote_draft"

    invitation_id: Mapped[int] = mapped_column(ForeignKey("tender_invitation.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Quote(PublicId, Base):
    """A quote as it was handed in: sealed, with a receipt.

    ``content`` is there from the opening on. ``submission`` is the form's own number: the same
    form sent twice gives one quote.
    """

    __tablename__ = "quote"
    __table_args__ = (
        UniqueConstraint("invitation_id", "number"),
        UniqueConstraint("invitation_id", "submission"),
        CheckConstraint("withdrawn_at IS NULL OR replaced_at IS NULL", name="one_end"),
        CheckConstraint("(content IS NULL) = (opened_at IS NULL)", name="content_when_opened"),
        CheckConstraint(
            "opened_at IS NULL OR (withdrawn_at IS NULL AND replaced_at IS NULL)",
            name="only_current_opens",
        ),
        Index(
            "uq_quote_current",
            "invitation_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invitation_id: Mapped[int] = mapped_column(ForeignKey("tender_invitation.id"))
    number: Mapped[int] = mapped_column(Integer)
    submission: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any] | None] = mapped_column(JsonText)

    invitation: Mapped[TenderInvitation] = relationship()


class OpeningHand(Base):
    """Somebody put a key in the lock of a box. Triggers refuse a change."""

    __tablename__ = "opening_hand"
    __table_args__ = (Index("ix_opening_hand_tender", "tender_id", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class OpeningMinutes(Base):
    """What happened at the opening: when, by whom, what came out. Triggers refuse a change."""

    __tablename__ = "opening_minutes"

    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)


class Score(Base):
    """An assessor's own points for a criterion of a quote."""

    __tablename__ = "score"
    __table_args__ = (CheckConstraint("points BETWEEN 0 AND 10", name="points"),)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(20), primary_key=True)
    assessor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    points: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    assessor: Mapped[Person] = relationship()


class JointScore(Base):
    """The points that the assessors agreed on for a criterion of a quote."""

    __tablename__ = "joint_score"
    __table_args__ = (CheckConstraint("points BETWEEN 0 AND 10", name="points"),)

    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(20), primary_key=True)
    points: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Award(Base):
    """The decision on a request; without a quote: nobody. Later the contract and the spend."""

    __tablename__ = "award"
    __table_args__ = (
        CheckConstraint("length(motivation) > 0", name="motivated"),
        CheckConstraint("spent_cents IS NULL OR spent_cents >= 0", name="spent"),
    )

    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"), primary_key=True)
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("quote.id"))
    motivation: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    standstill_until: Mapped[date | None]
    contract_cents: Mapped[int | None] = mapped_column(BigInteger)
    contract_on: Mapped[date | None]
    spent_cents: Mapped[int | None] = mapped_column(BigInteger)
    spent_on: Mapped[date | None]

    quote: Mapped[Quote | None] = relationship()
