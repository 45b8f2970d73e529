"""How a date and a number read in Dutch, and what of a typed text is kept: for pages, rules and
files alike."""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

NUMBER = re.compile(r"[1-9]\d{0,2}(\.\d{3})+(,\d{1,2})?|\d+([.,]\d{1,2})?", re.ASCII)
"""Groups of three with points, then a comma; or plain digits with a comma or point."""

MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


def long_date(day: date) -> str:
    """``23 november 2026``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def euros(cents: int, *, decimals: bool = False) -> str:
    """``€ 1.234,56``; whole euros without decimals unless asked. The space never breaks a line."""
    sign, cents = ("-" if cents < 0 else ""), abs(cents)
    whole = f"{cents // 100:,}".replace(",", ".")
    rest = f",{cents % 100:02d}" if decimals or cents % 100 else ""
    return f"{sign}€\u00a0{whole}{rest}"


KEPT = "\n\t\u200d"
"""Of the invisible characters, those that belong in a text."""


def tidy(text: Any) -> Any:
    """NFC, without control characters and invisible direction marks, ends trimmed.

    Line breaks stay (as ``\\n``); the rest of category C goes: NUL breaks databases, and marks
    such as U+202E show a reader something else than what is stored.
    """
    if not isinstance(text, str):
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    # Each character that occurs is judged once: a text may be as large as a request.
    gone = {ord(c): None for c in set(text) if c not in KEPT and unicodedata.category(c)[0] == "C"}
    return (text.translate(gone) if gone else text).strip()


def tidy_line(text: Any) -> Any:
    """As ``tidy``, on one line with single spaces."""
    return " ".join(tidy(text).split()) if isinstance(text, str) else text


def read_number(text: str) -> Decimal:
    """A number of zero or more as a Dutch reader types it: ``1.250,50``, ``1250``, ``7,5``.

    What could be read in two ways, such as ``1,000.00`` or ``1e9``, is no number.

    :raises ValueError: when it is none.
    """
    if len(text) > 30 or not NUMBER.fullmatch(text):
        raise ValueError(text)
    if "," in text or not re.fullmatch(r"\d+\.\d{1,2}", text, re.ASCII):
        text = text.replace(".", "").replace(",", ".")
    return Decimal(text)
