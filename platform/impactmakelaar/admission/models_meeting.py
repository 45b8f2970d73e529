"""The committee meets: meetings and written rounds, agendas, who was there, votes, counts."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import Application
from impactmakelaar.core.db import Base, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation

LIVE_ITEM = text("state <> 'annulled' AND state <> 'rejected' AND state <> 'postponed'")


class Meeting(PublicId, Base):
    """A meeting of the committee, or a written round (``closes_on`` is its last day)."""

    __tablename__ = "committee_meeting"
    __table_args__ = (
        CheckConstraint("kind IN ('meeting', 'written')", name="meeting_kind"),
        CheckConstraint("(kind = 'written') = (closes_on IS NOT NULL)", name="written_closes"),
        CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="opened_first"),
        CheckConstraint("cancelled_at IS NULL OR closed_at IS NULL", name="one_end"),
        Index("ix_committee_meeting_region", "region_id", "planned_on"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(8), default="meeting")
    planned_on: Mapped[date]
    closes_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    region: Mapped[Organisation] = relationship()


class MeetingAttendance(Base):
    """Somebody of the committee is (or was) at a meeting."""

    __tablename__ = "meeting_attendance"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("committee_meeting.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    present: Mapped[bool]

    person: Mapped[Person] = relationship()


class AgendaItem(PublicId, Base):
    """One dossier on one agenda, with the proposal that is voted on.

    A late recusal annuls the item, with the votes it got; a proposal that is not adopted is
    rejected; a new item then takes its place. Adopted items carry the counts.
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'voting', 'adopted', 'rejected', 'annulled', 'postponed')",
            name="item_state",
        ),
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('admitted', 'conditional', 'refused', 'deferred')",
            name="item_outcome",
        ),
        CheckConstraint(
            "state IN ('waiting', 'annulled', 'postponed') OR outcome IS NOT NULL",
            name="proposal_before_vote",
        ),
        CheckConstraint("(state = 'annulled') = (annulled_reason <> '')", name="annulled_reason"),
        UniqueConstraint("id", "secret"),
        Index(
            "uq_agenda_item_live",
            "application_id",
            "round",
            unique=True,
            sqlite_where=LIVE_ITEM,
            postgresql_where=LIVE_ITEM,
        ),
        Index("ix_agenda_item_meeting", "meeting_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("committee_meeting.id"))
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int] = mapped_column(Integer)
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    secret: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None] = mapped_column(String(12))
    badge: Mapped[str] = mapped_column(String(12), default="none")
    conditions: Mapped[str] = mapped_column(Text, default="")
    minutes: Mapped[str] = mapped_column(Text, default="")
    annulled_reason: Mapped[str] = mapped_column(String(200), default="")
    chaired_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    present: Mapped[int] = mapped_column(Integer, default=0)
    in_favour: Mapped[int] = mapped_column(Integer, default=0)
    against: Mapped[int] = mapped_column(Integer, default=0)
    blank: Mapped[int] = mapped_column(Integer, default=0)

    application: Mapped[Application] = relationship()
    meeting: Mapped[Meeting] = relationship()


class ItemAttendance(Base):
    """Who was there and who had to leave when an item was put to the vote.

    Only an ``entitled`` row can be referred to by a vote, and nobody who is away or recused is.
    """

    __tablename__ = "item_attendance"
    __table_args__ = (
        CheckConstraint("NOT entitled OR (present AND NOT recused)", name="entitled"),
        UniqueConstraint("item_id", "person_id", "entitled"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    present: Mapped[bool]
    recused: Mapped[bool]
    entitled: Mapped[bool]

    person: Mapped[Person] = relationship()


class Vote(Base):
    """That somebody voted on an item, and what when the vote is by name.

    For a secret ballot ``choice`` is empty: what was voted is only added to ``BallotCount``. No
    row says when, and the key has no order of voting in it.
    """

    __tablename__ = "vote"
    __table_args__ = (
        ForeignKeyConstraint(
            ["item_id", "person_id", "entitled"],
            ["item_attendance.item_id", "item_attendance.person_id", "item_attendance.entitled"],
            name="fk_vote_item_attendance",
        ),
        ForeignKeyConstraint(
            ["item_id", "secret"], ["agenda_item.id", "agenda_item.secret"], name="fk_vote_item"
        ),
        CheckConstraint("entitled", name="entitled_only"),
        CheckConstraint("secret = (choice IS NULL)", name="secret_has_no_choice"),
        CheckConstraint(
            "choice IS NULL OR choice IN ('in_favour', 'against', 'blank')", name="choice"
        ),
        {"sqlite_with_rowid": False},
    )

    item_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    entitled: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[bool]
    choice: Mapped[str | None] = mapped_column(String(10))


class BallotCount(Base):
    """How many secret votes of each kind an item got. One number per choice: no vote has a row,
    so none can be laid beside who voted. The rows are written anew when the vote closes.
    """

    __tablename__ = "ballot_count"
    __table_args__ = (
        CheckConstraint("choice IN ('in_favour', 'against', 'blank')", name="ballot_choice"),
        CheckConstraint("votes >= 0", name="not_negative"),
        {"sqlite_with_rowid": False},
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), primary_key=True)
    choice: Mapped[str] = mapped_column(String(10), primary_key=True)
    votes: Mapped[int] = mapped_column(Integer, default=0)
