"""A price list as a table: out as CSV, in again the same, dirty input answered with a sentence."""

import pytest

from impactmakelaar.core.errors import Refused
from impactmakelaar.core.exports import csv_bytes
from impactmakelaar.social_return.rules_prices import PriceList
from impactmakelaar.social_return.rules_table import COLUMNS, list_from, read_csv, rows_of
from tests.social_return.lists import ALL


@pytest.mark.parametrize("found", ALL.values(), ids=ALL)
def test_list_out_as_csv_and_in_again_is_the_same(found: PriceList) -> None:
    rows = rows_of(found)
    data = csv_bytes(COLUMNS, [[row[c] for c in COLUMNS] for row in rows])

    assert list_from(read_csv(data), str(found.full_time)) == found


def row(**cells: str) -> dict[str, str]:
    return {"naam": "WW", "vorm": "Werkplek", "eenheid": "per jaar", "bedrag": "20.000"} | {
        key.replace("_", " "): value for key, value in cells.items()
    }


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("20000", 2_000_000),
        ("20.000", 2_000_000),
        ("12.50", 1_250),
        ("€ 20.000,00", 2_000_000),
        ("€\u00a020.000,00", 2_000_000),
        ("12,50", 1_250),
        ("0", 0),
    ],
)
def test_amounts_as_people_type_them(typed: str, cents: int) -> None:
    assert list_from([row(bedrag=typed)], "36").prices[0].amount == cents


def test_code_is_made_when_none_is_given_and_empty_rows_are_left_out() -> None:
    found = list_from([row(niveau="tot 2 jaar"), {"soort": "bonus"}, {}], "36")

    assert [one.code for one in found.prices] == ["ww-tot-2-jaar"]
    assert found.bonuses == ()


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"bedrag": "veel"}, "Regel 1: “veel” is geen getal"),
        ({"bedrag": "-5"}, "Regel 1"),
        ({"bedrag": "NaN"}, "Regel 1"),
        ({"bedrag": "1,000.00"}, "Regel 1"),
        ({"hoogstens maanden": "12,5"}, "geen heel getal"),
        ({"vorm": "iets"}, "Vorm “iets” kennen wij niet"),
        ({"eenheid": "per week"}, "Eenheid “per week” kennen wij niet"),
        ({"soort": "prijs"}, "is geen soort"),
        ({"soort": "inkoop"}, "Vul de grond in"),
    ],
)
def test_dirty_row_is_named(cells: dict[str, str], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        list_from([row(**cells)], "36")


@pytest.mark.parametrize("data", [b"", b"a;b\n1;2\n", b"\xff\xfe\x00", b"x" * 1_000_001])
def test_file_that_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_csv(data)
