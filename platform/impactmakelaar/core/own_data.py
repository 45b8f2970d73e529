"""What a feature tells somebody of himself: rows of a query as plain values under Dutch names."""

from datetime import date
from typing import Any

from sqlalchemy import Executable

from impactmakelaar.core.db import db

Told = list[dict[str, Any]]


def told(query: Executable, *names: str) -> Told:
    """Each row with these names, dates and instants as ISO 8601."""
    return [
        {name: _plain(value) for name, value in zip(names, row, strict=True)}
        for row in db.session.execute(query)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
