"""Inviting: whoever was drawn, who follows after a decline; handing over to a tender system."""

from datetime import date, datetime
from typing import Any

from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock, links, mail, sealing
from impactmakelaar.core.db import db, lock, new_public_id, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders import (
    mails,
    permissions,
    queries,
    queries_invitations,
    queries_selection,
    rules,
    rules_replay,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Kind, Procedure, Stage
from impactmakelaar.tenders.services import addresses
from impactmakelaar.tenders.services_checks import must_see, record


def send(*, row: Tender, by: Person, now: datetime) -> int:
    """Invite whoever was drawn and the buyer's own firms; makes the sealed box. Gives how many.

    :raises Refused: nobody was drawn, the advice is national or European, the deadline is near.
    """
    must_see(by, row)
    if row.procedure and not permissions.may_do(by, row, row.procedure):
        raise Refused("U hebt geen mandaat voor deze procedure.")
    with transaction():
        row = lock(row)
        rules.check_stage(row.stage, Stage.INVITED)
        if row.procedure in (Procedure.NATIONAL, Procedure.EUROPEAN):
            raise Refused(
                "Deze procedure loopt via een aanbestedingssysteem. Draag de aanvraag over."
            )
        selection, drawn = queries_selection.selections(row)[0]
        if drawn is None:
            raise Refused("Loot eerst: daarna staat vast wie u uitnodigt.")
        assert row.deadline_at is not None
        rules.check_deadline(row.deadline_at, now)
        if row.kind == Kind.REQUEST:
            row.box_name = new_public_id()
            row.box_public = sealing.new_box(row.box_name)
            # How many keys it takes is settled with the invitation: nobody makes it fewer later.
            people = queries.settings(row.organisation_id).open_with
            row.document = rules.complete(row.document) | {"open_with": people}
        row.stage, row.invited_at, row.updated_at = Stage.INVITED, now, now
        pool = queries_selection.pool(queries_selection.asked(row), clock.local(now).date())
        names = _names(selection.frozen)
        for kvk in drawn.document["chosen"]:
            enterprise_id, address = pool.addresses.get(kvk, (None, ""))
            _invite(row, names[kvk], kvk, address, "drawn", enterprise_id, by, now)
        for firm in queries_selection.outside_firms(row):
            enterprise_id, _ = pool.addresses.get(firm.kvk_number, (None, ""))
            _invite(
                row, firm.name, firm.kvk_number, firm.email, "own_choice", enterprise_id, by, now
            )
        count = len(queries_invitations.invitations(row))
        record("tender.sent", row, by)
    return count


def _names(frozen: dict[str, Any]) -> dict[str, str]:
    return {c["enterprise"]["kvk"]: c["enterprise"]["name"] for c in frozen["candidates"]}


def _invite(
    row: Tender,
    name: str,
    kvk: str,
    address: str,
    origin: str,
    enterprise_id: int | None,
    by: Person | None,
    now: datetime,
) -> TenderInvitation:
    token = new_token()
    found = TenderInvitation(
        tender_id=row.id,
        enterprise_id=enterprise_id,
        name=name,
        kvk_number=kvk,
        email=address,
        origin=origin,
        token_hash=token_hash(token),
        invited_at=now,
        invited_by_id=by.id if by else None,
    )
    db.session.add(found)
    db.session.flush()
    url = links.address("tenders.answer_link", token=token)
    until = deadline_words(row)
    for to in addresses(found):
        if row.kind == Kind.SOUNDING:
            mail.post(mails.sounded(to, row.title, row.organisation.name, until, url))
        else:
            outside = enterprise_id is None
            mail.post(mails.invited(to, row.title, row.organisation.name, until, url, outside))
    return found


def deadline_words(row: Tender) -> str:
    """The deadline as a letter says it."""
    assert row.deadline_at is not None
    here = clock.local(row.deadline_at)
    return f"{long_date(here.date())}, {here:%H.%M} uur"


def invite_next(*, row: Tender, by: Person, now: datetime) -> TenderInvitation:
    """Invite who follows in the drawn order, after a decline or when nobody answered in time.

    :raises Refused: nobody declined or stayed silent, nobody is left, or too little time is.
    """
    must_see(by, row)
    with transaction():
        row = lock(row)
        if row.stage != Stage.INVITED or row.kind != Kind.REQUEST or row.deadline_at is None:
            raise Refused("Deze aanvraag loopt niet.")
        if row.deadline_at < now + rules.SHORTEST_TERM:
            raise Refused("Er is te weinig tijd over: minstens drie dagen tot de sluiting.")
        invited = queries_invitations.invitations(row)
        if free_places(invited, now) <= 0:
            raise Refused(
                "Dit kan na een afmelding, of als iemand vijf dagen niet heeft gereageerd."
            )
        selection, drawn = queries_selection.selections(row)[0]
        assert drawn is not None
        order = [turn["kvk"] for turn in drawn.document["order"]]
        kvk = rules_replay.next_in_turn(order, [i.kvk_number for i in invited])
        if kvk is None:
            raise Refused("Er is niemand meer in de vastgelegde volgorde.")
        pool = queries_selection.pool(queries_selection.asked(row), clock.local(now).date())
        enterprise_id, address = pool.addresses.get(kvk, (None, ""))
        name = _names(selection.frozen)[kvk]
        found = _invite(row, name, kvk, address, "next", enterprise_id, by, now)
        record("tender.next_invited", row, by)
    return found


def free_places(invited: list[TenderInvitation], now: datetime) -> int:
    """How many of the drawn declined or stayed silent, less those who already came instead."""
    gone = sum(
        i.answer == "declined" or (not i.answer and now - i.invited_at >= rules.ANSWER_WITHIN)
        for i in invited
        if i.origin != "own_choice"
    )
    return gone - sum(i.origin == "next" for i in invited)


def hand_over(*, row: Tender, reason: str, by: Person, now: datetime, today: date) -> None:
    """Record that a tender system goes on with it; the platform takes no quotes."""
    must_see(by, row)
    with transaction():
        row = lock(row)
        rules.check_stage(row.stage, Stage.HANDED_OVER)
        if row.stage == Stage.INVITED:
            raise Refused("Er zijn al ondernemingen uitgenodigd. Trek de aanvraag eerst in.")
        row.stage, row.ended_on, row.end_reason = Stage.HANDED_OVER, today, reason
        row.updated_at = now
        record("tender.handed_over", row, by)
