"""Two or more people at the same moment: every call in its own thread and database session."""

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from impactmakelaar.core.db import db


def at_once(app: Flask, *calls: Callable[[], Any]) -> list[Any]:
    """What each call gave or raised, in the order in which they were given."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait(timeout=10)
            try:
                outcomes[place] = calls[place]()
            except Exception as error:  # noqa: BLE001  (the test looks at it)
                outcomes[place] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    db.session.remove()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes
