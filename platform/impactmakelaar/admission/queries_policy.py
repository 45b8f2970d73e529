"""Reads of a region's dated rules and of who sits in its committee on a day."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import (
    Application,
    CommitteeSeat,
    PolicyVersion,
)
from impactmakelaar.admission.rules import COMMITTEE, Member, Seat
from impactmakelaar.admission.rules_policy import DEFAULT, Policy, policy_of
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Role


def policy_versions(region: Organisation) -> list[PolicyVersion]:
    """Every version, the latest start first."""
    return list(
        db.session.scalars(
            select(PolicyVersion)
            .where(PolicyVersion.region_id == region.id)
            .order_by(PolicyVersion.valid_from.desc(), PolicyVersion.number.desc())
        )
    )


def policy_version(region_id: int, on: date) -> PolicyVersion | None:
    """The version in force on a day."""
    return db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.region_id == region_id, PolicyVersion.valid_from <= on)
        .order_by(PolicyVersion.valid_from.desc(), PolicyVersion.number.desc())
        .limit(1)
    ).first()


def policy(region_id: int, on: date) -> Policy:
    """The rules in force on a day; what a region starts with when it has set none."""
    version = policy_version(region_id, on)
    return policy_of(version.document if version else DEFAULT)


def policy_for(row: Application, on: date) -> Policy:
    """The rules under which an application is judged: those of the day it was submitted."""
    if row.policy_version is not None:
        return policy_of(row.policy_version.document)
    return policy(row.region_id, on)


def seats(region: Organisation) -> list[CommitteeSeat]:
    """Every seat there is or was, the latest end first."""
    return list(
        db.session.scalars(
            select(CommitteeSeat)
            .where(CommitteeSeat.region_id == region.id)
            .options(joinedload(CommitteeSeat.person))
            .order_by(CommitteeSeat.valid_until.desc(), CommitteeSeat.id)
        )
    )


def committee(region_id: int, on: date) -> list[Member]:
    """Who sits in the committee on a day: a seat that holds and the role to go with it.

    Somebody with the role for whom no seat was ever recorded counts as member (or chair).
    """
    roles: dict[int, set[str]] = {}
    rows = db.session.execute(
        select(Membership.person_id, Membership.role).where(
            Membership.organisation_id == region_id,
            Membership.role.in_(COMMITTEE),
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    for person_id, role in rows:
        roles.setdefault(person_id, set()).add(role)
    found: dict[int, Member] = {}
    known = set()
    for row in db.session.scalars(
        select(CommitteeSeat).where(CommitteeSeat.region_id == region_id)
    ):
        known.add(row.person_id)
        if row.valid_from <= on <= row.valid_until and row.person_id in roles:
            found[row.person_id] = Member(row.person_id, Seat(row.seat), row.valid_from)
    for person_id, held in roles.items():
        if person_id not in known:
            seat = Seat.CHAIR if Role.COMMITTEE_CHAIR in held else Seat.MEMBER
            found[person_id] = Member(person_id, seat, date.min)
    return sorted(found.values(), key=lambda m: m.person_id)


def people_with_role(region_id: int, *roles: str) -> list[Person]:
    """Who has one of these roles in a region today."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == region_id,
                Membership.role.in_(roles),
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .distinct()
            .order_by(Person.id)
        )
    )
