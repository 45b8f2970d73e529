"""Requests below the threshold: what a request is, its stages, its steps, who may do what when.

Money is integer cents, excluding VAT, options and extensions included. Instants are aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from impactmakelaar.core.errors import Refused

Document = dict[str, Any]


class Kind(StrEnum):
    """A request for quotes, or a question to the market that asks for nothing yet."""

    REQUEST = "request"
    SOUNDING = "sounding"


class Category(StrEnum):
    """What is bought, as the thresholds tell it apart."""

    WORKS = "works"
    SUPPLIES = "supplies"
    SERVICES = "services"
    SOCIAL = "social"


class Procedure(StrEnum):
    """How is bought (GGM Inkoop: procedure of an Aanbesteding)."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    NATIONAL = "national"
    EUROPEAN = "european"


class Stage(StrEnum):
    """Where a request stands; "closed" is not among them, for it follows from the clock."""

    DRAFT = "draft"
    SELECTED = "selected"
    INVITED = "invited"
    OPENED = "opened"
    AWARDED = "awarded"
    NOT_AWARDED = "not_awarded"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"


KIND_LABELS = {Kind.REQUEST: "Offerteaanvraag", Kind.SOUNDING: "Marktverkenning"}
CATEGORY_LABELS = {
    Category.WORKS: "Werken (bouw en aanleg)",
    Category.SUPPLIES: "Leveringen",
    Category.SERVICES: "Diensten",
    Category.SOCIAL: "Sociale en andere specifieke diensten",
}
PROCEDURE_LABELS = {
    Procedure.SINGLE: "enkelvoudig onderhands",
    Procedure.MULTIPLE: "meervoudig onderhands",
    Procedure.NATIONAL: "nationale aanbesteding",
    Procedure.EUROPEAN: "Europese aanbesteding",
}
STAGE_LABELS = {
    Stage.DRAFT: "concept",
    Stage.SELECTED: "selectie vastgelegd",
    Stage.INVITED: "uitgenodigd",
    Stage.OPENED: "offertes geopend",
    Stage.AWARDED: "gegund",
    Stage.NOT_AWARDED: "niet gegund",
    Stage.HANDED_OVER: "overgedragen",
    Stage.WITHDRAWN: "ingetrokken",
}
TRANSITIONS: dict[Stage, tuple[Stage, ...]] = {
    Stage.DRAFT: (Stage.SELECTED, Stage.WITHDRAWN),
    Stage.SELECTED: (Stage.SELECTED, Stage.INVITED, Stage.HANDED_OVER, Stage.WITHDRAWN),
    Stage.INVITED: (Stage.OPENED, Stage.HANDED_OVER, Stage.WITHDRAWN),
    Stage.OPENED: (Stage.AWARDED, Stage.NOT_AWARDED),
    Stage.AWARDED: (),
    Stage.NOT_AWARDED: (),
    Stage.HANDED_OVER: (),
    Stage.WITHDRAWN: (),
}
"""The decided states. A new selection of a selected request is a redraw; both are kept."""

TITLE_MOST = 200
TEXT_MOST = 8000
MAX_CPV = 10
MAX_QUESTION = 2000
MAX_DOCUMENTS = 20
PLACEHOLDER_CENTS = frozenset({0, 1, 100})
"""Amounts that buyers type when they do not know: 0, 0.01 and 1 euro."""
COPY_SUFFIX = " (kopie)"


def check_stage(old: str, new: Stage) -> None:
    """Refuse a step that the table does not know."""
    if new not in TRANSITIONS[Stage(old)]:
        raise Refused(
            f"Dit kan niet: de aanvraag is {STAGE_LABELS[Stage(old)]} "
            f"en wordt dan niet {STAGE_LABELS[new]}."
        )


@dataclass(frozen=True)
class Value:
    """The estimated value: exact (low equals high), a range, or unknown (both None)."""

    low: int | None
    high: int | None

    @property
    def known(self) -> bool:
        """Whether there is anything to compare with a limit."""
        return self.high is not None

    @property
    def exact(self) -> bool:
        """Whether it is one amount."""
        return self.known and self.low == self.high


UNKNOWN = Value(None, None)


def value_of(low: int | None, high: int | None) -> Value:
    """A value from two amounts in cents, either of which may be missing or a placeholder.

    :raises Refused: on ``value_low`` when the range is upside down.
    """
    low = None if low in PLACEHOLDER_CENTS else low
    high = None if high in PLACEHOLDER_CENTS else high
    if low is None and high is None:
        return UNKNOWN
    low, high = (high if low is None else low), (low if high is None else high)
    assert low is not None
    assert high is not None
    if low > high:
        raise Refused("Het laagste bedrag is hoger dan het hoogste.", "value_low")
    return Value(low, high)


EMPTY: Document = {
    "description": "",
    "cpv_more": [],
    "municipalities": [],
    "places": [],
    "start_on": "",
    "end_on": "",
    "when_text": "",
    "extensions": "",
    "social_return": False,
    "limited": False,
    "lots": [],
    "requirements": "",
    "cross_border": "",
    "cross_border_reason": "",
    "contact_name": "",
    "contact_email": "",
    "contact_phone": "",
    "why_register": "",
    "selection": ["work", "form", "place", "capacity", "size"],
    "certificates": [],
    "places_to_invite": None,
    "open_with": None,
    "award": [
        {"code": "price", "kind": "price", "title": "Prijs", "weight": 40},
        {"code": "quality", "kind": "quality", "title": "Kwaliteit", "weight": 40},
        {"code": "social", "kind": "social", "title": "Sociale waarde", "weight": 20},
    ],
    "source": "",
    "source_values": [],
}
"""All of a request that nobody sorts or filters on; every key is always there."""

STEPS: dict[str, tuple[str, str]] = {
    "wat": ("Wat u zoekt", "Titel, omschrijving en CPV-code"),
    "waarde": ("Waarde", "Geraamd bedrag zonder btw, met opties en verlengingen"),
    "waar": ("Waar en wanneer", "Plaats en periode"),
    "voorwaarden": ("Voorwaarden", "Social return, percelen en eisen"),
    "planning": ("Contact en sluiting", "Contactpersoon en uiterste dag"),
    "beoordeling": ("Beoordeling", "Criteria en hun gewicht"),
}
"""The steps of the wizard, in order: name in the address -> (title, what it asks)."""


def complete(document: Mapping[str, Any] | None) -> Document:
    """A document with every key; unknown keys are dropped."""
    found = {**EMPTY, **(document or {})}
    return {key: found[key] for key in EMPTY}


@dataclass(frozen=True)
class Facts:
    """What of a request decides whether a step is done."""

    kind: str
    title: str
    cpv: str
    category: str
    value: Value
    value_is_unknown: bool
    deadline_at: datetime | None
    document: Document


def missing(facts: Facts) -> dict[str, str]:
    """Step -> what is still missing there, as a Dutch sentence; empty when all is filled in."""
    found: dict[str, str] = {}
    document = facts.document
    if not facts.title or not document["description"]:
        found["wat"] = "Vul een titel en een omschrijving in."
    elif not facts.cpv:
        found["wat"] = "Kies een CPV-code: daarop worden ondernemingen gezocht."
    elif not facts.category:
        found["wat"] = "Kies werken, leveringen, diensten of sociale diensten."
    if not facts.value.known and not facts.value_is_unknown:
        found["waarde"] = "Vul de geraamde waarde in, of geef aan dat u die nog niet weet."
    if not document["municipalities"] and not document["places"]:
        found["waar"] = "Kies waar het werk is."
    if not document["contact_name"] or not document["contact_email"]:
        found["planning"] = "Vul in wie vragen beantwoordt."
    elif facts.deadline_at is None:
        found["planning"] = "Vul in tot wanneer u reacties verwacht."
    if facts.kind == Kind.REQUEST:
        try:
            check_award_criteria(document["award"])
        except Refused as refusal:
            found["beoordeling"] = refusal.sentence
    return found


def check_award_criteria(criteria: list[Document]) -> None:
    """Weights of whole numbers that make 100 together, every criterion with a name.

    :raises Refused: on ``weights``.
    """
    if not criteria:
        raise Refused("Noem minstens één criterium.", "weights")
    if any(not c["title"] for c in criteria):
        raise Refused("Geef elk criterium een naam.", "weights")
    if any(not 0 < c["weight"] <= 100 for c in criteria):
        raise Refused("Een gewicht is een heel getal van 1 tot en met 100.", "weights")
    total = sum(c["weight"] for c in criteria)
    if total != 100:
        raise Refused(f"De gewichten zijn samen {total}; dat moet 100 zijn.", "weights")
    if sum(c["kind"] == "price" for c in criteria) > 1:
        raise Refused("Er kan maar één prijscriterium zijn.", "weights")


SHORTEST_TERM = timedelta(days=3)
LONGEST_TERM = timedelta(days=365)


def check_deadline(deadline: datetime, now: datetime) -> None:
    """A first deadline gives the invited some days; ``Refused`` on ``deadline_on``."""
    if deadline < now + SHORTEST_TERM:
        raise Refused("Geef ondernemingen minstens drie dagen om te reageren.", "deadline_on")
    if deadline > now + LONGEST_TERM:
        raise Refused("De sluiting ligt meer dan een jaar vooruit. Klopt het jaar?", "deadline_on")


def check_new_deadline(old: datetime, new: datetime, now: datetime) -> None:
    """A deadline moves forward only, and only while it has not passed."""
    if now >= old:
        raise Refused("De sluiting is voorbij en kan niet meer verschuiven.", "deadline_on")
    if new < old:
        raise Refused("De sluiting kan alleen later worden, niet eerder.", "deadline_on")
    if new > now + LONGEST_TERM:
        raise Refused("De sluiting ligt meer dan een jaar vooruit. Klopt het jaar?", "deadline_on")


def is_closed(deadline: datetime | None, now: datetime) -> bool:
    """Whether the box is shut: from the very second of the deadline on."""
    return deadline is not None and now >= deadline


def cpv_group(code: str) -> str:
    """The CPV group, the first three digits: requests are compared within it."""
    return code[:3]


ALMOST_OVER = timedelta(days=180)
REMIND_BEFORE = timedelta(days=3)
ANSWER_WITHIN = timedelta(days=5)
"""How long an invited firm has to say yes or no before the next in the order may be invited."""


def may_remind(deadline: datetime, now: datetime, reminded_at: datetime | None) -> None:
    """One reminder per request per day, before the deadline."""
    if now >= deadline:
        raise Refused("De sluiting is voorbij; een herinnering heeft geen zin meer.")
    if reminded_at is not None and now - reminded_at < timedelta(days=1):
        raise Refused("U hebt vandaag al een herinnering gestuurd.")


def counted_from(ended_on: date, *later: date | None) -> date:
    """The day from which a request is kept: its end, or the last day of what came of it."""
    return max([ended_on, *filter(None, later)])


def kept_until(ended_on: date, years: int) -> date:
    """The last day on which a finished request is kept: its authority's own number of years."""
    try:
        return ended_on.replace(year=ended_on.year + years)
    except ValueError:
        return ended_on.replace(year=ended_on.year + years, day=28)
