"""Pieces of pages, kept in memory by everything that they are made of.

Nothing has to be thrown away when something changes: what is made of other things has another key.
Whether a piece may be shown at all is never decided here, but by who asks for it.
"""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

import flask
from flask import Flask, current_app, request
from markupsafe import Markup

ADDRESSES = "kept_addresses"
MOST_ADDRESSES = 2000


class Kept:
    """At most ``most`` pieces; when it is full, the eighth that came first makes room."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._pieces: dict[Hashable, Markup] = {}

    def get(self, key: Hashable) -> Markup | None:
        """The piece of this key; None when it has to be made."""
        return self._pieces.get(key)

    def keep(self, key: Hashable, html: str) -> Markup:
        """Keep a piece that a template has made."""
        if len(self._pieces) >= self._most:
            # A list of the keys: another thread may keep something meanwhile.
            for old in list(self._pieces)[: max(1, self._most // 8)]:
                self._pieces.pop(old, None)
        piece = self._pieces[key] = Markup(html)  # noqa: S704  (a template's own output)
        return piece

    def __len__(self) -> int:
        return len(self._pieces)


def pieces(name: str, most: int) -> Kept:
    """The pieces of one kind of this application."""
    kept: Kept = current_app.extensions.setdefault(f"kept_{name}", Kept(most))
    return kept


def url_for(endpoint: str, **values: Any) -> str:
    """Flask's ``url_for``, from memory; templates have it under the same name."""
    address: str = current_app.extensions[ADDRESSES](endpoint, **values)
    return address


def init_app(app: Flask) -> None:
    """Keep addresses, and let templates use them: a page has dozens, most of them always."""

    @lru_cache(MOST_ADDRESSES)
    def kept(_root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
        return flask.url_for(endpoint, **dict(values))

    def address(endpoint: str, **values: Any) -> str:
        # A relative endpoint follows the page that asks, and a whole address its host.
        if not endpoint.startswith(".") and "_external" not in values:
            try:
                return kept(request.script_root, endpoint, tuple(values.items()))
            except TypeError:
                pass  # A list among the values: no key.
        return flask.url_for(endpoint, **values)

    app.extensions[ADDRESSES] = address
    app.jinja_env.globals["url_for"] = address
