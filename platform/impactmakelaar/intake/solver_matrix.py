"""The limits as numbers, and the two programmes that HiGHS solves: linear and whole.

The only importer of HiGHS: one thread and a fixed seed.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

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
"""Up to this many pairs a linear programme is solved as it is: simplifying it costs more."""

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
    start: Ints,
    *,
    nodes: int,
    gap: float,
    going: Callable[[int], bool] | None = None,
) -> tuple[list[int], float] | None:
    """The mixed integer programme over these pairs: (units, its own bound), None when it has none.

    ``start`` are units per pair to begin from, ``left`` the limits without what these use.
    ``going`` is told how many nodes are done; False ends it with the best answer so far.
    """
    engine = new_engine()
    engine.setOptionValue("mip_max_nodes", nodes)
    engine.setOptionValue("mip_rel_gap", gap)
    # A part is small and starts from an answer: searching beats the solver's own guessing.
    engine.setOptionValue("mip_heuristic_effort", 0.0 if nodes < 1000 else 0.05)
    engine.setOptionValue("mip_heuristic_run_feasibility_jump", nodes >= 1000)
    engine.setOptionValue("mip_allow_restart", False)
    engine.setOptionValue("mip_detect_symmetry", False)
    engine.passModel(_whole_model(matrix, pairs, np.array(left, np.float64)))
    guess = highspy.HighsSolution()
    guess.col_value = np.append(start, start > 0).astype(np.float64)
    engine.setSolution(guess)
    watch = _Watch(going) if going else None
    if watch:
        engine.cbMipInterrupt.subscribe(watch)
    engine.run()
    if watch and watch.error:
        raise watch.error
    solution = engine.getSolution()
    if not solution.value_valid:
        return None
    found = [round(x) for x in list(solution.col_value)[: len(pairs)]]
    return found, engine.getInfo().mip_dual_bound * SCALE


class _Watch:
    """Passes the number of nodes on, once per number; the solver cannot carry an exception."""

    def __init__(self, going: Callable[[int], bool]) -> None:
        self.going = going
        self.told = -1
        self.over = False
        self.error: Exception | None = None

    def __call__(self, event: Any) -> None:
        nodes = int(event.data_out.mip_node_count)
        if nodes > self.told and not self.over:
            self.told = nodes
            try:
                self.over = not self.going(nodes)
            except Exception as error:  # noqa: BLE001 - raised again outside the solver
                self.error, self.over = error, True
        if self.over:
            event.interrupt()


def _whole_model(matrix: Matrix, pairs: Ints, limits: Floats) -> "highspy.HighsLp":
    """Columns: x (units), then y (agreement or not); rows: limits, then x <= M y, x >= L y."""
    count = len(pairs)
    starts, rows, weights = matrix.slice(pairs)
    used, compact = np.unique(rows, return_inverse=True)
    most = np.minimum(matrix.maximum[pairs], most_alone(matrix, pairs, limits))
    low = matrix.minimum[pairs]
    keep = most >= low
    base = len(used)
    last = starts[1:] - 1
    per_pair = base + np.arange(count)
    # In x the two partner limits, the last of each column, make place for the rows of x and y.
    x_index, x_entry = compact.copy(), weights * matrix.row_scale[rows]
    x_index[last - 1], x_index[last] = per_pair, per_pair + count
    x_entry[last - 1] = x_entry[last] = 1.0
    one = np.ones(count)
    y_index = np.stack((compact[last - 1], compact[last], per_pair, per_pair + count), axis=1)
    y_entry = np.stack((one, one, -np.maximum(most, 0.0), -low), axis=1)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = 2 * count, base + 2 * count
    lp.sense_ = highspy.ObjSense.kMaximize
    handling = np.full(count, -matrix.problem.handling / SCALE)
    lp.col_cost_ = np.append(matrix.profit[pairs] / SCALE, handling)
    lp.col_lower_ = np.zeros(2 * count)
    lp.col_upper_ = np.append(np.where(keep, most, 0.0), keep)
    infinite = np.full(base + count, highspy.kHighsInf)
    lp.row_lower_ = np.append(-infinite, np.zeros(count))
    ours = limits[used] * matrix.row_scale[used]
    lp.row_upper_ = np.concatenate((ours, np.zeros(count), infinite[:count]))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.append(starts, starts[-1] + 4 * (1 + np.arange(count)))
    lp.a_matrix_.index_ = np.append(x_index, y_index)
    lp.a_matrix_.value_ = np.append(x_entry, y_entry)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * (2 * count)
    return lp


def most_alone(matrix: Matrix, pairs: Ints, limits: Floats) -> Floats:
    """The most each pair could get if it were alone."""
    starts, rows, weights = matrix.slice(pairs)
    fits = np.floor(limits[rows] / weights + 1e-9)
    fits[np.concatenate([starts[1:] - 1, starts[1:] - 2])] = np.inf
    return np.minimum.reduceat(fits, starts[:-1]) if len(pairs) else np.zeros(0)
