"""What one effort counts for by a price list, with every step of the sum.

The steps show rounded amounts; the sum itself is exact and rounded once, at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from impactmakelaar.core.dutch import euros, long_date
from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import (
    DECIDING_LABELS,
    WHOLE,
    Deciding,
    Step,
    cents,
    decimal,
    months_between,
    percent,
)
from impactmakelaar.social_return.rules_obligation import RegionRules
from impactmakelaar.social_return.rules_prices import (
    COUNTED,
    COUNTED_LABELS,
    OF_A_PERIOD,
    UNIT_LABELS,
    Price,
    PriceList,
    Unit,
    Weight,
)


@dataclass(frozen=True)
class Claim:
    """What was done for one row of the list.

    A period with hours per week for rows per year or month; ``quantity`` for hours, days and
    times; ``amount`` for an invoice, in cents, with ``vat`` in basis points when it is included.
    ``share`` is the part that counts here when an effort is split.
    """

    item: str
    starts_on: date | None = None
    ends_on: date | None = None
    hours: Decimal | None = None
    quantity: Decimal | None = None
    amount: int | None = None
    vat: int | None = None
    bonuses: tuple[str, ...] = ()
    share: int = WHOLE


@dataclass(frozen=True)
class Worth:
    """What a claim counts for, with every step; ``months`` is what it uses of a cap in months."""

    amount: int
    steps: tuple[Step, ...]
    months: Fraction = Fraction(0)
    bonuses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Earlier:
    """What was counted before for the same person: months on this row, bonuses had once."""

    months: Fraction = Fraction(0)
    bonuses: frozenset[str] = frozenset()


NOTHING_EARLIER = Earlier()


def worth(found: PriceList, claim: Claim, earlier: Earlier = NOTHING_EARLIER) -> Worth:
    """What an effort counts for by a list.

    :raises Refused: when the list has no such row, or something is missing for its unit.
    """
    price = found.price(claim.item)
    if price is None:
        raise Refused("De prijslijst van de opdrachtgever kent deze vorm niet.", "item")
    if price.unit in OF_A_PERIOD:
        return _of_period(found, price, claim, earlier)
    if price.unit in COUNTED:
        return _counted(price, claim)
    return invoiced(claim, price.amount, f"“{price.name}”", price.at_most)


def _of_period(found: PriceList, price: Price, claim: Claim, earlier: Earlier) -> Worth:
    if claim.starts_on is None or claim.ends_on is None or claim.ends_on < claim.starts_on:
        raise Refused("Vul de eerste en de laatste dag in.", "starts_on")
    steps = [Step(f"“{price.name}” telt {euros(price.amount)} {UNIT_LABELS[price.unit]}.")]
    months, step = _months(price, claim, earlier)
    steps += step
    ratio = months / 12 if price.unit == Unit.YEAR else months
    sum_text = f"{decimal(months)}/12" if price.unit == Unit.YEAR else decimal(months)
    hours = Fraction(1)
    if price.by_hours:
        hours, text, step = _hours(found, claim)
        sum_text = f"{text} × {sum_text}"
        steps += step
    exact = Fraction(price.amount) * ratio * hours
    steps.append(Step(f"{euros(price.amount)} × {sum_text} = {euros(cents(exact))}.", cents(exact)))
    extra, had, more = _bonuses(
        found, claim, ratio if price.unit == Unit.YEAR else ratio / 12, hours, earlier
    )
    steps += more
    return _finish(exact + extra, price.at_most, claim.share, steps, months, had)


def _months(price: Price, claim: Claim, earlier: Earlier) -> tuple[Fraction, list[Step]]:
    assert claim.starts_on is not None
    assert claim.ends_on is not None
    months = months_between(claim.starts_on, claim.ends_on)
    if price.cap_months is None:
        return months, []
    left = max(Fraction(0), price.cap_months - earlier.months)
    if months <= left:
        return months, []
    used = f", waarvan al {decimal(earlier.months)} geteld" if earlier.months else ""
    return left, [
        Step(
            f"Van {decimal(months)} maanden tellen er {decimal(left)}: "
            f"een persoon telt hoogstens {price.cap_months} maanden mee{used}."
        )
    ]


def _hours(found: PriceList, claim: Claim) -> tuple[Fraction, str, list[Step]]:
    if claim.hours is None or claim.hours <= 0:
        raise Refused("Vul het aantal uren per week in.", "hours")
    full = f"{decimal(found.full_time)}"
    if claim.hours <= found.full_time:
        return (
            Fraction(claim.hours) / Fraction(found.full_time),
            f"{decimal(claim.hours)}/{full}",
            [],
        )
    return (
        Fraction(1),
        f"{full}/{full}",
        [Step(f"Meer dan {full} uur per week telt als een volle werkweek.")],
    )


def _bonuses(
    found: PriceList, claim: Claim, years: Fraction, hours: Fraction, earlier: Earlier
) -> tuple[Fraction, tuple[str, ...], list[Step]]:
    """The exact extra value, which bonuses were given, and the steps."""
    allowed = {one.code: one for one in found.bonuses_for(claim.item)}
    total = Fraction(0)
    given: list[str] = []
    steps: list[Step] = []
    chosen = sorted(set(claim.bonuses), key=lambda c: -allowed[c].amount if c in allowed else 0)
    for code in chosen:
        bonus = allowed.get(code)
        if bonus is None:
            raise Refused("Deze bonus hoort niet bij dit bouwblok.", "bonuses")
        blocker = next(
            (allowed[g] for g in given if g in bonus.excludes or code in allowed[g].excludes), None
        )
        if blocker is not None:
            steps.append(Step(f"“{bonus.label}” telt niet samen met “{blocker.label}”."))
            continue
        if bonus.once and code in earlier.bonuses:
            steps.append(Step(f"“{bonus.label}” telt één keer en is al geteld."))
            continue
        exact = Fraction(bonus.amount) if bonus.once else Fraction(bonus.amount) * years * hours
        total += exact
        given.append(code)
        how = "één keer" if bonus.once else f"naar rato van {euros(bonus.amount)} per jaar"
        steps.append(Step(f"“{bonus.label}”: {euros(cents(exact))} erbij ({how}).", cents(exact)))
    return total, tuple(given), steps


def _counted(price: Price, claim: Claim) -> Worth:
    if claim.quantity is None or claim.quantity <= 0:
        raise Refused("Vul het aantal in.", "quantity")
    exact = Fraction(price.amount) * Fraction(claim.quantity)
    count = f"{decimal(claim.quantity)} {COUNTED_LABELS[price.unit]}"
    steps = [
        Step(f"“{price.name}” telt {euros(price.amount)} {UNIT_LABELS[price.unit]}."),
        Step(f"{euros(price.amount)} × {count} = {euros(cents(exact))}.", cents(exact)),
    ]
    return _finish(exact, price.at_most, claim.share, steps)


def without_vat(amount: int, vat: int | None) -> Fraction:
    """An amount without VAT, exact; ``vat`` in basis points when it is included."""
    return Fraction(amount) if vat is None else Fraction(amount) * WHOLE / (WHOLE + vat)


def invoiced(claim: Claim, points: int, ground: str, at_most: int | None = None) -> Worth:
    """What an invoice counts for at a weight.

    :raises Refused: when there is no amount.
    """
    if claim.amount is None or claim.amount <= 0:
        raise Refused("Vul het bedrag van de factuur in.", "amount")
    net = without_vat(claim.amount, claim.vat)
    steps = []
    if claim.vat is not None:
        steps.append(
            Step(
                f"{euros(claim.amount)} met {percent(claim.vat)} btw is {euros(cents(net))} zonder."
            )
        )
    exact = net * points / WHOLE
    steps.append(
        Step(
            f"{ground} telt voor {percent(points)}: {euros(cents(net))} × {percent(points)} = "
            f"{euros(cents(exact))}.",
            cents(exact),
        )
    )
    return _finish(exact, at_most, claim.share, steps)


def _finish(
    exact: Fraction,
    at_most: int | None,
    share: int,
    steps: list[Step],
    months: Fraction = Fraction(0),
    bonuses: tuple[str, ...] = (),
) -> Worth:
    """The cap of one effort, then the share, then the one rounding."""
    if at_most is not None and exact > at_most:
        exact = Fraction(at_most)
        steps.append(Step(f"Eén inspanning telt hoogstens voor {euros(at_most)}.", at_most))
    if share != WHOLE:
        exact = exact * share / WHOLE
        steps.append(Step(f"Hiervan telt {percent(share)} voor deze opdracht.", cents(exact)))
    amount = cents(exact)
    steps.append(Step(f"Telt voor {euros(amount)}.", amount))
    return Worth(amount, tuple(steps), months * share / WHOLE, bonuses)


# Social purchasing --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """On what a supplier is recognised on a day, and until when as far as is known."""

    ground: str
    label: str
    level: str = ""
    last_day: date | None = None


@dataclass(frozen=True)
class Grounds:
    """What a supplier was on a day in a region; ``why_not`` says what it lacked."""

    held: tuple[Ground, ...] = ()
    why_not: str = "Deze leverancier staat niet in het register van de opdrachtgever."


@dataclass(frozen=True)
class Invoice:
    """The dates of an invoice."""

    invoiced_on: date
    delivered_on: date | None = None
    paid_on: date | None = None


def deciding_day(rules: RegionRules, invoice: Invoice) -> date:
    """The day on which the supplier must be recognised, under these rules.

    :raises Refused: when that date was not filled in.
    """
    if rules.deciding == Deciding.DELIVERY:
        if invoice.delivered_on is None:
            raise Refused(
                "Vul de datum van levering in: die telt bij deze opdrachtgever.", "delivered_on"
            )
        return invoice.delivered_on
    if rules.deciding == Deciding.PAYMENT:
        if invoice.paid_on is None:
            raise Refused(
                "Vul de datum van betaling in: die telt bij deze opdrachtgever.", "paid_on"
            )
        return invoice.paid_on
    return invoice.invoiced_on


def best_weight(found: PriceList, grounds: Sequence[Ground]) -> tuple[Weight, Ground] | None:
    """The ground that counts most; of equal ones the first of the list."""
    best: tuple[Weight, Ground] | None = None
    for weight in found.weights:
        for ground in grounds:
            fits = weight.ground == ground.ground and (
                not weight.levels or ground.level in weight.levels
            )
            if fits and (best is None or weight.points > best[0].points):
                best = (weight, ground)
    return best


def purchase(
    rules: RegionRules, found: PriceList, claim: Claim, invoice: Invoice, grounds: Grounds
) -> Worth:
    """What a purchase counts for; 0 with the reason when it does not count.

    ``grounds`` are those of the deciding day.
    """
    day = deciding_day(rules, invoice)
    which = f"Beslissend is de {DECIDING_LABELS[rules.deciding]}: {long_date(day)}."
    steps = [Step(which)]
    if rules.paid_only and invoice.paid_on is None:
        steps.append(Step("Telt niet: de factuur is nog niet betaald.", 0))
        return Worth(0, tuple(steps))
    best = best_weight(found, grounds.held)
    if best is None:
        if grounds.held:
            names = " en ".join(one.label for one in grounds.held)
            reason = f"de leverancier had op die dag {names}, en dat telt hier niet"
            steps.append(Step(f"Telt niet: {reason}.", 0))
        else:
            steps.append(Step(f"Telt niet. {grounds.why_not}", 0))
        return Worth(0, tuple(steps))
    weight, ground = best
    steps.append(Step(f"De leverancier had op die dag: {ground.label}."))
    counted = invoiced(claim, weight.points, f"“{weight.label}”")
    return Worth(counted.amount, (*steps, *counted.steps))
