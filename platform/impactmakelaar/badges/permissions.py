"""Who may fetch the files of a badge."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.organisations.rules import Kind


def may_use(person: Person, enterprise: Organisation) -> bool:
    """Its own people."""
    return enterprise.kind == Kind.ENTERPRISE and may_act_for(person, enterprise)
