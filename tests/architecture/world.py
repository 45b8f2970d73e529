"""A small world to ask every route in: readers of every role, and objects of three sides.

*own* is where the readers work: a region with an enterprise, an authority and a contractor.
*near* holds other organisations of the same region, *far* those of another region.

A feature with objects of its own adds them in ``tests/<feature>/world.py``::

    def add_objects(side: Side) -> None:
        side.objects["tender"] = {"public_id": make_tender(side.authority).public_id}

and names them in the rows of ``tests/<feature>/routes.txt``.
"""

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from tests.conftest import settings_for
from tests.makers import (
    THEN,
    make,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)

from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import MailToken, Person, SignInSession
from impactmakelaar.app import create_app
from impactmakelaar.core import changes, clock, files
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Invitation, Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import rules as profile_rules
from impactmakelaar.profiles.models import ProfileDraft, ProfileVersion, Publication
from impactmakelaar.register.models import SavedSearch, Shortlist, ShortlistItem

TESTS = Path(__file__).resolve().parents[1]

ROLE_COLUMNS = {
    "entrep": Role.ENTREPRENEUR,
    "buyer": Role.BUYER,
    "contr": Role.CONTRACTOR,
    "member": Role.COMMITTEE_MEMBER,
    "chair": Role.COMMITTEE_CHAIR,
    "assess": Role.ASSESSOR,
    "sroi": Role.SROI_OFFICER,
    "secr": Role.SECRETARY,
    "broker": Role.BROKER,
    "admin": Role.REGION_ADMIN,
}
READERS = ("anon", "plain", *ROLE_COLUMNS)
"""A stranger, somebody signed in without a role, and one reader per role."""
SIDES = ("own", "near", "far")

DEFAULTS = {
    "section": "basis",
    "kind": "csv",
    "activity_id": "act1",
    "key": "0",
    "number": "1",
    "name": "over",
    "token": "unknown-token",
    "filename": "manifest.json",
    "slug": "visie",
    "theme_id": "visie",
}
"""Values for the parts of an address that no object gives."""
OWN_DEFAULTS = {"home.guide": {"name": "inkoper"}}


@dataclass
class Side:
    """Organisations that belong together, and the objects made for them by name."""

    name: str
    region: Organisation
    enterprise: Organisation
    authority: Organisation
    contractor: Organisation
    entrepreneur: Person
    buyer: Person
    objects: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass
class World:
    """The application with its world, the readers' cookies, and the database as it began."""

    app: Flask
    database: Path
    sides: dict[str, Side]
    people: dict[str, Person | None]
    tokens: dict[str, str]
    beginning: sqlite3.Connection = field(init=False)
    watcher: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.beginning = sqlite3.connect(":memory:")
        self.watcher = sqlite3.connect(self.database, isolation_level=None)
        self.watcher.backup(self.beginning)

    def close(self) -> None:
        """Let go of the database."""
        self.watcher.close()
        self.beginning.close()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def client(self, reader: str) -> FlaskClient:
        """A fresh browser of this reader."""
        browser = self.app.test_client()
        if reader != "anon":
            with browser.session_transaction() as cookie:
                cookie["_user_id"] = self.tokens[reader]
                cookie["_fresh"] = True
        return browser

    @contextmanager
    def undone(self) -> Iterator[list[bool]]:
        """Run a request; the list tells afterwards whether it changed the database.

        SQLite's ``data_version`` moves exactly when another connection committed a change. What
        was changed is put back.
        """
        outcome: list[bool] = []
        before = self._version()
        yield outcome
        outcome.append(self._version() != before)
        if outcome[0]:
            self.beginning.backup(self.watcher)
            self.app.extensions.pop("catalogue", None)

    def _version(self) -> int:
        return int(self.watcher.execute("PRAGMA data_version").fetchone()[0])

    def address(self, endpoint: str, method: str, kind: str, side: str) -> str:
        """The address of a route for an object of a side."""
        values = DEFAULTS | OWN_DEFAULTS.get(endpoint, {})
        if kind != "-":
            values |= self.sides[side].objects[kind]
        known: set[str] = set().union(
            *(rule.arguments for rule in self.app.url_map.iter_rules(endpoint))
        )
        used = {name: value for name, value in values.items() if name in known}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(endpoint, used, method=method)


def profile_document(organisation: Organisation, logo: str) -> profile_rules.Document:
    """A profile that may be published, with something in every part."""
    activity = {
        "id": "act1",
        "title": "Onderhoud van plantsoenen",
        "description": "Schoffelen, snoeien en maaien.",
        "cpv": ["77310000"],
        "area": {"kind": "country"},
        "capacity_confirmed_on": "2026-01-05",
    }
    return profile_rules.complete(
        {
            "trade_name": organisation.name,
            "summary": "Wij onderhouden plantsoenen met mensen die lang geen werk hadden.",
            "description": "Ons team werkt het hele jaar door in de wijken.",
            "website": "https://onderneming.example",
            "legal_form": "bv",
            "logo": logo,
            "themes": [],
            "address": {
                "street": "Voorbeeldstraat 1",
                "postcode": "2011 AA",
                "place": "Haarlem",
                "municipality": "GM0392",
                "hidden": False,
            },
            "contacts": [
                {
                    "name": "Noor Voorbeeld",
                    "role": "directeur",
                    "email": "noor@onderneming.example",
                    "phone": "",
                    "public": False,
                }
            ],
            "certificates": [
                {
                    "kind": "pso",
                    "level": "",
                    "number": "1",
                    "url": "",
                    "valid_from": "2026-01-01",
                    "valid_until": "2028-12-31",
                    "evidence": "",
                }
            ],
            "activities": [activity],
        }
    )


def add_profile(side: Side) -> None:
    """Draft, published version, logo and evidence of the side's enterprise."""
    enterprise, by = side.enterprise, side.entrepreneur
    stored = {}
    for name, kind in (("logo", "image/png"), ("evidence", "application/pdf")):
        data = f"{name} of {side.name}".encode()
        digest = profile_rules.digest({"data": data.decode()})
        path = files.path_of(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        row = make(
            files.StoredFile(
                organisation_id=enterprise.id,
                uploaded_by_id=by.id,
                uploaded_at=THEN,
                sha256=digest,
                size=len(data),
                media_type=kind,
                name=name,
            )
        )
        stored[name] = row.public_id
        side.objects[name] = {"public_id": row.public_id}
    document = profile_document(enterprise, stored["logo"])
    side.objects["enterprise"]["key"] = profile_rules.row_key(document["certificates"][0])
    make(
        ProfileDraft(organisation_id=enterprise.id, document=document, revision=1, updated_at=THEN)
    )
    version = make(
        ProfileVersion(
            organisation_id=enterprise.id,
            number=1,
            document=document,
            sha256=profile_rules.digest(document),
            published_at=THEN,
            published_by_id=by.id,
        )
    )
    make(Publication(organisation_id=enterprise.id, version_id=version.id))
    with transaction():
        changes.note(changes.ENTERPRISE, enterprise.id)


def add_kept(side: Side) -> None:
    """A shortlist of the authority with the enterprise on it, and a search of its buyer."""
    row = make(
        Shortlist(
            organisation_id=side.authority.id,
            name=f"Groen {side.name}",
            created_by_id=side.buyer.id,
            created_at=THEN,
        )
    )
    make(
        ShortlistItem(
            shortlist_id=row.id,
            enterprise_id=side.enterprise.id,
            added_by_id=side.buyer.id,
            added_at=THEN,
        )
    )
    side.objects["shortlist"] = {
        "public_id": row.public_id,
        "enterprise_id": side.enterprise.public_id,
    }
    token = f"stop-{side.name}"
    search = make(
        SavedSearch(
            person_id=side.buyer.id,
            organisation_id=side.authority.id,
            name="Groen",
            query="q=groen",
            alerts=True,
            stop_token_hash=token_hash(token),
            created_at=THEN,
        )
    )
    side.objects["saved_search"] = {"public_id": search.public_id}
    side.objects["stop_token"] = {"token": token}


def add_people(side: Side) -> None:
    """A colleague, somebody who asks to join, an invitation, links that were mailed."""
    colleague = make_member(side.enterprise, Role.ENTREPRENEUR)
    membership = db.session.query(Membership).filter_by(person_id=colleague.id).one()
    side.objects["membership"] = {"public_id": membership.public_id}
    waiting = make_enterprise(side.region, f"Wachtend {side.name}", approved=False)
    asker = make_person(f"Aanvrager {side.name}")
    asked = make(
        Membership(
            person_id=asker.id,
            organisation_id=waiting.id,
            role=Role.ENTREPRENEUR,
            asked_at=THEN,
        )
    )
    side.objects["asked"] = {"public_id": asked.public_id}
    lead = make_enterprise(
        side.region, f"Lead {side.name}", approved=False, source="lijst", source_id=side.name
    )
    side.objects["lead"] = {"public_id": lead.public_id}
    token = f"invite-{side.name}"
    soon = clock.now() + timedelta(days=7)
    invitation = make(
        Invitation(
            email=f"genodigd-{side.name}@test.example",
            name="Genodigde",
            organisation_id=side.enterprise.id,
            role=Role.ENTREPRENEUR,
            token_hash=token_hash(token),
            created_at=clock.now(),
            expires_at=soon,
        )
    )
    side.objects["invitation"] = {"public_id": invitation.public_id}
    side.objects["invite_token"] = {"token": token}
    for purpose in ("confirm", "reset", "change_email"):
        make(
            MailToken(
                purpose=purpose,
                person_id=asker.id,
                token_hash=token_hash(f"{purpose}-{side.name}"),
                new_email=f"nieuw-{side.name}@test.example" if purpose == "change_email" else "",
                created_at=clock.now(),
                expires_at=soon,
            )
        )
        side.objects[f"{purpose}_token"] = {"token": f"{purpose}-{side.name}"}
    example = make_person(f"Voorbeeld {side.name}", is_example=True, role_label="inkoper")
    side.objects["example"] = {"public_id": example.public_id}


def make_side(name: str, region: Organisation) -> Side:
    """Organisations and people of one side, with the objects of the first features."""
    enterprise = make_enterprise(region, f"Groenwerk {name}")
    authority = make_organisation(
        Kind.AUTHORITY, f"Gemeente {name}", region_id=region.id, municipality_code="GM0392"
    )
    contractor = make_organisation(Kind.CONTRACTOR, f"Bouw {name}", region_id=region.id)
    side = Side(
        name,
        region,
        enterprise,
        authority,
        contractor,
        entrepreneur=make_member(enterprise, Role.ENTREPRENEUR),
        buyer=make_member(authority, Role.BUYER),
    )
    side.objects["region"] = {"public_id": region.public_id}
    side.objects["enterprise"] = {"public_id": enterprise.public_id}
    side.objects["authority"] = {"public_id": authority.public_id}
    side.objects["contractor"] = {"public_id": contractor.public_id}
    add_profile(side)
    add_kept(side)
    add_people(side)
    for path in sorted(TESTS.glob("*/world.py")):
        if path.parent.name != "architecture":
            importlib.import_module(f"tests.{path.parent.name}.world").add_objects(side)
    return side


def make_readers(side: Side) -> dict[str, Person | None]:
    """One person per column, at the side where the readers work."""
    places = {
        Role.ENTREPRENEUR: side.enterprise,
        Role.BUYER: side.authority,
        Role.CONTRACTOR: side.contractor,
    }
    people: dict[str, Person | None] = {"anon": None, "plain": make_person("Zonder rol")}
    for column, role in ROLE_COLUMNS.items():
        people[column] = make_member(places.get(role, side.region), role)
    people["entrep"] = side.entrepreneur
    people["buyer"] = side.buyer
    return people


def open_sessions(people: dict[str, Person | None]) -> dict[str, str]:
    """Everybody signed in, second factor given; column -> what the cookie carries."""
    tokens = {}
    now = clock.now()
    for column, person in people.items():
        if person is not None:
            tokens[column] = new_token()
            make(
                SignInSession(
                    token_hash=token_hash(tokens[column]),
                    person_id=person.id,
                    created_at=now,
                    # A day ahead: noting that a session is in use is no change that a page makes.
                    last_seen_at=now + timedelta(days=1),
                    second_factor_at=now,
                )
            )
    return tokens


def make_world(folder: Path, database: Path, **settings: Any) -> World:
    """The world on a database with empty tables."""
    app = create_app(settings_for(folder, f"sqlite:///{database}") | settings)
    with app.app_context():
        region = make_region()
        other = make_organisation(Kind.REGION, "Andere regio", labour_market_region="AM01")
        sides = {
            "own": make_side("own", region),
            "near": make_side("near", region),
            "far": make_side("far", other),
        }
        people = make_readers(sides["own"])
        tokens = open_sessions(people)
        db.session.remove()
    return World(app, database, sides, people, tokens)
