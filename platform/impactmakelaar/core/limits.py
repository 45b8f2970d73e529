"""Limits per person, account or address, counted in a table that all processes share."""

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Index, Integer, String, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core.db import Base, UtcDateTime, db, transaction
from impactmakelaar.core.errors import TooMany

KEEP = timedelta(days=2)


class LimitedEvent(Base):
    """Something that may happen only so often. The key is hashed: it may be an address."""

    __tablename__ = "limited_event"
    __table_args__ = (Index("ix_limited_event_key", "kind", "key_hash", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    key_hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def count(kind: str, key: str, *, now: datetime, window: timedelta) -> int:
    """How often it happened within the window."""
    query = select(func.count()).where(
        LimitedEvent.kind == kind,
        LimitedEvent.key_hash == _hash(key),
        LimitedEvent.at > now - window,
    )
    return db.session.scalar(query) or 0


def note(kind: str, key: str, *, now: datetime) -> None:
    """Write down that it happened; belongs inside a transaction."""
    db.session.add(LimitedEvent(kind=kind, key_hash=_hash(key), at=now))


def take(kind: str, key: str, *, at_most: int, window: timedelta, now: datetime) -> None:
    """Check and note in one step that no other request can come between.

    :raises TooMany: when this would be one too many; it is then not counted.
    """
    with transaction():
        if db.engine.dialect.name == "postgresql":
            # SQLite has one writer at a time; here the key itself is locked until the commit.
            number = int(_hash(kind + key)[:15], 16)
            db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})
        check(kind, key, at_most=at_most, window=window, now=now)
        note(kind, key, now=now)


def forget(kind: str, key: str) -> None:
    """Start counting anew, e.g. after a successful sign-in."""
    db.session.execute(
        delete(LimitedEvent).where(LimitedEvent.kind == kind, LimitedEvent.key_hash == _hash(key))
    )


def check(kind: str, key: str, *, at_most: int, window: timedelta, now: datetime) -> None:
    """Raise ``TooMany`` when the next time would be one too many.

    The sentence is the same whether the key exists or not.
    """
    if count(kind, key, now=now, window=window) >= at_most:
        minutes = max(1, int(window.total_seconds() // 60))
        wait = {60: "een uur", 24 * 60: "een dag"}.get(minutes, f"{minutes} minuten")
        raise TooMany(
            f"Dit is te vaak geprobeerd. Wacht {wait} en probeer het dan opnieuw.",
            retry_after=int(window.total_seconds()),
        )


def undo(kind: str, key: str) -> None:
    """Take back the newest count: what was tried turned out to be all right."""
    newest = select(func.max(LimitedEvent.id)).where(
        LimitedEvent.kind == kind, LimitedEvent.key_hash == _hash(key)
    )
    db.session.execute(delete(LimitedEvent).where(LimitedEvent.id == newest.scalar_subquery()))


def sweep(now: datetime) -> int:
    """Remove what no window can reach any more; returns how many rows went."""
    with transaction():
        result = db.session.execute(delete(LimitedEvent).where(LimitedEvent.at < now - KEEP))
        return int(getattr(result, "rowcount", 0))


def _hash(key: str) -> str:
    secret = current_app.config["SECRET_KEY"].encode()
    return hmac.new(secret, key.lower().encode(), hashlib.sha256).hexdigest()
