"""Documents for tests: a profile that may be published, and its parts."""

from typing import Any

from impactmakelaar.profiles import rules


def activity(**fields: Any) -> rules.Document:
    """An activity that can be found: greenery in Haarlem."""
    area = {"kind": "municipalities", "municipalities": ["GM0392"], "radius_km": None, "region": ""}
    values = {
        "id": "aaaa1111",
        "title": "Groenonderhoud",
        "cpv": ["77310000"],
        "sector": "groen",
        "area": area,
        "capacity_confirmed_on": "2026-11-01",
    }
    return rules.complete({"activities": [values | fields]})["activities"][0]


def contact(**fields: Any) -> rules.Document:
    """A contact person whom buyers may know."""
    return {
        "name": "Mo Bakker",
        "role": "eigenaar",
        "email": "mo@groen.example",
        "phone": "",
        "public": True,
    } | fields


def certificate(**fields: Any) -> rules.Document:
    """A certificate as its holder states it."""
    return {
        "kind": "pso",
        "level": "Trede 2",
        "number": "12345",
        "valid_from": "2026-01-01",
        "valid_until": "2027-12-31",
        "evidence": "",
        "url": "",
    } | fields


HOME = {
    "street": "Geheimstraat 12",
    "postcode": "2011 AB",
    "place": "Haarlem",
    "municipality": "GM0392",
    "hidden": True,
}


def document(**fields: Any) -> rules.Document:
    """A profile that may be published, of somebody who works at home."""
    return rules.complete(
        {
            "trade_name": "Groen Werkt",
            "legal_form": "eenmanszaak",
            "summary": "Wij onderhouden groen.",
            "contacts": [contact()],
            "address": HOME,
            "activities": [activity()],
        }
        | fields
    )
