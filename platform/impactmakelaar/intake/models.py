"""An intake table: who is invited, what they bring, who meets whom, and what came of it.

Plans and outcomes are only ever added; a meeting is one pair at one table in one round, and the
database refuses a party or a table that is used twice in a round.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return.models import Agreement, Contract


class IntakeTable(PublicId, Base):
    """A session: one day, so many tables, so many rounds of so many minutes.

    ``starts_at`` counts minutes from midnight in Europe/Amsterdam; ``breaks`` lists
    ``[after round, minutes]``. ``begun`` counts the rounds that have begun: those stay as they
    are. ``revision`` grows with every change that a plan depends on.
    """

    __tablename__ = "intake_table"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'closed', 'cancelled')", name="state"),
        CheckConstraint("tables BETWEEN 1 AND 200", name="tables"),
        CheckConstraint("rounds BETWEEN 1 AND 30", name="rounds"),
        CheckConstraint("minutes BETWEEN 5 AND 120", name="minutes"),
        CheckConstraint("begun BETWEEN 0 AND rounds", name="begun"),
        CheckConstraint("starts_at BETWEEN 0 AND 1439", name="starts_at"),
        CheckConstraint("(published_at IS NULL) = (state = 'draft')", name="published"),
        Index("ix_intake_table_region", "region_id", "held_on"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    title: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(300))
    held_on: Mapped[date]
    starts_at: Mapped[int] = mapped_column(Integer)
    tables: Mapped[int] = mapped_column(Integer)
    rounds: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)
    breaks: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    most_contractor: Mapped[int] = mapped_column(Integer, default=8)
    most_enterprise: Mapped[int] = mapped_column(Integer, default=5)
    note: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    begun: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_example: Mapped[bool] = mapped_column(default=False)

    region: Mapped[Organisation] = relationship()


class Participant(PublicId, Base):
    """A contractor or enterprise that was asked to come, and what it answered.

    ``away`` lists rounds (from 0) in which it is not there; ``wishes`` and ``blocks`` name public
    ids of participants of the other side. ``sequence`` counts changes to its calendar entry.
    """

    __tablename__ = "intake_participant"
    __table_args__ = (
        CheckConstraint("side IN ('contractor', 'enterprise')", name="side"),
        CheckConstraint("state IN ('invited', 'confirmed', 'declined', 'absent')", name="state"),
        UniqueConstraint("table_id", "organisation_id", "side"),
        UniqueConstraint("id", "table_id"),
        Index("ix_intake_participant_organisation", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("intake_table.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    side: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="invited")
    away: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    wishes: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    blocks: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    note: Mapped[str] = mapped_column(String(500), default="")
    most_euros: Mapped[int | None] = mapped_column(BigInteger)
    walk_in: Mapped[bool] = mapped_column(default=False)
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sequence: Mapped[int] = mapped_column(Integer, default=0)

    table: Mapped[IntakeTable] = relationship()
    organisation: Mapped[Organisation] = relationship()


class Need(PublicId, Base):
    """An obligation that a contractor brings to the table."""

    __tablename__ = "intake_need"
    __table_args__ = (UniqueConstraint("participant_id", "contract_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("intake_participant.id"))
    contract_id: Mapped[int] = mapped_column(ForeignKey("social_contract.id"))

    participant: Mapped[Participant] = relationship()
    contract: Mapped[Contract] = relationship()


class Offer(PublicId, Base):
    """What an enterprise offers at the table, in whole units (see ``rules_offers.Unit``).

    ``activity`` is the id of the activity of its profile that it was derived from, else empty.
    """

    __tablename__ = "intake_offer"
    __table_args__ = (
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("minimum >= 1", name="minimum"),
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint(
            "effort <> 'purchase' OR (amount IS NOT NULL AND amount > 0)", name="purchase_amount"
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    participant_id: Mapped[int] = mapped_column(ForeignKey("intake_participant.id"))
    activity: Mapped[str] = mapped_column(String(20), default="")
    title: Mapped[str] = mapped_column(String(200))
    effort: Mapped[str] = mapped_column(String(12))
    item: Mapped[str] = mapped_column(String(40), default="")
    units: Mapped[int] = mapped_column(Integer)
    minimum: Mapped[int] = mapped_column(Integer, default=1)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    municipalities: Mapped[list[Any]] = mapped_column(JsonText)
    sectors: Mapped[list[Any]] = mapped_column(JsonText, default=list)
    withdrawn: Mapped[bool] = mapped_column(default=False)

    participant: Mapped[Participant] = relationship()

    @property
    def key(self) -> str:
        """What the ledger calls it: the same activity keeps its name at every table."""
        return f"activity:{self.activity}" if self.activity else f"table:{self.public_id}"


class Forbidden(Base):
    """A pair that the organiser keeps apart."""

    __tablename__ = "intake_forbidden"

    contractor_id: Mapped[int] = mapped_column(
        ForeignKey("intake_participant.id"), primary_key=True
    )
    enterprise_id: Mapped[int] = mapped_column(
        ForeignKey("intake_participant.id"), primary_key=True
    )
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Proposal(PublicId, Base):
    """What the solver found, for good: from which input, with what, how good it is.

    ``value`` and ``bound`` are thousandths of a cent; a bound of None was not proven. ``result``
    has the shape of ``rules_proposal.Result``. ``stopped`` tells that somebody stopped it.
    """

    __tablename__ = "intake_proposal"
    __table_args__ = (
        UniqueConstraint("table_id", "number"),
        CheckConstraint("method IN ('optimal', 'improved', 'rounded', 'greedy')", name="method"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("intake_table.id"))
    number: Mapped[int] = mapped_column(Integer)
    input_sha256: Mapped[str] = mapped_column(String(64))
    solver: Mapped[str] = mapped_column(String(40))
    method: Mapped[str] = mapped_column(String(10))
    iterations: Mapped[int] = mapped_column(Integer)
    value: Mapped[int] = mapped_column(BigInteger)
    bound: Mapped[int | None] = mapped_column(BigInteger)
    stopped: Mapped[bool] = mapped_column(default=False)
    used: Mapped[bool] = mapped_column(default=True)
    result: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class IntakeMeeting(PublicId, Base):
    """A contractor and an enterprise at one table in one round (both from 0)."""

    __tablename__ = "intake_meeting"
    __table_args__ = (
        UniqueConstraint("table_id", "contractor_id", "enterprise_id"),
        UniqueConstraint("table_id", "round", "seat"),
        UniqueConstraint("table_id", "round", "contractor_id"),
        UniqueConstraint("table_id", "round", "enterprise_id"),
        ForeignKeyConstraint(
            ["contractor_id", "table_id"],
            ["intake_participant.id", "intake_participant.table_id"],
            name="fk_intake_meeting_contractor_at_table",
        ),
        ForeignKeyConstraint(
            ["enterprise_id", "table_id"],
            ["intake_participant.id", "intake_participant.table_id"],
            name="fk_intake_meeting_enterprise_at_table",
        ),
        CheckConstraint("round >= 0", name="round"),
        CheckConstraint("seat >= 0", name="seat"),
        CheckConstraint("source IN ('plan', 'added', 'repair')", name="source"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    table_id: Mapped[int] = mapped_column(ForeignKey("intake_table.id"))
    contractor_id: Mapped[int] = mapped_column(Integer)
    enterprise_id: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(Integer)
    seat: Mapped[int] = mapped_column(Integer)
    locked: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(String(8), default="plan")
    score: Mapped[int] = mapped_column(Integer, default=0)

    table: Mapped[IntakeTable] = relationship()
    contractor: Mapped[Participant] = relationship(
        primaryjoin=contractor_id == Participant.id, foreign_keys=[contractor_id], viewonly=True
    )
    enterprise: Mapped[Participant] = relationship(
        primaryjoin=enterprise_id == Participant.id, foreign_keys=[enterprise_id], viewonly=True
    )


class Outcome(PublicId, Base):
    """What came of a meeting: a deal, an appointment to go on, or nothing and why.

    A meeting may have several (one deal per obligation); the last ``number`` is the newest.
    """

    __tablename__ = "intake_outcome"
    __table_args__ = (
        UniqueConstraint("meeting_id", "number"),
        CheckConstraint("kind IN ('deal', 'follow_up', 'none')", name="kind"),
        CheckConstraint("(kind = 'deal') = (agreement_id IS NOT NULL)", name="deal"),
        CheckConstraint("(kind = 'follow_up') = (follow_up_on IS NOT NULL)", name="follow_up"),
        CheckConstraint("kind <> 'none' OR reason <> ''", name="reason"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("intake_meeting.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(1000), default="")
    follow_up_on: Mapped[date | None]
    agreement_id: Mapped[int | None] = mapped_column(ForeignKey("social_agreement.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_on: Mapped[date]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    meeting: Mapped[IntakeMeeting] = relationship()
    agreement: Mapped[Agreement | None] = relationship()
    recorded_by: Mapped[Person | None] = relationship()


class FollowUpLetter(Base):
    """A letter that asks how it went, so many days after a deal or appointment; sent once."""

    __tablename__ = "intake_letter"
    __table_args__ = (CheckConstraint("days IN (30, 90)", name="days"),)

    outcome_id: Mapped[int] = mapped_column(ForeignKey("intake_outcome.id"), primary_key=True)
    days: Mapped[int] = mapped_column(Integer, primary_key=True)
    sent_on: Mapped[date]
