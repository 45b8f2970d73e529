"""The calendar file of a participant: one appointment, the same one after every change."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from impactmakelaar.core.lazily import Lazily
from impactmakelaar.intake.rules_table import Times

icalendar = Lazily("icalendar")

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def entry(
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    day: date,
    times: Times,
    title: str,
    place: str,
    lines: Sequence[tuple[int, str]],
    url: str,
    cancelled: bool = False,
) -> str:
    """A VCALENDAR with one event from the first round to the last of this participant.

    ``lines`` are (round, text). ``uid`` never changes and ``sequence`` only grows: calendar
    programs then replace what they had.
    """
    first = min((number for number, _ in lines), default=0)
    last = max((number for number, _ in lines), default=times.rounds - 1)
    event = icalendar.Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", stamp)
    event.add("dtstart", times.instant(day, times.begin(first)).replace(tzinfo=AMSTERDAM))
    event.add("dtend", times.instant(day, times.end(last)).replace(tzinfo=AMSTERDAM))
    event.add("summary", title)
    event.add("location", place)
    text = [f"{times.text(number)}  {line}" for number, line in lines]
    event.add("description", "\n".join([*text, "", url]))
    event.add("url", url)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    found = icalendar.Calendar()
    found.add("prodid", "-//Impactmakelaar//Intaketafel//NL")
    found.add("version", "2.0")
    found.add("method", "CANCEL" if cancelled else "PUBLISH")
    found.add_component(event)
    found.add_missing_timezones(
        first_date=day - timedelta(days=366), last_date=day + timedelta(days=366)
    )
    return found.to_ical().decode()
