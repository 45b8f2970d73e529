"""What a contract obliges to: the worked examples of the field and a table around them."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import Base, Category, Effort, months_between
from impactmakelaar.social_return.rules_obligation import (
    DEFAULT_RULES,
    RegionRules,
    Terms,
    cap_of,
    check_rules,
    obligation,
    over_cap,
    rules_of,
)

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)


def euros(amount: float) -> int:
    return round(amount * 100)


def rules(**changes: Any) -> RegionRules:
    return rules_of({**DEFAULT_RULES, **changes})


def terms(value: float, category: Category = Category.SERVICES, **fields: Any) -> Terms:
    values: dict[str, Any] = {"starts_on": FIRST, "ends_on": LAST} | fields
    return Terms(category, euros(value), **values)


BLOEMENDAAL = rules()
UTRECHT = rules(
    at_threshold=False,
    categories={k: {"threshold": euros(100_000), "points": 500} for k in Category},
    labour_minimum=None,
)
AMERSFOORT = rules(base="invoiced", labour_minimum=None)
LEIDSCHENDAM = rules(
    categories={k: {"threshold": 0, "points": 500} for k in Category},
    labour_categories=["supplies", "services", "works"],
    labour_low=200,
)
STATE = rules(
    categories={"services": {"threshold": euros(250_000), "points": 500}},
    minimum_months=6,
    at_threshold=False,
)
WAGES = rules(base="wages", labour_minimum=None)
SERVICES, WORKS, SUPPLIES = Category.SERVICES, Category.WORKS, Category.SUPPLIES

CASES = [
    # The worked examples.
    ("services 400,000", BLOEMENDAAL, terms(400_000), 20_000),
    ("one cent under", BLOEMENDAAL, terms(199_999.99), None),
    ("supplies, labour 20 %", BLOEMENDAAL, terms(300_000, SUPPLIES, labour_share=2_000), None),
    ("supplies, labour 30 %", BLOEMENDAAL, terms(300_000, SUPPLIES, labour_share=3_000), 15_000),
    # Around the threshold.
    ("exactly at, from", BLOEMENDAAL, terms(200_000), 10_000),
    ("exactly at, above", UTRECHT, terms(100_000), None),
    ("one cent above", UTRECHT, terms(100_000.01), 5_000),
    ("works", BLOEMENDAAL, terms(1_000_000, WORKS), 50_000),
    ("no rule for social", BLOEMENDAAL, terms(900_000, Category.SOCIAL), None),
    ("category not named", STATE, terms(900_000, WORKS), None),
    # Labour share.
    ("labour unknown", BLOEMENDAAL, terms(300_000, SUPPLIES), 15_000),
    ("labour just under", BLOEMENDAAL, terms(300_000, SUPPLIES, labour_share=2_999), None),
    ("labour no matter for services", BLOEMENDAAL, terms(300_000, labour_share=100), 15_000),
    ("low labour gives 2 %", LEIDSCHENDAM, terms(100_000, labour_share=2_900), 2_000),
    ("enough labour gives 5 %", LEIDSCHENDAM, terms(100_000, labour_share=3_000), 5_000),
    # Duration.
    ("five months", STATE, terms(300_000, ends_on=date(2026, 5, 31)), None),
    ("six months", STATE, terms(300_000, ends_on=date(2026, 6, 30)), 15_000),
    # Base.
    ("nothing invoiced yet", AMERSFOORT, terms(400_000), 0),
    ("part invoiced", AMERSFOORT, terms(400_000, invoiced=euros(120_000)), 6_000),
    ("more invoiced than agreed", AMERSFOORT, terms(400_000, invoiced=euros(450_000)), 22_500),
    ("wages unknown", WAGES, terms(400_000), 0),
    ("wages", WAGES, terms(400_000, wages=euros(150_000)), 7_500),
    # Clause and reduction.
    ("clause goes first", BLOEMENDAAL, terms(50_000, clause_points=200), 1_000),
    (
        "clause with base",
        BLOEMENDAAL,
        terms(50_000, clause_points=500, clause_base=Base.WAGES, wages=euros(20_000)),
        1_000,
    ),
    ("clause with amount", BLOEMENDAAL, terms(50_000, clause_amount=euros(7_500)), 7_500),
    (
        "reduced",
        BLOEMENDAAL,
        terms(400_000, reduced_points=250, reduced_reason="weinig arbeid"),
        10_000,
    ),
    (
        "reduced to nothing",
        BLOEMENDAAL,
        terms(400_000, reduced_points=0, reduced_reason="noodwerk"),
        0,
    ),
    (
        "reduction makes no obligation",
        BLOEMENDAAL,
        terms(100_000, reduced_points=250, reduced_reason="x"),
        None,
    ),
    # Rounding, once and half up.
    ("half a cent", BLOEMENDAAL, terms(200_000.10), 10_000.01),
    ("under half a cent", BLOEMENDAAL, terms(200_000.09), 10_000),
]


@pytest.mark.parametrize(
    ("found", "given", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_obligation(found: RegionRules, given: Terms, expected: float | None) -> None:
    answer = obligation(found, given)

    assert answer.arises is (expected is not None)
    assert answer.amount == euros(expected or 0)
    assert answer.steps
    assert all(step.text.endswith((".", "arbeid", "noodwerk", "x")) for step in answer.steps)


def test_every_step_is_shown() -> None:
    answer = obligation(BLOEMENDAAL, terms(400_000))

    assert [step.text for step in answer.steps] == [
        (
            "Diensten: social return geldt vanaf €\u00a0200.000 zonder btw. "
            "€\u00a0400.000 haalt dat wel."
        ),
        "5 % van €\u00a0400.000 (opdrachtwaarde) is €\u00a020.000.",
    ]


def test_invoiced_base_tells_what_it_becomes() -> None:
    answer = obligation(AMERSFOORT, terms(400_000, invoiced=euros(100_000)))

    assert (answer.amount, answer.expected) == (euros(5_000), euros(20_000))
    assert "Als alles is gefactureerd, wordt dit €\u00a020.000." in [s.text for s in answer.steps]


@pytest.mark.parametrize(
    ("approved", "over"), [(0, 0), (9_000, 0), (10_000, 0), (10_000.01, 0.01), (15_000, 5_000)]
)
def test_at_most_half_by_social_purchasing(approved: float, over: float) -> None:
    found = rules(caps={"purchase": 5_000})

    assert over_cap(found, Effort.PURCHASE, euros(20_000), euros(approved)) == euros(over)
    assert over_cap(found, Effort.PLACEMENT, euros(20_000), euros(approved)) == 0
    assert cap_of(found, Effort.PURCHASE, euros(20_000)) == euros(10_000)
    assert cap_of(found, Effort.PLACEMENT, euros(20_000)) is None


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ((2026, 1, 1), (2026, 6, 30), 6),
        ((2026, 1, 15), (2026, 2, 14), 1),
        ((2026, 1, 1), (2026, 1, 31), 1),
        ((2026, 1, 1), (2026, 12, 31), 12),
        ((2026, 2, 1), (2026, 2, 14), Fraction(14, 28)),
        ((2026, 1, 1), (2026, 1, 1), Fraction(1, 31)),
        ((2026, 1, 31), (2026, 2, 27), 1),
        ((2028, 2, 29), (2029, 2, 27), 12),
        ((2026, 3, 2), (2026, 3, 1), 0),
    ],
)
def test_months_between(first: Any, last: Any, months: Any) -> None:
    assert months_between(date(*first), date(*last)) == months


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"efforts": []}, "efforts"),
        ({"caps": {"purchase": 10_001}}, "cap_purchase"),
        ({"labour_minimum": 10_001}, "labour_minimum"),
        ({"labour_low": 600}, "labour_low"),
        ({"categories": {"works": {"threshold": 0, "points": 10_001}}}, "points_works"),
    ],
)
def test_rules_that_cannot_work_are_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_rules(rules(**changes))
    assert refusal.value.field == field
