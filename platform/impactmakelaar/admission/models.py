"""Dated policy, the committee's seats, applications, interests and reviews.

Meetings and votes stand in ``models_meeting``, decisions and objections in ``models_decision``.

What the database itself refuses: two decisions on one (application, round), two votes of one
person on one item, a vote of who is not present or must leave, a vote on an item that is not
being voted on, a decision whose counts miss the quorum or the majority. Plain constraints where
they can say it, triggers (``core.triggers``) where they cannot.
"""

from datetime import date, datetime
from typing import Any

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
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation

RECUSED = text("recused")
OPEN_APPLICATION = text("state NOT IN ('announced', 'withdrawn')")


class PolicyVersion(PublicId, Base):
    """The rules of a region from a day on (shape: ``rules_policy.DEFAULT``); never changed.

    In force on a day is the version with the latest ``valid_from`` on or before it; of two that
    start on one day the higher ``number``.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        UniqueConstraint("region_id", "number"),
        CheckConstraint("number >= 1", name="number"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date]
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CommitteeSeat(PublicId, Base):
    """A place of somebody in the committee, from a day until and including a day."""

    __tablename__ = "committee_seat"
    __table_args__ = (
        CheckConstraint(
            "seat IN ('chair', 'vice_chair', 'member', 'substitute')", name="seat_kind"
        ),
        CheckConstraint("valid_until >= valid_from", name="order"),
        Index("ix_committee_seat_region", "region_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    seat: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    employers: Mapped[str] = mapped_column(String(500), default="")
    """Present and earlier employers and functions that the member states, one per line."""

    person: Mapped[Person] = relationship()


class Application(PublicId, Base):
    """The wish of an enterprise to be admitted in a region; ``round`` counts from 1.

    ``document``: see ``rules_application.EMPTY``. A deferral or an upheld objection opens the next
    round. Days are days in Europe/Amsterdam.
    """

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'submitted', 'asked', 'review', 'deliberation', 'prepared',"
            " 'announced', 'objection', 'withdrawn')",
            name="state",
        ),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_on IS NOT NULL)", name="withdrawn"),
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (submitted_on IS NOT NULL AND policy_version_id IS"
            " NOT NULL)",
            name="submitted_under_policy",
        ),
        CheckConstraint("round >= 1", name="round"),
        Index(
            "uq_application_open",
            "enterprise_id",
            "region_id",
            unique=True,
            sqlite_where=OPEN_APPLICATION,
            postgresql_where=OPEN_APPLICATION,
        ),
        Index("ix_application_region", "region_id", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(12), default="draft")
    round: Mapped[int] = mapped_column(Integer, default=1)
    document: Mapped[dict[str, Any]] = mapped_column(JsonText)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_on: Mapped[date | None]
    round_started_on: Mapped[date | None]
    completed_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]

    enterprise: Mapped[Organisation] = relationship(foreign_keys=[enterprise_id])
    region: Mapped[Organisation] = relationship(foreign_keys=[region_id])
    policy_version: Mapped[PolicyVersion | None] = relationship()


class ApplicationFile(PublicId, Base):
    """Evidence that the applicant handed in with one part of the application."""

    __tablename__ = "application_file"
    __table_args__ = (Index("ix_application_file_application", "application_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    part: Mapped[str] = mapped_column(String(40))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    file: Mapped[StoredFile] = relationship()


class MoreRequest(PublicId, Base):
    """A question of the secretary about one part; the clock of the target term stands still."""

    __tablename__ = "more_request"
    __table_args__ = (
        CheckConstraint("answered_on IS NULL OR answered_on >= asked_on", name="order"),
        Index("ix_more_request_application", "application_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int] = mapped_column(Integer)
    part: Mapped[str] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(Text)
    asked_on: Mapped[date]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_on: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ConflictDeclaration(PublicId, Base):
    """Somebody said, for one application and round, whether he has an interest in it.

    ``recused`` rows hold for every round to come and are never taken back.
    """

    __tablename__ = "conflict_declaration"
    __table_args__ = (
        CheckConstraint("recused = (kind <> 'none')", name="recused_by_kind"),
        Index(
            "uq_conflict_declaration_recused",
            "application_id",
            "person_id",
            unique=True,
            sqlite_where=RECUSED,
            postgresql_where=RECUSED,
        ),
        Index("ix_conflict_declaration_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(20))
    explanation: Mapped[str] = mapped_column(Text, default="")
    recused: Mapped[bool]
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class ReviewAssignment(Base):
    """Somebody reviews an application in a round; ended when he turns out to have an interest."""

    __tablename__ = "review_assignment"
    __table_args__ = (Index("ix_review_assignment_person", "person_id"),)

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    assigned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    assigned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Review(Base):
    """What one reviewer found: ``scores`` maps criterion key to {"score": int | None, "reason"}.

    None abstains on that criterion. Hidden from other reviewers until their own is in.
    """

    __tablename__ = "review"
    __table_args__ = (
        ForeignKeyConstraint(
            ["application_id", "round", "person_id"],
            [
                "review_assignment.application_id",
                "review_assignment.round",
                "review_assignment.person_id",
            ],
            name="fk_review_assignment",
        ),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    scores: Mapped[dict[str, Any]] = mapped_column(JsonText)
    advice: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class Remark(Base):
    """One contribution to the committee's discussion of an application."""

    __tablename__ = "application_remark"
    __table_args__ = (Index("ix_application_remark_application", "application_id", "round"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int] = mapped_column(Integer)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()
