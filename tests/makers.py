"""Makers: the shortest way to a row in a test. They surprise nobody: what is asked for, is made."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Membership, Organisation, RegionMunicipality
from impactmakelaar.organisations.rules import Kind, Role

THEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REGION_MUNICIPALITIES = ("GM0375", "GM0377", "GM0392", "GM0396", "GM0397", "GM0453", "GM0473")
_numbers = itertools.count(1)


def make(row: Any) -> Any:
    """Store a row and give it back."""
    with transaction():
        db.session.add(row)
    return row


def make_person(name: str = "Sanne de Wit", email: str = "", **fields: Any) -> Person:
    """Somebody with a confirmed address."""
    values: dict[str, Any] = {"created_at": THEN, "email_confirmed_at": THEN} | fields
    return make(Person(name=name, email=email or f"persoon{next(_numbers)}@test.example", **values))


def make_organisation(kind: Kind, name: str = "", **fields: Any) -> Organisation:
    """An organisation of this kind."""
    values: dict[str, Any] = {"created_at": THEN} | fields
    return make(Organisation(kind=kind, name=name or f"{kind} {next(_numbers)}", **values))


def make_region(name: str = "Zuid-Kennemerland en IJmond") -> Organisation:
    """A region with its seven municipalities."""
    region = make_organisation(Kind.REGION, name, labour_market_region="AM37")
    for code in REGION_MUNICIPALITIES:
        make(
            RegionMunicipality(
                region_id=region.id, municipality_code=code, valid_from=date(2020, 1, 1)
            )
        )
    return region


def make_member(organisation: Organisation, role: Role, **fields: Any) -> Person:
    """Somebody who acts for this organisation in this role."""
    person = fields.pop("person", None) or make_person()
    values: dict[str, Any] = {"asked_at": THEN, "approved_at": THEN} | fields
    make(Membership(person_id=person.id, organisation_id=organisation.id, role=role, **values))
    return person


def make_enterprise(
    region: Organisation, name: str = "", *, approved: bool = True, **fields: Any
) -> Organisation:
    """An enterprise; approved unless said otherwise (``approved_by`` names who did it)."""
    number = next(_numbers)
    values: dict[str, Any] = {"kvk_number": f"{99000000 + number:08d}"}
    if approved:
        approver = fields.pop("approved_by", None) or make_person("Medewerker")
        values |= {"kvk_approved_at": THEN, "kvk_approved_by_id": approver.id}
    return make_organisation(
        Kind.ENTERPRISE,
        name or f"Onderneming {number}",
        region_id=region.id,
        **(values | fields),
    )
