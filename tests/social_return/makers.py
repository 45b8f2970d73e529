"""Makers of social return: a region with rules and a list, and a contract that runs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import queries_versions, services
from impactmakelaar.social_return.models import Contract, PriceListVersion, RulesVersion
from impactmakelaar.social_return.rules import Category
from impactmakelaar.social_return.rules_obligation import DEFAULT_RULES
from impactmakelaar.social_return.rules_prices import PriceList, document_of
from impactmakelaar.social_return.services import Heading, Stated
from tests.makers import make, make_member, make_organisation, make_region
from tests.social_return.lists import HAAGLANDEN

from tests.makers import THEN  # isort: skip

TODAY = date(2026, 11, 24)
SINCE = date(2020, 1, 1)
STATED = Stated(value=40_000_000, starts_on=date(2026, 1, 1), ends_on=date(2027, 12, 31))


@dataclass
class Place:
    """Who there is: a region, an authority, a contractor, and who works for them."""

    region: Organisation
    authority: Organisation
    contractor: Organisation
    officer: Person
    buyer: Person
    builder: Person


def make_rules(owner: Organisation, valid_from: date = SINCE, **changes: Any) -> RulesVersion:
    """The next version of an owner's rules."""
    return make(
        RulesVersion(
            owner_id=owner.id,
            number=len(queries_versions.rules_versions(owner)) + 1,
            valid_from=valid_from,
            document={**DEFAULT_RULES, **changes},
            created_at=THEN,
        )
    )


def make_prices(
    owner: Organisation, found: PriceList = HAAGLANDEN, valid_from: date = SINCE
) -> PriceListVersion:
    """The next version of an owner's list."""
    return make(
        PriceListVersion(
            owner_id=owner.id,
            number=len(queries_versions.price_versions(owner)) + 1,
            valid_from=valid_from,
            document=document_of(found),
            created_at=THEN,
        )
    )


def make_place(region: Organisation | None = None, **rules: Any) -> Place:
    """A region where the rules of Bloemendaal and the list of Haaglanden hold."""
    region = region or make_region()
    authority = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    contractor = make_organisation(
        Kind.CONTRACTOR, "Bouwbedrijf", region_id=region.id, kvk_number="90000001"
    )
    make_rules(region, **rules)
    make_prices(region)
    return Place(
        region,
        authority,
        contractor,
        officer=make_member(region, Role.SROI_OFFICER),
        buyer=make_member(authority, Role.BUYER),
        builder=make_member(contractor, Role.CONTRACTOR),
    )


def heading(number: str = "2026-001", **fields: Any) -> Heading:
    """Which contract."""
    values: dict[str, Any] = {
        "title": "Onderhoud wegen",
        "number": number,
        "category": Category.SERVICES,
        "awarded_on": date(2026, 1, 1),
    }
    return Heading(**values | fields)


def make_contract(place: Place, number: str = "2026-001", stated: Stated = STATED) -> Contract:
    """A contract whose obligation was laid down: 20,000 euros unless said otherwise."""
    row = services.register_contract(
        authority=place.authority,
        contractor=place.contractor,
        heading=heading(number),
        stated=stated,
        by=place.builder,
    )
    services.submit(row=row, by=place.builder)
    services.confirm(row=row, by=place.officer, today=TODAY)
    return row
