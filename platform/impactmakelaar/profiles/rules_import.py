"""Lists that others keep: guessing their columns, and what is wrong with each row."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from impactmakelaar.core.errors import Refused
from impactmakelaar.profiles.rules import MAX_CERTIFICATES, Document
from impactmakelaar.profiles.rules_import_files import EXTRA

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
