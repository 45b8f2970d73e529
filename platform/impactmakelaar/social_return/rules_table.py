"""A price list as a table: for the screen on which it is entered, and for CSV out and in."""

import csv
import io
from collections.abc import Mapping, Sequence
from decimal import Decimal

from impactmakelaar.core.dutch import read_number
from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return.rules import EFFORT_LABELS, Effort, decimal
from impactmakelaar.social_return.rules_prices import (
    UNIT_LABELS,
    Bonus,
    Price,
    PriceList,
    Unit,
    Weight,
)

COLUMNS = (
    "soort",
    "code",
    "naam",
    "vorm",
    "doelgroep",
    "niveau",
    "eenheid",
    "bedrag",
    "naar uren",
    "hoogstens maanden",
    "hoogstens bedrag",
    "eenmalig",
    "alleen bij",
    "niet samen met",
)
PRICE, BONUS, WEIGHT = "bouwblok", "bonus", "inkoop"
EFFORTS = {label.lower(): key for key, label in EFFORT_LABELS.items()}
UNITS = {label.lower(): key for key, label in UNIT_LABELS.items()}
MAX_BYTES = 1_000_000
Row = Mapping[str, str]


def plain(cents: int) -> str:
    """An amount without sign or dots: ``40000``, ``12,50``."""
    return decimal(Decimal(cents) / 100)


def rows_of(found: PriceList) -> list[dict[str, str]]:
    """A list as rows of text, the columns by name."""
    rows = [
        {
            "soort": PRICE,
            "code": one.code,
            "naam": one.label,
            "vorm": EFFORT_LABELS[one.effort],
            "doelgroep": one.group,
            "niveau": one.level,
            "eenheid": UNIT_LABELS[one.unit],
            "bedrag": plain(one.amount),
            "naar uren": "ja" if one.by_hours else "nee",
            "hoogstens maanden": "" if one.cap_months is None else str(one.cap_months),
            "hoogstens bedrag": "" if one.at_most is None else plain(one.at_most),
        }
        for one in found.prices
    ]
    rows += [
        {
            "soort": BONUS,
            "code": one.code,
            "naam": one.label,
            "bedrag": plain(one.amount),
            "eenmalig": "ja" if one.once else "nee",
            "alleen bij": " ".join(sorted(one.items)),
            "niet samen met": " ".join(sorted(one.excludes)),
        }
        for one in found.bonuses
    ]
    rows += [
        {
            "soort": WEIGHT,
            "code": one.ground,
            "naam": one.label,
            "bedrag": plain(one.points),
            "niveau": "|".join(sorted(one.levels)),
        }
        for one in found.weights
    ]
    return [{column: row.get(column, "") for column in COLUMNS} for row in rows]


def list_from(rows: Sequence[Row], full_time: str) -> PriceList:
    """A list from rows of text; empty rows are left out.

    :raises Refused: with the number of the row and what is wrong in it.
    """
    prices: list[Price] = []
    bonuses: list[Bonus] = []
    weights: list[Weight] = []
    for number, row in enumerate(rows, start=1):
        cells = {key: (value or "").strip() for key, value in row.items() if key}
        if not any(cells.get(key) for key in ("code", "naam", "bedrag")):
            continue
        try:
            kind = cells.get("soort", PRICE).lower()
            if kind == PRICE:
                prices.append(_price(cells))
            elif kind == BONUS:
                bonuses.append(_bonus(cells))
            elif kind == WEIGHT:
                weights.append(_weight(cells))
            else:
                raise Refused(f"“{kind}” is geen soort: kies bouwblok, bonus of inkoop.")
        except Refused as refusal:
            raise Refused(f"Regel {number}: {refusal.sentence}") from refusal
    hours = _number(full_time, "uren per week")
    return PriceList(hours, tuple(prices), tuple(bonuses), tuple(weights))


def _number(text: str, what: str) -> Decimal:
    text = "".join(text.replace("€", "").replace("%", "").split())
    try:
        found = read_number(text)
    except ValueError:
        raise Refused(f"“{text}” is geen getal ({what}).") from None
    if found > 1_000_000_000:
        raise Refused(f"“{text}” kan niet ({what}).")
    return found


def _whole(text: str, what: str) -> int:
    found = _number(text, what)
    if found != int(found):
        raise Refused(f"“{text}” is geen heel getal ({what}).")
    return int(found)


def _hundredths(text: str, what: str) -> int:
    return int((_number(text, what) * 100).to_integral_value())


def _code(cells: Row) -> str:
    """The code that was given, or one made from name and level."""
    text = cells.get("code") or f"{cells.get('naam', '')} {cells.get('niveau', '')}"
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower())
    return "-".join(part for part in kept.split("-") if part)[:40]


def _yes(text: str) -> bool:
    return text.lower() in ("ja", "j", "yes", "1", "on", "x")


def _price(cells: Row) -> Price:
    effort = EFFORTS.get(cells.get("vorm", "").lower())
    if effort is None:
        raise Refused(f"Vorm “{cells.get('vorm', '')}” kennen wij niet.")
    unit = UNITS.get(cells.get("eenheid", "").lower())
    if unit is None:
        raise Refused(f"Eenheid “{cells.get('eenheid', '')}” kennen wij niet.")
    months = cells.get("hoogstens maanden", "")
    most = cells.get("hoogstens bedrag", "")
    return Price(
        code=_code(cells),
        label=cells.get("naam", ""),
        effort=Effort(effort),
        unit=Unit(unit),
        amount=_hundredths(cells.get("bedrag", ""), "bedrag"),
        group=cells.get("doelgroep", ""),
        level=cells.get("niveau", ""),
        by_hours=_yes(cells.get("naar uren", "ja") or "ja"),
        cap_months=_whole(months, "maanden") if months else None,
        at_most=_hundredths(most, "hoogstens bedrag") if most else None,
    )


def _bonus(cells: Row) -> Bonus:
    return Bonus(
        code=_code(cells),
        label=cells.get("naam", ""),
        amount=_hundredths(cells.get("bedrag", ""), "bedrag"),
        once=_yes(cells.get("eenmalig", "")),
        items=frozenset(cells.get("alleen bij", "").replace(",", " ").split()),
        excludes=frozenset(cells.get("niet samen met", "").replace(",", " ").split()),
    )


def _weight(cells: Row) -> Weight:
    if not cells.get("code"):
        raise Refused("Vul de grond in, bijvoorbeeld badge.")
    levels = [level.strip() for level in cells.get("niveau", "").split("|")]
    return Weight(
        ground=cells["code"],
        label=cells.get("naam", "") or cells["code"],
        points=_hundredths(cells.get("bedrag", ""), "percentage"),
        levels=frozenset(level for level in levels if level),
    )


def read_csv(data: bytes) -> list[dict[str, str]]:
    """The rows of a file; UTF-8 or Windows text, semicolons or commas, an apostrophe undone.

    :raises Refused: when it is no such file.
    """
    if len(data) > MAX_BYTES:
        raise Refused("Dit bestand is te groot voor een prijslijst.", "file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text), delimiter=";" if first.count(";") >= first.count(",") else ","
    )
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    if "naam" not in names or "bedrag" not in names:
        raise Refused(
            "In de eerste regel horen de namen van de kolommen te staan, zoals in een lijst die u "
            "hier ophaalt.",
            "file",
        )
    reader.fieldnames = names
    return [
        {k: (v or "").removeprefix("'") for k, v in row.items() if isinstance(k, str)}
        for row in reader
    ]
