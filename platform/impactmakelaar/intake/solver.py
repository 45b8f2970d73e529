"""Solving the allocation: linear programme, rounding, diving, and improving part by part.

The only importer of HiGHS. One thread, a fixed seed and fixed counts of iterations and nodes,
never a clock: the same problem gives the same answer. Every answer is whole units, checked by
``rules_allocation.faults`` in integer arithmetic; every bound is recomputed there from the prices.
When the library is missing or fails, ``SolverFailed`` is raised and the caller falls back on
``rules_allocation.greedy``.
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
from impactmakelaar.intake.rules_meetings import (
    Pairing,
    Room,
    Talk,
    choose,
    filled,
    ordered,
    pairing_faults,
)

try:
    import highspy
except ImportError:  # pragma: no cover - a machine without the wheel
    highspy = None  # type: ignore[assignment]

SMALL_PAIRS = 600
"""Up to this many pairs the whole problem is solved to a proven optimum."""
BLOCK_FROM = 150
"""From this many obligations the linear programme is solved in blocks, not as a whole."""
WHOLE_TO = 600
"""Up to this many obligations the final allocation starts from the whole linear programme."""
BLOCK = 60
SLACK = 0.05
"""How far under its price a pair may be and still take part in an improvement."""
STEPS = 4
"""How often a linear answer is settled in part and solved again."""
SCALE = 100_000.0
"""Thousandths of a cent per euro: what the solver sees are euros."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Progress = Callable[[int, int], bool]


class SolverFailed(Exception):  # noqa: N818
    """The library is missing, or gave no usable answer."""


def version() -> str:
    """Name and version of the solver, kept with each plan."""
    return f"HiGHS {highspy.Highs().version()}" if highspy else "none"


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


class Matrix:
    """The limits as numbers: column-wise weights of the pairs, in euros and units."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        rows, columns, weights = [], [], []
        for i, touches in enumerate(problem.touches):
            most = problem.maximum[i]
            for row, weight in touches:
                rows.append(row)
                columns.append(i)
                weights.append(float(weight))
            for row in problem.partner_rows[i]:
                rows.append(row)
                columns.append(i)
                weights.append(1.0 / most)
        self.rows = np.array(rows, np.int64)
        self.columns = np.array(columns, np.int64)
        self.weights = np.array(weights, np.float64)
        self.starts = np.searchsorted(self.columns, np.arange(len(problem.pairs) + 1))
        self.profit = np.array([problem.profit(i) for i in range(len(problem.pairs))], np.float64)
        self.maximum = np.array(problem.maximum, np.float64)
        self.minimum = np.array(problem.minimum, np.float64)
        self.unit = np.array([p.unit for p in problem.pairs], np.float64)
        self.limits = np.array(problem.limits, np.float64)
        # Rows of money are counted in euros of a hundred cents: well scaled, still exact enough.
        names = problem.names
        self.row_scale = np.array(
            [0.01 if n.startswith(("room", "cap", "euros")) else 1.0 for n in names], np.float64
        )

    def slice(self, pairs: Ints) -> tuple[Ints, Ints, Floats]:
        """(starts, rows, weights) of these columns."""
        counts = self.starts[pairs + 1] - self.starts[pairs]
        starts = np.zeros(len(pairs) + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        where = np.repeat(self.starts[pairs] - starts[:-1], counts) + np.arange(starts[-1])
        return starts, self.rows[where], self.weights[where]


def _engine() -> "highspy.Highs":
    if highspy is None:
        raise SolverFailed("no solver is installed")
    engine = highspy.Highs()
    engine.setOptionValue("output_flag", False)
    engine.setOptionValue("threads", 1)
    engine.setOptionValue("random_seed", 1)
    return engine


def linear(matrix: Matrix, pairs: Ints, left: Sequence[int] | None = None) -> tuple[Floats, Floats]:
    """(units per pair as fractions, price per limit) of the linear programme over these pairs.

    ``left`` is what remains of the limits; a pair's own maximum then shrinks with them.
    """
    limits = matrix.limits if left is None else np.array(left, np.float64)
    most = matrix.maximum[pairs]
    starts, rows, weights = matrix.slice(pairs)
    if left is not None:
        most = np.maximum(np.minimum(most, _room(matrix, pairs, limits)), 1.0)
        weights = weights.copy()
        weights[starts[1:] - 1] = 1.0 / most
        weights[starts[1:] - 2] = 1.0 / most
    used, compact = np.unique(rows, return_inverse=True)
    engine = _engine()
    lp = highspy.HighsLp()
    lp.num_col_ = len(pairs)
    lp.num_row_ = len(used)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = (matrix.profit[pairs] - matrix.problem.handling / most) / SCALE
    lp.col_lower_ = np.zeros(len(pairs))
    lp.col_upper_ = most
    lp.row_lower_ = np.full(len(used), -highspy.kHighsInf)
    lp.row_upper_ = limits[used] * matrix.row_scale[used]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = starts
    lp.a_matrix_.index_ = compact
    lp.a_matrix_.value_ = weights * matrix.row_scale[rows]
    engine.passModel(lp)
    engine.run()
    if engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(str(engine.getModelStatus()))
    solution = engine.getSolution()
    prices = np.zeros(len(matrix.limits))
    duals = np.maximum(np.abs(np.array(solution.row_dual)), 0.0)
    prices[used] = duals * matrix.row_scale[used] * SCALE
    return np.array(solution.col_value), prices


def dive(
    matrix: Matrix, pairs: Ints, filling: Filling, steps: int, known: Floats | None = None
) -> None:
    """Solve, settle the pairs that the linear answer is surest of, and solve what is left again.

    ``known`` is the linear answer over these pairs when it was made already.
    """
    problem = matrix.problem
    for step in range(steps, 0, -1):
        if known is not None:
            used = np.flatnonzero(known > 1e-6)
            settle(problem, pairs[used], known[used], filling, 1.0 / step)
            known = None
            continue
        limits = np.array(filling.left, np.float64)
        fresh = np.array([filling.units[int(i)] == 0 for i in pairs], bool)
        pairs = pairs[fresh & (_room(matrix, pairs, limits) >= matrix.minimum[pairs])]
        pairs = pairs[_open(problem, pairs, filling)]
        if not len(pairs):
            break
        fractions, _ = linear(matrix, pairs, filling.left)
        used = np.flatnonzero(fractions > 1e-6)
        if not len(used):
            break
        settle(problem, pairs[used], fractions[used], filling, 1.0 / step)
    filling.fill(by_worth(problem, [i for i, x in enumerate(filling.units) if x]))


def _open(problem: Problem, pairs: Ints, filling: Filling) -> NDArray[np.bool_]:
    """Which pairs have two parties that can still take on a partner."""
    left = filling.left
    rows = (problem.partner_rows[int(i)] for i in pairs)
    return np.array([left[a] > 0 and left[b] > 0 for a, b in rows], bool)


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


def whole(
    matrix: Matrix,
    pairs: Ints,
    left: Sequence[int],
    start: Sequence[int],
    *,
    nodes: int,
    gap: float,
) -> tuple[list[int], float] | None:
    """The mixed integer programme over these pairs: (units, its own bound), None when it has none.

    ``left`` are the limits without what these pairs use in ``start``, from which it begins.
    """
    problem = matrix.problem
    count = len(pairs)
    limits = np.array(left, np.float64)
    starts, rows, weights = matrix.slice(pairs)
    used, compact = np.unique(rows, return_inverse=True)
    # Columns: x (units) then y (agreement or not); rows: limits, then x <= M y, then x >= L y.
    most = np.minimum(matrix.maximum[pairs], _room(matrix, pairs, limits))
    low = matrix.minimum[pairs]
    keep = most >= low
    index: list[NDArray[np.int64]] = []
    entry: list[Floats] = []
    begin = [0]
    base = len(used)
    for at in range(count):
        part = slice(starts[at], starts[at + 1] - 2)
        index.append(np.append(compact[part], (base + at, base + count + at)))
        entry.append(np.append(weights[part] * matrix.row_scale[rows[part]], (1.0, 1.0)))
        begin.append(begin[-1] + len(index[-1]))
    for at in range(count):
        part = slice(starts[at + 1] - 2, starts[at + 1])
        index.append(np.append(compact[part], (base + at, base + count + at)))
        entry.append(np.array((1.0, 1.0, -max(most[at], 0.0), -low[at])))
        begin.append(begin[-1] + 4)
    engine = _engine()
    engine.setOptionValue("mip_max_nodes", nodes)
    engine.setOptionValue("mip_rel_gap", gap)
    # A part is small and starts from an answer: searching beats the solver's own guessing.
    engine.setOptionValue("mip_heuristic_effort", 0.0 if nodes < 1000 else 0.05)
    engine.setOptionValue("mip_allow_restart", False)
    engine.setOptionValue("mip_detect_symmetry", False)
    lp = highspy.HighsLp()
    lp.num_col_ = 2 * count
    lp.num_row_ = base + 2 * count
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.append(
        matrix.profit[pairs] / SCALE, np.full(count, -problem.handling / SCALE)
    )
    lp.col_lower_ = np.zeros(2 * count)
    lp.col_upper_ = np.append(np.where(keep, most, 0.0), np.where(keep, 1.0, 0.0))
    infinite = highspy.kHighsInf
    lp.row_lower_ = np.concatenate(
        (np.full(base, -infinite), np.full(count, -infinite), np.zeros(count))
    )
    lp.row_upper_ = np.concatenate(
        (limits[used] * matrix.row_scale[used], np.zeros(count), np.full(count, infinite))
    )
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.array(begin)
    lp.a_matrix_.index_ = np.concatenate(index)
    lp.a_matrix_.value_ = np.concatenate(entry)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * (2 * count)
    engine.passModel(lp)
    guess = highspy.HighsSolution()
    begun = np.array([start[int(i)] for i in pairs], np.float64)
    guess.col_value = np.append(begun, (begun > 0).astype(np.float64))
    engine.setSolution(guess)
    engine.run()
    solution = engine.getSolution()
    if not solution.value_valid:
        return None
    found = [round(x) for x in list(solution.col_value)[:count]]
    return found, engine.getInfo().mip_dual_bound * SCALE


def _room(matrix: Matrix, pairs: Ints, limits: Floats) -> Floats:
    """The most each pair could get if it were alone."""
    starts, rows, weights = matrix.slice(pairs)
    fits = np.floor(limits[rows] / weights + 1e-9)
    fits[np.concatenate([starts[1:] - 1, starts[1:] - 2])] = np.inf
    return np.minimum.reduceat(fits, starts[:-1]) if len(pairs) else np.zeros(0)


def first(problem: Problem) -> Allocation:
    """A first proposal at once: linear programme and rounding, in blocks when it is large."""
    if not problem.pairs:
        return Allocation([], 0, 0.0, "optimal")
    if len(problem.obligations) > BLOCK_FROM:
        return _blocks(problem)
    return dived(problem)


def dived(problem: Problem) -> Allocation:
    """A proposal from the linear programme over the whole problem, with its bound and prices."""
    matrix = Matrix(problem)
    everything = np.arange(len(problem.pairs))
    fractions, prices = linear(matrix, everything)
    filling = Filling(problem)
    dive(matrix, everything, filling, STEPS, fractions)
    filling.fill(by_worth(problem))
    found = _checked(problem, filling.units, bound(problem, list(prices)), "rounded", 0)
    return replace(found, prices=tuple(prices))


def _blocks(problem: Problem) -> Allocation:
    matrix = Matrix(problem)
    filling = Filling(problem)
    for group in _groups(problem, BLOCK):
        dive(matrix, group, filling, STEPS)
    filling.fill(by_worth(problem))
    return _checked(problem, filling.units, float("inf"), "rounded", 0)


def _groups(problem: Problem, size: int) -> list[Ints]:
    """Pairs per block of obligations, the largest obligations spread over the blocks."""
    order = sorted(range(len(problem.obligations)), key=lambda o: (-problem.obligations[o].room, o))
    count = max(1, -(-len(order) // size))
    block_of = {o: at % count for at, o in enumerate(order)}
    obligation = np.array(problem.obligation, np.int64)
    blocks = np.array([block_of[o] for o in range(len(problem.obligations))], np.int64)
    return [found for b in range(count) if len(found := np.flatnonzero(blocks[obligation] == b))]


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


def proven(problem: Problem, start: Allocation) -> Allocation:
    """The proven optimum of a small problem (relative gap 1e-4), within a fixed number of nodes."""
    matrix = Matrix(problem)
    everything = np.arange(len(problem.pairs))
    found = whole(matrix, everything, problem.limits, start.units, nodes=200_000, gap=1e-4)
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
    size: int = 5,
    nodes: int = 50,
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
    for _ in range(iterations):
        if progress is not None and not progress(done, iterations):
            break
        chosen = neighbours.draw(draw, filling, size)
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
    before = {int(i): filling.units[int(i)] for i in pairs if filling.units[int(i)]}
    worth = sum(problem.profit(i) * x - problem.handling for i, x in before.items())
    for i, x in before.items():
        filling.add(i, -x)
    start = [0] * len(problem.pairs)
    for i, x in before.items():
        start[i] = x
    fits = _room(matrix, pairs, np.array(filling.left, np.float64)) >= matrix.minimum[pairs]
    now_used = np.array([int(i) in before for i in pairs], bool)
    pairs = pairs[fits & (promising[pairs] | now_used)]
    if not len(pairs):
        return
    found = whole(matrix, pairs, filling.left, start, nodes=nodes, gap=1e-4)
    if found is not None:
        now = sum(
            problem.profit(int(i)) * x - problem.handling
            for i, x in zip(pairs, found[0], strict=True)
            if x > 0
        )
        if now >= worth:
            for i, x in zip(pairs, found[0], strict=True):
                if x > 0:
                    filling.add(int(i), x)
            if min(filling.left) >= 0:
                return
            for i, x in zip(pairs, found[0], strict=True):
                if x > 0:
                    filling.add(int(i), -x)
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
        start = first(problem)
        if not problem.pairs:
            return start
        if len(problem.pairs) <= SMALL_PAIRS:
            return proven(problem, start)
        if BLOCK_FROM < len(problem.obligations) <= WHOLE_TO:
            start = max(start, dived(problem), key=lambda answer: answer.value)
        return improve(problem, start, iterations=iterations, progress=progress)
    except SolverFailed:
        units = greedy(problem)
        return Allocation(units, value(problem, units), float("inf"), "greedy")


def choose_meetings(
    talks: Sequence[Talk], room: Room, fixed: Sequence[Pairing] = ()
) -> tuple[list[Pairing], str]:
    """(meetings, "optimal" or "greedy"): everybody once first, then the largest sum of scores.

    One linear programme whose corners are whole (a flow): a first meeting of an enterprise earns
    more than all scores together. Without a solver ``rules_meetings.choose`` answers.
    """
    usable = ordered(talks, room)
    try:
        found = _flow(usable, room, set(fixed)) if usable else sorted(set(fixed))
    except SolverFailed:
        return choose(usable, room, fixed), "greedy"
    return found, "optimal"


def _flow(talks: list[Talk], room: Room, fixed: set[Pairing]) -> list[Pairing]:
    free = [t for t in talks if t.pairing not in fixed]
    left_c, left_e = dict(room.contractors), dict(room.enterprises)
    for contractor, enterprise in fixed:
        left_c[contractor] = left_c.get(contractor, 0) - 1
        left_e[enterprise] = left_e.get(enterprise, 0) - 1
    met = {enterprise for _, enterprise in fixed}
    contractors = sorted({t.contractor for t in free})
    enterprises = sorted({t.enterprise for t in free})
    row_c = {c: i for i, c in enumerate(contractors)}
    row_e = {e: len(contractors) + i for i, e in enumerate(enterprises)}
    unmet = [e for e in enterprises if e not in met]
    base = len(contractors) + len(enterprises)
    row_z = {e: base + 1 + i for i, e in enumerate(unmet)}
    total = float(sum(sorted((t.score for t in free), reverse=True)[: max(0, room.places)]) + 1)
    cost = [float(t.score) for t in free]
    cost += [total * (len(unmet) + 1) + (total if e in room.first else 0.0) for e in unmet]
    scale = max(1.0, max(cost, default=1.0) / 1e7)
    starts, index, entry = [0], [], []
    for t in free:
        rows = [row_c[t.contractor], row_e[t.enterprise], base]
        index += rows
        entry += [1.0, 1.0, 1.0]
        if t.enterprise in row_z:
            index.append(row_z[t.enterprise])
            entry.append(-1.0)
        starts.append(len(index))
    for e in unmet:
        index.append(row_z[e])
        entry.append(1.0)
        starts.append(len(index))
    upper = [max(0, left_c[c]) for c in contractors] + [max(0, left_e[e]) for e in enterprises]
    upper += [max(0, room.places - len(fixed))] + [0] * len(unmet)
    engine = _engine()
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(upper)
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.array(cost) / scale
    lp.col_lower_ = np.zeros(len(cost))
    lp.col_upper_ = np.ones(len(cost))
    lp.row_lower_ = np.full(len(upper), -highspy.kHighsInf)
    lp.row_upper_ = np.array(upper, np.float64)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.array(starts)
    lp.a_matrix_.index_ = np.array(index)
    lp.a_matrix_.value_ = np.array(entry)
    engine.passModel(lp)
    engine.run()
    if engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(str(engine.getModelStatus()))
    values = list(engine.getSolution().col_value)[: len(free)]
    chosen = fixed | {t.pairing for t, x in zip(free, values, strict=True) if x > 0.5}
    chosen = filled(chosen, free, room)
    loose = {t for t in free if t.pairing in chosen}
    if pairing_faults((t.pairing for t in loose), free, Room(left_c, left_e, room.places)):
        raise SolverFailed("the meetings do not fit")
    return sorted(chosen)
