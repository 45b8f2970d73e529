"""Facets and counts in memory, held against the slow and obvious way."""

from datetime import date
from typing import Any

import numpy as np
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.core.reference import reference
from impactmakelaar.register import catalogue
from impactmakelaar.register.catalogue import EVERYWHERE, Entry, Table
from impactmakelaar.register.rules import ACTIVITY_FACETS, PROFILE_FACETS, Filters, seed_of, turn

DAY = date(2026, 11, 24)
TOWNS = ["GM1", "GM2", "GM3"]
VALUES = {
    "gemeente": TOWNS,
    "sector": ["green", "food"],
    "vorm": ["service", "goods"],
    "thema": ["work", "nature"],
    "keurmerk": ["pso", "senl"],
}
CPV = ["77310000", "77311000", "55500000"]

ACTIVITY = st.tuples(
    st.sets(st.sampled_from([*TOWNS, EVERYWHERE]), max_size=2).map(lambda s: tuple(sorted(s))),
    st.sets(st.sampled_from(VALUES["sector"])).map(lambda s: tuple(sorted(s))),
    st.sampled_from(VALUES["vorm"]),
    st.sets(st.sampled_from(CPV)).map(lambda s: tuple(sorted(s))),
)


@st.composite
def registers(draw: st.DrawFn) -> dict[int, Entry]:
    entries = {}
    for number in range(draw(st.integers(0, 8))):
        profile: dict[str, tuple[str, ...]] = dict.fromkeys(PROFILE_FACETS, ())
        for facet in ("thema", "keurmerk"):
            profile[facet] = tuple(sorted(draw(st.sets(st.sampled_from(VALUES[facet])))))
        known = draw(st.booleans())
        entries[10 * number + 3] = Entry(
            10 * number + 3,
            f"id{number}",
            52.0 + number / 10 if known else float("nan"),
            4.6 if known else float("nan"),
            profile,
            tuple(draw(st.lists(ACTIVITY, max_size=3))),
        )
    return entries


@st.composite
def searches(draw: st.DrawFn) -> Filters:
    chosen = {
        facet: tuple(sorted(draw(st.sets(st.sampled_from(values), max_size=2))))
        for facet, values in VALUES.items()
    }
    return Filters(
        chosen={f: v for f, v in chosen.items() if v},
        cpv=draw(st.sampled_from(["", "77310000", "77311000", "55000000"])),
    )


def row_fits(row: Any, filters: Filters, skip: str = "") -> bool:
    towns, sectors, form, codes = row
    for facet, has in (("gemeente", towns), ("sector", sectors), ("vorm", (form,))):
        wanted = filters.values(facet)
        everywhere = facet == "gemeente" and EVERYWHERE in towns
        if facet != skip and wanted and not everywhere and not set(wanted) & set(has):
            return False
    start = filters.cpv.rstrip("0")
    return not filters.cpv or any(code.startswith(start) for code in codes)


def fits(entry: Entry, filters: Filters, skip: str = "") -> bool:
    for facet in PROFILE_FACETS:
        wanted = filters.values(facet)
        if facet != skip and wanted and not set(wanted) & set(entry.profile[facet]):
            return False
    asks_rows = filters.cpv or any(filters.values(f) for f in ACTIVITY_FACETS)
    return not asks_rows or any(row_fits(row, filters, skip) for row in entry.activities)


def expected_counts(entries: dict[int, Entry], filters: Filters) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for facet in (*PROFILE_FACETS, *ACTIVITY_FACETS):
        found: dict[str, int] = {}
        for value in VALUES.get(facet, []):
            number = 0
            for entry in entries.values():
                if facet in PROFILE_FACETS:
                    number += value in entry.profile[facet] and fits(entry, filters, facet)
                else:
                    only = Filters(chosen={**filters.chosen, facet: (value,)}, cpv=filters.cpv)
                    number += fits(entry, only)
            if number:
                found[value] = number
        counts[facet] = found
    return counts


@settings(max_examples=250, deadline=None)
@given(registers(), searches())
def test_results_and_counts_equal_the_obvious_way(
    entries: dict[int, Entry], filters: Filters
) -> None:
    table = Table(entries, TOWNS)

    page = catalogue.run(table, None, filters, today=DAY, spot=None)  # type: ignore[arg-type]

    right = [i for i, entry in entries.items() if fits(entry, filters)]
    assert page.total == len(right)
    assert page.ids == sorted(right, key=lambda i: turn(seed_of(DAY), entries[i].public_id))
    assert page.counts == expected_counts(entries, filters)


@settings(max_examples=60, deadline=None)
@given(registers(), st.integers(1, 60))
def test_radius_counts_from_the_spot(entries: dict[int, Entry], radius: int) -> None:
    table = Table(entries, TOWNS)

    page = catalogue.run(
        table,
        None,
        Filters(place="x", radius=radius),
        today=DAY,
        spot=(52.0, 4.6),  # type: ignore[arg-type]
    )

    # One degree of latitude is 111.19 kilometres on this sphere.
    near = {
        i
        for i, e in entries.items()
        if not np.isnan(e.latitude) and (e.latitude - 52.0) * 111.19493 <= radius
    }
    assert set(page.ids) == near
    assert set(page.distances) == near


def test_another_database_is_another_reading(app: Flask) -> None:
    """What is kept of one database by its numbers must not be shown of another."""
    register = catalogue.Catalogue()

    def reading(newest: int) -> object:
        return register.table(
            newest=newest,
            today=DAY,
            policy=(),
            load=lambda _ids: [],
            changed=lambda _number: [],
            facts=reference(),
            municipalities=lambda: TOWNS,
        ).reading

    first = reading(5)
    assert reading(6) is first
    assert reading(5) is not first
