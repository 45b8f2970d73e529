"""How values look on a Dutch page: dates, money, numbers, times."""

from datetime import date, datetime
from typing import Any

from flask import Flask

from impactmakelaar.core import clock, dutch
from impactmakelaar.core.dutch import long_date


def dutch_date(value: date | str | None) -> str:
    """``23 november 2026``; an ISO text is understood too; nothing is an em dash."""
    if isinstance(value, str):
        found = clock.date_of(value)
        if found is None:
            return value or "—"
        value = found
    if isinstance(value, datetime):
        value = clock.local(value).date()
    if value is None:
        return "—"
    return long_date(value)


def dutch_time(value: datetime | None, seconds: bool = False) -> str:
    """``23 november 2026, 14.05 uur`` (Nederlandse tijd), to the second when asked."""
    if value is None:
        return "—"
    here = clock.local(value)
    return f"{dutch_date(here.date())}, {here.strftime('%H.%M.%S' if seconds else '%H.%M')} uur"


def number(value: int | None) -> str:
    """``7.406`` with Dutch thousands."""
    return "—" if value is None else f"{value:,}".replace(",", ".")


def euros(cents: int | None) -> str:
    """``€ 1.234,56``; whole euros without decimals: ``€ 1.200``."""
    return "—" if cents is None else dutch.euros(cents)


def plural(count: int, one: str, many: str) -> str:
    """``1 onderneming``, ``2 ondernemingen``."""
    return f"{number(count)} {one if count == 1 else many}"


def full_stop(text: str) -> str:
    """A sentence with its full stop; one that ends in "B.V." has it already."""
    return text if text.endswith(".") else f"{text}."


def paragraphs(text: Any) -> list[list[str]]:
    """A text as paragraphs of lines, for a template to escape and print."""
    return [block.split("\n") for block in str(text or "").split("\n\n") if block.strip()]


BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str | None) -> str:
    """``Firefox op Windows``: what a reader recognises in a browser's long name for itself."""
    text = user_agent or ""
    browser = next((name for mark, name in BROWSERS if mark in text), "Onbekende browser")
    system = next((name for mark, name in SYSTEMS if mark in text), "")
    return f"{browser} op {system}" if system else browser


def init_app(app: Flask) -> None:
    """Make them available in every template."""
    app.jinja_env.filters.update(
        dutch_date=dutch_date,
        dutch_time=dutch_time,
        number=number,
        euros=euros,
        browser_name=browser_name,
        full_stop=full_stop,
        paragraphs=paragraphs,
    )
    app.jinja_env.globals.update(plural=plural)
