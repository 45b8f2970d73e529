"""What the committee decides: decisions, objections to them, letters about them."""

from datetime import date

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.admission.models import Application, PolicyVersion
from impactmakelaar.admission.models_meeting import AgendaItem
from impactmakelaar.core.db import Base, JsonText, PublicId
from impactmakelaar.organisations.models import Organisation

OPEN_OBJECTION = text("decided_on IS NULL")


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
