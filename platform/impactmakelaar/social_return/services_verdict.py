"""Verdicts on declared efforts: approve, refuse, correct, take back; each has its ledger entry."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.social_return import (
    mails,
    permissions,
    queries,
    queries_effort,
)
from impactmakelaar.social_return.models import (
    Contract,
    EffortRow,
    EffortVerdict,
)
from impactmakelaar.social_return.rules import (
    Booking,
    Phase,
    Verdict,
    judge,
    refuse_bsn,
)
from impactmakelaar.social_return.rules_worth import (
    Worth,
)
from impactmakelaar.social_return.services_effort import describe, value
from impactmakelaar.social_return.services_ledger import (
    book,
    kept,
    rebook_caps,
)


def retract(*, effort: queries_effort.Effort, reason: str, by: Person, today: date) -> None:
    """Take back what was declared by mistake; the entry stays to be seen."""
    if not permissions.may_retract(by, effort):
        raise NotFound
    _judge_one(effort.row, Verdict.RETRACTED, reason or "Ingetrokken", by=by, today=today)


def judge_one(
    *,
    effort: queries_effort.Effort,
    verdict: Verdict,
    reason: str,
    by: Person,
    today: date,
    cents: int | None = None,
) -> None:
    """Approve, refuse or correct an effort; ``cents`` when another amount counts, with a reason."""
    judge_many(efforts=[effort], verdict=verdict, reason=reason, by=by, today=today, cents=cents)


def judge_many(
    *,
    efforts: Sequence[queries_effort.Effort],
    verdict: Verdict,
    reason: str,
    by: Person,
    today: date,
    cents: int | None = None,
) -> None:
    """The same verdict about several efforts, all or none; one letter per contract."""
    if verdict not in (Verdict.APPROVED, Verdict.REFUSED):
        raise Refused("Kies goedkeuren of afkeuren.", "verdict")
    if len(permissions.judgeable(by, efforts)) < len(efforts):
        raise NotFound
    lines: dict[int, list[str]] = {}
    contracts: dict[int, Contract] = {}
    with transaction():
        for one in sorted(efforts, key=lambda e: (e.row.contract_id, e.row.id)):
            line = _judge_one(one.row, verdict, reason, by=by, today=today, cents=cents)
            lines.setdefault(one.row.contract_id, []).append(line)
            contracts[one.row.contract_id] = one.row.contract
        for number, contract in contracts.items():
            url = links.address("social_return.contract", public_id=contract.public_id)
            for person in queries.contacts_of(contract.contractor_id):
                letter = mails.judged(person.email, person.name, contract.title, lines[number], url)
                mail.post(letter, person=person)


def _judge_one(
    row: EffortRow,
    verdict: Verdict,
    reason: str,
    *,
    by: Person,
    today: date,
    cents: int | None = None,
) -> str:
    """Keep a verdict and its entry; the line of the letter."""
    refuse_bsn({"reason": reason})
    if verdict != Verdict.APPROVED and not reason.strip():
        raise Refused("Geef de reden.", "reason")
    with transaction():
        contract = lock(row.contract)
        now = queries_effort.state_of(row)
        judge(now.state, verdict)
        if contract.phase != Phase.ACTIVE:
            raise Refused("Deze verplichting loopt niet meer.")
        found = value(contract, row) if verdict == Verdict.APPROVED else Worth(0, ())
        amount, steps = found.amount, kept(found.steps)
        if verdict == Verdict.APPROVED and cents is not None and cents != amount:
            if not reason.strip():
                raise Refused("Geef de reden waarom een ander bedrag telt.", "reason")
            steps.append([f"De SROI-adviseur telt {euros(cents)}: {reason}", cents])
            amount = cents
        before = now.verdict.cents if now.verdict else 0
        if now.verdict is not None and (now.state, before) == (verdict, amount):
            raise Refused("Er verandert niets: dit bedrag is al zo geboekt.")
        number = db.session.scalar(
            select(func.max(EffortVerdict.number)).where(EffortVerdict.effort_id == row.id)
        )
        db.session.add(
            EffortVerdict(
                effort_id=row.id,
                number=(number or 0) + 1,
                verdict=verdict,
                cents=amount,
                steps=steps,
                reason=reason,
                created_at=clock.now(),
                created_by_id=by.id,
            )
        )
        db.session.flush()
        what = describe(row)
        text = f"Correctie: {what}" if now.verdict else what
        book(
            contract,
            Booking.FULFILMENT,
            before - amount,
            text[:500],
            by=by,
            effort=row.effort,
            effort_id=row.id,
            steps=steps,
        )
        rebook_caps(contract, by=by, today=today)
        audit.record(f"effort.{verdict}", row, by=by, organisation=contract.authority, cents=amount)
    if verdict == Verdict.APPROVED:
        return f"{what}: goedgekeurd, telt voor {euros(amount)}."
    return f"{what}: afgekeurd. {reason}"
