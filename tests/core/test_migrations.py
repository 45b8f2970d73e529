"""The migrations end where the models are, go back, and leave old or new when killed half way."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text
from tests.conftest import BOTH, settings_for, sqlalchemy_url
from tests.databases import create_tables

from impactmakelaar.app import MIGRATIONS, create_app
from impactmakelaar.core import triggers
from impactmakelaar.core.db import Base, db
from impactmakelaar.serve import current_revision, head_revision

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=BOTH)
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without tables."""
    url = f"sqlite:///{tmp_path / 'bare.db'}"
    if request.param == "postgresql":
        uri, name = request.getfixturevalue("empty_postgres"), f"bare_{os.getpid()}"
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        url = sqlalchemy_url(uri, name)
    app = create_app(settings_for(tmp_path / "bare", url))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def trigger_names() -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with db.engine.connect() as connection:
        return {str(row[0]) for row in connection.execute(text(query))}


def checks() -> dict[str, set[str]]:
    found = inspect(db.engine)
    return {
        table: {str(c["name"]) for c in found.get_check_constraints(table)}
        for table in Base.metadata.tables
    }


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_migrating_an_empty_database_ends_at_the_models(bare: Flask) -> None:
    upgrade(directory=str(MIGRATIONS))
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrated = (trigger_names(), checks())
    assert current_revision() == head_revision()
    upgrade(directory=str(MIGRATIONS))
    downgrade(directory=str(MIGRATIONS), revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    with db.engine.begin() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
        # The function outlives its tables on PostgreSQL; the next road makes it anew.
    create_tables()
    assert (trigger_names(), checks()) == migrated
    wanted = {
        f"{t}_no_{v}"
        for group in triggers.APPEND_ONLY.values()
        for t in group
        for v in ("update", "delete")
    }
    assert wanted <= migrated[0]


KILLED = """
import os, sys
from flask_migrate import upgrade
from sqlalchemy import event
from impactmakelaar.app import MIGRATIONS, create_app
from impactmakelaar.core.db import db
from tests.conftest import settings_for
from pathlib import Path

folder, after = Path(sys.argv[1]), int(sys.argv[2])
app = create_app(settings_for(folder, f"sqlite:///{folder / 'killed.db'}"))
with app.app_context():
    count = 0

    @event.listens_for(db.engine, "after_cursor_execute")
    def die(*_rest):
        global count
        count += 1
        if count == after:
            os.kill(os.getpid(), 9)

    upgrade(directory=str(MIGRATIONS))
    print(count)
"""


def run_killed(folder: Path, after: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(after)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def state(path: Path) -> str:
    """``empty``, ``whole`` or what lies between; tables of migrations never stand half."""
    if not path.exists():
        return "empty"
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tables = {
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        tables -= {"sqlite_sequence"}
        if tables <= {"alembic_version"}:
            return "empty"
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        known = {s.revision for s in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
        return "whole" if version and version[0] in known else f"between: {sorted(tables)}"
    finally:
        connection.close()


def test_a_migration_killed_half_way_leaves_old_or_new_and_can_be_done_again(
    tmp_path: Path,
) -> None:
    total_folder = tmp_path / "total"
    total_folder.mkdir()
    done = run_killed(total_folder, -1)
    assert done.returncode == 0, done.stderr
    total = int(done.stdout.split()[-1])
    assert state(total_folder / "killed.db") == "whole"
    seen = set()
    for after in (8, total // 3, total - 1):
        folder = tmp_path / str(after)
        folder.mkdir()
        assert run_killed(folder, after).returncode == -9
        seen.add(state(folder / "killed.db"))
        if after == total // 3:
            assert run_killed(folder, -1).returncode == 0
            assert state(folder / "killed.db") == "whole"
    assert seen <= {"empty", "whole"}, seen


def test_a_database_of_a_newer_program_is_refused(bare: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num varchar(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
    result = bare.test_cli_runner().invoke(args=["serve", "--prepare"])
    assert result.exit_code == 1
    assert "9999" in result.output
