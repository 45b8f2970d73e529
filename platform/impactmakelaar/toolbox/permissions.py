"""Who may read, fill in and manage a workbook."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.toolbox import queries_workbook as queries
from impactmakelaar.toolbox.models import Workbook
from impactmakelaar.toolbox.rules_workbook import Access, access


def access_to(person: Person, book: Workbook) -> Access:
    """What somebody may do in a workbook; a workbook put away can only be read.

    While none of the organisation's own people manages it, all of them may: guests cannot take a
    workbook away from the organisation, nor can somebody who leaves.
    """
    row, colleague = queries.own_row(book, person), may_act_for(person, book.organisation)
    counts = row is not None and (row.guest or colleague)
    found = access(row.role if row and counts else None, book.everyone, colleague)
    if colleague and found is not Access.MANAGE and not queries.has_own_manager(book):
        found = Access.MANAGE
    if book.archived_at is not None and found is not Access.MANAGE:
        return min(found, Access.READ)
    return found


def may_read(person: Person, book: Workbook) -> bool:
    """Open it at all; for others it does not exist."""
    return access_to(person, book) >= Access.READ


def may_answer(person: Person, book: Workbook) -> bool:
    """Fill in, remark, reset."""
    return book.archived_at is None and access_to(person, book) >= Access.ANSWER


def may_manage(person: Person, book: Workbook) -> bool:
    """Name, people, import, putting away."""
    return access_to(person, book) >= Access.MANAGE


def may_offer(person: Person, book: Workbook) -> bool:
    """Offer an answer: somebody of the organisation itself, for no guest speaks for it."""
    return may_answer(person, book) and may_act_for(person, book.organisation)
