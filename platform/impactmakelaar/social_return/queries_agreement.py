"""Reads of agreements with enterprises, and of what they took already."""

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
)


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
