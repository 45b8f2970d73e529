"""Reads of efforts with the verdict that holds, their files, and what counts already."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased, joinedload

from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.social_return import rules_worth
from impactmakelaar.social_return.models import (
    Contract,
    EffortEvidence,
    EffortRow,
    EffortVerdict,
)
from impactmakelaar.social_return.queries_versions import prices_of
from impactmakelaar.social_return.rules import (
    Phase,
    Verdict,
)
from impactmakelaar.social_return.rules_worth import Claim, Earlier, Invoice


def counted(row: EffortRow, verdict: EffortVerdict | None) -> int:
    """What an effort takes of the obligation: its verdict, or what was declared."""
    return row.declared_cents if verdict is None else verdict.cents


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


def efforts_with_verdicts(
    *conditions: ColumnElement[bool],
) -> list[tuple[EffortRow, EffortVerdict | None]]:
    query = (
        select(EffortRow, EffortVerdict)
        .outerjoin(EffortVerdict, last_verdicts())
        .options(
            joinedload(EffortRow.contract).joinedload(Contract.contractor),
            joinedload(EffortRow.contract).joinedload(Contract.authority),
            joinedload(EffortRow.contract).joinedload(Contract.rules_version),
            joinedload(EffortRow.contract).joinedload(Contract.prices_version),
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
    return _with_files(efforts_with_verdicts(EffortRow.contract_id == contract.id))[::-1]


def effort(public_id: str) -> Effort | None:
    """One effort."""
    found = _with_files(efforts_with_verdicts(EffortRow.public_id == public_id))
    return found[0] if found else None


def state_of(row: EffortRow) -> Effort:
    """An effort as it is now."""
    return _with_files(efforts_with_verdicts(EffortRow.id == row.id))[0]


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
    return _at(organisation, EffortVerdict.id.is_(None))


def approved_efforts(organisation: Organisation) -> list[Effort]:
    """What they approved on the contracts that run, oldest first."""
    return _at(organisation, EffortVerdict.verdict == Verdict.APPROVED)


def _at(organisation: Organisation, condition: ColumnElement[bool]) -> list[Effort]:
    column = Contract.region_id if organisation.kind == Kind.REGION else Contract.authority_id
    here = select(Contract.id).where(column == organisation.id, Contract.phase == Phase.ACTIVE)
    return _with_files(efforts_with_verdicts(EffortRow.contract_id.in_(here), condition))


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
    return [
        row
        for row, verdict in efforts_with_verdicts(EffortRow.invoice_id == invoice_id)
        if _live(verdict)
    ]


def same_again(row: EffortRow) -> bool:
    """Whether an effort without invoice or person stands in the contract word for word already."""
    same = [
        EffortRow.contract_id == row.contract_id,
        EffortRow.effort == row.effort,
        EffortRow.item == row.item,
        EffortRow.note == row.note,
        EffortRow.starts_on.is_not_distinct_from(row.starts_on),
        EffortRow.ends_on.is_not_distinct_from(row.ends_on),
        EffortRow.hours.is_not_distinct_from(row.hours),
        EffortRow.quantity.is_not_distinct_from(row.quantity),
        EffortRow.amount.is_not_distinct_from(row.amount),
    ]
    return any(_live(verdict) for _, verdict in efforts_with_verdicts(*same))


def live_of_candidate(contractor_id: int, code: str) -> list[EffortRow]:
    """The efforts about one person of a contractor that were not turned down."""
    return live_of_candidates([(contractor_id, code)])[contractor_id, code]


def live_of_candidates(
    people: Collection[tuple[int, str]],
) -> dict[tuple[int, str], list[EffortRow]]:
    """(contractor, code) -> the same, oldest first; one query for all."""
    found: dict[tuple[int, str], list[EffortRow]] = {one: [] for one in people}
    pairs = efforts_with_verdicts(
        EffortRow.contractor_id.in_({contractor for contractor, _ in people}),
        EffortRow.candidate_code.in_({code for _, code in people}),
    )
    for row, verdict in pairs:
        key = (row.contractor_id, row.candidate_code or "")
        if key in found and _live(verdict):
            found[key].append(row)
    return found


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
    return earlier_among(row, live_of_candidate(row.contractor_id, row.candidate_code))


def earlier_among(row: EffortRow, others: Collection[EffortRow]) -> Earlier:
    """The same, when the efforts about this person were read already."""
    months, had = Fraction(0), set[str]()
    for other in others:
        if (row.id is not None and other.id >= row.id) or other.item != row.item:
            continue
        prices = prices_of(other.contract)
        found = rules_worth.worth(prices, claim_of(other), Earlier(months, frozenset(had)))
        months += found.months
        had.update(found.bonuses)
    return Earlier(months, frozenset(had))
