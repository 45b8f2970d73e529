"""Steps that the tests of signing in share."""

import re
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.makers import make_person

from impactmakelaar.accounts import services
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import OutboxMail

PASSWORD = "vier gewone woorden samen"
OTHER = "heel iets anders dan eerst"


def with_password(name: str = "Sanne de Wit", **fields: Any) -> Person:
    """Somebody with a confirmed address and PASSWORD."""
    return make_person(name, password_hash=services.hash_password(PASSWORD), **fields)


def with_second_factor(**fields: Any) -> Person:
    """Somebody whose second factor is on."""
    return with_password(totp_secret=pyotp.random_base32(), totp_enabled_at=clock.now(), **fields)


def code_of(person: Person, steps: int = 0) -> str:
    """What the app on the telephone shows (so many steps later)."""
    return str(pyotp.TOTP(person.totp_secret).at(clock.now(), counter_offset=steps))


def letters(kind: str = "") -> list[OutboxMail]:
    """The letters in the outbox, oldest first."""
    db.session.rollback()
    query = select(OutboxMail).order_by(OutboxMail.id)
    return [row for row in db.session.scalars(query) if kind in ("", row.kind)]


def link_in(row: OutboxMail) -> str:
    """The path of the first address in a letter."""
    found = re.search(r"http://localhost(/\S+)", row.text)
    assert found, row.text
    return found[1]


def token_in(row: OutboxMail) -> str:
    """The token at the end of that address."""
    return link_in(row).rsplit("/", 1)[-1]


def sign_in(app: Flask, person: Person, password: str = PASSWORD) -> FlaskClient:
    """A browser in which somebody typed address and password."""
    browser = app.test_client()
    browser.post("/inloggen", data={"email": person.email, "password": password})
    return browser


def signed_in(browser: FlaskClient) -> bool:
    """Whether this browser may see its account page."""
    return browser.get("/account").status_code == 200


def disable(person: Person) -> None:
    """Take the account out of use."""
    with transaction():
        person.disabled_at = clock.now()
