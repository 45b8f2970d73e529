"""Who may see and do what with a request: predicates, the state included."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations import permissions as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.queries import active_memberships
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import queries, rules
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import TenderInvitation


def may_buy(person: Person, organisation: Organisation) -> bool:
    """A buyer of an authority or a company that buys."""
    return organisation.kind in (Kind.AUTHORITY, Kind.COMPANY) and (
        Role.BUYER in organisations.roles_at(person, organisation)
    )


def may_see(person: Person, row: Tender) -> bool:
    """The buyers of the organisation whose request it is; nobody else, staff included."""
    return may_buy(person, row.organisation)


def may_edit(person: Person, row: Tender) -> bool:
    """While it is a draft, or selected and not sent: conditions may still change then."""
    return may_see(person, row) and row.stage == rules.Stage.DRAFT


def may_do(person: Person, row: Tender, procedure: str) -> bool:
    """Do this procedure: any buyer, or those with the mandate when the organisation gives any."""
    if not may_see(person, row):
        return False
    named = [p.id for what, p in queries.mandates(row.organisation_id) if what == procedure]
    return not named or person.id in named


def may_answer(person: Person, invitation: TenderInvitation) -> bool:
    """The people of the invited enterprise, found by itself or by its approved KVK number."""
    return enterprise_of(person, invitation) is not None


def enterprise_of(person: Person, invitation: TenderInvitation) -> Organisation | None:
    """The enterprise for which somebody may answer an invitation."""
    for membership in active_memberships(person):
        organisation = membership.organisation
        if organisation.kind != Kind.ENTERPRISE or organisation.kvk_approved_at is None:
            continue
        if invitation.enterprise_id == organisation.id or (
            invitation.enterprise_id is None and invitation.kvk_number == organisation.kvk_number
        ):
            return organisation
    return None
