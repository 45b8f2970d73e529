"""What every test's application would do anew with the same result: done once per process.

Nearly every test makes an application on a database of its own. More than half of its time went
into compiling the same routes, templates and statements again, and into waiting for a disk that
no test needs.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing.rules import Rule

_builders: dict[Any, Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that writes a rule's address; it takes the rule itself as its first argument."""
    key = (tuple(rule._trace), append_unknown, repr(rule.defaults))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


class KeptTemplates(BytecodeCache):
    """Compiled templates by a key that holds the digest of their source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what an earlier application compiled."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what this one compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


_templates = KeptTemplates()


_statements: LRUCache[Any, Any] = LRUCache(5000)


def compile_once() -> None:
    """From now on in this process; statements only on engines that are given to ``hasten``."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]
    # Kept statements are found by their dialect. All of one kind are set up alike here, so one
    # counts for the other.
    for dialect in (PGDialect_psycopg, SQLiteDialect_pysqlite):
        dialect.__eq__ = lambda one, other: type(one) is type(other)  # type: ignore[method-assign]
        dialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]


def hasten(engine: Engine) -> None:
    """Share compiled statements; do not wait until SQLite's file is safely on the disk.

    The test then says nothing of a power failure. Those that do make their own application.
    """
    engine.update_execution_options(compiled_cache=_statements)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def on_connect(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")


def compile_templates_once(app: Flask) -> None:
    """For this application, together with all others for which it was asked."""
    app.jinja_env.bytecode_cache = _templates
