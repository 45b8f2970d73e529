"""The database: base class, column types, transactions.

Two engines are supported, SQLite (WAL, ``synchronous=FULL``) and PostgreSQL. On SQLite a writing
transaction starts with BEGIN IMMEDIATE: a transaction that reads first and writes later would
otherwise fail at once when another writer came between. On PostgreSQL a service that depends on
what it has read locks the parent row with ``lock()``.
"""

import json
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    DateTime,
    Engine,
    MetaData,
    String,
    Text,
    TypeDecorator,
    event,
    inspect,
    select,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import ObjectDeletedError

from impactmakelaar.core.errors import Refused

TAKEN_AWAY = "Dit is intussen weggehaald. Kijk hoe het er nu voor staat."

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

PUBLIC_ID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PUBLIC_ID_LENGTH = 12
SENT_TWICE = timedelta(seconds=30)
"""The same person making the same thing again within this time pressed a button twice."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant; kept as UTC. A naive value is a mistake and is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Let PostgreSQL keep the zone; SQLite keeps UTC text."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware instant into what the database keeps."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """Give the instant back, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """A JSON value kept as canonical text: sorted keys, no spaces, so that a hash is stable."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the canonical form."""
        return None if value is None else canonical_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it back."""
        return None if value is None else json.loads(value)


def canonical_json(value: Any) -> str:
    """The one text of a JSON value, for storing and for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Base(DeclarativeBase):
    """Parent of every table."""

    metadata = MetaData(naming_convention=NAMING)


def new_public_id() -> str:
    """A random id for addresses: 12 characters, about 59 bits, no look-alikes."""
    return "".join(secrets.choice(PUBLIC_ID_ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


class PublicId:
    """Mixin: what the outside sees of a row's identity. It tells no number and no order."""

    public_id: Mapped[str] = mapped_column(
        String(PUBLIC_ID_LENGTH), unique=True, default=new_public_id
    )


db = SQLAlchemy(model_class=Base)

_writing: ContextVar[int] = ContextVar("writing", default=0)
_callbacks: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """One unit of work. It nests; the outermost commits, any exception rolls all of it back.

    A nested one is a savepoint: whoever catches its exception keeps nothing of it by accident.
    What was read before belongs to an older view of the database, so the outermost starts anew:
    objects loaded earlier are read again, under the lock, when they are touched.

    :raises Refused: when one of those is no longer there.
    """
    session = db.session
    depth = _writing.get()
    if depth:
        _writing.set(depth + 1)
        waiting = _callbacks.get()
        assert waiting is not None
        kept = len(waiting)
        try:
            with session.begin_nested():
                yield
        except BaseException:
            del waiting[kept:]
            raise
        finally:
            _writing.set(depth)
        return
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("changes were made outside a transaction")
    session.rollback()
    _writing.set(1)
    callbacks: list[Callable[[], None]] = []
    _callbacks.set(callbacks)
    try:
        yield
        session.commit()
    except ObjectDeletedError as error:
        session.rollback()
        raise Refused(TAKEN_AWAY) from error
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.set(0)
        _callbacks.set(None)
    for callback in callbacks:
        try:
            callback()
        except Exception:
            # The work is stored: telling the user that it failed would be a lie.
            log.exception("after commit")


def after_commit(callback: Callable[[], None]) -> None:
    """Run something once the outermost transaction has been committed; dropped on rollback."""
    callbacks = _callbacks.get()
    if callbacks is None:
        raise RuntimeError("after_commit() belongs inside a transaction")
    callbacks.append(callback)


def lock(instance: T) -> T:
    """Lock this row until the end of the transaction and read it anew.

    On SQLite the whole database is already ours (BEGIN IMMEDIATE); on PostgreSQL: FOR UPDATE of
    this row alone, for what is joined to it on the optional side of a join cannot be locked.

    :raises Refused: when somebody took the row away meanwhile.
    """
    if not _writing.get():
        raise RuntimeError("lock() belongs inside a transaction")
    try:
        db.session.refresh(instance, with_for_update={"of": type(instance)})
    except InvalidRequestError as error:
        if not inspect(instance).persistent:
            raise
        raise Refused(TAKEN_AWAY) from error
    return instance


def made_just_now(model: type[T], now: datetime, /, **values: Any) -> T | None:
    """The row with these values of less than ``SENT_TWICE`` ago: then a form was sent twice.

    Lock what the row belongs to first, so that the second of two at once sees the first.
    """
    made_at = cast(Any, model).created_at
    query = select(model).filter_by(**values).where(made_at > now - SENT_TWICE)
    return db.session.scalars(query.order_by(made_at).limit(1)).first()


def prepare_engine(engine: Engine) -> None:
    """Set the pragmas and the way transactions begin; called once per engine."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "foreign_keys=ON",
            "journal_mode=WAL",
            "synchronous=FULL",
            "busy_timeout=10000",
            "cache_size=-16000",
            "trusted_schema=OFF",
            # Without it INSERT OR REPLACE removes a row and no DELETE trigger hears of it.
            "recursive_triggers=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        if _writing.get():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        # Straight to the driver, for every page begins so; this one waits for no lock, so there
        # is no error to translate.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("BEGIN")
