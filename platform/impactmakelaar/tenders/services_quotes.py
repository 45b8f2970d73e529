"""Answers, questions, changes, reminders; sealed quotes and the opening of the box.

``received_at`` is the instant at which the whole request was in, as the server's clock said; the
view reads it after the form. What a quote says is never in the trail, a letter or a log.
"""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, files, links, mail, sealing
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.organisations.queries import by_id
from impactmakelaar.tenders import mails, permissions, queries, queries_quotes, rules, rules_quotes
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import (
    OpeningHand,
    OpeningMinutes,
    Quote,
    QuoteDraft,
    TenderChange,
    TenderQuestion,
)
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Kind, Stage
from impactmakelaar.tenders.services import addresses
from impactmakelaar.tenders.services_selection import deadline_words

ANSWERS = {
    Kind.REQUEST: ("accepted", "declined"),
    Kind.SOUNDING: ("interested", "not_now"),
}
MAX_QUESTIONS = 30
FILE_BYTES = 3 * 1024 * 1024


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


# Questions and changes -------------------------------------------------------------------


def ask(*, invitation: TenderInvitation, text: str, by: Person, now: datetime) -> None:
    """Ask something; the answer will go to all, without the asker's name."""
    _may_answer(by, invitation)
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
    _may_see(by, row)
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
        _record("tender_question.answered", row, by)


def change(*, row: Tender, text: str, deadline: datetime | None, by: Person, now: datetime) -> None:
    """Change the request for everybody at once; the deadline may move forward with it."""
    _may_see(by, row)
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
        row.deadline_at, row.updated_at = new, now
        until = deadline_words(row)
        _to_all(row, lambda to, url: mails.changed(to, row.title, text, until, url))
        _record("tender.changed", row, by, deadline=new.isoformat())


def remind(*, row: Tender, by: Person, now: datetime) -> None:
    """One reminder to all who have not declined: at most once a day, however many there are."""
    _may_see(by, row)
    with transaction():
        row = lock(row)
        if row.stage != Stage.INVITED or row.deadline_at is None:
            raise Refused("Deze aanvraag loopt niet.")
        rules.may_remind(row.deadline_at, now, row.reminded_at)
        row.reminded_at = now
        until = deadline_words(row)
        _to_all(row, lambda to, url: mails.reminded(to, row.title, until, url))
        _record("tender.reminded", row, by)


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
    for invitation in queries.invitations(row):
        if invitation.answer in ("declined", "not_now"):
            continue
        url = links.address("tenders.invitation", public_id=invitation.public_id)
        for to in addresses(invitation):
            mail.post(letter(to, url))


# Sealed quotes ---------------------------------------------------------------------------


def save_draft(
    *, invitation: TenderInvitation, quote: dict[str, Any], by: Person, now: datetime
) -> None:
    """Keep what was written so far, sealed."""
    _may_answer(by, invitation)
    with transaction():
        row = lock(invitation.tender)
        _check_submission(row, invitation, now)
        sealed = _seal(row, quote, f"draft:{invitation.public_id}")
        known = db.session.get(QuoteDraft, invitation.id)
        if known is None:
            db.session.add(QuoteDraft(invitation_id=invitation.id, sealed=sealed, saved_at=now))
        else:
            known.sealed, known.saved_at = sealed, now


def own_draft(*, invitation: TenderInvitation, by: Person) -> dict[str, Any]:
    """What the firm itself was writing; nobody else gets it, and nothing once it is closed."""
    _may_answer(by, invitation)
    row, found = invitation.tender, queries_quotes.draft(invitation)
    if found is None or row.stage != Stage.INVITED or row.box_name is None:
        return rules_quotes.empty_quote()
    about = f"draft:{invitation.public_id}"
    content = json.loads(sealing.unseal(found.sealed, name=row.box_name, about=about))
    return {**rules_quotes.empty_quote(), **content}


def _seal(row: Tender, quote: dict[str, Any], about: str) -> bytes:
    assert row.box_public is not None
    content = json.dumps(quote, ensure_ascii=False).encode()
    return sealing.seal(content, public=row.box_public, about=about)


def file_value(accepted: Accepted, name: str) -> dict[str, Any]:
    """An uploaded file as a value inside a quote, so that name and size are sealed with it."""
    if len(accepted.data) > FILE_BYTES:
        raise Refused(f"Een bestand mag hoogstens {FILE_BYTES // 1024 // 1024} MB zijn.", "files")
    return {
        "name": files.clean_name(name, accepted.extension),
        "media_type": accepted.media_type,
        "extension": accepted.extension,
        "data": base64.b64encode(accepted.data).decode(),
    }


def submit(
    *,
    invitation: TenderInvitation,
    quote: dict[str, Any],
    submission: str,
    by: Person,
    received_at: datetime,
) -> Quote:
    """Hand in a quote, sealed; an earlier one of the same firm is replaced.

    The same ``submission`` again gives the quote that is there already.

    :raises Refused: too late, declined, or something is missing.
    """
    _may_answer(by, invitation)
    try:
        with transaction():
            row = lock(invitation.tender)
            known = next(
                (q for q in queries_quotes.receipts(invitation) if q.submission == submission), None
            )
            if known is not None:
                return known
            _check_submission(row, invitation, received_at)
            rules_quotes.check_quote(quote, rules.complete(row.document)["award"])
            found = _store(row, invitation, quote, submission, by, received_at)
    except Refused as refusal:
        if refusal.sentence == rules_quotes.TOO_LATE:
            _note_attempt("quote.too_late", invitation, by)
        raise
    except IntegrityError:
        known = next(
            (q for q in queries_quotes.receipts(invitation) if q.submission == submission), None
        )
        if known is None:
            raise
        return known
    return found


def _store(
    row: Tender,
    invitation: TenderInvitation,
    quote: dict[str, Any],
    submission: str,
    by: Person,
    received_at: datetime,
) -> Quote:
    current = queries_quotes.current_quote(invitation)
    if current is not None:
        current.replaced_at = received_at
    number = len(queries_quotes.receipts(invitation)) + 1
    sealed = _seal(row, quote, f"quote:{invitation.public_id}:{number}")
    found = Quote(
        invitation_id=invitation.id,
        number=number,
        submission=submission,
        sealed=sealed,
        sha256=hashlib.sha256(sealed).hexdigest(),
        received_at=received_at,
        submitted_by_id=by.id,
    )
    db.session.flush()
    db.session.add(found)
    draft = db.session.get(QuoteDraft, invitation.id)
    if draft is not None:
        db.session.delete(draft)
    here = clock.local(received_at)
    url = links.address("tenders.invitation", public_id=invitation.public_id)
    at = f"{here:%d-%m-%Y, %H.%M.%S} uur"
    mail.post(mails.received(by.email, row.title, at, found.sha256, url), person=by)
    # No organisation with this line: the buyer's trail must not tell that a quote came in.
    audit.record("quote.submitted", found, by=by)
    return found


def withdraw_quote(*, invitation: TenderInvitation, by: Person, now: datetime) -> None:
    """Take back the quote before the deadline; it is never opened."""
    _may_answer(by, invitation)
    with transaction():
        row = lock(invitation.tender)
        if row.stage != Stage.INVITED or rules.is_closed(row.deadline_at, now):
            raise Refused("De sluiting is voorbij. U kunt uw offerte niet meer intrekken.")
        current = queries_quotes.current_quote(invitation)
        if current is None:
            raise Refused("Er is geen offerte om in te trekken.")
        current.withdrawn_at = now
        audit.record("quote.withdrawn", current, by=by)


def _check_submission(row: Tender, invitation: TenderInvitation, received_at: datetime) -> None:
    if row.kind != Kind.REQUEST or row.box_public is None:
        raise Refused("Op deze aanvraag kunt u geen offerte doen.")
    db.session.refresh(invitation)
    rules_quotes.check_submission(
        deadline=row.deadline_at,
        received_at=received_at,
        stage=row.stage,
        answered=invitation.answer,
    )


# The opening -----------------------------------------------------------------------------


def put_in_key(*, row: Tender, by: Person, now: datetime) -> bool:
    """Put one's key in the lock; True when that opened the box, False when a second must come.

    Every attempt is in the trail, a refused one too.
    """
    _may_see(by, row)
    try:
        with transaction():
            row = lock(row)
            rules_quotes.check_may_open(deadline=row.deadline_at, stage=row.stage, now=now)
            if row.kind != Kind.REQUEST or row.box_name is None:
                raise Refused("Er valt bij deze aanvraag niets te openen.")
            if not sealing.has_key(row.box_name):
                raise Refused(
                    "De sleutel van deze kluis is er niet. Vraag de beheerder van het platform om "
                    "het sleutelbestand terug te zetten."
                )
            db.session.add(OpeningHand(tender_id=row.id, person_id=by.id, at=now))
            db.session.flush()
            _record("box.key_put_in", row, by)
            hands = queries_quotes.hands(row)
            people = queries.settings(row.organisation_id).open_with
            put_in = [rules_quotes.Hand(h.person_id, h.at) for h in hands]
            if not rules_quotes.opens(put_in, now=now, people=people):
                _ask_second(row, by)
                return False
            _open(row, by, now)
    except Refused:
        _note_attempt("box.refused", row, by)
        raise
    return True


def _ask_second(row: Tender, by: Person) -> None:
    url = links.address("tenders.opening", public_id=row.public_id)
    for colleague in queries.buyers(row.organisation):
        if colleague.id != by.id:
            mail.post(mails.second_hand(colleague.email, row.title, url), person=colleague)


def _open(row: Tender, by: Person, now: datetime) -> None:
    """Read what lies in the box, once; what was withdrawn or replaced stays shut."""
    quotes = queries_quotes.quotes_of(row)
    lines = []
    for quote in quotes:
        about = f"quote:{quote.invitation.public_id}:{quote.number}"
        try:
            content = json.loads(sealing.unseal(quote.sealed, name=row.box_name or "", about=about))
        except sealing.KeyLost as error:
            raise Refused(
                "De sleutel past niet op deze kluis. Vraag de beheerder van het platform om het "
                "goede sleutelbestand."
            ) from error
        content["files"] = [_unpack(row, value, by) for value in content["files"]]
        quote.content, quote.opened_at = content, now
        lines.append(
            {
                "name": quote.invitation.name,
                "received_at": quote.received_at.isoformat(),
                "sha256": quote.sha256,
                "files": len(content["files"]),
            }
        )
    rules.check_stage(row.stage, Stage.OPENED)
    row.stage, row.opened_at, row.updated_at = Stage.OPENED, now, now
    since = now - rules_quotes.OPEN_TOGETHER_WITHIN
    present = {h.person_id: h for h in queries_quotes.hands(row) if h.at >= since}
    db.session.add(
        OpeningMinutes(
            tender_id=row.id,
            opened_at=now,
            document={
                "people": [
                    {"name": h.person.name, "at": h.at.isoformat()} for h in present.values()
                ],
                "quotes": lines,
                "deadline_at": row.deadline_at.isoformat() if row.deadline_at else "",
            },
        )
    )
    _record("box.opened", row, by, quotes=len(quotes))


def _unpack(row: Tender, value: dict[str, Any], by: Person) -> dict[str, Any]:
    accepted = Accepted(base64.b64decode(value["data"]), value["media_type"], value["extension"])
    stored = files.keep(
        accepted, name=value["name"], organisation_id=row.organisation_id, by_id=by.id
    )
    return {"name": stored.name, "file": stored.public_id, "size": stored.size}


def _note_attempt(action: str, obj: Any, by: Person) -> None:
    """A refused attempt is a fact of its own: kept although the work was rolled back."""
    with transaction():
        organisation = by_id(obj.organisation_id) if isinstance(obj, Tender) else None
        audit.record(action, obj, by=by, organisation=organisation)


def _may_answer(by: Person, invitation: TenderInvitation) -> None:
    if not permissions.may_answer(by, invitation):
        raise NotFound


def _may_see(by: Person, row: Tender) -> None:
    if not permissions.may_see(by, row):
        raise NotFound


def _record(action: str, row: Tender, by: Person, **details: Any) -> None:
    audit.record(action, row, by=by, organisation=by_id(row.organisation_id), **details)
