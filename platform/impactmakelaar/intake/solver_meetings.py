"""Which parties meet, as a flow: everybody once first, then the largest sum of scores."""

from collections.abc import Sequence

import numpy as np

from impactmakelaar.intake.rules_meetings import (
    Pairing,
    Room,
    Talk,
    choose,
    filled,
    ordered,
    pairing_faults,
)
from impactmakelaar.intake.solver_matrix import SolverFailed, highspy, new_engine


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
    engine = new_engine()
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
