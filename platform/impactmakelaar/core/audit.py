"""The trail: who did what to which object and organisation, and when. Rows are only ever added.

A line says what happened, never a secret and never a whole document: ``details`` holds names of
fields, numbers and short values that those who may see the line may see.
"""

from contextvars import ContextVar
from datetime import datetime
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core import clock, trail
from impactmakelaar.core.db import Base, JsonText, UtcDateTime, db

present_request: ContextVar[str] = ContextVar("present_request", default="")
"""The id of the request that is being answered; set by the web layer, empty in the worker."""


class AuditEvent(Base):
    """One thing that happened. Triggers refuse changing or deleting a row."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_object", "object_type", "object_id"),
        Index("ix_audit_event_organisation", "organisation_id", "at"),
        Index("ix_audit_event_person", "person_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[int | None] = mapped_column(Integer)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    request_id: Mapped[str] = mapped_column(String(32), default="")


class HasId(Protocol):
    """Anything with a table and an id."""

    __tablename__: str
    id: Any


def record(
    action: str,
    obj: HasId | None,
    *,
    by: HasId | None,
    organisation: HasId | None = None,
    **details: Any,
) -> AuditEvent:
    """Add one line; call it inside the service's transaction.

    ``action`` is ``<thing>.<past participle>`` in English, e.g. ``profile.published``, and has its
    sentence in ``trail``: in tests one without is an error, for readers would see its name.
    """
    if current_app.testing and action not in trail.SENTENCES:
        raise LookupError(action)
    db.session.flush()
    line = AuditEvent(
        at=clock.now(),
        action=action,
        person_id=by.id if by is not None else None,
        object_type=obj.__tablename__ if obj is not None else "",
        object_id=obj.id if obj is not None else None,
        organisation_id=organisation.id if organisation is not None else None,
        details=details,
        request_id=present_request.get(),
    )
    db.session.add(line)
    return line


def by_person_for(person: HasId, organisation: HasId, limit: int = 200) -> list[AuditEvent]:
    """What somebody did around one organisation, newest first."""
    return _newest(
        AuditEvent.person_id == person.id,
        AuditEvent.organisation_id == organisation.id,
        limit=limit,
    )


def about(obj: HasId, limit: int = 200) -> list[AuditEvent]:
    """The newest lines about one object."""
    return _newest(
        AuditEvent.object_type == obj.__tablename__, AuditEvent.object_id == obj.id, limit=limit
    )


def of_organisation(organisation: HasId, limit: int = 200) -> list[AuditEvent]:
    """The newest lines about one organisation."""
    return _newest(AuditEvent.organisation_id == organisation.id, limit=limit)


def by_person(person: HasId, limit: int = 200) -> list[AuditEvent]:
    """The newest lines of what one person did."""
    return _newest(AuditEvent.person_id == person.id, limit=limit)


def _newest(*conditions: Any, limit: int) -> list[AuditEvent]:
    query = select(AuditEvent).where(*conditions).order_by(AuditEvent.id.desc()).limit(limit)
    return list(db.session.scalars(query))
