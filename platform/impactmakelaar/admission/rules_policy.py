"""A region's rules of admission as one dated document: its shape, its start, what is wrong in it.

A version is never overwritten; a change is a new version with the day from which it holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from impactmakelaar.core.errors import Refused

LEGAL_FORMS = (
    "eenmanszaak",
    "vof",
    "maatschap",
    "cv",
    "bv",
    "nv",
    "stichting",
    "vereniging",
    "cooperatie",
    "publiek",
    "overig",
)


class Majority(StrEnum):
    """How many of the votes in favour and against adopt a proposal; blank votes do not count."""

    SIMPLE = "simple"
    TWO_THIRDS = "two_thirds"


class NoQuorum(StrEnum):
    """What follows when recusals leave too few members, substitutes included."""

    WRITTEN = "written"
    OTHER_COMMITTEE = "other_committee"


MAJORITY_LABELS = {
    Majority.SIMPLE: "Meer stemmen voor dan tegen",
    Majority.TWO_THIRDS: "Ten minste twee derde van de stemmen",
}
NO_QUORUM_LABELS = {
    NoQuorum.WRITTEN: "Schriftelijke ronde met de leden zonder belang",
    NoQuorum.OTHER_COMMITTEE: "De commissie van een andere regio adviseert",
}


@dataclass(frozen=True)
class Criterion:
    """What the committee judges; scores run from 0 up to and including ``scale``."""

    key: str
    title: str
    explanation: str
    weight: int
    scale: int
    obligatory: bool


@dataclass(frozen=True)
class Recognised:
    """A certificate on the region's list.

    ``levels`` names the levels that count as obtained (empty: any). ``legal_forms`` names who can
    obtain it (empty: everybody). ``valid_months`` is its usual term, None when it has none.
    """

    code: str
    label: str
    issuer: str
    levels: tuple[str, ...]
    register_url: str
    valid_months: int | None
    counts_for_badge: bool
    legal_forms: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Policy:
    """The rules in force on a day. Counts are people, terms are calendar days or months."""

    criteria: tuple[Criterion, ...]
    certificates: tuple[Recognised, ...]
    quorum: int
    majority: Majority
    reviewers: int
    substitutes: int
    seat_months: int
    no_quorum: NoQuorum
    target_days: int
    objection_days: int
    grace_months: int
    lapsed_unlists: bool
    awb: bool
    anonymous_reviewers: bool
    secret_votes: bool
    body: str
    signatory: str
    badge_sentence: str
    badge_url: str
    letter_admitted: str
    letter_refused: str
    letter_deferred: str

    def criterion(self, key: str) -> Criterion | None:
        """One criterion by its key."""
        return next((one for one in self.criteria if one.key == key), None)

    def certificate(self, code: str) -> Recognised | None:
        """One certificate of the list by its code."""
        return next((one for one in self.certificates if one.code == code), None)

    def obtainable(self, legal_form: str) -> tuple[Recognised, ...]:
        """The badge certificates that an enterprise of this legal form can obtain."""
        return tuple(
            one
            for one in self.certificates
            if one.counts_for_badge and (not one.legal_forms or legal_form in one.legal_forms)
        )


CODE_FORMS = ("bv", "stichting", "cooperatie", "nv", "cv", "maatschap")

DEFAULT: dict[str, Any] = {
    "criteria": [
        {
            "key": "social",
            "title": "Maatschappelijk doel",
            "explanation": "De onderneming bestaat in de eerste plaats om iets goeds te doen "
            "voor mens of milieu. Winst is een middel.",
            "weight": 2,
            "scale": 4,
            "obligatory": True,
        },
        {
            "key": "economic",
            "title": "Economische activiteit",
            "explanation": "De onderneming verkoopt goederen of diensten op de markt, doet dat "
            "voortdurend en loopt zelf risico.",
            "weight": 1,
            "scale": 4,
            "obligatory": True,
        },
        {
            "key": "profit",
            "title": "Gebruik van de winst",
            "explanation": "Winst gaat vooral terug naar het maatschappelijke doel. "
            "Uitkering aan eigenaren is beperkt.",
            "weight": 1,
            "scale": 4,
            "obligatory": True,
        },
        {
            "key": "governance",
            "title": "Bestuur en betrokkenheid",
            "explanation": "Het bestuur is open en onafhankelijk van de overheid en van gewone "
            "bedrijven. Medewerkers en klanten praten mee.",
            "weight": 1,
            "scale": 4,
            "obligatory": False,
        },
    ],
    "certificates": [
        {
            "code": "code_social",
            "label": "Code Sociale Ondernemingen",
            "issuer": "Review Board Code Sociale Ondernemingen",
            "levels": ["Geregistreerd"],
            "register_url": "https://www.codesocialeondernemingen.nl/",
            "valid_months": 24,
            "counts_for_badge": True,
            "legal_forms": list(CODE_FORMS),
            "source": "Toelatingscriteria van de Code; eenmanszaak en vof alleen aspirant",
        },
        {
            "code": "pso_30",
            "label": "PSO 30+",
            "issuer": "PSO-Nederland",
            "levels": ["30+"],
            "register_url": "https://www.pso-nederland.nl/",
            "valid_months": 24,
            "counts_for_badge": True,
            "legal_forms": [form for form in LEGAL_FORMS if form not in ("eenmanszaak", "vof")],
            "source": "PSO-Nederland; vraagt ten minste een jaar ervaring met twee voltijdbanen",
        },
        {
            "code": "bcorp",
            "label": "B Corp",
            "issuer": "B Lab",
            "levels": ["Gecertificeerd"],
            "register_url": "https://www.bcorporation.net/",
            "valid_months": 36,
            "counts_for_badge": True,
            "legal_forms": ["bv", "nv", "cooperatie"],
            "source": "B Lab, register van gecertificeerde bedrijven",
        },
        {
            "code": "senl",
            "label": "Lidmaatschap Social Enterprise NL",
            "issuer": "Social Enterprise NL",
            "levels": [],
            "register_url": "https://www.social-enterprise.nl/",
            "valid_months": 12,
            "counts_for_badge": False,
            "legal_forms": [],
            "source": "Een lidmaatschap is geen keurmerk",
        },
    ],
    "quorum": 3,
    "majority": "simple",
    "reviewers": 3,
    "substitutes": 1,
    "seat_months": 36,
    "no_quorum": "written",
    "target_days": 56,
    "objection_days": 42,
    "grace_months": 12,
    "lapsed_unlists": False,
    "awb": True,
    "anonymous_reviewers": True,
    "secret_votes": False,
    "body": "de selectiecommissie",
    "signatory": "de voorzitter van de selectiecommissie",
    "badge_sentence": "Inkoop bij deze onderneming telt mee voor social return, volgens de regels "
    "van de gemeente die opdrachtgever is.",
    "badge_url": "",
    "letter_admitted": "Wij feliciteren u met dit besluit en kijken uit naar de samenwerking.",
    "letter_refused": "U kunt later opnieuw een aanvraag doen. Lees eerst goed waarom wij nu nee "
    "zeggen.",
    "letter_deferred": "Wij hebben nog niet genoeg gezien om te beslissen. U hoort van de "
    "secretaris wat wij nog willen weten.",
}
"""What a region starts with. Criteria: European Commission, Social Business Initiative (2011).
The certificates are facts with their source and for the region to confirm or change."""


def policy_of(document: Mapping[str, Any]) -> Policy:
    """The document of a version as a value; keys that an older version lacks get the start's."""
    whole = {**DEFAULT, **document}
    criteria = tuple(Criterion(**one) for one in whole.pop("criteria"))
    certificates = tuple(
        Recognised(
            **{
                **one,
                "levels": tuple(one["levels"]),
                "legal_forms": tuple(one["legal_forms"]),
            }
        )
        for one in whole.pop("certificates")
    )
    whole["majority"] = Majority(whole["majority"])
    whole["no_quorum"] = NoQuorum(whole["no_quorum"])
    known = {key: value for key, value in whole.items() if key in DEFAULT}
    return Policy(criteria=criteria, certificates=certificates, **known)


LIMITS = {
    "quorum": (2, 40, "Quorum"),
    "reviewers": (1, 15, "Aantal beoordelaars"),
    "substitutes": (0, 15, "Aantal plaatsvervangers"),
    "seat_months": (1, 120, "Zittingstermijn"),
    "target_days": (7, 365, "Streeftermijn"),
    "objection_days": (7, 365, "Bezwaartermijn"),
    "grace_months": (1, 60, "Maanden tot het keurmerk"),
}
"""Number of the document -> lowest, highest, Dutch name."""

AWB_OBJECTION_DAYS = 42
"""Six weeks: article 6:7 Algemene wet bestuursrecht."""


def check(document: Mapping[str, Any]) -> None:
    """Refuse a document that cannot work.

    :raises Refused: with the field concerned.
    """
    criteria = document["criteria"]
    if not criteria:
        raise Refused("Houd ten minste één criterium over.")
    keys = [one["key"] for one in criteria]
    if len(set(keys)) != len(keys):
        raise Refused("Twee criteria hebben dezelfde sleutel.")
    for one in criteria:
        if not one["title"].strip():
            raise Refused("Geef elk criterium een naam.")
        if not (1 <= one["weight"] <= 10 and 1 <= one["scale"] <= 10):
            raise Refused("Gewicht en hoogste score van een criterium liggen tussen 1 en 10.")
    codes = [one["code"] for one in document["certificates"]]
    if len(set(codes)) != len(codes):
        raise Refused("Een keurmerk staat twee keer in de lijst.")
    for one in document["certificates"]:
        if not one["label"].strip() or not one["issuer"].strip():
            raise Refused("Geef elk keurmerk een naam en een uitgever.")
        if one["register_url"] and not one["register_url"].startswith("https://"):
            raise Refused("Het adres van een register begint met https://.")
    for key, (low, high, name) in LIMITS.items():
        if not low <= document[key] <= high:
            raise Refused(f"{name}: kies een getal van {low} tot en met {high}.", key)
    if document["awb"] and document["objection_days"] < AWB_OBJECTION_DAYS:
        raise Refused(
            "Als de Awb geldt, is de bezwaartermijn ten minste zes weken (42 dagen).",
            "objection_days",
        )
