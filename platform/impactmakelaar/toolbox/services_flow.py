"""Answers that flow on: each is handed to the feature below as a proposal, a copy that waits there.

Nothing changes before somebody of that feature takes it over. What a feature wants to receive
stands at its own ``propose_...``; here answers get that shape.
"""

from collections.abc import Callable

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.services_proposals import propose_criteria
from impactmakelaar.core import audit
from impactmakelaar.core.db import lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.profiles.services_proposals import propose_leads
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.proposals.services import About, keep
from impactmakelaar.register.services_region import propose_parties
from impactmakelaar.social_return.services_proposals import propose_rules
from impactmakelaar.tenders.services_proposals import propose_requests
from impactmakelaar.toolbox import permissions, queries, rules_flow
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.models import Workbook
from impactmakelaar.toolbox.rules import TARGETS, Question
from impactmakelaar.toolbox.rules_answers import Value, lines_of

Values = dict[str, Value]
Giver = Callable[[Question, Value, Values, About], Proposal]
"""(question, its answer, all answers, whose and where from) -> what waits at the feature."""


def _criteria(_question: Question, value: Value, _all: Values, about: About) -> Proposal:
    return propose_criteria(text=value["text"], **about)


def _leads(_question: Question, value: Value, _all: Values, about: About) -> Proposal:
    return propose_leads(rows=rules_flow.leads_of(value), **about)


def _social(_question: Question, value: Value, _all: Values, about: About) -> Proposal:
    return propose_rules(lines=rules_flow.social_lines_of(value), **about)


def _region(_question: Question, value: Value, _all: Values, about: About) -> Proposal:
    return propose_parties(rows=rules_flow.parties_of(value), **about)


def _requests(question: Question, value: Value, all_: Values, about: About) -> Proposal:
    title, lines = rules_flow.plans_of(question, value, all_)
    return propose_requests(start_from=title, lines=lines, **about)


def _progress(question: Question, value: Value, _all: Values, about: About) -> Proposal:
    kept = {"question": question.id, "answer": value}
    return keep(target=Target.PROGRESS, lines=lines_of(question, value), value=kept, **about)


GIVERS: dict[str, Giver] = {
    Target.CRITERIA: _criteria,
    Target.LEADS: _leads,
    Target.SOCIAL_RULES: _social,
    Target.REGION_PAGE: _region,
    Target.REQUESTS: _requests,
    Target.PROGRESS: _progress,
}


def offer(*, book: Workbook, question_id: str, by: Person) -> Proposal:
    """Offer an answer to the part of the platform that the question names.

    :raises Refused: without an answer, without a region, or when the part cannot use it.
    """
    if not permissions.may_read(by, book):
        raise NotFound
    if not permissions.may_offer(by, book):
        raise Refused(f"Alleen wie voor {book.organisation.name} werkt, kan dit voorleggen.")
    found = queries.library().question(question_id)
    if found is None or found[1].to not in TARGETS:
        raise NotFound
    question = found[1]
    region = books.region_for(book)
    if region is None:
        raise Refused("Uw organisatie hoort nog bij geen regio.")
    with transaction():
        lock(book)
        answers = books.values(books.answers(book))
        value = answers.get(question_id)
        if not value:
            raise Refused("Beantwoord eerst de vraag.")
        about: About = {
            "region": region,
            "organisation": book.organisation,
            "title": question.label,
            "source": books.source_of(book, question_id),
            "origin": f"werkboek “{book.name}”",
            "by": by,
        }
        row = GIVERS[question.to](question, value, answers, about)
        audit.record(
            "workbook.offered", book, by=by, organisation=book.organisation, target=question.to
        )
        return row
