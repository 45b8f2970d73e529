"""Verbs about the plan: propose, lock, forbid, add, move, publish, and the day itself."""

from collections.abc import Collection

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, jobs
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.jobs import Job
from impactmakelaar.intake import (
    proposer,
    queries,
    queries_sheet,
    rules_proposal,
    services,
    solver_matrix,
)
from impactmakelaar.intake.models import (
    Forbidden,
    IntakeMeeting,
    IntakeTable,
    Participant,
    Proposal,
)
from impactmakelaar.intake.queries import PROPOSE
from impactmakelaar.intake.rules import REASONS, Failed
from impactmakelaar.intake.rules_proposal import Sheet
from impactmakelaar.intake.rules_schedule import Plan, Slot, plan_faults
from impactmakelaar.intake.rules_table import Coming, Side, State, times_of
from impactmakelaar.intake.services import hold, open_table
from impactmakelaar.intake.services_publish import tell

# Propose ----------------------------------------------------------------------------------------


def ask_proposal(*, row: IntakeTable, by: Person, iterations: int = proposer.ITERATIONS) -> Job:
    """Ask the worker for a proposal; one at a time per table."""
    open_table(row, by)
    with transaction():
        hold(row, by)
        if row.state != State.DRAFT:
            raise Refused("Het programma is gepubliceerd. Pas het met de hand aan.")
        known = queries.job(row)
        if known is not None and known.finished_at is None:
            raise Refused("Er wordt al een voorstel gemaakt.")
        if not any(p.state == Coming.CONFIRMED for p in queries.participants(row)):
            raise Refused("Nog niemand heeft bevestigd. Zonder deelnemers is er geen voorstel.")
        job = jobs.ask(PROPOSE, by=by, total=iterations, table=row.public_id, iterations=iterations)
        audit.record("intake.proposal_asked", row, by=by, organisation=row.region)
        return job


def stop_proposal(*, row: IntakeTable, by: Person) -> None:
    """Ask the worker to stop; the best plan so far is kept."""
    open_table(row, by)
    with transaction():
        job = queries.job(row)
        if job is None or job.finished_at is not None:
            raise Refused("Er wordt nu geen voorstel gemaakt.")
        lock(job).stop_asked_at = clock.now()
        audit.record("intake.proposal_stopped", row, by=by, organisation=row.region)


def run_proposal(job: Job) -> str:
    """The work itself, in the worker: read, solve outside any transaction, put it on the table."""
    public_id, iterations = str(job.arguments["table"]), int(job.arguments["iterations"])
    row = queries.table(public_id)
    if row is None or row.state != State.DRAFT:
        return "Deze intaketafel wordt niet meer voorbereid."
    revision = row.revision
    sheet = queries_sheet.sheet_of(row)
    stopped = False

    def progress(done: int, of: int) -> bool:
        nonlocal stopped
        stopped = not jobs.progress(job, iterations * done // of)
        return not stopped

    stopped = not jobs.progress(job, 0)
    found = proposer.propose(sheet, iterations=0 if stopped else iterations, progress=progress)
    return _keep(public_id, revision, sheet, found, stopped=stopped, asked_by=job.asked_by_id)


def _keep(
    public_id: str,
    revision: int,
    sheet: Sheet,
    found: proposer.Proposed,
    *,
    stopped: bool,
    asked_by: int | None,
) -> str:
    with transaction():
        known = queries.table(public_id)
        assert known is not None
        row = lock(known)
        used = row.revision == revision and row.state == State.DRAFT
        proposal = Proposal(
            table_id=row.id,
            number=queries.next_number(row),
            input_sha256=found.input_sha256,
            solver=solver_matrix.version(),
            method=found.allocation.method,
            iterations=found.allocation.iterations,
            value=found.allocation.value,
            bound=found.bound,
            stopped=stopped,
            used=used,
            result=found.result,
            created_at=clock.now(),
            created_by_id=asked_by,
        )
        db.session.add(proposal)
        if used:
            put(row, sheet, proposer.slots(found.result), source="plan")
        audit.record("intake.proposed", row, by=None, organisation=row.region, used=used)
    if not used:
        return "Er is intussen iets gewijzigd. Vraag opnieuw een voorstel."
    count = len(found.result["meetings"])
    return f"Het voorstel staat klaar: {count} {'gesprek' if count == 1 else 'gesprekken'}."


def put(row: IntakeTable, sheet: Sheet, plan: Plan, *, source: str) -> None:
    """Make the stored meetings equal to a plan; meetings that stay keep their row."""
    wrong = plan_faults(plan, rules_proposal.presence_of(_loosely(sheet, plan)))
    if wrong:
        raise RuntimeError(f"a plan that cannot be held: {wrong[0]}")
    known = {(m.contractor.public_id, m.enterprise.public_id): m for m in queries.meetings(row)}
    moved = [m for pairing, m in known.items() if plan.get(pairing) != Slot(m.round, m.seat)]
    if queries.outcomes([m.id for m in moved]):
        raise Refused("Van een gesprek dat vervalt is al een uitkomst vastgelegd.")
    for meeting in moved:
        db.session.delete(meeting)
    db.session.flush()
    ids = {p.public_id: p.id for p in queries.participants(row)}
    for pairing, slot in sorted(plan.items()):
        old = known.get(pairing)
        if old is not None and slot == Slot(old.round, old.seat):
            continue
        db.session.add(
            IntakeMeeting(
                table_id=row.id,
                contractor_id=ids[pairing[0]],
                enterprise_id=ids[pairing[1]],
                round=slot.round,
                seat=slot.table,
                source=source,
                score=rules_proposal.score(sheet, pairing) or 0,
            )
        )
    db.session.flush()


def _loosely(sheet: Sheet, plan: Plan) -> Sheet:
    """A sheet in which rounds that are over do not count as away: they stay as they were."""
    for who, away in list(sheet.away.items()):
        held = {s.round for m, s in plan.items() if who in m and s.round < sheet.begun}
        sheet.away[who] = away - held
    return sheet


# By hand ----------------------------------------------------------------------------------------


def current(row: IntakeTable) -> Plan:
    return {
        (m.contractor.public_id, m.enterprise.public_id): Slot(m.round, m.seat)
        for m in queries.meetings(row)
    }


def _both(row: IntakeTable, contractor: Participant, enterprise: Participant) -> None:
    sides = (contractor.side, enterprise.side)
    here = {contractor.table_id, enterprise.table_id} == {row.id}
    if not here or sides != (Side.CONTRACTOR, Side.ENTERPRISE):
        raise NotFound


def set_lock(*, meeting: IntakeMeeting, locked: bool, by: Person) -> None:
    """Keep a meeting where it is in every next proposal, or let it go again."""
    open_table(meeting.table, by)
    with transaction():
        row = hold(meeting.table, by)
        lock(meeting).locked = locked
        services.touch(row)
        audit.record(
            "intake.locked" if locked else "intake.unlocked",
            meeting,
            by=by,
            organisation=row.region,
        )


def forbid(
    *,
    row: IntakeTable,
    contractor: Participant,
    enterprise: Participant,
    reason: str,
    by: Person,
) -> None:
    """Keep two parties apart; their meeting, if there is one, goes."""
    open_table(row, by)
    _both(row, contractor, enterprise)
    with transaction():
        hold(row, by)
        if db.session.get(Forbidden, (contractor.id, enterprise.id)) is None:
            db.session.add(
                Forbidden(
                    contractor_id=contractor.id,
                    enterprise_id=enterprise.id,
                    reason=reason,
                    created_at=clock.now(),
                    created_by_id=by.id,
                )
            )
        for m in queries.meetings(row):
            if (m.contractor_id, m.enterprise_id) == (contractor.id, enterprise.id):
                _drop(row, m)
                tell(row, (contractor, enterprise))
        services.touch(row)
        audit.record("intake.forbidden", row, by=by, organisation=row.region)


def allow(
    *, row: IntakeTable, contractor: Participant, enterprise: Participant, by: Person
) -> None:
    """Let two parties meet again."""
    open_table(row, by)
    _both(row, contractor, enterprise)
    with transaction():
        hold(row, by)
        known = db.session.get(Forbidden, (contractor.id, enterprise.id))
        if known is not None:
            db.session.delete(known)
        services.touch(row)
        audit.record("intake.allowed", row, by=by, organisation=row.region)


def _drop(row: IntakeTable, meeting: IntakeMeeting) -> None:
    if meeting.round < row.begun:
        raise Refused("Dit gesprek is al geweest.")
    if queries.outcomes([meeting.id]):
        raise Refused("Van dit gesprek is al een uitkomst vastgelegd.")
    db.session.delete(meeting)
    db.session.flush()


def remove(*, meeting: IntakeMeeting, by: Person) -> None:
    """Take a meeting out of the programme."""
    row = meeting.table
    open_table(row, by)
    with transaction():
        hold(row, by)
        who = (meeting.contractor, meeting.enterprise)
        audit.record("intake.removed", meeting, by=by, organisation=row.region)
        _drop(row, lock(meeting))
        services.touch(row)
        tell(row, who)


def place(
    *,
    row: IntakeTable,
    contractor: Participant,
    enterprise: Participant,
    round_: int | None,
    by: Person,
) -> IntakeMeeting:
    """Add a meeting, or move it to another round; it is locked there.

    Without a round the first one in which both are free is taken.

    :raises Refused: when somebody is away or busy, or no table is free.
    """
    open_table(row, by)
    _both(row, contractor, enterprise)
    with transaction():
        hold(row, by)
        known = queries.meetings(row)
        old = next(
            (
                m
                for m in known
                if (m.contractor_id, m.enterprise_id) == (contractor.id, enterprise.id)
            ),
            None,
        )
        others = [m for m in known if m is not old]
        for one in (contractor, enterprise):
            if one.state in (Coming.DECLINED, Coming.ABSENT):
                raise Refused(f"{one.organisation.name} komt niet.")
            if one.state != Coming.CONFIRMED:
                raise Refused(f"{one.organisation.name} heeft nog niet bevestigd.")
        if queries_sheet.owner_of(contractor) == queries_sheet.owner_of(enterprise):
            raise Refused(REASONS[Failed.SAME_OWNER])
        pairing = (contractor.public_id, enterprise.public_id)
        if pairing in queries_sheet.kept_apart(row, queries.participants(row)):
            raise Refused(
                f"{contractor.organisation.name} en {enterprise.organisation.name} praten niet met "
                "elkaar: dat is zo gekozen. Laat het paar eerst weer toe."
            )
        if old is not None and round_ == old.round:
            return old
        slot = _free_slot(row, contractor, enterprise, others, round_)
        if old is not None:
            _drop(row, old)
        meeting = IntakeMeeting(
            table_id=row.id,
            contractor_id=contractor.id,
            enterprise_id=enterprise.id,
            round=slot.round,
            seat=slot.table,
            locked=True,
            source="added",
            score=old.score if old is not None else 0,
        )
        db.session.add(meeting)
        services.touch(row)
        audit.record("intake.placed", meeting, by=by, organisation=row.region)
        tell(row, (contractor, enterprise))
        return meeting


def _free_slot(
    row: IntakeTable,
    contractor: Participant,
    enterprise: Participant,
    others: Collection[IntakeMeeting],
    wanted: int | None,
) -> Slot:
    times = times_of(row.starts_at, row.rounds, row.minutes, row.breaks)
    why = "Er is geen ronde meer waarin beide partijen en een tafel vrij zijn."
    rounds = range(row.begun, row.rounds) if wanted is None else [wanted]
    for number in rounds:
        if not row.begun <= number < row.rounds:
            why = "Deze ronde bestaat niet of is al begonnen."
            continue
        here = [m for m in others if m.round == number]
        busy = {queries_sheet.owner_of(p) for m in here for p in (m.contractor, m.enterprise)}
        seats = set(range(row.tables)) - {m.seat for m in here}
        reason = ""
        for one in (contractor, enterprise):
            if number in one.away:
                reason = f"{one.organisation.name} is er dan niet."
            elif queries_sheet.owner_of(one) in busy:
                reason = f"{one.organisation.name} heeft dan al een gesprek."
        if not seats:
            reason = "Alle tafels zijn dan bezet."
        if not reason:
            return Slot(number, min(seats))
        if wanted is not None:
            why = f"Ronde {number + 1} ({times.text(number)}) kan niet: {reason}"
    raise Refused(why, "round")
