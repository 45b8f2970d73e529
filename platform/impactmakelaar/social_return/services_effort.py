"""Declaring efforts, and what they count for. Declared is not approved; each counts once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, files
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import kvk_number
from impactmakelaar.social_return import (
    permissions,
    queries,
    queries_effort,
    queries_grounds,
    queries_versions,
)
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    ContractTerms,
    EffortEvidence,
    EffortRow,
    PurchaseInvoice,
)
from impactmakelaar.social_return.rules import (
    EFFORT_LABELS,
    PEOPLE,
    WHOLE,
    Effort,
    Phase,
    add_months,
    candidate_code,
    check_shares,
    invoice_key,
    is_bsn,
    refuse_bsn,
)
from impactmakelaar.social_return.rules_agreement import Agreed
from impactmakelaar.social_return.rules_worth import (
    Earlier,
    Grounds,
    Worth,
    deciding_day,
    purchase,
    worth,
)
from impactmakelaar.social_return.services_ledger import (
    kept,
    most_on_one_day,
    overlaps,
)

MAX_FILES = 5


@dataclass(frozen=True)
class Declared:
    """An effort as typed. ``amount`` in cents, with ``vat`` (basis points) when it is included."""

    effort: Effort
    item: str = ""
    candidate_code: str = ""
    employed_since: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    hours: Decimal | None = None
    quantity: Decimal | None = None
    bonuses: tuple[str, ...] = ()
    signed: bool = False
    supplier_kvk: str = ""
    supplier_name: str = ""
    invoice_number: str = ""
    invoiced_on: date | None = None
    delivered_on: date | None = None
    paid_on: date | None = None
    amount: int | None = None
    vat: int | None = None
    share: int = WHOLE
    note: str = ""
    digits_are: str = ""


Upload = tuple[IO[bytes], str]


def declare(
    *,
    contract: Contract,
    stated: Declared,
    by: Person,
    today: date,
    uploads: Sequence[Upload] = (),
    agreement: Agreement | None = None,
) -> EffortRow:
    """Say what was done, with evidence.

    :raises Refused: on the field that is wrong; when it was declared before; when it may not.
    """
    if not permissions.may_declare(by, contract):
        raise NotFound
    accepted = [(files.accept_evidence(stream), name) for stream, name in uploads[:MAX_FILES]]
    row = _row(contract, stated, by)
    if agreement is not None:
        if agreement.contract_id != contract.id or agreement.effort != stated.effort:
            raise Refused("Deze afspraak hoort niet bij deze invulling.", "agreement")
        row.agreement_id = agreement.id
    with transaction():
        # One order for everybody: organisation, contract, invoice.
        lock(contract.contractor)
        contract = lock(contract)
        if contract.phase != Phase.ACTIVE:
            raise Refused("Deze verplichting loopt niet meer.")
        _check(contract, queries.all_terms(contract)[-1], stated, row, today)
        if agreement is not None and lock(agreement).state == Agreed.CANCELLED:
            raise Refused("Deze afspraak is gestopt; kies een andere of geen.", "agreement")
        if stated.effort == Effort.PURCHASE:
            row.invoice_id = _take_invoice(row).id
        elif row.candidate_code is not None:
            _check_person(row)
        elif queries_effort.same_again(row):
            raise Refused(
                "Precies dit staat al bij deze opdracht: een inspanning telt één keer. Is dit iets "
                "anders? Zet dan in de toelichting wat het verschil is."
            )
        found = value(contract, row)
        row.declared_cents, row.steps = found.amount, kept(found.steps)
        db.session.add(row)
        db.session.flush()
        for file, name in accepted:
            stored = files.keep(
                file, name=name, organisation_id=contract.contractor_id, by_id=by.id
            )
            db.session.add(EffortEvidence(effort_id=row.id, file_id=stored.id))
        audit.record(
            "effort.declared", row, by=by, organisation=contract.authority, cents=found.amount
        )
        return row


def _row(contract: Contract, stated: Declared, by: Person) -> EffortRow:
    person = stated.effort in PEOPLE
    bought = stated.effort == Effort.PURCHASE
    return EffortRow(
        contract_id=contract.id,
        contractor_id=contract.contractor_id,
        effort=stated.effort,
        item="" if bought else stated.item,
        candidate_code=candidate_code(stated.candidate_code) if person else None,
        employed_since=stated.employed_since if person else None,
        starts_on=stated.starts_on,
        ends_on=stated.ends_on,
        hours=str(stated.hours) if stated.hours is not None else None,
        quantity=str(stated.quantity) if stated.quantity is not None else None,
        bonuses=sorted(stated.bonuses),
        signed=stated.signed,
        supplier_kvk=_supplier(stated.supplier_kvk) if bought else None,
        supplier_name=stated.supplier_name,
        invoice_number=stated.invoice_number,
        invoiced_on=stated.invoiced_on,
        delivered_on=stated.delivered_on,
        paid_on=stated.paid_on,
        amount=stated.amount,
        vat=stated.vat,
        share=stated.share,
        note=stated.note,
        digits_are=stated.digits_are,
        declared_at=clock.now(),
        declared_by_id=by.id,
    )


def _supplier(text: str) -> str:
    try:
        return kvk_number(text)
    except Refused as refusal:
        raise Refused(refusal.sentence, "supplier_kvk") from refusal


def _check(
    contract: Contract, terms: ContractTerms, stated: Declared, row: EffortRow, today: date
) -> None:
    rules = queries_versions.rules_of(contract)
    if stated.effort not in rules.efforts:
        label = EFFORT_LABELS[stated.effort].lower()
        raise Refused(f"Bij deze opdracht mag dat niet met: {label}.", "effort")
    if not 1 <= stated.share <= WHOLE:
        raise Refused("Het deel dat meetelt, ligt tussen 0 en 100 procent.", "share")
    digits = "".join(c for c in stated.candidate_code if c.isdigit())
    if is_bsn(digits):
        raise Refused("Gebruik geen burgerservicenummer (BSN) als code.", "candidate_code")
    refuse_bsn(
        {
            "note": stated.note,
            "supplier_name": stated.supplier_name,
            "invoice_number": stated.invoice_number,
        },
        stated.digits_are,
    )
    if stated.effort == Effort.PURCHASE:
        _check_purchase(contract, terms, stated, row, today)
    else:
        _check_period(terms, stated, today)
        item = queries_versions.prices_of(contract).price(stated.item)
        if item is None or item.effort != stated.effort:
            raise Refused("Kies een bouwblok dat bij deze vorm hoort.", "item")
    if stated.effort in PEOPLE:
        if not stated.signed:
            raise Refused(
                "Bevestig dat u een ondertekende verklaring hebt: de inspanning is nieuw en telt "
                "nergens anders mee.",
                "signed",
            )
        first = stated.employed_since or stated.starts_on
        if rules.started_before is not None and first is not None:
            earliest = add_months(terms.starts_on, -rules.started_before)
            if first < earliest:
                raise Refused(
                    "Deze persoon werkte al te lang bij u: hoogstens "
                    f"{rules.started_before} maanden vóór het begin van de opdracht.",
                    "employed_since",
                )


def _check_period(terms: ContractTerms, stated: Declared, today: date) -> None:
    if stated.starts_on is None and stated.effort not in PEOPLE:
        return
    if stated.starts_on is None or stated.ends_on is None:
        raise Refused("Vul de eerste en de laatste dag in.", "starts_on")
    if stated.ends_on < stated.starts_on:
        raise Refused("De laatste dag ligt vóór de eerste.", "ends_on")
    if stated.ends_on > today:
        raise Refused("U geeft op wat al gedaan is: kies een dag tot en met vandaag.", "ends_on")
    if stated.starts_on < terms.starts_on or stated.ends_on > terms.ends_on:
        raise Refused("De periode valt buiten de looptijd van de opdracht.", "starts_on")


def _check_purchase(
    contract: Contract, terms: ContractTerms, stated: Declared, row: EffortRow, today: date
) -> None:
    if not invoice_key(stated.invoice_number):
        raise Refused("Vul het factuurnummer van de leverancier in.", "invoice_number")
    if stated.invoiced_on is None:
        raise Refused("Vul de factuurdatum in.", "invoiced_on")
    for name in ("invoiced_on", "delivered_on", "paid_on"):
        day = getattr(stated, name)
        if day is not None and day > today:
            raise Refused("Deze datum ligt in de toekomst.", name)
    if stated.amount is None or stated.amount <= 0:
        raise Refused("Vul het bedrag van de factuur in.", "amount")
    day = deciding_day(queries_versions.rules_of(contract), queries_effort.invoice_of(row))
    if not terms.starts_on <= day <= terms.ends_on:
        raise Refused("De factuur valt buiten de looptijd van de opdracht.", "invoiced_on")
    if row.supplier_kvk == contract.contractor.kvk_number:
        raise Refused("U kunt niet bij uzelf inkopen.", "supplier_kvk")


def _take_invoice(row: EffortRow) -> PurchaseInvoice:
    """The one row of this supplier's invoice, locked, with enough of it left.

    :raises Refused: when it counts elsewhere already, in whatever region.
    """
    key = invoice_key(row.invoice_number)
    query = select(PurchaseInvoice).where(
        PurchaseInvoice.supplier_kvk == row.supplier_kvk, PurchaseInvoice.number_key == key
    )
    invoice = db.session.scalars(query).first()
    if invoice is None:
        try:
            with transaction():
                invoice = PurchaseInvoice(supplier_kvk=row.supplier_kvk, number_key=key)
                db.session.add(invoice)
                db.session.flush()
        except IntegrityError:
            # Somebody else added it at this moment: theirs is the one row.
            invoice = db.session.scalars(query).one()
    invoice = lock(invoice)
    check_shares((one.share for one in queries_effort.live_of_invoice(invoice.id)), row.share)
    return invoice


def _check_person(row: EffortRow) -> None:
    """One person counts whole once on a day, over all contracts of the contractor."""
    assert row.candidate_code is not None
    others = queries_effort.live_of_candidate(row.contractor_id, row.candidate_code)
    same = [one for one in others if overlaps(one, row)]
    if same:
        check_shares([most_on_one_day(same, row)], row.share)


def value(contract: Contract, row: EffortRow) -> Worth:
    """What an effort counts for, by the contract's own versions and what is known now."""
    if row.effort != Effort.PURCHASE:
        return _worth(contract, row, queries_effort.earlier(row))
    asked = _bought(contract, row)
    return _purchase(contract, row, queries_grounds.grounds_by_kvk(contract.region_id, [asked]))


def values(rows: Sequence[EffortRow]) -> dict[int, Worth]:
    """Effort id -> the same for many; the number of queries does not depend on how many."""
    bought = [row for row in rows if row.effort == Effort.PURCHASE]
    people = {(row.contractor_id, row.candidate_code) for row in rows if row.candidate_code}
    others = queries_effort.live_of_candidates([(c, code or "") for c, code in people])
    found: dict[int, Worth] = {}
    for region_id in {row.contract.region_id for row in bought}:
        here = [row for row in bought if row.contract.region_id == region_id]
        grounds = queries_grounds.grounds_by_kvk(
            region_id, {_bought(row.contract, row) for row in here}
        )
        found |= {row.id: _purchase(row.contract, row, grounds) for row in here}
    for row in rows:
        if row.effort != Effort.PURCHASE:
            same = others.get((row.contractor_id, row.candidate_code or ""), [])
            earlier = queries_effort.earlier_among(row, same)
            found[row.id] = _worth(row.contract, row, earlier)
    return found


def _worth(contract: Contract, row: EffortRow, earlier: Earlier) -> Worth:
    return worth(queries_versions.prices_of(contract), queries_effort.claim_of(row), earlier)


def _bought(contract: Contract, row: EffortRow) -> queries_grounds.Purchase:
    assert row.supplier_kvk is not None
    rules = queries_versions.rules_of(contract)
    day = deciding_day(rules, queries_effort.invoice_of(row))
    return queries_grounds.Purchase(row.supplier_kvk, row.supplier_name, day)


def _purchase(
    contract: Contract, row: EffortRow, grounds: Mapping[queries_grounds.Purchase, Grounds]
) -> Worth:
    return purchase(
        queries_versions.rules_of(contract),
        queries_versions.prices_of(contract),
        queries_effort.claim_of(row),
        queries_effort.invoice_of(row),
        grounds[_bought(contract, row)],
    )


def describe(row: EffortRow) -> str:
    """An effort in a few words, without anything about a person but the code."""
    label = EFFORT_LABELS[Effort(row.effort)]
    if row.effort == Effort.PURCHASE:
        return f"{label}: factuur {row.invoice_number} van {row.supplier_name or row.supplier_kvk}"
    if row.candidate_code:
        return f"{label}: {row.candidate_code}"
    return f"{label}: {row.item}"


@dataclass(frozen=True)
class Difference:
    """An approved effort that would count for another amount by what is known now."""

    effort: queries_effort.Effort
    now: Worth


def differences(organisation: Organisation) -> list[Difference]:
    """Approved efforts that facts of later days changed: verified certificates, withdrawn badges.

    Nothing is corrected by itself: an officer does it, with an entry.
    """
    standing = [
        one
        for one in queries_effort.approved_efforts(organisation)
        if one.verdict is not None and not one.verdict.reason
    ]
    now = values([one.row for one in standing])
    return [
        Difference(one, now[one.row.id])
        for one in standing
        if one.verdict is not None and now[one.row.id].amount != one.verdict.cents
    ]
