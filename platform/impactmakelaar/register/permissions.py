"""Who may see and change what searchers keep."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.organisations.queries import by_id
from impactmakelaar.register.models import SavedSearch, Shortlist


def may_use_shortlist(person: Person, row: Shortlist) -> bool:
    """Everybody who acts for the organisation of the list."""
    organisation = by_id(row.organisation_id)
    return organisation is not None and may_act_for(person, organisation)


def may_use_search(person: Person, row: SavedSearch) -> bool:
    """The person who saved it."""
    return row.person_id == person.id
