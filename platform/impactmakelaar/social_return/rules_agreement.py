"""Agreements: what one takes of the enterprise's capacity, and when it can go on no longer."""

from datetime import date
from enum import StrEnum

from impactmakelaar.core.dutch import euros


class Agreed(StrEnum):
    """Where an agreement stands."""

    AGREED = "agreed"
    DONE = "done"
    CANCELLED = "cancelled"


AGREED_LABELS = {
    Agreed.AGREED: "afgesproken",
    Agreed.DONE: "uitgevoerd",
    Agreed.CANCELLED: "gestopt",
}


def taken(state: str, units: int, cents: int, counted: int) -> tuple[int, int]:
    """(units, cents) that an agreement takes of what the enterprise can do.

    While it is open, and when it was carried out, it takes all of it. One that stopped takes what
    its efforts count for (``counted``: approved, or declared and not judged yet), in begun units.
    """
    if state != Agreed.CANCELLED:
        return units, cents
    used = min(counted, cents)
    return (-(-units * used // cents) if used > 0 else 0), max(0, used)


def can_go_on(first: date, last: date, *, starts_on: date, ends_on: date) -> bool:
    """Whether an agreement from ``first`` up to ``last`` has a day within the contract's."""
    return first <= ends_on and last >= starts_on


def set_free(cents: int, counted: int) -> str:
    """What an agreement that stopped leaves used, and what comes free, in a sentence."""
    used = min(counted, cents)
    if used <= 0:
        return f"Er telde nog niets van mee. De ruimte van {euros(cents)} is weer vrij."
    if used == cents:
        return f"Alles telt mee: {euros(cents)}."
    return f"Hiervan telt {euros(used)} mee. De rest, {euros(cents - used)}, is weer vrij."
