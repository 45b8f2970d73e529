"""An answer of the solver: how good it is, and that it keeps every limit."""

from dataclasses import dataclass

from impactmakelaar.intake.rules_allocation import Problem, faults, value
from impactmakelaar.intake.solver_matrix import SolverFailed


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


def checked(
    problem: Problem, units: list[int], limit: float, method: str, iterations: int
) -> Allocation:
    """The answer when it keeps every limit, counted in whole numbers; ``SolverFailed`` if not."""
    wrong = faults(problem, units)
    if wrong:
        raise SolverFailed(f"the answer breaks {len(wrong)} limits, first: {wrong[0]}")
    return Allocation(units, value(problem, units), limit, method, iterations)
