"""Reads for the public page of a region."""

from datetime import date

from sqlalchemy import select

from impactmakelaar.core.db import db
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.register.models_region import RegionParty


def regions() -> list[Organisation]:
    """Every region of this site, by name."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(Organisation.kind == Kind.REGION, Organisation.ended_on.is_(None))
            .order_by(Organisation.name)
        )
    )


def region(public_id: str) -> Organisation | None:
    """A region that did not end."""
    row = organisations.by_public_id(public_id)
    return row if row is not None and row.kind == Kind.REGION and row.ended_on is None else None


def municipalities(row: Organisation, on: date) -> list[str]:
    """The names of the municipalities that take part on a day."""
    return sorted(
        reference().municipality_name(one.municipality_code)
        for one in organisations.region_municipalities(row)
        if one.valid_from <= on and (one.valid_until is None or on <= one.valid_until)
    )


def parties(row: Organisation) -> list[RegionParty]:
    """What the page tells now, by name."""
    return list(
        db.session.scalars(
            select(RegionParty)
            .where(RegionParty.region_id == row.id, RegionParty.removed_at.is_(None))
            .order_by(RegionParty.name, RegionParty.id)
        )
    )


def party(row: Organisation, public_id: str) -> RegionParty | None:
    """A line of this region's page."""
    return next((one for one in parties(row) if one.public_id == public_id), None)
