"""Verbs of the day itself: rounds begin, people come or do not, the programme is repaired."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    queries,
    queries_sheet,
    rules_proposal,
    services,
)
from impactmakelaar.intake.models import (
    IntakeTable,
    Participant,
)
from impactmakelaar.intake.rules_meetings import Pairing
from impactmakelaar.intake.rules_proposal import Sheet
from impactmakelaar.intake.rules_schedule import Plan, fill, parties, repair
from impactmakelaar.intake.rules_table import Coming, Side, State
from impactmakelaar.intake.services import hold, open_table
from impactmakelaar.intake.services_plan import current, put
from impactmakelaar.intake.services_publish import tell

EXTRA = 1
"""A repair may give everybody one meeting above the usual number, so that places are not lost."""


def begin_round(*, row: IntakeTable, by: Person, today: date) -> int:
    """The next round begins: from now on it stays as it is. Returns its number, from 1."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        if row.state != State.PUBLISHED:
            raise Refused("Publiceer eerst het programma.")
        if row.held_on > today + timedelta(days=1):
            raise Refused("Deze intaketafel moet nog komen.")
        if row.begun >= row.rounds:
            raise Refused("Alle rondes zijn begonnen.")
        row.begun += 1
        services.touch(row)
        audit.record("intake.round_begun", row, by=by, organisation=row.region, round=row.begun)
        return row.begun


def set_presence(*, one: Participant, away: Collection[int] | None, by: Person) -> tuple[int, int]:
    """Somebody is not there in these rounds (None: in none at all), and the programme is repaired.

    Returns (meetings that fell out, meetings that came in). No other meeting moves.
    """
    row = one.table
    open_table(row, by)
    with transaction():
        hold(row, by)
        lock(one)
        if away is None:
            one.state = Coming.ABSENT
        else:
            one.state = Coming.CONFIRMED
            past = {n for n in one.away if n < row.begun}
            one.away = sorted(past | {n for n in away if row.begun <= n < row.rounds})
        services.touch(row)
        audit.record(
            "intake.presence", one, by=by, organisation=one.organisation, absent=away is None
        )
        return _repair(row, newcomer=None if away is None else one.public_id)


def repair_table(*, row: IntakeTable, by: Person) -> tuple[int, int]:
    """Take out the meetings of who does not come (any more) and fill the free places."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        found = _repair(row, newcomer=None)
        services.touch(row)
        audit.record("intake.repaired", row, by=by, organisation=row.region)
        return found


def seat_walk_in(*, row: IntakeTable, newcomers: Collection[Participant], by: Person) -> int:
    """Give who came unannounced meetings in the free places; returns how many."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        added = 0
        for one in newcomers:
            _, more = _repair(row, newcomer=one.public_id)
            added += more
        services.touch(row)
        audit.record("intake.walk_in", row, by=by, organisation=row.region)
        return added


def _repair(row: IntakeTable, newcomer: str | None) -> tuple[int, int]:
    db.session.flush()
    sheet = queries_sheet.sheet_of(row)
    before = current(row)
    people = {p.public_id: p for p in queries.participants(row)}
    for name, one in people.items():
        if one.state not in (Coming.CONFIRMED, Coming.ABSENT):
            sheet.away[name] = frozenset(range(row.begun, row.rounds))
    presence = rules_proposal.presence_of(_present(sheet, people))
    room = rules_proposal.room_of(sheet, extra=EXTRA)
    most: dict[tuple[str, str], int] = {("c", c): n for c, n in room.contractors.items()}
    most |= {("e", e): n for e, n in room.enterprises.items()}
    candidates = _candidates(sheet, before)
    after, lost, added = repair(before, presence, candidates, most, row.begun)
    if newcomer is not None:
        mine = [pairing for pairing in candidates if newcomer in pairing]
        after, more = fill(after, presence, mine, most, row.begun)
        added = [*added, *more]
    put(row, sheet, after, source="repair")
    touched = {
        who
        for pairing in {*before, *after}
        if before.get(pairing) != after.get(pairing)
        for who in pairing
    }
    tell(row, [people[who] for who in touched])
    return len(lost), len(added)


def _present(sheet: Sheet, people: Mapping[str, Participant]) -> Sheet:
    """Everybody that has a place in the programme counts, whether still coming or not."""
    sheet.contractors = tuple(sorted(n for n, p in people.items() if p.side == Side.CONTRACTOR))
    sheet.enterprises = tuple(sorted(n for n, p in people.items() if p.side == Side.ENTERPRISE))
    return sheet


def _candidates(sheet: Sheet, plan: Plan) -> list[Pairing]:
    """Conversations for the free places: who has none yet first, then the best."""
    met = {party for pairing in plan for party in parties(pairing)}
    return [
        t.pairing
        for t in sorted(
            rules_proposal.talks(sheet),
            key=lambda t: (("e", t.enterprise) in met, -t.score, t.pairing),
        )
        if t.pairing not in plan
    ]
