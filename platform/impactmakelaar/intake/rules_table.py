"""An intake table in time: its states, its rounds on the clock, and what may be typed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from impactmakelaar.core.errors import Refused


class State(StrEnum):
    """Where an intake table stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Coming(StrEnum):
    """What a participant answered, or that it did not come."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    ABSENT = "absent"


def why_not_there(state: str, away: Iterable[int], round_: int) -> str:
    """Why a participant cannot have a meeting in a round, after its name; "" when it can."""
    if state in (Coming.DECLINED, Coming.ABSENT):
        return "komt niet"
    return "is er dan niet" if round_ in away else ""


class Side(StrEnum):
    """On which side of the table somebody sits."""

    CONTRACTOR = "contractor"
    ENTERPRISE = "enterprise"


class Result(StrEnum):
    """What came of a meeting."""

    DEAL = "deal"
    FOLLOW_UP = "follow_up"
    NONE = "none"


STATE_LABELS = {
    State.DRAFT: "concept",
    State.PUBLISHED: "gepubliceerd",
    State.CLOSED: "afgesloten",
    State.CANCELLED: "afgelast",
}
COMING_LABELS = {
    Coming.INVITED: "uitgenodigd",
    Coming.CONFIRMED: "komt",
    Coming.DECLINED: "komt niet",
    Coming.ABSENT: "afwezig",
}
SIDE_LABELS = {Side.CONTRACTOR: "opdrachtnemer", Side.ENTERPRISE: "onderneming"}
RESULT_LABELS = {
    Result.DEAL: "afspraak gemaakt",
    Result.FOLLOW_UP: "vervolggesprek",
    Result.NONE: "geen afspraak",
}
MOVES = {
    State.DRAFT: {State.PUBLISHED},
    State.PUBLISHED: {State.CLOSED, State.CANCELLED},
    State.CLOSED: set(),
    State.CANCELLED: set(),
}
LETTER_DAYS = (30, 90)
"""How many days after the table both parties are asked how it went."""


def move(now: str, to: State) -> State:
    """The next state of a table.

    :raises Refused: when the table of transitions does not have it.
    """
    if to not in MOVES[State(now)]:
        raise Refused(f"Dit kan niet: deze intaketafel is {STATE_LABELS[State(now)]}.")
    return to


def clock_text(minutes: int) -> str:
    """``13.30``, as a Dutch programme prints it."""
    return f"{minutes // 60:02d}.{minutes % 60:02d}"


def clock_minutes(text: str) -> int:
    """Minutes from midnight of ``13.30``, ``13:30`` or ``9.00 uur``.

    :raises Refused: on the field ``starts_at``.
    """
    parts = text.lower().replace("uur", "").strip().replace(":", ".").split(".")
    if len(parts) == 2 and all(p.isascii() and p.isdigit() and len(p) <= 2 for p in parts):
        hour, minute = int(parts[0]), int(parts[1])
        if hour < 24 and minute < 60 and len(parts[1]) == 2:
            return hour * 60 + minute
    raise Refused("Vul een tijd in, bijvoorbeeld 13.30.", "starts_at")


def breaks_of(text: str, rounds: int) -> list[list[int]]:
    """``[[3, 15]]`` of "3: 15": after round 3 a break of 15 minutes; one per line or comma.

    :raises Refused: on the field ``breaks``.
    """
    found: dict[int, int] = {}
    for line in text.replace(",", "\n").splitlines():
        if not line.strip():
            continue
        parts = [p.strip() for p in line.split(":")]
        if len(parts) != 2 or not all(p.isascii() and p.isdigit() for p in parts):
            raise Refused("Schrijf een pauze als “3: 15” (na ronde 3, 15 minuten).", "breaks")
        after, length = int(parts[0][:4]), int(parts[1][:4])
        if not 1 <= after < rounds or not 1 <= length <= 180 or after in found:
            raise Refused(
                f"Een pauze ligt na ronde 1 tot en met {rounds - 1} en duurt 1 tot 180 minuten.",
                "breaks",
            )
        found[after] = length
    return [[after, found[after]] for after in sorted(found)]


@dataclass(frozen=True)
class Times:
    """When the rounds are: minutes from midnight."""

    starts_at: int
    rounds: int
    minutes: int
    breaks: tuple[tuple[int, int], ...] = ()

    def begin(self, number: int) -> int:
        """When a round (from 0) begins."""
        pauses = sum(length for after, length in self.breaks if after <= number)
        return self.starts_at + number * self.minutes + pauses

    def end(self, number: int) -> int:
        """When a round is over."""
        return self.begin(number) + self.minutes

    def text(self, number: int) -> str:
        """``13.30–13.50``."""
        return f"{clock_text(self.begin(number))}–{clock_text(self.end(number))}"

    def instant(self, day: date, minutes: int) -> datetime:
        """The naive wall-clock moment of so many minutes after midnight."""
        return datetime.combine(day, time()) + timedelta(minutes=minutes)


def times_of(starts_at: int, rounds: int, minutes: int, breaks: Iterable[Sequence[int]]) -> Times:
    """The times of a table as stored."""
    return Times(starts_at, rounds, minutes, tuple((int(a), int(b)) for a, b in breaks))


def check_plan(values: dict[str, Any], today: date) -> None:
    """Refuse a table that cannot be held.

    :raises Refused: on the field that is wrong.
    """
    if values["held_on"] < today:
        raise Refused("Deze dag is al voorbij. Kies een dag vanaf vandaag.", "held_on")
    for name, low, high in (("tables", 1, 200), ("rounds", 1, 30), ("minutes", 5, 120)):
        if not low <= values[name] <= high:
            raise Refused(f"Vul een getal in van {low} tot en met {high}.", name)
    times = times_of(
        values["starts_at"], values["rounds"], values["minutes"], values.get("breaks", [])
    )
    if times.end(values["rounds"] - 1) > 24 * 60:
        raise Refused("De laatste ronde loopt tot na middernacht. Neem minder rondes.", "rounds")


def letter_due(recorded_on: date, sent: Iterable[int], today: date) -> int | None:
    """Which letter (30 or 90 days) is due; after a pause only the latest one."""
    due = [days for days in LETTER_DAYS if today >= recorded_on + timedelta(days=days)]
    return due[-1] if due and due[-1] not in set(sent) else None
