"""Reads about accounts."""

from sqlalchemy import select

from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.core.db import db


def open_sessions(person: Person) -> list[SignInSession]:
    """Where somebody is signed in, newest first."""
    query = (
        select(SignInSession)
        .where(SignInSession.person_id == person.id, SignInSession.revoked_at.is_(None))
        .order_by(SignInSession.last_seen_at.desc())
        .limit(20)
    )
    return list(db.session.scalars(query))


def example_people() -> list[Person]:
    """The demonstration accounts, in the order in which they were made."""
    query = (
        select(Person)
        .where(Person.is_example.is_(True), Person.role_label != "")
        .order_by(Person.id)
    )
    return list(db.session.scalars(query))


def example_person(public_id: str) -> Person | None:
    """One demonstration account."""
    query = select(Person).where(Person.is_example.is_(True), Person.public_id == public_id)
    return db.session.scalars(query).first()
