"""Roles and invitations that somebody can take along."""

from flask import Flask
from tests.makers import THEN, make, make_member, make_organisation, make_person
from tests.own_data import CANARY, OTHER, taken_along

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.models import Invitation, Organisation
from impactmakelaar.organisations.rules import Kind, Role


def invite(organisation: Organisation, email: str, by: Person | None = None) -> None:
    make(
        Invitation(
            email=email,
            organisation_id=organisation.id,
            role=Role.BUYER,
            token_hash=f"{email}",
            invited_by_id=by.id if by else None,
            created_at=THEN,
            expires_at=THEN,
        )
    )


def test_somebody_takes_roles_and_invitations_along(app: Flask) -> None:
    person, other = make_person(), make_person()
    ended = make_organisation(Kind.AUTHORITY, f"Gemeente {CANARY}")
    make_member(ended, Role.BUYER, person=person, ended_at=THEN)
    elsewhere = make_organisation(Kind.AUTHORITY, f"Gemeente {OTHER}")
    make_member(elsewhere, Role.BUYER, person=other)
    asking = make_organisation(Kind.AUTHORITY, "Gemeente Vragend")
    invite(asking, person.email.upper())
    invite(ended, f"{OTHER}@test.example", by=person)
    invite(elsewhere, other.email)

    found = taken_along(person, "organisaties")

    assert [(one["organisatie"], one["rol"]) for one in found["rollen"]] == [
        (f"Gemeente {CANARY}", "inkoper")
    ]
    assert found["rollen"][0]["geëindigd"] == THEN.isoformat()
    assert [one["organisatie"] for one in found["uitnodigingen aan u"]] == ["Gemeente Vragend"]
    assert [one["organisatie"] for one in found["uitnodigingen door u"]] == [f"Gemeente {CANARY}"]
