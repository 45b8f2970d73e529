"""What an effort counts for: worked examples, five lists of different shapes, every edge."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import Effort, add_months
from impactmakelaar.social_return.rules_obligation import DEFAULT_RULES, rules_of
from impactmakelaar.social_return.rules_prices import (
    Bonus,
    Price,
    PriceList,
    Unit,
    Weight,
    check_list,
    document_of,
    list_of,
)
from impactmakelaar.social_return.rules_worth import (
    Claim,
    Earlier,
    Ground,
    Grounds,
    Invoice,
    deciding_day,
    purchase,
    worth,
)
from tests.social_return.lists import (
    ALL,
    HAAGLANDEN,
    LEIDEN,
    MONTHLY,
    TWENTE,
    UTRECHT_OLD,
)

START = date(2026, 1, 1)


def euros(amount: float) -> int:
    return round(amount * 100)


def person(item: str, months: int = 12, hours: float | None = 36, **fields: Any) -> Claim:
    last = add_months(START, months) - timedelta(days=1)
    given = None if hours is None else Decimal(str(hours))
    return Claim(item, START, last, given, **fields)


CASES = [
    # The worked examples.
    ("24 of 36 hours, 6 months", HAAGLANDEN, person("pw", 6, 24), 13_333.33),
    ("30 months, cap 24", HAAGLANDEN, person("pw", 30), 80_000),
    # Hours and months.
    ("a whole year", HAAGLANDEN, person("pw"), 40_000),
    ("more than full time", HAAGLANDEN, person("pw", 12, 50), 40_000),
    ("one month", HAAGLANDEN, person("pw", 1), 3_333.33),
    ("half hours", HAAGLANDEN, person("ww", 12, 18), 10_000),
    ("decimal hours", HAAGLANDEN, person("nug", 12, 7.2), 1_000),
    ("no cap", HAAGLANDEN, person("banenafspraak", 36), 150_000),
    ("cap of 12", HAAGLANDEN, person("ww", 18), 20_000),
    (
        "part of a month",
        HAAGLANDEN,
        Claim("pw", date(2026, 2, 1), date(2026, 2, 14), Decimal(36)),
        1_666.67,
    ),
    # Levels.
    ("bbl low", HAAGLANDEN, person("bbl12"), 25_000),
    ("bbl high", HAAGLANDEN, person("bbl34"), 15_000),
    ("disability as a level", LEIDEN, person("pw-b", 6), 25_000),
    ("long benefit", UTRECHT_OLD, person("pw-lang", 3), 10_000),
    ("short benefit", UTRECHT_OLD, person("pw-kort", 3), 7_500),
    # Bonuses.
    ("bonus in proportion", HAAGLANDEN, person("pw", 6, 18, bonuses=("55plus",)), 12_500),
    ("two that stack", HAAGLANDEN, person("pw", bonuses=("55plus", "beperking")), 60_000),
    ("once", HAAGLANDEN, person("vso", 6, bonuses=("dienst",)), 28_750),
    ("once beside per year", UTRECHT_OLD, person("ww-kort", 6, bonuses=("50plus", "vast")), 20_000),
    ("bonus over the months that count", HAAGLANDEN, person("ww", 24, bonuses=("55plus",)), 30_000),
    ("two that exclude: the higher", MONTHLY, person("plek", bonuses=("50plus", "55plus")), 18_000),
    (
        "exclude beside one that stacks",
        MONTHLY,
        person("plek", bonuses=("50plus", "55plus", "taal")),
        21_000,
    ),
    # Per month.
    ("month without hours", MONTHLY, person("plek", 6, None), 4_500),
    ("month with hours", MONTHLY, person("plek-u", 2, 20), 2_500),
    ("month with cap", MONTHLY, person("plek", 15, None), 9_000),
    # Per hour, day, time.
    ("hours", UTRECHT_OLD, Claim("hulp", quantity=Decimal("12.5")), 1_250),
    ("days", LEIDEN, Claim("dag", quantity=Decimal(3)), 3_000),
    ("days with a most", MONTHLY, Claim("dag", quantity=Decimal(4)), 2_500),
    ("times", MONTHLY, Claim("gesprek", quantity=Decimal(2)), 500),
    # Real cost.
    ("training at cost", HAAGLANDEN, Claim("opleiding", amount=euros(1_210), vat=2_100), 1_000),
    # Shares.
    ("half of a person", HAAGLANDEN, person("pw", 12, share=5_000), 20_000),
    ("a third, rounded once", HAAGLANDEN, person("pw", 1, share=3_333), 1_111),
]


@pytest.mark.parametrize(
    ("found", "claim", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_worth(found: PriceList, claim: Claim, expected: float) -> None:
    answer = worth(found, claim)

    assert answer.amount == euros(expected)
    assert answer.steps[-1].amount == answer.amount


def test_steps_are_the_sum_in_words() -> None:
    answer = worth(HAAGLANDEN, person("pw", 6, 24))

    assert [step.text for step in answer.steps] == [
        "“Participatiewet” telt €\u00a040.000 per jaar.",
        "€\u00a040.000 × 24/36 × 6/12 = €\u00a013.333,33.",
        "Telt voor €\u00a013.333,33.",
    ]


@pytest.mark.parametrize(
    ("before", "months", "expected"),
    [(0, 12, 40_000), (12, 12, 40_000), (18, 12, 20_000), (24, 12, 0), (23, 12, 3_333.33)],
)
def test_cap_counts_what_the_same_person_had_before(
    before: int, months: int, expected: float
) -> None:
    answer = worth(HAAGLANDEN, person("pw", months), Earlier(Fraction(before)))

    assert answer.amount == euros(expected)
    assert answer.months == min(months, 24 - before)


def test_bonus_of_once_is_had_once() -> None:
    claim = person("vso", 12, bonuses=("dienst",))

    assert worth(HAAGLANDEN, claim, Earlier(bonuses=frozenset({"dienst"}))).amount == euros(7_500)


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        (Claim("unknown"), "item"),
        (Claim("pw", hours=Decimal(36)), "starts_on"),
        (Claim("pw", date(2026, 2, 1), date(2026, 1, 1), Decimal(36)), "starts_on"),
        (person("pw", 6, None), "hours"),
        (person("pw", 6, 0), "hours"),
        (person("pw", 6, bonuses=("dienst",)), "bonuses"),
        (person("pw", 6, bonuses=("unknown",)), "bonuses"),
        (Claim("opleiding"), "amount"),
    ],
)
def test_what_is_missing_is_asked_for(claim: Claim, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        worth(HAAGLANDEN, claim)
    assert refusal.value.field == field


def test_no_quantity_is_asked_for() -> None:
    with pytest.raises(Refused, match="aantal"):
        worth(LEIDEN, Claim("dag"))


# Social purchasing ------------------------------------------------------------------------------

BADGE = Ground("badge", "de SROI-badge", last_day=date(2026, 8, 31))
CODE = Ground("code_social", "Code Sociale Ondernemingen", "Geregistreerd")
ASPIRANT = Ground("code_social", "Code Sociale Ondernemingen", "Aspirant")
MEMBER = Ground("senl", "lidmaatschap van Social Enterprise NL", "Lid")
KIP = PriceList(Decimal(36), weights=(Weight("badge", "Houder van de SROI-badge", 10_000),))
HALF = PriceList(Decimal(36), weights=(Weight("badge", "Houder van de SROI-badge", 5_000),))
AFTER = "De badge gold tot en met 31-8-2026, en dat is vóór deze datum."
IN = date(2026, 6, 1)

PURCHASES = [
    ("incl. VAT at 100 %", KIP, Claim("", amount=euros(12_100), vat=2_100), (BADGE,), 10_000),
    ("incl. VAT at 50 %", HALF, Claim("", amount=euros(12_100), vat=2_100), (BADGE,), 5_000),
    ("badge over", KIP, Claim("", amount=euros(12_100), vat=2_100), (), 0),
    ("excl. VAT", KIP, Claim("", amount=euros(9_999.99)), (BADGE,), 9_999.99),
    ("9 % VAT", KIP, Claim("", amount=euros(1_090), vat=900), (BADGE,), 1_000),
    ("rounded once", HALF, Claim("", amount=euros(100), vat=2_100), (BADGE,), 41.32),
    ("Code counts whole", TWENTE, Claim("", amount=euros(1_000)), (CODE,), 1_000),
    ("membership counts half", TWENTE, Claim("", amount=euros(1_000)), (MEMBER,), 500),
    ("the best ground", TWENTE, Claim("", amount=euros(1_000)), (MEMBER, CODE), 1_000),
    ("aspirant does not count", TWENTE, Claim("", amount=euros(1_000)), (ASPIRANT,), 0),
    ("aspirant beside member", TWENTE, Claim("", amount=euros(1_000)), (ASPIRANT, MEMBER), 500),
    ("badge of another region's rules", TWENTE, Claim("", amount=euros(1_000)), (BADGE,), 0),
    (
        "aspirant of Haaglanden",
        HAAGLANDEN,
        Claim("", amount=euros(1_000)),
        (Ground("haaglanden", "aspirant", "Aspirant"),),
        500,
    ),
    ("split", KIP, Claim("", amount=euros(1_000), share=2_500), (BADGE,), 250),
]


@pytest.mark.parametrize(
    ("found", "claim", "grounds", "expected"),
    [c[1:] for c in PURCHASES],
    ids=[c[0] for c in PURCHASES],
)
def test_purchase(
    found: PriceList, claim: Claim, grounds: tuple[Ground, ...], expected: float
) -> None:
    answer = purchase(rules_of(DEFAULT_RULES), found, claim, Invoice(IN), Grounds(grounds, AFTER))

    assert answer.amount == euros(expected)


def test_purchase_that_does_not_count_says_why() -> None:
    claim = Claim("", amount=euros(12_100), vat=2_100)
    invoice = Invoice(date(2026, 9, 1))
    answer = purchase(rules_of(DEFAULT_RULES), KIP, claim, invoice, Grounds((), AFTER))

    assert [s.text for s in answer.steps] == [
        "Beslissend is de factuurdatum: 1 september 2026.",
        f"Telt niet. {AFTER}",
    ]


@pytest.mark.parametrize(
    ("deciding", "day"),
    [("invoice", IN), ("delivery", date(2026, 5, 1)), ("payment", date(2026, 7, 1))],
)
def test_deciding_day_is_the_region_s_choice(deciding: str, day: date) -> None:
    rules = rules_of({**DEFAULT_RULES, "deciding": deciding})

    assert deciding_day(rules, Invoice(IN, date(2026, 5, 1), date(2026, 7, 1))) == day
    if deciding != "invoice":
        with pytest.raises(Refused):
            deciding_day(rules, Invoice(IN))


def test_only_paid_invoices_count_where_the_region_says_so() -> None:
    rules = rules_of({**DEFAULT_RULES, "paid_only": True})
    claim, held = Claim("", amount=euros(1_000)), Grounds((BADGE,))

    assert purchase(rules, KIP, claim, Invoice(IN), held).amount == 0
    assert purchase(rules, KIP, claim, Invoice(IN, paid_on=IN), held).amount == euros(1_000)


# Lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_list_of_every_shape_is_kept_and_read_back(found: PriceList) -> None:
    check_list(found)

    assert list_of(document_of(found)) == found


@pytest.mark.parametrize(
    "found",
    [
        PriceList(Decimal(36)),
        PriceList(Decimal(0), HAAGLANDEN.prices),
        PriceList(Decimal(36), (HAAGLANDEN.prices[0], HAAGLANDEN.prices[0])),
        PriceList(Decimal(36), (Price("", "x", Effort.OTHER, Unit.ONCE, 1),)),
        PriceList(Decimal(36), (Price("x", "x", Effort.OTHER, Unit.INVOICE, 10_001),)),
        PriceList(Decimal(36), HAAGLANDEN.prices, (Bonus("b", "b", 1, items=frozenset({"?"})),)),
        PriceList(Decimal(36), HAAGLANDEN.prices, (Bonus("b", "b", 1, excludes=frozenset("?")),)),
        PriceList(Decimal(36), weights=(Weight("badge", "x", 10_001),)),
    ],
)
def test_list_that_cannot_work_is_refused(found: PriceList) -> None:
    with pytest.raises(Refused):
        check_list(found)
