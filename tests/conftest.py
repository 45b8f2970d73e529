"""Fixtures for every test: an application on an empty database, clients that are somebody.

Rules need none of this. A test that takes ``app`` runs on SQLite; one marked
``@pytest.mark.parametrize("database", BOTH, indirect=True)`` (see ``on_both``) also on PostgreSQL.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright
from sqlalchemy import make_url
from xdist.scheduler import LoadScopeScheduling

from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.app import create_app
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from tests.databases import create_tables, postgres_server
from tests.quicker import compile_once, compile_templates_once, hasten

# A busy machine is no reason to fail; seeds and failing examples are printed.
hypothesis.settings.register_profile("suite", deadline=None, print_blob=True)
hypothesis.settings.load_profile("suite")
compile_once()

TOGETHER = (
    "tests/architecture/test_routes.py",
    "tests/journeys/",
    "tests/pages/",
    "tests/search/test_known_answers.py",
    "tests/web/test_hostile_input.py",
)
"""What shares something that is slow to make, and so runs in one process of several."""

BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))
on_both = pytest.mark.parametrize("database", BOTH, indirect=True)


class Together(LoadScopeScheduling):
    """Every test is a unit of work by itself, except for those that belong together.

    The marks that pytest-xdist has for this do nothing under pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in TOGETHER if nodeid.startswith(start)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How tests are spread over processes, when there are several."""
    return Together(config, log)


def settings_for(instance: Path, url: str) -> dict[str, Any]:
    """Settings of a test application: safe, quick to hash, mail to files."""
    return {
        "MODE": "test",
        "TESTING": True,
        "INSTANCE": str(instance),
        "SECRET_KEY": "not-a-secret-" + "0" * 40,
        "DATABASE_URL": url,
        "BASE_URL": "http://localhost",
        "TRUSTED_HOSTS": ["localhost", "127.0.0.1"],
        "MAIL_TRANSPORT": "file",
        "MAIL_SENDER": "Impactmakelaar <noreply@impactmakelaar.example>",
        "SECURITY_CONTACT": "mailto:beveiliging@impactmakelaar.example",
        "SECOND_FACTOR_REQUIRED": False,
        "ARGON2_MEMORY_KIB": 8,
        "ARGON2_TIME_COST": 1,
        "WTF_CSRF_ENABLED": False,
    }


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and no rows, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("empty")
    path = folder / "empty.db"
    app = create_app(settings_for(folder, f"sqlite:///{path}"))
    with app.app_context():
        create_tables()
        with db.engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def empty_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL database with all tables and no rows, as a template for each test's own."""
    with postgres_server(tmp_path_factory) as uri:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("CREATE DATABASE empty_template")
        url = sqlalchemy_url(uri, "empty_template")
        app = create_app(settings_for(tmp_path_factory.mktemp("pg"), url))
        with app.app_context():
            create_tables()
            db.engine.dispose()
        yield uri


def sqlalchemy_url(uri: str, name: str) -> str:
    """The address of this database on that server, for SQLAlchemy with psycopg 3.

    The server listens on a socket, whose folder is a parameter full of slashes.
    """
    url = make_url(uri).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of this test's own database with empty tables."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("empty_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    uri = request.getfixturevalue("empty_postgres")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE empty_template")
    yield sqlalchemy_url(uri, name)
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def make_app(tmp_path: Path, database: str) -> Callable[..., Flask]:
    """Make an application on this test's database; settings can be overridden by keyword."""

    def make(**settings: Any) -> Flask:
        application = create_app(settings_for(tmp_path / "instance", database) | settings)
        application.test_client_class = Browser
        compile_templates_once(application)
        with application.app_context():
            hasten(db.engine)
        return application

    return make


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application, with its context pushed."""
    application = make_app()
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


class Browser(FlaskClient):
    """A browser whose every request has a context of its own, as on a real server.

    Without it all requests of a test would share ``flask.g``, and with it the first one's user.
    What the test has read is forgotten before and after: it sees what the request has stored.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Ask, and see the database anew afterwards."""
        _forget()
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        _forget()
        return answer


def _forget() -> None:
    """Let go of what this test has read, when it reads at all."""
    if has_app_context():
        db.session.rollback()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def as_person(app: Flask) -> Callable[..., FlaskClient]:
    """A browser in which somebody is signed in, second factor given."""

    def sign_in(person: Person, organisation: Any = None) -> FlaskClient:
        token = new_token()
        now = clock.now()
        with transaction():
            db.session.add(
                SignInSession(
                    token_hash=token_hash(token),
                    person_id=person.id,
                    created_at=now,
                    last_seen_at=now,
                    second_factor_at=now,
                    acting_organisation_id=organisation.id if organisation else None,
                )
            )
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    return sign_in


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the outside world fails at once."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """The system's Chromium, one per worker; tests make contexts of their own in it."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or "/usr/bin/chromium"
        found = playwright.chromium.launch(executable_path=chromium)
        yield found
        found.close()


@pytest.fixture(scope="session", autouse=True)
def built_assets() -> None:
    """Pages need the bundled style sheet and scripts: ``make assets`` builds them."""
    root = Path(__file__).resolve().parents[1]
    if not (root / "static" / "dist" / "manifest.json").exists():
        subprocess.run(["make", "assets"], cwd=root, check=True)
