"""The register in memory: facets, distances and order beside the text index.

What is listed, and every fact to filter on, comes from the database through the numbered list of
changes, at each request: what was withdrawn is gone at once, whatever the text index still holds.
The text index only says which enterprises have the words.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from sys import intern
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.core.reference import Reference
from impactmakelaar.core.search import IndexUnavailable, TextIndex
from impactmakelaar.core.search_reader import Found
from impactmakelaar.register.catalogue_bits import (
    Bits,
    Codes,
    Ints,
    Mask,
    all_of,
    everybody,
    joined,
    pack,
    unpack,
)
from impactmakelaar.register.rules import (
    ACTIVITY_FACETS,
    PAGE_SIZE,
    PROFILE_FACETS,
    Filters,
    seed_of,
    turn,
)

PROFILE_KEYS = {
    "thema": "themes",
    "doelgroep": "target_groups",
    "sr": "social_return_forms",
    "doel": "sdgs",
}
LISTS = {
    "sector": "sectors",
    "vorm": "delivery_forms",
    "thema": "themes",
    "doelgroep": "target_groups",
    "sr": "social_return_forms",
    "keurmerk": "certificates",
    "doel": "sdgs",
    "rechtsvorm": "legal_forms",
}
EARTH_KM = 6371.0
EVERYWHERE = "*"
"""Stands for every municipality, in the work area of who delivers in the whole country."""

MAX_SETS = 500


@dataclass(frozen=True, slots=True)
class Listing:
    """A listed enterprise as the database gives it: ids and the public view of its document."""

    id: int
    public_id: str
    document: dict[str, Any]
    labour_market_region: str = ""
    badge: str = ""
    """The value of the badge filter on this day."""
    standing: Any = None
    """Where it stands on this day, kept for who shows it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is kept in memory of a listed enterprise: facet codes and where it is."""

    id: int
    public_id: str
    latitude: float
    longitude: float
    profile: dict[str, tuple[str, ...]]
    activities: tuple[tuple[tuple[str, ...], tuple[str, ...], str, tuple[str, ...]], ...]
    """Per activity: municipalities (or EVERYWHERE), sectors, form, CPV codes."""
    standing: Any = None


def entry_of(listing: Listing, facts: Reference) -> Entry:
    """The facet codes of a listed enterprise; each code is one text however many have it."""
    profile = listing.document
    home = home_of(profile, facts)
    codes = {
        facet: tuple(dict.fromkeys(intern(str(code)) for code in profile[key]))
        for facet, key in PROFILE_KEYS.items()
    }
    codes["badge"] = (listing.badge,) if listing.badge else ()
    codes["keurmerk"] = tuple(dict.fromkeys(intern(c["kind"]) for c in profile["certificates"]))
    codes["rechtsvorm"] = (intern(profile["legal_form"]),) if profile["legal_form"] else ()
    activities = []
    for activity in profile["activities"]:
        area = dict(activity["area"])
        if area["kind"] == "region" and not area.get("region"):
            area["region"] = listing.labour_market_region
        activities.append(
            (
                (EVERYWHERE,)
                if area["kind"] == "country"
                else tuple(sorted(facts.area(area, home))),
                tuple(map(intern, sectors_of(activity, facts))),
                intern(activity["form"]),
                tuple(map(intern, activity["cpv"])),
            )
        )
    latitude, longitude = home or (float("nan"), float("nan"))
    return Entry(
        listing.id,
        listing.public_id,
        latitude,
        longitude,
        codes,
        tuple(activities),
        listing.standing,
    )


def home_of(profile: dict[str, Any], facts: Reference) -> tuple[float, float] | None:
    """(latitude, longitude) of an enterprise: its postcode, else its municipality."""
    address = profile["address"]
    spot = facts.postcodes.get(address["postcode"][:4]) if address["postcode"] else None
    if spot is not None:
        return spot.latitude, spot.longitude
    return facts.coordinates.get(address["municipality"])


def sectors_of(activity: dict[str, Any], facts: Reference) -> tuple[str, ...]:
    """The everyday sectors of an activity: the one chosen, and those of its CPV codes."""
    found = [activity["sector"]] if activity["sector"] else []
    for code in activity["cpv"]:
        for sector, prefixes in sector_prefixes(facts).items():
            if code.startswith(prefixes) and sector not in found:
                found.append(sector)
    return tuple(found)


def sector_prefixes(facts: Reference) -> dict[str, tuple[str, ...]]:
    """Sector -> beginnings of the CPV codes that belong to it."""
    return {
        code: tuple(entry.extra["cpv"].split("|")) for code, entry in facts.codes("sectors").items()
    }


@dataclass
class Column:
    """Pairs (row, code): which rows have which codes; rows ascending."""

    names: list[str]
    rows: Ints
    codes: Ints

    def matching(self, values: Iterable[str], size: int) -> Mask:
        """Rows that have any of the values."""
        mask = np.zeros(size, np.bool_)
        for value in values:
            if value in self.names:
                mask[self.rows[self.codes == self.names.index(value)]] = True
        return mask


@dataclass
class Page:
    """One page of results: ids in order with scores, counts per facet, and the total."""

    ids: list[int]
    total: int
    page: int
    pages: int
    counts: dict[str, dict[str, int]]
    found: Found | None = None
    text_unavailable: bool = False
    distances: dict[int, float] = field(default_factory=dict)
    standings: Mapping[int, Any] = field(default_factory=dict)
    """Where each enterprise of the register stands, as the search knew it."""
    reading: object = None
    """The same as long as the register was not read anew from the first row to the last."""


class Table:
    """All listed enterprises as arrays; made anew from entries when something changed."""

    def __init__(
        self, entries: dict[int, Entry], municipalities: list[str], reading: object = None
    ) -> None:
        self.reading = reading
        ordered = [entries[i] for i in sorted(entries)]
        self.size = len(ordered)
        self.ids = np.array([e.id for e in ordered], np.int64)
        self.public_ids = [e.public_id for e in ordered]
        self.standings = {e.id: e.standing for e in ordered}
        self.latitude = np.radians(np.array([e.latitude for e in ordered], np.float64))
        self.longitude = np.radians(np.array([e.longitude for e in ordered], np.float64))
        self.columns = {
            facet: _column(
                (row, code) for row, e in enumerate(ordered) for code in e.profile[facet]
            )
            for facet in PROFILE_FACETS
        }
        acts = [(row, a) for row, e in enumerate(ordered) for a in e.activities]
        self.owner = np.array([row for row, _ in acts], np.int64)
        self.layer = np.array(
            [number for e in ordered for number in range(len(e.activities))], np.int64
        )
        self.depth = max((len(e.activities) for e in ordered), default=0) or 1
        self.columns["gemeente"] = _column(
            (i, code) for i, (_, a) in enumerate(acts) for code in a[0]
        )
        self.columns["sector"] = _column(
            (i, code) for i, (_, a) in enumerate(acts) for code in a[1]
        )
        self.columns["vorm"] = _column((i, a[2]) for i, (_, a) in enumerate(acts))
        local = _column(
            (
                (i, code)
                for i, (_, a) in enumerate(acts)
                for code in municipalities
                if code in a[0] or EVERYWHERE in a[0]
            ),
            municipalities,
        )
        # Of municipalities only those of the site's region are counted.
        counted = self.columns | {"gemeente": local}
        self.codes = {facet: self._codes(facet, column) for facet, column in counted.items()}
        cpv = [(i, int(code.ljust(8, "0"))) for i, (_, a) in enumerate(acts) for code in a[3]]
        self.cpv_rows = np.array([i for i, _ in cpv], np.int64)
        self.cpv_codes = np.array([c for _, c in cpv], np.int64)
        self.everybody = everybody(self.size)
        self._turns: tuple[str, tuple[Ints, Ints]] | None = None
        self._sets: dict[tuple[str, ...], Bits] = {}

    def _codes(self, facet: str, column: Column) -> Codes:
        if facet in PROFILE_FACETS:
            return Codes(column.names, column.rows, column.codes, self.size)
        owners, layers = self.owner[column.rows], self.layer[column.rows]
        return Codes(column.names, owners, column.codes, self.size, layers)

    def having(self, facet: str, values: tuple[str, ...]) -> Bits:
        """Who has any of the values: enterprises, or activities layer by layer; kept."""
        key = (facet, *values)
        bits = self._sets.get(key)
        if bits is None:
            if len(self._sets) > MAX_SETS:
                self._sets = {}
            bits = self._sets[key] = self._having(facet, values)
        return bits

    def _having(self, facet: str, values: tuple[str, ...]) -> Bits:
        if facet in PROFILE_FACETS:
            return pack(self.columns[facet].matching(values, self.size))
        if facet == "cpv":
            mask = self.with_cpv(values[0])
        else:
            wanted = (*values, EVERYWHERE) if facet == "gemeente" else values
            mask = self.columns[facet].matching(wanted, len(self.owner))
        truth = np.zeros((self.depth, self.size), np.bool_)
        truth[self.layer[mask], self.owner[mask]] = True
        return pack(truth)

    def turns(self, day: date) -> tuple[Ints, Ints]:
        """(place of each enterprise among equals on a day, 0 first; all of them in that order)."""
        seed = seed_of(day)
        if self._turns is None or self._turns[0] != seed:
            keys = np.array([turn(seed, p) for p in self.public_ids], np.uint64)
            places = np.empty(self.size, np.int64)
            order = np.argsort(keys, kind="stable")
            places[order] = np.arange(self.size)
            self._turns = (seed, (places, order))
        return self._turns[1]

    def distance(self, latitude: float, longitude: float) -> NDArray[np.float64]:
        """Kilometres of every enterprise to a spot; NaN when it is not known where it is."""
        lat, lon = np.radians(latitude), np.radians(longitude)
        half = (
            np.sin((self.latitude - lat) / 2) ** 2
            + np.cos(self.latitude) * np.cos(lat) * np.sin((self.longitude - lon) / 2) ** 2
        )
        return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(half)), np.float64)

    def with_cpv(self, code: str) -> Mask:
        """Activities with this code or one below it."""
        digits = code.rstrip("0") if len(code.rstrip("0")) > 2 else code[:2]
        low = int(digits.ljust(8, "0"))
        high = int(digits.ljust(8, "9"))
        mask = np.zeros(len(self.owner), np.bool_)
        mask[self.cpv_rows[(self.cpv_codes >= low) & (self.cpv_codes <= high)]] = True
        return mask


def _column(pairs: Iterable[tuple[int, str]], only: list[str] | None = None) -> Column:
    rows, codes, names = [], [], {name: i for i, name in enumerate(only or [])}
    for row, code in pairs:
        rows.append(row)
        codes.append(names.setdefault(code, len(names)))
    return Column(list(names), np.array(rows, np.int64), np.array(codes, np.int64))


def run(
    table: Table,
    index: TextIndex,
    filters: Filters,
    *,
    today: date,
    spot: tuple[float, float] | None,
    size: int = PAGE_SIZE,
) -> Page:
    """Search: words through the index, all else in memory; ``spot`` is where ``place`` lies."""
    base = np.ones(table.size, np.bool_)
    scores = np.zeros(table.size, np.float32)
    found, unavailable = None, False
    if filters.q:
        try:
            found = index.find(filters.q, table.ids)
        except IndexUnavailable:
            unavailable = True
        else:
            base = np.zeros(table.size, np.bool_)
            base[found.slots] = True
            scores[found.slots] = found.scores
    distances = None
    if spot is not None:
        distances = table.distance(*spot)
        base &= np.nan_to_num(distances, nan=np.inf) <= filters.radius
    remaining, counts = _facets(table, filters, pack(base))
    final = unpack(remaining, table.size)
    turns, by_turn = table.turns(today)
    if found is None:
        slots = by_turn[final[by_turn]]
    else:
        slots = np.flatnonzero(final)
        slots = slots[np.lexsort((turns[slots], -np.round(scores[slots], 4)))]
    total = len(slots)
    pages = max(1, -(-total // size))
    page = min(filters.page, pages)
    here = slots[(page - 1) * size : page * size]
    return Page(
        ids=[int(i) for i in table.ids[here]],
        total=total,
        page=page,
        pages=pages,
        counts=counts,
        found=found,
        text_unavailable=unavailable,
        standings=table.standings,
        reading=table.reading,
        distances={int(table.ids[s]): float(distances[s]) for s in here}
        if distances is not None
        else {},
    )


def _facets(table: Table, filters: Filters, base: Bits) -> tuple[Bits, dict[str, dict[str, int]]]:
    """(who remains, counts per facet); a facet's own choice does not narrow its own counts."""
    own = {f: table.having(f, filters.values(f)) for f in PROFILE_FACETS if filters.values(f)}
    act = {f: table.having(f, filters.values(f)) for f in ACTIVITY_FACETS if filters.values(f)}
    if filters.cpv:
        act["cpv"] = table.having("cpv", (filters.cpv,))
    allowed = all_of(base, own.values())
    fitting = joined(all_of(table.everybody, act.values())) if act else table.everybody
    final = allowed & fitting
    counts: dict[str, dict[str, int]] = {}
    for facet in PROFILE_FACETS:
        others = [bits for f, bits in own.items() if f != facet]
        who = final if facet not in own else all_of(base & fitting, others)
        counts[facet] = table.codes[facet].count(who)
    for facet in ACTIVITY_FACETS:
        others = [bits for f, bits in act.items() if f != facet]
        counts[facet] = (
            table.codes[facet].count_fitting(all_of(allowed, others))
            if others
            else table.codes[facet].count(allowed)
        )
    return final, counts


class Catalogue:
    """The table of this process, brought up to date at each request; safe from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._entries: dict[int, Entry] = {}
        self._number = -1
        self._day: date | None = None
        self._policy: object = None
        self._table: Table | None = None
        self._reading = object()

    def table(
        self,
        *,
        newest: int,
        today: date,
        policy: object,
        load: Callable[[list[int] | None], Iterable[Listing]],
        changed: Callable[[int], list[int] | None],
        facts: Reference,
        municipalities: Callable[[], list[str]],
    ) -> Table:
        """The table as of change ``newest``, the day and the region's ``policy``.

        ``load(ids)`` gives listings (all of them for None); ``changed(number)`` gives the ids
        that changed after a number, or None when the list does not go back that far.
        """
        wanted = (newest, today, policy)
        if self._table is not None and (self._number, self._day, self._policy) == wanted:
            return self._table
        with self._mutex:
            if self._table is None or (self._number, self._day, self._policy) != wanted:
                ids = None
                # A lower number than ours: another database, or one put back from a copy.
                same = (self._day, self._policy) == wanted[1:] and newest > self._number
                if self._table is not None and same:
                    ids = changed(self._number)
                if ids is None:
                    self._entries, self._reading = {}, object()
                for gone in ids or ():
                    self._entries.pop(gone, None)
                for listing in load(ids):
                    self._entries[listing.id] = entry_of(listing, facts)
                self._table = Table(self._entries, municipalities(), self._reading)
                self._number, self._day, self._policy = wanted
            return self._table
