"""The objective selection: the lot, the frozen record, the draw, who was invited."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.tenders.models import Tender


class Lot(Base):
    """A seed that lies ready for the next selection; only its fingerprint is shown before."""

    __tablename__ = "tender_lot"
    __table_args__ = (UniqueConstraint("tender_id", "number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    number: Mapped[int] = mapped_column(Integer)
    seed: Mapped[str] = mapped_column(String(64))
    commitment: Mapped[str] = mapped_column(String(64))
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Selection(PublicId, Base):
    """A frozen selection. Triggers refuse a change; a new one gets the next number."""

    __tablename__ = "selection"
    __table_args__ = (UniqueConstraint("tender_id", "number"), UniqueConstraint("lot_id"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    number: Mapped[int] = mapped_column(Integer)
    lot_id: Mapped[int] = mapped_column(ForeignKey("tender_lot.id"))
    frozen: Mapped[dict[str, Any]] = mapped_column(JsonText)
    sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text, default="")
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    frozen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    tender: Mapped[Tender] = relationship()
    lot: Mapped[Lot] = relationship()


class Draw(Base):
    """The one draw over a frozen selection. Triggers refuse a change."""

    __tablename__ = "draw"

    selection_id: Mapped[int] = mapped_column(ForeignKey("selection.id"), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class OutsideFirm(PublicId, Base):
    """A firm that the buyer adds to the pool's outcome, with the reason."""

    __tablename__ = "outside_firm"
    __table_args__ = (UniqueConstraint("tender_id", "kvk_number"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    name: Mapped[str] = mapped_column(String(200))
    kvk_number: Mapped[str] = mapped_column(String(8))
    email: Mapped[str] = mapped_column(String(254))
    reason: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TenderInvitation(PublicId, Base):
    """A firm was invited: drawn, following after a decline, or the buyer's own choice.

    A firm from outside has no ``enterprise_id`` until an approved enterprise has its KVK number.
    """

    __tablename__ = "tender_invitation"
    __table_args__ = (
        UniqueConstraint("tender_id", "kvk_number"),
        CheckConstraint("origin IN ('drawn', 'next', 'own_choice')", name="origin"),
        CheckConstraint(
            "answer IN ('', 'accepted', 'declined', 'interested', 'not_now')", name="answer"
        ),
        CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered_at"),
        Index("ix_tender_invitation_enterprise", "enterprise_id", "invited_at"),
        Index("ix_tender_invitation_kvk", "kvk_number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(200))
    kvk_number: Mapped[str] = mapped_column(String(8))
    email: Mapped[str] = mapped_column(String(254))
    origin: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(String(12), default="")
    answer_reason: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    tender: Mapped[Tender] = relationship()
    enterprise: Mapped[Organisation | None] = relationship()
