"""Two worlds that differ in one secret application alone, with bait in every field of it."""

import io
import itertools
import random
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.accounts.models import SignInSession
from impactmakelaar.admission import (
    queries,
    queries_meetings,
    services,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.models import ConflictDeclaration
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
