"""The profile as one document: its shape, what is wrong with it, what helps most, who sees what.

The shape (all keys always present): see ``EMPTY`` and ``EMPTY_ACTIVITY``. Dates are ISO text,
money is integer cents excluding VAT, codes come from content/reference.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from impactmakelaar.core.errors import Refused

Document = dict[str, Any]

MAX_SUMMARY = 200
MAX_DESCRIPTION = 5000
MAX_ACTIVITIES = 30
MAX_REFERENCES = 20
MAX_CERTIFICATES = 20
MAX_CONTACTS = 5
FIRST_YEAR = 1600
CAPACITY_FRESH = timedelta(days=90)
OLD_REVEAL = timedelta(days=730)
"""How long an enterprise sees who looked at its contact details."""

FORMS = ("service", "goods", "works", "placement")
CAPACITIES = {
    "available": "Er is ruimte",
    "limited": "Er is beperkt ruimte",
    "full": "Nu vol",
}
AREA_KINDS = {
    "municipalities": "In bepaalde gemeenten",
    "radius": "Binnen een straal om ons adres",
    "region": "In een hele arbeidsmarktregio",
    "country": "In heel Nederland",
}
FORM_LABELS = {
    "service": "Dienst",
    "goods": "Levering van producten",
    "works": "Werk (bouw en aanleg)",
    "placement": "Plaatsing van mensen",
}

EMPTY: Document = {
    "trade_name": "",
    "legal_name": "",
    "legal_form": "",
    "founded_year": None,
    "employees": None,
    "website": "",
    "summary": "",
    "description": "",
    "logo": "",
    "contacts": [],
    "address": {"street": "", "postcode": "", "place": "", "municipality": "", "hidden": True},
    "themes": [],
    "sdgs": [],
    "target_groups": [],
    "social_return_forms": [],
    "references": [],
    "certificates": [],
    "activities": [],
}

EMPTY_ACTIVITY: Document = {
    "id": "",
    "title": "",
    "description": "",
    "cpv": [],
    "sector": "",
    "form": "service",
    "area": {"kind": "region", "municipalities": [], "radius_km": None, "region": ""},
    "capacity": "available",
    "capacity_confirmed_on": "",
    "order_min": None,
    "order_max": None,
}

SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "basis": (
        "Over de onderneming",
        (
            "trade_name",
            "legal_name",
            "legal_form",
            "founded_year",
            "employees",
            "website",
            "summary",
            "description",
        ),
    ),
    "adres": ("Contact en adres", ("contacts", "address")),
    "missie": ("Missie", ("themes", "sdgs", "target_groups", "social_return_forms")),
    "activiteiten": ("Activiteiten", ("activities",)),
    "referenties": ("Referenties", ("references",)),
    "keurmerken": ("Keurmerken", ("certificates",)),
    "logo": ("Logo", ("logo",)),
}
"""Part of the edit pages -> its Dutch title and the keys that it holds."""

KEY_LABELS = {
    "trade_name": "Handelsnaam",
    "legal_name": "Statutaire naam",
    "legal_form": "Rechtsvorm",
    "founded_year": "Opgericht in",
    "employees": "Aantal mensen",
    "website": "Website",
    "summary": "Korte omschrijving",
    "description": "Beschrijving",
    "logo": "Logo",
    "contacts": "Contactpersonen",
    "address": "Adres",
    "themes": "Thema's",
    "sdgs": "Duurzame doelen (SDG's)",
    "target_groups": "Mensen die bij u werken",
    "social_return_forms": "Social return",
    "references": "Referenties",
    "certificates": "Keurmerken",
    "activities": "Activiteiten",
}


def complete(document: Mapping[str, Any]) -> Document:
    """The document with every key present, unknown keys dropped; the input is not touched."""
    return dict(_copied(_whole(document)))


def _whole(document: Mapping[str, Any]) -> Document:
    """The same, with what was given inside it as it is: not to be changed."""
    whole = {
        key: empty if document.get(key) is None else document[key] for key, empty in EMPTY.items()
    }
    whole["address"] = {**EMPTY["address"], **whole["address"]}
    whole["activities"] = [
        {
            **EMPTY_ACTIVITY,
            **activity,
            "area": {**EMPTY_ACTIVITY["area"], **(activity.get("area") or {})},
        }
        for activity in whole["activities"]
    ]
    return whole


def _copied(value: Any) -> Any:
    """A copy of a JSON value; many times faster than copying by the general rules."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_copied(one) for one in value]
    return value


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a document: sorted keys, no spaces, UTF-8."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Hint:
    """Something that would make the profile better: a Dutch sentence, its section, its weight."""

    sentence: str
    section: str
    weight: int
    required: bool = False


def hints(document: Document) -> list[Hint]:
    """What is missing, what helps most first; ``required`` ones stand in the way of publishing."""
    found = [Hint(*entry, required=True) for entry in _required(document)]
    optional: list[tuple[bool, str, str, int]] = [
        (
            len(document["description"]) < 200,
            "Schrijf wat u doet, voor wie en met hoeveel mensen: inkopers vinden u op die woorden.",
            "basis",
            20,
        ),
        (
            not any(a["cpv"] for a in document["activities"]),
            "Kies CPV-codes bij uw activiteiten: inkopers zoeken daarop.",
            "activiteiten",
            15,
        ),
        (
            any(a["order_max"] is None for a in document["activities"]),
            "Vul in hoe grote opdrachten u aankunt.",
            "activiteiten",
            6,
        ),
        (not document["themes"], "Kies de thema's waaraan u werkt.", "missie", 12),
        (
            not document["social_return_forms"],
            "Geef aan hoe opdrachtnemers social return bij u kunnen invullen.",
            "missie",
            8,
        ),
        (not document["references"], "Noem een opdrachtgever als referentie.", "referenties", 10),
        (not document["certificates"], "Hebt u een keurmerk? Voeg het toe.", "keurmerken", 6),
        (not document["logo"], "Voeg uw logo toe.", "logo", 5),
        (not document["sdgs"], "Kies de duurzame doelen waaraan u bijdraagt.", "missie", 3),
        (not document["website"], "Vul uw website in.", "basis", 3),
    ]
    found += [Hint(s, section, weight) for missing, s, section, weight in optional if missing]
    return sorted(found, key=lambda hint: (not hint.required, -hint.weight))


def _required(document: Document) -> list[tuple[str, str, int]]:
    checks = [
        (bool(document["trade_name"]), "Vul uw handelsnaam in.", "basis", 100),
        (bool(document["legal_form"]), "Kies uw rechtsvorm.", "basis", 90),
        (bool(document["summary"]), "Schrijf in één zin wat u doet.", "basis", 95),
        (
            bool(document["address"]["municipality"]),
            "Vul in in welke plaats u gevestigd bent.",
            "adres",
            90,
        ),
        (
            any(c["email"] or c["phone"] for c in document["contacts"]),
            "Geef een contactpersoon op met e-mailadres of telefoonnummer.",
            "adres",
            85,
        ),
        (bool(document["activities"]), "Voeg minstens één activiteit toe.", "activiteiten", 98),
    ]
    return [(sentence, section, weight) for fine, sentence, section, weight in checks if not fine]


def completeness(document: Document) -> int:
    """How complete, 0 to 100: what is there, by weight."""
    missing = sum(10 if hint.required else hint.weight for hint in hints(document))
    return max(0, min(100, 100 - missing))


def check_publishable(document: Document) -> None:
    """Refuse to publish what a buyer could do nothing with; the sentence says what is missing."""
    missing = [hint.sentence for hint in hints(document) if hint.required]
    if missing:
        raise Refused("Publiceren kan nog niet. " + " ".join(missing))


def check_section(section: str, values: Document, today: date) -> None:
    """Refuse what cannot be true, with the sentence at its field.

    :raises Refused: too many rows, fields of another part, a year that is still to come.
    """
    for key, most, what in (
        ("contacts", MAX_CONTACTS, "contactpersonen"),
        ("activities", MAX_ACTIVITIES, "activiteiten"),
        ("references", MAX_REFERENCES, "referenties"),
        ("certificates", MAX_CERTIFICATES, "keurmerken"),
    ):
        if key in values and len(values[key]) > most:
            raise Refused(f"U kunt hoogstens {most} {what} opgeven.", key)
    unknown = set(values) - set(SECTIONS[section][1])
    if unknown:
        raise Refused("Dit onderdeel bevat velden die er niet horen.")
    year = values.get("founded_year")
    if year is not None and year > today.year:
        raise Refused("Dit jaar ligt in de toekomst.", "founded_year")


def check_new_rows(values: Document, document: Document) -> None:
    """Refuse activities and certificates that cannot be true, of those that are not there yet."""
    for activity in values.get("activities", []):
        if activity not in document["activities"]:
            check_activity(activity)
    for certificate in values.get("certificates", []):
        if certificate not in document["certificates"]:
            check_certificate(certificate)


def row_key(row: Mapping[str, Any]) -> str:
    """The address of a row without an id of its own: it changes when the row changes."""
    return digest(row)[:12]


def filled_in(known: Document, newcomer: Document) -> Document:
    """``known`` with everything that ``newcomer`` tells put over it; what is blank tells nothing.

    For an applicant's draft that goes on in a record we had from a list.
    """
    merged = complete(known)
    for key, value in complete(newcomer).items():
        if key == "address":
            told = {k: v for k, v in value.items() if k != "hidden" and v}
            if told:
                merged["address"] |= {**told, "hidden": value["hidden"]}
        elif value not in (None, "", []):
            merged[key] = value
    return merged


def check_activity(activity: Document) -> None:
    """Refuse an activity that cannot be found or cannot be true."""
    if not activity["cpv"] and not activity["sector"]:
        raise Refused("Kies een CPV-code of een sector, anders wordt u niet gevonden.", "sector")
    area = activity["area"]
    if area["kind"] == "municipalities" and not area["municipalities"]:
        raise Refused("Kies minstens één gemeente.", "municipalities")
    if area["kind"] == "radius" and not area["radius_km"]:
        raise Refused("Vul in binnen hoeveel kilometer u werkt.", "radius_km")
    if area["kind"] == "region" and not area["region"]:
        raise Refused("Kies de regio.", "region")
    low, high = activity["order_min"], activity["order_max"]
    if low is not None and high is not None and low > high:
        raise Refused("De kleinste opdracht is groter dan de grootste.", "order_min")


def check_certificate(certificate: Document) -> None:
    """Refuse a certificate that ends before it begins."""
    start, end = certificate["valid_from"], certificate["valid_until"]
    if start and end and end < start:
        raise Refused("De einddatum ligt voor de begindatum.", "valid_until")


REMIND_EVERY = timedelta(days=30)
"""Between two letters that ask whether the capacity still holds."""


def reminder_due(document: Mapping[str, Any], reminded_on: date | None, today: date) -> bool:
    """Whether to ask if the capacity still holds: something is stale, and not asked lately."""
    if not any(capacity_stale(activity, today) for activity in document["activities"]):
        return False
    return reminded_on is None or today - reminded_on >= REMIND_EVERY


def capacity_stale(activity: Mapping[str, Any], today: date) -> bool:
    """Whether the capacity was confirmed too long ago to trust (more than 90 days)."""
    text = activity.get("capacity_confirmed_on") or ""
    if not text:
        return True
    return today - date.fromisoformat(text) > CAPACITY_FRESH


def changed_keys(old: Document, new: Document) -> list[str]:
    """The keys whose value differs, in the order of the pages."""
    return [key for key in EMPTY if old.get(key) != new.get(key)]


def home_address_hidden(document: Mapping[str, Any]) -> bool:
    """Whether the address stays hidden: when asked so; a new profile asks so by default.

    An eenmanszaak's address is often a home: it shows only when its owner chose that. A place
    without street and postcode, as lists have it, is nobody's address and hides nothing.
    """
    address = document["address"]
    exact = bool(address["street"] or address["postcode"])
    return exact and bool(address.get("hidden", True))


def public_view(document: Mapping[str, Any]) -> Document:
    """What any visitor may see: no private contacts, no hidden address, no evidence.

    Contact details are left out altogether: they are shown on request, and logged. Of a hidden
    address only the municipality is left: four digits of a postcode may be one village street.
    The view is for reading: what it does not hide it shares with the document.
    """
    seen = _whole(document)
    address = seen["address"]
    if home_address_hidden(seen):
        address["street"] = address["postcode"] = address["place"] = ""
    seen["contacts"] = []
    seen["certificates"] = [{**one, "evidence": "", "number": ""} for one in seen["certificates"]]
    return seen


def public_contacts(document: Mapping[str, Any]) -> list[Document]:
    """The contact persons that the enterprise lets buyers see."""
    return [contact for contact in document.get("contacts", []) if contact.get("public")]


def lines(key: str, value: Any, label: Callable[[str, Any], str]) -> str:
    """A value of the document as short Dutch text, for showing differences side by side."""
    if value in (None, "", [], {}):
        return "—"
    if key in ("themes", "sdgs", "target_groups", "social_return_forms"):
        return ", ".join(label(key, code) for code in value)
    if key == "legal_form":
        return label("legal_forms", value)
    if key == "contacts":
        return "\n".join(f"{c['name']} {c['email']} {c['phone']}".strip() for c in value)
    if key == "address":
        return f"{value['street']} {value['postcode']} {value['place']}".strip()
    if key == "activities":
        return "\n".join(a["title"] for a in value)
    if key == "references":
        return "\n".join(f"{r['client']} {r['year'] or ''}".strip() for r in value)
    if key == "certificates":
        return "\n".join(f"{label('certificates', c['kind'])} {c['level']}" for c in value)
    if key == "logo":
        return "aanwezig"
    return str(value)
