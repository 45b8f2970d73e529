"""Who may read, fill in and manage a workbook."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.permissions import may_act_for
from impactmakelaar.toolbox import queries_workbook as queries
from impactmakelaar.toolbox.models import Workbook
from impactmakelaar.toolbox.rules_workbook import Access, access


def access_to(person: Person, book: Workbook) -> Access:
    """What somebody may do in a workbook; a workbook put away can only be read."""
    found = access(
        queries.own_role(book, person), book.everyone, may_act_for(person, book.organisation)
    )
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
