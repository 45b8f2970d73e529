"""Sealed quotes."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, files, links, mail, sealing
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.tenders import (
    mails,
    queries_quotes,
    rules,
    rules_quotes,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import (
    Quote,
    QuoteDraft,
)
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Kind, Stage
from impactmakelaar.tenders.services_checks import must_answer, note_attempt

FILE_BYTES = 3 * 1024 * 1024


def save_draft(
    *, invitation: TenderInvitation, quote: dict[str, Any], by: Person, now: datetime
) -> None:
    """Keep what was written so far, sealed."""
    must_answer(by, invitation)
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
    must_answer(by, invitation)
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
    must_answer(by, invitation)
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
            note_attempt("quote.too_late", invitation, by)
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
    at = f"{long_date(here.date())}, {here:%H.%M.%S} uur"
    mail.post(mails.received(by.email, row.title, at, found.sha256, url), person=by)
    # No organisation with this line: the buyer's trail must not tell that a quote came in.
    audit.record("quote.submitted", found, by=by)
    return found


def withdraw_quote(*, invitation: TenderInvitation, by: Person, now: datetime) -> None:
    """Take back the quote before the deadline; it is never opened."""
    must_answer(by, invitation)
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
