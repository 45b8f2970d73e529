"""Rules for social return as colleagues wrote them down -> the fields of a version.

Free text is read as far as it goes; what cannot be read is told and never guessed. A person looks
at the result before it becomes a version.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from impactmakelaar.social_return.rules import Base, Category
from impactmakelaar.social_return.rules_obligation import CategoryRule, RegionRules

KEYS = ("kind", "threshold", "percentage", "base", "source")
"""The cells of one proposed line, all free text."""

CATEGORY_WORDS = {
    Category.WORKS: ("werken", "bouw", "aanleg"),
    Category.SUPPLIES: ("levering",),
    Category.SOCIAL: ("sociale", "specifieke"),
    Category.SERVICES: ("dienst",),
}
BASE_WORDS = {
    Base.INVOICED: ("factuur", "gefactureerd"),
    Base.WAGES: ("loon",),
    Base.VALUE: ("opdracht", "aanneem", "contract", "waarde"),
}
AMOUNT = re.compile(
    r"(?<![\d.,])(\d{1,3}(?:[. ]\d{3})+|\d+)(?:,(\d{1,2}))?(?![\d.,])\s*(mln|miljoen)?"
)
PERCENT = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,](\d{1,2}))?(?![\d.,])")
MOST_CENTS = 100_000_000_000
WHOLE = 10_000


@dataclass(frozen=True)
class Reading:
    """What could be read: the rules, the sources named, and sentences about the rest."""

    rules: RegionRules
    sources: tuple[str, ...]
    remarks: tuple[str, ...]


def read(lines: Sequence[Mapping[str, str]], start: RegionRules) -> Reading:
    """Lay proposed lines over the rules in force (``start``); other rules stay as they are."""
    categories = dict(start.categories)
    bases: list[Base] = []
    remarks: list[str] = []
    for number, given in enumerate(lines, start=1):
        line = {key: given.get(key, "") for key in KEYS}
        kinds, base = categories_of(line["kind"]), base_of(line["base"])
        threshold, points = cents_of(line["threshold"]), points_of(line["percentage"])
        unread = [
            f"{what} in “{line[key]}”"
            for what, key, missing in (
                ("geen soort opdracht", "kind", not kinds),
                ("geen bedrag", "threshold", threshold is None),
                ("geen percentage", "percentage", points is None),
                ("geen bekende grondslag", "base", bool(line["base"]) and base is None),
            )
            if missing
        ]
        if unread:
            remarks.append(f"Regel {number}: {', '.join(unread)}.")
        for kind in kinds:
            known = categories.get(kind, CategoryRule(None, 0))
            categories[kind] = CategoryRule(
                known.threshold if threshold is None else threshold,
                known.points if points is None else points,
            )
        if kinds and base is not None:
            bases.append(base)
    if len(set(bases)) > 1:
        remarks.append("De regels noemen meer dan één grondslag. Een versie kent er één: kies.")
    sources = tuple(dict.fromkeys(filter(None, (line.get("source", "") for line in lines))))
    found = replace(start, categories=categories, base=bases[0] if bases else start.base)
    return Reading(found, sources, tuple(remarks))


def categories_of(text: str) -> tuple[Category, ...]:
    """Every kind of contract that a text names; "sociale diensten" is not "diensten" as well."""
    lower = text.lower()
    found = [c for c, words in CATEGORY_WORDS.items() if any(word in lower for word in words)]
    if Category.SOCIAL in found and lower.count("dienst") < 2 and Category.SERVICES in found:
        found.remove(Category.SERVICES)
    if not found and re.search(r"\balle\b", lower):
        return tuple(Category)
    return tuple(c for c in Category if c in found)


def base_of(text: str) -> Base | None:
    """Of which amount the percentage is taken; None when the text names none, or several."""
    lower = text.lower()
    found = [b for b, words in BASE_WORDS.items() if any(word in lower for word in words)]
    return found[0] if found else None


def cents_of(text: str) -> int | None:
    """The first amount in a text, in cents: "€ 200.000", "1,5 miljoen"; None when there is none."""
    match = AMOUNT.search(text.lower())
    if match is None:
        return None
    whole = Decimal(re.sub(r"[. ]", "", match[1]))
    amount = whole + Decimal(f"0.{match[2]}" if match[2] else 0)
    cents = int(amount * (100_000_000 if match[3] else 100))
    return cents if 0 <= cents <= MOST_CENTS else None


def points_of(text: str) -> int | None:
    """The first percentage in a text, in basis points; None when it is none from 0 to 100."""
    match = PERCENT.search(text)
    if match is None:
        return None
    points = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    return points if 0 <= points <= WHOLE else None


def lines_of(lines: Sequence[Mapping[str, str]]) -> list[str]:
    """Proposed lines for reading."""
    labels = ("", "vanaf ", "", "van ", "bron: ")
    return [
        ", ".join(
            f"{label}{line[key]}" for key, label in zip(KEYS, labels, strict=True) if line.get(key)
        )
        for line in lines
    ]
