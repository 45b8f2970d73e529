"""Reads of interests: who declared what, who must leave, and what the records suggest."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, union

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import (
    Application,
    CommitteeSeat,
    ConflictDeclaration,
)
from impactmakelaar.admission.queries import Reader
from impactmakelaar.admission.rules_conflict import (
    ApplicantFacts,
    Likely,
    PersonFacts,
    address_key,
    likely,
)
from impactmakelaar.core.db import db
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.profiles.models import ProfileDraft


def recused_people(row: Application) -> frozenset[int]:
    """Who has an interest in an application: he declared so, or works for the applicant."""
    return recused_by_application([row.id]).get(row.id, frozenset())


def recused_by_application(ids: Collection[int]) -> dict[int, frozenset[int]]:
    """Application id -> who has an interest in it; no key where nobody has."""
    declared = select(ConflictDeclaration.application_id, ConflictDeclaration.person_id).where(
        ConflictDeclaration.application_id.in_(list(ids)), ConflictDeclaration.recused
    )
    working = (
        select(Application.id, Membership.person_id)
        .join(Membership, Membership.organisation_id == Application.enterprise_id)
        .where(
            Application.id.in_(list(ids)),
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    found: dict[int, set[int]] = {}
    for application_id, person_id in db.session.execute(union(declared, working)):
        found.setdefault(application_id, set()).add(person_id)
    return {number: frozenset(people) for number, people in found.items()}


def has_declared(row: Application, person_id: int) -> bool:
    """Whether somebody said, for the present round, that he has no interest."""
    query = select(ConflictDeclaration.id).where(
        ConflictDeclaration.application_id == row.id,
        ConflictDeclaration.person_id == person_id,
        ConflictDeclaration.round == row.round,
    )
    return db.session.scalar(query.limit(1)) is not None


def declared_ids(reader: Reader, rows: Sequence[Application]) -> set[int]:
    """Of these applications, those for whose present round the reader declared."""
    rounds = {row.id: row.round for row in rows}
    found = db.session.execute(
        select(ConflictDeclaration.application_id, ConflictDeclaration.round).where(
            ConflictDeclaration.person_id == reader.person_id,
            ConflictDeclaration.application_id.in_(list(rounds)),
        )
    )
    return {a for a, number in found if rounds[a] == number}


def own_declarations(person: Person, region_id: int) -> list[tuple[ConflictDeclaration, str]]:
    """(declaration, name of the applicant) of what somebody himself declared, newest first."""
    rows = db.session.execute(
        select(ConflictDeclaration, Organisation.name)
        .join(Application, Application.id == ConflictDeclaration.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(
            ConflictDeclaration.person_id == person.id,
            ConflictDeclaration.recused,
            Application.region_id == region_id,
        )
        .order_by(ConflictDeclaration.id.desc())
    )
    return [(row, str(name)) for row, name in rows]


def declarations(row: Application) -> list[tuple[ConflictDeclaration, str]]:
    """(declaration, name) of everybody about one application, oldest first."""
    rows = db.session.execute(
        select(ConflictDeclaration, Person.name)
        .join(Person, Person.id == ConflictDeclaration.person_id)
        .where(ConflictDeclaration.application_id == row.id)
        .order_by(ConflictDeclaration.id)
    )
    return [(one, str(name)) for one, name in rows]


def likely_interests(person: Person, row: Application) -> list[Likely]:
    """Interests that the records suggest (see ``rules_conflict.likely``)."""
    held = [
        m.organisation
        for m in organisations.active_memberships(person)
        if m.organisation.kind != Kind.REGION
    ]
    drafts = {
        draft.organisation_id: draft.document
        for draft in db.session.scalars(
            select(ProfileDraft).where(
                ProfileDraft.organisation_id.in_([o.id for o in held] + [row.enterprise_id])
            )
        )
    }
    employers = db.session.scalars(
        select(CommitteeSeat.employers).where(
            CommitteeSeat.person_id == person.id, CommitteeSeat.region_id == row.region_id
        )
    )
    applicant = drafts.get(row.enterprise_id, {})
    emails = db.session.scalars(
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == row.enterprise_id,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    return likely(
        PersonFacts(
            email=person.email,
            organisation_ids=frozenset(o.id for o in held),
            addresses=frozenset(_address(drafts.get(o.id, {})) for o in held),
            employers=tuple(
                line.strip() for text in employers for line in text.split("\n") if line.strip()
            ),
        ),
        ApplicantFacts(
            organisation_id=row.enterprise_id,
            names=(
                row.enterprise.name,
                applicant.get("trade_name") or "",
                applicant.get("legal_name") or "",
            ),
            emails=frozenset(emails)
            | {contact.get("email") or "" for contact in applicant.get("contacts") or []},
            address=_address(applicant),
        ),
    )


def _address(document: dict[str, Any]) -> str:
    address = document.get("address") or {}
    return address_key(address.get("street") or "", address.get("postcode") or "")
