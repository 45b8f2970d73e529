"""The price list of a region ("bouwblokken"), and what one effort is worth by it.

The values are policy, not cost: a place of work counts for an amount per year at full time, in
proportion to hours and months, with caps and bonuses. A list is a dated version; an obligation
keeps the version that it started with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import (
    PEOPLE,
    WHOLE,
    Effort,
)


class Unit(StrEnum):
    """What a price is for."""

    YEAR = "year"
    MONTH = "month"
    HOUR = "hour"
    DAY = "day"
    ONCE = "once"
    INVOICE = "invoice"


UNIT_LABELS = {
    Unit.YEAR: "per jaar",
    Unit.MONTH: "per maand",
    Unit.HOUR: "per uur",
    Unit.DAY: "per dag",
    Unit.ONCE: "per keer",
    Unit.INVOICE: "deel van de factuur",
}
OF_A_PERIOD = (Unit.YEAR, Unit.MONTH)
COUNTED = (Unit.HOUR, Unit.DAY, Unit.ONCE)
COUNTED_LABELS = {Unit.HOUR: "uur", Unit.DAY: "dagen", Unit.ONCE: "keer"}


@dataclass(frozen=True)
class Price:
    """One row of a list. ``amount`` is cents per unit, or basis points of an invoice.

    ``level`` tells rows of one group apart (bbl 1-2 and 3-4; less and more than two years).
    ``cap_months`` is how long one person counts; ``at_most`` caps one effort in cents.
    """

    code: str
    label: str
    effort: Effort
    unit: Unit
    amount: int
    group: str = ""
    level: str = ""
    by_hours: bool = True
    cap_months: int | None = None
    at_most: int | None = None

    @property
    def name(self) -> str:
        """Label with its level."""
        return f"{self.label} ({self.level})" if self.level else self.label


@dataclass(frozen=True)
class Bonus:
    """Extra value for a person. ``items`` names the rows for which it can be had (none: all).

    Two bonuses that exclude each other do not stack: the higher one counts.
    """

    code: str
    label: str
    amount: int
    once: bool = False
    items: frozenset[str] = frozenset()
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Weight:
    """For which part an invoice counts when the supplier is recognised on this ground.

    ``ground`` is ``badge``, ``sheltered`` or the code of a certificate; no levels means any.
    """

    ground: str
    label: str
    points: int
    levels: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PriceList:
    """The list of a region from a day on. ``full_time`` counts hours per week."""

    full_time: Decimal
    prices: tuple[Price, ...] = ()
    bonuses: tuple[Bonus, ...] = ()
    weights: tuple[Weight, ...] = ()

    def price(self, code: str) -> Price | None:
        """One row."""
        return next((one for one in self.prices if one.code == code), None)

    def of(self, effort: str) -> tuple[Price, ...]:
        """The rows of one kind of effort."""
        return tuple(one for one in self.prices if one.effort == effort)

    def bonuses_for(self, code: str) -> tuple[Bonus, ...]:
        """What can be had on top of a row."""
        found = self.price(code)
        if found is None or found.effort not in PEOPLE:
            return ()
        return tuple(one for one in self.bonuses if not one.items or code in one.items)


def list_of(document: Mapping[str, Any]) -> PriceList:
    """The list in a stored version."""
    return PriceList(
        full_time=Decimal(str(document.get("full_time", "36"))),
        prices=tuple(
            Price(
                code=one["code"],
                label=one["label"],
                effort=Effort(one["effort"]),
                unit=Unit(one["unit"]),
                amount=one["amount"],
                group=one.get("group", ""),
                level=one.get("level", ""),
                by_hours=one.get("by_hours", True),
                cap_months=one.get("cap_months"),
                at_most=one.get("at_most"),
            )
            for one in document.get("prices", [])
        ),
        bonuses=tuple(
            Bonus(
                code=one["code"],
                label=one["label"],
                amount=one["amount"],
                once=one.get("once", False),
                items=frozenset(one.get("items", [])),
                excludes=frozenset(one.get("excludes", [])),
            )
            for one in document.get("bonuses", [])
        ),
        weights=tuple(
            Weight(
                ground=one["ground"],
                label=one["label"],
                points=one["points"],
                levels=frozenset(one.get("levels", [])),
            )
            for one in document.get("weights", [])
        ),
    )


def document_of(found: PriceList) -> dict[str, Any]:
    """A list as it is stored."""
    return {
        "full_time": str(found.full_time),
        "prices": [
            {
                "code": one.code,
                "label": one.label,
                "effort": str(one.effort),
                "unit": str(one.unit),
                "amount": one.amount,
                "group": one.group,
                "level": one.level,
                "by_hours": one.by_hours,
                "cap_months": one.cap_months,
                "at_most": one.at_most,
            }
            for one in found.prices
        ],
        "bonuses": [
            {
                "code": one.code,
                "label": one.label,
                "amount": one.amount,
                "once": one.once,
                "items": sorted(one.items),
                "excludes": sorted(one.excludes),
            }
            for one in found.bonuses
        ],
        "weights": [
            {
                "ground": one.ground,
                "label": one.label,
                "points": one.points,
                "levels": sorted(one.levels),
            }
            for one in found.weights
        ],
    }


def check_list(found: PriceList) -> None:
    """Refuse a list that cannot work.

    :raises Refused: with a sentence that names the row.
    """
    if not 1 <= found.full_time <= 60:
        raise Refused("Een volledige werkweek telt 1 tot 60 uur.", "full_time")
    if not found.prices and not found.weights:
        raise Refused("De lijst is leeg. Voeg ten minste één bouwblok toe.")
    seen: set[str] = set()
    codes = {one.code for one in found.prices}
    extras = {one.code for one in found.bonuses}
    rows: list[Price | Bonus] = [*found.prices, *found.bonuses]
    for one in rows:
        if not one.code or not one.label:
            raise Refused("Elke regel heeft een code en een naam.")
        if one.code in seen:
            raise Refused(f"De code “{one.code}” staat er twee keer in.")
        seen.add(one.code)
        if one.amount < 0:
            raise Refused(f"“{one.label}”: een bedrag is nul of meer.")
    for price in found.prices:
        if price.unit == Unit.INVOICE and price.amount > WHOLE:
            raise Refused(f"“{price.label}”: van een factuur telt hoogstens 100 procent.")
    for bonus in found.bonuses:
        for unknown in sorted((bonus.items - codes) | (bonus.excludes - extras)):
            raise Refused(f"“{bonus.label}” noemt de onbekende code “{unknown}”.")
    for weight in found.weights:
        if not 0 <= weight.points <= WHOLE:
            raise Refused(f"“{weight.label}”: een gewicht ligt tussen 0 en 100 procent.")


def would_count(price: Price) -> int:
    """What one whole unit counts for: a year or month at full time, an hour, a day, a time."""
    return min(price.amount, price.at_most) if price.at_most is not None else price.amount
