"""Organisations of every kind, who acts for them, and how they got there."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, PublicId, UtcDateTime

ACTIVE_MEMBERSHIP = text("ended_at IS NULL AND refused_at IS NULL")
APPROVED_ENTERPRISE = text(
    "kind = 'enterprise' AND kvk_approved_at IS NOT NULL AND ended_on IS NULL"
)


class Organisation(PublicId, Base):
    """A region, contracting authority, company that buys, enterprise or contractor.

    ``kvk_approved_at`` is the moment a staff member approved that this record stands for that
    KVK number; before it nobody acts for the enterprise and nothing of it is listed. A lead or an
    import has no members and may lack a KVK number: it is known by ``source`` and ``source_id``.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('region', 'authority', 'company', 'enterprise', 'contractor')", name="kind"
        ),
        CheckConstraint(
            "kvk_number IS NULL OR "
            "(length(kvk_number) = 8 AND ltrim(kvk_number, '0123456789') = '')",
            name="kvk_eight_digits",
        ),
        CheckConstraint(
            "kind <> 'enterprise' OR kvk_number IS NOT NULL OR "
            "(source IS NOT NULL AND source_id IS NOT NULL)",
            name="enterprise_is_known",
        ),
        CheckConstraint("(kvk_approved_at IS NULL) = (kvk_approved_by_id IS NULL)", name="kvk_by"),
        Index(
            "uq_organisation_kvk_approved",
            "kvk_number",
            unique=True,
            sqlite_where=APPROVED_ENTERPRISE,
            postgresql_where=APPROVED_ENTERPRISE,
        ),
        UniqueConstraint("source", "source_id"),
        Index("ix_organisation_kind", "kind"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    kvk_number: Mapped[str | None] = mapped_column(String(8), index=True)
    kvk_approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kvk_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    region_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    municipality_code: Mapped[str | None] = mapped_column(String(6))
    labour_market_region: Mapped[str | None] = mapped_column(String(4))
    source: Mapped[str | None] = mapped_column(String(80))
    source_id: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_on: Mapped[date | None]
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped["Organisation | None"] = relationship(remote_side=[id])


class RegionMunicipality(Base):
    """A municipality takes part in a region from a day, until a day."""

    __tablename__ = "region_municipality"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="order"),
    )

    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    municipality_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_until: Mapped[date | None]


class Membership(PublicId, Base):
    """Somebody acts for an organisation in a role: asked, then approved or refused, then ended."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("approved_at IS NULL OR refused_at IS NULL", name="approved_or_refused"),
        Index(
            "uq_membership_active",
            "person_id",
            "organisation_id",
            "role",
            unique=True,
            sqlite_where=ACTIVE_MEMBERSHIP,
            postgresql_where=ACTIVE_MEMBERSHIP,
        ),
        Index("ix_membership_organisation", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    organisation: Mapped[Organisation] = relationship()


class Invitation(PublicId, Base):
    """An address was asked to act for an organisation; the mailed link works once."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_outcome"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(120), default="")
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()


class Succession(Base):
    """An enterprise went on in another legal form; a person linked them and the history stays."""

    __tablename__ = "succession"
    __table_args__ = (CheckConstraint("predecessor_id <> successor_id", name="two"),)

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    effective_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(300))
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    linked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
