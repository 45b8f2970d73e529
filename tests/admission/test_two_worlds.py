"""Who has an interest, or may not know yet, reads the same bytes with and without the secret.

Two worlds are made that differ in the secret alone, with bait in every field that holds it. A
reader asks every page that there is, with every id that there is, in both; every answer must be
equal: status, headers and body. The mutants at the end each let one thing through, and must each
be noticed: a test that cannot fail proves nothing.
"""

import io
import itertools
import json
import random
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask, Response, jsonify, request
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import func, select

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.accounts.models import SignInSession
from impactmakelaar.admission import (
    queries,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_reviews,
    services,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
    views,
    views_committee,
)
from impactmakelaar.admission.models import Application, ConflictDeclaration
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.app import create_app
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from tests import makers
from tests.admission.makers import (
    CRITERIA,
    DAY,
    declare_none,
    make_applicant,
    make_committee,
    make_meeting,
    make_reviewed,
    put_to_vote,
)
from tests.conftest import settings_for
from tests.makers import make, make_member, make_organisation, make_person, make_region

MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BAIT = "geheimaas"
PDF = b"%PDF-1.4\n1 0 obj << >> endobj\n% geheimaas\ntrailer << >>\n%%EOF\n"
UNEQUAL_BY_NATURE = {"X-Request-Id", "Date", "Set-Cookie"}
OWN_PAGES = {"admission.own_interests", "standing.enterprise", "standing.page"}
"""What one's own declaration itself does: the list of them, and the pages about the standing of an
enterprise, which close for who has an interest in it."""
SLOW_OR_STREAMING = {"static"}


@dataclass
class World:
    """A database, who can sign in (name -> cookie token), and the ids that a reader may try."""

    path: Path
    tokens: dict[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    secret_ids: list[str] = field(default_factory=list)
    mails: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    dice: random.Random = field(default_factory=random.Random)


def application_on(path: Path, folder: Path) -> Flask:
    """The application on a database file."""
    return create_app(settings_for(folder, f"sqlite:///{path}"))


def sign_in(world: World, name: str, person: Any, organisation: Any) -> None:
    """A browser session that a request can use later."""
    token = f"token-of-{name}"
    with transaction():
        db.session.add(
            SignInSession(
                token_hash=token_hash(token),
                person_id=person.id,
                created_at=clock.now(),
                last_seen_at=clock.now(),
                second_factor_at=clock.now(),
                acting_organisation_id=organisation.id if organisation else None,
            )
        )
    world.tokens[name] = token


def fill(world: World, *, secret: bool, variant: str = "") -> None:
    """The shared part, and with ``secret`` the application with its bait, almost decided.

    ``variant`` changes all that reviewers and voters did, and nothing else.
    """
    c = make_committee()
    recused = make_member(c.region, Role.COMMITTEE_MEMBER, person=make_person("Rosa Recused"))
    for role in (Role.SECRETARY, Role.REGION_ADMIN, Role.BROKER, Role.SROI_OFFICER):
        make_member(c.region, role, person=recused)
    undeclared = make_member(c.region, Role.COMMITTEE_MEMBER, person=make_person("Una Undeclared"))
    authority = make_organisation(Kind.AUTHORITY, "Gemeente", region_id=c.region.id)
    buyer = make_member(authority, Role.BUYER)
    make_member(authority, Role.BUYER, person=recused)
    elsewhere = make_committee(make_region("Elders"))
    known, _ = make_reviewed(c, "Bekend Dossier")
    declare_none(c, known, [recused, undeclared])
    meeting = make_meeting(c)
    services_meeting.put_on_agenda(meeting=meeting, rows=[known], by=c.secretary)
    present = [p.id for p in (*c.full, recused)]
    enterprise, applicant = make_applicant(c, "Gewone Onderneming")
    services_meeting.open_meeting(meeting=meeting, present=present, by=c.secretary, today=DAY)
    for name, person, organisation in (
        ("recused", recused, c.region),
        ("recused-buyer", recused, authority),
        ("undeclared", undeclared, c.region),
        ("buyer", buyer, authority),
        ("elsewhere", elsewhere.secretary, elsewhere.region),
        ("applicant", applicant, enterprise),
        ("colleague", make_member(enterprise, Role.ENTREPRENEUR), enterprise),
    ):
        sign_in(world, name, person, organisation)
    live = queries_meetings.live_item(known)
    assert live is not None
    world.ids += [c.region.public_id, enterprise.public_id, known.public_id, meeting.public_id]
    world.ids.append(live.public_id)
    if secret:
        bait(world, c, enterprise, applicant, recused, undeclared, meeting, variant)
    world.dice.seed("what comes after has the same public ids in every world, and other numbers")
    later, _ = make_reviewed(c, "Later Dossier")
    services_meeting.put_on_agenda(meeting=meeting, rows=[later], by=c.secretary)
    for name, person in (("recused", recused), ("elsewhere", elsewhere.secretary)):
        world.mails[name] = [
            (m.kind, m.subject, m.text)
            for m in db.session.scalars(
                select(OutboxMail)
                .where(OutboxMail.recipient == person.email)
                .order_by(OutboxMail.id)
            )
        ]


def bait(
    world: World,
    c: Any,
    enterprise: Any,
    applicant: Any,
    recused: Any,
    undeclared: Any,
    meeting: Any,
    variant: str,
) -> None:
    """The secret application; every text that only some may read says so."""
    row = services.start(enterprise=enterprise, by=applicant, today=DAY)
    for key in CRITERIA:
        services.save(
            row=row, part=key, values={"answer": f"{BAIT}-antwoord"}, seen="", by=applicant
        )
    plan = {"certificate_plan": "plan", "certificate": "pso_30", "certificate_note": BAIT}
    services.save(row=row, part="keurmerk", values=plan, seen="", by=applicant)
    file = services.add_file(
        row=row, part="social", stream=io.BytesIO(PDF), name=f"{BAIT}.pdf", by=applicant
    )
    make(
        ConflictDeclaration(
            application_id=row.id,
            round=1,
            person_id=recused.id,
            kind=Interest.FAMILY,
            explanation=f"{BAIT}-belang",
            recused=True,
            declared_at=clock.now(),
            recorded_by_id=c.secretary.id,
        )
    )
    services.submit(row=row, by=applicant, today=DAY)
    services_committee.find_complete(row=row, by=c.secretary, today=DAY)
    reviewers = c.full[1:4] if variant == "z" else c.full[:3]
    services_committee.assign(row=row, people=reviewers, by=c.secretary, today=DAY)
    declare_none(c, row)
    for person in reviewers:
        services_committee.save_review(
            row=row,
            scores=dict.fromkeys(CRITERIA, (1 if variant == "z" else 4, f"{BAIT}-reden{variant}")),
            advice=f"{BAIT}-advies{variant}",
            submit=True,
            by=person,
            today=DAY,
        )
    services_committee.say(row=row, text=f"{BAIT}-gesprek{variant}", by=c.chair)
    item = put_to_vote(c, row, meeting, present=[*c.full, recused], secret=variant == "z")
    for number, person in enumerate(c.full):
        against = number == 4 or (variant == "z" and number == 0)
        services_vote.cast(
            item=item, choice="against" if against else "in_favour", by=person, today=DAY
        )
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    services_vote.write_minutes(
        item=item, text=f"{BAIT}-notulen{variant}", by=c.secretary, today=DAY
    )
    services_decision.prepare(
        row=row,
        reasons=dict.fromkeys(CRITERIA, f"{BAIT}-besluit"),
        summary=f"{BAIT}-samenvatting",
        warning_answer="",
        by=c.chair,
        today=DAY,
    )
    with transaction():
        for letter in queries.letters(row):
            letter.failed_at = MOMENT
    world.secret_ids += [row.public_id, item.public_id, file.public_id, file.file.public_id]


def build(path: Path, folder: Path, empty: Path, *, secret: bool, variant: str = "") -> World:
    """A world in a file; random ids come from a fixed seed, so that shared rows share them."""
    shutil.copy(empty, path)
    world = World(path)
    world.dice.seed(20260302)
    choose, secrets.choice = secrets.choice, world.dice.choice
    makers._numbers = itertools.count(1)
    app = application_on(path, folder)
    try:
        with app.app_context(), time_machine.travel(MOMENT, tick=False):
            fill(world, secret=secret, variant=variant)
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
    finally:
        secrets.choice = choose
    return world


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory, empty_sqlite: Path) -> dict[str, World]:
    """``without``, ``with`` and ``other``: the secret is absent, present, and judged otherwise."""
    folder = tmp_path_factory.mktemp("worlds")
    return {
        "without": build(folder / "without.db", folder, empty_sqlite, secret=False),
        "with": build(folder / "with.db", folder, empty_sqlite, secret=True),
        "other": build(folder / "other.db", folder, empty_sqlite, secret=True, variant="z"),
    }


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
    if reader == "undeclared":
        asked = [q for q in asked if q.form is None or q.endpoint != "admission.interest"]
    if only:
        asked = [q for q in asked if q.endpoint in only]
    first = answers(worlds[one], reader, asked, folder / "one", mutate)
    second = answers(worlds[two], reader, asked, folder / "two", mutate)
    return [
        f"{'GET' if q.form is None else 'POST'} {q.path}" for q in asked if first[q] != second[q]
    ]


@pytest.mark.parametrize("reader", ["recused", "recused-buyer", "buyer", "elsewhere", "anonymous"])
def test_the_application_does_not_exist_for(
    worlds: dict[str, World], reader: str, tmp_path: Path
) -> None:
    assert differences(worlds, "without", "with", reader, tmp_path) == []


def test_the_applicant_learns_nothing_of_who_judged_and_how(
    worlds: dict[str, World], tmp_path: Path
) -> None:
    assert differences(worlds, "with", "other", "applicant", tmp_path) == []


def test_an_undeclared_member_reads_nothing_of_the_dossier(
    worlds: dict[str, World], tmp_path: Path
) -> None:
    assert differences(worlds, "with", "other", "undeclared", tmp_path) == []


def test_the_worlds_do_differ_for_who_may_know(worlds: dict[str, World], tmp_path: Path) -> None:
    pages = ("admission.own", "admission.application", "admission.own_interests")
    found = differences(worlds, "without", "with", "applicant", tmp_path, only=pages)
    assert any(path.startswith("GET /toelating") for path in found)


def test_no_letter_reaches_who_may_not_know(worlds: dict[str, World]) -> None:
    for reader in ("recused", "elsewhere"):
        assert worlds["with"].mails[reader] == worlds["without"].mails[reader]


# Mutants: each lets one thing through.


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


def test_bait_stands_where_it_should(worlds: dict[str, World], tmp_path: Path) -> None:
    """The secret really is in the database, in every field that the worlds are about."""
    shutil.copy(worlds["with"].path, tmp_path / "look.db")
    app = application_on(tmp_path / "look.db", tmp_path)
    with app.app_context():
        row = db.session.scalars(
            select(Application).where(Application.public_id == worlds["with"].secret_ids[0])
        ).one()
        assert BAIT in json.dumps(row.document)
        assert all(BAIT in r.advice for r in queries_reviews.submitted_reviews(row))
        assert BAIT in queries_reviews.remarks(row)[0].text
        assert BAIT in (queries_meetings.live_item(row) or row).minutes  # type: ignore[union-attr]
        assert (queries_decisions.decision(row) or row).summary.startswith(BAIT)  # type: ignore[union-attr]
        db.session.remove()
        db.engine.dispose()
