"""Eligibility: one table of cases, and what must hold whatever the input."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.intake.rules import (
    REASONS,
    Failed,
    Need,
    Supply,
    explain,
    failed,
    fit,
    most_units,
    overlap_days,
)
from impactmakelaar.intake.rules_table import Coming, why_not_there

TODAY = date(2026, 11, 24)
NEED = Need(
    id="o1",
    contractor="bouwer",
    owner="bouwer",
    room=2_000_000,
    required=2_000_000,
    municipality="GM0392",
    starts_on=date(2026, 1, 1),
    ends_on=date(2027, 12, 31),
    kinds=frozenset({"plaatsing", "inkoop"}),
    caps=(("inkoop", 1_000_000),),
)
SUPPLY = Supply(
    id="f1",
    enterprise="groen",
    owner="groen",
    kind="inkoop",
    group="inkoop",
    units=20,
    euros=2_000_000,
    enterprise_euros=3_000_000,
    minimum=2,
    municipalities=frozenset({"GM0392", "GM0453"}),
    starts_on=date(2026, 6, 1),
    ends_on=date(2027, 6, 30),
)
UNIT = 100_000


@pytest.mark.parametrize(
    ("need", "supply", "unit", "expected"),
    [
        ({}, {}, UNIT, []),
        ({"room": 0}, {}, UNIT, [Failed.FULFILLED]),
        ({}, {"kind": "stage"}, UNIT, [Failed.KIND]),
        ({"municipality": "GM0363"}, {}, UNIT, [Failed.PLACE]),
        ({"municipality": "GM0363"}, {"municipalities": frozenset({"*"})}, UNIT, []),
        ({"municipality": ""}, {}, UNIT, [Failed.PLACE]),
        ({"ends_on": date(2026, 7, 29)}, {}, UNIT, [Failed.PERIOD]),
        ({"ends_on": date(2026, 7, 30)}, {}, UNIT, []),
        (
            {"sectors": frozenset({"groen"})},
            {"sectors": frozenset({"zorg"})},
            UNIT,
            [Failed.SECTOR],
        ),
        ({"sectors": frozenset({"groen"})}, {}, UNIT, []),
        ({}, {"owner": "bouwer"}, UNIT, [Failed.SAME_OWNER]),
        ({}, {"enterprise": "bouwer"}, UNIT, [Failed.SAME_OWNER]),
        ({}, {"listed": False}, UNIT, [Failed.NOT_LISTED]),
        ({"confirmed": False}, {}, UNIT, [Failed.NOT_CONFIRMED]),
        ({}, {"confirmed": False}, UNIT, [Failed.NOT_CONFIRMED]),
        ({}, {}, None, [Failed.NO_PRICE]),
        ({}, {}, 0, [Failed.NO_PRICE]),
        ({"room": 199_999}, {}, UNIT, [Failed.TOO_SMALL]),
        ({"room": 200_000}, {}, UNIT, []),
        ({"caps": (("inkoop", 199_999),)}, {}, UNIT, [Failed.CAP]),
        ({"caps": (("inkoop", 0),)}, {}, UNIT, [Failed.CAP]),
        ({"caps": (("inkoop", 0),)}, {"group": "", "kind": "plaatsing"}, UNIT, []),
        ({}, {"units": 1}, UNIT, [Failed.NO_CAPACITY]),
        ({}, {"euros": 199_999}, UNIT, [Failed.NO_CAPACITY]),
        ({}, {"enterprise_euros": 100_000}, UNIT, [Failed.NO_CAPACITY]),
        (
            {"room": 0},
            {"kind": "stage", "owner": "bouwer"},
            None,
            [Failed.FULFILLED, Failed.KIND, Failed.SAME_OWNER, Failed.NO_PRICE],
        ),
    ],
)
def test_failed_names_every_broken_rule(
    need: dict, supply: dict, unit: int | None, expected: list[Failed]
) -> None:
    assert failed(replace(NEED, **need), replace(SUPPLY, **supply), unit) == expected


def test_blocked_pair_is_named() -> None:
    assert failed(NEED, SUPPLY, UNIT, {("bouwer", "groen")}) == [Failed.BLOCKED]


def test_every_failure_has_a_sentence() -> None:
    assert set(REASONS) == set(Failed)


def test_most_units_is_the_tightest_limit() -> None:
    assert most_units(NEED, SUPPLY, UNIT) == 10
    assert most_units(replace(NEED, caps=()), SUPPLY, UNIT) == 20
    assert most_units(replace(NEED, caps=(), room=350_000), SUPPLY, UNIT) == 3


def test_overlap_counts_both_edges() -> None:
    one_day = replace(NEED, starts_on=date(2027, 6, 30), ends_on=date(2027, 6, 30))
    assert overlap_days(one_day, SUPPLY) == 1
    assert overlap_days(replace(one_day, starts_on=date(2027, 7, 1)), SUPPLY) == 0


@given(
    st.sets(st.sampled_from(["GM0392", "GM0453", "GM0363"])),
    st.sets(st.sampled_from(["plaatsing", "inkoop", "stage"])),
    st.integers(1, 8),
    st.integers(1, 400_000),
)
def test_widening_never_breaks_a_pair_and_a_larger_lot_never_makes_one(
    places: set[str], kinds: set[str], minimum: int, unit: int
) -> None:
    need, supply = (
        replace(NEED, kinds=frozenset(kinds)),
        replace(SUPPLY, municipalities=frozenset(places), minimum=minimum),
    )
    before = set(failed(need, supply, unit))

    assert set(failed(need, replace(supply, municipalities=places | {"GM0396"}), unit)) <= before
    assert set(failed(replace(need, kinds=kinds | {"inkoop"}), supply, unit)) <= before
    assert set(failed(replace(need, ends_on=date(2029, 1, 1)), supply, unit)) <= before
    assert before <= set(failed(need, replace(supply, minimum=minimum + 1), unit))


@given(
    st.integers(0, 5_000_000),
    st.integers(1, 300_000),
    st.none() | st.floats(0, 400),
    st.booleans(),
    st.booleans(),
)
def test_fit_is_a_sum_of_whole_points(
    room: int, unit: int, km: float | None, small: bool, new: bool
) -> None:
    points = fit(replace(NEED, room=room), replace(SUPPLY, small=small, new=new), unit, km, TODAY)

    assert 0 <= points.total <= 100
    assert points.total == points.need + points.distance + points.urgency + points.entry
    assert all(isinstance(p, int) for p in (points.need, points.distance, points.urgency))
    assert str(points.total) in explain(points)


@pytest.mark.parametrize(
    ("state", "away", "why"),
    [
        (Coming.CONFIRMED, (), ""),
        (Coming.CONFIRMED, (0, 3), ""),
        (Coming.CONFIRMED, (2,), "is er dan niet"),
        (Coming.INVITED, (), ""),
        (Coming.DECLINED, (), "komt niet"),
        (Coming.ABSENT, (2,), "komt niet"),
    ],
)
def test_who_is_there_in_the_third_round(state: Coming, away: tuple[int, ...], why: str) -> None:
    assert why_not_there(state, away, 2) == why
