"""Measure the intake table on generated instances.

``make bench-matching SIZES="small regional" SEEDS=10`` prints per size, over the seeds, median
and worst of: the first proposal (seconds, share of the bound of the linear programme), the final
allocation, coverage of the meetings against the largest possible, and rounds against the formula.
Seconds are processor seconds of one thread.
"""

import argparse
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.instances import SIZES, generate

from impactmakelaar.intake import solver, solver_matrix, solver_meetings
from impactmakelaar.intake.rules_allocation import Problem, faults
from impactmakelaar.intake.rules_meetings import Room, Talk, reachable
from impactmakelaar.intake.rules_schedule import (
    Presence,
    fewest_rounds,
    parties,
    plan_faults,
    repair,
    schedule,
)

SECONDS = {"small": 5, "regional": 20, "large": 60, "national": 60}
"""Size -> processor seconds for the final allocation."""
GATES = {
    "small": (0.1, 0.93, 0.0),
    "regional": (0.3, 0.93, 0.985),
    "large": (6, 0.91, 0.955),
    "national": (12, 0.90, 0.935),
}
"""Size -> seconds and share of the first proposal, share of the final allocation."""
ROUNDS, PER_ENTERPRISE = 8, 5


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """(processor seconds, result)."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def allocate_within(problem: Problem, seconds: float) -> Any:
    """The best allocation in so many processor seconds, through the product's own steps."""
    start = time.process_time()
    return solver.allocate(
        problem,
        iterations=10**9,
        progress=lambda _done, _of: time.process_time() - start < seconds,
    )


def talks_of(problem: Problem) -> tuple[list[Talk], Room]:
    """One talk per obligation and enterprise that may meet, scored by their best pair."""
    best: dict[tuple[str, str], int] = defaultdict(int)
    for i, pair in enumerate(problem.pairs):
        key = (pair.obligation, problem.enterprises[problem.enterprise[i]].id)
        best[key] = max(best[key], pair.fit)
    talks = [Talk(o, e, score) for (o, e), score in best.items()]
    contractors = {o.id: ROUNDS for o in problem.obligations}
    room = Room(
        contractors,
        {e.id: PER_ENTERPRISE for e in problem.enterprises},
        ROUNDS * len(contractors),
    )
    return talks, room


def measure(size: str, seed: int) -> dict[str, float]:
    """All figures of one instance."""
    problem, facts = generate(size, seed)
    bound_seconds, bound = timed(lambda: solver.lp_bound(problem))
    first_seconds, first = timed(lambda: solver.first(problem))
    final_seconds, final = timed(lambda: allocate_within(problem, SECONDS[size]))
    assert not faults(problem, final.units)
    talks, room = talks_of(problem)
    meet_seconds, (meetings, method) = timed(lambda: solver_meetings.choose_meetings(talks, room))
    assert method == "optimal"
    tables = len(room.contractors) // 2 or 1
    plan_seconds, plan = timed(lambda: schedule(meetings, tables))
    rounds = 1 + max(slot.round for slot in plan.values())
    presence = Presence({("c", meetings[0][0]): set(range(rounds))}, [tables] * rounds)
    most = {party: ROUNDS + 1 for meeting in meetings for party in parties(meeting)}
    repair_seconds, (after, _, _) = timed(
        lambda: repair(plan, presence, [t.pairing for t in talks[:2000]], most)
    )
    assert not plan_faults(after, presence)
    moved = sum(after.get(m) != slot for m, slot in plan.items() if m[0] != meetings[0][0])
    return {
        "density": facts.density,
        "tightness": facts.tightness,
        "bound s": bound_seconds,
        "first s": first_seconds,
        "first share": first.value / bound,
        "final s": final_seconds,
        "final share": final.value / min(bound, final.bound),
        "rounds made": final.iterations,
        "proven": float(final.method == "optimal"),
        "meetings s": meet_seconds,
        "covered": float(len({e for _, e in meetings})),
        "reachable": float(reachable(talks, room)),
        "plan s": plan_seconds,
        "rounds": float(rounds),
        "formula": float(fewest_rounds(meetings, tables)),
        "repair s": repair_seconds,
        "moved": float(moved),
    }


def main() -> int:
    """Print the table; 1 when a gate is missed or something is plainly wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=["small", "regional"], choices=list(SIZES))
    parser.add_argument("--seeds", type=int, default=10)
    given = parser.parse_args()
    print(f"solver {solver_matrix.version()}, {given.seeds} seeds")
    missed = False
    for size in given.sizes:
        rows = [measure(size, seed) for seed in range(given.seeds)]
        print(f"\n{size}: {SIZES[size][0]} obligations, {SIZES[size][1]} enterprises")
        for name in rows[0]:
            values = [row[name] for row in rows]
            worst = max(values) if name.endswith(" s") else min(values)
            print(f"  {name:12} median {statistics.median(values):10.4f}  worst {worst:10.4f}")
        seconds, share, final = GATES[size]
        missed |= statistics.median(r["first share"] for r in rows) < share
        missed |= statistics.median(r["first s"] for r in rows) > seconds
        missed |= statistics.median(r["final share"] for r in rows) < final
        missed |= size == "small" and statistics.median(r["proven"] for r in rows) < 1
        missed |= any(r["covered"] != r["reachable"] or r["rounds"] > r["formula"] for r in rows)
        missed |= any(r["moved"] for r in rows)
    print("\nA gate was missed." if missed else "\nEvery gate holds.")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
