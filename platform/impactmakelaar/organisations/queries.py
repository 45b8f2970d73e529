"""Reads about organisations and memberships."""

from sqlalchemy import select

from impactmakelaar.accounts.identity import Acting
from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, needs_second_factor


def active_memberships(person: Person) -> list[Membership]:
    """What somebody may act for now: approved and not ended, in a fixed order."""
    query = (
        select(Membership)
        .join(Membership.organisation)
        .where(
            Membership.person_id == person.id,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
            Organisation.ended_on.is_(None),
        )
        .order_by(Organisation.name, Membership.id)
    )
    return list(db.session.scalars(query))


def acting(person: Person, wanted_id: int | None) -> Acting:
    """For whom somebody acts: the organisation chosen earlier if still allowed, else the first."""
    memberships = active_memberships(person)
    if not memberships:
        return Acting()
    organisations = {m.organisation_id: m.organisation for m in memberships}
    chosen = wanted_id if wanted_id in organisations else next(iter(organisations))
    return Acting(
        organisation=organisations[chosen],
        roles=frozenset(m.role for m in memberships if m.organisation_id == chosen),
        others=len(organisations) - 1,
        second_factor=needs_second_factor(frozenset(m.role for m in memberships)),
    )


def home_region() -> Organisation | None:
    """The region of this site: the first one, until an installation names another."""
    query = select(Organisation).where(Organisation.kind == Kind.REGION).order_by(Organisation.id)
    return db.session.scalars(query.limit(1)).first()
