"""Verbs about a contract that runs: change, end early, invoice, settle."""

from dataclasses import replace
from datetime import date

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros, long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.social_return import permissions, queries
from impactmakelaar.social_return.models import (
    Contract,
    ContractInvoice,
)
from impactmakelaar.social_return.rules import (
    Booking,
    Category,
    Phase,
    invoice_key,
    move,
    refuse_bsn,
)
from impactmakelaar.social_return.services import (
    MAX_ENTRY,
    Heading,
    Stated,
    _add_terms,
    _check_stated,
    stated_of,
)
from impactmakelaar.social_return.services_agreement import stop_agreements
from impactmakelaar.social_return.services_ledger import book, rebook


def amend(*, row: Contract, stated: Stated, by: Person, today: date) -> None:
    """The contract changed: more or less work, another end, a reasoned reduction."""
    _amend(row, stated, "Wijziging van de opdracht", by=by, today=today, early=False)


def end_early(
    *, row: Contract, ends_on: date, value: int, reason: str, by: Person, today: date
) -> None:
    """The contract ended before its day; ``value`` is what was done of it."""
    now = queries.all_terms(row)[-1]
    if not now.starts_on <= ends_on < now.ends_on:
        raise Refused("Kies een dag vóór de afgesproken laatste dag.", "ends_on")
    stated = replace(stated_of(now), ends_on=ends_on, value=value, reason=reason)
    _amend(row, stated, "De opdracht eindigde eerder", by=by, today=today, early=True)


def _amend(
    row: Contract, stated: Stated, text: str, *, by: Person, today: date, early: bool
) -> None:
    if not permissions.may_keep_account(by, row):
        raise NotFound
    heading = Heading(row.title, row.number, Category(row.category), row.awarded_on)
    _check_stated(heading, stated, officer=True)
    if not stated.reason.strip():
        raise Refused("Geef de reden van de wijziging.", "reason")
    with transaction():
        row = lock(row)
        if row.phase != Phase.ACTIVE:
            raise Refused("Deze verplichting loopt niet meer.")
        _add_terms(row, stated, by=by, early=early)
        rebook(row, text=f"{text}: {stated.reason}"[:MAX_ENTRY], by=by, today=today)
        stop_agreements(
            contract=row,
            why=f"De opdracht loopt nu van {long_date(stated.starts_on)} tot en met "
            f"{long_date(stated.ends_on)}; de afspraak valt daarbuiten.",
            by=by,
            within=queries.all_terms(row)[-1],
        )
        audit.record("contract.amended", row, by=by, organisation=row.authority)


def add_invoice(
    *, row: Contract, number: str, invoiced_on: date, amount: int, by: Person, today: date
) -> None:
    """Keep what was invoiced on a contract; it moves the obligation where that is the base.

    A credit invoice has a negative amount.
    """
    if not permissions.may_declare(by, row):
        raise NotFound
    if amount == 0:
        raise Refused("Vul het bedrag van de factuur in, zonder btw.", "amount")
    if invoiced_on > today:
        raise Refused("Deze datum ligt in de toekomst.", "invoiced_on")
    key = invoice_key(number)
    if not key:
        raise Refused("Vul het nummer van de factuur in.", "number")
    with transaction():
        row = lock(row)
        if row.phase != Phase.ACTIVE:
            raise Refused("Deze verplichting loopt niet meer.")
        if key in {one.number_key for one in queries.invoices(row)}:
            raise Refused("Deze factuur staat er al bij.", "number")
        db.session.add(
            ContractInvoice(
                contract_id=row.id,
                number=number,
                number_key=key,
                invoiced_on=invoiced_on,
                amount=amount,
                created_at=clock.now(),
                created_by_id=by.id,
            )
        )
        db.session.flush()
        rebook(row, text=f"Factuur {number} van {euros(amount)}", by=by, today=today)
        audit.record("contract.invoiced", row, by=by, organisation=row.authority, cents=amount)


SETTLEMENTS = {
    "waived": "Kwijtgescholden",
    "paid": "Betaald",
    "carried": "Meegenomen naar een andere opdracht",
}


def settle(
    *,
    row: Contract,
    outcome: str,
    reason: str,
    by: Person,
    today: date,
    into: Contract | None = None,
) -> None:
    """Close an account; what is left is waived, paid or carried to another contract.

    Agreements that are still open stop: what was approved of them stays used, the rest of the
    enterprise's room comes free.

    :raises Refused: when efforts wait for a verdict, or nothing says what happens with the rest.
    """
    if not permissions.may_keep_account(by, row):
        raise NotFound
    refuse_bsn({"reason": reason})
    with transaction():
        for one in sorted([row, *([into] if into else [])], key=lambda c: c.id):
            lock(one)
        found = queries.account(row, today)
        if found.waiting:
            raise Refused("Beoordeel eerst wat er nog is opgegeven.")
        if found.balance > 0:
            _close(row, found.balance, outcome, reason, by=by, into=into)
        row.settled_on = today
        row.phase = move(row.phase, Phase.SETTLED)
        stop_agreements(
            contract=row, why=f"De opdracht is op {long_date(today)} afgesloten.", by=by
        )
        audit.record(
            "contract.settled", row, by=by, organisation=row.authority, cents=found.balance
        )


def _close(
    row: Contract, rest: int, outcome: str, reason: str, *, by: Person, into: Contract | None
) -> None:
    if outcome not in SETTLEMENTS:
        raise Refused(f"Er staat nog {euros(rest)} open. Kies wat daarmee gebeurt.", "outcome")
    if not reason.strip():
        raise Refused("Geef de reden.", "reason")
    text = f"{SETTLEMENTS[outcome]}: {reason}"[:MAX_ENTRY]
    if outcome == "carried":
        if into is None or into.id == row.id or into.phase != Phase.ACTIVE:
            raise Refused("Kies een lopende opdracht van dezelfde opdrachtnemer.", "into")
        if (into.contractor_id, into.region_id) != (row.contractor_id, row.region_id):
            raise Refused("Kies een lopende opdracht van dezelfde opdrachtnemer.", "into")
        if not permissions.may_keep_account(by, into):
            # An officer of one authority keeps no account of another.
            raise Refused("Kies een opdracht waarvan u zelf de rekening bijhoudt.", "into")
        book(into, Booking.CARRIED, rest, f"Restant van {row.title}"[:MAX_ENTRY], by=by)
        book(row, Booking.CARRIED, -rest, text, by=by)
    else:
        book(row, Booking.SETTLEMENT, -rest, text, by=by)
