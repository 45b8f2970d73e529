"""Reads of the ledger: versions in force, contracts with their accounts, efforts, agreements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import rules_obligation
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    ContractInvoice,
    ContractParty,
    ContractTerms,
    EffortRow,
    LedgerEntry,
    Plan,
    SocialReminder,
)
from impactmakelaar.social_return.queries_effort import counted, efforts_with_verdicts
from impactmakelaar.social_return.queries_versions import rules_of
from impactmakelaar.social_return.rules import (
    Base,
    Booking,
    Category,
    Phase,
    prognosis,
)
from impactmakelaar.social_return.rules_agreement import Agreed
from impactmakelaar.social_return.rules_obligation import Calculation, Terms

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
    for row, verdict in efforts_with_verdicts(EffortRow.contract_id.in_(ids)):
        one = found[row.contract_id]
        if verdict is None:
            one.declared += row.declared_cents
            one.waiting += 1
        counts = counted(row, verdict)
        one.committed += counts
        one.committed_by_effort[row.effort] += counts
        if row.agreement_id:
            linked[row.agreement_id] += counts
    query = select(Agreement).where(
        Agreement.contract_id.in_(ids), Agreement.state == Agreed.AGREED
    )
    for agreement in db.session.scalars(query):
        one = found[agreement.contract_id]
        rest = max(0, agreement.cents - linked[agreement.id])
        one.agreed += rest
        one.committed += rest
        one.committed_by_effort[agreement.effort] += rest


def handed_down(reference: str) -> Contract | None:
    """The contract that something handed down before."""
    return db.session.scalars(select(Contract).where(Contract.handed_down == reference)).first()


def officers_at(organisation_id: int) -> list[Person]:
    """The SROI officers of a region or authority."""
    return _people(organisation_id, Role.SROI_OFFICER)


def contacts_of(contractor_id: int) -> list[Person]:
    """Who acts for a contractor."""
    return _people(contractor_id, Role.CONTRACTOR)


def entrepreneurs_of(enterprise_id: int) -> list[Person]:
    """Who acts for an enterprise."""
    return _people(enterprise_id, Role.ENTREPRENEUR)


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


def reminded(contracts: Collection[Contract]) -> dict[int, set[str]]:
    """Contract id -> which letters about it were sent."""
    found: dict[int, set[str]] = {one.id: set() for one in contracts}
    query = select(SocialReminder).where(SocialReminder.contract_id.in_(found))
    for row in db.session.scalars(query):
        found[row.contract_id].add(row.kind)
    return found
