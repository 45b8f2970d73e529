"""Whether an obligation and an offer can meet, why not, and how well they fit.

``failed`` is a list of broken rules and *is* the explanation: empty means eligible. ``fit`` is a
sum of whole points that anyone can add up again. Nothing here looks at another pair, at
popularity or at who pays.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

MIN_OVERLAP_DAYS = 60
"""Periods that overlap shorter than this give no work worth an agreement: about two months."""
NEED_POINTS, DISTANCE_POINTS, URGENCY_POINTS, ENTRY_POINTS = 40, 25, 20, 15
FAR_KM = 60
URGENT_DAYS = 365


class Failed(StrEnum):
    """Why a pair is not eligible; the value is the code, ``REASONS`` has the sentence."""

    FULFILLED = "fulfilled"
    KIND = "kind"
    PLACE = "place"
    PERIOD = "period"
    SECTOR = "sector"
    NO_PRICE = "no_price"
    NOT_RECOGNISED = "not_recognised"
    TOO_SMALL = "too_small"
    CAP = "cap"
    NO_CAPACITY = "no_capacity"
    BLOCKED = "blocked"
    SAME_OWNER = "same_owner"
    NOT_CONFIRMED = "not_confirmed"
    NOT_LISTED = "not_listed"


REASONS = {
    Failed.FULFILLED: "Deze verplichting is al helemaal ingevuld.",
    Failed.KIND: "Deze vorm van social return mag niet bij deze verplichting.",
    Failed.PLACE: "De onderneming werkt niet in de gemeente van de opdracht.",
    Failed.PERIOD: "De perioden vallen minder dan twee maanden samen.",
    Failed.SECTOR: "Het werk past niet bij de sectoren van deze onderneming.",
    Failed.NO_PRICE: "De prijslijst van de opdrachtgever kent deze vorm niet.",
    Failed.NOT_RECOGNISED: "Inkoop bij deze onderneming telt bij deze opdrachtgever nu niet mee.",
    Failed.TOO_SMALL: "Wat nog open staat, is kleiner dan de kleinste afname.",
    Failed.CAP: "Het deel dat met inkoop mag worden ingevuld, is op of te klein.",
    Failed.NO_CAPACITY: "De onderneming heeft hiervoor geen ruimte meer.",
    Failed.BLOCKED: "Een van beide wil dit gesprek niet.",
    Failed.SAME_OWNER: "Opdrachtnemer en onderneming zijn van dezelfde eigenaar.",
    Failed.NOT_CONFIRMED: "Een van beide heeft zijn komst niet bevestigd.",
    Failed.NOT_LISTED: "De onderneming staat nu niet in het register.",
}


@dataclass(frozen=True)
class Need:
    """An obligation as the table sees it; money in cents, both days of the period included."""

    id: str
    contractor: str
    owner: str
    room: int
    required: int
    municipality: str
    starts_on: date
    ends_on: date
    kinds: AbstractSet[str]
    sectors: AbstractSet[str] = frozenset()
    """Sectors of the work; empty when any sector will do."""
    caps: tuple[tuple[str, int], ...] = ()
    """(group of kinds, cents that may still be filled with that group)."""
    confirmed: bool = True


@dataclass(frozen=True)
class Supply:
    """An offer as the table sees it: whole units, cents, and the smallest order in units."""

    id: str
    enterprise: str
    owner: str
    kind: str
    group: str
    units: int
    euros: int
    enterprise_euros: int
    minimum: int
    municipalities: AbstractSet[str]
    """GM codes where it is delivered; "*" stands for the whole country."""
    starts_on: date
    ends_on: date
    sectors: AbstractSet[str] = frozenset()
    listed: bool = True
    confirmed: bool = True
    small: bool = False
    new: bool = False


Price = Callable[[Need, Supply], int | None]
"""Cents per unit of this offer under the rules of this obligation; None when its list has none."""


def most_units(need: Need, supply: Supply, unit: int) -> int:
    """The most units that fit: capacity, euros, room of the obligation and of its caps."""
    if unit <= 0:
        return 0
    cents = min(supply.euros, supply.enterprise_euros, need.room, *_caps(need, supply))
    return max(0, min(supply.units, cents // unit))


def _caps(need: Need, supply: Supply) -> list[int]:
    return [cents for group, cents in need.caps if group == supply.group]


def failed(
    need: Need,
    supply: Supply,
    unit: int | None,
    blocked: AbstractSet[tuple[str, str]] = frozenset(),
) -> list[Failed]:
    """Every rule that keeps this pair apart, in a fixed order; empty when they may talk."""
    wrong = []
    if need.room <= 0:
        wrong.append(Failed.FULFILLED)
    if not supply.listed:
        wrong.append(Failed.NOT_LISTED)
    if supply.kind not in need.kinds:
        wrong.append(Failed.KIND)
    if "*" not in supply.municipalities and need.municipality not in supply.municipalities:
        wrong.append(Failed.PLACE)
    if overlap_days(need, supply) < MIN_OVERLAP_DAYS:
        wrong.append(Failed.PERIOD)
    if need.sectors and supply.sectors and not need.sectors & supply.sectors:
        wrong.append(Failed.SECTOR)
    if need.owner == supply.owner or need.contractor == supply.enterprise:
        wrong.append(Failed.SAME_OWNER)
    if (need.contractor, supply.enterprise) in blocked:
        wrong.append(Failed.BLOCKED)
    if not (need.confirmed and supply.confirmed):
        wrong.append(Failed.NOT_CONFIRMED)
    return wrong + _amounts(need, supply, unit)


def _amounts(need: Need, supply: Supply, unit: int | None) -> list[Failed]:
    if not unit or unit <= 0:
        return [Failed.NO_PRICE]
    least = max(1, supply.minimum) * unit
    wrong = []
    if supply.units < max(1, supply.minimum) or min(supply.euros, supply.enterprise_euros) < least:
        wrong.append(Failed.NO_CAPACITY)
    if 0 < need.room < least:
        wrong.append(Failed.TOO_SMALL)
    if any(cents < least for cents in _caps(need, supply)):
        wrong.append(Failed.CAP)
    return wrong


def overlap_days(need: Need, supply: Supply) -> int:
    """Days on which both run, first and last included."""
    start, end = max(need.starts_on, supply.starts_on), min(need.ends_on, supply.ends_on)
    return max(0, (end - start + timedelta(days=1)).days)


@dataclass(frozen=True)
class Fit:
    """Points of a pair, each a whole number; ``total`` is their sum, 0 to 100."""

    need: int
    distance: int
    urgency: int
    entry: int

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return self.need + self.distance + self.urgency + self.entry


def fit(need: Need, supply: Supply, unit: int, km: float | None, today: date) -> Fit:
    """How well an eligible pair fits.

    Up to 40 points for the part of what is open that this offer can fill, 25 for being near (none
    from 60 km, half when nobody knows), 20 for an obligation that ends within a year, 15 for a
    small (8) and a new (7) enterprise.
    """
    fills = min(need.room, most_units(need, supply, unit) * unit)
    near = DISTANCE_POINTS // 2
    if km is not None:
        near = round(DISTANCE_POINTS * max(0.0, 1 - km / FAR_KM))
    days = min(max((need.ends_on - today).days, 0), URGENT_DAYS)
    return Fit(
        need=NEED_POINTS * fills // need.room if need.room > 0 else 0,
        distance=near,
        urgency=URGENCY_POINTS * (URGENT_DAYS - days) // URGENT_DAYS,
        entry=(8 if supply.small else 0) + (7 if supply.new else 0),
    )


def explain(points: Fit) -> str:
    """One Dutch sentence: the sum, and what weighs most."""
    parts = {
        "vult een groot deel van wat open staat": points.need,
        "is dichtbij": points.distance,
        "de verplichting loopt bijna af": points.urgency,
        "is een kleine of nieuwe onderneming": points.entry,
    }
    largest = max(parts, key=lambda name: parts[name])
    if points.total == 0:
        return "0 van 100 punten: het kan, maar niets pleit er bijzonder voor."
    return f"{points.total} van 100 punten, vooral omdat: {largest}."
