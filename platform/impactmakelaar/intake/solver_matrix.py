"""The limits as numbers, and the two programmes that HiGHS solves: linear and whole.

The only importer of HiGHS: one thread and a fixed seed.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.intake.rules_allocation import FIT_SCALE, Problem

try:
    import highspy
except ImportError:  # pragma: no cover - a machine without the wheel
    highspy = None  # type: ignore[assignment]

SCALE = 100_000.0
"""Thousandths of a cent per euro: what the solver sees are euros."""

PLAIN_PAIRS = 40_000
"""Up to this many pairs a linear programme is solved as it is: simplifying it first takes longer."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SolverFailed(Exception):  # noqa: N818
    """The library is missing, or gave no usable answer."""


def version() -> str:
    """Name and version of the solver, kept with each plan."""
    return f"HiGHS {highspy.Highs().version()}" if highspy else "none"


class Matrix:
    """The limits as numbers: column-wise weights of the pairs, in euros and units."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        count = len(problem.pairs)
        self.maximum = np.array(problem.maximum, np.float64)
        self.minimum = np.array(problem.minimum, np.float64)
        self.unit = np.array([p.unit for p in problem.pairs], np.float64)
        fit = np.array([FIT_SCALE + p.fit for p in problem.pairs], np.float64)
        self.profit = self.unit * fit
        self.partners = np.array(problem.partner_rows, np.int64).reshape(count, 2)
        self.starts, self.rows, self.weights = self._columns()
        self.columns = np.repeat(np.arange(count), np.diff(self.starts))
        self.limits = np.array(problem.limits, np.float64)
        # Rows of money are counted in euros of a hundred cents: well scaled, still exact enough.
        names = problem.names
        self.row_scale = np.array(
            [0.01 if n.startswith(("room", "cap", "euros")) else 1.0 for n in names], np.float64
        )

    def _columns(self) -> tuple[Ints, Ints, Floats]:
        """(starts, rows, weights): per pair what it touches, and last its two partner limits."""
        touches = self.problem.touches
        lengths = np.array([len(one) for one in touches], np.int64)
        flat = np.fromiter(
            chain.from_iterable(chain.from_iterable(touches)), np.int64, 2 * int(lengths.sum())
        ).reshape(-1, 2)
        starts = np.zeros(len(touches) + 1, np.int64)
        np.cumsum(lengths + 2, out=starts[1:])
        rows, weights = np.zeros(starts[-1], np.int64), np.zeros(starts[-1])
        last = starts[1:] - 1
        touched = np.ones(starts[-1], bool)
        touched[last] = touched[last - 1] = False
        rows[touched], weights[touched] = flat[:, 0], flat[:, 1]
        rows[last - 1], rows[last] = self.partners[:, 0], self.partners[:, 1]
        weights[last - 1] = weights[last] = 1.0 / self.maximum
        return starts, rows, weights

    def slice(self, pairs: Ints) -> tuple[Ints, Ints, Floats]:
        """(starts, rows, weights) of these columns."""
        counts = self.starts[pairs + 1] - self.starts[pairs]
        starts = np.zeros(len(pairs) + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        where = np.repeat(self.starts[pairs] - starts[:-1], counts) + np.arange(starts[-1])
        return starts, self.rows[where], self.weights[where]


def new_engine() -> "highspy.Highs":
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
        most = np.maximum(np.minimum(most, most_alone(matrix, pairs, limits)), 1.0)
        weights = weights.copy()
        weights[starts[1:] - 1] = 1.0 / most
        weights[starts[1:] - 2] = 1.0 / most
    used, compact = np.unique(rows, return_inverse=True)
    engine = new_engine()
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
    if len(pairs) <= PLAIN_PAIRS:
        engine.setOptionValue("presolve", "off")
    engine.passModel(lp)
    engine.run()
    if engine.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SolverFailed(str(engine.getModelStatus()))
    solution = engine.getSolution()
    prices = np.zeros(len(matrix.limits))
    duals = np.maximum(np.abs(np.array(solution.row_dual)), 0.0)
    prices[used] = duals * matrix.row_scale[used] * SCALE
    return np.array(solution.col_value), prices


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
    most = np.minimum(matrix.maximum[pairs], most_alone(matrix, pairs, limits))
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
    engine = new_engine()
    engine.setOptionValue("mip_max_nodes", nodes)
    engine.setOptionValue("mip_rel_gap", gap)
    # A part is small and starts from an answer: searching beats the solver's own guessing.
    engine.setOptionValue("mip_heuristic_effort", 0.0 if nodes < 1000 else 0.05)
    engine.setOptionValue("mip_heuristic_run_feasibility_jump", nodes >= 1000)
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


def most_alone(matrix: Matrix, pairs: Ints, limits: Floats) -> Floats:
    """The most each pair could get if it were alone."""
    starts, rows, weights = matrix.slice(pairs)
    fits = np.floor(limits[rows] / weights + 1e-9)
    fits[np.concatenate([starts[1:] - 1, starts[1:] - 2])] = np.inf
    return np.minimum.reduceat(fits, starts[:-1]) if len(pairs) else np.zeros(0)
