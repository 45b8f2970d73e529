"""Dated policy, applications, reviews, meetings, votes and decisions of a region's committee.

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

OPEN_APPLICATION = text("state NOT IN ('announced', 'withdrawn')")
RECUSED = text("recused")
LIVE_ITEM = text("state <> 'annulled' AND state <> 'rejected' AND state <> 'postponed'")
OPEN_OBJECTION = text("decided_on IS NULL")


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


class Decision(PublicId, Base):
    """What was decided on one round of an application; ``announced_on`` is day D.

    Before ``announced_on`` nothing outside the committee changes anywhere. ``withdrawn_on`` is
    the day on which an objection was upheld: from then on the decision no longer holds. Counts
    are those of the vote (``item_id``). ``reasons`` maps criterion key to a text. ``badge``:
    ``none``, ``grace`` (a certificate follows within the policy's months) or ``certificate``
    (the badge stands on a certificate that was verified).
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("application_id", "round"),
        UniqueConstraint("item_id"),
        CheckConstraint(
            "outcome IN ('admitted', 'conditional', 'refused', 'deferred')", name="outcome"
        ),
        CheckConstraint("badge IN ('none', 'grace', 'certificate')", name="badge"),
        CheckConstraint(
            "badge = 'none' OR outcome IN ('admitted', 'conditional')", name="badge_when_admitted"
        ),
        CheckConstraint("outcome <> 'conditional' OR conditions <> ''", name="conditions_written"),
        CheckConstraint("quorum >= 1 AND present >= quorum", name="quorum_present"),
        CheckConstraint(
            "in_favour + against + blank >= quorum AND in_favour + against + blank <= present",
            name="quorum_voted",
        ),
        CheckConstraint(
            "in_favour >= 0 AND against >= 0 AND blank >= 0 AND needed >= 1 AND in_favour >= needed"
            " AND in_favour > against",
            name="majority",
        ),
        CheckConstraint("announced_on IS NULL OR announced_on >= prepared_on", name="announced"),
        CheckConstraint("(announced_on IS NULL) = (announced_by_id IS NULL)", name="announced_by"),
        CheckConstraint(
            "withdrawn_on IS NULL OR (announced_on IS NOT NULL AND withdrawn_on >= announced_on)",
            name="withdrawn_after",
        ),
        Index("ix_decision_enterprise", "enterprise_id", "region_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    round: Mapped[int] = mapped_column(Integer)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    outcome: Mapped[str] = mapped_column(String(12))
    badge: Mapped[str] = mapped_column(String(12), default="none")
    conditions: Mapped[str] = mapped_column(Text, default="")
    reasons: Mapped[dict[str, str]] = mapped_column(JsonText)
    summary: Mapped[str] = mapped_column(Text, default="")
    warning_accepted: Mapped[str] = mapped_column(Text, default="")
    quorum: Mapped[int] = mapped_column(Integer)
    needed: Mapped[int] = mapped_column(Integer)
    present: Mapped[int] = mapped_column(Integer)
    in_favour: Mapped[int] = mapped_column(Integer)
    against: Mapped[int] = mapped_column(Integer)
    blank: Mapped[int] = mapped_column(Integer)
    prepared_on: Mapped[date]
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    announced_on: Mapped[date | None]
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_on: Mapped[date | None]

    application: Mapped[Application] = relationship()
    enterprise: Mapped[Organisation] = relationship(foreign_keys=[enterprise_id])
    region: Mapped[Organisation] = relationship(foreign_keys=[region_id])
    policy_version: Mapped[PolicyVersion] = relationship()
    item: Mapped[AgendaItem] = relationship()


class Objection(PublicId, Base):
    """The applicant disagrees with an announced decision; other people decide on it."""

    __tablename__ = "objection"
    __table_args__ = (
        CheckConstraint(
            "outcome IS NULL OR outcome IN ('upheld', 'rejected', 'too_late', 'withdrawn')",
            name="objection_outcome",
        ),
        CheckConstraint(
            "(outcome IS NULL) = (decided_on IS NULL) AND (outcome IS NULL) = (decided_by_id IS"
            " NULL)",
            name="decided",
        ),
        Index(
            "uq_objection_open",
            "decision_id",
            unique=True,
            sqlite_where=OPEN_OBJECTION,
            postgresql_where=OPEN_OBJECTION,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    filed_on: Mapped[date]
    filed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grounds: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(10))
    reasons: Mapped[str] = mapped_column(Text, default="")
    decided_on: Mapped[date | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    decision: Mapped[Decision] = relationship()


class AdmissionLetter(Base):
    """Which outgoing mails belong to which application, so that who may not see it sees none."""

    __tablename__ = "admission_letter"
    __table_args__ = (Index("ix_admission_letter_application", "application_id"),)

    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mail.id"), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
