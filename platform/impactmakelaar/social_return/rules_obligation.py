"""The rules of a region as one dated document, and what a contract obliges to under them.

Social return is a policy of a region, laid down in the clause of a contract: the numbers here are
dated data (``RegionRules``), never constants.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import (
    BASE_LABELS,
    CATEGORY_LABELS,
    WHOLE,
    Base,
    Category,
    Deciding,
    Effort,
    Step,
    Unmet,
    cents,
    decimal,
    months_between,
    part,
    percent,
)


@dataclass(frozen=True)
class CategoryRule:
    """From which value an obligation arises (None: never) and at which percentage."""

    threshold: int | None
    points: int


@dataclass(frozen=True)
class RegionRules:
    """When an obligation arises and how it may be fulfilled, as one version of a region says.

    ``labour_low`` is the percentage that remains for the ``labour_categories`` when the labour
    share is below ``labour_minimum``; 0 means that no obligation arises then.
    """

    categories: Mapping[str, CategoryRule]
    at_threshold: bool = True
    """Whether a value equal to the threshold counts ("vanaf" instead of "boven")."""
    minimum_months: int | None = None
    labour_categories: tuple[str, ...] = ()
    labour_minimum: int | None = None
    labour_low: int = 0
    base: Base = Base.VALUE
    efforts: tuple[Effort, ...] = tuple(Effort)
    caps: Mapping[str, int] = field(default_factory=dict)
    """Effort -> the part of the obligation that it may fill at most, in basis points."""
    deciding: Deciding = Deciding.INVOICE
    paid_only: bool = False
    started_before: int | None = 12
    """Somebody may have started at most so many months before the contract; None: no limit."""
    unmet: Unmet = Unmet.DISCUSS
    contact_days: int = 7
    note: str = ""


DEFAULT_RULES: dict[str, Any] = {
    "categories": {
        "works": {"threshold": 20_000_000, "points": 500},
        "services": {"threshold": 20_000_000, "points": 500},
        "supplies": {"threshold": 20_000_000, "points": 500},
        "social": {"threshold": None, "points": 500},
    },
    "at_threshold": True,
    "minimum_months": None,
    "labour_categories": ["supplies"],
    "labour_minimum": 3_000,
    "labour_low": 0,
    "base": "value",
    "efforts": [str(one) for one in Effort],
    "caps": {},
    "deciding": "invoice",
    "paid_only": False,
    "started_before": 12,
    "unmet": "discuss",
    "contact_days": 7,
    "note": "",
}
"""What the form of a first version starts with: the published rules of Bloemendaal (2021)."""


def rules_of(document: Mapping[str, Any]) -> RegionRules:
    """The rules in a stored version."""
    whole = {**DEFAULT_RULES, **document}
    return RegionRules(
        categories={
            key: CategoryRule(one["threshold"], one["points"])
            for key, one in whole["categories"].items()
        },
        at_threshold=whole["at_threshold"],
        minimum_months=whole["minimum_months"],
        labour_categories=tuple(whole["labour_categories"]),
        labour_minimum=whole["labour_minimum"],
        labour_low=whole["labour_low"],
        base=Base(whole["base"]),
        efforts=tuple(Effort(one) for one in whole["efforts"]),
        caps=dict(whole["caps"]),
        deciding=Deciding(whole["deciding"]),
        paid_only=whole["paid_only"],
        started_before=whole["started_before"],
        unmet=Unmet(whole["unmet"]),
        contact_days=whole["contact_days"],
        note=whole["note"],
    )


def check_rules(rules: RegionRules) -> None:
    """Refuse rules that cannot work.

    :raises Refused: with the field that is wrong.
    """
    if not rules.efforts:
        raise Refused("Kies ten minste één manier om de verplichting in te vullen.", "efforts")
    for key, one in rules.categories.items():
        if not 0 <= one.points <= WHOLE:
            raise Refused("Een percentage ligt tussen 0 en 100.", f"points_{key}")
    for effort, points in rules.caps.items():
        if not 0 <= points <= WHOLE:
            raise Refused("Een maximum ligt tussen 0 en 100 procent.", f"cap_{effort}")
    if rules.labour_minimum is not None and not 0 <= rules.labour_minimum <= WHOLE:
        raise Refused("Het loondeel ligt tussen 0 en 100 procent.", "labour_minimum")
    if rules.labour_low > max((one.points for one in rules.categories.values()), default=0):
        raise Refused("Dit is hoger dan het gewone percentage.", "labour_low")


# The obligation of a contract ----------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What is known of a contract on a moment. ``ends_on`` is its last day.

    A clause in the contract goes before the rules; ``reduced_points`` is the lower percentage
    that an officer set with a reason.
    """

    category: Category
    value: int
    starts_on: date
    ends_on: date
    labour_share: int | None = None
    wages: int | None = None
    invoiced: int = 0
    clause_points: int | None = None
    clause_base: Base | None = None
    clause_amount: int | None = None
    reduced_points: int | None = None
    reduced_reason: str = ""


@dataclass(frozen=True)
class Calculation:
    """An amount with the steps that lead to it. ``expected`` is the amount when all is invoiced."""

    amount: int
    steps: tuple[Step, ...]
    arises: bool = True
    expected: int = 0


def obligation(rules: RegionRules, terms: Terms) -> Calculation:
    """What a contract obliges to, with every step."""
    steps: list[Step] = []
    if terms.clause_amount is not None:
        steps.append(Step("Het contract noemt zelf een bedrag.", terms.clause_amount))
        return Calculation(terms.clause_amount, tuple(steps), True, terms.clause_amount)
    points = _points(rules, terms, steps)
    if points is None:
        return Calculation(0, tuple(steps), arises=False)
    if terms.reduced_points is not None:
        steps.append(
            Step(f"Verlaagd naar {percent(terms.reduced_points)}, omdat: {terms.reduced_reason}")
        )
        points = terms.reduced_points
    base = terms.clause_base or rules.base
    amount, expected = _base(base, terms, steps)
    if amount is None:
        return Calculation(0, tuple(steps))
    found = cents(part(amount, points))
    steps.append(
        Step(
            f"{percent(points)} van {euros(amount)} ({BASE_LABELS[base]}) is {euros(found)}.", found
        )
    )
    whole = cents(part(expected, points))
    if base == Base.INVOICED and whole != found:
        steps.append(Step(f"Als alles is gefactureerd, wordt dit {euros(whole)}."))
    return Calculation(found, tuple(steps), True, whole)


def _points(rules: RegionRules, terms: Terms, steps: list[Step]) -> int | None:
    """The percentage that holds; None when no obligation arises."""
    if terms.clause_points is not None:
        steps.append(
            Step(
                f"De clausule in het contract noemt {percent(terms.clause_points)}; die gaat voor."
            )
        )
        return terms.clause_points
    rule = rules.categories.get(terms.category)
    label = CATEGORY_LABELS[terms.category]
    if rule is None or rule.threshold is None:
        steps.append(Step(f"{label}: hiervoor geldt volgens deze regels geen social return."))
        return None
    if not _reaches(rules, rule.threshold, terms, label, steps):
        return None
    if rules.minimum_months is not None:
        months = months_between(terms.starts_on, terms.ends_on)
        enough = months >= rules.minimum_months
        steps.append(
            Step(
                f"De opdracht duurt {decimal(months)} maanden; "
                f"{'dat is lang genoeg' if enough else 'dat is te kort'} "
                f"(vanaf {rules.minimum_months})."
            )
        )
        if not enough:
            return None
    return _labour(rules, rule.points, terms, steps)


def _reaches(
    rules: RegionRules, threshold: int, terms: Terms, label: str, steps: list[Step]
) -> bool:
    word = "vanaf" if rules.at_threshold else "boven"
    reached = terms.value >= threshold if rules.at_threshold else terms.value > threshold
    steps.append(
        Step(
            f"{label}: social return geldt {word} {euros(threshold)} zonder btw. "
            f"{euros(terms.value)} haalt dat {'wel' if reached else 'niet'}."
        )
    )
    return reached


def _labour(rules: RegionRules, points: int, terms: Terms, steps: list[Step]) -> int | None:
    if rules.labour_minimum is None or terms.category not in rules.labour_categories:
        return points
    least = percent(rules.labour_minimum)
    if terms.labour_share is None:
        steps.append(Step(f"Het loondeel is niet ingevuld; gerekend is met {least} of meer."))
        return points
    share = percent(terms.labour_share)
    if terms.labour_share >= rules.labour_minimum:
        steps.append(Step(f"Het loondeel is {share}: niet lager dan {least}."))
        return points
    if rules.labour_low:
        low = percent(rules.labour_low)
        steps.append(Step(f"Het loondeel is {share}: lager dan {least}. Dan geldt {low}."))
        return rules.labour_low
    steps.append(Step(f"Het loondeel is {share}: lager dan {least}. Dan is er geen verplichting."))
    return None


def _base(base: Base, terms: Terms, steps: list[Step]) -> tuple[int | None, int]:
    """(the amount of which the percentage is taken now, the amount in the end)."""
    if base == Base.INVOICED:
        return terms.invoiced, max(terms.value, terms.invoiced)
    if base == Base.WAGES:
        if terms.wages is None:
            steps.append(Step("De loonsom is nog niet ingevuld; daarvan hangt het bedrag af."))
            return None, 0
        return terms.wages, terms.wages
    return terms.value, terms.value


def over_cap(rules: RegionRules, effort: str, obliged: int, approved: int) -> int:
    """How much of what was approved of one kind lies above the cap of that kind."""
    points = rules.caps.get(effort)
    return 0 if points is None else max(0, approved - cents(part(max(obliged, 0), points)))


def cap_of(rules: RegionRules, effort: str, obliged: int) -> int | None:
    """The most that one kind may fill of an obligation; None when there is no cap."""
    points = rules.caps.get(effort)
    return None if points is None else cents(part(max(obliged, 0), points))
