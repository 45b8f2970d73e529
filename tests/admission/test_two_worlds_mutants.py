"""Mutants that each let one thing through, and must each be noticed by the two worlds.

A test that cannot fail proves nothing.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import func, select

from impactmakelaar.admission import (
    queries,
    queries_interests,
    queries_meetings,
    views,
    views_committee,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.core.db import db
from impactmakelaar.organisations.rules import Role
from tests.admission.asking import differences
from tests.admission.two_worlds import World, build


def unfiltered_count(app: Flask) -> Iterator[None]:
    real = queries.counts_by_state

    def counts(reader: Any) -> dict[str, int]:
        rows = db.session.execute(
            select(Application.state, func.count()).group_by(Application.state)
        )
        return {str(state): int(count) for state, count in rows}

    queries.counts_by_state = counts
    yield
    queries.counts_by_state = real


def unfiltered(app: Flask) -> Iterator[None]:
    real = queries._recused
    queries._recused = lambda person_id: select(Application.id).where(False).exists()
    yield
    queries._recused = real


def numbered_by_all(app: Flask) -> Iterator[None]:
    """The numbers on the agenda are those of the meeting, not the reader's own."""
    inner = app.jinja_env.loader
    assert inner is not None
    text, _, _ = inner.get_source(app.jinja_env, "admission/meeting.html")
    changed = text.replace("{{ loop.index }}.", "{{ one.position }}.")
    assert changed != text
    app.jinja_env.loader = ChoiceLoader([DictLoader({"admission/meeting.html": changed}), inner])
    yield
    app.jinja_env.loader = inner


def counted_by_all(app: Flask) -> Iterator[None]:
    real = queries_meetings.meetings

    def meetings(reader: Any) -> Any:
        total = db.session.scalar(select(func.count(Application.id))) or 0
        return [(row, total) for row, _ in real(reader)]

    queries_meetings.meetings = meetings
    yield
    queries_meetings.meetings = real


def header(name: str) -> Callable[[Flask], Iterator[None]]:
    """A header that counts, added outside the application, which would set its own again."""

    def mutant(app: Flask) -> Iterator[None]:
        inner = app.wsgi_app

        def outer(environ: Any, start_response: Any) -> Any:
            with app.app_context():
                total = db.session.scalar(select(func.count(Application.id)))
                db.session.remove()

            def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                return start_response(status, [*headers, (name, f'"{total}"')], *rest)

            return inner(environ, start)

        app.wsgi_app = outer  # type: ignore[method-assign]
        yield

    return mutant


def longer(app: Flask) -> Iterator[None]:
    @app.after_request
    def pad(response: Any) -> Any:
        total = db.session.scalar(select(func.count(Application.id))) or 0
        if response.mimetype == "text/html":
            response.set_data(response.get_data() + b" " * total)
        return response

    yield


def suggesting(app: Flask) -> Iterator[None]:
    """The search box proposes words of what was applied for."""

    def suggestions() -> Response:
        typed = request.args.get("q", "")
        rows = db.session.scalars(select(Application))
        words = {word for row in rows for word in re.findall(r"\w+", json.dumps(row.document))}
        return jsonify(sorted(word for word in words if word.startswith(typed)))

    real = app.view_functions["register.suggestions"]
    app.view_functions["register.suggestions"] = suggestions
    yield
    app.view_functions["register.suggestions"] = real


def telling_refusal(app: Flask) -> Iterator[None]:
    real = views_committee.found

    def found(public_id: str) -> Any:
        row = db.session.scalars(
            select(Application).where(Application.public_id == public_id)
        ).first()
        if row is not None and queries_interests.recused_people(row):
            return views.abort(403)
        return real(public_id)

    views_committee.found = found
    yield
    views_committee.found = real


def everybodys_agenda(app: Flask) -> Iterator[None]:
    real = queries_meetings.agenda
    region = db.session.scalar(select(Application.region_id))
    unfiltered_reader = queries.Reader(0, region or 0, frozenset({Role.SECRETARY}))

    queries_meetings.agenda = lambda reader, row: real(unfiltered_reader, row)
    yield
    queries_meetings.agenda = real


MUTANTS: dict[str, Callable[[Flask], Iterator[None]]] = {
    "a count": unfiltered_count,
    "the filter itself": unfiltered,
    "a count per meeting": counted_by_all,
    "a gap in the numbers": numbered_by_all,
    "an ETag": header("ETag"),
    "a Vary header": header("Vary"),
    "a response length": longer,
    "an autocomplete": suggesting,
    "403 instead of 404": telling_refusal,
    "an agenda": everybodys_agenda,
}
"""What leaks -> how. Each must be noticed."""
WATCHED = (
    "home.desk",
    "register.suggestions",
    "admission.desk",
    "admission.dossiers",
    "admission.dossier",
    "admission.meetings",
    "admission.meeting",
    "admission.cast",
    "admission.close_vote",
)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_every_leak_is_noticed(worlds: dict[str, World], mutant: str, tmp_path: Path) -> None:
    running: list[Iterator[None]] = []

    def mutate(app: Flask) -> None:
        with app.app_context():
            leak = MUTANTS[mutant](app)
            next(leak)
            running.append(leak)

    try:
        found = differences(worlds, "without", "with", "recused", tmp_path, mutate, WATCHED)
    finally:
        for leak in reversed(running):
            next(leak, None)
    assert found != []


def test_a_letter_to_everybody_is_noticed(
    worlds: dict[str, World], tmp_path: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_interests, "recused_people", lambda row: frozenset())
    leaky = build(tmp_path / "leaky.db", tmp_path, empty_sqlite, secret=True)
    assert leaky.mails["recused"] != worlds["without"].mails["recused"]
