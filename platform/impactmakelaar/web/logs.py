"""Logs: one JSON object per line, with the request's id and without personal data.

A line names the route, never the path or its query: those may hold names and search words. Of an
exception it tells the kinds and the places in the code, never the message: a database repeats in
it what somebody typed ("Key (email)=(…) already exists").
"""

import logging
import time
import traceback
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

MAX_CAUSES = 5
MAX_FRAMES = 40

access = logging.getLogger("impactmakelaar.access")


class Formatter(JsonFormatter):
    """JSON lines; exceptions without what they say."""

    def formatException(  # noqa: N802  (the name is the standard library's)
        self, ei: Any
    ) -> str:
        """Kinds of exceptions and places in the code, innermost last."""
        error: BaseException | None = ei[1]
        parts: list[str] = []
        while error is not None and len(parts) < MAX_CAUSES:
            parts.append(
                f"{type(error).__module__}.{type(error).__qualname__}"
                f" at {places(error.__traceback__)}"
            )
            error = error.__cause__ or error.__context__
        return " < ".join(parts)


def places(trace: TracebackType | None) -> str:
    """``file:line function`` of the innermost frames."""
    frames = traceback.extract_tb(trace)[-MAX_FRAMES:]
    return ", ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in frames)


class RequestId(logging.Filter):
    """Adds the id of the present request to every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always let the line through."""
        record.request_id = g.get("request_id", "") if has_request_context() else ""
        return True


def init_app(app: Flask) -> None:
    """Write JSON to standard error, and one line per request."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        Formatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    handler.addFilter(RequestId())
    root = logging.getLogger("impactmakelaar")
    root.handlers = [handler]
    root.setLevel(app.config["LOG_LEVEL"])
    root.propagate = bool(app.testing)
    if not app.testing:
        # What libraries have to say (Alembic, SQLAlchemy, Pillow) takes the same form.
        everything = logging.getLogger()
        everything.handlers = [handler]
        everything.setLevel(logging.WARNING)
        logging.captureWarnings(capture=True)

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def line(response: Response) -> Response:
        access.info(
            "request",
            extra={
                "method": request.method,
                "route": str(request.url_rule or "-"),
                "status": response.status_code,
                "milliseconds": round((time.perf_counter() - g.started) * 1000, 1)
                if "started" in g
                else None,
            },
        )
        return response
