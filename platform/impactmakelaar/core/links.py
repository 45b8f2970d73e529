"""Absolute addresses for mails, badges and exports, built from the configured base alone.

The Host header of a request is never used: a forged one would put a stranger's address in a mail.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def address(endpoint: str, **values: Any) -> str:
    """The absolute address of a page, e.g. ``https://inkoop.example/ondernemingen/ab3…``."""
    base = urlsplit(current_app.config["BASE_URL"])
    adapter = current_app.url_map.bind(
        base.netloc, script_name=base.path or "/", url_scheme=base.scheme
    )
    return adapter.build(endpoint, values, force_external=True)
