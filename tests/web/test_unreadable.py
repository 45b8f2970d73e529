"""What the server refuses before the program sees it is answered in Dutch all the same."""

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders, LimitRequestLine

from impactmakelaar.processes import Server, Worker


def answer_to(app: Flask, error: Exception) -> str:
    """What is written to the line, to the end."""
    worker = Worker.__new__(Worker)
    worker.wsgi = app
    worker.log = logging.getLogger("unreadable")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        worker.handle_error(None, ours, ("192.0.2.7", 1), error)
        ours.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: theirs.recv(4096), b"")).decode()


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (LimitRequestLine(9000, 8190), "414 Request-URI Too Long", "Dit adres is te lang"),
        (LimitRequestHeaders("limit"), "431", "Uw browser stuurt te veel mee"),
        (InvalidRequestLine("GET"), "400 Bad Request", "Dit verzoek begrijpen wij niet"),
    ],
)
def test_the_page_is_dutch_and_whole(
    app: Flask, error: Exception, status: str, sentence: str
) -> None:
    head, body = answer_to(app, error).split("\r\n\r\n", 1)
    assert head.startswith(f"HTTP/1.1 {status}")
    assert f"Content-Length: {len(body.encode())}" in head
    assert sentence in body
    assert '<html lang="nl"' in body


def test_the_log_names_no_address(app: Flask, caplog: Any) -> None:
    answer_to(app, LimitRequestLine(9000, 8190))
    assert "LimitRequestLine" in caplog.text
    assert "192.0.2.7" not in caplog.text


def test_the_server_uses_this_worker(app: Flask) -> None:
    assert Server(app, "127.0.0.1:0", 1).cfg.worker_class is Worker


NAMELESS = (
    b"--b\r\nContent-Disposition\r\n\r\nx\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; filename="a.pdf"\r\n\r\nx\r\n--b--\r\n',
)


@pytest.mark.parametrize("body", NAMELESS)
def test_parts_without_a_name_are_not_read(make_app: Callable[..., Flask], body: bytes) -> None:
    app = make_app(TESTING=False, WTF_CSRF_ENABLED=True)
    named = b'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\nik@test.example\r\n'

    answer = app.test_client().post(
        "/inloggen", data=named + body, content_type="multipart/form-data; boundary=b"
    )

    assert answer.status_code == 400
    assert "ik@test.example" in answer.text
