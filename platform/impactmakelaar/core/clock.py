"""The only reader of the clock: everything else is told the time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def now() -> datetime:
    """The present instant, aware, in UTC; instants are stored like this."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Europe/Amsterdam; rules of the field count in these days."""
    return now().astimezone(AMSTERDAM).date()


def local(instant: datetime) -> datetime:
    """An instant as the clock on a Dutch wall shows it."""
    return instant.astimezone(AMSTERDAM)
