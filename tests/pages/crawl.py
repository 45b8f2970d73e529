"""A walk over every page as every role, without a browser: what each one got at each address.

It follows the links that a reader would follow, so a new feature is walked as soon as something
links to it. Letters are opened too: their links lead to the pages that need a token.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from impactmakelaar import demonstration
from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.accounts.queries import example_people
from impactmakelaar.admission.models import Application
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.web import errors

HOST = "http://localhost"
STRANGER = "bezoeker"
PER_ENDPOINT = 4
"""So many addresses of one endpoint are opened per role: enough for its states, and quick."""

MANY = {"tenders.overview": 30, "admission.dossier": 12, "social_return.contract": 12}
"""Endpoints whose objects come in more states than that."""

STATES = (
    "/ondernemingen?q=groenonderhoud&gemeente=GM0392&sector=groen",
    "/ondernemingen?q=xyzzyq",
    "/ondernemingen?q=de+het+een&plaats=Nergenshuizen&straal=9999&gemeente=GM9999",
    "/ondernemingen?weergave=kaart&plaats=Haarlem&straal=10",
    "/ondernemingen?pagina=99",
    "/regio/organisaties?soort=enterprise&q=zzz",
    "/account-maken/mail",
    "/profiel",
    "/ondernemingen/suggesties?q=gro",
    "/kaart/regio.geojson",
    "/kaart/ondernemingen.geojson",
    "/cpv-codes?q=groen",
    "/.well-known/jwks.json",
    "/health/live",
    "/health/ready",
)
"""Addresses that no link leads to: a page in another state, answers for scripts and machines."""


@dataclass
class Page:
    """An answer: who asked for what, and what came."""

    role: str
    url: str
    endpoint: str
    status: int
    html: str
    headers: dict[str, str]
    found_on: str = ""


@dataclass
class Form:
    """A form with fields, as it stands on a page."""

    action: str
    fields: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Collects the links and the forms of a page, and the shape of its elements."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.shape: set[str] = set()
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One element."""
        values = {name: value or "" for name, value in attrs}
        names = " ".join(sorted(values))
        self.shape.add(f"{tag}.{values.get('class', '')}[{names}]{values.get('type', '')}")
        if tag == "a" and values.get("href"):
            self.links.append(urljoin(self.base, urldefrag(values["href"]).url))
        if tag == "form" and values.get("method") == "post":
            self._form = Form(urljoin(self.base, values.get("action") or self.base))
            self.forms.append(self._form)
        visible = tag in ("input", "select", "textarea") and values.get("type") != "hidden"
        if visible and self._form and values.get("name"):
            self._form.fields.append(values["name"])

    def handle_endtag(self, tag: str) -> None:
        """The end of a form."""
        if tag == "form":
            self._form = None


def read(page: Page) -> Reader:
    """The links, forms and shape of a page."""
    reader = Reader(page.url)
    reader.feed(page.html)
    return reader


def own_dossiers(organisation: Any) -> tuple[str, ...]:
    """The states of an enterprise's own applications and invitations: each shows other pages."""
    if organisation is None or organisation.kind != Kind.ENTERPRISE:
        return ()
    query = select(Application.state).where(Application.enterprise_id == organisation.id)
    states = sorted(set(db.session.scalars(query)) - {"announced"})
    asked = select(TenderInvitation.id).where(TenderInvitation.enterprise_id == organisation.id)
    return (*states, "invited" if db.session.scalars(asked).first() else "")


class Walk:
    """Walks the application as everybody in turn."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.pages: list[Page] = []
        self.dead: list[str] = []
        self.reached: set[str] = set()
        self.clients: dict[str, FlaskClient] = {STRANGER: app.test_client()}

    def everything(self) -> "Walk":
        """Every role, then the letters, then forms that are sent empty, then what goes wrong."""
        with self.app.app_context():
            for person in self.one_of_each():
                self.clients[person.email] = self.browser_of(person)
        for role in self.clients:
            self.follow(role, [f"{HOST}/", *(HOST + path for path in STATES)])
        self.write_letters()
        self.follow(STRANGER, self.letter_links(), per_endpoint=9)
        for page in list(self.pages):
            self.send_empty(page)
        self.pages += self.failures()
        return self

    def one_of_each(self) -> Iterator[Person]:
        """One example person per combination of roles and of states of what is his."""
        seen = set()
        others = db.session.scalars(
            select(Person).where(Person.is_example.is_(True)).order_by(Person.id)
        )
        for person in dict.fromkeys([*example_people(), *others]):
            acting = organisations.acting(person, None)
            kind = (
                acting.organisation.kind if acting.organisation else "",
                tuple(sorted(acting.roles)),
                acting.others,
                own_dossiers(acting.organisation),
            )
            if kind not in seen:
                seen.add(kind)
                yield person

    def browser_of(self, person: Person) -> FlaskClient:
        """A browser in which somebody is signed in."""
        token, now = new_token(), clock.now()
        with transaction():
            db.session.add(
                SignInSession(
                    token_hash=token_hash(token),
                    person_id=person.id,
                    created_at=now,
                    last_seen_at=now,
                    second_factor_at=now,
                )
            )
        browser = self.app.test_client()
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    def endpoint_of(self, url: str) -> str:
        """The endpoint that answers a GET of this address; empty when there is none."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(url).path)[0])
        except HTTPException:
            return ""

    def follow(self, role: str, start: list[str], per_endpoint: int = PER_ENDPOINT) -> None:
        """Open these addresses and what they link to, breadth first."""
        waiting = [(url, "") for url in start]
        seen, opened = set(start), dict[str, int]()
        given = set(start)
        while waiting:
            url, found_on = waiting.pop(0)
            endpoint = self.endpoint_of(url)
            opened[endpoint] = opened.get(endpoint, 0) + 1
            if opened[endpoint] > max(per_endpoint, MANY.get(endpoint, 0)) and url not in given:
                continue
            page = self.get(role, url, endpoint, found_on)
            if page is None:
                continue
            self.pages.append(page)
            for link in read(page).links:
                if link.startswith(HOST + "/") and link not in seen:
                    seen.add(link)
                    waiting.append((link, url))

    def get(self, role: str, url: str, endpoint: str, found_on: str) -> Page | None:
        """An HTML page, or nothing when the answer is a file or leads elsewhere."""
        parts = urlsplit(url)
        answer = self.clients[role].get(parts.path, query_string=parts.query)
        if answer.status_code < 400:
            self.reached.add(endpoint)
        if answer.status_code >= 400 and found_on and role_may_follow(url):
            self.dead.append(f"{role}: {found_on} -> {url}: {answer.status_code}")
        if answer.status_code in (301, 302, 303, 308):
            target = urljoin(url, answer.headers["Location"])
            if any(p.role == role and p.url == target for p in self.pages):
                return None
            return self.get(role, target, self.endpoint_of(target), found_on)
        if answer.mimetype != "text/html":
            answer.close()
            return None
        return Page(
            role, url, endpoint, answer.status_code, answer.text, dict(answer.headers), found_on
        )

    def write_letters(self) -> None:
        """Do what makes the application write letters with links in them."""
        stranger = self.app.test_client()
        stranger.post(
            "/account-maken",
            data={
                "aim": "entrepreneur",
                "name": "Vera Voorbeeld",
                "email": "vera@voorbeeld.example",
                "password": "paard batterij nietje juist",
            },
        )
        stranger.post("/wachtwoord-vergeten", data={"email": "inkoper-haarlem@voorbeeld.example"})
        colleague = next((c for r, c in self.clients.items() if "werkboek" in r), stranger)
        moved = {
            "nieuw-email": "verhuisd@voorbeeld.example",
            "nieuw-password": demonstration.PASSWORD,
        }
        colleague.post("/account/e-mailadres", data=moved)
        admin = next((c for r, c in self.clients.items() if r.startswith("beheerder")), None)
        if admin is not None:
            people = next(
                p.url
                for p in self.pages
                if p.endpoint == "organisations.members" and "beheerder" in p.role
            )
            admin.post(
                urlsplit(people).path.replace("/mensen", "/uitnodigen"),
                data={
                    "name": "Nora Nieuw",
                    "email": "nora@voorbeeld.example",
                    "role": "broker",
                },
            )
        # Twice: a reset is looked up in one round and its letter sent in the next.
        with self.app.app_context():
            for _ in range(2):
                self.app.extensions["worker"].work_once()

    def letter_links(self) -> list[str]:
        """The addresses in all letters."""
        letters = sorted((Path(self.app.instance_path) / "mail").glob("*.eml"))
        texts = [
            str(message_from_bytes(path.read_bytes(), policy=policy.default).get_content())
            for path in letters
        ]
        found = [url for text in texts for url in re.findall(r"http://localhost\S+", text)]
        return list(dict.fromkeys(found))

    def send_empty(self, page: Page) -> None:
        """Send a form of this page with nothing filled in; keep the page that says what is wrong.

        Only forms with fields that are sent to their own page: buttons would really do something.
        """
        for form in read(page).forms:
            path = urlsplit(form.action).path
            if not form.fields or path != urlsplit(page.url).path:
                continue
            endpoint = self.endpoint_of(page.url)
            if any(p.endpoint == endpoint and p.status == 400 for p in self.pages):
                continue
            answer = self.clients[page.role].post(path, query_string=urlsplit(page.url).query)
            if answer.status_code == 400 and answer.mimetype == "text/html":
                self.pages.append(
                    Page(page.role, page.url, endpoint, 400, answer.text, dict(answer.headers))
                )

    def failures(self) -> Iterator[Page]:
        """The pages for what goes wrong, as they look after a form was sent."""
        for status in errors.TEXTS:
            with self.app.test_request_context(
                "/profiel", method="POST", data={"omschrijving": "Wij maaien gras. " * 20}
            ):
                html, code, _ = errors.page(status)
                answer = self.app.process_response(self.app.make_response(html))
                yield Page(
                    STRANGER, f"{HOST}/fout/{status}", "error", code, html, dict(answer.headers)
                )


def role_may_follow(url: str) -> bool:
    """Whether a link must lead somewhere; a page number beyond the end is no link."""
    return "/uitloggen" not in url and "pagina" not in parse_qs(urlsplit(url).query)
