"""Verbs about contracts: register, lay down, change, invoice, settle."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return import mails, permissions, queries, queries_versions
from impactmakelaar.social_return.models import (
    Contract,
    ContractParty,
    ContractTerms,
    Plan,
)
from impactmakelaar.social_return.rules import (
    Base,
    Category,
    Phase,
    move,
    refuse_bsn,
)
from impactmakelaar.social_return.rules_obligation import Calculation, Terms, obligation, rules_of
from impactmakelaar.social_return.services_ledger import officers, rebook

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
    version = queries_versions.rules_on(authority, heading.awarded_on)
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
    # The number of a contract may have nine digits: its field says what they are.
    refuse_bsn({"title": heading.title, "clause": stated.clause, "reason": stated.reason})


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
    if queries_versions.rules_on(authority, heading.awarded_on) is None:
        return None
    if queries_versions.prices_on(authority, heading.awarded_on) is None:
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
    rules = queries_versions.rules_on(authority, heading.awarded_on)
    prices = queries_versions.prices_on(authority, heading.awarded_on)
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
        rules = queries_versions.rules_on(row.authority, heading.awarded_on)
        prices = queries_versions.prices_on(row.authority, heading.awarded_on)
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
        days = queries_versions.rules_of(row).contact_days
        url = links.address("social_return.contract", public_id=row.public_id)
        for person in queries.contacts_of(row.contractor_id):
            amount = euros(max(found.obliged, found.calculation.expected))
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
