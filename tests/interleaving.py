"""Two things at once, in an order that is forced and not left to luck.

``interleaved`` does the first inside an open transaction, lets the second run until it asks for a
lock, and only then commits the first. ``together`` starts several at one moment.
"""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from impactmakelaar.core.db import db, transaction

WAIT_SECONDS = 20
LOCKING = ("BEGIN IMMEDIATE", "FOR UPDATE", "pg_advisory_xact_lock", "INSERT INTO", "UPDATE ")


class Runner(threading.Thread):
    """One user: runs ``work`` in a context of its own and keeps what came of it."""

    def __init__(self, app: Flask, work: Callable[[], Any], barrier: Any = None) -> None:
        super().__init__(daemon=True)
        self.app, self.work, self.barrier = app, work, barrier
        self.result: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        with self.app.test_request_context():
            try:
                if self.barrier is not None:
                    self.barrier.wait(WAIT_SECONDS)
                self.result = self.work()
            except Exception as error:  # noqa: BLE001  (the test looks at it)
                self.error = error
            finally:
                db.session.remove()


def interleaved(app: Flask, first: Callable[[], Any], second: Callable[[], Any]) -> Runner:
    """First (not yet committed), second up to its first lock, commit of the first; the second."""
    runner = Runner(app, second)
    reached = threading.Event()

    def watch(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if threading.current_thread() is runner and any(word in statement for word in LOCKING):
            reached.set()

    engine = db.engine
    event.listen(engine, "before_cursor_execute", watch)
    try:
        with transaction():
            first()
            runner.start()
            assert reached.wait(WAIT_SECONDS), "the second never came to a lock"
        runner.join(WAIT_SECONDS)
    finally:
        event.remove(engine, "before_cursor_execute", watch)
    assert not runner.is_alive(), "the second never ended"
    return runner


def together(app: Flask, works: list[Callable[[], Any]]) -> list[Runner]:
    """All of them, started at one moment."""
    barrier = threading.Barrier(len(works))
    runners = [Runner(app, work, barrier) for work in works]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(WAIT_SECONDS)
        assert not runner.is_alive()
    return runners
