"""Dated facts beside decision and certificate: suspension, ending, recognition; letters sent."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.core.db import Base, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation

OPEN_SUSPENSION = text("dropped_at IS NULL AND lifted_on IS NULL AND last_day IS NULL")


class Suspension(PublicId, Base):
    """An enterprise is to be suspended: proposed with a reason, heard, then imposed or dropped.

    It holds from ``from_day`` up to and including ``last_day``, or until ``lifted_on`` (the first
    day on which it no longer holds). Without a hearing only for an urgent reason.
    """

    __tablename__ = "suspension"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint(
            "from_day IS NULL OR heard_on IS NOT NULL OR urgent_reason <> ''",
            name="heard_or_urgent",
        ),
        CheckConstraint("from_day IS NULL OR dropped_at IS NULL", name="imposed_or_dropped"),
        CheckConstraint("last_day IS NULL OR last_day >= from_day", name="order"),
        CheckConstraint("lifted_on IS NULL OR lifted_on >= from_day", name="lifted_after"),
        Index("ix_suspension_enterprise", "enterprise_id", "region_id"),
        Index(
            "uq_suspension_open",
            "enterprise_id",
            "region_id",
            unique=True,
            sqlite_where=OPEN_SUSPENSION,
            postgresql_where=OPEN_SUSPENSION,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason: Mapped[str] = mapped_column(Text)
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer_by: Mapped[date]
    view: Mapped[str] = mapped_column(Text, default="")
    heard_on: Mapped[date | None]
    urgent_reason: Mapped[str] = mapped_column(Text, default="")
    from_day: Mapped[date | None]
    last_day: Mapped[date | None]
    imposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    imposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_on: Mapped[date | None]
    lifted_reason: Mapped[str] = mapped_column(Text, default="")

    enterprise: Mapped[Organisation] = relationship(foreign_keys=[enterprise_id])


class Leaving(Base):
    """An enterprise no longer wants to take part; ``from_day`` is the first day without it."""

    __tablename__ = "leaving"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    from_day: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Recognition(PublicId, Base):
    """A region recognises the decision of another; a dated fact with an end of its own."""

    __tablename__ = "recognition"
    __table_args__ = (
        CheckConstraint("badge IN ('none', 'in_grace', 'certified')", name="badge"),
        CheckConstraint("last_day >= from_day", name="order"),
        CheckConstraint("other_region <> ''", name="other_region"),
        CheckConstraint("source <> ''", name="source"),
        Index("ix_recognition_enterprise", "enterprise_id", "region_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    other_region: Mapped[str] = mapped_column(String(120))
    badge: Mapped[str] = mapped_column(String(10))
    from_day: Mapped[date]
    last_day: Mapped[date]
    source: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_on: Mapped[date | None]
    ended_reason: Mapped[str] = mapped_column(Text, default="")


class Reminder(Base):
    """A letter about the end of a term was sent, or passed over for a more urgent one.

    ``days`` counts from the letter's day to the term's last day: 180 before it, -30 after it.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        CheckConstraint("term IN ('grace', 'certificate')", name="term"),
        CheckConstraint("days IN (180, 90, 30, 7, 0, -30)", name="days"),
    )

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    term: Mapped[str] = mapped_column(String(12), primary_key=True)
    last_day: Mapped[date] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    sent: Mapped[bool]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DailyRun(Base):
    """The letters of a day were looked at to the end; shows a clock that jumped."""

    __tablename__ = "daily_run"

    day: Mapped[date] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    letters: Mapped[int] = mapped_column(Integer)
