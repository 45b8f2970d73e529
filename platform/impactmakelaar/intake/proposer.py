"""From a sheet to a proposal: allocation, meetings, timetable; and what forcing a pair costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from impactmakelaar.intake import rules_proposal, solver, solver_meetings
from impactmakelaar.intake.rules_allocation import Problem, euros, greedy, value
from impactmakelaar.intake.rules_meetings import Pairing, Room, Talk, reachable, unstable
from impactmakelaar.intake.rules_proposal import PLANNED, Sheet
from impactmakelaar.intake.rules_schedule import Slot, fewest_rounds
from impactmakelaar.intake.solver import Allocation, Progress, SolverFailed
from impactmakelaar.intake.timetable import timetable

ITERATIONS = 300
"""Rounds of improvement of a final allocation; fixed, so that the same input gives the same."""
EXACT_PAIRS = 60
"""Up to this many pairs the cost of forcing one is computed exactly: it must answer at once."""
THOUSANDTHS = 1000
"""Of a cent: the unit of values and bounds."""
MOST_SWAPS = 12


@dataclass(frozen=True)
class Proposed:
    """A proposal with the figures that say how good it is."""

    result: dict[str, Any]
    allocation: Allocation
    input_sha256: str

    @property
    def bound(self) -> int | None:
        """The bound as a whole number, or None."""
        found = self.allocation.bound
        return None if found == float("inf") else int(found) + 1


def propose(
    sheet: Sheet, *, iterations: int = ITERATIONS, progress: Progress | None = None
) -> Proposed:
    """The proposal for a table; the same sheet gives the same one, byte for byte."""
    problem = rules_proposal.problem_of(sheet)
    found = solver.allocate(problem, iterations=iterations, progress=progress)
    every = rules_proposal.talks(sheet)
    planned = {
        (sheet.needs[need].contractor, enterprise)
        for need, enterprise in rules_proposal.planned_pairings(problem, found.units)
    }
    weighed = [
        Talk(t.contractor, t.enterprise, t.score + (PLANNED if t.pairing in planned else 0))
        for t in every
    ]
    room = rules_proposal.room_of(sheet)
    fixed = sorted(sheet.locked)
    pairs, method = solver_meetings.choose_meetings(weighed, room, fixed)
    plan, complete = timetable(pairs, rules_proposal.presence_of(sheet), sheet.locked, sheet.begun)
    swaps = unstable(plan, every, room)
    facts = {
        "cents": euros(problem, found.units),
        "meetings_method": method,
        "chosen": len(pairs),
        "placed": len(plan),
        "covered": len({e for _, e in plan}),
        "reachable": _reachable(every, room, sheet),
        "rounds": 1 + max((slot.round for slot in plan.values()), default=-1),
        "fewest": fewest_rounds(plan, sheet.tables),
        "timetable_complete": complete,
        "unstable": len(swaps),
        "swaps": [[t.contractor, t.enterprise, t.score] for t in swaps[:MOST_SWAPS]],
        "prices": _scarce(problem, found.prices),
    }
    result = rules_proposal.as_result(sheet, problem, found.units, plan, facts)
    return Proposed(result, found, sheet.fingerprint())


def _reachable(every: Sequence[Talk], room: Room, sheet: Sheet) -> int:
    """The most enterprises that can have a meeting at once, locked meetings included."""
    if not sheet.locked:
        return reachable(every, room)
    left_c, left_e = dict(room.contractors), dict(room.enterprises)
    for contractor, enterprise in sheet.locked:
        left_c[contractor] = left_c.get(contractor, 0) - 1
        left_e.pop(enterprise, None)
    rest = Room(left_c, left_e, room.places - len(sheet.locked), room.first)
    return reachable(every, rest) + len({e for _, e in sheet.locked})


def _scarce(problem: Problem, prices: Sequence[float]) -> list[list[Any]]:
    """What one more euro of an enterprise's capacity would be worth, the scarcest first."""
    found: list[tuple[str, int]] = [
        (problem.names[row].removeprefix("units "), round(price / THOUSANDTHS))
        for row, price in enumerate(prices)
        if price > 0 and problem.names[row].startswith("units ")
    ]
    return [list(one) for one in sorted(found, key=lambda one: (-one[1], one[0]))[:MOST_SWAPS]]


@dataclass(frozen=True)
class Cost:
    """What forcing a pair costs at most, in cents; ``exact``: both sides are proven optima."""

    cents: int
    units: int
    exact: bool


def cost_of_forcing(sheet: Sheet, need: str, offer: str) -> Cost | None:
    """How much less the whole table brings when this pair must agree on its smallest order.

    Solved again with the pair forced: to the proven optimum for a small table, else as a linear
    programme. None when the pair cannot be forced.
    """
    problem = rules_proposal.problem_of(sheet)
    at = next(
        (i for i, p in enumerate(problem.pairs) if (p.obligation, p.offer) == (need, offer)), None
    )
    if at is None:
        return None
    forced = _forced(problem, at)
    units = problem.minimum[at]
    gained = problem.profit(at) * units - problem.handling
    small = len(problem.pairs) <= EXACT_PAIRS
    try:
        if small:
            before = _best(problem)
            if before.units[at]:
                return Cost(0, units, before.method == "optimal")
            after = _best(forced)
            exact = before.method == after.method == "optimal"
            loss = before.value - (after.value + gained)
        else:
            exact = False
            loss = int(solver.lp_bound(problem) - solver.lp_bound(forced)) - gained
    except SolverFailed:
        exact = False
        loss = value(problem, greedy(problem)) - (value(forced, greedy(forced)) + gained)
    return Cost(max(0, loss) // THOUSANDTHS, units, exact)


def _best(problem: Problem) -> Allocation:
    if not problem.pairs:
        return Allocation([], 0, 0.0, "optimal")
    return solver.proven(problem, solver.first(problem))


def _forced(problem: Problem, at: int) -> Problem:
    """The same problem after a pair has agreed on its smallest order."""
    taken = problem.minimum[at]
    forced = Problem(problem.obligations, problem.enterprises, problem.offers, [])
    forced.limits = list(problem.limits)
    for row, weight in problem.touches[at]:
        forced.limits[row] -= weight * taken
    for row in problem.partner_rows[at]:
        forced.limits[row] -= 1
    for i, pair in enumerate(problem.pairs):
        most = min(forced.limits[row] // weight for row, weight in problem.touches[i])
        least = 1 if i == at else problem.minimum[i]
        if most < least:
            continue
        forced.pairs.append(pair)
        forced.obligation.append(problem.obligation[i])
        forced.offer.append(problem.offer[i])
        forced.enterprise.append(problem.enterprise[i])
        forced.touches.append(problem.touches[i])
        forced.partner_rows.append(problem.partner_rows[i])
        forced.minimum.append(least)
        forced.maximum.append(most)
    return forced


def slots(result: dict[str, Any]) -> dict[Pairing, Slot]:
    """The timetable in a stored result."""
    return {(one[0], one[1]): Slot(one[2], one[3]) for one in result["meetings"]}
