"""What every test's application would do anew with the same result: done once per process.

Nearly every test makes an application of its own. A third of its time went into compiling the
same routes and templates again; neither depends on the database or on settings.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing.rules import Rule

_builders: dict[Any, Callable[..., tuple[str, str]]] = {}
_compile_builder = Rule._compile_builder


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """The function that writes a rule's address; it takes the rule itself as its first argument."""
    key = (tuple(rule._trace), append_unknown, repr(rule.defaults))
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


class KeptTemplates(BytecodeCache):
    """Compiled templates by a key that holds the digest of their source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what an earlier application compiled."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what this one compiled."""
        self._codes[bucket.key, bucket.checksum] = bucket.code


_templates = KeptTemplates()


def compile_routes_once() -> None:
    """From now on in this process."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]


def compile_templates_once(app: Flask) -> None:
    """For this application, together with all others for which it was asked."""
    app.jinja_env.bytecode_cache = _templates
