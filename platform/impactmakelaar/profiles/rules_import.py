"""Lists that others keep: reading them, guessing their columns, and what is wrong with each row."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from impactmakelaar.core.errors import Refused
from impactmakelaar.profiles.rules import Document

MAX_ROWS = 20_000
MAX_CELL = 5_000

COLUMNS = {
    "name": (
        "naam",
        "name",
        "handelsnaam",
        "bedrijfsnaam",
        "onderneming",
        "sociale werkvoorziening",
    ),
    "kvk": ("kvk", "kvk nummer", "kvknummer", "kvk nr", "handelsregister"),
    "source_id": ("id", "nummer", "code", "source id", "bron id"),
    "place": ("plaats", "place", "vestigingsplaats", "woonplaats", "stad"),
    "municipality": ("gemeente", "municipality", "gemeentenaam"),
    "description": ("omschrijving", "beschrijving", "quote", "description", "tekst"),
    "website": ("website", "url", "web", "site", "source", "bron"),
    "email": ("e mail", "email", "mail", "e mailadres", "emailadres"),
    "phone": ("telefoon", "tel", "telefoonnummer", "phone"),
    "cpv": ("cpv", "cpv code", "cpv codes"),
    "certificates": ("certificates", "keurmerk", "keurmerken", "certificaat", "certificaten"),
    "legal_form": ("rechtsvorm", "kind", "soort", "type"),
}
"""What we can take in -> the headers (lower case, plain) under which lists have it."""

CERTIFICATES = (
    ("30+", "pso_30"),
    ("pso", "pso"),
    ("code sociale", "code_social"),
    ("b corp", "bcorp"),
    ("bcorp", "bcorp"),
    ("social enterprise nl", "senl"),
    ("fairtrade", "fairtrade"),
    ("skal", "skal"),
    ("iso 14001", "iso14001"),
    ("co2", "co2_ladder"),
)
LEGAL_FORMS = (
    "eenmanszaak",
    "vof",
    "bv",
    "nv",
    "stichting",
    "vereniging",
    "cooperatie",
    "maatschap",
)


@dataclass
class Row:
    """One row of a list: where it stood, what it becomes, what a person should know about it."""

    number: int
    name: str
    source_id: str = ""
    kvk_number: str | None = None
    document: Document = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    usable: bool = True


@dataclass(frozen=True)
class Lookups:
    """Facts that the rules are given: how a municipality is found, what vanished, known CPV."""

    municipality: Callable[[str], tuple[str, str]]
    """Text -> (code or "", remark or "")."""
    cpv: Callable[[str], str | None]
    comparable: Callable[[str], str]
    kvk: Callable[[str], str]


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
    except (ValueError, csv.Error, KeyError, InvalidFileException, OSError) as error:
        raise Refused(
            "Dit bestand kunnen wij niet lezen. Sla het op als CSV of Excel (xlsx).", "file"
        ) from error
    if not rows:
        raise Refused("In dit bestand staan geen regels onder de kopregel.", "file")
    if len(rows) > MAX_ROWS:
        raise Refused(f"Dit zijn meer dan {MAX_ROWS} regels. Knip het bestand in delen.", "file")
    return rows


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise ValueError("encoding")


def _csv(text: str) -> list[dict[str, Any]]:
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t|", key=head.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    return [{k: v for k, v in row.items() if k} for row in reader]


def _xlsx(data: bytes) -> list[dict[str, Any]]:
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:
        # openpyxl raises whatever a broken archive makes it stumble over.
        raise ValueError("xlsx") from error
    sheet = book.worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(lines, ())]
    rows = []
    for line in lines:
        if any(cell not in (None, "") for cell in line):
            rows.append({k: _cell(v) for k, v in zip(head, line, strict=False) if k})
        if len(rows) > MAX_ROWS:
            break
    book.close()
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _jsonl(text: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("jsonl")
    return rows


def guess_mapping(header: Iterable[str]) -> dict[str, str]:
    """Column of the list -> what we take it for; each of ours is used once, "" when unknown."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for column in header:
        plain = " ".join(str(column).lower().replace("-", " ").replace("_", " ").split())
        target = next(
            (key for key, names in COLUMNS.items() if plain in names and key not in taken), ""
        )
        found[column] = target
        taken.add(target)
    return found


def rows_of(raw: list[dict[str, Any]], mapping: dict[str, str], lookups: Lookups) -> list[Row]:
    """What each row becomes, with its remarks. Rows about one enterprise are put together."""
    if "name" not in mapping.values():
        raise Refused(
            "Wij herkennen geen kolom met de naam. Noem die kolom “naam” en probeer het opnieuw.",
            "file",
        )
    merged: dict[str, Row] = {}
    seen_names: dict[str, str] = {}
    for number, line in enumerate(raw, start=2):
        values = {target: _plain(line.get(column)) for column, target in mapping.items() if target}
        row = _row(number, values, line, mapping, lookups)
        key = row.kvk_number or row.source_id or f"{row.name}|{values.get('place', '')}".lower()
        if row.usable and key in merged:
            _join(merged[key], row)
            continue
        comparable = lookups.comparable(row.name) if row.name else ""
        if comparable and comparable in seen_names and seen_names[comparable] != row.name:
            row.remarks.append(f"Lijkt op “{seen_names[comparable]}” in dezelfde lijst.")
        seen_names.setdefault(comparable, row.name)
        merged[key if row.usable else f"#{number}"] = row
    return list(merged.values())


def _plain(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())[:MAX_CELL]


def _row(
    number: int,
    values: dict[str, str],
    line: dict[str, Any],
    mapping: dict[str, str],
    look: Lookups,
) -> Row:
    row = Row(number, values.get("name", "")[:200])
    if not row.name or row.name.lower() in ("onbekend", "geen", "-", "n.v.t."):
        row.remarks.append("Geen naam: deze regel wordt overgeslagen.")
        row.usable = False
        return row
    if values.get("kvk"):
        try:
            digits = values["kvk"].replace(" ", "").replace(".", "")
            row.kvk_number = look.kvk(digits.zfill(8) if len(digits) == 7 else digits)
            if len(digits) == 7:
                row.remarks.append("Het KVK-nummer had 7 cijfers; er is een 0 voor gezet.")
        except Refused as refusal:
            row.remarks.append(f"KVK-nummer “{values['kvk']}”: {refusal.sentence}")
    row.source_id = (values.get("source_id") or look.comparable(row.name))[:80]
    codes, kept = _places(values, row, look)
    row.document = {
        "trade_name": row.name,
        "description": values.get("description", ""),
        "summary": values.get("description", "")[:200],
        "website": values["website"] if values.get("website", "").startswith("http") else "",
        "legal_form": _legal_form(values.get("legal_form", "")),
        "contacts": _contacts(values),
        "address": {
            "street": "",
            "postcode": "",
            "place": values.get("place", "") or kept,
            "municipality": codes[0] if codes and not values.get("municipality") else "",
            "hidden": True,
        },
        "certificates": _certificates(line, mapping),
        "activities": _activities(values, codes, row, look),
    }
    return row


def _places(values: dict[str, str], row: Row, look: Lookups) -> tuple[list[str], str]:
    """Codes of the municipalities that the row names, and the text kept when it names none."""
    text = values.get("municipality") or values.get("place") or ""
    if not text:
        row.remarks.append("Geen plaats of gemeente.")
        return [], ""
    code, remark = look.municipality(text)
    if remark:
        row.remarks.append(remark)
    return ([code] if code else []), ("" if code else text)


def _legal_form(text: str) -> str:
    plain = text.lower().replace("ö", "o").replace(".", "")
    return next((form for form in LEGAL_FORMS if form in plain.split() or form == plain), "")


def _contacts(values: dict[str, str]) -> list[Document]:
    email, phone = values.get("email", ""), values.get("phone", "")
    if not email and not phone:
        return []
    return [{"name": "", "role": "", "email": email, "phone": phone, "public": False}]


def _certificates(line: dict[str, Any], mapping: dict[str, str]) -> list[Document]:
    column = next((c for c, target in mapping.items() if target == "certificates"), None)
    raw = line.get(column) if column else None
    entries = raw if isinstance(raw, list) else str(raw or "").split(",")
    found = []
    for entry in entries:
        values = entry if isinstance(entry, dict) else {"name": str(entry)}
        name = str(values.get("name") or values.get("certificate") or values.get("kind") or "")
        if not name.strip():
            continue
        plain = name.lower()
        kind = next((code for text, code in CERTIFICATES if text in plain), "other")
        level = str(values.get("level") or (name if kind in ("other", "pso") else ""))
        found.append(
            {
                "kind": kind,
                "level": level.strip()[:60],
                "number": "",
                "valid_from": _iso(values.get("valid_from") or values.get("from")),
                "valid_until": _iso(values.get("valid_until") or values.get("until")),
                "evidence": "",
                "url": "",
            }
        )
    return found


def _iso(value: Any) -> str:
    text = str(value or "")
    return text if len(text) == 10 and text[4] == text[7] == "-" else ""


def _activities(
    values: dict[str, str], codes: list[str], row: Row, look: Lookups
) -> list[Document]:
    cpv = []
    for part in values.get("cpv", "").replace(";", ",").split(","):
        if part.strip():
            code = look.cpv(part.strip())
            if code:
                cpv.append(code)
            else:
                row.remarks.append(f"“{part.strip()}” is geen CPV-code; deze code is weggelaten.")
    if not cpv and not codes:
        return []
    area: Document = {"kind": "municipalities", "municipalities": codes, "radius_km": None}
    return [
        {
            "id": "lijst",
            "title": "Zoals bekend uit de lijst",
            "description": "",
            "cpv": cpv,
            "sector": "",
            "form": "service",
            "area": area | {"region": ""},
            "capacity": "available",
            "capacity_confirmed_on": "",
            "order_min": None,
            "order_max": None,
        }
    ]


def _join(into: Row, other: Row) -> None:
    """Several rows about one enterprise: their municipalities and codes come together."""
    into.remarks += [remark for remark in other.remarks if remark not in into.remarks]
    for activity in other.document.get("activities", []):
        if not into.document["activities"]:
            into.document["activities"] = [activity]
            continue
        mine = into.document["activities"][0]
        for code in activity["area"]["municipalities"]:
            if code not in mine["area"]["municipalities"]:
                mine["area"]["municipalities"].append(code)
        for code in activity["cpv"]:
            if code not in mine["cpv"]:
                mine["cpv"].append(code)
    if not into.document["address"]["place"]:
        into.document["address"]["place"] = other.document["address"]["place"]
