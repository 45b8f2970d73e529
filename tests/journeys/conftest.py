"""A running application on a database of its own, for a real browser."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select
from tests.conftest import settings_for
from tests.makers import (
    THEN,
    make,
    make_admitted,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)
from werkzeug.serving import make_server

from impactmakelaar.app import create_app
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import rules as profiles
from impactmakelaar.profiles import services
from impactmakelaar.profiles.models import ProfileDraft

PASSWORD = "paard batterij nietje juist"


@dataclass
class Site:
    """A running site and what one can do around it."""

    app: Flask
    address: str

    def work(self) -> None:
        """Let the worker do what waits: letters go out, the text index follows."""
        with self.app.app_context():
            self.app.extensions["worker"].work_once()

    def admit(self, name: str) -> None:
        """What the committee decides in its own journey: this enterprise is admitted."""
        with self.app.app_context():
            query = select(Organisation).where(Organisation.name == name)
            make_admitted(db.session.scalars(query).one())
            db.session.remove()

    def letters_to(self, recipient: str) -> list[str]:
        """The texts of the letters to somebody, read from the files of the outgoing mail."""
        self.work()
        folder = Path(self.app.instance_path) / "mail"
        letters = [
            message_from_bytes(path.read_bytes(), policy=policy.default)
            for path in sorted(folder.glob("*.eml"))
        ]
        bodies = [m.get_body(("plain",)) for m in letters if m["To"] == recipient]
        return [str(body.get_content()) for body in bodies if body is not None]

    def letter_to(self, recipient: str) -> str:
        """The text of the newest letter to somebody."""
        return self.letters_to(recipient)[-1]

    def link_to(self, recipient: str, part: str = "") -> str:
        """The first address with this part in the newest letter to somebody that has one."""
        for letter in reversed(self.letters_to(recipient)):
            for address in re.findall(r"http://\S+", letter):
                if part in address:
                    return str(address)
        raise AssertionError(f"no letter to {recipient} has such an address")


@pytest.fixture
def site(tmp_path: Path, database: str) -> Iterator[Site]:
    """The application behind a real port, with a region, a buyer with a colleague, and staff."""
    settings: dict[str, Any] = settings_for(tmp_path / "instance", database)
    app = create_app(settings | {"WTF_CSRF_ENABLED": True, "LOG_LEVEL": "WARNING"})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    app.config["BASE_URL"] = address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with app.app_context():
        populate()
        app.extensions["worker"].work_once()
    yield Site(app, address)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def populate() -> None:
    """A region with a broker, a municipality with two buyers, and two listed enterprises."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    region = make_region()
    haarlem = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem")
    people = (
        (region, Role.BROKER, "Olaf Makelaar", "makelaar@test.example"),
        (haarlem, Role.BUYER, "Ingrid Koper", "inkoper@test.example"),
        (haarlem, Role.BUYER, "Coen Collega", "collega@test.example"),
    )
    for organisation, role, name, email in people:
        person = make_person(name, email, password_hash=hashed)
        make_member(organisation, role, person=person)
    for name, sector, title in (
        ("Bermbeheer Noord", "groen", "Groenonderhoud van bermen"),
        ("De Soepketel", "catering", "Catering bij vergaderingen"),
    ):
        enterprise = make_enterprise(region, name)
        owner = make_member(enterprise, Role.ENTREPRENEUR)
        document = profile(name, sector, title)
        make(ProfileDraft(organisation_id=enterprise.id, document=document, updated_at=THEN))
        services.publish(organisation=enterprise, by=owner)
        make_admitted(enterprise)


def profile(name: str, sector: str, title: str) -> profiles.Document:
    """A profile that can be published: one activity, in Haarlem and Velsen."""
    activity = profiles.EMPTY_ACTIVITY | {
        "id": services.new_activity_id(),
        "title": title,
        "description": "Met een vaste ploeg.",
        "sector": sector,
        "area": profiles.EMPTY_ACTIVITY["area"]
        | {"kind": "municipalities", "municipalities": ["GM0392", "GM0453"]},
        "capacity_confirmed_on": date(2026, 1, 5).isoformat(),
    }
    return profiles.EMPTY | {
        "trade_name": name,
        "legal_form": "bv",
        "summary": f"{title} door {name}.",
        "description": f"{title}. " * 8,
        "contacts": [
            {
                "name": "Jo Vast",
                "role": "",
                "email": "jo@test.example",
                "phone": "",
                "public": True,
            }
        ],
        "address": {
            "street": "",
            "postcode": "2011 AB",
            "place": "Haarlem",
            "municipality": "GM0392",
            "hidden": True,
        },
        "themes": [],
        "activities": [activity],
    }


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a window of somebody's own browser; ``scripts=False`` is one without JavaScript."""
    contexts: list[BrowserContext] = []

    def open_window(*, scripts: bool = True) -> Page:
        context = browser.new_context(
            base_url=site.address, locale="nl-NL", java_script_enabled=scripts
        )
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


def sign_in(page: Page, email: str) -> None:
    """Sign in with the password that everybody here has."""
    page.goto("/inloggen")
    page.get_by_label("E-mailadres").fill(email)
    page.get_by_label("Wachtwoord").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Inloggen").click()
    page.wait_for_url("**/bureau")
