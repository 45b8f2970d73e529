"""Solving the allocation: linear programme, rounding, diving, and improving part by part.

Fixed counts of iterations and nodes, never a clock: the same problem gives the same answer. Every
answer is whole units, checked by ``rules_allocation.faults`` in integer arithmetic; every bound is
recomputed there from the prices. When the library is missing or fails, ``SolverFailed`` is raised
and the caller falls back on ``rules_allocation.greedy``.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.intake.rules_allocation import (
    Filling,
    Problem,
    bound,
    by_worth,
    faults,
    greedy,
    value,
)
from impactmakelaar.intake.solver_matrix import (
    Floats,
    Ints,
    Matrix,
    SolverFailed,
    linear,
    most_alone,
    whole,
)

SMALL_PAIRS = 600
"""Up to this many pairs the whole problem is solved at once, to a proven optimum if it can."""
PROOF_NODES = 2_000
"""How many branches a proof may take: about ten seconds for the largest of those problems."""
BLOCK_FROM = 150
"""From this many obligations the linear programme is solved in blocks, not as a whole."""
WHOLE_TO = 600
"""Up to this many obligations the final allocation starts from the whole linear programme."""
BLOCK = 45
SLACK = 0.05
"""How far under its price a pair may be and still take part in an improvement."""
STEPS = 4
"""How often a linear answer is settled in part and solved again."""
MORE_STEPS = (4, 12, 20, 30)
"""The same for a final allocation, which keeps the best of several."""
SIZES = (4, 5, 6)
"""How many obligations are taken loose at a time, in turn."""

Progress = Callable[[int, int], bool]


@dataclass(frozen=True)
class Allocation:
    """An answer and how good it is: units per pair, value and bound (thousandths of a cent).

    ``method`` is "optimal" (proven), "improved", "rounded" or "greedy"; ``iterations`` is how many
    rounds of improvement were made.
    """

    units: list[int]
    value: int
    bound: float
    method: str
    iterations: int = 0
    prices: tuple[float, ...] = ()


def dive(
    matrix: Matrix, pairs: Ints, filling: Filling, steps: int, known: Floats | None = None
) -> None:
    """Solve, settle the pairs that the linear answer is surest of, and solve what is left again.

    ``known`` is the linear answer over these pairs when it was made already.
    """
    problem = matrix.problem
    mine = pairs
    for step in range(steps, 0, -1):
        if known is None:
            pairs = pairs[open_pairs(matrix, pairs, filling)]
            if not len(pairs):
                break
            known, _ = linear(matrix, pairs, filling.left)
        used = np.flatnonzero(known > 1e-6)
        if not len(used):
            break
        settle(problem, pairs[used], known[used], filling, 1.0 / step)
        known = None
    filling.fill(by_worth(problem, filling.taken.intersection(mine.tolist())))


def open_pairs(matrix: Matrix, pairs: Ints, filling: Filling) -> NDArray[np.bool_]:
    """Which of these pairs have no units yet and could still get their smallest order."""
    left = np.array(filling.left, np.float64)
    taken = np.zeros(len(matrix.profit), bool)
    taken[sorted(filling.taken)] = True
    partners = (left[matrix.partners[pairs]] > 0).all(axis=1)
    alone = most_alone(matrix, pairs, left)
    return np.asarray(partners & (alone >= matrix.minimum[pairs]) & ~taken[pairs])


def fill_all(matrix: Matrix, filling: Filling) -> None:
    """Give every pair in turn what it can still get; those that can get nothing are skipped."""
    everything = np.arange(len(matrix.profit))
    hopeful = everything[open_pairs(matrix, everything, filling)]
    filling.fill(by_worth(matrix.problem, filling.taken.union(hopeful.tolist())))


def settle(
    problem: Problem, pairs: Ints, fractions: Floats, filling: Filling, share: float
) -> None:
    """Settle this share of the pairs, surest first: whole, large, at the maximum of what fits."""
    scored = []
    for i, x in zip((int(i) for i in pairs), (float(x) for x in fractions), strict=True):
        low = problem.minimum[i]
        whole_units = max(low, int(x + 0.5))
        if x < 0.5 * low and share < 1.0:
            continue
        off = abs(x - whole_units) * problem.pairs[i].unit
        scored.append(
            (off / problem.pairs[i].unit / max(x, 1.0), -problem.profit(i) * x, i, whole_units)
        )
    scored.sort()
    for _, _, i, want in scored[: max(1, int(len(scored) * share + 0.5))]:
        room = filling.headroom(i)
        if room:
            filling.add(i, min(room, want))


def first(problem: Problem) -> Allocation:
    """A first proposal at once: linear programme and rounding, in blocks when it is large."""
    if not problem.pairs:
        return Allocation([], 0, 0.0, "optimal")
    if len(problem.obligations) > BLOCK_FROM:
        return _blocks(problem)
    return dived(problem)


def dived(problem: Problem, steps: Sequence[int] = (STEPS,)) -> Allocation:
    """A proposal from the linear programme over the whole problem, with its bound and prices.

    Of several numbers of ``steps`` the best answer is kept.
    """
    matrix = Matrix(problem)
    everything = np.arange(len(problem.pairs))
    fractions, prices = linear(matrix, everything)
    limit, best = bound(problem, list(prices)), None
    for number in steps:
        filling = Filling(problem)
        dive(matrix, everything, filling, number, fractions)
        fill_all(matrix, filling)
        found = _checked(problem, filling.units, limit, "rounded", 0)
        best = found if best is None or found.value > best.value else best
    assert best is not None
    return replace(best, prices=tuple(prices))


def _blocks(problem: Problem) -> Allocation:
    matrix = Matrix(problem)
    filling = Filling(problem)
    for group in _groups(problem, BLOCK):
        dive(matrix, group, filling, STEPS)
    fill_all(matrix, filling)
    return _checked(problem, filling.units, float("inf"), "rounded", 0)


def _groups(problem: Problem, size: int) -> list[Ints]:
    """Pairs per block of obligations, the largest obligations in the first.

    Who has much to fulfil needs whole lots; what they leave still suits the small ones. Blocks
    that mixed large and small cost four per cent of the worth of a national table.
    """
    order = sorted(range(len(problem.obligations)), key=lambda o: (-problem.obligations[o].room, o))
    blocks = np.zeros(len(order), np.int64)
    blocks[order] = np.arange(len(order)) // size
    per_pair = blocks[np.array(problem.obligation, np.int64)]
    by_block = np.argsort(per_pair, kind="stable")
    edges = np.searchsorted(per_pair[by_block], np.arange(-(-len(order) // size) + 1))
    return [
        by_block[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True) if b > a
    ]


def lp_bound(problem: Problem) -> float:
    """The bound of the linear programme over the whole problem, recomputed from its prices."""
    if not problem.pairs:
        return 0.0
    matrix = Matrix(problem)
    _, prices = linear(matrix, np.arange(len(problem.pairs)))
    return bound(problem, list(prices))


def _checked(
    problem: Problem, units: list[int], limit: float, method: str, iterations: int
) -> Allocation:
    wrong = faults(problem, units)
    if wrong:
        raise SolverFailed(f"the answer breaks {len(wrong)} limits, first: {wrong[0]}")
    return Allocation(units, value(problem, units), limit, method, iterations)


def proven(problem: Problem, start: Allocation, nodes: int = PROOF_NODES) -> Allocation:
    """The optimum of a small problem, proven to a relative gap of 1e-4 when the nodes suffice."""
    matrix = Matrix(problem)
    everything = np.arange(len(problem.pairs))
    begun = np.array(start.units, np.int64)
    found = whole(matrix, everything, problem.limits, begun, nodes=nodes, gap=1e-4)
    if found is None:
        return start
    units, limit = found
    better = _checked(problem, units, min(limit, start.bound), "improved", 1)
    if better.value < start.value:
        better = start
    gap = (better.bound - better.value) / max(1.0, abs(better.bound))
    method = "optimal" if gap <= 1.01e-4 else better.method
    return Allocation(better.units, better.value, better.bound, method, 1)


def improve(
    problem: Problem,
    start: Allocation,
    *,
    iterations: int,
    nodes: int = 10,
    progress: Progress | None = None,
) -> Allocation:
    """Take a few obligations loose at a time and solve those exactly; keep what is better.

    The obligations are chosen around a pair with prices that say it is worth it; the draw has a
    fixed seed. ``progress(done, of)`` returns False when somebody asked to stop: the best answer
    so far is kept with the number of rounds made.
    """
    matrix = Matrix(problem)
    filling = Filling(problem, start.units)
    neighbours = _Neighbours(problem)
    promising = _promising(matrix, start.prices)
    draw = random.Random(20_260_101)
    done = 0
    for turn in range(iterations):
        if progress is not None and not progress(done, iterations):
            break
        chosen = neighbours.draw(draw, filling, SIZES[turn % len(SIZES)])
        pairs = neighbours.pairs(chosen)
        _resolve(matrix, filling, pairs, promising, nodes)
        done += 1
    return _checked(problem, filling.units, start.bound, "improved", start.iterations + done)


def _promising(matrix: Matrix, prices: Sequence[float]) -> NDArray[np.bool_]:
    """Pairs that the prices do not rule out by more than a few per cent of their worth."""
    if not prices:
        return np.ones(len(matrix.profit), bool)
    cost = np.add.reduceat(np.array(prices)[matrix.rows] * matrix.weights, matrix.starts[:-1])
    earned = matrix.profit - matrix.problem.handling / matrix.maximum - cost
    return np.asarray(earned > -SLACK * matrix.profit)


def _resolve(
    matrix: Matrix, filling: Filling, pairs: Ints, promising: NDArray[np.bool_], nodes: int
) -> None:
    problem = matrix.problem
    before = {i: filling.units[i] for i in filling.taken.intersection(pairs.tolist())}
    worth = sum(problem.profit(i) * x - problem.handling for i, x in before.items())
    for i, x in before.items():
        filling.add(i, -x)
    now_used = np.isin(pairs, list(before))
    left = np.array(filling.left, np.float64)
    fits = most_alone(matrix, pairs, left) >= matrix.minimum[pairs]
    pairs = pairs[fits & (promising[pairs] | now_used)]
    begun = np.array([before.get(i, 0) for i in pairs.tolist()], np.int64)
    found = whole(matrix, pairs, filling.left, begun, nodes=nodes, gap=1e-4) if len(pairs) else None
    after = {i: x for i, x in zip(pairs.tolist(), found[0], strict=True) if x > 0} if found else {}
    if sum(problem.profit(i) * x - problem.handling for i, x in after.items()) < worth:
        after = before
    for i, x in after.items():
        filling.add(i, x)
    if min(filling.left) < 0:
        for i, x in after.items():
            filling.add(i, -x)
        for i, x in before.items():
            filling.add(i, x)


class _Neighbours:
    """Which obligations hang together: they compete for the same offers."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.of_obligation: list[list[int]] = [[] for _ in problem.obligations]
        self.of_enterprise: list[list[int]] = [[] for _ in problem.enterprises]
        for i, o in enumerate(problem.obligation):
            self.of_obligation[o].append(i)
            self.of_enterprise[problem.enterprise[i]].append(i)
        self.busy = [o for o, pairs in enumerate(self.of_obligation) if pairs]

    def pairs(self, chosen: Sequence[int]) -> Ints:
        """All pairs of these obligations, in order."""
        return np.array(sorted(i for o in chosen for i in self.of_obligation[o]), np.int64)

    def draw(self, draw: random.Random, filling: Filling, size: int) -> list[int]:
        """A first obligation, likelier when much of it is open, and others that share offers."""
        room = [
            filling.left[self.problem.touches[self.of_obligation[o][0]][0][0]] for o in self.busy
        ]
        first = draw.choices(self.busy, [1000 + r for r in room])[0]
        chosen = [first]
        while len(chosen) < min(size, len(self.busy)):
            around = self.of_obligation[draw.choice(chosen)]
            company = self.problem.enterprise[draw.choice(around)]
            other = self.problem.obligation[draw.choice(self.of_enterprise[company])]
            if other not in chosen:
                chosen.append(other)
            elif draw.random() < 0.3:
                stranger = draw.choice(self.busy)
                if stranger not in chosen:
                    chosen.append(stranger)
        return chosen


def allocate(problem: Problem, *, iterations: int, progress: Progress | None = None) -> Allocation:
    """The final allocation: proven for small problems, improved round by round for larger ones.

    Falls back on ``greedy`` when the solver is missing or fails; ``method`` then says so.
    """
    try:
        if not problem.pairs:
            return first(problem)
        if len(problem.pairs) <= SMALL_PAIRS:
            return proven(problem, first(problem))
        if len(problem.obligations) <= BLOCK_FROM:
            start = dived(problem, MORE_STEPS)
        else:
            start = first(problem)
        if BLOCK_FROM < len(problem.obligations) <= WHOLE_TO:
            # Whichever answer is best, the bound and the prices are those of the whole.
            of_all = dived(problem)
            best = max(start, of_all, key=lambda answer: answer.value)
            start = replace(best, bound=of_all.bound, prices=of_all.prices)
        return improve(problem, start, iterations=iterations, progress=progress)
    except SolverFailed:
        units = greedy(problem)
        return Allocation(units, value(problem, units), float("inf"), "greedy")
