"""Verbs about contracts: register, lay down, change, invoice, settle."""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return import mails, permissions, queries
from impactmakelaar.social_return.models import (
    Contract,
    ContractInvoice,
    ContractParty,
    ContractTerms,
    Plan,
)
from impactmakelaar.social_return.rules import (
    Base,
    Booking,
    Category,
    Phase,
    euro,
    invoice_key,
    move,
    refuse_bsn,
)
from impactmakelaar.social_return.rules_obligation import Calculation, Terms, obligation, rules_of
from impactmakelaar.social_return.services_ledger import book, officers, rebook

MAX_ENTRY = 500


@dataclass(frozen=True)
class Stated:
    """What a contract says, as typed. Money in cents excluding VAT, parts in basis points."""

    value: int
    starts_on: date
    ends_on: date
    labour_share: int | None = None
    wages: int | None = None
    clause: str = ""
    clause_points: int | None = None
    clause_base: Base | None = None
    clause_amount: int | None = None
    reduced_points: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Heading:
    """Which contract it is."""

    title: str
    number: str
    category: Category
    awarded_on: date


def calculate(authority: Organisation, heading: Heading, stated: Stated) -> Calculation:
    """What a contract would oblige to, for a page that shows it before anything is kept.

    :raises Refused: when the authority has no rules on the day of the award.
    """
    version = queries.rules_on(authority, heading.awarded_on)
    if version is None:
        raise Refused(
            f"Voor {authority.name} zijn op de dag van gunning nog geen regels vastgelegd. "
            "Vraag het de SROI-adviseur.",
            "awarded_on",
        )
    return obligation(rules_of(version.document), _terms(heading, stated))


def _terms(heading: Heading, stated: Stated) -> Terms:
    return Terms(
        category=heading.category,
        value=stated.value,
        starts_on=stated.starts_on,
        ends_on=stated.ends_on,
        labour_share=stated.labour_share,
        wages=stated.wages,
        clause_points=stated.clause_points,
        clause_base=stated.clause_base,
        clause_amount=stated.clause_amount,
        reduced_points=stated.reduced_points,
        reduced_reason=stated.reason,
    )


def _check_stated(heading: Heading, stated: Stated, *, officer: bool) -> None:
    if stated.ends_on < stated.starts_on:
        raise Refused("De laatste dag ligt vóór de eerste.", "ends_on")
    if (stated.ends_on - stated.starts_on).days > 366 * 30:
        raise Refused("Een opdracht duurt hoogstens 30 jaar.", "ends_on")
    if stated.value <= 0:
        raise Refused("Vul de waarde van de opdracht in, zonder btw.", "value")
    if stated.reduced_points is not None:
        if not officer:
            raise Refused("Alleen de SROI-adviseur kan de verplichting verlagen.", "reduced_points")
        if not stated.reason.strip():
            raise Refused("Geef de reden van de verlaging.", "reason")
    refuse_bsn(
        {
            "title": heading.title,
            "number": heading.number,
            "clause": stated.clause,
            "reason": stated.reason,
        }
    )


def register_contract(
    *,
    authority: Organisation,
    contractor: Organisation,
    heading: Heading,
    stated: Stated,
    by: Person,
) -> Contract:
    """Register a contract that was awarded anywhere, as a draft.

    :raises Refused: when the authority has no rules, or the number is known already.
    """
    if not permissions.may_register_at(by, authority, contractor):
        raise NotFound
    officer = permissions.is_officer_of(by, authority)
    _check_stated(heading, stated, officer=officer)
    calculate(authority, heading, stated)
    with transaction():
        return _add(authority, contractor, heading, stated, by=by, reference=None)


def propose_contract(
    *,
    authority: Organisation,
    contractor: Organisation,
    heading: Heading,
    stated: Stated,
    reference: str,
    by: Person | None,
) -> Contract | None:
    """An award hands its contract down as a draft, which a person completes and sends in.

    ``reference`` names the award; a second time gives the same contract. None when the authority
    has no rules or price list on the day of the award: then there is nothing to propose.
    """
    if queries.rules_on(authority, heading.awarded_on) is None:
        return None
    if queries.prices_on(authority, heading.awarded_on) is None:
        return None
    with transaction():
        lock(contractor)
        known = queries.handed_down(reference)
        if known is not None:
            return known
        row = _add(authority, contractor, heading, stated, by=by, reference=reference)
        url = links.address("social_return.contract", public_id=row.public_id)
        for person in queries.contacts_of(contractor.id):
            mail.post(mails.handed_down(person.email, person.name, row.title, url), person=person)
        return row


def _add(
    authority: Organisation,
    contractor: Organisation,
    heading: Heading,
    stated: Stated,
    *,
    by: Person | None,
    reference: str | None,
) -> Contract:
    rules = queries.rules_on(authority, heading.awarded_on)
    prices = queries.prices_on(authority, heading.awarded_on)
    if rules is None or prices is None:
        raise Refused(
            f"Voor {authority.name} is op de dag van gunning nog geen prijslijst vastgelegd. "
            "Vraag het de SROI-adviseur.",
            "awarded_on",
        )
    assert authority.region_id is not None
    row = Contract(
        region_id=authority.region_id,
        authority_id=authority.id,
        contractor_id=contractor.id,
        title=heading.title,
        number=heading.number,
        category=heading.category,
        awarded_on=heading.awarded_on,
        phase=Phase.DRAFT,
        rules_id=rules.id,
        prices_id=prices.id,
        handed_down=reference,
        created_at=clock.now(),
        created_by_id=by.id if by else None,
    )
    try:
        with transaction():
            db.session.add(row)
            db.session.flush()
    except IntegrityError as error:
        raise Refused(
            "Deze opdracht is al aangemeld: opdrachtgever, opdrachtnemer en nummer zijn gelijk.",
            "number",
        ) from error
    _add_terms(row, stated, by=by)
    audit.record("contract.registered", row, by=by, organisation=authority, title=row.title)
    return row


def _add_terms(row: Contract, stated: Stated, *, by: Person | None, early: bool = False) -> None:
    number = db.session.scalar(
        select(func.max(ContractTerms.number)).where(ContractTerms.contract_id == row.id)
    )
    db.session.add(
        ContractTerms(
            contract_id=row.id,
            number=(number or 0) + 1,
            value=stated.value,
            starts_on=stated.starts_on,
            ends_on=stated.ends_on,
            labour_share=stated.labour_share,
            wages=stated.wages,
            clause=stated.clause,
            clause_points=stated.clause_points,
            clause_base=stated.clause_base,
            clause_amount=stated.clause_amount,
            reduced_points=stated.reduced_points,
            reason=stated.reason,
            ended_early=early,
            created_at=clock.now(),
            created_by_id=by.id if by else None,
        )
    )
    db.session.flush()


def change_draft(*, row: Contract, heading: Heading, stated: Stated, by: Person) -> None:
    """Correct a draft: the versions in force follow the day of the award."""
    if not permissions.may_edit(by, row):
        raise NotFound
    _check_stated(heading, stated, officer=permissions.is_officer(by, row))
    with transaction():
        row = lock(row)
        move(row.phase, Phase.REGISTERED)
        rules = queries.rules_on(row.authority, heading.awarded_on)
        prices = queries.prices_on(row.authority, heading.awarded_on)
        if rules is None or prices is None:
            raise Refused("Op deze dag golden er nog geen regels of prijslijst.", "awarded_on")
        row.title, row.number = heading.title, heading.number
        row.category, row.awarded_on = heading.category, heading.awarded_on
        row.rules_id, row.prices_id = rules.id, prices.id
        _add_terms(row, stated, by=by)
        audit.record("contract.changed", row, by=by, organisation=row.authority)


def submit(*, row: Contract, by: Person) -> None:
    """Send a draft to the officer."""
    if not permissions.may_edit(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        row.phase = move(row.phase, Phase.REGISTERED)
        row.returned_reason = ""
        url = links.address("social_return.contract", public_id=row.public_id)
        for person in officers(row):
            mail.post(
                mails.registered(person.email, row.title, row.contractor.name, url), person=person
            )
        audit.record("contract.submitted", row, by=by, organisation=row.authority)


def confirm(*, row: Contract, by: Person, today: date) -> None:
    """Lay down the obligation: it is booked, and the contractor hears what it is."""
    if not permissions.may_confirm(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        row.confirmed_on = today
        row.phase = move(row.phase, Phase.ACTIVE)
        db.session.flush()
        rebook(row, text="Verplichting vastgesteld", by=by, today=today)
        found = queries.account(row, today)
        days = queries.rules_of(row).contact_days
        url = links.address("social_return.contract", public_id=row.public_id)
        for person in queries.contacts_of(row.contractor_id):
            amount = euro(max(found.obliged, found.calculation.expected))
            letter = mails.confirmed(person.email, person.name, row.title, amount, days, url)
            mail.post(letter, person=person)
        audit.record(
            "contract.confirmed", row, by=by, organisation=row.authority, cents=found.obliged
        )


def send_back(*, row: Contract, reason: str, by: Person) -> None:
    """Ask the contractor to complete it first."""
    if not permissions.may_confirm(by, row):
        raise NotFound
    refuse_bsn({"reason": reason})
    with transaction():
        row = lock(row)
        row.phase = move(row.phase, Phase.DRAFT)
        row.returned_reason = reason
        url = links.address("social_return.contract", public_id=row.public_id)
        for person in queries.contacts_of(row.contractor_id):
            letter = mails.sent_back(person.email, person.name, row.title, reason, url)
            mail.post(letter, person=person)
        audit.record("contract.sent_back", row, by=by, organisation=row.authority)


def withdraw(*, row: Contract, by: Person) -> None:
    """Take back what was not laid down yet."""
    if not (permissions.may_edit(by, row) or permissions.may_confirm(by, row)):
        raise NotFound
    with transaction():
        row = lock(row)
        row.phase = move(row.phase, Phase.WITHDRAWN)
        audit.record("contract.withdrawn", row, by=by, organisation=row.authority)


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


def stated_of(row: ContractTerms) -> Stated:
    """Terms as they would be typed again."""
    return Stated(
        value=row.value,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        labour_share=row.labour_share,
        wages=row.wages,
        clause=row.clause,
        clause_points=row.clause_points,
        clause_base=Base(row.clause_base) if row.clause_base else None,
        clause_amount=row.clause_amount,
        reduced_points=row.reduced_points,
        reason=row.reason,
    )


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
    refuse_bsn({"number": number})
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
        rebook(row, text=f"Factuur {number} van {euro(amount)}", by=by, today=today)
        audit.record("contract.invoiced", row, by=by, organisation=row.authority, cents=amount)


def add_party(*, row: Contract, organisation: Organisation, part: str, by: Person) -> None:
    """A partner or subcontractor may declare; the contractor stays responsible."""
    if row.phase not in (Phase.DRAFT, Phase.REGISTERED, Phase.ACTIVE):
        raise NotFound
    if not (permissions.is_contractor(by, row) or permissions.is_officer(by, row)):
        raise NotFound
    if organisation.kind != "contractor" or organisation.id == row.contractor_id:
        raise Refused("Kies een andere opdrachtnemer.", "organisation")
    with transaction():
        row = lock(row)
        if organisation.id in {one.organisation_id for one in queries.parties(row)}:
            raise Refused("Deze organisatie staat er al bij.", "organisation")
        db.session.add(
            ContractParty(
                contract_id=row.id,
                organisation_id=organisation.id,
                part=part,
                added_at=clock.now(),
                added_by_id=by.id,
            )
        )
        audit.record(
            "contract.party_added", row, by=by, organisation=row.authority, name=organisation.name
        )


def write_plan(
    *, row: Contract, text: str, planned: dict[str, int], report_on: date | None, by: Person
) -> None:
    """A plan of action, as the next version."""
    if not permissions.may_declare(by, row):
        raise NotFound
    refuse_bsn({"text": text})
    with transaction():
        row = lock(row)
        known = queries.plan(row)
        db.session.add(
            Plan(
                contract_id=row.id,
                number=known.number + 1 if known else 1,
                text=text,
                planned={key: cents for key, cents in planned.items() if cents},
                report_on=report_on,
                created_at=clock.now(),
                created_by_id=by.id,
            )
        )
        audit.record("plan.written", row, by=by, organisation=row.authority)


def agree_plan(*, row: Contract, by: Person) -> None:
    """The officer agrees with the newest plan."""
    if not permissions.may_keep_account(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        plan = queries.plan(row)
        if plan is None or plan.agreed_at is not None:
            raise Refused("Er is geen plan dat op akkoord wacht.")
        plan.agreed_at, plan.agreed_by_id = clock.now(), by.id
        audit.record("plan.agreed", row, by=by, organisation=row.authority)


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
        audit.record(
            "contract.settled", row, by=by, organisation=row.authority, cents=found.balance
        )


def _close(
    row: Contract, rest: int, outcome: str, reason: str, *, by: Person, into: Contract | None
) -> None:
    if outcome not in SETTLEMENTS:
        raise Refused(f"Er staat nog {euro(rest)} open. Kies wat daarmee gebeurt.", "outcome")
    if not reason.strip():
        raise Refused("Geef de reden.", "reason")
    text = f"{SETTLEMENTS[outcome]}: {reason}"[:MAX_ENTRY]
    if outcome == "carried":
        if into is None or into.id == row.id or into.phase != Phase.ACTIVE:
            raise Refused("Kies een lopende opdracht van dezelfde opdrachtnemer.", "into")
        if (into.contractor_id, into.region_id) != (row.contractor_id, row.region_id):
            raise Refused("Kies een lopende opdracht van dezelfde opdrachtnemer.", "into")
        book(into, Booking.CARRIED, rest, f"Restant van {row.title}"[:MAX_ENTRY], by=by)
        book(row, Booking.CARRIED, -rest, text, by=by)
    else:
        book(row, Booking.SETTLEMENT, -rest, text, by=by)
