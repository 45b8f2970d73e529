"""Asking every page that there is, with every id that there is, in two worlds."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask

from impactmakelaar.core.db import db
from tests.admission.two_worlds import BAIT, MOMENT, World, application_on

UNEQUAL_BY_NATURE = {"X-Request-Id", "Date", "Set-Cookie"}
OWN_PAGES = {"admission.own_interests", "standing.enterprise", "standing.page"}
"""What one's own declaration itself does: the list of them, and the pages about the standing of an
enterprise, which close for who has an interest in it."""
SLOW_OR_STREAMING = {"static"}


@dataclass(frozen=True)
class Question:
    """One request; ``form`` is None for a GET."""

    path: str
    endpoint: str
    form: tuple[tuple[str, str], ...] | None = None


def questions(app: Flask, ids: list[str], secret_ids: list[str]) -> list[Question]:
    """Every GET with every id, every button with the secret's ids, and lists of both."""
    found: list[Question] = []
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint)):
        if rule.endpoint in SLOW_OR_STREAMING | OWN_PAGES:
            continue
        names = sorted(rule.arguments)
        public = "public_id" in names
        for one in [*ids, *secret_ids] if names else [""]:
            values: dict[str, Any] = {
                name: one if name.endswith("_id") else 1 if name == "number" else "social"
                for name in names
            }
            try:
                path = adapter.build(rule.endpoint, values)
            except Exception:  # noqa: BLE001  (a rule that takes none of these)
                continue
            methods = rule.methods or set()
            if "GET" in methods:
                found.append(Question(path, rule.endpoint))
            if "POST" in methods and public and one in secret_ids:
                found.append(Question(path, rule.endpoint, FORM))
    both = tuple(("dossier", one) for one in (ids[2], secret_ids[0]))
    for action in ("toewijzen", "agenda", "schriftelijk"):
        found.append(Question("/commissie/samen", "admission.bulk", (("stap", action), *both)))
    for state in ("review", "deliberation", "prepared"):
        found.append(Question(f"/commissie/dossiers?stand={state}", "admission.dossiers"))
    for text in ("Gewone", "geh", BAIT):
        found.append(Question(f"/ondernemingen/suggesties?q={text}", "register.suggestions"))
        found.append(Question(f"/ondernemingen?q={text}", "register.search"))
        found.append(Question(f"/regio/organisaties?q={text}", "organisations.organisations"))
    found.append(
        Question(
            f"/commissie/vergaderingen/{ids[3]}/agenda",
            "admission.add_to_agenda",
            (("dossiers", secret_ids[0]),),
        )
    )
    found.append(Question(f"/commissie/vergaderingen/{ids[3]}/sluiten", "close", ()))
    found.append(Question(f"/commissie/vergaderingen/{ids[3]}", "admission.meeting"))
    found.append(Question("/commissie", "admission.desk"))
    found.append(Question("/account/meenemen", "home.take_along", ()))
    return found


FORM = (
    ("kind", "none"),
    ("stap", "inleveren"),
    ("stem", "in_favour"),
    ("outcome", "upheld"),
    ("reasons", "x"),
    ("reason", "x"),
    ("text", "x"),
    ("people", "1"),
)
Answered = tuple[int, tuple[tuple[str, str], ...], bytes]


def answers(
    world: World,
    reader: str,
    asked: list[Question],
    folder: Path,
    mutate: Callable[[Flask], None] | None = None,
) -> dict[Question, Answered]:
    """What the reader gets, request after request, on a copy of the world."""
    folder.mkdir()
    path = folder / "copy.db"
    shutil.copy(world.path, path)
    app = application_on(path, folder)
    if mutate is not None:
        mutate(app)
    found: dict[Question, Answered] = {}
    with time_machine.travel(MOMENT, tick=False):
        browser = app.test_client()
        if reader != "anonymous":
            with browser.session_transaction() as cookie:
                cookie["_user_id"] = world.tokens[reader]
                cookie["_fresh"] = True
        for question in asked:
            if question.form is None:
                answer = browser.get(question.path)
            else:
                answer = browser.post(question.path, data=_pairs(question.form))
            kept = tuple(
                sorted((k, v) for k, v in answer.headers.items() if k not in UNEQUAL_BY_NATURE)
            )
            found[question] = (answer.status_code, kept, _still(answer.data))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return found


def _pairs(form: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    for key, value in form:
        data.setdefault(key, []).append(value)
    return data


def _still(body: bytes) -> bytes:
    """Without the token of the form and the number of the request, which are random."""
    body = re.sub(rb'name="csrf_token" value="[^"]*"', b"", body)
    return b"\n".join(line for line in body.split(b"\n") if b"Nummer" not in line)


def differences(
    worlds: dict[str, World],
    one: str,
    two: str,
    reader: str,
    folder: Path,
    mutate: Callable[[Flask], None] | None = None,
    only: tuple[str, ...] = (),
) -> list[str]:
    """The requests whose answers differ between two worlds."""
    app = application_on(worlds[one].path, folder)
    secret_ids = worlds["with"].secret_ids
    asked = questions(app, worlds["without"].ids, secret_ids)
    if reader not in ("recused", "applicant", "undeclared"):
        known = worlds["without"].ids
        asked = [q for q in asked if not any(one in q.path for one in known)]
    if reader.startswith("recused"):
        # One's own data holds one's own declaration; what else is in it: test_own_data.
        asked = [q for q in asked if q.endpoint != "home.take_along"]
    if reader == "undeclared":
        asked = [q for q in asked if q.form is None or q.endpoint != "admission.interest"]
    if only:
        asked = [q for q in asked if q.endpoint in only]
    first = answers(worlds[one], reader, asked, folder / "one", mutate)
    second = answers(worlds[two], reader, asked, folder / "two", mutate)
    return [
        f"{'GET' if q.form is None else 'POST'} {q.path}" for q in asked if first[q] != second[q]
    ]
