"""A timetable with partial attendance and locks: nothing twice, nobody where he is not."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.core.errors import Refused
from impactmakelaar.intake.rules_schedule import Presence, Slot, fewest_rounds, plan_faults
from impactmakelaar.intake.rules_table import (
    breaks_of,
    clock_minutes,
    letter_due,
    times_of,
)
from impactmakelaar.intake.timetable import timetable

PAIRS = st.sets(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from("vwxyz")), min_size=1, max_size=12
)


@settings(max_examples=30, deadline=None)
@given(PAIRS, st.integers(1, 4), st.sets(st.integers(0, 3), max_size=3))
def test_timetable_can_always_be_held(
    pairs: set[tuple[str, str]], tables: int, away: set[int]
) -> None:
    presence = Presence({("c", "A"): away}, [tables] * 4)

    plan, _ = timetable(sorted(pairs), presence, {})

    assert not plan_faults(plan, presence)
    assert set(plan) <= pairs


@settings(max_examples=20, deadline=None)
@given(PAIRS, st.integers(2, 4))
def test_everybody_there_gives_the_fewest_rounds(pairs: set[tuple[str, str]], tables: int) -> None:
    plan, proven = timetable(sorted(pairs), Presence({}, [tables] * 12), {})

    assert proven
    assert 1 + max(slot.round for slot in plan.values()) == fewest_rounds(pairs, tables)


def test_locked_meeting_keeps_round_and_table() -> None:
    fixed = {("A", "v"): Slot(2, 1)}

    plan, proven = timetable([("A", "v"), ("A", "w"), ("B", "v")], Presence({}, [2, 2, 2]), fixed)

    assert proven
    assert len(plan) == 3
    assert plan["A", "v"] == Slot(2, 1)


def test_rounds_that_began_get_nothing_new() -> None:
    plan, _ = timetable([("A", "v"), ("B", "w")], Presence({}, [2, 2, 2]), {}, begun=2)

    assert {slot.round for slot in plan.values()} == {2}


@pytest.mark.parametrize(
    ("text", "minutes"), [("13.30", 810), ("9:05", 545), ("00.00", 0), ("13.30 uur", 810)]
)
def test_time_is_understood(text: str, minutes: int) -> None:
    assert clock_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "half twee", "24.00", "13.60", "13", "1.3", "-1.30"])
def test_other_texts_are_no_time(text: str) -> None:
    with pytest.raises(Refused):
        clock_minutes(text)


def test_rounds_begin_after_the_breaks() -> None:
    times = times_of(810, 4, 20, [[2, 15]])

    assert [times.text(n) for n in range(4)] == [
        "13.30–13.50",
        "13.50–14.10",
        "14.25–14.45",
        "14.45–15.05",
    ]


@pytest.mark.parametrize("text", ["4: 15", "0: 15", "2: 0", "2", "a: b", "2: 15, 2: 10"])
def test_breaks_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        breaks_of(text, 4)


@pytest.mark.parametrize(
    ("days", "sent", "due"),
    [
        (29, [], None),
        (30, [], 30),
        (31, [30], None),
        (90, [30], 90),
        (95, [], 90),
        (99, [90], None),
    ],
)
def test_letter_is_due(days: int, sent: list[int], due: int | None) -> None:
    day = date(2026, 1, 1)

    assert letter_due(day, sent, date.fromordinal(day.toordinal() + days)) == due
