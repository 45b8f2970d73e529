"""Verbs of a meeting or written round: plan, agenda, attendance, close.

Each locks the meeting first and the application after it: two at once take turns, and the second
reads what the first left.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    mails,
    permissions,
    queries_interests,
    queries_policy,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting, MeetingAttendance
from impactmakelaar.admission.rules import Step
from impactmakelaar.admission.services import record, step
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, made_just_now, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation

GONE = "Deze vergadering is al gesloten."


def plan(
    *,
    region: Organisation,
    planned_on: date,
    place: str,
    by: Person,
    today: date,
) -> Meeting:
    """Plan a meeting and invite the committee; a form that is sent twice plans one."""
    if not permissions.may_plan(by, region):
        raise NotFound
    if planned_on < today:
        raise Refused("Kies vandaag of een latere dag.", "planned_on")
    with transaction():
        lock(region)
        now = clock.now()
        same = {"region_id": region.id, "planned_on": planned_on, "place": place}
        planned = {"kind": "meeting", "opened_at": None, "closed_at": None, "cancelled_at": None}
        made = made_just_now(Meeting, now, created_by_id=by.id, **same, **planned)
        if made is not None:
            return made
        row = Meeting(created_at=now, created_by_id=by.id, **same)
        db.session.add(row)
        audit.record("meeting.planned", row, by=by, organisation=region)
        url = links.address("admission.meeting", public_id=row.public_id)
        for member in queries_policy.committee(region.id, planned_on):
            person = db.session.get_one(Person, member.person_id)
            letter = mails.invited(
                person.email, person.name, long_date(planned_on), place, False, url
            )
            mail.post(letter, person=person)
        return row


def start_written_round(
    *,
    region: Organisation,
    rows: Sequence[Application],
    closes_on: date,
    reason: str,
    by: Person,
    today: date,
) -> Meeting:
    """Decide in writing when no meeting can be held; everybody without an interest is asked.

    :raises Refused: without a reason, a later day, or a dossier.
    """
    if not permissions.may_plan(by, region):
        raise NotFound
    if closes_on <= today:
        raise Refused("Geef de leden ten minste tot morgen de tijd.", "closes_on")
    if not reason.strip():
        raise Refused("Schrijf op waarom er geen vergadering komt.", "reason")
    if not rows:
        raise Refused("Kies ten minste één dossier.")
    with transaction():
        row = Meeting(
            region_id=region.id,
            kind="written",
            planned_on=today,
            closes_on=closes_on,
            reason=reason.strip(),
            created_at=clock.now(),
            created_by_id=by.id,
            opened_at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        for one in rows:
            _put(row, one, by)
        audit.record("meeting.planned", row, by=by)
        members = queries_policy.committee(region.id, today)
        for member in members:
            db.session.add(
                MeetingAttendance(meeting_id=row.id, person_id=member.person_id, present=True)
            )
        url = links.address("admission.meeting", public_id=row.public_id)
        away = [queries_interests.recused_people(one) for one in rows]
        for member in members:
            if any(member.person_id not in people for people in away):
                person = db.session.get_one(Person, member.person_id)
                letter = mails.invited(
                    person.email, person.name, long_date(closes_on), "", True, url
                )
                mail.post(letter, person=person)
        return row


def put_on_agenda(*, meeting: Meeting, rows: Sequence[Application], by: Person) -> int:
    """Put dossiers on the agenda of a meeting that is not closed; returns how many."""
    if not permissions.may_plan(by, meeting.region):
        raise NotFound
    for row in rows:
        if not permissions.may_declare(by, row) or row.region_id != meeting.region_id:
            raise NotFound
    try:
        with transaction():
            meeting = lock(meeting)
            check_running(meeting)
            for row in rows:
                _put(meeting, row, by)
            return len(rows)
    except IntegrityError as error:
        raise Refused("Een dossier staat al op een agenda.") from error


def check_running(meeting: Meeting) -> None:
    """Refuse what is closed or cancelled."""
    if meeting.closed_at is not None or meeting.cancelled_at is not None:
        raise Refused(GONE)


def _put(meeting: Meeting, row: Application, by: Person) -> AgendaItem:
    row = lock(row)
    step(row, Step.PUT_ON_AGENDA)
    last = db.session.scalar(
        select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id)
    )
    item = AgendaItem(
        meeting_id=meeting.id,
        application_id=row.id,
        round=row.round,
        position=(last or 0) + 1,
        secret=queries_policy.policy_for(row, meeting.planned_on).secret_votes,
    )
    db.session.add(item)
    record("item.added", row, by)
    return item


def take_off(*, item: AgendaItem, by: Person) -> None:
    """Take a dossier off the agenda before it is voted on."""
    if not permissions.may_plan(by, item.meeting.region) or not permissions.may_declare(
        by, item.application
    ):
        raise NotFound
    with transaction():
        lock(item.meeting)
        row = lock(item.application)
        item = lock(item)
        if item.state != "waiting":
            raise Refused("Over dit dossier is de stemming al begonnen.")
        item.state = "postponed"
        step(row, Step.TAKE_OFF_AGENDA)
        record("item.postponed", row, by)


def open_meeting(*, meeting: Meeting, present: Sequence[int], by: Person, today: date) -> None:
    """Open a meeting, or note anew who is there; it concerns votes that still have to begin.

    ``present`` holds person ids; somebody outside the committee is refused.
    """
    if not permissions.may_plan(by, meeting.region):
        raise NotFound
    with transaction():
        meeting = lock(meeting)
        check_running(meeting)
        if meeting.kind == "written":
            raise Refused("Bij een schriftelijke ronde is niemand aanwezig.")
        if today < meeting.planned_on:
            raise Refused(f"Deze vergadering is pas op {long_date(meeting.planned_on)}.")
        members = {m.person_id for m in queries_policy.committee(meeting.region_id, today)}
        if set(present) - members:
            raise Refused("Kies uit de leden van de commissie.")
        for person_id in sorted(members):
            known = db.session.get(MeetingAttendance, (meeting.id, person_id))
            if known is None:
                known = MeetingAttendance(meeting_id=meeting.id, person_id=person_id)
                db.session.add(known)
            known.present = person_id in present
        meeting.opened_at = meeting.opened_at or clock.now()
        audit.record("meeting.opened", meeting, by=by, present=len(set(present)))


def close_meeting(*, meeting: Meeting, by: Person) -> None:
    """Close a meeting. Dossiers that were not reached go back; a vote that runs can be finished.

    It never says what is still open: it may be closed by somebody who must not know of a dossier.
    """
    if not permissions.may_plan(by, meeting.region):
        raise NotFound
    with transaction():
        meeting = lock(meeting)
        check_running(meeting)
        if meeting.opened_at is None:
            raise Refused("Deze vergadering is nog niet geopend.")
        waiting = db.session.scalars(
            select(AgendaItem)
            .where(AgendaItem.meeting_id == meeting.id, AgendaItem.state == "waiting")
            .order_by(AgendaItem.application_id)
        )
        for item in list(waiting):
            row = lock(item.application)
            item.state = "postponed"
            step(row, Step.TAKE_OFF_AGENDA)
            record("item.postponed", row, None)
        meeting.closed_at = clock.now()
        audit.record("meeting.closed", meeting, by=by)
