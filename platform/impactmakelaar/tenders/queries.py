"""Reads about requests and what an organisation set."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.models import BuyerSettings, Mandate, Tender, TenderErasure

KEPT = ~exists().where(TenderErasure.tender_id == Tender.id)
"""What was erased after its term of keeping exists for nobody."""


@dataclass(frozen=True)
class Settings:
    """How an organisation buys; the values hold until it says otherwise."""

    open_with: int = 2
    keep_years: int = 7
    standstill_days: int = 0


def settings(organisation_id: int) -> Settings:
    """What an organisation set, or the defaults."""
    row = db.session.get(BuyerSettings, organisation_id)
    if row is None:
        return Settings()
    return Settings(row.open_with, row.keep_years, row.standstill_days)


def keys_needed(row: Tender) -> int:
    """How many people open the box of a request: as its organisation had it at the invitation."""
    settled = rules.complete(row.document)["open_with"]
    return int(settled) if settled else settings(row.organisation_id).open_with


def mandates(organisation_id: int) -> list[tuple[str, Person]]:
    """(procedure, person) of every mandate."""
    rows = db.session.execute(
        select(Mandate.procedure, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.organisation_id == organisation_id)
        .order_by(Mandate.procedure, Person.name)
    )
    return [(procedure, person) for procedure, person in rows]


def buyers(organisation: Organisation) -> list[Person]:
    """Who buys for an organisation today."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == organisation.id,
                Membership.role == Role.BUYER,
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Person.name, Person.id)
        )
    )


def tender(public_id: str) -> Tender | None:
    """One request."""
    return db.session.scalars(
        select(Tender)
        .options(joinedload(Tender.organisation), joinedload(Tender.created_by))
        .where(Tender.public_id == public_id, KEPT)
    ).first()


def tenders_of(organisation: Organisation) -> list[Tender]:
    """An organisation's requests, the last changed first."""
    return list(
        db.session.scalars(
            select(Tender)
            .where(Tender.organisation_id == organisation.id, KEPT)
            .order_by(Tender.updated_at.desc(), Tender.id.desc())
        )
    )


def value_of(row: Tender) -> rules.Value:
    """The estimated value of a request."""
    return rules.Value(row.value_low, row.value_high)


def facts_of(row: Tender) -> rules.Facts:
    """What decides whether the steps are done."""
    return rules.Facts(
        kind=row.kind,
        title=row.title,
        cpv=row.cpv,
        category=row.category,
        value=value_of(row),
        value_is_unknown=row.value_unknown,
        deadline_at=row.deadline_at,
        document=rules.complete(row.document),
    )


def tender_by_source(organisation_id: int, source_id: str) -> Tender | None:
    """The request that was made from a notice."""
    return db.session.scalars(
        select(Tender).where(
            Tender.organisation_id == organisation_id, Tender.source_id == source_id
        )
    ).first()


def closing_soon(now: datetime, until: datetime) -> list[Tender]:
    """Running requests that close between two instants and were not reminded of."""
    return list(
        db.session.scalars(
            select(Tender)
            .where(
                Tender.stage == rules.Stage.INVITED,
                Tender.deadline_at > now,
                Tender.deadline_at <= until,
                Tender.reminded_at.is_(None),
            )
            .order_by(Tender.id)
        )
    )
