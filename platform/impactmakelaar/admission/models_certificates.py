"""Certificates: what an enterprise states and hands in, and what staff found at the issuer."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, PublicId, UtcDateTime
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation


class CertificateClaim(PublicId, Base):
    """A certificate as the enterprise states it; each change makes the next ``revision``.

    ``handed_in_on`` is the day on which this evidence came.
    """

    __tablename__ = "certificate_claim"
    __table_args__ = (
        CheckConstraint("revision >= 1", name="revision"),
        CheckConstraint("valid_until >= valid_from", name="order"),
        Index("ix_certificate_claim_enterprise", "enterprise_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    url: Mapped[str] = mapped_column(String(300), default="")
    evidence_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    handed_in_on: Mapped[date]
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    enterprise: Mapped[Organisation] = relationship()
    evidence: Mapped[StoredFile] = relationship()


class CertificateCheck(PublicId, Base):
    """What a member of staff found in the issuer's register; standing reads these values.

    Triggers refuse a change: a correction is a new row (a check of the next revision, or a
    ``CertificateEnd``).
    """

    __tablename__ = "certificate_check"
    __table_args__ = (
        UniqueConstraint("claim_id", "revision"),
        CheckConstraint("outcome IN ('verified', 'refused')", name="outcome"),
        CheckConstraint(
            "outcome = 'refused' OR (valid_from IS NOT NULL AND valid_until IS NOT NULL "
            "AND valid_until >= valid_from AND length(kvk_number) = 8 AND register_url <> '')",
            name="verified_has_values",
        ),
        CheckConstraint("outcome = 'verified' OR reason <> ''", name="refused_has_reason"),
        CheckConstraint("length(evidence_sha256) = 64", name="evidence"),
        Index("ix_certificate_check_enterprise", "enterprise_id", "region_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("certificate_claim.id"))
    revision: Mapped[int] = mapped_column(Integer)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text, default="")
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(80), default="")
    number: Mapped[str] = mapped_column(String(80), default="")
    kvk_number: Mapped[str] = mapped_column(String(8), default="")
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    handed_in_on: Mapped[date]
    register_url: Mapped[str] = mapped_column(String(300), default="")
    evidence_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    evidence_sha256: Mapped[str] = mapped_column(String(64))
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    claim: Mapped[CertificateClaim] = relationship()
    checked_by: Mapped[Person] = relationship()


class CertificateEnd(Base):
    """A verified certificate stopped counting: its issuer withdrew it, or the check was wrong.

    ``from_day`` is the first day on which it no longer counts; a mistake never counted.
    """

    __tablename__ = "certificate_end"
    __table_args__ = (
        CheckConstraint("kind IN ('issuer', 'mistake')", name="kind"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    check_id: Mapped[int] = mapped_column(ForeignKey("certificate_check.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    from_day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
