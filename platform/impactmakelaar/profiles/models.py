"""What an enterprise tells of itself: one draft, many immutable published versions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation


class ProfileDraft(Base):
    """The text being worked on. Each save names the ``revision`` it saw and makes the next."""

    __tablename__ = "profile_draft"
    __table_args__ = (CheckConstraint("revision >= 1", name="revision"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ProfileVersion(PublicId, Base):
    """What was published, for good: triggers refuse a change. ``sha256`` is over the document."""

    __tablename__ = "profile_version"
    __table_args__ = (
        UniqueConstraint("organisation_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Publication(Base):
    """Which version of an enterprise is public, and whether it is paused or withdrawn.

    ``capacity_reminded_on`` is the day of the last letter asking whether the capacity still holds.
    """

    __tablename__ = "publication"
    __table_args__ = (
        CheckConstraint("paused_at IS NULL OR withdrawn_at IS NULL", name="paused_or_withdrawn"),
        Index("ix_publication_version", "version_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("profile_version.id"))
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    capacity_reminded_on: Mapped[date | None]

    organisation: Mapped[Organisation] = relationship()
    version: Mapped[ProfileVersion] = relationship()


class ContactReveal(Base):
    """Somebody asked to see an enterprise's contact details; the enterprise sees who."""

    __tablename__ = "contact_reveal"
    __table_args__ = (
        Index("ix_contact_reveal_enterprise", "enterprise_id", "at"),
        Index("ix_contact_reveal_person", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="joined")
