"""Rules of the register: who is listed, what a search asks, how it is said, in which order."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

from impactmakelaar.admission.rules_standing import Standing, State

PAGE_SIZE = 20
MAX_QUERY = 300
MAX_VALUES = 40
MAX_PAGE = 100_000
RADII = (5, 10, 25, 50, 100)
DEFAULT_RADIUS = 25
MAX_RADIUS = 400

ACTIVITY_FACETS = ("gemeente", "sector", "vorm")
PROFILE_FACETS = ("badge", "thema", "doelgroep", "sr", "keurmerk", "doel", "rechtsvorm")
FACETS = ACTIVITY_FACETS + PROFILE_FACETS
"""Query parameters with a list of values; within one they are alternatives (OR)."""

FACET_TITLES = {
    "gemeente": "Werkt in gemeente",
    "sector": "Sector",
    "vorm": "Vorm",
    "badge": "SROI-badge",
    "thema": "Thema",
    "doelgroep": "Mensen die er werken",
    "sr": "Social return",
    "keurmerk": "Keurmerk (eigen opgave)",
    "doel": "Duurzaam doel (SDG)",
    "rechtsvorm": "Rechtsvorm",
}

Label = Callable[[str, str], str]


@dataclass(frozen=True)
class ListingFacts:
    """What decides whether an enterprise is listed; ``lapsed_unlists`` is the region's policy."""

    approved: bool
    published: bool
    paused: bool
    withdrawn: bool
    ended_on: date | None
    standing: Standing
    lapsed_unlists: bool = False


def listed(facts: ListingFacts, on: date) -> bool:
    """Published and admitted, not suspended or ended; a lapsed badge only where policy says so."""
    return published(facts, on) and shown(facts.standing, facts.lapsed_unlists)


def shown(standing: Standing, lapsed_unlists: bool) -> bool:
    """Whether somebody with this standing is in the register."""
    if not standing.admitted or standing.state in (State.SUSPENDED, State.ENDED):
        return False
    return not (lapsed_unlists and standing.state == State.LAPSED)


def published(facts: ListingFacts, on: date) -> bool:
    """Published, not paused or withdrawn, its KVK link approved by staff, and not ended by then."""
    return (
        facts.approved
        and facts.published
        and not facts.paused
        and not facts.withdrawn
        and (facts.ended_on is None or facts.ended_on > on)
    )


@dataclass(frozen=True)
class Filters:
    """One search: words, values per facet, a circle on the map, a CPV code, a page.

    ``remarks`` are Dutch sentences about what was typed and could not be used as it was.
    """

    q: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cpv: str = ""
    place: str = ""
    radius: int = DEFAULT_RADIUS
    page: int = 1
    remarks: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing was asked: then everybody is shown, in the order of the day."""
        return not (self.q or self.cpv or self.place or any(self.chosen.values()))

    def values(self, facet: str) -> tuple[str, ...]:
        """The chosen values of a facet."""
        return self.chosen.get(facet, ())

    @cached_property
    def _query(self) -> str:
        pairs: list[tuple[str, str]] = []
        if self.q:
            pairs.append(("q", self.q))
        if self.place:
            pairs += [("plaats", self.place), ("straal", str(self.radius))]
        if self.cpv:
            pairs.append(("cpv", self.cpv))
        for facet in FACETS:
            pairs += [(facet, value) for value in sorted(self.values(facet))]
        return urlencode(pairs)

    def query(self, page: int = 1) -> str:
        """The canonical query string: the same search always gives the same text."""
        if page == 1:
            return self._query
        return "&".join(filter(None, (self._query, f"pagina={page}")))

    def without(self, facet: str, value: str = "") -> "Filters":
        """The same search with one filter less, on its first page."""
        if facet == "q":
            return replace(self, q="", page=1)
        if facet == "plaats":
            return replace(self, place="", page=1)
        if facet == "cpv":
            return replace(self, cpv="", page=1)
        left = tuple(v for v in self.values(facet) if v != value)
        return replace(self, chosen={**self.chosen, facet: left}, page=1)


def parse(pairs: Iterable[tuple[str, str]], known: Callable[[str, str], bool]) -> Filters:
    """A search from the pairs of a query string; ``known(facet, value)`` tells what exists.

    Nothing is refused: what cannot be used is left out, and a remark says so.
    """
    q, place, cpv, radius, page = "", "", "", DEFAULT_RADIUS, 1
    chosen: dict[str, list[str]] = {facet: [] for facet in FACETS}
    remarks: list[str] = []
    for key, raw in pairs:
        value = _clean(raw)
        if key == "q":
            q = value
            if len(raw) > MAX_QUERY:
                q = value[:MAX_QUERY]
                remarks.append(
                    f"Uw zoektekst was erg lang; wij zochten op de eerste {MAX_QUERY} tekens."
                )
        elif key == "plaats":
            place = value[:100]
        elif key == "cpv" and value:
            digits = value.split("-")[0].replace(" ", "")
            if digits.isascii() and digits.isdigit() and 2 <= len(digits) <= 8:
                cpv = digits.ljust(8, "0")
            else:
                remarks.append(f"“{value[:40]}” is geen CPV-code; dit filter is weggelaten.")
        elif key == "straal" and value:
            if value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= MAX_RADIUS:
                radius = int(value)
            else:
                remarks.append(
                    f"De straal moet tussen 1 en {MAX_RADIUS} kilometer zijn; wij namen {radius}."
                )
        elif key == "pagina":
            page = int(value) if value.isascii() and value.isdigit() and len(value) < 7 else 1
        elif key in chosen and value and value not in chosen[key]:
            if not known(key, value):
                remarks.append(
                    f"“{value[:40]}” kennen wij niet bij {FACET_TITLES[key].lower()}; "
                    "dit filter is weggelaten."
                )
            elif len(chosen[key]) < MAX_VALUES:
                chosen[key].append(value)
    return Filters(
        q=q,
        chosen={key: tuple(sorted(values)) for key, values in chosen.items() if values},
        cpv=cpv,
        place=place,
        radius=radius,
        page=min(max(page, 1), MAX_PAGE),
        remarks=tuple(dict.fromkeys(remarks))[:6],
    )


def _clean(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:5000]).split())


def sentence(filters: Filters, total: int, label: Label) -> str:
    """The search in one Dutch sentence: how many, and what was asked."""
    what = "1 onderneming" if total == 1 else f"{_number(total)} ondernemingen"
    parts: list[str] = []
    if filters.q:
        parts.append(f"met “{filters.q}”")
    if filters.cpv:
        parts.append(f"voor {label('cpv', filters.cpv)}")
    for facet, words in (
        ("sector", "in {}"),
        ("vorm", "als {}"),
        ("gemeente", "die werken in {}"),
        ("badge", "met de stand “{}”"),
        ("thema", "voor {}"),
        ("doelgroep", "waar {} werken"),
        ("sr", "met social return door {}"),
        ("keurmerk", "met {}"),
        ("doel", "die bijdragen aan {}"),
        ("rechtsvorm", "met rechtsvorm {}"),
    ):
        values = filters.values(facet)
        if values:
            parts.append(words.format(_or([_inner(label(facet, value)) for value in values])))
    if filters.place:
        parts.append(f"binnen {filters.radius} kilometer van {filters.place}")
    if not parts:
        return f"{what} in het register."
    return f"{what} {', '.join(parts)}."


def _inner(text: str) -> str:
    """A label in the middle of a sentence; names and abbreviations keep their capitals."""
    first = text.split(" ")[0]
    ordinary = len(first) > 1 and first[1:].islower() and first not in NAMES
    return text[0].lower() + text[1:] if ordinary and not text[0].isdigit() else text


NAMES = frozenset({"Haarlem", "Velsen", "Code", "Fairtrade", "Social", "Erkende"})


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} of {words[-1]}"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def seed_of(day: date) -> str:
    """The published seed of a day's order."""
    return day.isoformat()


def turn(seed: str, public_id: str) -> int:
    """Where an enterprise stands among equals on a day: the first 8 bytes of SHA-256.

    It depends on the day and on an id that nobody chose; no supplier can influence it, and
    anybody can compute it again.
    """
    digest = hashlib.sha256(f"{seed}:{public_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def pairs_of(query: str) -> list[tuple[str, str]]:
    """The pairs of a stored query string."""
    return parse_qsl(query)


def on_page(filters: Filters, page: int) -> Filters:
    """The same search on another page."""
    return replace(filters, page=page)
