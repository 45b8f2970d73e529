"""Improving an allocation part by part: a few obligations at a time are settled anew, exactly."""

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.intake.rules_allocation import Filling, Problem
from impactmakelaar.intake.solver_answer import Allocation, checked
from impactmakelaar.intake.solver_matrix import Floats, Ints, Matrix, linear, most_alone, whole

SLACK = 0.05
"""How far under its price a pair may be and still take part in an improvement."""
LOCAL_SLACK = 0.005
"""The same when there are no prices of the whole and those of the part itself must do."""
SIZES = (4, 5, 6)
"""How many obligations are taken loose at a time, in turn."""

Progress = Callable[[int, int], bool]


def improve(
    problem: Problem,
    start: Allocation,
    *,
    iterations: int,
    nodes: int = 10,
    sizes: Sequence[int] = SIZES,
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
        chosen = neighbours.draw(draw, filling, sizes[turn % len(sizes)])
        pairs = neighbours.pairs(chosen)
        _resolve(matrix, filling, pairs, promising, nodes)
        done += 1
    return checked(problem, filling.units, start.bound, "improved", start.iterations + done)


def _promising(matrix: Matrix, prices: Sequence[float]) -> NDArray[np.bool_] | None:
    """Pairs that the prices do not rule out by more than a few per cent; None without prices."""
    if not prices:
        return None
    everything = np.arange(len(matrix.profit))
    return np.asarray(_earned(matrix, everything, np.array(prices)) > -SLACK)


def _hopeful(matrix: Matrix, pairs: Ints, filling: Filling) -> NDArray[np.bool_]:
    """Pairs of a part that its own linear answer uses, or that its prices hardly rule out."""
    fractions, prices = linear(matrix, pairs, filling.left)
    return np.asarray((fractions > 1e-6) | (_earned(matrix, pairs, prices) > -LOCAL_SLACK))


def _earned(matrix: Matrix, pairs: Ints, prices: Floats) -> Floats:
    """What a pair still earns after its prices, as a share of its worth."""
    starts, rows, weights = matrix.slice(pairs)
    cost = np.add.reduceat(prices[rows] * weights, starts[:-1])
    left = matrix.profit[pairs] - matrix.problem.handling / matrix.maximum[pairs] - cost
    return np.asarray(left / matrix.profit[pairs])


def _resolve(
    matrix: Matrix, filling: Filling, pairs: Ints, promising: NDArray[np.bool_] | None, nodes: int
) -> None:
    problem = matrix.problem
    before = {i: filling.units[i] for i in filling.taken.intersection(pairs.tolist())}
    worth = sum(problem.profit(i) * x - problem.handling for i, x in before.items())
    for i, x in before.items():
        filling.add(i, -x)
    now_used = np.isin(pairs, list(before))
    left = np.array(filling.left, np.float64)
    fits = most_alone(matrix, pairs, left) >= matrix.minimum[pairs]
    if promising is None and fits.any():
        hopeful = _hopeful(matrix, pairs[fits], filling)
        fits[fits] = hopeful
    elif promising is not None:
        fits &= promising[pairs]
    pairs = pairs[fits | now_used]
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
