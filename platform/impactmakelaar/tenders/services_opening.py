"""Opening the box: two people put in their key, what lies in it is read and minuted."""

import base64
import json
from datetime import datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import files, links, mail, sealing
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.tenders import (
    mails,
    queries,
    queries_quotes,
    rules,
    rules_quotes,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import (
    OpeningHand,
    OpeningMinutes,
)
from impactmakelaar.tenders.rules import Kind, Stage
from impactmakelaar.tenders.services_checks import must_see, note_attempt, record


def put_in_key(*, row: Tender, by: Person, now: datetime) -> bool:
    """Put one's key in the lock; True when that opened the box, False when a second must come.

    Every attempt is in the trail, a refused one too.
    """
    must_see(by, row)
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
            record("box.key_put_in", row, by)
            hands = queries_quotes.hands(row)
            people = queries.keys_needed(row)
            put_in = [rules_quotes.Hand(h.person_id, h.at) for h in hands]
            if not rules_quotes.opens(put_in, now=now, people=people):
                _ask_second(row, by)
                return False
            _open(row, by, now)
    except Refused:
        note_attempt("box.refused", row, by)
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
    record("box.opened", row, by, quotes=len(quotes))


def _unpack(row: Tender, value: dict[str, Any], by: Person) -> dict[str, Any]:
    accepted = Accepted(base64.b64decode(value["data"]), value["media_type"], value["extension"])
    stored = files.keep(
        accepted, name=value["name"], organisation_id=row.organisation_id, by_id=by.id
    )
    return {"name": stored.name, "file": stored.public_id, "size": stored.size}
