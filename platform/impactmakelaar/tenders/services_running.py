"""A request that runs: answers to the invitation, questions, changes, reminders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.queries import by_id
from impactmakelaar.tenders import (
    mails,
    queries,
    queries_invitations,
    queries_quotes,
    rules,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import (
    TenderChange,
    TenderQuestion,
)
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Kind, Stage
from impactmakelaar.tenders.services import addresses
from impactmakelaar.tenders.services_checks import must_answer, must_see, record
from impactmakelaar.tenders.services_documents import Upload, attach, examined
from impactmakelaar.tenders.services_invite import deadline_words

ANSWERS = {
    Kind.REQUEST: ("accepted", "declined"),
    Kind.SOUNDING: ("interested", "not_now"),
}


MAX_QUESTIONS = 30


def answer(
    *, invitation: TenderInvitation, answer: str, reason: str, by: Person | None, now: datetime
) -> None:
    """Say yes or no to an invitation. ``by`` None: somebody with the mailed link."""
    with transaction():
        row = lock(invitation.tender)
        if row.stage != Stage.INVITED or rules.is_closed(row.deadline_at, now):
            raise Refused("De sluiting is voorbij. U kunt niet meer reageren.")
        if answer not in ANSWERS[Kind(row.kind)]:
            raise Refused("Kies een van de antwoorden.", "answer")
        if by is None and invitation.answer and row.kind == Kind.REQUEST:
            # Said before anything else is looked at: whoever has only the link must not learn
            # from the answer whether there is a quote.
            raise Refused("U hebt al geantwoord. Wijzigen doet u na inloggen.")
        if answer in ("declined", "not_now") and not reason:
            raise Refused("Schrijf kort waarom niet: daar leert de inkoper van.", "reason")
        if answer == "declined" and queries_quotes.current_quote(invitation) is not None:
            raise Refused("U hebt al een offerte ingediend. Trek die eerst in.")
        invitation.answer, invitation.answer_reason = answer, reason
        invitation.answered_at = now
        audit.record(
            "invitation.answered",
            invitation,
            by=by,
            organisation=by_id(row.organisation_id),
            answer=answer,
        )


def ask(*, invitation: TenderInvitation, text: str, by: Person, now: datetime) -> None:
    """Ask something; the answer will go to all, without the asker's name."""
    must_answer(by, invitation)
    if not text or len(text) > rules.MAX_QUESTION:
        raise Refused(f"Schrijf uw vraag in hoogstens {rules.MAX_QUESTION} tekens.", "text")
    with transaction():
        row = lock(invitation.tender)
        if row.stage != Stage.INVITED or rules.is_closed(row.deadline_at, now):
            raise Refused("De sluiting is voorbij. U kunt geen vraag meer stellen.")
        if len(queries_quotes.asked_by(invitation)) >= MAX_QUESTIONS:
            raise Refused(f"U kunt hoogstens {MAX_QUESTIONS} vragen stellen.", "text")
        question = TenderQuestion(
            tender_id=row.id, invitation_id=invitation.id, text=text, asked_at=now
        )
        db.session.add(question)
        document = rules.complete(row.document)
        if document["contact_email"]:
            url = links.address("tenders.questions", public_id=row.public_id)
            mail.post(mails.asked(document["contact_email"], row.title, url))
        audit.record("tender_question.asked", question, by=by)


def answer_question(
    *, row: Tender, public_id: str, text: str, answer: str, by: Person, now: datetime
) -> None:
    """Answer a question; question and answer go to all invited at once.

    ``text`` is the question as all may read it: the buyer takes out what names the asker.
    """
    must_see(by, row)
    if not answer:
        raise Refused("Schrijf een antwoord.", "answer")
    with transaction():
        row = lock(row)
        if row.stage != Stage.INVITED or rules.is_closed(row.deadline_at, now):
            raise Refused("De sluiting is voorbij.")
        question = queries_quotes.question(row, public_id)
        if question is None:
            raise NotFound
        question.text = text or question.text
        question.answer, question.answered_at, question.answered_by_id = answer, now, by.id
        _to_all(row, lambda to, url: mails.answered(to, row.title, url))
        record("tender_question.answered", row, by)


def change(
    *,
    row: Tender,
    text: str,
    deadline: datetime | None,
    by: Person,
    now: datetime,
    uploads: Sequence[Upload] = (),
) -> None:
    """Change the request for everybody at once, perhaps with documents and a later deadline."""
    must_see(by, row)
    accepted = examined(uploads)
    if not text:
        raise Refused("Schrijf wat er wijzigt.", "text")
    with transaction():
        row = lock(row)
        if row.stage != Stage.INVITED or row.deadline_at is None:
            raise Refused("Deze aanvraag loopt niet.")
        old, new = row.deadline_at, deadline or row.deadline_at
        rules.check_new_deadline(old, new, now)
        db.session.add(
            TenderChange(
                tender_id=row.id,
                text=text,
                old_deadline_at=old,
                new_deadline_at=new,
                at=now,
                by_id=by.id,
            )
        )
        attach(row, accepted, by, now)
        row.deadline_at, row.updated_at = new, now
        until = deadline_words(row)
        _to_all(row, lambda to, url: mails.changed(to, row.title, text, until, url))
        record("tender.changed", row, by, deadline=new.isoformat())


def remind(*, row: Tender, by: Person, now: datetime) -> None:
    """One reminder to all who have not declined: at most once a day, however many there are."""
    must_see(by, row)
    with transaction():
        row = lock(row)
        if row.stage != Stage.INVITED or row.deadline_at is None:
            raise Refused("Deze aanvraag loopt niet.")
        rules.may_remind(row.deadline_at, now, row.reminded_at)
        row.reminded_at = now
        until = deadline_words(row)
        _to_all(row, lambda to, url: mails.reminded(to, row.title, until, url))
        record("tender.reminded", row, by)


def remind_of_deadlines(now: datetime) -> int:
    """Remind the invited of what closes within three days and was not reminded of; how many."""
    count = 0
    for row in queries.closing_soon(now, now + rules.REMIND_BEFORE):
        with transaction():
            row = lock(row)
            if row.reminded_at is not None or row.deadline_at is None or now >= row.deadline_at:
                continue
            row.reminded_at = now
            until, title = deadline_words(row), row.title
            _to_all(row, lambda to, url, t=title, u=until: mails.reminded(to, t, u, url))
            audit.record("tender.reminded", row, by=None, organisation=by_id(row.organisation_id))
            count += 1
    return count


def _to_all(row: Tender, letter: Any) -> None:
    """A letter to every invited firm that did not say no; each in a letter of its own."""
    for invitation in queries_invitations.invitations(row):
        if invitation.answer in ("declined", "not_now"):
            continue
        url = links.address("tenders.invitation", public_id=invitation.public_id)
        for to in addresses(invitation):
            mail.post(letter(to, url))
