"""Lists that others keep: reading them, guessing their columns, and what is wrong with each row."""

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from impactmakelaar.core.errors import Refused
from impactmakelaar.core.lazily import Lazily
from impactmakelaar.profiles.rules import MAX_CERTIFICATES, Document

openpyxl = Lazily("openpyxl")

MAX_ROWS = 20_000
MAX_CELL = 5_000
MAX_UNPACKED = 200 * 1024 * 1024
"""Bytes that an Excel file may become when unpacked; more is a mistake or an attack."""

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
    "source_id": ("id", "nummer", "source id", "bron id"),
    "place": ("plaats", "place", "vestigingsplaats", "woonplaats", "stad"),
    "municipality": ("gemeente", "municipality", "gemeentenaam"),
    "description": ("omschrijving", "beschrijving", "quote", "description", "tekst"),
    "website": ("website", "url", "web", "site"),
    "email": ("e mail", "email", "mail", "e mailadres", "emailadres"),
    "phone": ("telefoon", "tel", "telefoonnummer", "phone"),
    "cpv": ("cpv", "cpv code", "cpv codes"),
    "certificates": (
        "certificates",
        "keurmerk",
        "keurmerken",
        "keurmerken (eigen opgave)",
        "certificaat",
        "certificaten",
    ),
    "legal_form": ("rechtsvorm", "legal form", "kind", "soort", "type"),
    "summary": ("korte omschrijving", "samenvatting", "summary"),
}
"""What we can take in -> the headers (lower case, plain) under which lists have it."""

COLUMN_LABELS = {
    "name": "Naam",
    "kvk": "KVK-nummer",
    "source_id": "Nummer in de lijst",
    "place": "Plaats",
    "municipality": "Gemeente",
    "summary": "Korte omschrijving",
    "description": "Omschrijving",
    "website": "Website",
    "email": "E-mailadres",
    "phone": "Telefoonnummer",
    "cpv": "CPV-codes",
    "certificates": "Keurmerken",
    "legal_form": "Rechtsvorm",
}
CPV_WITHOUT_ZERO = 7
"""Digits of a CPV code of which a spreadsheet ate the leading zero."""

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
    unknown_places: list[str] = field(default_factory=list)
    """Municipalities as the list writes them that do not exist (any more)."""


@dataclass(frozen=True)
class Lookups:
    """Facts that the rules are given: how a municipality is found, what vanished, known CPV."""

    municipality: Callable[[str], tuple[str, str, bool]]
    """Text -> (code or "", remark or "", whether the text is a municipality or place today)."""
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


EXTRA = "\x00extra"
"""Key under which a row keeps the cells that stand beyond the last column."""


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


def with_choices(guessed: dict[str, str], chosen: Mapping[str, str]) -> dict[str, str]:
    """The mapping with what a person chose put over what we guessed.

    :raises Refused: when a choice names no column, nothing of ours, or one of ours twice.
    """
    mapping = dict(guessed)
    for column, target in chosen.items():
        if column not in mapping:
            raise Refused(f"Het bestand heeft geen kolom “{column}”.", "file")
        if target and target not in COLUMNS:
            known = ", ".join(COLUMNS)
            raise Refused(f"“{target}” kennen wij niet. Kies uit: {known}.", "file")
        mapping[column] = target
    for column, target in mapping.items():
        if target in chosen.values() and column not in chosen:
            mapping[column] = ""
    twice = [t for t, times in Counter(mapping.values()).items() if t and times > 1]
    if twice:
        raise Refused(
            f"“{COLUMN_LABELS[twice[0]]}” is bij twee kolommen gekozen. Kies er één.", "file"
        )
    return mapping


def rows_of(raw: list[dict[str, Any]], mapping: dict[str, str], lookups: Lookups) -> list[Row]:
    """What each row becomes, with its remarks. Rows about one enterprise are put together."""
    if "name" not in mapping.values():
        raise Refused(
            "Wij herkennen geen kolom met de naam. Kies die kolom, of noem haar “naam”.",
            "file",
        )
    merged: dict[str, Row] = {}
    seen_names: dict[str, str] = {}
    for number, line in enumerate(raw, start=2):
        values = {target: _plain(line.get(column)) for column, target in mapping.items() if target}
        row = _row(number, values, line, mapping, lookups)
        key = row.kvk_number or row.source_id
        if row.usable and key in merged:
            _join(merged[key], row)
            continue
        comparable = lookups.comparable(row.name) if row.name else ""
        if comparable and comparable in seen_names:
            row.remarks.append(f"Lijkt op “{seen_names[comparable]}” in dezelfde lijst.")
        seen_names.setdefault(comparable, row.name)
        merged[key if row.usable else f"#{number}"] = row
    return list(merged.values())


def _plain(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    text = "" if value is None else str(value)
    return " ".join("".join(c for c in text if c.isprintable() or c.isspace()).split())


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
    if EXTRA in line:
        row.remarks.append("Deze regel heeft meer vakken dan de kopregel; die zijn weggelaten.")
    _shorten(values, row)
    _take_kvk(values, row, look)
    row.source_id = _source_id(values, look)
    codes = _places(values, row, look)
    row.document = {
        "trade_name": row.name,
        "description": values.get("description", ""),
        "summary": (values.get("summary") or values.get("description", ""))[:200],
        "website": _website(values, row),
        "legal_form": _legal_form(values.get("legal_form", "")),
        "contacts": _contacts(values),
        "address": {
            "street": "",
            "postcode": "",
            "place": values.get("place", ""),
            "municipality": codes[0] if codes and values.get("place") else "",
            "hidden": True,
        },
        "certificates": _certificates(line, mapping, row),
        "activities": _activities(values, codes, row, look),
    }
    return row


def _shorten(values: dict[str, str], row: Row) -> None:
    for target, text in values.items():
        most = 200 if target in ("name", "place", "municipality", "summary") else MAX_CELL
        if len(text) > most:
            row.remarks.append(
                f"{COLUMN_LABELS[target]}: {len(text)} tekens is te lang; na {most} afgekapt."
            )
            values[target] = text[:most]


def _take_kvk(values: dict[str, str], row: Row, look: Lookups) -> None:
    if not values.get("kvk"):
        return
    digits = values["kvk"].replace(" ", "").replace(".", "")
    try:
        row.kvk_number = look.kvk(digits.zfill(8) if len(digits) == 7 else digits)
    except Refused as refusal:
        row.remarks.append(f"KVK-nummer “{values['kvk'][:40]}”: {refusal.sentence}")
        return
    if len(digits) == 7:
        row.remarks.append("Het KVK-nummer had 7 cijfers; er is een 0 voor gezet.")


def _source_id(values: dict[str, str], look: Lookups) -> str:
    """What a row is known by in its list: its own number, else its name and place."""
    if values.get("source_id"):
        return values["source_id"][:80]
    name = look.comparable(values["name"])[:50]
    place = look.comparable(values["place"])[:29] if values.get("place") else ""
    return f"{name}|{place}" if place else name


def _website(values: dict[str, str], row: Row) -> str:
    text = values.get("website", "")
    address = text if "://" in text else f"https://{text}"
    host = address.split("://", 1)[1].split("/", 1)[0]
    if not text:
        return ""
    if address.lower().startswith(("http://", "https://")) and "." in host and " " not in address:
        return address[:300]
    row.remarks.append(f"“{text[:80]}” is geen webadres; het is weggelaten.")
    return ""


def _places(values: dict[str, str], row: Row, look: Lookups) -> list[str]:
    """Codes of the municipalities that the row names; what is no municipality is kept as text.

    A municipality that was taken up in one other counts as that one; its name stays beside it.
    """
    text = values.get("municipality") or values.get("place") or ""
    if not text:
        row.remarks.append("Geen plaats of gemeente.")
        return []
    code, remark, exists = look.municipality(text)
    if remark:
        row.remarks.append(remark)
    if not exists:
        row.unknown_places.append(text)
    return [code] if code else []


def _legal_form(text: str) -> str:
    plain = text.lower().replace("ö", "o").replace("ö", "o").replace(".", "")
    words = plain.replace("(", " ").replace(")", " ").split()
    return next((form for form in LEGAL_FORMS if form in words), "")


def _contacts(values: dict[str, str]) -> list[Document]:
    email, phone = values.get("email", ""), values.get("phone", "")
    if not email and not phone:
        return []
    return [{"name": "", "role": "", "email": email, "phone": phone, "public": False}]


def _certificates(line: dict[str, Any], mapping: dict[str, str], row: Row) -> list[Document]:
    column = next((c for c, target in mapping.items() if target == "certificates"), None)
    raw = line.get(column) if column else None
    entries = raw if isinstance(raw, list) else _plain(raw).replace(";", ",").split(",")
    found = []
    for entry in entries[:MAX_CERTIFICATES]:
        values = entry if isinstance(entry, dict) else {"name": entry}
        name = _plain(_first(values, "name", "naam", "certificate", "keurmerk", "kind"))[:120]
        if not name:
            continue
        kind = certificate_kind(name)
        level = _plain(_first(values, "level", "niveau")) or (
            name.removeprefix("PSO ") if kind in ("other", "pso") and name != "PSO" else ""
        )
        found.append(
            {
                "kind": kind,
                "level": level[:60],
                "number": "",
                "valid_from": _iso(_first(values, "valid_from", "datum", "van", "from"), row),
                "valid_until": _iso(_first(values, "valid_until", "tot", "until"), row),
                "evidence": "",
                "url": "",
            }
        )
    return found


def certificate_kind(name: str) -> str:
    """The code of a certificate as a list writes it: "PSO 30+" -> ``pso_30``."""
    plain = " ".join(name.lower().split())
    return next((code for text, code in CERTIFICATES if text in plain), "other")


def _first(values: Mapping[str, Any], *names: str) -> Any:
    return next((values[name] for name in names if values.get(name)), "")


def _iso(value: Any, row: Row) -> str:
    text = _plain(value)
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        row.remarks.append(f"Datum “{text[:40]}” is geen hele datum; die is weggelaten.")
        return ""


def _activities(
    values: dict[str, str], codes: list[str], row: Row, look: Lookups
) -> list[Document]:
    cpv = []
    for part in values.get("cpv", "").replace(";", ",").split(","):
        text = part.strip()
        if len(text.split("-")[0]) == CPV_WITHOUT_ZERO and text.split("-")[0].isdigit():
            text = "0" + text
            row.remarks.append(f"CPV-code “{part.strip()}” had 7 cijfers; er is een 0 voor gezet.")
        code = look.cpv(text) if text else None
        if code and code not in cpv:
            cpv.append(code)
        elif text and not code:
            row.remarks.append(f"“{text[:40]}” is geen CPV-code; deze code is weggelaten.")
    if not cpv and not codes and not row.unknown_places:
        return []
    area: Document = {"kind": "municipalities", "municipalities": codes, "radius_km": None}
    return [
        {
            "id": "lijst",
            "title": "Zoals bekend uit de lijst",
            "description": _as_written(row.unknown_places),
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


def _as_written(places: list[str]) -> str:
    """The line that keeps names of municipalities that do not exist (any more)."""
    return f"{AS_WRITTEN}{', '.join(places)}." if places else ""


AS_WRITTEN = "Zoals in de lijst: "


def _join(into: Row, other: Row) -> None:
    """Several rows about one enterprise: their municipalities and codes come together."""
    into.remarks += [remark for remark in other.remarks if remark not in into.remarks]
    if other.name != into.name:
        into.remarks.append(
            f"Regel {other.number} noemt dezelfde onderneming “{other.name}”; samengevoegd."
        )
    into.unknown_places += [p for p in other.unknown_places if p not in into.unknown_places]
    if not into.document["activities"]:
        into.document["activities"] = other.document["activities"]
    for mine in into.document["activities"][:1]:
        for theirs in other.document["activities"]:
            here, there = mine["area"]["municipalities"], theirs["area"]["municipalities"]
            here += [code for code in there if code not in here]
            mine["cpv"] += [code for code in theirs["cpv"] if code not in mine["cpv"]]
        mine["description"] = _as_written(into.unknown_places)
    if not into.document["address"]["place"]:
        into.document["address"] = other.document["address"]
    for key, value in other.document.items():
        if not into.document[key]:
            into.document[key] = value
