"""Tables as files: CSV, Excel, GeoJSON. No cell can become a formula in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from impactmakelaar.core.lazily import Lazily

xlsxwriter = Lazily("xlsxwriter")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_CELL = 32_767
"""What Excel keeps in a cell; a longer text would be dropped altogether."""
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Feature:
    """A point on the map with its properties."""

    latitude: float
    longitude: float
    properties: dict[str, Any]


def safe_cell(value: Any) -> str:
    """The text of a cell; one that a spreadsheet would calculate gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(RISKY) or text.lstrip().startswith(RISKY) else text


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8 with a byte order mark and semicolons, as Dutch spreadsheets expect."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx(header: Sequence[str], rows: Iterable[Sequence[Any]], title: str) -> bytes:
    """One sheet; every cell is text."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(sheet_name(title))
    bold = book.add_format({"bold": True})
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, safe_cell(cell)[:MAX_CELL])
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header), 24)
    book.close()
    return out.getvalue()


def sheet_name(title: str) -> str:
    """A name that Excel takes: at most 31 characters, none of ``[]:*?/\\``, no outer apostrophe."""
    kept = "".join("-" if c in "[]:*?/\\" or not c.isprintable() else c for c in title[:100])
    # Excel counts in UTF-16: some letters are two.
    while len(kept.encode("utf-16-le")) > 62:
        kept = kept[:-1]
    return kept.strip("' ") or "Blad"


def geojson(features: Iterable[Feature]) -> str:
    """A FeatureCollection of points (WGS 84, longitude first)."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "geometry": {"type": "Point", "coordinates": [f.longitude, f.latitude]},
                    "properties": f.properties,
                }
                for f in features
            ],
        },
        ensure_ascii=False,
    )
