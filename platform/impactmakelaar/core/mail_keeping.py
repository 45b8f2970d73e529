"""How long the outbox knows to whom a letter went and about what; what somebody takes of it along.

The text of a letter goes when it was sent or given up (``mail``): it may hold a link that opens an
account. Address and subject stay for a term, so that staff can see whether a letter arrived; then
the row only says that a letter of some kind went out, and when.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import CONFIDENTIAL, OutboxMail
from impactmakelaar.core.own_data import Told, told

LETTER_DAYS = 180


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """Blank who and what of letters that were sent or given up long enough ago."""
    old = (
        func.coalesce(OutboxMail.sent_at, OutboxMail.failed_at) < now - timedelta(days=LETTER_DAYS)
    ) & (OutboxMail.recipient != "")
    count = db.session.scalar(select(func.count(OutboxMail.id)).where(old)) or 0
    if for_real and count:
        with transaction():
            db.session.execute(
                update(OutboxMail)
                .where(old)
                .values(
                    recipient="",
                    subject="",
                    text="",
                    calendar="",
                    stop_url="",
                    last_error="",
                    person_id=None,
                ),
                execution_options={"synchronize_session": False},
            )
            db.session.expire_all()
    return {"adressen en onderwerpen van mails": count}


def letters_to(person: Any) -> Told:
    """What was sent to somebody and when; a letter about a dossier stands in the dossier alone."""
    query = (
        select(OutboxMail.subject, OutboxMail.created_at, OutboxMail.sent_at)
        .where(
            OutboxMail.person_id == person.id,
            ~OutboxMail.kind.startswith(CONFIDENTIAL, autoescape=True),
        )
        .order_by(OutboxMail.id)
    )
    return told(query, "onderwerp", "geschreven", "verstuurd")
