"""Rounds and tables: nobody twice at once, and never a round more than the formula says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.intake.rules_schedule import (
    Presence,
    Slot,
    fewest_rounds,
    parties,
    plan_faults,
    repair,
    schedule,
)

IDS = st.integers(0, 11).map(lambda n: f"p{n:02d}")
MEETINGS = st.sets(st.tuples(IDS, IDS), max_size=70)
TABLES = st.integers(1, 12)


def always(rounds: int, tables: int) -> Presence:
    return Presence({}, [tables] * rounds)


@settings(max_examples=400, deadline=None)
@given(MEETINGS, TABLES)
def test_schedule_needs_exactly_the_rounds_of_the_formula(
    meetings: set[tuple[str, str]], tables: int
) -> None:
    plan = schedule(meetings, tables)

    rounds = fewest_rounds(meetings, tables)
    assert set(plan) == meetings
    assert plan_faults(plan, always(rounds, tables)) == []
    assert 1 + max((slot.round for slot in plan.values()), default=-1) <= rounds


@settings(max_examples=200, deadline=None)
@given(MEETINGS, TABLES, st.sets(IDS, max_size=3), st.integers(0, 3))
def test_repair_moves_no_meeting_that_is_not_touched(
    meetings: set[tuple[str, str]], tables: int, gone: set[str], started: int
) -> None:
    plan = schedule(meetings, tables)
    rounds = fewest_rounds(meetings, tables)
    away = {("c", who): set(range(started, rounds)) for who in gone}
    presence = Presence(away, [tables] * rounds)
    most = {party: 12 for meeting in meetings for party in parties(meeting)}
    spare = [(f"p{a:02d}", f"p{b:02d}") for a in range(12) for b in range(12)]

    after, lost, added = repair(plan, presence, spare, most, started)

    untouched = {m for m, s in plan.items() if s.round < started or m[0] not in gone}
    assert {m: after[m] for m in untouched} == {m: plan[m] for m in untouched}
    assert not set(lost) & set(after)
    assert all(after[m].round >= started for m in added)
    later = Presence(away, [tables] * rounds)
    assert plan_faults({m: s for m, s in after.items() if s.round >= started}, later) == []
    again, lost_again, added_again = repair(after, presence, spare, most, started)
    assert (again, lost_again, added_again) == (after, [], [])


def test_repair_of_no_change_is_the_same_plan() -> None:
    plan = schedule({("a", "x"), ("a", "y"), ("b", "x")}, 1)

    after, lost, added = repair(plan, always(4, 1), [("b", "y")], {}, 0)

    assert (after, lost, added) == (plan, [], [])


def test_faults_name_what_is_wrong() -> None:
    plan = {("a", "x"): Slot(0, 0), ("a", "y"): Slot(0, 0), ("b", "y"): Slot(2, 0)}

    wrong = plan_faults(plan, Presence({("c", "b"): {2}}, [1, 1, 1]))

    assert len(wrong) == 3
