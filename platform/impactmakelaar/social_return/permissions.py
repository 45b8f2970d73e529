"""Who may see and do what with rules, contracts and efforts: predicates, state included."""

from collections.abc import Sequence

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import queries
from impactmakelaar.social_return.models import Contract
from impactmakelaar.social_return.queries_effort import Effort
from impactmakelaar.social_return.rules import Phase, Verdict

WATCHERS = (Role.REGION_ADMIN, Role.BROKER)
"""Region staff who may look at every contract of the region, and change none."""


def _memberships(person: Person) -> list[Membership]:
    return organisations.active_memberships(person)


def is_officer_of(person: Person, organisation: Organisation) -> bool:
    """An SROI officer of this region or authority, or of the region of this authority."""
    places = {organisation.id}
    if organisation.kind == Kind.AUTHORITY and organisation.region_id:
        places.add(organisation.region_id)
    return any(
        m.organisation_id in places and m.role == Role.SROI_OFFICER for m in _memberships(person)
    )


def may_set_rules(person: Person, owner: Organisation) -> bool:
    """An officer of the region or authority, or the administrator of the region."""
    if owner.kind not in (Kind.REGION, Kind.AUTHORITY) or owner.ended_on is not None:
        return False
    region_id = owner.id if owner.kind == Kind.REGION else owner.region_id
    return is_officer_of(person, owner) or any(
        m.organisation_id == region_id and m.role == Role.REGION_ADMIN for m in _memberships(person)
    )


def is_officer(person: Person, contract: Contract) -> bool:
    """An SROI officer of the contract's authority or region."""
    return any(
        m.role == Role.SROI_OFFICER
        and m.organisation_id in (contract.region_id, contract.authority_id)
        for m in _memberships(person)
    )


def is_contractor(person: Person, contract: Contract) -> bool:
    """Somebody of the contractor itself."""
    return any(
        m.organisation_id == contract.contractor_id and m.role == Role.CONTRACTOR
        for m in _memberships(person)
    )


def is_party(person: Person, contract: Contract) -> bool:
    """Somebody of a partner or subcontractor."""
    partners = {one.organisation_id for one in queries.parties(contract)}
    return any(
        m.organisation_id in partners and m.role == Role.CONTRACTOR for m in _memberships(person)
    )


def may_see(person: Person, contract: Contract) -> bool:
    """The contractor and its partners, the authority's buyers and officers, staff of the region."""
    if is_contractor(person, contract) or is_officer(person, contract):
        return True
    for m in _memberships(person):
        if m.organisation_id == contract.authority_id and m.role == Role.BUYER:
            return True
        if m.organisation_id == contract.region_id and m.role in WATCHERS:
            return True
    return is_party(person, contract)


def may_register_at(person: Person, authority: Organisation, contractor: Organisation) -> bool:
    """The contractor itself, or a buyer or officer of the authority on its behalf."""
    if contractor.kind != Kind.CONTRACTOR or contractor.ended_on is not None:
        return False
    if authority.kind != Kind.AUTHORITY or authority.ended_on is not None:
        return False
    return is_officer_of(person, authority) or any(
        (m.organisation_id == contractor.id and m.role == Role.CONTRACTOR)
        or (m.organisation_id == authority.id and m.role == Role.BUYER)
        for m in _memberships(person)
    )


def may_edit(person: Person, contract: Contract) -> bool:
    """Change or send in a draft: the contractor or an officer."""
    return contract.phase == Phase.DRAFT and (
        is_contractor(person, contract) or is_officer(person, contract)
    )


def may_confirm(person: Person, contract: Contract) -> bool:
    """Lay down the obligation of a contract that was sent in: an officer."""
    return contract.phase == Phase.REGISTERED and is_officer(person, contract)


def may_keep_account(person: Person, contract: Contract) -> bool:
    """Change terms, settle, judge: an officer, while the contract runs."""
    return contract.phase == Phase.ACTIVE and is_officer(person, contract)


def may_declare(person: Person, contract: Contract) -> bool:
    """Invoices, agreements and efforts: contractor, partners, officers, while the contract runs."""
    return contract.phase == Phase.ACTIVE and (
        is_contractor(person, contract)
        or is_officer(person, contract)
        or is_party(person, contract)
    )


def may_judge(person: Person, effort: Effort) -> bool:
    """An officer, never about what he declared himself."""
    return bool(judgeable(person, [effort]))


def judgeable(person: Person, efforts: Sequence[Effort]) -> list[Effort]:
    """Those of these efforts that he may judge."""
    places = {m.organisation_id for m in _memberships(person) if m.role == Role.SROI_OFFICER}
    return [
        one
        for one in efforts
        if one.state in (Verdict.DECLARED, Verdict.APPROVED)
        and one.row.declared_by_id != person.id
        and one.row.contract.phase == Phase.ACTIVE
        and places & {one.row.contract.region_id, one.row.contract.authority_id}
    ]


def may_retract(person: Person, effort: Effort) -> bool:
    """Whoever may declare, before it was judged."""
    return effort.state == Verdict.DECLARED and may_declare(person, effort.row.contract)


def may_see_version(person: Person, owner: Organisation) -> bool:
    """Who works in the region of these rules, or has a contract under them."""
    region_id = owner.id if owner.kind == Kind.REGION else owner.region_id
    for m in _memberships(person):
        if region_id in (m.organisation_id, m.organisation.region_id):
            return True
        if m.role == Role.CONTRACTOR and any(
            one.region_id == region_id for one in queries.contracts_of(m.organisation)
        ):
            return True
    return False
