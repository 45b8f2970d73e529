"""What organisations hold of somebody, for him to take along."""

from typing import Any

from sqlalchemy import func, select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.own_data import Told, told
from impactmakelaar.organisations.models import Invitation, Membership, Organisation
from impactmakelaar.organisations.rules import ROLE_LABELS, Role


def of_person(person: Person) -> dict[str, Any]:
    """His roles, also those that were asked, refused or ended, and invitations to and by him.

    Of an invitation that he sent the address is left out: it is somebody else's.
    """
    roles = (
        select(
            Organisation.name,
            Membership.role,
            Membership.asked_at,
            Membership.approved_at,
            Membership.refused_at,
            Membership.ended_at,
        )
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.person_id == person.id)
        .order_by(Membership.id)
    )
    invitations = select(
        Organisation.name,
        Invitation.role,
        Invitation.created_at,
        Invitation.accepted_at,
        Invitation.withdrawn_at,
    ).join(Organisation, Organisation.id == Invitation.organisation_id)
    names = ("organisatie", "rol", "op", "aangenomen", "ingetrokken")
    to_him = invitations.where(func.lower(Invitation.email) == person.email.lower())
    by_him = invitations.where(Invitation.invited_by_id == person.id)
    return {
        "rollen": _named(
            told(roles, "organisatie", "rol", "gevraagd", "gegeven", "geweigerd", "geëindigd")
        ),
        "uitnodigingen aan u": _named(told(to_him.order_by(Invitation.id), *names)),
        "uitnodigingen door u": _named(told(by_him.order_by(Invitation.id), *names)),
    }


def _named(rows: Told) -> Told:
    return [one | {"rol": ROLE_LABELS[Role(one["rol"])]} for one in rows]
