"""Reads of the ledger: versions in force, contracts with their accounts, efforts, agreements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import rules_obligation, rules_prices, rules_worth
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    ContractInvoice,
    ContractParty,
    ContractTerms,
    EffortEvidence,
    EffortRow,
    EffortVerdict,
    LedgerEntry,
    Plan,
    PriceListVersion,
    RulesVersion,
    SocialReminder,
    SupplierGround,
)
from impactmakelaar.social_return.rules import (
    Base,
    Booking,
    Category,
    Phase,
    Verdict,
    prognosis,
)
from impactmakelaar.social_return.rules_obligation import Calculation, RegionRules, Terms
from impactmakelaar.social_return.rules_prices import PriceList
from impactmakelaar.social_return.rules_worth import Claim, Earlier, Invoice

# Versions ------------------------------------------------------------------------------------


def rules_versions(owner: Organisation) -> list[RulesVersion]:
    """Every version of an owner, newest first."""
    return list(
        db.session.scalars(
            select(RulesVersion)
            .where(RulesVersion.owner_id == owner.id)
            .order_by(RulesVersion.valid_from.desc(), RulesVersion.number.desc())
        )
    )


def price_versions(owner: Organisation) -> list[PriceListVersion]:
    """Every version of an owner, newest first."""
    return list(
        db.session.scalars(
            select(PriceListVersion)
            .where(PriceListVersion.owner_id == owner.id)
            .order_by(PriceListVersion.valid_from.desc(), PriceListVersion.number.desc())
        )
    )


def _owners(authority: Organisation) -> list[int]:
    """Whose versions hold for an authority, the first that has one on the day."""
    return [authority.id] + ([authority.region_id] if authority.region_id else [])


def rules_on(authority: Organisation, on: date) -> RulesVersion | None:
    """The rules in force for an authority (or region) on a day."""
    for owner in _owners(authority):
        found = db.session.scalars(
            select(RulesVersion)
            .where(RulesVersion.owner_id == owner, RulesVersion.valid_from <= on)
            .order_by(RulesVersion.valid_from.desc(), RulesVersion.number.desc())
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def prices_on(authority: Organisation, on: date) -> PriceListVersion | None:
    """The price list in force for an authority (or region) on a day."""
    for owner in _owners(authority):
        found = db.session.scalars(
            select(PriceListVersion)
            .where(PriceListVersion.owner_id == owner, PriceListVersion.valid_from <= on)
            .order_by(PriceListVersion.valid_from.desc(), PriceListVersion.number.desc())
            .limit(1)
        ).first()
        if found is not None:
            return found
    return None


def rules_version(public_id: str) -> RulesVersion | None:
    """One version of rules."""
    return db.session.scalars(
        select(RulesVersion).where(RulesVersion.public_id == public_id)
    ).first()


def price_version(public_id: str) -> PriceListVersion | None:
    """One version of a price list."""
    return db.session.scalars(
        select(PriceListVersion).where(PriceListVersion.public_id == public_id)
    ).first()


def authorities(region_id: int) -> list[Organisation]:
    """The authorities of a region, by name."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(
                Organisation.region_id == region_id,
                Organisation.kind == Kind.AUTHORITY,
                Organisation.ended_on.is_(None),
            )
            .order_by(Organisation.name)
        )
    )


def contractors(region_id: int) -> list[Organisation]:
    """The contractors that a region knows, by name."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(
                Organisation.region_id == region_id,
                Organisation.kind == Kind.CONTRACTOR,
                Organisation.ended_on.is_(None),
            )
            .order_by(Organisation.name)
        )
    )


def regions() -> list[Organisation]:
    """The regions of this installation."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(Organisation.kind == Kind.REGION, Organisation.ended_on.is_(None))
            .order_by(Organisation.name)
        )
    )


# Contracts ------------------------------------------------------------------------------------


def contract(public_id: str) -> Contract | None:
    """One contract."""
    return db.session.scalars(select(Contract).where(Contract.public_id == public_id)).first()


def _contracts(*conditions: ColumnElement[bool]) -> list[Contract]:
    return list(
        db.session.scalars(
            select(Contract)
            .options(
                joinedload(Contract.authority),
                joinedload(Contract.contractor),
                joinedload(Contract.rules_version),
                joinedload(Contract.prices_version),
            )
            .where(*conditions)
            .order_by(Contract.awarded_on.desc(), Contract.id.desc())
        )
    )


def contracts_of(organisation: Organisation) -> list[Contract]:
    """The contracts of a contractor, those in which it is partner or subcontractor included."""
    party = select(ContractParty.contract_id).where(
        ContractParty.organisation_id == organisation.id
    )
    return _contracts(
        or_(Contract.contractor_id == organisation.id, Contract.id.in_(party)),
        Contract.phase != Phase.WITHDRAWN,
    )


def contracts_at(organisation: Organisation) -> list[Contract]:
    """The contracts that staff of a region or of an authority look after."""
    column = Contract.region_id if organisation.kind == Kind.REGION else Contract.authority_id
    return _contracts(column == organisation.id, Contract.phase != Phase.WITHDRAWN)


def running() -> list[Contract]:
    """Every contract that runs, in the whole installation."""
    return _contracts(Contract.phase == Phase.ACTIVE)


def parties(contract: Contract) -> list[ContractParty]:
    """Partners and subcontractors."""
    return list(
        db.session.scalars(
            select(ContractParty)
            .options(joinedload(ContractParty.organisation))
            .where(ContractParty.contract_id == contract.id)
            .order_by(ContractParty.added_at, ContractParty.organisation_id)
        )
    )


def all_terms(contract: Contract) -> list[ContractTerms]:
    """What the contract said, oldest first."""
    return list(
        db.session.scalars(
            select(ContractTerms)
            .where(ContractTerms.contract_id == contract.id)
            .order_by(ContractTerms.number)
        )
    )


def invoices(contract: Contract) -> list[ContractInvoice]:
    """What was invoiced on a contract, oldest first."""
    return list(
        db.session.scalars(
            select(ContractInvoice)
            .where(ContractInvoice.contract_id == contract.id)
            .order_by(ContractInvoice.invoiced_on, ContractInvoice.id)
        )
    )


def plan(contract: Contract) -> Plan | None:
    """The newest plan of action."""
    return db.session.scalars(
        select(Plan).where(Plan.contract_id == contract.id).order_by(Plan.number.desc()).limit(1)
    ).first()


def entries(contract: Contract) -> list[LedgerEntry]:
    """Every entry of a contract, oldest first."""
    return list(
        db.session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.contract_id == contract.id)
            .order_by(LedgerEntry.number)
        )
    )


def rules_of(contract: Contract) -> RegionRules:
    """The rules that the contract keeps."""
    return rules_obligation.rules_of(contract.rules_version.document)


def prices_of(contract: Contract) -> PriceList:
    """The price list that the contract keeps."""
    return rules_prices.list_of(contract.prices_version.document)


def terms_of(category: str, row: ContractTerms, invoiced: int) -> Terms:
    """A row as the rules read it."""
    return Terms(
        category=Category(category),
        value=row.value,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        labour_share=row.labour_share,
        wages=row.wages,
        invoiced=invoiced,
        clause_points=row.clause_points,
        clause_base=Base(row.clause_base) if row.clause_base else None,
        clause_amount=row.clause_amount,
        reduced_points=row.reduced_points,
        reduced_reason=row.reason,
    )


@dataclass
class Account:
    """The figures of one contract, in cents. ``balance`` is the sum of its entries."""

    terms: ContractTerms
    calculation: Calculation
    balance: int = 0
    obliged: int = 0
    approved: int = 0
    over_cap: int = 0
    settled: int = 0
    by_effort: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    capped: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    declared: int = 0
    waiting: int = 0
    agreed: int = 0
    """What open agreements still have to bring, beyond what was declared or approved for them."""
    committed: int = 0
    """Approved, declared and agreed together: what is taken of the obligation."""
    committed_by_effort: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left: int = 0
    light: str = "good"

    @property
    def duty(self) -> int:
        """What the contract obliges to, before anything was waived, paid or carried away."""
        return self.obliged - min(0, self.settled)

    @property
    def room(self) -> int:
        """What may still be agreed: what the contract obliges to in the end less what is taken."""
        return max(0, max(self.obliged, self.calculation.expected + self.settled) - self.committed)


def account(contract: Contract, today: date) -> Account:
    """The figures of one contract."""
    return accounts([contract], today)[contract.id]


def accounts(contracts: Iterable[Contract], today: date) -> dict[int, Account]:
    """Contract id -> figures; the number of queries does not depend on how many there are."""
    rows = {one.id: one for one in contracts}
    ids = list(rows)
    newest: dict[int, ContractTerms] = {}
    for terms in db.session.scalars(
        select(ContractTerms)
        .where(ContractTerms.contract_id.in_(ids))
        .order_by(ContractTerms.number)
    ):
        newest[terms.contract_id] = terms
    invoiced = _invoiced(ids)
    found = {
        number: Account(
            terms=newest[number],
            calculation=rules_obligation.obligation(
                rules_of(one), terms_of(one.category, newest[number], invoiced.get(number, 0))
            ),
        )
        for number, one in rows.items()
    }
    _add_entries(found, ids)
    _add_efforts(found, ids)
    for number, one in found.items():
        one.left, one.light = prognosis(
            open_amount=one.balance,
            declared=one.declared,
            agreed=one.agreed,
            starts_on=one.terms.starts_on,
            ends_on=one.terms.ends_on,
            today=today,
        )
        if rows[number].phase != Phase.ACTIVE:
            one.light = "good"
    return found


def _invoiced(ids: Collection[int]) -> dict[int, int]:
    query = (
        select(ContractInvoice.contract_id, func.sum(ContractInvoice.amount))
        .where(ContractInvoice.contract_id.in_(ids))
        .group_by(ContractInvoice.contract_id)
    )
    return {int(number): int(amount) for number, amount in db.session.execute(query)}


def _add_entries(found: dict[int, Account], ids: Collection[int]) -> None:
    query = (
        select(
            LedgerEntry.contract_id,
            LedgerEntry.kind,
            LedgerEntry.effort,
            func.sum(LedgerEntry.cents),
        )
        .where(LedgerEntry.contract_id.in_(ids))
        .group_by(LedgerEntry.contract_id, LedgerEntry.kind, LedgerEntry.effort)
    )
    for number, kind, effort, amount in db.session.execute(query):
        one, amount = found[number], int(amount)
        one.balance += amount
        if kind == Booking.FULFILMENT:
            one.approved -= amount
            one.by_effort[effort] -= amount
        elif kind == Booking.CAP:
            one.over_cap += amount
            one.capped[effort] += amount
        else:
            one.obliged += amount
            one.settled += amount if kind != Booking.OBLIGATION else 0


def _add_efforts(found: dict[int, Account], ids: Collection[int]) -> None:
    """What was declared, and what agreements still have to bring."""
    linked: dict[int, int] = defaultdict(int)
    for row, verdict in _efforts(EffortRow.contract_id.in_(ids)):
        one = found[row.contract_id]
        if verdict is None:
            one.declared += row.declared_cents
            one.waiting += 1
        counts = counted(row, verdict)
        one.committed += counts
        one.committed_by_effort[row.effort] += counts
        if row.agreement_id:
            linked[row.agreement_id] += counts
    query = select(Agreement).where(Agreement.contract_id.in_(ids), Agreement.state == "agreed")
    for agreement in db.session.scalars(query):
        one = found[agreement.contract_id]
        rest = max(0, agreement.cents - linked[agreement.id])
        one.agreed += rest
        one.committed += rest
        one.committed_by_effort[agreement.effort] += rest


def counted(row: EffortRow, verdict: EffortVerdict | None) -> int:
    """What an effort takes of the obligation: its verdict, or what was declared."""
    return row.declared_cents if verdict is None else verdict.cents


# Efforts ----------------------------------------------------------------------------------------


def last_verdicts() -> ColumnElement[bool]:
    """The join of an effort with the verdict about it that holds."""
    other = aliased(EffortVerdict)
    newest = (
        select(func.max(other.number))
        .where(other.effort_id == EffortRow.id)
        .correlate(EffortRow)
        .scalar_subquery()
    )
    return and_(EffortVerdict.effort_id == EffortRow.id, EffortVerdict.number == newest)


def _efforts(*conditions: ColumnElement[bool]) -> list[tuple[EffortRow, EffortVerdict | None]]:
    query = (
        select(EffortRow, EffortVerdict)
        .outerjoin(EffortVerdict, last_verdicts())
        .options(
            joinedload(EffortRow.contract).joinedload(Contract.contractor),
            joinedload(EffortRow.contract).joinedload(Contract.authority),
        )
        .where(*conditions)
        .order_by(EffortRow.id)
    )
    return [(row, verdict) for row, verdict in db.session.execute(query)]


@dataclass(frozen=True)
class Effort:
    """An effort with the verdict that holds, and its files."""

    row: EffortRow
    verdict: EffortVerdict | None
    files: tuple[StoredFile, ...] = ()

    @property
    def state(self) -> str:
        """Declared, approved, refused or retracted."""
        return str(Verdict.DECLARED) if self.verdict is None else self.verdict.verdict


def _with_files(pairs: list[tuple[EffortRow, EffortVerdict | None]]) -> list[Effort]:
    files: dict[int, list[StoredFile]] = defaultdict(list)
    query = (
        select(EffortEvidence)
        .options(joinedload(EffortEvidence.file))
        .where(EffortEvidence.effort_id.in_([row.id for row, _ in pairs]))
        .order_by(EffortEvidence.file_id)
    )
    for evidence in db.session.scalars(query):
        files[evidence.effort_id].append(evidence.file)
    return [Effort(row, verdict, tuple(files[row.id])) for row, verdict in pairs]


def efforts(contract: Contract) -> list[Effort]:
    """Every effort of a contract, newest first."""
    return _with_files(_efforts(EffortRow.contract_id == contract.id))[::-1]


def effort(public_id: str) -> Effort | None:
    """One effort."""
    found = _with_files(_efforts(EffortRow.public_id == public_id))
    return found[0] if found else None


def state_of(row: EffortRow) -> Effort:
    """An effort as it is now."""
    return _with_files(_efforts(EffortRow.id == row.id))[0]


def verdicts(row: EffortRow) -> list[EffortVerdict]:
    """Every verdict about an effort, oldest first."""
    return list(
        db.session.scalars(
            select(EffortVerdict)
            .where(EffortVerdict.effort_id == row.id)
            .order_by(EffortVerdict.number)
        )
    )


def waiting_efforts(organisation: Organisation) -> list[Effort]:
    """What the officers of a region or authority still have to judge, oldest first."""
    column = Contract.region_id if organisation.kind == Kind.REGION else Contract.authority_id
    here = select(Contract.id).where(column == organisation.id, Contract.phase == Phase.ACTIVE)
    return _with_files(_efforts(EffortRow.contract_id.in_(here), EffortVerdict.id.is_(None)))


def evidence(public_id: str) -> tuple[StoredFile, Contract] | None:
    """A file with the contract that it belongs to."""
    row = db.session.execute(
        select(StoredFile, EffortRow)
        .join(EffortEvidence, EffortEvidence.file_id == StoredFile.id)
        .join(EffortRow, EffortRow.id == EffortEvidence.effort_id)
        .where(StoredFile.public_id == public_id)
    ).first()
    return (row[0], row[1].contract) if row else None


def live_of_invoice(invoice_id: int) -> list[EffortRow]:
    """The efforts that take a part of a supplier's invoice and were not turned down."""
    return [row for row, verdict in _efforts(EffortRow.invoice_id == invoice_id) if _live(verdict)]


def live_of_candidate(contractor_id: int, code: str) -> list[EffortRow]:
    """The efforts about one person of a contractor that were not turned down."""
    return [
        row
        for row, verdict in _efforts(
            EffortRow.contractor_id == contractor_id, EffortRow.candidate_code == code
        )
        if _live(verdict)
    ]


def _live(verdict: EffortVerdict | None) -> bool:
    return verdict is None or verdict.verdict == Verdict.APPROVED


def claim_of(row: EffortRow) -> Claim:
    """An effort as the price list reads it."""
    return Claim(
        item=row.item,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        hours=Decimal(row.hours) if row.hours else None,
        quantity=Decimal(row.quantity) if row.quantity else None,
        amount=row.amount,
        vat=row.vat,
        bonuses=tuple(row.bonuses),
        share=row.share,
    )


def invoice_of(row: EffortRow) -> Invoice:
    """The dates of a purchase."""
    assert row.invoiced_on is not None
    return Invoice(row.invoiced_on, row.delivered_on, row.paid_on)


def earlier(row: EffortRow) -> Earlier:
    """What was declared before of the same person: months on this row, bonuses had once."""
    if row.candidate_code is None:
        return rules_worth.NOTHING_EARLIER
    months, had = Fraction(0), set[str]()
    for other in live_of_candidate(row.contractor_id, row.candidate_code):
        if (row.id is not None and other.id >= row.id) or other.item != row.item:
            continue
        prices = prices_of(other.contract)
        found = rules_worth.worth(prices, claim_of(other), Earlier(months, frozenset(had)))
        months += found.months
        had.update(found.bonuses)
    return Earlier(months, frozenset(had))


# Agreements ---------------------------------------------------------------------------------------


def agreement(public_id: str) -> Agreement | None:
    """One agreement."""
    return db.session.scalars(select(Agreement).where(Agreement.public_id == public_id)).first()


def agreements(contract: Contract) -> list[Agreement]:
    """The agreements of a contract, newest first."""
    return list(
        db.session.scalars(
            select(Agreement)
            .options(joinedload(Agreement.enterprise))
            .where(Agreement.contract_id == contract.id)
            .order_by(Agreement.id.desc())
        )
    )


def agreements_with(enterprise: Organisation) -> list[Agreement]:
    """What contractors agreed with an enterprise, newest first."""
    return list(
        db.session.scalars(
            select(Agreement)
            .options(joinedload(Agreement.contract).joinedload(Contract.contractor))
            .where(Agreement.enterprise_id == enterprise.id)
            .order_by(Agreement.id.desc())
        )
    )


def booked(enterprise_id: int, offer: str | None = None) -> tuple[int, int]:
    """(units, cents) that agreements took of an enterprise, or of one of its offers."""
    query = select(func.sum(Agreement.units), func.sum(Agreement.cents)).where(
        Agreement.enterprise_id == enterprise_id, Agreement.state != "cancelled"
    )
    if offer is not None:
        query = query.where(Agreement.offer == offer)
    units, amount = db.session.execute(query).one()
    return int(units or 0), int(amount or 0)


def by_reference(reference: str) -> Agreement | None:
    """The agreement that something booked before."""
    return db.session.scalars(select(Agreement).where(Agreement.reference == reference)).first()


def handed_down(reference: str) -> Contract | None:
    """The contract that something handed down before."""
    return db.session.scalars(select(Contract).where(Contract.handed_down == reference)).first()


def recognised_suppliers(region_id: int) -> list[SupplierGround]:
    """Suppliers outside the register that a region recognises, newest first."""
    return list(
        db.session.scalars(
            select(SupplierGround)
            .where(SupplierGround.region_id == region_id)
            .order_by(SupplierGround.id.desc())
        )
    )


def officers_at(organisation_id: int) -> list[Person]:
    """The SROI officers of a region or authority."""
    return _people(organisation_id, Role.SROI_OFFICER)


def contacts_of(contractor_id: int) -> list[Person]:
    """Who acts for a contractor."""
    return _people(contractor_id, Role.CONTRACTOR)


def _people(organisation_id: int, role: str) -> list[Person]:
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == organisation_id,
                Membership.role == role,
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
                Person.disabled_at.is_(None),
            )
            .order_by(Person.id)
        )
    )


def reminded(contract: Contract) -> set[str]:
    """Which letters about a contract were sent."""
    query = select(SocialReminder.kind).where(SocialReminder.contract_id == contract.id)
    return set(db.session.scalars(query))
