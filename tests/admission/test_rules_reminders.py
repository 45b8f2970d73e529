"""Which letter is due, and when a clock is doubted."""

from datetime import date, timedelta

import pytest

from impactmakelaar.admission.rules_reminders import (
    BEFORE_THE_END,
    Due,
    doubt,
    due,
    strange_day,
    term_of,
)
from impactmakelaar.admission.rules_standing import Reason, Standing, State

LAST = date(2028, 3, 1)


def before(days: int) -> date:
    """The day so many days before the last one."""
    return LAST - timedelta(days=days)


@pytest.mark.parametrize(
    ("day", "done", "expected"),
    [
        (before(181), set(), None),
        (before(180), set(), Due(180, ())),
        (before(179), {180}, None),
        (before(90), {180}, Due(90, ())),
        (before(29), {180, 90}, Due(30, ())),
        (before(0), {180, 90, 30, 7}, Due(0, ())),
        (before(-1), {180, 90, 30, 7, 0}, None),
        (before(-30), {180, 90, 30, 7, 0}, Due(-30, ())),
        # Three days without a run, and half a year without one: one letter, the most urgent.
        (before(4), {180, 90, 30}, Due(7, ())),
        (before(-2), {180}, Due(0, (90, 30, 7))),
        (before(-31), set(), Due(-30, (180, 90, 30, 7, 0))),
        (before(-61), set(), None),
        # A certificate that was verified shortly before it ends.
        (before(20), set(), Due(30, (180, 90))),
    ],
)
def test_due_is_the_most_urgent_letter(day: date, done: set[int], expected: Due | None) -> None:
    assert due(LAST, day, done) == expected


def test_a_year_of_daily_runs_sends_every_letter_once() -> None:
    done: set[int] = set()
    sent = []
    for days in range(366, -100, -1):
        found = due(LAST, before(days), done)
        if found:
            assert found.send == days
            sent.append(found.send)
            done |= {found.send, *found.skip}
    assert tuple(sent) == BEFORE_THE_END


@pytest.mark.parametrize(
    ("state", "reason", "kind"),
    [
        (State.IN_GRACE, Reason.GRACE, "grace"),
        (State.LAPSED, Reason.GRACE_OVER, "grace"),
        (State.CERTIFIED, Reason.CERTIFICATE, "certificate"),
        (State.LAPSED, Reason.CERTIFICATE_OVER, "certificate"),
        (State.LAPSED, Reason.CERTIFICATE_WITHDRAWN, None),
        (State.CERTIFIED, Reason.RECOGNITION, None),
        (State.SUSPENDED, Reason.SUSPENSION, None),
        (State.ENDED, Reason.OWN_WISH, None),
    ],
)
def test_only_a_term_of_one_s_own_brings_letters(
    state: State, reason: Reason, kind: str | None
) -> None:
    found = term_of(Standing(state, reason, True, LAST))
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("last_run", "letters", "enterprises", "doubted"),
    [
        (date(2028, 2, 29), 3, 40, False),
        (date(2028, 2, 26), 3, 40, False),
        (None, 3, 40, False),
        (date(2028, 1, 1), 3, 40, True),
        (date(2028, 1, 1), 0, 40, False),
        (date(2028, 3, 2), 0, 40, True),
        (date(2028, 2, 29), 30, 40, True),
        (date(2028, 2, 29), 10, 10, False),
    ],
)
def test_a_clock_that_jumped_is_doubted(
    last_run: date | None, letters: int, enterprises: int, doubted: bool
) -> None:
    assert bool(doubt(last_run, LAST, letters, enterprises)) is doubted


@pytest.mark.parametrize(
    ("last", "on", "strange"),
    [
        (None, date(2026, 11, 24), ""),
        (date(2026, 11, 24), date(2026, 11, 24), ""),
        (date(2026, 11, 24), date(2026, 12, 25), ""),
        (date(2026, 11, 24), date(2026, 12, 26), "32 dagen geleden"),
        (date(2026, 11, 24), date(2026, 11, 23), "De klok staat op 2026-11-23"),
    ],
)
def test_a_clock_is_doubted_by_the_last_round(last: date | None, on: date, strange: str) -> None:
    found = strange_day(last, on)
    assert (strange in found) if strange else not found
