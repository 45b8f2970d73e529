"""Who decides about what is meant for no feature of its own."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.permissions import is_staff_of
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target


def may_note_progress(person: Person, row: Proposal) -> bool:
    """Staff of the region keep the choices for its progress report."""
    return row.target == Target.PROGRESS and is_staff_of(person, row.region)
