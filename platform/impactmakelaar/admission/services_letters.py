"""What several verbs of admission do beside their own work: write letters, tell of a change."""

from collections.abc import Callable

from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.core import changes, links, mail
from impactmakelaar.core.mail import Mail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.queries import members

Letter = Callable[[str, str, str, str], Mail]
"""(address, name, organisation, address of the page of its standing) -> the letter."""


def tell_members(enterprise: Organisation, letter: Letter) -> int:
    """Write to everybody who acts for the enterprise; returns to how many."""
    url = links.address("standing.page", public_id=enterprise.public_id)
    people = [row.person for row in members(enterprise) if row.person.disabled_at is None]
    for person in people:
        mail.post(letter(person.email, person.name, enterprise.name, url), person=person)
    return len(people)


def note_changed(enterprise: Organisation) -> None:
    """Whoever keeps standings in memory reads this enterprise and its successors again."""
    for number in queries.with_successors(enterprise.id):
        changes.note(changes.ENTERPRISE, number)
