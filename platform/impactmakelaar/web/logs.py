"""Logs: one JSON object per line, with the request's id and without personal data.

A line names the route, never the path or its query: those may hold names and search words.
"""

import logging
import time

from flask import Flask, Response, g, has_request_context, request
from pythonjsonlogger.json import JsonFormatter

access = logging.getLogger("impactmakelaar.access")


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
        JsonFormatter(
            "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )
    )
    handler.addFilter(RequestId())
    root = logging.getLogger("impactmakelaar")
    root.handlers = [handler]
    root.setLevel(app.config["LOG_LEVEL"])
    root.propagate = bool(app.testing)

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
