"""A timetable when somebody comes late, leaves early, or a meeting is locked: a small MILP.

With everybody there all the time ``rules_schedule.schedule`` answers, in the proven minimum.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from impactmakelaar.intake.rules_meetings import Pairing
from impactmakelaar.intake.rules_schedule import Plan, Presence, Slot, schedule
from impactmakelaar.intake.solver_matrix import SolverFailed, highspy, new_engine

NODES = 500


def timetable(
    meetings: Sequence[Pairing],
    presence: Presence,
    fixed: Mapping[Pairing, Slot],
    begun: int = 0,
) -> tuple[Plan, bool]:
    """(plan, whether no plan of this kind has more meetings): rounds and tables for meetings.

    ``fixed`` meetings keep round and table; the others go to rounds from ``begun`` on. What
    does not fit is left out. Earlier rounds are preferred.
    """
    loose = sorted(set(meetings) - set(fixed))
    if not fixed and not begun and not presence.same and not any(presence.away.values()):
        plan = schedule(loose, min(presence.tables, default=1))
        if all(slot.round < len(presence.tables) for slot in plan.values()):
            return plan, True
    try:
        rounds, proven = _solve(loose, presence, fixed, begun)
    except SolverFailed:
        rounds, proven = _first_fit(loose, presence, fixed, begun), False
    return _seated(rounds, presence, fixed), proven


def _free(
    presence: Presence, fixed: Mapping[Pairing, Slot]
) -> tuple[dict[int, int], set[tuple[tuple[str, str], int]]]:
    """Tables left per round, and (party, round) that are taken."""
    left = dict(enumerate(presence.tables))
    busy = set()
    for meeting, slot in fixed.items():
        left[slot.round] -= 1
        busy |= {(party, slot.round) for party in presence.people(meeting)}
    return left, busy


def _solve(
    loose: list[Pairing], presence: Presence, fixed: Mapping[Pairing, Slot], begun: int
) -> tuple[dict[Pairing, int], bool]:
    left, busy = _free(presence, fixed)
    columns = [
        (meeting, number)
        for meeting in loose
        for number in range(begun, len(presence.tables))
        if left[number] > 0
        and presence.can(meeting, number)
        and not any((party, number) in busy for party in presence.people(meeting))
    ]
    if not columns:
        return {}, True
    rows: dict[tuple[object, ...], int] = {}
    upper: list[float] = []
    starts, index = [0], []
    for meeting, number in columns:
        for key in (
            ("meeting", meeting),
            ("table", number),
            *((party, number) for party in presence.people(meeting)),
        ):
            if key not in rows:
                rows[key] = len(upper)
                upper.append(float(left[number]) if key[0] == "table" else 1.0)
            index.append(rows[key])
        starts.append(len(index))
    total = len(presence.tables)
    lp = highspy_lp(len(columns), len(upper))
    # One more meeting is worth more than all gains from meeting earlier together.
    lp.col_cost_ = np.array(
        [1.0 + (total - number) / (total * (len(loose) + 1.0)) for _, number in columns]
    )
    lp.row_upper_ = np.array(upper)
    lp.a_matrix_.start_ = np.array(starts)
    lp.a_matrix_.index_ = np.array(index)
    lp.a_matrix_.value_ = np.ones(len(index))
    engine = new_engine()
    engine.setOptionValue("mip_max_nodes", NODES)
    engine.setOptionValue("mip_rel_gap", 0.0)
    engine.passModel(lp)
    engine.run()
    solution = engine.getSolution()
    if not solution.value_valid:
        raise SolverFailed("no timetable was found")
    chosen = [c for c, x in zip(columns, list(solution.col_value), strict=True) if x > 0.5]
    proven = engine.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return dict(chosen), proven


def highspy_lp(columns: int, rows: int) -> "highspy.HighsLp":
    """A model of 0/1 columns to maximise, with rows that only have an upper limit.

    :raises SolverFailed: when the library is missing.
    """
    if highspy is None:
        raise SolverFailed("no solver is installed")
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_lower_, lp.col_upper_ = np.zeros(columns), np.ones(columns)
    lp.row_lower_ = np.full(rows, -highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.integrality_ = [highspy.HighsVarType.kInteger] * columns
    return lp


def _first_fit(
    loose: Iterable[Pairing], presence: Presence, fixed: Mapping[Pairing, Slot], begun: int
) -> dict[Pairing, int]:
    left, busy = _free(presence, fixed)
    found = {}
    for meeting in loose:
        for number in range(begun, len(presence.tables)):
            keys = {(party, number) for party in presence.people(meeting)}
            if left[number] > 0 and presence.can(meeting, number) and not keys & busy:
                found[meeting] = number
                left[number] -= 1
                busy |= keys
                break
    return found


def _seated(
    rounds: Mapping[Pairing, int], presence: Presence, fixed: Mapping[Pairing, Slot]
) -> Plan:
    """A table for each meeting; a contractor keeps his own as far as that goes."""
    plan = dict(fixed)
    taken: dict[int, set[int]] = defaultdict(set)
    own: dict[str, int] = {}
    for meeting, slot in sorted(fixed.items()):
        taken[slot.round].add(slot.table)
        own.setdefault(meeting[0], slot.table)
    for meeting, number in sorted(rounds.items(), key=lambda one: (one[1], one[0])):
        free = [t for t in range(presence.tables[number]) if t not in taken[number]]
        seat = own[meeting[0]] if own.get(meeting[0]) in free else free[0]
        own[meeting[0]] = seat
        taken[number].add(seat)
        plan[meeting] = Slot(number, seat)
    return plan
