"""What one unit of an offer is, and what it counts for under the rules of a contract."""

from dataclasses import dataclass
from datetime import date

from impactmakelaar.core.dutch import euros
from impactmakelaar.social_return.rules import EFFORT_LABELS, Effort, Step
from impactmakelaar.social_return.rules_obligation import RegionRules
from impactmakelaar.social_return.rules_prices import UNIT_LABELS, Price, PriceList, would_count
from impactmakelaar.social_return.rules_worth import Claim, Grounds, Invoice, purchase

LOT = 100_000
"""A purchase is agreed in lots of 1,000 euros."""
LOTS, PLACES = 25, 1
"""What an offer derived from a profile starts with."""


@dataclass(frozen=True)
class Unit:
    """One unit of an offer: a purchase of ``amount`` cents, or a whole unit of a price-list row.

    Without ``item`` the row of this kind is taken that counts least, so that nobody is promised
    more than he gets.
    """

    effort: str
    item: str = ""
    amount: int | None = None


@dataclass(frozen=True)
class Counts:
    """What one unit counts for, in cents, by which row, with the sum in words."""

    cents: int
    item: str
    steps: tuple[Step, ...]


def row_of(unit: Unit, prices: PriceList) -> Price | None:
    """The row of the list for this unit."""
    if unit.item:
        found = prices.price(unit.item)
        return found if found is not None and found.effort == unit.effort else None
    rows = [one for one in prices.of(unit.effort) if would_count(one) > 0]
    return min(rows, key=lambda one: (would_count(one), one.code), default=None)


def counts(
    unit: Unit, rules: RegionRules, prices: PriceList, grounds: Grounds, day: date
) -> Counts:
    """What one unit counts for on a day; 0 cents, with the reason, when it does not count."""
    if unit.effort == Effort.PURCHASE:
        claim, invoice = Claim("", amount=unit.amount), Invoice(day, day, day)
        found = purchase(rules, prices, claim, invoice, grounds)
        return Counts(found.amount, "", found.steps)
    row = row_of(unit, prices)
    if row is None:
        return Counts(0, "", (Step("De prijslijst van de opdrachtgever kent deze vorm niet.", 0),))
    cents = would_count(row)
    text = f"“{row.name}” telt voor {euros(cents)} {UNIT_LABELS[row.unit]}."
    return Counts(cents, row.code, (Step(text, cents),))


def describe(effort: str, amount: int | None, units: int) -> str:
    """``inkoop voor € 12.000``, ``2 × werkplek``."""
    if effort == Effort.PURCHASE:
        return f"inkoop voor {euros((amount or 0) * units)}"
    return f"{units} × {EFFORT_LABELS[Effort(effort)].lower()}"
