"""Entries of the ledger: booked here and nowhere else, and proved by ``check``.

Who calls these holds the lock on the contract.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.social_return import queries, queries_effort, queries_versions
from impactmakelaar.social_return.models import (
    Contract,
    EffortRow,
    EffortVerdict,
    LedgerEntry,
)
from impactmakelaar.social_return.rules import (
    EFFORT_LABELS,
    WHOLE,
    Booking,
    Effort,
    Phase,
    Step,
    Verdict,
    percent,
)
from impactmakelaar.social_return.rules_obligation import over_cap


def kept(steps: Iterable[Step]) -> list[Any]:
    """Steps as they are stored."""
    return [step.as_list() for step in steps]


def book(
    contract: Contract,
    kind: Booking,
    cents: int,
    text: str,
    *,
    by: Person | None,
    effort: str = "",
    effort_id: int | None = None,
    steps: Sequence[Any] = (),
) -> None:
    """Add an entry; nothing when there is nothing to book."""
    if cents == 0:
        return
    contract.entries += 1
    db.session.add(
        LedgerEntry(
            contract_id=contract.id,
            number=contract.entries,
            kind=kind,
            effort=effort,
            cents=cents,
            effort_id=effort_id,
            text=text,
            steps=list(steps),
            created_at=clock.now(),
            created_by_id=by.id if by else None,
        )
    )
    db.session.flush()


def rebook(contract: Contract, *, text: str, by: Person | None, today: date) -> None:
    """Bring the entries in line with terms and invoices, then the caps with what was approved."""
    found = queries.account(contract, today)
    booked = found.obliged - found.settled
    book(
        contract,
        Booking.OBLIGATION,
        found.calculation.amount - booked,
        text,
        by=by,
        steps=kept(found.calculation.steps),
    )
    rebook_caps(contract, by=by, today=today)


def rebook_caps(contract: Contract, *, by: Person | None, today: date) -> None:
    """What lies above a cap does not count; it does again when the obligation grows."""
    found, rules = queries.account(contract, today), queries_versions.rules_of(contract)
    for effort, points in sorted(rules.caps.items()):
        over = over_cap(rules, effort, base_of_caps(found), found.by_effort[effort])
        label = EFFORT_LABELS[Effort(effort)]
        book(
            contract,
            Booking.CAP,
            over - found.capped[effort],
            f"{label}: hoogstens {percent(points)} van de verplichting telt",
            by=by,
            effort=effort,
        )


def base_of_caps(found: queries.Account) -> int:
    """The obligation of which a cap is a part: what it will be when all is invoiced."""
    return max(found.calculation.amount, found.calculation.expected)


def check(today: date) -> list[str]:
    """What in the ledger does not add up; empty when all is well."""
    wrong: list[str] = []
    contracts = list(db.session.scalars(select(Contract).order_by(Contract.id)))
    accounts = queries.accounts(contracts, today)
    for one in contracts:
        wrong += [f"{one.public_id}: {line}" for line in _check(one, accounts[one.id])]
    return wrong + _check_invoices() + _check_people()


def _check(contract: Contract, found: queries.Account) -> list[str]:
    wrong = []
    rows = queries.entries(contract)
    if [row.number for row in rows] != list(range(1, contract.entries + 1)):
        wrong.append("the entries are not numbered without a gap")
    if sum(row.cents for row in rows) != found.balance:
        wrong.append("the balance is not the sum of the entries")
    if contract.phase == Phase.ACTIVE and found.obliged - found.settled != found.calculation.amount:
        wrong.append("the obligation booked is not the one computed")
    approved = {
        row.row.id: queries_effort.counted(row.row, row.verdict) if row.verdict else 0
        for row in queries_effort.efforts(contract)
    }
    booked: dict[int, int] = dict.fromkeys(approved, 0)
    for row in rows:
        if row.effort_id is not None:
            booked[row.effort_id] = booked.get(row.effort_id, 0) - row.cents
    wrong += [
        f"effort {number} is booked for {booked[number]} and approved for {approved.get(number)}"
        for number in booked
        if booked[number] != approved.get(number)
    ]
    rules = queries_versions.rules_of(contract)
    for effort in rules.caps:
        over = over_cap(rules, effort, base_of_caps(found), found.by_effort[effort])
        if contract.phase == Phase.ACTIVE and over != found.capped[effort]:
            wrong.append(f"above the cap of {effort}: booked {found.capped[effort]}, not {over}")
    if contract.phase == Phase.SETTLED and found.balance > 0:
        wrong.append("it is settled and something is open")
    return wrong


def _live() -> list[EffortRow]:
    query = select(EffortRow, EffortVerdict).outerjoin(
        EffortVerdict, queries_effort.last_verdicts()
    )
    return [
        row
        for row, verdict in db.session.execute(query.order_by(EffortRow.id))
        if verdict is None or verdict.verdict == Verdict.APPROVED
    ]


def _check_invoices() -> list[str]:
    shares: dict[int, int] = {}
    for row in _live():
        if row.invoice_id is not None:
            shares[row.invoice_id] = shares.get(row.invoice_id, 0) + row.share
    return [
        f"invoice {number} counts for {percent(share)}"
        for number, share in sorted(shares.items())
        if share > WHOLE
    ]


def _check_people() -> list[str]:
    people: dict[tuple[int, str], list[EffortRow]] = {}
    for row in _live():
        if row.candidate_code is not None:
            people.setdefault((row.contractor_id, row.candidate_code), []).append(row)
    return [
        f"candidate {code} of organisation {contractor} counts more than once on one day"
        for (contractor, code), rows in sorted(people.items())
        if any(most_on_one_day(rows, row) > WHOLE for row in rows)
    ]


def most_on_one_day(rows: list[EffortRow], new: EffortRow) -> int:
    """The largest sum of shares on one day of the period of ``new``, itself included if listed."""
    assert new.starts_on is not None
    assert new.ends_on is not None
    within = [r for r in rows if overlaps(r, new)]
    days = {new.starts_on, *(max(r.starts_on, new.starts_on) for r in within if r.starts_on)}
    return max(
        sum(
            r.share for r in within if r.starts_on and r.ends_on and r.starts_on <= day <= r.ends_on
        )
        for day in days
    )


def overlaps(one: EffortRow, other: EffortRow) -> bool:
    """Whether two periods share a day."""
    if not (one.starts_on and one.ends_on and other.starts_on and other.ends_on):
        return False
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def officers(contract: Contract) -> list[Person]:
    """Who judges this contract: officers of the authority, else of the region."""
    return queries.officers_at(contract.authority_id) or queries.officers_at(contract.region_id)
