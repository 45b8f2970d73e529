"""The program that benchmarks measure: an application without mail on a database of its own."""

import secrets
from pathlib import Path
from typing import Any


def settings(folder: Path) -> dict[str, Any]:
    """Settings for a database and an instance in this folder."""
    return {
        "MODE": "development",
        "INSTANCE": str(folder),
        "SECRET_KEY": secrets.token_hex(24),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "BASE_URL": "http://127.0.0.1",
        "TRUSTED_HOSTS": ["127.0.0.1", "localhost"],
        "MAIL_TRANSPORT": "file",
        "LOG_LEVEL": "ERROR",
    }
