"""Log lines, request ids, health, and the answers when something is away."""

import errno
import io
import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from tests.accounts.people import OTHER, PASSWORD, letters, link_in, with_password
from tests.conftest import on_both
from tests.makers import make_person

from impactmakelaar.accounts import services
from impactmakelaar.core import clock
from impactmakelaar.web.guards import public
from impactmakelaar.web.logs import Formatter

CANARY = "kanarie"


@pytest.fixture
def written(app: Flask) -> Iterator[io.StringIO]:
    """What the log's own handler writes."""
    out = io.StringIO()
    [handler] = logging.getLogger("impactmakelaar").handlers
    assert isinstance(handler, logging.StreamHandler)
    old = handler.setStream(out)
    yield out
    handler.setStream(old)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_request_is_one_line_with_its_id_and_its_route(
    client: FlaskClient, written: io.StringIO
) -> None:
    answer = client.get(f"/uitleg/inkoper?q={CANARY}")
    [line] = lines(written)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{16}", str(line["request_id"]))
    assert (line["method"], line["route"], line["status"]) == ("GET", "/uitleg/<name>", 200)
    assert {"time", "level", "logger", "message", "milliseconds"} <= set(line)
    assert client.get("/").headers["X-Request-Id"] != answer.headers["X-Request-Id"]


def test_a_forged_request_id_is_not_ours(client: FlaskClient) -> None:
    answer = client.get("/health/live", headers={"X-Request-Id": CANARY})
    assert answer.headers["X-Request-Id"] != CANARY


def test_no_line_holds_what_somebody_typed_or_who_he_is(
    app: Flask, client: FlaskClient, written: io.StringIO
) -> None:
    person = with_password(f"{CANARY} de Wit", email=f"{CANARY}@test.example")
    data = {"email": person.email, "password": OTHER + CANARY}
    client.post("/inloggen", data=data, headers={"User-Agent": CANARY, "Referer": CANARY})
    client.post("/inloggen", data={"email": person.email, "password": PASSWORD})
    client.post("/wachtwoord-vergeten", data={"email": person.email})
    services.answer_resets(clock.now())
    link = link_in(letters("reset_password")[0])
    client.get(link)
    client.get(f"/{CANARY}/{CANARY}?{CANARY}")
    client.post(f"/account-maken?{CANARY}", data={"name": CANARY, "email": person.email})
    text = written.getvalue()
    assert len(lines(written)) == 6
    for secret in (CANARY, link.rsplit("/", 1)[-1], "127.0.0.1", person.public_id):
        assert secret not in text


@on_both
def test_an_error_tells_where_and_of_which_kind_and_not_what_it_says(
    app: Flask, written: io.StringIO
) -> None:
    make_person(email=f"{CANARY}@test.example")
    log = logging.getLogger("impactmakelaar.test")
    try:
        make_person(email=f"{CANARY}@test.example")
    except IntegrityError:
        log.exception("it went wrong")
    [line] = lines(written)
    assert CANARY not in written.getvalue()
    assert "sqlalchemy.exc.IntegrityError at" in str(line["exc_info"])
    assert "makers.py" in str(line["exc_info"])


def test_a_chain_of_errors_ends(app: Flask) -> None:
    error: Exception = ValueError(CANARY)
    for _ in range(50):
        new = ValueError(CANARY)
        new.__cause__ = error
        error = new
    text = Formatter().formatException((ValueError, error, None))
    assert text.count("ValueError") == 5


def failing(app: Flask, error: Exception) -> FlaskClient:
    """A browser of an application with a page that raises this."""
    app.testing = False

    def page() -> str:
        raise error

    app.add_url_rule("/stuk", "stuk", public(page), methods=["GET", "POST"])
    return app.test_client()


DISK_FULL = OSError(errno.ENOSPC, CANARY)
AWAY = [
    OperationalError(CANARY, {}, sqlite3.OperationalError("database or disk is full")),
    OperationalError(CANARY, {}, sqlite3.OperationalError("database is locked")),
    PoolTimeout("QueuePool limit"),
    DISK_FULL,
    OSError(errno.EROFS, CANARY),
    OSError(errno.EIO, CANARY),
]


@pytest.mark.parametrize("error", AWAY, ids=lambda e: f"{type(e).__name__}-{e.args[0]}"[:40])
def test_what_is_away_for_a_while_is_a_503_that_says_when_to_come_back(
    app: Flask, written: io.StringIO, error: Exception
) -> None:
    answer = failing(app, error).post("/stuk", data={"tekst": "lang verhaal", "password": "x"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "lang verhaal" in answer.text
    assert CANARY not in answer.text + written.getvalue()


@pytest.mark.parametrize("error", [RuntimeError(CANARY), OSError(errno.ENOENT, CANARY)])
def test_a_mistake_of_ours_is_a_500_with_a_number_and_no_trace(
    app: Flask, written: io.StringIO, error: Exception
) -> None:
    answer = failing(app, error).get("/stuk")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text
    assert CANARY not in answer.text + written.getvalue()
    assert "Traceback" not in answer.text


@on_both
def test_health(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/health/live").text == "ok\n"
    assert client.get("/health/ready").status_code == 200


def test_ready_is_503_without_a_database_and_alive_goes_on(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    with app.app_context():
        client = app.test_client()
        assert client.get("/health/live").status_code == 200
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "nobody" not in answer.text


def test_security_txt(client: FlaskClient) -> None:
    text = client.get("/.well-known/security.txt").text
    assert "Contact: mailto:" in text
    assert "Canonical: http://localhost/" in text
