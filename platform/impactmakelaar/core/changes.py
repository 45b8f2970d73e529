"""A numbered list of what changed, written in the same transaction as the change itself.

The text index and the tables in memory follow this list. The number comes from one counter row
that stays locked until the commit, so numbers appear in the order of the commits: a reader that
has seen number n will never find a lower one later.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core import clock
from impactmakelaar.core.db import Base, UtcDateTime, db


class ChangeCounter(Base):
    """One row per topic: the last number given out."""

    __tablename__ = "change_counter"

    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, default=0)


class Change(Base):
    """Object ``object_id`` of this topic is no longer what it was."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_topic", "topic", "number", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    topic: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(BigInteger)
    object_id: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


ENTERPRISE = "enterprise"


def note(topic: str, object_id: int) -> int:
    """Write down that an object changed; belongs inside the service's transaction."""
    bump = (
        update(ChangeCounter)
        .where(ChangeCounter.topic == topic)
        .values(value=ChangeCounter.value + 1)
        .returning(ChangeCounter.value)
    )
    number = db.session.scalar(bump)
    if number is None:
        db.session.execute(
            text(
                "INSERT INTO change_counter (topic, value) VALUES (:topic, 0) "
                "ON CONFLICT (topic) DO NOTHING"
            ),
            {"topic": topic},
        )
        number = db.session.scalar(bump)
    assert number is not None
    db.session.add(Change(topic=topic, number=number, object_id=object_id, at=clock.now()))
    return number


def last(topic: str) -> int:
    """The number of the newest change; 0 when there was none."""
    return db.session.scalar(select(last_query(topic))) or 0


def last_query(topic: str) -> Any:
    """The same as part of another query: NULL when there was none."""
    return select(ChangeCounter.value).where(ChangeCounter.topic == topic).scalar_subquery()


def mark(topic: str, number: int) -> str | None:
    """What tells this number of this database from the same number of another.

    None when the change is no longer kept; an empty text for number 0.
    """
    if number == 0:
        return ""
    query = select(Change.at).where(Change.topic == topic, Change.number == number)
    at = db.session.scalar(query)
    return at.isoformat() if at is not None else None


def since(topic: str, number: int, limit: int = 5000) -> list[tuple[int, int]]:
    """(number, object id) of what came after ``number``, oldest first."""
    query = (
        select(Change.number, Change.object_id)
        .where(Change.topic == topic, Change.number > number)
        .order_by(Change.number)
        .limit(limit)
    )
    return [(int(n), int(o)) for n, o in db.session.execute(query)]


def oldest_kept(topic: str) -> int:
    """The lowest number still in the list (0: none): who is further behind reads everything."""
    return db.session.scalar(select(func.min(Change.number)).where(Change.topic == topic)) or 0
