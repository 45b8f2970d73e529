"""The register in memory: facets, distances and order beside the text index.

What is listed, and every fact to filter on, comes from the database through the numbered list of
changes, at each request: what was withdrawn is gone at once, whatever the text index still holds.
The text index only says which enterprises have the words.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impactmakelaar.core.reference import Reference
from impactmakelaar.core.search import Found, IndexUnavailable, TextIndex
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

Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Listing:
    """A listed enterprise as the database gives it: ids and the public view of its document."""

    id: int
    public_id: str
    document: dict[str, Any]
    labour_market_region: str = ""


@dataclass(frozen=True)
class Entry:
    """What is kept in memory of a listed enterprise: facet codes and where it is."""

    id: int
    public_id: str
    latitude: float
    longitude: float
    profile: dict[str, tuple[str, ...]]
    activities: tuple[tuple[tuple[str, ...], tuple[str, ...], str, tuple[str, ...]], ...]
    """Per activity: municipalities (or EVERYWHERE), sectors, form, CPV codes."""


def entry_of(listing: Listing, facts: Reference) -> Entry:
    """The facet codes of a listed enterprise."""
    profile = listing.document
    home = home_of(profile, facts)
    codes = {
        facet: tuple(dict.fromkeys(str(code) for code in profile[key]))
        for facet, key in PROFILE_KEYS.items()
    }
    codes["keurmerk"] = tuple(dict.fromkeys(c["kind"] for c in profile["certificates"]))
    codes["rechtsvorm"] = (profile["legal_form"],) if profile["legal_form"] else ()
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
                sectors_of(activity, facts),
                activity["form"],
                tuple(activity["cpv"]),
            )
        )
    latitude, longitude = home or (float("nan"), float("nan"))
    return Entry(listing.id, listing.public_id, latitude, longitude, codes, tuple(activities))


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


class Table:
    """All listed enterprises as arrays; made anew from entries when something changed."""

    def __init__(self, entries: dict[int, Entry], municipalities: list[str]) -> None:
        ordered = [entries[i] for i in sorted(entries)]
        self.size = len(ordered)
        self.ids = np.array([e.id for e in ordered], np.int64)
        self.public_ids = [e.public_id for e in ordered]
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
        self.columns["gemeente"] = _column(
            (i, code) for i, (_, a) in enumerate(acts) for code in a[0]
        )
        self.local = _column(
            (
                (i, code)
                for i, (_, a) in enumerate(acts)
                for code in municipalities
                if code in a[0] or EVERYWHERE in a[0]
            ),
            municipalities,
        )
        self.columns["sector"] = _column(
            (i, code) for i, (_, a) in enumerate(acts) for code in a[1]
        )
        self.columns["vorm"] = _column((i, a[2]) for i, (_, a) in enumerate(acts))
        cpv = [(i, int(code.ljust(8, "0"))) for i, (_, a) in enumerate(acts) for code in a[3]]
        self.cpv_rows = np.array([i for i, _ in cpv], np.int64)
        self.cpv_codes = np.array([c for _, c in cpv], np.int64)
        self._turns: tuple[str, Ints] | None = None

    def turns(self, day: date) -> Ints:
        """The place of each enterprise among equals on a day: 0 comes first."""
        seed = seed_of(day)
        if self._turns is None or self._turns[0] != seed:
            keys = np.array([turn(seed, p) for p in self.public_ids], np.uint64)
            places = np.empty(self.size, np.int64)
            places[np.argsort(keys, kind="stable")] = np.arange(self.size)
            self._turns = (seed, places)
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
            slots = np.searchsorted(table.ids, found.ids)
            slots[slots == table.size] = 0
            fits = table.ids[slots] == found.ids if table.size else np.zeros(0, np.bool_)
            if table.size:
                base[slots[fits]] = True
                scores[slots[fits]] = found.scores[fits]
    distances = None
    if spot is not None:
        distances = table.distance(*spot)
        base &= np.nan_to_num(distances, nan=np.inf) <= filters.radius
    final, counts = _facets(table, filters, base)
    slots = np.flatnonzero(final)
    order = np.lexsort((table.turns(today)[slots], -np.round(scores[slots], 4)))
    slots = slots[order]
    total = len(slots)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(filters.page, pages)
    here = slots[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Page(
        ids=[int(i) for i in table.ids[here]],
        total=total,
        page=page,
        pages=pages,
        counts=counts,
        found=found,
        text_unavailable=unavailable,
        distances={int(table.ids[s]): float(distances[s]) for s in here}
        if distances is not None
        else {},
    )


def _facets(table: Table, filters: Filters, base: Mask) -> tuple[Mask, dict[str, dict[str, int]]]:
    """(who remains, counts per facet); a facet's own choice does not narrow its own counts."""
    profile_masks = {
        facet: table.columns[facet].matching(filters.values(facet), table.size)
        for facet in PROFILE_FACETS
        if filters.values(facet)
    }
    rows = len(table.owner)
    activity_masks = {
        facet: table.columns[facet].matching(
            (*filters.values(facet), EVERYWHERE) if facet == "gemeente" else filters.values(facet),
            rows,
        )
        for facet in ACTIVITY_FACETS
        if filters.values(facet)
    }
    if filters.cpv:
        activity_masks["cpv"] = table.with_cpv(filters.cpv)
    by_rows = _owners(table, activity_masks.values())
    everyone = base & by_rows
    final = _all(everyone, profile_masks.values())
    counts: dict[str, dict[str, int]] = {}
    for facet in PROFILE_FACETS:
        mask = final
        if facet in profile_masks:
            mask = _all(everyone, (m for f, m in profile_masks.items() if f != facet))
        column = table.columns[facet]
        totals = np.bincount(column.codes[mask[column.rows]], minlength=len(column.names))
        counts[facet] = _named(column, totals)
    allowed = _all(base, profile_masks.values())
    for facet in ACTIVITY_FACETS:
        others = [m for f, m in activity_masks.items() if f != facet]
        fits = allowed[table.owner] if rows else np.zeros(0, np.bool_)
        for mask in others:
            fits = fits & mask
        column = table.local if facet == "gemeente" else table.columns[facet]
        counts[facet] = _distinct(table, column, fits)
    return final, counts


def _all(mask: Mask, more: Iterable[Mask]) -> Mask:
    for other in more:
        mask = mask & other
    return mask


def _owners(table: Table, masks: Iterable[Mask]) -> Mask:
    """Enterprises with one activity that fits all of the masks; everybody when there are none."""
    fits: Mask | None = None
    for mask in masks:
        fits = mask if fits is None else fits & mask
    if fits is None:
        return np.ones(table.size, np.bool_)
    found = np.zeros(table.size, np.bool_)
    found[table.owner[fits]] = True
    return found


def _distinct(table: Table, column: Column, fits: Mask) -> dict[str, int]:
    """Per code the number of enterprises (not activities) with a fitting activity."""
    width = len(column.names)
    if not width:
        return {}
    chosen = fits[column.rows]
    keys = table.owner[column.rows[chosen]] * width + column.codes[chosen]
    seen = np.zeros(table.size * width, np.bool_)
    seen[keys] = True
    return _named(column, seen.reshape(table.size, width).sum(axis=0))


def _named(column: Column, totals: Ints) -> dict[str, int]:
    return {name: int(n) for name, n in zip(column.names, totals, strict=False) if n}


class Catalogue:
    """The table of this process, brought up to date at each request; safe from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._entries: dict[int, Entry] = {}
        self._number = -1
        self._day: date | None = None
        self._table: Table | None = None

    def table(
        self,
        *,
        newest: int,
        today: date,
        load: Callable[[list[int] | None], Iterable[Listing]],
        changed: Callable[[int], list[int] | None],
        facts: Reference,
        municipalities: Callable[[], list[str]],
    ) -> Table:
        """The table as of change ``newest`` and the day.

        ``load(ids)`` gives listings (all of them for None); ``changed(number)`` gives the ids
        that changed after a number, or None when the list does not go back that far.
        """
        if self._table is not None and self._number == newest and self._day == today:
            return self._table
        with self._mutex:
            if self._table is None or self._number != newest or self._day != today:
                ids = None
                if self._table is not None and self._day == today:
                    ids = changed(self._number)
                if ids is None:
                    self._entries = {}
                for gone in ids or ():
                    self._entries.pop(gone, None)
                for listing in load(ids):
                    self._entries[listing.id] = entry_of(listing, facts)
                self._table = Table(self._entries, municipalities())
                self._number, self._day = newest, today
            return self._table
