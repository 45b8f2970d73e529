"""Reads of agreements with enterprises, and of what they took already."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return import queries_effort
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    EffortRow,
)
from impactmakelaar.social_return.rules_agreement import Agreed, taken


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


def counted(rows: Collection[Agreement]) -> dict[int, int]:
    """Agreement id -> cents that its efforts count for: approved, or declared and not judged."""
    found: dict[int, int] = defaultdict(int)
    ids = [row.id for row in rows]
    pairs = queries_effort.efforts_with_verdicts(EffortRow.agreement_id.in_(ids)) if ids else []
    for effort, verdict in pairs:
        if effort.agreement_id is not None:
            found[effort.agreement_id] += queries_effort.counted(effort, verdict)
    return found


def taken_of(enterprise_ids: Collection[int]) -> dict[tuple[int, str], tuple[int, int]]:
    """(enterprise, offer) -> (units, cents) that agreements take of it (``rules_agreement``)."""
    rows = list(
        db.session.scalars(select(Agreement).where(Agreement.enterprise_id.in_(enterprise_ids)))
    )
    counts = counted([row for row in rows if row.state == Agreed.CANCELLED])
    found: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        key = (row.enterprise_id, row.offer)
        units, cents = taken(row.state, row.units, row.cents, counts.get(row.id, 0))
        found[key] = (found[key][0] + units, found[key][1] + cents)
    return found


def by_reference(reference: str) -> Agreement | None:
    """The agreement that something booked before."""
    return db.session.scalars(select(Agreement).where(Agreement.reference == reference)).first()
