"""How a date and a number read in Dutch, for pages, letters, images and rules' sentences alike."""

import re
from datetime import date
from decimal import Decimal

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
