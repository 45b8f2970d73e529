"""When a letter about the end of a term is due, and when a clock has to be doubted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from impactmakelaar.admission.rules_standing import Reason, Standing, State

BEFORE_THE_END = (180, 90, 30, 7, 0, -30)
"""Days before the last day on which a letter goes out; -30 is a month after it."""
STALE_AFTER = 60
"""Days after the last day from which no letter helps anymore."""
LONG_SILENCE = 31
"""Days without a finished run after which a person must look."""
FEW_LETTERS = 10
"""So many letters at once are never suspicious."""


@dataclass(frozen=True)
class Term:
    """What ends: the year of grace or a certificate, and its last day."""

    kind: str
    last_day: date


@dataclass(frozen=True)
class Due:
    """The letter to send (days before the last day), and the ones it makes superfluous."""

    send: int
    skip: tuple[int, ...]


def term_of(found: Standing) -> Term | None:
    """The term that a standing depends on; None when nothing ends or nobody needs a letter.

    What was recovered has another standing, and so another term: no letter about the old one.
    """
    if found.last_day is None or found.last_day == date.max:
        return None
    if (found.state, found.reason) in (
        (State.IN_GRACE, Reason.GRACE),
        (State.LAPSED, Reason.GRACE_OVER),
    ):
        return Term("grace", found.last_day)
    if (found.state, found.reason) in (
        (State.CERTIFIED, Reason.CERTIFICATE),
        (State.LAPSED, Reason.CERTIFICATE_OVER),
    ):
        return Term("certificate", found.last_day)
    return None


def due(last_day: date, on: date, done: Collection[int]) -> Due | None:
    """The most urgent letter that is due and was not written yet; the older ones are skipped."""
    left = (last_day - on).days
    reached = [days for days in BEFORE_THE_END if left <= days]
    if not reached or -left > STALE_AFTER:
        return None
    urgent = min(reached)
    if urgent in done:
        return None
    return Due(urgent, tuple(days for days in reached if days > urgent and days not in done))


def strange_day(last_run: date | None, on: date) -> str:
    """Why the clock itself is to be doubted: nothing is erased on such a day."""
    if last_run is not None and on < last_run:
        return f"De klok staat op {on}, maar de brieven van {last_run} zijn al verstuurd."
    if last_run is not None and (on - last_run).days > LONG_SILENCE:
        return f"De vorige ronde was {(on - last_run).days} dagen geleden, op {last_run}."
    return ""


def doubt(last_run: date | None, on: date, letters: int, enterprises: int) -> str:
    """Why a person must confirm before these letters go out; empty when all looks right."""
    strange = strange_day(last_run, on)
    if strange and (letters or (last_run is not None and on < last_run)):
        return strange
    if letters > FEW_LETTERS and letters * 2 > enterprises:
        return f"{letters} van de {enterprises} ondernemingen zouden vandaag een brief krijgen."
    return ""
