"""Threshold advice as tables, with the edges to the cent and the day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders.rules import UNKNOWN, Category, Procedure, Value, value_of
from impactmakelaar.tenders.rules_advice import (
    Advice,
    Earlier,
    EuThreshold,
    Limits,
    Question,
    advise,
    check_deviation,
    months_before,
    table_warnings,
)

EUROPE = [
    EuThreshold(date(start, 1, 1), date(start + 1, 12, 31), category, euros * 100, f"EU {start}")
    for start, table in (
        (2024, {"works": 5_538_000, "supplies": 221_000, "services": 221_000, "social": 750_000}),
        (2026, {"works": 5_404_000, "supplies": 216_000, "services": 216_000, "social": 750_000}),
    )
    for category, euros in table.items()
]
OWN = [
    Limits(date(2025, 1, 1), None, "works", 150_000_00, 1_500_000_00, 3, 5, "Inkoopbeleid"),
    *(
        Limits(date(2025, 1, 1), None, category, 50_000_00, None, 3, 5, "Inkoopbeleid")
        for category in ("supplies", "services", "social")
    ),
]
DAY = date(2026, 11, 24)


def ask(cents: int, category: str = "services", on: date = DAY, **more: object) -> Advice:
    question = Question(category, Value(cents, cents), on, "77310000", **more)  # type: ignore[arg-type]
    return advise(question, europe=EUROPE, limits=OWN)


@pytest.mark.parametrize(
    ("cents", "category", "on", "expected"),
    [
        (49_999_99, "services", DAY, Procedure.SINGLE),
        (50_000_00, "services", DAY, Procedure.MULTIPLE),
        (215_999_99, "services", DAY, Procedure.MULTIPLE),
        (216_000_00, "services", DAY, Procedure.EUROPEAN),
        (216_000_00, "services", date(2025, 12, 31), Procedure.MULTIPLE),
        (216_000_00, "services", date(2026, 1, 1), Procedure.EUROPEAN),
        (220_999_99, "supplies", date(2025, 12, 31), Procedure.MULTIPLE),
        (221_000_00, "supplies", date(2025, 12, 31), Procedure.EUROPEAN),
        (749_999_99, "social", DAY, Procedure.MULTIPLE),
        (750_000_00, "social", DAY, Procedure.EUROPEAN),
        (149_999_99, "works", DAY, Procedure.SINGLE),
        (150_000_00, "works", DAY, Procedure.MULTIPLE),
        (1_500_000_00, "works", DAY, Procedure.NATIONAL),
        (5_403_999_99, "works", DAY, Procedure.NATIONAL),
        (5_404_000_00, "works", DAY, Procedure.EUROPEAN),
        (7_406_000_000_00, "works", DAY, Procedure.EUROPEAN),
    ],
)
def test_procedure_changes_at_the_cent_and_the_day(
    cents: int, category: str, on: date, expected: Procedure
) -> None:
    assert ask(cents, category, on).procedure is expected


@given(
    st.sampled_from(list(Category)),
    st.integers(min_value=101, max_value=10_000_000_00),
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_a_cent_more_never_gives_a_lighter_procedure(category: str, cents: int, on: date) -> None:
    order = list(Procedure)
    here, more = ask(cents, category, on), ask(cents + 1, category, on)

    assert here.procedure is not None
    assert more.procedure is not None
    assert order.index(more.procedure) >= order.index(here.procedure)


@given(
    st.sampled_from(list(Category)),
    st.integers(min_value=101, max_value=6_000_000_00),
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_the_next_limit_is_where_the_procedure_changes(category: str, cents: int, on: date) -> None:
    found = ask(cents, category, on)
    if found.next_limit is None:
        assert found.procedure is Procedure.EUROPEAN
        return
    assert found.room == found.next_limit - cents > 0
    assert ask(found.next_limit - 1, category, on).procedure is found.procedure
    assert ask(found.next_limit, category, on).procedure is found.next_procedure


@pytest.mark.parametrize("cents", [None, 0, 1, 100])
def test_a_placeholder_is_unknown_and_gives_no_advice(cents: int | None) -> None:
    value = value_of(cents, cents)

    assert value == UNKNOWN
    found = advise(Question("services", value, DAY, "77310000"), europe=EUROPE, limits=OWN)
    assert found.procedure is None
    assert "onbekend" in found.why


def test_the_highest_estimate_decides_and_a_range_over_a_limit_is_told() -> None:
    question = Question("services", Value(40_000_00, 80_000_00), DAY, "77310000")

    found = advise(question, europe=EUROPE, limits=OWN)

    assert found.procedure is Procedure.MULTIPLE
    assert found.between == (Procedure.SINGLE, Procedure.MULTIPLE)
    assert found.invite == (3, 5)


def test_an_upside_down_range_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        value_of(200_00, 150_00)
    assert refusal.value.field == "value_low"


def test_one_known_amount_of_two_is_exact() -> None:
    assert value_of(1, 500_00) == Value(500_00, 500_00)
    assert value_of(500_00, None).exact


def test_eighty_thousand_of_services_asks_three_to_five() -> None:
    found = ask(80_000_00)

    assert found.procedure is Procedure.MULTIPLE
    assert found.invite == (3, 5)
    assert "Inkoopbeleid" in found.rule
    assert "31 december 2027" in found.rule
    assert found.room == 136_000_00


def test_a_company_has_no_thresholds() -> None:
    found = ask(80_000_00, authority=False)

    assert found.procedure is None
    assert "geen drempels" in found.why


def test_without_own_limits_only_the_european_answer_is_certain() -> None:
    below = Question("services", Value(80_000_00, 80_000_00), DAY, "77310000")
    above = replace(below, value=Value(216_000_00, 216_000_00))

    assert advise(below, europe=EUROPE, limits=[]).procedure is None
    assert advise(above, europe=EUROPE, limits=[]).procedure is Procedure.EUROPEAN


def test_a_day_without_a_table_gives_no_advice() -> None:
    assert ask(80_000_00, on=date(2028, 1, 1)).procedure is None


@pytest.mark.parametrize(
    ("answer", "part"), [("", "Beantwoord"), ("yes", "andere landen"), ("no", "")]
)
def test_cross_border_interest_is_asked_for(answer: str, part: str) -> None:
    found = ask(80_000_00, cross_border=answer).cross_border

    assert part in found
    assert bool(found) == bool(part)


def earlier(on: date, euros: int) -> Earlier:
    return Earlier("abc", "Eerder groen", on, Value(euros * 100, euros * 100))


@pytest.mark.parametrize(
    ("on", "euros", "suspected"),
    [
        (date(2026, 6, 1), 30_000, True),
        (date(2025, 11, 25), 30_000, True),
        (date(2025, 11, 24), 30_000, False),
        (date(2026, 6, 1), 5_000, False),
    ],
)
def test_splitting_is_suspected_when_together_another_procedure_follows(
    on: date, euros: int, suspected: bool
) -> None:
    question = Question("services", Value(40_000_00, 40_000_00), DAY, "77310000")

    found = advise(question, europe=EUROPE, limits=OWN, earlier=[earlier(on, euros)])

    assert bool(found.earlier) is suspected
    if suspected:
        assert found.together == (40_000 + euros) * 100
        assert found.together_procedure is Procedure.MULTIPLE
        assert found.procedure is Procedure.SINGLE


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 24), 12, date(2025, 11, 24)),
        (date(2028, 2, 29), 12, date(2027, 2, 28)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_months_before(day: date, months: int, expected: date) -> None:
    assert months_before(day, months) == expected


def test_deviation_needs_a_reason_of_substance() -> None:
    advice = ask(80_000_00)

    assert check_deviation(advice, Procedure.MULTIPLE, 4, "") == []
    with pytest.raises(Refused) as refusal:
        check_deviation(advice, Procedure.SINGLE, 1, "haast")
    assert refusal.value.field == "deviation"
    with pytest.raises(Refused, match="2 uitnodigen in plaats van 3 tot 5"):
        check_deviation(advice, Procedure.MULTIPLE, 2, " ")
    reason = "Er zijn maar twee aanbieders die dit kunnen."
    assert check_deviation(advice, Procedure.MULTIPLE, 2, reason)


@pytest.mark.parametrize(
    ("on", "warned"),
    [(date(2026, 11, 24), False), (date(2027, 7, 4), True), (date(2028, 3, 1), True)],
)
def test_a_table_without_successor_warns_months_ahead(on: date, warned: bool) -> None:
    assert bool(table_warnings(EUROPE, OWN, on, own=True)) is warned


def test_own_limits_that_end_warn_until_the_next_version_is_there() -> None:
    ending = [replace(row, valid_until=DAY + timedelta(days=60)) for row in OWN]
    following = [replace(row, valid_from=DAY + timedelta(days=61)) for row in OWN]

    assert len(table_warnings(EUROPE, ending, DAY, own=True)) == 1
    assert table_warnings(EUROPE, [*ending, *following], DAY, own=True) == []
    assert table_warnings(EUROPE, ending, DAY, own=False) == []
