"""SROI badges: a number for each holder, and the signed credentials that were given out."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.core.db import PUBLIC_ID_LENGTH, Base, UtcDateTime, new_public_id
from impactmakelaar.organisations.models import Organisation


class Badge(Base):
    """The badge of an enterprise in a region, under one random number for good.

    Nothing of its state is kept here: each page and image computes the standing of the moment.
    """

    __tablename__ = "badge"
    __table_args__ = (UniqueConstraint("enterprise_id", "region_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str] = mapped_column(
        String(PUBLIC_ID_LENGTH), unique=True, default=new_public_id
    )
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    enterprise: Mapped[Organisation] = relationship(foreign_keys=[enterprise_id])
    region: Mapped[Organisation] = relationship(foreign_keys=[region_id])


class BadgeCredential(Base):
    """A signed credential as it was given out (``token``, a VC-JWT), and whether it was revoked.

    ``list_index`` is its bit in the region's status list: drawn at random, so that nobody can see
    from it how many there are or which belong together. A revoked credential stays so; a badge
    that holds again gets a new one.
    """

    __tablename__ = "badge_credential"
    __table_args__ = (
        UniqueConstraint("region_id", "list_index"),
        CheckConstraint("achievement IN ('in_grace', 'certified')", name="achievement"),
        CheckConstraint("list_index >= 0", name="list_index"),
        Index("ix_badge_credential_badge", "badge_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    badge_id: Mapped[int] = mapped_column(ForeignKey("badge.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    achievement: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date]
    last_day: Mapped[date]
    list_index: Mapped[int] = mapped_column(Integer)
    key_id: Mapped[str] = mapped_column(String(60))
    token: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    badge: Mapped[Badge] = relationship()
