"""Verbs after a meeting: what came of it, the agreement on the ledger, and asking later."""

from datetime import date, datetime, timedelta

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.intake import mails, permissions, queries
from impactmakelaar.intake.models import (
    FollowUpLetter,
    IntakeMeeting,
    Need,
    Offer,
    Outcome,
)
from impactmakelaar.intake.queries_sheet import sheet_of
from impactmakelaar.intake.rules_offers import describe
from impactmakelaar.intake.rules_table import LETTER_DAYS, Result, letter_due
from impactmakelaar.social_return import services_agreement as ledger
from impactmakelaar.social_return.rules import Effort, refuse_bsn
from impactmakelaar.social_return.services_agreement import Limits


def record_outcome(
    *,
    meeting: IntakeMeeting,
    kind: Result,
    by: Person,
    today: date,
    reason: str = "",
    follow_up_on: date | None = None,
) -> Outcome:
    """Keep that parties go on another day, or that nothing came of it and why.

    :raises Refused: when the day or the reason is missing.
    """
    if not permissions.may_record(by, meeting):
        raise NotFound
    if kind == Result.DEAL:
        raise ValueError("a deal is booked")
    if kind == Result.FOLLOW_UP and (follow_up_on is None or follow_up_on < today):
        raise Refused("Kies een dag vanaf vandaag voor het vervolg.", "follow_up_on")
    if kind == Result.NONE and not reason.strip():
        raise Refused("Schrijf kort op waarom er geen afspraak kwam.", "reason")
    refuse_bsn({"reason": reason})
    with transaction():
        lock(meeting)
        return _add(
            meeting,
            by=by,
            today=today,
            kind=kind,
            reason=reason,
            follow_up_on=follow_up_on if kind == Result.FOLLOW_UP else None,
        )


def _add(
    meeting: IntakeMeeting,
    *,
    by: Person,
    today: date,
    kind: Result,
    reason: str = "",
    follow_up_on: date | None = None,
    agreement_id: int | None = None,
) -> Outcome:
    known = queries.outcomes([meeting.id]).get(meeting.id, [])
    row = Outcome(
        meeting_id=meeting.id,
        number=len(known) + 1,
        kind=kind,
        reason=reason,
        follow_up_on=follow_up_on,
        agreement_id=agreement_id,
        recorded_at=clock.now(),
        recorded_on=today,
        recorded_by_id=by.id,
    )
    db.session.add(row)
    audit.record("intake.outcome", row, by=by, organisation=meeting.table.region, kind=str(kind))
    return row


def book_deal(
    *,
    meeting: IntakeMeeting,
    need: Need,
    offer: Offer,
    units: int,
    starts_on: date,
    ends_on: date,
    by: Person,
    today: date,
    once: str,
    note: str = "",
) -> Outcome:
    """Book a deal on the ledger in one transaction, under the locks of enterprise and contract.

    The plan is advice, the ledger is truth: the limits are read again under the lock. ``once``
    comes from the form, so that a form sent twice books one deal.

    :raises Refused: when the obligation, the offer or the enterprise has not that much left.
    """
    if not permissions.may_book(by, meeting):
        raise NotFound
    if need.participant_id != meeting.contractor_id or offer.participant_id != (
        meeting.enterprise_id
    ):
        raise NotFound
    reference = f"meeting:{meeting.public_id}:{once}"[:80]
    with transaction():
        enterprise = lock(meeting.enterprise.organisation)
        contract = lock(need.contract)
        lock(meeting)
        offer = lock(offer)
        if offer.withdrawn:
            raise Refused("Dit aanbod is ingetrokken.", "offer")
        if units < offer.minimum:
            raise Refused(f"De kleinste afname is {offer.minimum}.", "units")
        cell = sheet_of(meeting.table).cells[need.public_id, offer.public_id]
        agreement = ledger.confirm_agreement(
            contract=contract,
            enterprise=enterprise,
            effort=Effort(offer.effort),
            units=units,
            starts_on=starts_on,
            ends_on=ends_on,
            by=by,
            today=today,
            item=cell.item,
            amount=offer.amount or 0,
            offer=offer.key,
            limits=Limits(units=offer.units, enterprise_cents=meeting.enterprise.most_euros),
            note=note,
            reference=reference,
        )
        db.session.flush()
        for known in queries.outcomes([meeting.id]).get(meeting.id, []):
            if known.agreement_id == agreement.id:
                return known
        return _add(
            meeting, by=by, today=today, kind=Result.DEAL, reason=note, agreement_id=agreement.id
        )


def plan_follow_ups(today: date) -> list[tuple[Outcome, int]]:
    """(outcome, 30 or 90) of the letters that are due: per outcome the latest, once."""
    found = []
    for outcome, had in queries.to_follow_up(today - timedelta(days=min(LETTER_DAYS))):
        days = letter_due(outcome.recorded_on, had, today)
        if days is not None:
            found.append((outcome, days))
    return found


def send_follow_ups(today: date) -> int:
    """Ask both parties how it went, 30 and 90 days after; each letter once. Returns how many."""
    return sum(_ask(outcome, days, today) for outcome, days in plan_follow_ups(today))


def follow_up_round(now: datetime) -> int:
    """The letters of the day, in the worker's rounds."""
    return send_follow_ups(clock.local(now).date())


def _ask(outcome: Outcome, days: int, today: date) -> int:
    with transaction():
        outcome = lock(outcome)
        if db.session.get(FollowUpLetter, (outcome.id, days)) is not None:
            return 0
        db.session.add(FollowUpLetter(outcome_id=outcome.id, days=days, sent_on=today))
        meeting = outcome.meeting
        what = "een vervolggesprek"
        if outcome.agreement is not None:
            found = outcome.agreement
            what = f"{describe_agreement(outcome)}, telt voor {euros(found.cents)}"
        sides = (meeting.contractor, meeting.enterprise)
        url = links.address("intake.outcome", public_id=meeting.public_id)
        sent = 0
        for one, other in (sides, sides[::-1]):
            for person in queries.people_of(one):
                letter = mails.follow_up(
                    person.email,
                    person.name,
                    one.organisation.name,
                    other.organisation.name,
                    days,
                    what,
                    url,
                )
                mail.post(letter, person=person)
                sent += 1
        return sent


def describe_agreement(outcome: Outcome) -> str:
    """What was agreed, in words."""
    found = outcome.agreement
    if found is None:
        return ""
    if found.effort == Effort.PURCHASE:
        # A purchase is agreed in lots, see rules_offers.
        return f"{found.units} × inkoop"
    return describe(found.effort, None, found.units)
