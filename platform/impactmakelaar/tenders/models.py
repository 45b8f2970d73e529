"""Requests, and what an authority set: limits, who may do which procedure, opening, keeping."""

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
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation

STAGES = (
    "'draft', 'selected', 'invited', 'opened', 'awarded', 'not_awarded', 'handed_over', 'withdrawn'"
)


class Tender(PublicId, Base):
    """A request for quotes or a market sounding of one organisation.

    Values are cents excluding VAT. ``box_name`` names the key file of the sealed box and
    ``box_public`` is its public half; both are there from the invitation on.
    """

    __tablename__ = "tender"
    __table_args__ = (
        CheckConstraint("kind IN ('request', 'sounding')", name="kind"),
        CheckConstraint(f"stage IN ({STAGES})", name="stage"),
        CheckConstraint(
            "(value_low IS NULL) = (value_high IS NULL) AND "
            "(value_low IS NULL OR (value_low >= 0 AND value_low <= value_high))",
            name="value_range",
        ),
        CheckConstraint(
            "stage NOT IN ('invited', 'opened') OR (deadline_at IS NOT NULL "
            "AND invited_at IS NOT NULL)",
            name="invited_has_deadline",
        ),
        CheckConstraint(
            "opened_at IS NULL OR (deadline_at IS NOT NULL AND opened_at >= deadline_at)",
            name="opened_after_deadline",
        ),
        CheckConstraint("(box_name IS NULL) = (box_public IS NULL)", name="whole_box"),
        Index("ix_tender_organisation", "organisation_id", "stage"),
        Index("ix_tender_cpv", "organisation_id", "cpv"),
        UniqueConstraint("organisation_id", "source_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(12))
    stage: Mapped[str] = mapped_column(String(16), default="draft")
    title: Mapped[str] = mapped_column(String(400), default="")
    cpv: Mapped[str] = mapped_column(String(8), default="")
    category: Mapped[str] = mapped_column(String(12), default="")
    value_low: Mapped[int | None] = mapped_column(BigInteger)
    value_high: Mapped[int | None] = mapped_column(BigInteger)
    value_unknown: Mapped[bool] = mapped_column(default=False)
    procedure: Mapped[str] = mapped_column(String(12), default="")
    deviation: Mapped[str] = mapped_column(Text, default="")
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    box_name: Mapped[str | None] = mapped_column(String(12), unique=True)
    box_public: Mapped[bytes | None] = mapped_column(LargeBinary)
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("tender.id"))
    source_id: Mapped[str | None] = mapped_column(String(80))

    organisation: Mapped[Organisation] = relationship()
    created_by: Mapped[Person | None] = relationship()


class TenderDocument(PublicId, Base):
    """A document that the buyer gives with a request; the invited read it, nobody else.

    After the invitation nothing is taken away any more: what comes later comes with a change.
    """

    __tablename__ = "tender_document"
    __table_args__ = (UniqueConstraint("tender_id", "file_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    file: Mapped[StoredFile] = relationship()


class TenderErasure(Base):
    """A request was erased after its term of keeping. Triggers refuse a change.

    Only with this row do the triggers let the record, the draw and the minutes go.
    """

    __tablename__ = "tender_erasure"

    tender_id: Mapped[int] = mapped_column(ForeignKey("tender.id"), primary_key=True)
    erased_on: Mapped[date]
    kept_until: Mapped[date]


class LimitVersion(Base):
    """An organisation's own limits for one category from a day on; a later one replaces it."""

    __tablename__ = "limit_version"
    __table_args__ = (
        UniqueConstraint("organisation_id", "category", "valid_from"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="order"),
        CheckConstraint(
            "multiple_below IS NULL OR multiple_below >= single_below", name="limits_rise"
        ),
        CheckConstraint("invite_min >= 1 AND invite_max >= invite_min", name="invite"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    category: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    single_below: Mapped[int] = mapped_column(BigInteger)
    multiple_below: Mapped[int | None] = mapped_column(BigInteger)
    invite_min: Mapped[int] = mapped_column(Integer)
    invite_max: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(200))
    is_example: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class BuyerSettings(Base):
    """How an organisation opens its boxes, how long it keeps requests, how long it stands still."""

    __tablename__ = "buyer_settings"
    __table_args__ = (
        CheckConstraint("open_with IN (1, 2)", name="open_with"),
        CheckConstraint("keep_years BETWEEN 1 AND 30", name="keep_years"),
        CheckConstraint("standstill_days BETWEEN 0 AND 60", name="standstill_days"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    open_with: Mapped[int] = mapped_column(Integer, default=2)
    keep_years: Mapped[int] = mapped_column(Integer, default=7)
    standstill_days: Mapped[int] = mapped_column(Integer, default=0)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Mandate(Base):
    """Somebody may do a procedure for an organisation; without any row every buyer may."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint(
            "procedure IN ('single', 'multiple', 'national', 'european')", name="procedure"
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    procedure: Mapped[str] = mapped_column(String(12), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
