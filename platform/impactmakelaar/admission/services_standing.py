"""Verbs beside the committee's decision: suspend, hear, lift; leave; recognise; remind."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import mails_standing as mails
from impactmakelaar.admission import permissions_standing as permissions
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.admission import queries_standing, rules_reminders
from impactmakelaar.admission import rules_standing as rules
from impactmakelaar.admission.models_standing import (
    DailyRun,
    Leaving,
    Recognition,
    Reminder,
    Suspension,
)
from impactmakelaar.admission.services_letters import note_changed, tell_members
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.queries import by_id, members
from impactmakelaar.organisations.rules import Kind

HEARING_DAYS = 14
"""So long an enterprise gets, by default, to say what it thinks of a suspension."""
FAR = timedelta(days=10 * 366)


# Suspension ------------------------------------------------------------------------------


def propose_suspension(
    *, enterprise: Organisation, reason: str, answer_by: date | None, by: Person, today: date
) -> Suspension:
    """Tell an enterprise that it may be suspended, and why; it can answer until a day."""
    if not permissions.may_decide(by, enterprise) or enterprise.region is None:
        raise NotFound
    if not reason.strip():
        raise Refused("Schrijf de reden op; de onderneming leest die.", "reason")
    if answer_by is None or answer_by < today:
        raise Refused("Geef de onderneming tijd: kies een dag die nog komt.", "answer_by")
    try:
        with transaction():
            enterprise = lock(enterprise)
            found = queries_standing.standing_of(enterprise, _region(enterprise), today)
            if not found.admitted:
                raise Refused("Deze onderneming is niet toegelaten; er valt niets te schorsen.")
            row = Suspension(
                enterprise_id=enterprise.id,
                region_id=enterprise.region_id,
                reason=reason,
                proposed_at=clock.now(),
                proposed_by_id=by.id,
                answer_by=answer_by,
            )
            db.session.add(row)
            audit.record("suspension.proposed", row, by=by, organisation=enterprise)
            tell_members(
                enterprise,
                lambda to, name, org, url: mails.suspension_proposed(
                    to, name, org, reason, answer_by, url
                ),
            )
            return row
    except IntegrityError as error:
        raise Refused("Er loopt al een schorsing voor deze onderneming.") from error


def give_view(*, row: Suspension, view: str, by: Person, today: date) -> None:
    """The enterprise says what it thinks, or staff write down what it said."""
    own = permissions.may_hand_in(by, row.enterprise)
    if not own and not permissions.may_decide(by, row.enterprise):
        raise NotFound
    if not view.strip():
        raise Refused("Schrijf op wat u ervan vindt.", "view")
    with transaction():
        row = lock(row)
        _still_proposed(row)
        row.view = view
        row.heard_on = today
        audit.record("suspension.heard", row, by=by, organisation=row.enterprise)


def impose(
    *,
    row: Suspension,
    from_day: date | None,
    last_day: date | None,
    urgent_reason: str,
    by: Person,
    today: date,
) -> None:
    """Suspend, after the enterprise was heard (or let its term pass), or for an urgent reason."""
    if not permissions.may_decide(by, row.enterprise):
        raise NotFound
    if from_day is None or from_day < today:
        raise Refused("Een schorsing werkt niet terug. Kies vandaag of later.", "from_day")
    if last_day is not None and last_day < from_day:
        raise Refused("De laatste dag ligt voor de eerste.", "last_day")
    with transaction():
        row = lock(row)
        _still_proposed(row)
        if row.heard_on is None and today > row.answer_by:
            row.heard_on = today
        if row.heard_on is None and not urgent_reason.strip():
            raise Refused(
                "De onderneming kan nog reageren. Wacht, of schrijf op waarom dat niet kan.",
                "urgent_reason",
            )
        row.from_day, row.last_day = from_day, last_day
        row.urgent_reason = urgent_reason if row.heard_on is None else ""
        row.imposed_at, row.imposed_by_id = clock.now(), by.id
        note_changed(row.enterprise)
        audit.record(
            "suspension.imposed", row, by=by, organisation=row.enterprise, day=str(from_day)
        )
        reason = row.reason
        tell_members(
            row.enterprise,
            lambda to, name, org, url: mails.suspension_imposed(
                to, name, org, reason, from_day, last_day, url
            ),
        )


def lift(*, row: Suspension, reason: str, by: Person, today: date) -> None:
    """Drop a proposed suspension, or end one in force: from today it no longer holds."""
    if not permissions.may_decide(by, row.enterprise):
        raise NotFound
    if not reason.strip():
        raise Refused("Schrijf de reden op; de onderneming leest die.", "reason")
    with transaction():
        row = lock(row)
        if row.dropped_at is not None or row.lifted_on is not None:
            raise Conflict("Deze schorsing is al voorbij.")
        if row.from_day is None:
            row.dropped_at = clock.now()
        else:
            if row.last_day is not None and row.last_day < today:
                raise Conflict("Deze schorsing is al voorbij.")
            row.lifted_on = max(today, row.from_day)
        row.lifted_reason = reason
        note_changed(row.enterprise)
        audit.record("suspension.lifted", row, by=by, organisation=row.enterprise)
        tell_members(
            row.enterprise,
            lambda to, name, org, url: mails.suspension_over(to, name, org, reason, url),
        )


def _still_proposed(row: Suspension) -> None:
    if row.dropped_at is not None or row.from_day is not None:
        raise Conflict("Over deze schorsing is al besloten.")


# Leaving, and another region's decision --------------------------------------------------


def leave(
    *, enterprise: Organisation, from_day: date | None, reason: str, by: Person, today: date
) -> None:
    """The enterprise itself ends its admission: from a day on it is not in the register."""
    if not permissions.may_hand_in(by, enterprise) or enterprise.region_id is None:
        raise NotFound
    if from_day is None or from_day < today:
        raise Refused("Kies vandaag of een dag die nog komt.", "from_day")
    if from_day > today + FAR:
        raise Refused("Deze dag ligt te ver weg. Klopt het jaar?", "from_day")
    with transaction():
        enterprise = lock(enterprise)
        found = queries_standing.standing_of(enterprise, _region(enterprise), today)
        if not found.admitted:
            raise Refused("Uw onderneming is niet toegelaten; er valt niets te beëindigen.")
        row = Leaving(
            enterprise_id=enterprise.id,
            region_id=enterprise.region_id,
            from_day=from_day,
            reason=reason,
            asked_at=clock.now(),
            asked_by_id=by.id,
        )
        db.session.add(row)
        note_changed(enterprise)
        audit.record("admission.left", row, by=by, organisation=enterprise, day=str(from_day))


def recognise(
    *,
    enterprise: Organisation,
    other_region: str,
    badge: str,
    from_day: date | None,
    last_day: date | None,
    source: str,
    by: Person,
) -> Recognition:
    """Recognise the decision of another region, with an end of its own."""
    if not permissions.may_decide(by, enterprise):
        raise NotFound
    if badge not in (rules.State.NONE, rules.State.IN_GRACE, rules.State.CERTIFIED):
        raise Refused("Kies welke badge de andere regio gaf.", "badge")
    if from_day is None or last_day is None or last_day < from_day:
        raise Refused("De laatste dag ligt voor de eerste.", "last_day")
    if last_day - from_day > FAR:
        raise Refused("Deze dag ligt te ver weg. Klopt het jaar?", "last_day")
    with transaction():
        enterprise = lock(enterprise)
        row = Recognition(
            enterprise_id=enterprise.id,
            region_id=enterprise.region_id,
            other_region=other_region,
            badge=badge,
            from_day=from_day,
            last_day=last_day,
            source=source,
            recorded_at=clock.now(),
            recorded_by_id=by.id,
        )
        db.session.add(row)
        note_changed(enterprise)
        audit.record(
            "recognition.recorded", row, by=by, organisation=enterprise, region=other_region
        )
        return row


def end_recognition(*, row: Recognition, reason: str, by: Person, today: date) -> None:
    """From today the other region's decision no longer counts here."""
    enterprise = by_id(row.enterprise_id)
    if enterprise is None or not permissions.may_decide(by, enterprise):
        raise NotFound
    if not reason.strip():
        raise Refused("Schrijf de reden op.", "reason")
    with transaction():
        row = lock(row)
        if row.ended_on is not None or row.last_day < today:
            raise Conflict("Deze erkenning is al voorbij.")
        row.ended_on = max(today, row.from_day)
        row.ended_reason = reason
        note_changed(enterprise)
        audit.record("recognition.ended", row, by=by, organisation=enterprise)


# Reminders -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planned:
    """One letter that is due: about which term of which enterprise, and to whom."""

    enterprise_id: int
    region_id: int
    enterprise: str
    term: rules_reminders.Term
    due: rules_reminders.Due
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All letters of a day, and why a person should look first (empty when all looks right)."""

    letters: tuple[Planned, ...]
    doubt: str


def plan_reminders(today: date) -> Plan:
    """What is due today, without writing anything."""
    letters: list[Planned] = []
    concerned = 0
    for region in queries.regions():
        written = queries.written(region.id)
        terms = {
            number: term
            for number, found in queries_standing.standings(region.id, today).items()
            if (term := rules_reminders.term_of(found)) is not None
        }
        concerned += len(terms)
        for enterprise in queries.enterprises(terms):
            term = terms[enterprise.id]
            done = written.get((enterprise.id, term.kind, term.last_day), set())
            due = rules_reminders.due(term.last_day, today, done)
            if due is not None:
                people = [m.person for m in members(enterprise) if m.person.disabled_at is None]
                letters.append(
                    Planned(
                        enterprise.id,
                        region.id,
                        enterprise.name,
                        term,
                        due,
                        tuple(person.email for person in people),
                    )
                )
    doubt = rules_reminders.doubt(queries.last_run(), today, len(letters), concerned)
    return Plan(tuple(letters), doubt)


def send_reminder(*, planned: Planned, today: date) -> int:
    """Write one letter, in a transaction of its own; returns to how many people.

    The rows say that it was written: a second worker, or a run after a crash, writes no other.
    What recovered since the plan was made gets none.
    """
    try:
        with transaction():
            enterprise = lock(db.session.get_one(Organisation, planned.enterprise_id))
            region = db.session.get_one(Organisation, planned.region_id)
            found = queries_standing.standing_of(enterprise, region, today)
            if rules_reminders.term_of(found) != planned.term:
                return 0
            for days in (planned.due.send, *planned.due.skip):
                db.session.add(
                    Reminder(
                        enterprise_id=enterprise.id,
                        region_id=region.id,
                        term=planned.term.kind,
                        last_day=planned.term.last_day,
                        days=days,
                        sent=days == planned.due.send,
                        written_at=clock.now(),
                    )
                )
            db.session.flush()
            waiting = enterprise.id in queries.waiting_enterprises(region)
            return tell_members(
                enterprise,
                lambda to, name, org, url: mails.term_ends(
                    to,
                    name,
                    org,
                    term=planned.term.kind,
                    last_day=planned.term.last_day,
                    on=today,
                    waiting=waiting,
                    url=url,
                ),
            )
    except IntegrityError:
        return 0


def finish_day(*, today: date, letters: int) -> None:
    """Write down that the letters of a day were looked at to the end."""
    with transaction():
        row = db.session.get(DailyRun, today)
        if row is None:
            db.session.add(DailyRun(day=today, finished_at=clock.now(), letters=letters))
        else:
            row.letters += letters
            row.finished_at = clock.now()


def _region(enterprise: Organisation) -> Organisation:
    region = by_id(enterprise.region_id)
    if region is None or region.kind != Kind.REGION:
        raise NotFound
    return region
