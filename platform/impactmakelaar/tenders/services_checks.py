"""What the verbs of this feature share: who may, a line in the trail, a refused attempt."""

from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit
from impactmakelaar.core.db import transaction
from impactmakelaar.core.errors import NotFound
from impactmakelaar.organisations.queries import by_id
from impactmakelaar.tenders import permissions
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import TenderInvitation


def must_see(by: Person, row: Tender) -> None:
    """The request does not exist for whoever may not see it.

    :raises NotFound: for everybody but the buyers of its organisation.
    """
    if not permissions.may_see(by, row):
        raise NotFound


def must_answer(by: Person, invitation: TenderInvitation) -> None:
    """The invitation does not exist for whoever does not act for the invited firm.

    :raises NotFound: for everybody else.
    """
    if not permissions.may_answer(by, invitation):
        raise NotFound


def record(action: str, row: Tender, by: Person | None, **details: Any) -> None:
    """A line in the trail of the request and of its organisation."""
    audit.record(action, row, by=by, organisation=by_id(row.organisation_id), **details)


def note_attempt(action: str, obj: Any, by: Person) -> None:
    """A refused attempt is a fact of its own: kept although the work was rolled back."""
    with transaction():
        organisation = by_id(obj.organisation_id) if isinstance(obj, Tender) else None
        audit.record(action, obj, by=by, organisation=organisation)
