"""Reads of the versions of rules and price lists, and of whose they are."""

from datetime import date

from sqlalchemy import select

from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.social_return import rules_obligation, rules_prices
from impactmakelaar.social_return.models import (
    Contract,
    PriceListVersion,
    RulesVersion,
    SupplierGround,
)
from impactmakelaar.social_return.rules_obligation import RegionRules
from impactmakelaar.social_return.rules_prices import PriceList


def rules_versions(owner: Organisation) -> list[RulesVersion]:
    """Every version of an owner, newest first."""
    return list(
        db.session.scalars(
            select(RulesVersion)
            .where(RulesVersion.owner_id == owner.id)
            .order_by(RulesVersion.valid_from.desc(), RulesVersion.number.desc())
        )
    )


def newest_rules(owner: Organisation) -> tuple[RegionRules, int]:
    """(rules of the version with the highest number, that number); the defaults and 0 for none."""
    newest = max(rules_versions(owner), key=lambda one: one.number, default=None)
    document = newest.document if newest else {}
    return rules_obligation.rules_of(document), newest.number if newest else 0


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


def recognised_suppliers(region_id: int) -> list[SupplierGround]:
    """Suppliers outside the register that a region recognises, newest first."""
    return list(
        db.session.scalars(
            select(SupplierGround)
            .where(SupplierGround.region_id == region_id)
            .order_by(SupplierGround.id.desc())
        )
    )


def rules_of(contract: Contract) -> RegionRules:
    """The rules that the contract keeps."""
    return rules_obligation.rules_of(contract.rules_version.document)


def prices_of(contract: Contract) -> PriceList:
    """The price list that the contract keeps."""
    return rules_prices.list_of(contract.prices_version.document)
