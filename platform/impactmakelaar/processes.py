"""The processes of a running installation: a web server and a worker, started from one program.

Both are forks of the process that prepared the database: the program is loaded once, which is
most of the time that a start takes.
"""

import contextlib
import multiprocessing
import signal
import socket
import time
from http import HTTPStatus
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import (
    InvalidHeader,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

from impactmakelaar.core.db import db
from impactmakelaar.web import errors

STOP_SECONDS = 20
START_SECONDS = 60


REFUSED = (
    (LimitRequestLine, 414),
    (LimitRequestHeaders, 431),
    (ParseException, 400),
    (InvalidHeader, 400),
)
"""What cannot be read as a request -> the status of the answer; the first that fits counts."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Answers in Dutch what cannot be read as a request, and keeps addresses out of the log."""

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:
        """Write the page for what the server itself refuses; the rest is left to Gunicorn."""
        status = next((number for kind, number in REFUSED if isinstance(exc, kind)), None)
        if status is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("unreadable request: %s", type(exc).__name__)
        body = errors.bare_page(self.wsgi, status).encode()
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nConnection: close\r\n"
            "Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
            f"Content-Security-Policy: default-src 'none'\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        # Who sends nonsense may well be gone before the answer.
        with contextlib.suppress(OSError):
            client.sendall(head.encode() + body)


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn around an application that is already there."""

    def __init__(self, app: Flask, bind: str, workers: int) -> None:
        self.application = app
        self.options = {
            "bind": bind,
            "worker_class": Worker,
            "workers": workers,
            "threads": 4,
            "timeout": 60,
            # The longest that it takes: a search of 300 letters outside ASCII and many filters.
            "limit_request_line": 8190,
            "max_requests": 20000,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        """Hand over the options."""
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application that answers."""
        return self.application


def serve(app: Flask, bind: str, workers: int) -> None:
    """Answer requests until told to stop; the first page is made before anybody asks."""
    app.test_client().get("/", base_url=app.config["BASE_URL"] or None)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    Server(app, bind, workers).run()


def work(app: Flask) -> None:
    """Do the worker's rounds until told to stop."""
    worker = app.extensions["worker"]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: worker.stopping.set())
    worker.run(app)


def run(app: Flask, bind: str, workers: int, announce: Any) -> int:
    """Start both, say so once the server is open, and stay until one ends. Gives the exit code."""
    fork = multiprocessing.get_context("fork")
    web = fork.Process(target=serve, args=(app, bind, workers))
    worker = fork.Process(target=work, args=(app,))
    for child in (web, worker):
        child.start()
    if wait_until_open(bind, web):
        announce()
    return supervise([web, worker])


def supervise(children: list[BaseProcess]) -> int:
    """Wait until one ends or we are told to stop; then stop the others. Gives the exit code."""
    stop = {"asked": False}

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop["asked"] = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)
    while not stop["asked"] and all(child.is_alive() for child in children):
        time.sleep(0.1)
    failed = [child.exitcode for child in children if child.exitcode]
    for child in children:
        if child.is_alive():
            child.terminate()
    for child in children:
        child.join(STOP_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
    return 0 if stop["asked"] or not failed else 1


def spot_of(bind: str) -> tuple[str, int]:
    """``127.0.0.1:8000`` as host and port.

    :raises click.ClickException: when it is not of that shape.
    """
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit():
        raise click.ClickException(f"{bind}: expected HOST:PORT, for example 127.0.0.1:8000")
    return host.strip("[]"), int(port)


def check_free(bind: str) -> None:
    """Say at once that something else listens there, before anything is prepared."""
    host, port = spot_of(bind)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as spot:
        spot.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            spot.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Cannot listen on {bind}: {error.strerror}. "
                "Stop what runs there, or choose another: make run BIND=127.0.0.1:8001"
            ) from error


def wait_until_open(bind: str, web: BaseProcess) -> bool:
    """Wait until the server takes connections; False when it ended or takes too long."""
    host, port = spot_of(bind)
    until = time.monotonic() + START_SECONDS
    while web.is_alive() and time.monotonic() < until:
        try:
            with socket.create_connection((host, port), timeout=1):
                return True
        except OSError:
            time.sleep(0.05)
    return False
