"""Solving the allocation: linear programme, rounding, diving, and improving part by part.

Fixed counts of iterations and nodes, never a clock: the same problem gives the same answer. Every
answer is whole units, checked by ``rules_allocation.faults`` in integer arithmetic; every bound is
recomputed there from the prices. When the library is missing or fails, ``SolverFailed`` is raised
and the caller falls back on ``rules_allocation.greedy``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.intake.rules_allocation import (
    Filling,
    Problem,
    bound,
    by_worth,
    greedy,
    value,
)
from impactmakelaar.intake.solver_answer import Allocation, checked
from impactmakelaar.intake.solver_matrix import (
    Floats,
    Ints,
    Matrix,
    SolverFailed,
    linear,
    most_alone,
    whole,
)
from impactmakelaar.intake.solver_search import Progress, improve

SMALL_PAIRS = 600
"""Up to this many pairs the whole problem is solved at once, to a proven optimum if it can."""
PROOF_AT_ONCE = 80
"""Up to this many pairs a proof begins from the first proposal; above, from an improved one."""
FIRST_STEPS, FIRST_ROUNDS, FIRST_SIZES = (3, 5, 8), 6, (3,)
"""Of a small problem: dives and rounds of improvement that a first proposal has the time for."""
PROOF_ROUNDS, PROOF_SIZES = 60, (3, 4, 5)
"""Rounds of improvement before a proof, and how many obligations each takes loose."""
MOST_NODES, NODE_WORK = 2_000, 11_000_000
"""Branches a proof may take: fewer where one costs more, which goes with the pairs squared."""
BLOCK_FROM = 150
"""From this many obligations the linear programme is solved in blocks, not as a whole."""
WHOLE_TO = 600
"""Up to this many obligations the final allocation starts from the whole linear programme."""
BLOCK = 45
STEPS = 4
"""How often a linear answer is settled in part and solved again."""
MORE_STEPS = (4, 12, 20, 30)
"""The same for a final allocation, which keeps the best of several."""


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
    """A first proposal at once: linear programme and rounding, in blocks when it is large.

    With a few pairs rounding loses a tenth, because every lot is a large part of the whole; a few
    rounds of improvement win half of that back and still take no time.
    """
    if not problem.pairs:
        return Allocation([], 0, 0.0, "optimal")
    if len(problem.pairs) <= SMALL_PAIRS:
        start = dived(problem, FIRST_STEPS)
        return improve(problem, start, iterations=FIRST_ROUNDS, sizes=FIRST_SIZES)
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
    limit, best = bound(problem, prices.tolist()), None
    for number in steps:
        filling = Filling(problem)
        dive(matrix, everything, filling, number, fractions)
        fill_all(matrix, filling)
        found = checked(problem, filling.units, limit, "rounded", 0)
        best = found if best is None or found.value > best.value else best
    assert best is not None
    return replace(best, prices=tuple(prices.tolist()))


def _blocks(problem: Problem) -> Allocation:
    matrix = Matrix(problem)
    filling = Filling(problem)
    for group in groups(problem, BLOCK):
        dive(matrix, group, filling, STEPS)
    fill_all(matrix, filling)
    return checked(problem, filling.units, float("inf"), "rounded", 0)


def groups(problem: Problem, size: int) -> list[Ints]:
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
    return bound(problem, prices.tolist())


def proven(
    problem: Problem, start: Allocation, *, going: Callable[[float], bool] | None = None
) -> Allocation:
    """The optimum of a small problem, proven to a relative gap of 1e-4 when the nodes suffice.

    ``going`` is told which share of the nodes is used, at most ``PROOF_ROUNDS`` times, and returns
    False to end with the best answer so far.
    """
    nodes = min(MOST_NODES, NODE_WORK // max(1, len(problem.pairs)) ** 2)
    matrix = Matrix(problem)
    everything = np.arange(len(problem.pairs))
    begun = np.array(start.units, np.int64)
    told = -1

    def watch(done: int) -> bool:
        nonlocal told
        part = min(done, nodes) * PROOF_ROUNDS // nodes
        if going is None or part == told:
            return True
        told = part
        return going(part / PROOF_ROUNDS)

    found = whole(matrix, everything, problem.limits, begun, nodes=nodes, gap=1e-4, going=watch)
    if found is None:
        return start
    units, limit = found
    better = checked(problem, units, min(limit, start.bound), "improved", 1)
    if better.value < start.value:
        better = start
    gap = (better.bound - better.value) / max(1.0, abs(better.bound))
    method = "optimal" if gap <= 1.01e-4 else better.method
    return Allocation(better.units, better.value, better.bound, method, start.iterations + 1)


def _small(problem: Problem, progress: Progress | None) -> Allocation:
    """Improved, then proven: the better the answer to begin from, the fewer branches are left.

    Both are told as ``PROOF_ROUNDS`` rounds; whoever asks to stop gets the best answer so far.
    """
    stopped = False

    def told(done: int) -> bool:
        nonlocal stopped
        stopped = stopped or (progress is not None and not progress(done, 2 * PROOF_ROUNDS))
        return not stopped

    if len(problem.pairs) <= PROOF_AT_ONCE:
        start = first(problem)
    else:
        start = improve(
            problem,
            dived(problem, MORE_STEPS),
            iterations=PROOF_ROUNDS,
            sizes=PROOF_SIZES,
            progress=lambda done, _of: told(done),
        )
    if not told(PROOF_ROUNDS):
        return start
    return proven(problem, start, going=lambda share: told(int(PROOF_ROUNDS * (1 + share))))


def allocate(problem: Problem, *, iterations: int, progress: Progress | None = None) -> Allocation:
    """The final allocation: proven for small problems, improved round by round for larger ones.

    Falls back on ``greedy`` when the solver is missing or fails; ``method`` then says so.
    """
    try:
        if not problem.pairs:
            return first(problem)
        if len(problem.pairs) <= SMALL_PAIRS:
            return _small(problem, progress)
        if len(problem.obligations) <= BLOCK_FROM:
            start = dived(problem, MORE_STEPS)
        else:
            # Blocks do not see each other: now and then the obvious way is better to begin with.
            obvious = checked(problem, greedy(problem), float("inf"), "rounded", 0)
            start = max(first(problem), obvious, key=lambda answer: answer.value)
        if BLOCK_FROM < len(problem.obligations) <= WHOLE_TO:
            # Whichever answer is best, the bound and the prices are those of the whole.
            of_all = dived(problem)
            best = max(start, of_all, key=lambda answer: answer.value)
            start = replace(best, bound=of_all.bound, prices=of_all.prices)
        return improve(problem, start, iterations=iterations, progress=progress)
    except SolverFailed:
        units = greedy(problem)
        return Allocation(units, value(problem, units), float("inf"), "greedy")
