"""Workbooks: answers that colleagues keep together, with who, when and all that was before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation


class Workbook(PublicId, Base):
    """The answers of an organisation, under a name. ``everyone`` is what its people may do."""

    __tablename__ = "workbook"
    __table_args__ = (
        CheckConstraint("everyone IN ('none', 'read', 'answer')", name="everyone"),
        Index("ix_workbook_organisation", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(String(500), default="")
    everyone: Mapped[str] = mapped_column(String(10), default="answer")
    skipped: Mapped[list[str]] = mapped_column(JsonText, default=list)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()


class WorkbookMember(Base):
    """Somebody with a role of his own in a workbook: a colleague, or a guest from elsewhere.

    The role of a colleague counts only while he acts for the organisation.
    """

    __tablename__ = "workbook_member"
    __table_args__ = (CheckConstraint("role IN ('read', 'answer', 'manage')", name="role"),)

    workbook_id: Mapped[int] = mapped_column(ForeignKey("workbook.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))
    guest: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class WorkbookInvitation(PublicId, Base):
    """A guest was asked by mail; the link works once."""

    __tablename__ = "workbook_invitation"
    __table_args__ = (
        CheckConstraint("role IN ('read', 'answer', 'manage')", name="role"),
        CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name="one_outcome"),
        Index("ix_workbook_invitation_workbook", "workbook_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    workbook_id: Mapped[int] = mapped_column(ForeignKey("workbook.id"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    workbook: Mapped[Workbook] = relationship()


class WorkbookAnswer(Base):
    """What stands at a question now. ``version`` counts the changes of ``value``."""

    __tablename__ = "workbook_answer"
    __table_args__ = (
        UniqueConstraint("workbook_id", "question_id"),
        CheckConstraint("version >= 0", name="version"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    workbook_id: Mapped[int] = mapped_column(ForeignKey("workbook.id"))
    question_id: Mapped[str] = mapped_column(String(60))
    value: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    version: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[bool] = mapped_column(default=False)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    workbook: Mapped[Workbook] = relationship()
    assignee: Mapped[Person | None] = relationship(foreign_keys=[assignee_id])
    changed_by: Mapped[Person] = relationship(foreign_keys=[changed_by_id])


class WorkbookReset(PublicId, Base):
    """A question, a module or everything was made empty; the versions keep what stood there."""

    __tablename__ = "workbook_reset"
    __table_args__ = (Index("ix_workbook_reset_workbook", "workbook_id", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    workbook_id: Mapped[int] = mapped_column(ForeignKey("workbook.id"))
    scope: Mapped[str] = mapped_column(String(60))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    workbook: Mapped[Workbook] = relationship()
    by: Mapped[Person] = relationship()


class WorkbookVersion(Base):
    """A text that stood, or was offered, at a question. Kinds: see ``rules_workbook.Kept``.

    An open one (kind "beside", ``settled_at`` empty) was typed by two people at once and is shown
    beside the answer until somebody chooses.
    """

    __tablename__ = "workbook_version"
    __table_args__ = (
        CheckConstraint("kind IN ('saved', 'beside', 'reset', 'imported')", name="kind"),
        CheckConstraint("kind = 'reset' OR reset_id IS NULL", name="reset_only"),
        CheckConstraint("kind = 'beside' OR settled_at IS NULL", name="settled_beside_only"),
        Index("ix_workbook_version_answer", "answer_id", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("workbook_answer.id"))
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[dict[str, Any]] = mapped_column(JsonText)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reset_id: Mapped[int | None] = mapped_column(ForeignKey("workbook_reset.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    answer: Mapped[WorkbookAnswer] = relationship()
    by: Mapped[Person] = relationship()


class WorkbookComment(PublicId, Base):
    """A remark in the thread of an answer; taken back by its writer, the row stays."""

    __tablename__ = "workbook_comment"
    __table_args__ = (Index("ix_workbook_comment_answer", "answer_id", "id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("workbook_answer.id"))
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    answer: Mapped[WorkbookAnswer] = relationship()
    by: Mapped[Person] = relationship()
