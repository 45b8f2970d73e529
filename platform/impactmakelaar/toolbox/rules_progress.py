"""How far a module, a theme or a workbook is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from impactmakelaar.toolbox.rules import Module
from impactmakelaar.toolbox.rules_answers import Value, is_shown


class State(StrEnum):
    """How far a module is. Not started is not the same as not finished."""

    NOT_STARTED = "not_started"
    BUSY = "busy"
    FILLED = "filled"
    DONE = "done"
    SKIPPED = "skipped"


STATE_LABELS = {
    State.NOT_STARTED: "nog niet begonnen",
    State.BUSY: "bezig",
    State.FILLED: "alles ingevuld",
    State.DONE: "klaar",
    State.SKIPPED: "overgeslagen",
}


@dataclass(frozen=True)
class Progress:
    """Figures of a module or theme."""

    state: State
    asked: int
    filled: int
    done: int

    @property
    def percent(self) -> int:
        """Filled of asked."""
        return round(100 * self.filled / self.asked) if self.asked else 0


def progress(
    modules: Iterable[Module],
    values: Mapping[str, Value],
    done: frozenset[str],
    skipped: frozenset[str] = frozenset(),
) -> Progress:
    """How far these modules are; skipped ones do not count, unless all are skipped."""
    modules = list(modules)
    counted = [module for module in modules if module.slug not in skipped]
    asked = [q.id for m in counted for q in m.questions if is_shown(q, values)]
    filled = sum(1 for one in asked if values.get(one))
    finished = sum(1 for one in asked if one in done)
    if modules and not counted:
        state = State.SKIPPED
    elif asked and finished == len(asked):
        state = State.DONE
    elif asked and filled == len(asked):
        state = State.FILLED
    elif filled or finished:
        state = State.BUSY
    else:
        state = State.NOT_STARTED
    return Progress(state, len(asked), filled, finished)
