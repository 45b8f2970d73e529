"""Objective selection: the closed list of criteria, who meets them, and who is left out by which.

Criteria about work hold within one activity: work, form, place, capacity and size are asked of
the same row of a profile. The facts of an enterprise are values that go into the record as they
are, so that the selection can be done again without the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from impactmakelaar.core.errors import Refused

MIN_REASON = 15
ANYWHERE = "*"


@dataclass(frozen=True)
class Criterion:
    """One objective criterion: its name, what it asks and why it may be asked."""

    code: str
    label: str
    explanation: str


CRITERIA: dict[str, Criterion] = {
    c.code: c
    for c in (
        Criterion(
            "work",
            "Doet dit werk",
            "Een activiteit heeft de CPV-code van uw aanvraag, een ruimere of nauwere code, of een "
            "code uit dezelfde klasse (de eerste vier cijfers).",
        ),
        Criterion(
            "form",
            "Levert in deze vorm",
            "De activiteit is een dienst, levering of werk zoals u die zoekt.",
        ),
        Criterion(
            "place",
            "Werkt op deze plaats",
            "Dezelfde activiteit omvat alle gemeenten van uw aanvraag. Waar de onderneming "
            "gevestigd is, telt niet.",
        ),
        Criterion("capacity", "Heeft nu ruimte", "De onderneming meldt bij dit werk niet “vol”."),
        Criterion(
            "size",
            "Kan deze omvang aan",
            "De geraamde waarde past bij de opdrachten die de onderneming zegt aan te kunnen.",
        ),
        Criterion(
            "standing",
            "Is toegelaten door de regio",
            "De selectiecommissie heeft de onderneming toegelaten en dat geldt vandaag.",
        ),
        Criterion(
            "limited",
            "Voldoet aan artikel 2.82",
            "Minstens 30% van de werknemers is arbeidsbeperkt of kansarm, en hun integratie is "
            "het hoofddoel. Elk gelijkwaardig bewijs telt.",
        ),
        Criterion(
            "certificate",
            "Heeft een van deze keurmerken",
            "De onderneming geeft een van de gekozen keurmerken op, of iets gelijkwaardigs.",
        ),
        Criterion(
            "social_return",
            "Kan social return invullen",
            "De onderneming noemt minstens één vorm van social return.",
        ),
        Criterion(
            "references",
            "Heeft ervaring",
            "De onderneming noemt minstens één opdrachtgever als referentie.",
        ),
    )
}
"""The closed list, in the order in which an enterprise is held against it."""

NOT_OBJECTIVE = (
    (
        "Alleen “lokaal”",
        (
            "De vestigingsplaats alleen is geen objectieve grond om anderen uit te "
            "sluiten. Vraag of het werk in uw gemeente gedaan kan worden."
        ),
    ),
    (
        "Eerder prettig contact",
        "Een goede indruk van iemand is niet na te rekenen en sluit nieuwkomers uit.",
    ),
)
"""What is not on the list, and why; shown with it."""

FORM_OF_CATEGORY = {
    "works": ("works",),
    "supplies": ("goods",),
    "services": ("service", "placement"),
    "social": ("service", "placement"),
}
FORM_WORDS = {"service": "dienst", "goods": "levering", "works": "werk", "placement": "plaatsing"}


@dataclass(frozen=True)
class Asked:
    """What a request asks of an enterprise. ``municipalities`` empty: anywhere."""

    cpv: tuple[str, ...]
    category: str
    municipalities: tuple[str, ...]
    low: int | None
    high: int | None
    criteria: tuple[str, ...]
    certificates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Of the municipalities, in the same order, so that a record can be read by itself."""

    def record(self) -> dict[str, Any]:
        """As it stands in the record."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}


@dataclass(frozen=True)
class Activity:
    """One row of a profile, with of its area only what the request asks about."""

    title: str
    cpv: tuple[str, ...]
    form: str
    covers: tuple[str, ...]
    capacity: str
    order_min: int | None
    order_max: int | None


@dataclass(frozen=True)
class Enterprise:
    """An enterprise as the selection sees it: no contact, no clicks, no length of profile.

    ``limited`` is "verified", "stated" or ""; ``kvk`` is eight digits.
    """

    kvk: str
    name: str
    public_id: str
    version: str
    sha256: str
    activities: tuple[Activity, ...]
    certificates: tuple[str, ...]
    social_return: tuple[str, ...]
    references: int
    standing: str
    limited: str

    def record(self) -> dict[str, Any]:
        """As it stands in the record."""
        found = asdict(self)
        found["activities"] = [
            {key: list(v) if isinstance(v, tuple) else v for key, v in activity.items()}
            for activity in found["activities"]
        ]
        return {key: list(v) if isinstance(v, tuple) else v for key, v in found.items()}


@dataclass(frozen=True)
class Judgement:
    """Whether an enterprise is a candidate: why, or the first criterion that it fails."""

    enterprise: Enterprise
    reasons: tuple[tuple[str, str], ...]
    failed: str = ""
    sentence: str = ""

    @property
    def fits(self) -> bool:
        """A candidate."""
        return not self.failed


def asked_of(record: Mapping[str, Any]) -> Asked:
    """What was asked, from a record."""
    return Asked(
        cpv=tuple(record["cpv"]),
        category=record["category"],
        municipalities=tuple(record["municipalities"]),
        low=record["low"],
        high=record["high"],
        criteria=tuple(record["criteria"]),
        certificates=tuple(record["certificates"]),
        names=tuple(record["names"]),
    )


def enterprise_of(record: Mapping[str, Any]) -> Enterprise:
    """The facts of an enterprise, from a record."""
    activities = tuple(
        Activity(
            title=a["title"],
            cpv=tuple(a["cpv"]),
            form=a["form"],
            covers=tuple(a["covers"]),
            capacity=a["capacity"],
            order_min=a["order_min"],
            order_max=a["order_max"],
        )
        for a in record["activities"]
    )
    return Enterprise(
        kvk=record["kvk"],
        name=record["name"],
        public_id=record["public_id"],
        version=record["version"],
        sha256=record["sha256"],
        activities=activities,
        certificates=tuple(record["certificates"]),
        social_return=tuple(record["social_return"]),
        references=record["references"],
        standing=record["standing"],
        limited=record["limited"],
    )


def check_criteria(codes: Sequence[str]) -> tuple[str, ...]:
    """The chosen criteria in the order of the list; what is not on it is refused by name."""
    unknown = [code for code in codes if code not in CRITERIA]
    if unknown:
        raise Refused("Dit criterium staat niet op de lijst van objectieve criteria.", "criteria")
    if "work" not in codes:
        raise Refused(
            "Het criterium “Doet dit werk” is altijd nodig: anders vraagt u ondernemingen die het "
            "werk niet doen.",
            "criteria",
        )
    return tuple(code for code in CRITERIA if code in codes)


def same_work(wanted: Sequence[str], offered: Sequence[str]) -> str:
    """The offered code in the same CPV class as a wanted one, "" when there is none.

    A code that names a whole division (77000000) or group (77300000) stands for all below it. A
    group is too wide to be the same work: 983 holds both undertakers and removals.
    """
    for code in offered:
        for want in wanted:
            length = min(_depth(code), _depth(want), CLASS_DIGITS)
            if code[:length] == want[:length]:
                return code
    return ""


CLASS_DIGITS = 4


def _depth(code: str) -> int:
    """How many digits of a CPV code say something: 2 for a division, 3 for a group."""
    return max(len(code.rstrip("0")), 2)


def judge(asked: Asked, enterprise: Enterprise) -> Judgement:
    """Hold an enterprise against the criteria: the activity that comes furthest counts."""
    best: list[tuple[str, str]] = []
    failed, sentence = "work", "heeft geen activiteiten"
    for activity in enterprise.activities:
        reasons, wrong, why = _judge_activity(asked, activity)
        if not wrong:
            best, failed, sentence = reasons, "", ""
            break
        if len(reasons) > len(best) or failed == "work":
            best, failed, sentence = reasons, wrong, why
    if failed:
        return Judgement(enterprise, (), failed, sentence)
    for code in asked.criteria:
        if code in ACTIVITY_CRITERIA:
            continue
        fine, words = _judge_enterprise(code, asked, enterprise)
        if not fine:
            return Judgement(enterprise, (), code, words)
        best.append((code, words))
    return Judgement(enterprise, tuple(best))


ACTIVITY_CRITERIA = ("work", "form", "place", "capacity", "size")


def _judge_activity(asked: Asked, activity: Activity) -> tuple[list[tuple[str, str]], str, str]:
    """(reasons so far, the first criterion that fails or "", the sentence about it)."""
    reasons: list[tuple[str, str]] = []
    for code in ACTIVITY_CRITERIA:
        if code not in asked.criteria:
            continue
        fine, words = ACTIVITY_CHECKS[code](asked, activity)
        if not fine:
            return reasons, code, words
        reasons.append((code, words))
    return reasons, "", ""


def _work(asked: Asked, activity: Activity) -> tuple[bool, str]:
    code = same_work(asked.cpv, activity.cpv)
    if code:
        return True, f"“{activity.title}” heeft CPV-code {code}"
    return False, "geen activiteit met deze CPV-code of een code uit dezelfde klasse"


def _form(asked: Asked, activity: Activity) -> tuple[bool, str]:
    wanted = FORM_OF_CATEGORY.get(asked.category, tuple(FORM_WORDS))
    fine = activity.form in wanted
    word = FORM_WORDS.get(activity.form, activity.form)
    return fine, f"“{activity.title}” is een {word}" + ("" if fine else ", en dat is niet gevraagd")


def _place(asked: Asked, activity: Activity) -> tuple[bool, str]:
    if ANYWHERE in activity.covers:
        return True, "werkt in heel Nederland"
    if not asked.municipalities:
        return True, "de aanvraag noemt geen gemeente"
    names = dict(zip(asked.municipalities, asked.names, strict=False))
    left = [names.get(code, code) for code in asked.municipalities if code not in activity.covers]
    if left:
        return False, f"“{activity.title}” wordt niet gedaan in {', '.join(left)}"
    return True, "werkt in alle gevraagde gemeenten"


def _capacity(_asked: Asked, activity: Activity) -> tuple[bool, str]:
    if activity.capacity == "full":
        return False, f"meldt bij “{activity.title}” geen ruimte"
    return True, "heeft ruimte" if activity.capacity == "available" else "heeft beperkt ruimte"


def _size(asked: Asked, activity: Activity) -> tuple[bool, str]:
    if asked.low is None or asked.high is None:
        return True, "de waarde is nog niet bekend"
    if activity.order_max is not None and asked.low > activity.order_max:
        return False, "de opdracht is groter dan de onderneming aankan"
    if activity.order_min is not None and asked.high < activity.order_min:
        return False, "de opdracht is kleiner dan de onderneming aanneemt"
    return True, "de omvang past"


ACTIVITY_CHECKS = {
    "work": _work,
    "form": _form,
    "place": _place,
    "capacity": _capacity,
    "size": _size,
}
LIMITED_WORDS = {
    "verified": "PSO 30+ is nagekeken (het aantal); ga het hoofddoel nog na",
    "stated": "geeft PSO 30+ op; dat is nog niet nagekeken, net als het hoofddoel",
    "": "geeft geen bewijs voor artikel 2.82 op",
}
STANDING_WORDS = {
    "certified": "is toegelaten en heeft een erkend keurmerk",
    "in_grace": "is toegelaten en zit in het badgejaar",
    "lapsed": "is toegelaten; de badge is verlopen",
}


def _judge_enterprise(code: str, asked: Asked, enterprise: Enterprise) -> tuple[bool, str]:
    if code == "standing":
        known = STANDING_WORDS.get(enterprise.standing)
        return known is not None, known or "is op deze dag niet toegelaten door de regio"
    if code == "limited":
        return bool(enterprise.limited), LIMITED_WORDS[enterprise.limited]
    if code == "certificate":
        kept = [c for c in enterprise.certificates if c in asked.certificates]
        return bool(
            kept
        ), f"geeft op: {', '.join(kept)}" if kept else "geeft geen van de keurmerken op"
    if code == "social_return":
        fine = bool(enterprise.social_return)
        return fine, "noemt vormen van social return" if fine else "noemt geen social return"
    fine = enterprise.references > 0
    return fine, "noemt referenties" if fine else "noemt geen referenties"


def select(
    asked: Asked, enterprises: Sequence[Enterprise]
) -> tuple[list[Judgement], list[Judgement]]:
    """(candidates, left out), each in the order of KVK number: an order that means nothing."""
    judged = [judge(asked, e) for e in sorted(enterprises, key=lambda e: (e.kvk, e.public_id))]
    return [j for j in judged if j.fits], [j for j in judged if not j.fits]


@dataclass(frozen=True)
class Supply:
    """How many could serve a request, and how many of those with proof for article 2.82."""

    able: int
    stated: int
    verified: int

    @property
    def proven(self) -> int:
        """With any proof, looked at or not."""
        return self.stated + self.verified


def supply(asked: Asked, enterprises: Sequence[Enterprise]) -> Supply:
    """Who could serve a request, whether or not it is limited to article 2.82."""
    open_to_all = replace(asked, criteria=tuple(c for c in asked.criteria if c != "limited"))
    able = [e for e in enterprises if judge(open_to_all, e).fits]
    proofs = [e.limited for e in able]
    return Supply(len(able), proofs.count("stated"), proofs.count("verified"))


def check_outside_firm(name: str, kvk: str, email: str, reason: str) -> None:
    """A firm of the buyer's own: known by name and KVK number, with a reason of substance."""
    if not name:
        raise Refused("Vul de naam van de onderneming in.", "name")
    if not kvk:
        raise Refused("Vul het KVK-nummer in.", "kvk_number")
    if "@" not in email:
        raise Refused("Vul een e-mailadres in waar de uitnodiging heen kan.", "email")
    if len(reason.strip()) < MIN_REASON:
        raise Refused("Schrijf waarom u deze onderneming toevoegt.", "reason")
