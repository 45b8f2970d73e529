"""What searchers keep: shortlists, saved searches; and how often an enterprise was found."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation


class Shortlist(PublicId, Base):
    """A list of enterprises that an organisation's people share."""

    __tablename__ = "shortlist"
    __table_args__ = (Index("ix_shortlist_organisation", "organisation_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    created_by: Mapped[Person] = relationship()


class ShortlistItem(Base):
    """An enterprise on a shortlist, with a note."""

    __tablename__ = "shortlist_item"
    __table_args__ = (
        UniqueConstraint("shortlist_id", "enterprise_id"),
        Index("ix_shortlist_item_enterprise", "enterprise_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    shortlist_id: Mapped[int] = mapped_column(ForeignKey("shortlist.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    shortlist: Mapped[Shortlist] = relationship()
    enterprise: Mapped[Organisation] = relationship()
    added_by: Mapped[Person] = relationship()


class SavedSearch(PublicId, Base):
    """A search somebody keeps, as its canonical query; mails new matches when asked."""

    __tablename__ = "saved_search"
    __table_args__ = (
        CheckConstraint("alerts = false OR stop_token_hash <> ''", name="alerts_can_stop"),
        UniqueConstraint("person_id", "organisation_id", "query"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    query: Mapped[str] = mapped_column(String(2000))
    alerts: Mapped[bool] = mapped_column(default=False)
    stop_token_hash: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    mailed_on: Mapped[date | None]

    person: Mapped[Person] = relationship()


class SeenMatch(Base):
    """An enterprise that a saved search has already shown or mailed."""

    __tablename__ = "seen_match"

    saved_search_id: Mapped[int] = mapped_column(
        ForeignKey("saved_search.id", ondelete="CASCADE"), primary_key=True
    )
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)


class FoundCount(Base):
    """How often an enterprise stood on a page of results on a day."""

    __tablename__ = "found_count"
    __table_args__ = (CheckConstraint("times > 0", name="times"),)

    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    times: Mapped[int] = mapped_column(Integer)
