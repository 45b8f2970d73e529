"""Allocation: every answer keeps every limit, and none beats the bound that proves it."""

import itertools
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.intake import rules_allocation, solver, solver_matrix
from impactmakelaar.intake.rules_allocation import (
    HANDLING_CENTS,
    Enterprise,
    Filling,
    Obligation,
    Offer,
    Pair,
    Problem,
    bound,
    euros,
    faults,
    greedy,
    value,
)

ROOT = Path(__file__).resolve().parents[2]
Parts = tuple[list[Obligation], list[Enterprise], list[Offer], list[Pair]]


@st.composite
def parts(draw: st.DrawFn, most: int = 4) -> Parts:
    """A small table: a few obligations, enterprises, offers, and pairs between them."""
    rooms = st.integers(0, 4_000_000)
    obligations = [
        Obligation(
            f"o{n}",
            draw(rooms),
            (("inkoop", draw(rooms)),) if draw(st.booleans()) else (),
            draw(st.integers(0, 3)),
        )
        for n in range(draw(st.integers(0, most)))
    ]
    enterprises = [
        Enterprise(f"e{n}", draw(rooms), draw(st.integers(0, 3)))
        for n in range(draw(st.integers(1, 3)))
    ]
    offers = [
        Offer(
            f"f{n}",
            draw(st.sampled_from([e.id for e in enterprises])),
            draw(st.sampled_from(["", "inkoop"])),
            draw(st.integers(0, 4)),
            draw(rooms),
            draw(st.integers(1, 3)),
        )
        for n in range(draw(st.integers(0, most)))
    ]
    pairs = [
        Pair(o.id, f.id, draw(st.integers(0, 1_500_000)), draw(st.integers(0, 100)))
        for o in obligations
        for f in offers
        if draw(st.booleans())
    ]
    return obligations, enterprises, offers, pairs


def brute_force(problem: Problem) -> int:
    """The best value there is, by trying every number of units for every pair."""
    choices = [
        [0, *range(problem.minimum[i], problem.maximum[i] + 1)] for i in range(len(problem.pairs))
    ]
    return max(
        value(problem, units)
        for units in itertools.product(*choices)
        if not faults(problem, list(units))
    )


def few_enough(problem: Problem) -> bool:
    count = 1
    for low, most in zip(problem.minimum, problem.maximum, strict=True):
        count *= most - low + 2
    return count <= 4000


@settings(max_examples=150, deadline=None)
@given(parts())
def test_answers_keep_the_limits_and_stay_under_the_bound(made: Parts) -> None:
    problem = Problem(*made)

    plain = greedy(problem)
    answer = solver.allocate(problem, iterations=5)

    assert faults(problem, plain) == faults(problem, answer.units) == []
    assert answer.value == value(problem, answer.units)
    assert value(problem, plain) <= answer.value + 1e-4 * abs(answer.bound) + 1
    assert answer.value <= answer.bound + 1
    assert answer.method == "optimal"


@settings(max_examples=80, deadline=None)
@given(parts(3).filter(lambda made: few_enough(Problem(*made))))
def test_small_tables_get_the_best_there_is(made: Parts) -> None:
    problem = Problem(*made)

    answer = solver.allocate(problem, iterations=5)

    best = brute_force(problem)
    assert best - answer.value <= 1.1e-4 * max(best, 1)


@settings(max_examples=80, deadline=None)
@given(parts(), st.lists(st.floats(0, 1000), min_size=60, max_size=60))
def test_any_prices_give_a_valid_bound(made: Parts, prices: list[float]) -> None:
    problem = Problem(*made)
    prices = (prices * 2)[: len(problem.limits)]
    prices += [0.0] * (len(problem.limits) - len(prices))

    assert value(problem, greedy(problem)) <= bound(problem, prices) + 1


def test_a_negative_price_proves_nothing() -> None:
    problem = table()

    assert bound(problem, [-1.0] * len(problem.limits)) == float("inf")


@settings(max_examples=60, deadline=None)
@given(parts(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(made: Parts, draw: random.Random) -> None:
    mixed = tuple(draw.sample(rows, len(rows)) for rows in made)

    first, second = Problem(*made), Problem(*mixed)

    assert first.fingerprint() == second.fingerprint()
    assert solver.allocate(first, iterations=3) == solver.allocate(second, iterations=3)


@settings(max_examples=60, deadline=None)
@given(parts())
def test_more_capacity_never_lowers_the_bound(made: Parts) -> None:
    obligations, enterprises, offers, pairs = made
    before = solver.lp_bound(Problem(*made))
    more = [replace(f, units=f.units + 2, euros=f.euros + 500_000) for f in offers]
    # The handling of an agreement is spread over its largest size, so a larger one only helps.
    after = solver.lp_bound(Problem(obligations, enterprises, more, pairs))

    assert after >= before - 1e-6 * abs(before) - 1


@settings(max_examples=40, deadline=None)
@given(parts(), st.integers(0, 9))
def test_whoever_leaves_never_raises_the_bound(made: Parts, at: int) -> None:
    obligations, enterprises, offers, pairs = made
    if not obligations:
        return
    gone = obligations[at % len(obligations)]
    left = [o for o in obligations if o != gone]

    before = solver.lp_bound(Problem(*made))
    after = solver.lp_bound(
        Problem(left, enterprises, offers, [p for p in pairs if p.obligation != gone.id])
    )

    assert after <= before + 1e-6 * abs(before) + 1


@settings(max_examples=40, deadline=None)
@given(parts(), st.integers(2, 50))
def test_the_linear_value_grows_with_the_euros(made: Parts, times: int) -> None:
    obligations, enterprises, offers, pairs = made
    larger = Problem(
        [
            replace(o, room=o.room * times, caps=tuple((g, c * times) for g, c in o.caps))
            for o in obligations
        ],
        [replace(e, euros=e.euros * times) for e in enterprises],
        [replace(f, euros=f.euros * times) for f in offers],
        [replace(p, unit=p.unit * times) for p in pairs],
    )
    with pytest.MonkeyPatch.context() as patch:
        # What an agreement costs does not grow along: without it the value is proportional.
        patch.setattr(rules_allocation, "HANDLING_CENTS", 0)
        before, after = solver.lp_bound(Problem(*made)), solver.lp_bound(larger)

    assert after == pytest.approx(before * times, rel=1e-6, abs=times)


@settings(max_examples=40, deadline=None)
@given(parts())
def test_linear_answer_and_prices_prove_each_other(made: Parts) -> None:
    problem = Problem(*made)
    if not problem.pairs:
        return
    matrix = solver_matrix.Matrix(problem)
    units, prices = solver_matrix.linear(matrix, np.arange(len(problem.pairs)))

    worth = matrix.profit - problem.handling / matrix.maximum
    primal = float(worth @ units)
    cost = np.add.reduceat(prices[matrix.rows] * matrix.weights, matrix.starts[:-1])
    assert bound(problem, list(prices)) == pytest.approx(primal, rel=1e-6, abs=10)
    # A pair that still earns something after its prices is at its maximum.
    earning = worth - cost > 1e-6 * matrix.profit + 1
    assert np.allclose(units[earning], matrix.maximum[earning], atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(parts())
def test_short_programme_is_worth_as_much_as_the_long_one(made: Parts) -> None:
    problem = Problem(*made)
    if not problem.pairs:
        return

    assert long_value(problem) == pytest.approx(solver.lp_bound(problem), rel=1e-6, abs=10)


def long_value(problem: Problem) -> float:
    """The relaxation with a column of its own for each agreement, which the short one leaves out:
    maximise profit x - handling y under the limits, L y <= x <= U y, 0 <= y <= 1."""
    count, rows = len(problem.pairs), len(problem.limits)
    engine = solver_matrix.new_engine()
    weights = np.zeros((rows + 2 * count, 2 * count))
    for i in range(count):
        for row, weight in problem.touches[i]:
            weights[row, i] += weight
        for row in problem.partner_rows[i]:
            weights[row, count + i] += 1
        weights[rows + 2 * i, i], weights[rows + 2 * i, count + i] = 1, -problem.maximum[i]
        weights[rows + 2 * i + 1, i], weights[rows + 2 * i + 1, count + i] = -1, problem.minimum[i]
    lp = solver_matrix.highspy.HighsLp()
    lp.num_col_, lp.num_row_ = 2 * count, rows + 2 * count
    lp.sense_ = solver_matrix.highspy.ObjSense.kMaximize
    profit = [problem.profit(i) / 1e5 for i in range(count)]
    lp.col_cost_ = np.array(profit + [-problem.handling / 1e5] * count)
    lp.col_lower_ = np.zeros(2 * count)
    lp.col_upper_ = np.array([*problem.maximum, *[1] * count], float)
    lp.row_lower_ = np.full(rows + 2 * count, -solver_matrix.highspy.kHighsInf)
    lp.row_upper_ = np.array([*problem.limits, *[0] * (2 * count)], float)
    used = [np.flatnonzero(weights[:, at]) for at in range(2 * count)]
    lp.a_matrix_.format_ = solver_matrix.highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.cumsum([0, *(len(one) for one in used)])
    lp.a_matrix_.index_ = np.concatenate(used)
    lp.a_matrix_.value_ = np.concatenate([weights[one, at] for at, one in enumerate(used)])
    engine.passModel(lp)
    engine.run()
    return float(engine.getInfo().objective_function_value) * 1e5


def table() -> Problem:
    """Two obligations, one enterprise with one offer of ten units in lots of three."""
    return Problem(
        [Obligation("a", 1_000_000), Obligation("b", 400_000)],
        [Enterprise("e", 5_000_000)],
        [Offer("f", "e", "", 10, 5_000_000, 3)],
        [Pair("a", "f", 100_000, 50), Pair("b", "f", 200_000, 0)],
    )


def test_lots_keep_out_what_is_too_small() -> None:
    problem = table()

    # Three units at 2,000 euros do not fit in b's 4,000.
    assert [p.obligation for p in problem.pairs] == ["a"]
    answer = solver.allocate(problem, iterations=1)
    assert (answer.units, euros(problem, answer.units)) == ([10], 1_000_000)


@pytest.mark.parametrize(
    ("obligations", "offers"),
    [([], []), ([Obligation("a", 0)], [Offer("f", "e", "", 5, 5, 1)]), ([Obligation("a", 9)], [])],
)
def test_nothing_to_divide_is_an_answer(obligations: list[Obligation], offers: list[Offer]) -> None:
    pairs = [Pair(o.id, f.id, 100, 0) for o in obligations for f in offers]

    answer = solver.allocate(
        Problem(obligations, [Enterprise("e", 9)], offers, pairs), iterations=2
    )

    assert (answer.units, answer.value, answer.method) == ([], 0, "optimal")


def test_an_agreement_must_be_worth_its_handling() -> None:
    problem = Problem(
        [Obligation("a", HANDLING_CENTS - 1)],
        [Enterprise("e", 10**9)],
        [Offer("f", "e", "", 1, 10**9, 1)],
        [Pair("a", "f", HANDLING_CENTS - 1, 0)],
    )

    assert greedy(problem) == [0]
    assert solver.allocate(problem, iterations=1).units == [0]


def test_without_a_solver_the_plan_is_greedy_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_matrix, "highspy", None)
    problem = table()

    answer = solver.allocate(problem, iterations=3)

    assert (answer.method, answer.units) == ("greedy", greedy(problem))
    assert solver_matrix.version() == "none"


def test_stopping_keeps_the_best_so_far() -> None:
    problem = crowd()
    start = solver.first(problem)

    answer = solver.improve(problem, start, iterations=50, progress=lambda done, _of: done < 4)

    assert answer.iterations == 4
    assert answer.value >= start.value
    assert faults(problem, answer.units) == []


@pytest.mark.parametrize("last", [0, 3, 6, 8])
def test_a_small_table_tells_how_far_it_is_and_stops_when_asked(
    last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "PROOF_ROUNDS", 6)
    problem = crowd(10, 25)
    told: list[int] = []

    def progress(done: int, of: int) -> bool:
        told.append(done)
        assert 0 <= done <= of == 12
        return done < last

    answer = solver.allocate(problem, iterations=5, progress=progress)

    assert solver.PROOF_AT_ONCE < len(problem.pairs) <= solver.SMALL_PAIRS
    assert told == sorted(told)
    assert last <= told[-1] < last + 3
    assert len([done for done in told if done >= last]) == 1
    assert answer.method == "improved"
    assert answer.value >= solver.dived(problem).value
    assert faults(problem, answer.units) == []
    assert answer.iterations == min(last, 6) + (last > 6)


def test_a_fault_while_telling_how_far_a_proof_is_comes_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solver, "PROOF_ROUNDS", 2)

    def progress(done: int, _of: int) -> bool:
        if done > 2:
            raise OSError("the disk is full")
        return True

    with pytest.raises(OSError, match="full"):
        solver.allocate(crowd(10, 25), iterations=5, progress=progress)


def crowd(obligations: int = 24, offers: int = 60) -> Problem:
    """A table too large for a proof, always the same; with fewer obligations it is small."""
    draw = random.Random(7)
    enterprises = [Enterprise(f"e{n:02d}", draw.randrange(10**6, 6 * 10**6)) for n in range(30)]
    made = [
        Offer(
            f"f{n:02d}",
            f"e{n % 30:02d}",
            draw.choice(["", "inkoop"]),
            draw.randrange(2, 12),
            10**7,
            draw.randrange(1, 3),
        )
        for n in range(offers)
    ]
    needs = [
        Obligation(f"o{n:02d}", draw.randrange(10**6, 9 * 10**6), (("inkoop", 10**6),), 4)
        for n in range(obligations)
    ]
    pairs = [
        Pair(o.id, f.id, draw.randrange(50_000, 400_000), draw.randrange(101))
        for o in needs
        for f in made
        if draw.random() < 0.6
    ]
    return Problem(needs, enterprises, made, pairs)


def test_filling_knows_what_is_left() -> None:
    problem = crowd()
    filling = Filling(problem, greedy(problem))

    assert min(filling.left) >= 0
    for i, x in enumerate(list(filling.units)):
        if x:
            filling.add(i, -x)
    assert filling.left == problem.limits


def test_filling_all_gives_what_trying_every_pair_gives() -> None:
    problem = crowd()
    plain, quick = Filling(problem), Filling(problem)
    for filling in (plain, quick):
        filling.fill(rules_allocation.by_worth(problem)[5:60:7])

    plain.fill(rules_allocation.by_worth(problem))
    solver.fill_all(solver_matrix.Matrix(problem), quick)

    assert quick.units == plain.units
    assert quick.taken == {i for i, x in enumerate(plain.units) if x}


def test_the_largest_obligations_come_first() -> None:
    problem = crowd()

    blocks = solver.groups(problem, 5)

    assert sorted(i for block in blocks for i in block) == list(range(len(problem.pairs)))
    rooms = [
        {problem.obligations[problem.obligation[int(i)]].room for i in block} for block in blocks
    ]
    assert all(min(a) >= max(b) for a, b in itertools.pairwise(rooms))


def test_a_table_in_blocks_is_improved_without_prices_of_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solver, "BLOCK_FROM", 10)
    monkeypatch.setattr(solver, "WHOLE_TO", 10)
    monkeypatch.setattr(solver, "BLOCK", 5)
    problem = crowd()

    start = solver.first(problem)
    answer = solver.allocate(problem, iterations=4)

    assert (start.prices, answer.method, answer.iterations) == ((), "improved", 4)
    assert faults(problem, answer.units) == []
    assert answer.value > start.value
    assert answer.value >= rules_allocation.value(problem, rules_allocation.greedy(problem))
    assert answer == solver.allocate(problem, iterations=4)


PROGRAM = """
import sys
sys.path[:0] = ["platform", "."]
from impactmakelaar.intake import solver
from tests.intake.test_allocation import crowd
problem = crowd()
print(solver.allocate(problem, iterations=6).units)
"""


def test_a_fresh_process_gives_the_same_plan() -> None:
    here = solver.allocate(crowd(), iterations=6)

    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert there.stdout.splitlines()[-1] == str(here.units)
    assert here.method == "improved"
