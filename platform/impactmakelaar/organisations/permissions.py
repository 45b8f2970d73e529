"""Who may do what to an organisation: predicates of (person, object), state included."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations import queries
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import STAFF, Kind, Role


def roles_at(person: Person, organisation: Organisation) -> frozenset[str]:
    """The roles that somebody has at an organisation today."""
    return frozenset(
        m.role for m in queries.active_memberships(person) if m.organisation_id == organisation.id
    )


def is_staff_of(person: Person, organisation: Organisation) -> bool:
    """Region staff: of the region itself, or of the region that the organisation belongs to."""
    region_id = organisation.id if organisation.kind == Kind.REGION else organisation.region_id
    return any(
        m.organisation_id == region_id and m.role in STAFF
        for m in queries.active_memberships(person)
    )


def is_admin_of(person: Person, organisation: Organisation) -> bool:
    """The region administrator of the region concerned."""
    region_id = organisation.id if organisation.kind == Kind.REGION else organisation.region_id
    return any(
        m.organisation_id == region_id and m.role == Role.REGION_ADMIN
        for m in queries.active_memberships(person)
    )


def may_act_for(person: Person, organisation: Organisation) -> bool:
    """An approved member of an organisation that has not ended."""
    return bool(roles_at(person, organisation))


def may_draft(person: Person, organisation: Organisation) -> bool:
    """Write the draft profile: a member, or whoever registered it and still waits for approval."""
    if organisation.kind != Kind.ENTERPRISE or organisation.ended_on is not None:
        return False
    if may_act_for(person, organisation):
        return True
    asked = queries.waiting_membership(person, organisation)
    return asked is not None and organisation.kvk_approved_at is None and not organisation.source


def may_see_members(person: Person, organisation: Organisation) -> bool:
    """Members and region staff."""
    return may_act_for(person, organisation) or is_staff_of(person, organisation)


def may_invite(person: Person, organisation: Organisation, role: str) -> bool:
    """Region staff for the region's organisations; a member for colleagues in the same role.

    Roles in the region itself are given by the region administrator alone.
    """
    if organisation.ended_on is not None:
        return False
    if organisation.kind == Kind.REGION:
        return is_admin_of(person, organisation)
    if organisation.kind == Kind.ENTERPRISE and organisation.kvk_approved_at is None:
        return False
    return role in roles_at(person, organisation) or is_staff_of(person, organisation)


def may_end(person: Person, membership: Membership) -> bool:
    """One's own membership, a colleague's, or as staff; in the region only the administrator."""
    return membership.id in endable(person, membership.organisation, [membership])


def endable(
    person: Person, organisation: Organisation, memberships: list[Membership]
) -> frozenset[int]:
    """The ids of those memberships of one organisation that somebody may end; see ``may_end``."""
    others = (
        is_admin_of(person, organisation)
        if organisation.kind == Kind.REGION
        else may_act_for(person, organisation) or is_staff_of(person, organisation)
    )
    return frozenset(
        m.id for m in memberships if m.ended_at is None and (others or m.person_id == person.id)
    )


def may_see_trail(person: Person, organisation: Organisation) -> bool:
    """The trail of an organisation: its members and region staff."""
    return may_see_members(person, organisation)
