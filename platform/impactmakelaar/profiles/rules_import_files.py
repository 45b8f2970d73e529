"""Reading a list that others keep: CSV, Excel or a record per line, to rows of named cells."""

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from impactmakelaar.core.errors import Refused
from impactmakelaar.core.lazily import Lazily

openpyxl = Lazily("openpyxl")

MAX_ROWS = 20_000

MAX_UNPACKED = 200 * 1024 * 1024
"""Bytes that an Excel file may become when unpacked; more is a mistake or an attack."""

EXTRA = "\x00extra"
"""Key under which a row keeps the cells that stand beyond the last column."""


def read(data: bytes, name: str) -> list[dict[str, Any]]:
    """The rows of a CSV, XLSX or JSONL file as dictionaries.

    :raises Refused: with a Dutch sentence, when it cannot be read.
    """
    if not data.strip(b"\x00 \r\n\t"):
        raise Refused("Dit bestand is leeg.", "file")
    try:
        if data.startswith(b"PK"):
            rows = _xlsx(data)
        elif name.lower().endswith((".jsonl", ".ndjson", ".json")):
            rows = _jsonl(_text(data))
        else:
            rows = _csv(_text(data))
    except (ValueError, csv.Error, KeyError, OSError) as error:
        if "field limit" in str(error):
            sentence = "Eén vak in dit bestand is te groot. Kort die tekst in en probeer opnieuw."
        else:
            sentence = "Dit bestand kunnen wij niet lezen. Sla het op als CSV of Excel (xlsx)."
        raise Refused(sentence, "file") from error
    if not rows:
        raise Refused("In dit bestand staan geen regels onder de kopregel.", "file")
    if len(rows) > MAX_ROWS:
        raise Refused(
            f"Dit zijn meer dan {MAX_ROWS:,} regels. Knip het bestand in delen.".replace(",", "."),
            "file",
        )
    return rows


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise ValueError("encoding")


def _csv(text: str) -> list[dict[str, Any]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    head = _columns(next(lines, []))
    rows = []
    for line in lines:
        if any(cell.strip() for cell in line):
            rows.append(_record(head, line))
        if len(rows) > MAX_ROWS:
            break
    return rows


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    return max(";,\t|", key=head.count)


def _columns(cells: Iterable[Any]) -> list[str]:
    """The names of the columns; a name that comes again gets a number, so nothing is lost."""
    seen: Counter[str] = Counter()
    found = []
    for cell in cells:
        name = " ".join(str(cell or "").split())
        seen[name] += 1
        found.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return found


def _record(head: list[str], line: Iterable[Any]) -> dict[str, Any]:
    cells = list(line)
    row = {name: cell for name, cell in zip(head, cells, strict=False) if name}
    beyond = [cell for cell in cells[len(head) :] if cell not in (None, "")]
    return row | {EXTRA: beyond} if beyond else row


def _xlsx(data: bytes) -> list[dict[str, Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > MAX_UNPACKED:
            raise ValueError("too large")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        lines = book.worksheets[0].iter_rows(values_only=True)
        head = _columns(next(lines, ()))
        rows = []
        for line in lines:
            if any(cell not in (None, "") for cell in line):
                rows.append(_record(head, map(_cell, line)))
            if len(rows) > MAX_ROWS:
                break
        book.close()
    except Exception as error:
        # openpyxl raises whatever a broken archive makes it stumble over.
        raise ValueError("xlsx") from error
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _jsonl(text: str) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_no_duplicates)
        except RecursionError as error:
            raise ValueError("jsonl") from error
        except _Twice as twice:
            raise Refused(
                f"Regel {number} noemt “{twice}” twee keer. Laat er één staan.", "file"
            ) from twice
        if not isinstance(row, dict):
            raise Refused(
                f"Regel {number} is geen record. Elke regel moet met {{ beginnen.", "file"
            )
        rows.append(row)
    return rows


class _Twice(Exception):  # noqa: N818
    """A key comes twice in one JSON object."""


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found
