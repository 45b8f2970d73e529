"""How the results of a search look: filters with counts, why each enterprise matched, chips, hints.

Most of a page of results was made before: the same enterprise for the same words, the same filter
with the same counts. Those pieces are kept, by everything that they are made of. Who is listed, and
in which order, comes from the database at every request.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import current_app
from markupsafe import Markup

from impactmakelaar.admission.rules_words import FILTER_LABELS
from impactmakelaar.core import text as words
from impactmakelaar.core.reference import reference
from impactmakelaar.register import catalogue, queries, rules
from impactmakelaar.web.kept import pieces, url_for

MAX_FACET_VALUES = 60
MOST_CARDS, MOST_FACETS = 2000, 1000
"""How many pieces a process keeps: some six megabytes."""
OPEN_FACETS = 2
"""So many filters stand open before anything is chosen."""

NO_TEXT_SEARCH = (
    "Zoeken op woorden kan even niet; de filters werken wel. "
    "U ziet daarom alle ondernemingen die bij uw filters passen."
)
ZONES = (
    ("trade_name", "naam"),
    ("summary", "korte omschrijving"),
    ("description", "beschrijving"),
)


def label(facet: str, code: str) -> str:
    """The Dutch label of a facet's value."""
    facts = reference()
    if facet == "gemeente":
        return facts.municipality_name(code)
    if facet == "cpv":
        return f"{facts.cpv_label(code)} ({code})"
    if facet == "badge":
        return FILTER_LABELS.get(code, code)
    return facts.label(catalogue.LISTS[facet], code)


def address(filters: rules.Filters, page: int = 1, view: str = "") -> str:
    """The address of a search, as a list or on the map."""
    query = "&".join(filter(None, [filters.query(page), f"weergave={view}" if view else ""]))
    return url_for("register.search") + (f"?{query}" if query else "")


def hints(filters: rules.Filters, page: catalogue.Page) -> list[str]:
    """What the reader should know about how his words were understood."""
    if page.text_unavailable:
        return [NO_TEXT_SEARCH]
    found = []
    if page.found and page.found.only_stop_words:
        found.append(
            "Uw zoektekst bevat alleen woorden die overal in staan. Noem het werk dat u zoekt, "
            "bijvoorbeeld “groenonderhoud”."
        )
    for typed, used in page.found.corrected if page.found else ():
        found.append(f"Niets gevonden voor “{typed}”. U ziet resultaten voor “{used}”.")
    if page.found and page.found.partial:
        found.append(
            "Geen enkele onderneming noemt al deze woorden. U ziet wie er de meeste noemt."
        )
    elif page.found and page.found.missing:
        missing = ", ".join(f"“{word}”" for word in page.found.missing)
        found.append(f"Geen enkele onderneming noemt {missing}. Probeer een ander woord.")
    if filters.page > page.pages:
        found.append(f"Er zijn {page.pages} pagina's; u ziet de laatste.")
    return found


def reasons(document: dict[str, Any], stems: frozenset[str]) -> list[Any]:
    """(where, highlighted piece) for each place in a profile where the words stand."""
    if not stems:
        return []
    found = []
    for key, name in ZONES:
        piece = words.highlight(document.get(key) or "", stems)
        if piece:
            found.append((name, piece))
    facts = reference()
    for activity in document.get("activities", []):
        text = f"{activity['title']}. {activity['description']}"
        codes = [facts.cpv[code] for code in activity["cpv"] if code in facts.cpv]
        piece = words.highlight(text, stems)
        if not piece:
            piece = words.highlight("; ".join(_said(code, stems) for code in codes), stems)
        if piece:
            found.append(("activiteit", piece))
            break
    if not found:
        found += _elsewhere(document, stems)
    return found[:3]


def _said(code: Any, stems: frozenset[str]) -> str:
    """The label of a CPV code, with those of its everyday words that were searched for."""
    used = [word for word in code.words.split() if words.highlight(word, stems)]
    return f"{code.label} ({', '.join(used)})" if used else str(code.label)


def _elsewhere(document: dict[str, Any], stems: frozenset[str]) -> list[Any]:
    facts = reference()
    labels = [facts.label("themes", c) for c in document.get("themes", [])]
    labels += [facts.label("target_groups", c) for c in document.get("target_groups", [])]
    labels += [
        facts.label("social_return_forms", c) for c in document.get("social_return_forms", [])
    ]
    address = document.get("address") or {}
    places = [address.get("place", ""), facts.municipality_name(address.get("municipality", ""))]
    marks = [
        f"{facts.label('certificates', c['kind'])} {c['level']}"
        for c in document.get("certificates", [])
    ]
    clients = [r["client"] + " " + r["description"] for r in document.get("references", [])]
    sectors = [
        facts.label("sectors", s)
        for a in document.get("activities", [])
        for s in catalogue.sectors_of(a, facts)
    ]
    groups = (
        ("sector", sectors),
        ("missie", labels),
        ("plaats", places),
        ("keurmerk", marks),
        ("referentie", clients),
    )
    found = []
    for name, texts in groups:
        piece = words.highlight("; ".join(dict.fromkeys(filter(None, texts))), stems)
        if piece:
            found.append((name, piece))
    return found


def facets(filters: rules.Filters, page: catalogue.Page) -> list[Markup]:
    """Every filter that has values, with their counts."""
    kept = pieces("facets", MOST_FACETS)
    found = []
    for place, facet in enumerate(rules.FACETS):
        counts, chosen = page.counts.get(facet, {}), filters.values(facet)
        if counts or chosen:
            key = (place, chosen, tuple(counts.items()))
            found.append(kept.get(key) or kept.keep(key, _facet(place, chosen, counts)))
    return found


def _facet(place: int, chosen: tuple[str, ...], counts: Mapping[str, int]) -> str:
    """One filter: what is chosen first and always shown, then what counts most."""
    facet = rules.FACETS[place]
    options = [
        (value, label(facet, value), counts.get(value, 0), value in chosen)
        for value in dict.fromkeys((*chosen, *counts))
    ]
    options.sort(key=lambda o: (not o[3], -o[2], o[1]))
    template = current_app.jinja_env.get_template("register/_facet.html")
    return template.render(
        facet=facet,
        title=rules.FACET_TITLES[facet],
        options=options[:MAX_FACET_VALUES],
        first=max(6, len(chosen)),
        is_open=place < OPEN_FACETS or bool(chosen),
    )


def cards(page: catalogue.Page, today: date, *, may_keep: bool) -> tuple[list[int], list[Markup]]:
    """(ids, HTML) of the results on a page, in order; who is no longer listed falls out."""
    kept = pieces("cards", MOST_CARDS)
    stems = page.found.stems if page.found else frozenset()
    # Numbers of versions tell them apart within one database: another one is read anew.
    keys = {
        head.id: (page.reading, head, stems, _kilometres(page.distances.get(head.id)), may_keep)
        for head in queries.page_heads(page.ids, today, page.standings)
    }
    found = {i: html for i, key in keys.items() if (html := kept.get(key)) is not None}
    unmade = [i for i in keys if i not in found]
    template = current_app.jinja_env.get_template("register/_card.html")
    for row in queries.page_rows(unmade, today, page.standings):
        distance = _kilometres(page.distances.get(row.id))
        card = template.render(
            row=row, why=reasons(row.document, stems), distance=distance, may_keep=may_keep
        )
        found[row.id] = kept.keep((page.reading, row.head, stems, distance, may_keep), card)
    ids = [i for i in keys if i in found]
    return ids, [found[i] for i in ids]


def _kilometres(distance: float | None) -> int | None:
    """Whole kilometres as a card shows them; 0 is "less than one"."""
    if distance is None:
        return None
    return 0 if distance < 1 else round(distance)


def chips(filters: rules.Filters, view: str = "") -> list[tuple[str, str]]:
    """(what is filtered on, the address without it)."""
    found = []

    def without(facet: str, value: str = "") -> str:
        return address(filters.without(facet, value), view=view)

    if filters.q:
        found.append((f"“{filters.q}”", without("q")))
    if filters.place:
        found.append((f"{filters.radius} km rond {filters.place}", without("plaats")))
    if filters.cpv:
        found.append((label("cpv", filters.cpv), without("cpv")))
    for facet in rules.FACETS:
        for value in filters.values(facet):
            found.append((label(facet, value), without(facet, value)))
    return found
