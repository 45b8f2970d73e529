"""A request as a release of the Open Contracting Data Standard 1.1, and notices as values.

Names of firms come in only with an award; who was invited is nobody's business before.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from impactmakelaar.tenders.rules import Document, Stage, Value

PREFIX = "ocds-impact"
CATEGORIES = {"works": "works", "supplies": "goods", "services": "services", "social": "services"}
METHODS = {"single": "limited", "multiple": "limited", "national": "open", "european": "open"}
STATUS = {
    Stage.DRAFT: "planning",
    Stage.SELECTED: "planned",
    Stage.INVITED: "active",
    Stage.OPENED: "active",
    Stage.AWARDED: "complete",
    Stage.NOT_AWARDED: "unsuccessful",
    Stage.HANDED_OVER: "active",
    Stage.WITHDRAWN: "cancelled",
}
CONTRACT_NATURE = {"Works": "works", "Supplies": "supplies", "Services": "services"}


@dataclass(frozen=True)
class Party:
    """An organisation in a release."""

    key: str
    name: str
    kvk: str = ""


@dataclass(frozen=True)
class Outcome:
    """The award as a release tells it."""

    decided_at: datetime
    supplier: Party | None
    contract_cents: int | None
    contract_on: date | None
    spent_cents: int | None


@dataclass(frozen=True)
class Told:
    """All that a release needs."""

    key: str
    title: str
    stage: str
    category: str
    procedure: str
    value: Value
    cpv: tuple[tuple[str, str], ...]
    at: datetime
    deadline_at: datetime | None
    invited_at: datetime | None
    document: Document
    buyer: Party
    outcome: Outcome | None = None


def amount(cents: int) -> dict[str, Any]:
    """Cents as a value in euros."""
    whole, rest = divmod(cents, 100)
    return {"amount": whole if not rest else cents / 100, "currency": "EUR"}


def party(one: Party, role: str) -> dict[str, Any]:
    """An organisation with its role; a KVK number is an identifier of NL-KVK."""
    found: dict[str, Any] = {"id": one.key, "name": one.name, "roles": [role]}
    if one.kvk:
        found["identifier"] = {"scheme": "NL-KVK", "id": one.kvk, "legalName": one.name}
    return found


def release(told: Told) -> dict[str, Any]:
    """One release with everything known by now."""
    tags = ["tender"]
    parties = [party(told.buyer, "buyer")]
    found: dict[str, Any] = {
        "ocid": f"{PREFIX}-{told.key}",
        "id": f"{told.key}-{told.at:%Y%m%d%H%M%S}",
        "date": iso(told.at),
        "language": "nl",
        "initiationType": "tender",
        "buyer": {"id": told.buyer.key, "name": told.buyer.name},
        "tender": _tender(told),
    }
    if told.outcome is not None:
        tags.append("award")
        awarded = _award(told, told.outcome)
        found["awards"] = [awarded]
        if told.outcome.supplier is not None:
            parties.append(party(told.outcome.supplier, "supplier"))
        if told.outcome.contract_cents is not None and told.outcome.supplier is not None:
            tags.append("contract")
            found["contracts"] = [_contract(told, told.outcome)]
    return found | {"tag": tags, "parties": parties}


def iso(at: datetime) -> str:
    """An instant as RFC 3339 writes it."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _tender(told: Told) -> dict[str, Any]:
    document = told.document
    found: dict[str, Any] = {
        "id": told.key,
        "title": told.title,
        "description": document["description"],
        "status": STATUS[Stage(told.stage)],
        "items": _items(told),
    }
    if told.category:
        found["mainProcurementCategory"] = CATEGORIES[told.category]
    if told.procedure:
        found["procurementMethod"] = METHODS[told.procedure]
        found["procurementMethodDetails"] = told.procedure
    low, high = told.value.low, told.value.high
    if high is not None and low is not None:
        found["value"] = amount(high)
        found["minValue"] = amount(low)
    elif document["source_values"]:
        amounts = source_amounts(document["source_values"])
        if amounts:
            found["value"], found["minValue"] = amount(max(amounts)), amount(min(amounts))
    if told.deadline_at is not None:
        period = {"endDate": iso(told.deadline_at)}
        if told.invited_at is not None:
            period["startDate"] = iso(told.invited_at)
        found["tenderPeriod"] = period
    if document["award"]:
        found["awardCriteria"] = "ratedCriteria"
        found["awardCriteriaDetails"] = "; ".join(
            f"{c['title']}: {c['weight']}" for c in document["award"]
        )
    return found


def _items(told: Told) -> list[dict[str, Any]]:
    if not told.cpv:
        return []
    schemes = [{"scheme": "CPV", "id": code, "description": label} for code, label in told.cpv]
    item: dict[str, Any] = {
        "id": "1",
        "description": told.title,
        "classification": schemes[0],
        "quantity": 1,
    }
    if len(schemes) > 1:
        item["additionalClassifications"] = schemes[1:]
    places = [*told.document["places"], *told.document["municipalities"]]
    if places:
        item["deliveryLocation"] = {"gazetteer": {"scheme": "NUTS", "identifiers": places}}
    return [item]


def _award(told: Told, outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": f"{told.key}-gunning",
        "date": iso(outcome.decided_at),
        "status": "active" if outcome.supplier is not None else "unsuccessful",
    }
    if outcome.supplier is not None:
        found["suppliers"] = [{"id": outcome.supplier.key, "name": outcome.supplier.name}]
    if outcome.contract_cents is not None:
        found["value"] = amount(outcome.contract_cents)
    return found


def _contract(told: Told, outcome: Outcome) -> dict[str, Any]:
    assert outcome.contract_cents is not None
    found: dict[str, Any] = {
        "id": f"{told.key}-overeenkomst",
        "awardID": f"{told.key}-gunning",
        "title": told.title,
        "status": "active",
        "value": amount(outcome.contract_cents),
    }
    if outcome.contract_on is not None:
        found["dateSigned"] = f"{outcome.contract_on.isoformat()}T00:00:00Z"
    if outcome.spent_cents is not None:
        found["implementation"] = {
            "transactions": [{"id": f"{told.key}-besteed", "value": amount(outcome.spent_cents)}]
        }
    return found


def package(releases: list[dict[str, Any]], uri: str, publisher: str, at: datetime) -> Document:
    """A release package."""
    return {
        "uri": uri,
        "version": "1.1",
        "extensions": [],
        "publishedDate": iso(at),
        "publisher": {"name": publisher},
        "releases": releases,
    }


def source_amounts(values: list[dict[str, Any]]) -> list[int]:
    """The amounts of a notice in cents, both ends of a range; what is no amount is left out."""
    found = []
    for entry in values:
        if entry.get("currency", "EUR") != "EUR":
            continue
        for amount_text in entry.get("parts") or [entry.get("value")]:
            try:
                cents = Decimal(str(amount_text)) * 100
            except InvalidOperation:
                continue
            if cents.is_finite() and cents >= 0:
                found.append(int(cents.to_integral_value()))
    return found


def notice_values(notice: dict[str, Any]) -> dict[str, Any]:
    """A notice as columns and keys of a request; dirty values stay readable as they were."""
    amounts = source_amounts(notice.get("values") or [])
    real = [cents for cents in amounts if cents not in (0, 1, 100)]
    cpv = [str(code)[:8] for code in notice.get("cpv") or []]
    return {
        "title": str(notice.get("title") or "")[:400],
        "description": str(notice.get("description") or ""),
        "category": CONTRACT_NATURE.get(str(notice.get("contract_nature")), ""),
        "cpv": cpv[0] if cpv else "",
        "cpv_more": cpv[1:],
        "places": [str(code) for code in notice.get("nuts") or []],
        "value_low": min(real) if real else None,
        "value_high": max(real) if real else None,
        "value_unknown": not real,
        "social_return": bool(notice.get("mentions_social_return")),
        "limited": bool(notice.get("reserved")),
        "source": str(notice.get("id") or ""),
        "source_values": notice.get("values") or [],
    }
