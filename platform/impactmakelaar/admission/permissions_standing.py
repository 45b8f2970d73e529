"""Who may hand in, check and see certificates, and who may suspend or recognise.

Somebody with a recorded interest in an enterprise meets none of it, in whatever role.
"""

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.organisations import permissions as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind


def may_hand_in(person: Person, enterprise: Organisation) -> bool:
    """An approved member of an approved enterprise that has not ended."""
    return (
        enterprise.kind == Kind.ENTERPRISE
        and enterprise.kvk_approved_at is not None
        and enterprise.ended_on is None
        and organisations.may_act_for(person, enterprise)
    )


def may_check(person: Person, enterprise: Organisation) -> bool:
    """Staff of the enterprise's region without an interest in it."""
    return (
        enterprise.kind == Kind.ENTERPRISE
        and organisations.is_staff_of(person, enterprise)
        and not organisations.may_act_for(person, enterprise)
        and enterprise.id not in queries.recused_enterprises(person)
    )


def may_decide(person: Person, enterprise: Organisation) -> bool:
    """The region administrator, without an interest: suspends, lifts and recognises."""
    return organisations.is_admin_of(person, enterprise) and may_check(person, enterprise)


def may_see_evidence(person: Person, enterprise: Organisation) -> bool:
    """Its own people, and staff who may check it."""
    return organisations.may_act_for(person, enterprise) or may_check(person, enterprise)
