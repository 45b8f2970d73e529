"""Verbs that make a programme known: publish, cancel, close; the calendar of each participant."""

from collections.abc import Collection
from datetime import date

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    mails,
    mails_calendar,
    queries,
    queries_sheet,
    services,
)
from impactmakelaar.intake.models import (
    IntakeMeeting,
    IntakeTable,
    Participant,
)
from impactmakelaar.intake.rules_table import Coming, Side, State, move, times_of, why_not_there
from impactmakelaar.intake.services import hold, open_table


def publish(*, row: IntakeTable, by: Person) -> int:
    """Send everybody his programme with a calendar entry; returns how many participants."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        _check_up_to_date(row)
        row.state, row.published_at = move(row.state, State.PUBLISHED), clock.now()
        audit.record("intake.published", row, by=by, organisation=row.region)
        coming = [p for p in queries.participants(row) if p.state == Coming.CONFIRMED]
        for one in coming:
            send_programme(row, one, changed=False)
        return len(coming)


def _check_up_to_date(row: IntakeTable) -> None:
    """Refuse a programme with a meeting that an answer of later made impossible."""
    meetings, people = queries.meetings(row), queries.participants(row)
    if not meetings:
        raise Refused("Er zijn nog geen gesprekken. Vraag eerst een voorstel.")
    apart = queries_sheet.kept_apart(row, people)
    for meeting in meetings:
        both = (meeting.contractor, meeting.enterprise)
        names = [one.organisation.name for one in both]
        why = ""
        for one, name in zip(both, names, strict=True):
            if missing := why_not_there(one.state, one.away, meeting.round):
                why = f"{name} {missing}"
        if (both[0].public_id, both[1].public_id) in apart:
            why = "zij praten niet met elkaar"
        if why:
            raise Refused(
                f"Het gesprek van {' en '.join(names)} in ronde {meeting.round + 1} kan niet meer: "
                f"{why}. Vraag een nieuw voorstel of haal het gesprek weg."
            )


def cancel(*, row: IntakeTable, by: Person) -> None:
    """The published table is off; everybody's calendar is told."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        row.state = move(row.state, State.CANCELLED)
        audit.record("intake.cancelled", row, by=by, organisation=row.region)
        for one in queries.participants(row):
            if one.state != Coming.CONFIRMED:
                continue
            one.sequence += 1
            file = calendar_of(one, cancelled=True)
            for person in queries.people_of(one):
                letter = mails.cancelled(
                    person.email,
                    person.name,
                    row.title,
                    services.when_text(row),
                    services.url_of(one),
                    file,
                )
                mail.post(letter, person=person)


def close(*, row: IntakeTable, by: Person, today: date) -> None:
    """The table has been held; outcomes may still be recorded."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        if row.held_on > today:
            raise Refused("Deze intaketafel moet nog komen.")
        row.state = move(row.state, State.CLOSED)
        audit.record("intake.closed", row, by=by, organisation=row.region)


def programme(one: Participant) -> list[tuple[int, str]]:
    """(round, "tafel 3: Wegenbouw …") of a participant."""
    contractor = one.side == Side.CONTRACTOR
    return [
        (
            m.round,
            f"tafel {m.seat + 1}: {_other(m, contractor=contractor)}",
        )
        for m in queries.meetings_of(one)
    ]


def _other(meeting: IntakeMeeting, *, contractor: bool) -> str:
    return (meeting.enterprise if contractor else meeting.contractor).organisation.name


def calendar_of(one: Participant, *, cancelled: bool = False) -> str:
    """The calendar file of a participant, as it stands now."""
    row = one.table
    host = links.address("intake.index").split("/")[2].split(":")[0]
    return mails_calendar.entry(
        uid=f"{one.public_id}@{host}",
        sequence=one.sequence,
        stamp=clock.now(),
        day=row.held_on,
        times=times_of(row.starts_at, row.rounds, row.minutes, row.breaks),
        title=row.title,
        place=row.place,
        lines=programme(one),
        url=services.url_of(one),
        cancelled=cancelled,
    )


def send_programme(row: IntakeTable, one: Participant, *, changed: bool) -> None:
    """Mail one participant its programme; belongs inside a transaction."""
    if changed:
        one.sequence += 1
    db.session.flush()
    times = times_of(row.starts_at, row.rounds, row.minutes, row.breaks)
    lines = [f"{times.text(number)}  {text}" for number, text in programme(one)]
    file = calendar_of(one)
    for person in queries.people_of(one):
        letter = mails.published(
            person.email,
            person.name,
            row.title,
            services.when_text(row),
            lines,
            services.url_of(one),
            file,
            changed=changed,
        )
        mail.post(letter, person=person)


def tell(row: IntakeTable, who: Collection[Participant]) -> None:
    if row.state == State.PUBLISHED:
        for one in sorted(who, key=lambda p: p.id):
            if one.state == Coming.CONFIRMED:
                send_programme(row, one, changed=True)
