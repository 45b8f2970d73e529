"""The public register: search, profile, map, suggestions, export."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from markupsafe import Markup
from werkzeug.wrappers import Response

from impactmakelaar.admission import rules_words
from impactmakelaar.admission.rules_words import FILTER_LABELS
from impactmakelaar.core import clock, exports
from impactmakelaar.core import text as words
from impactmakelaar.core.reference import reference
from impactmakelaar.core.search import IndexUnavailable
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import STAFF, Role
from impactmakelaar.profiles import services as profiles_services
from impactmakelaar.register import catalogue, queries, rules, services
from impactmakelaar.web.guards import public, role

bp = Blueprint("register", __name__)

MAX_FACET_VALUES = 60
MAX_EXPORT = 5000
MAY_KEEP = (Role.BUYER, Role.CONTRACTOR, Role.SROI_OFFICER, *STAFF)
"""Who keeps shortlists and sees contact details."""

NO_TEXT_SEARCH = (
    "Zoeken op woorden kan even niet; de filters werken wel. "
    "U ziet daarom alle ondernemingen die bij uw filters passen."
)
ZONES = (
    ("trade_name", "naam"),
    ("summary", "korte omschrijving"),
    ("description", "beschrijving"),
)


@dataclass(frozen=True)
class Hit:
    """One result as the page shows it."""

    row: queries.Row
    why: list[tuple[str, list[tuple[str, bool]]]]
    distance: float | None


@dataclass(frozen=True)
class Option:
    """One value of a facet with its count."""

    value: str
    label: str
    count: int
    chosen: bool
    opening: Markup
    """Its HTML up to the count."""


@lru_cache(maxsize=5000)
def opening(facet: str, value: str, text: str, chosen: bool) -> Markup:
    """The HTML of an option up to its count; kept, for it was a sixth of the time of a page."""
    template = current_app.jinja_env.get_template("register/_option.html")
    return Markup(template.render(facet=facet, value=value, text=text, chosen=chosen))  # noqa: S704


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


def asked() -> rules.Filters:
    """The search in the address."""
    return rules.parse(request.args.items(multi=True), services.known_value)


@bp.get("/ondernemingen")
@public
def search() -> Response:
    """The register with filters, counts, and why each enterprise matched."""
    filters = asked()
    view = "kaart" if request.args.get("weergave") == "kaart" else ""
    today = clock.today()
    spot, remark = services.spot_of(filters.place)
    page = queries.find(filters, today=today, spot=spot)
    rows = queries.page_rows(page.ids, today, page.standings)
    services.note_found([row.id for row in rows], today)
    stems = page.found.stems if page.found else frozenset()
    html = render_template(
        "register/_live.html" if is_partial() else "register/search.html",
        filters=filters,
        page=page,
        hits=[Hit(row, reasons(row.document, stems), page.distances.get(row.id)) for row in rows],
        sentence=rules.sentence(filters, page.total, label),
        remarks=[*filters.remarks, *([remark] if remark else []), *hints(filters, page)],
        facets=facets(filters, page),
        titles=rules.FACET_TITLES,
        chips=chips(filters, view),
        radii=rules.RADII,
        label=label,
        seed=rules.seed_of(today),
        may_keep=current_user.acts_as(*MAY_KEEP),
        url=lambda number: address(filters, number, view),
        view=view,
    )
    response = FlaskResponse(html)
    if is_partial():
        response.headers["HX-Push-Url"] = address(filters, page.page, view)
    return response


def is_partial() -> bool:
    """Whether a script asks for the changed parts only; going back in history asks for all."""
    asked_for = request.headers
    return asked_for.get("HX-Request") == "true" and not (
        asked_for.get("HX-Boosted") or asked_for.get("HX-History-Restore-Request")
    )


def address(filters: rules.Filters, page: int = 1, view: str = "") -> str:
    """The address of a search, as a list or on the map."""
    query = "&".join(filter(None, [filters.query(pagina=page), f"weergave={view}" if view else ""]))
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


def facets(filters: rules.Filters, page: catalogue.Page) -> dict[str, list[Option]]:
    """The values of every facet with their counts, most first; chosen ones always shown."""
    shown = {}
    for facet in rules.FACETS:
        counts = dict(page.counts.get(facet, {}))
        for value in filters.values(facet):
            counts.setdefault(value, 0)
        options = []
        for value, count in counts.items():
            text, chosen = label(facet, value), value in filters.values(facet)
            options.append(Option(value, text, count, chosen, opening(facet, value, text, chosen)))
        options.sort(key=lambda o: (not o.chosen, -o.count, o.label))
        shown[facet] = options[:MAX_FACET_VALUES]
    return shown


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


@bp.get("/ondernemingen/<public_id>")
@public
def profile(public_id: str) -> str:
    """An enterprise as everybody sees it."""
    row = queries.by_public_id(public_id, clock.today())
    if row is None:
        abort(404)
    keeps = current_user.acts_as(*MAY_KEEP)
    return render_template(
        "register/profile.html",
        row=row,
        organisation=row,
        profile=row.document,
        badge=queries.badge_number(row.id),
        may_keep=keeps,
        back=request.args.get("terug", ""),
    )


@bp.post("/ondernemingen/<public_id>/contact")
@role(Role.BUYER, Role.CONTRACTOR, Role.SROI_OFFICER, *STAFF)
def reveal_contacts(public_id: str) -> str:
    """Show the contact details of who is listed today; that is written down."""
    row = queries.by_public_id(public_id, clock.today())
    organisation = organisations.by_public_id(public_id)
    if row is None or organisation is None:
        abort(404)
    contacts = profiles_services.reveal_contacts(
        organisation=organisation,
        by=current_user.person,
        acting_for=current_user.organisation,
    )
    return render_template("register/contacts.html", organisation=organisation, contacts=contacts)


@bp.get("/ondernemingen/suggesties")
@public
def suggestions() -> Response:
    """Words of the register that begin like what was typed: ``["groenonderhoud", …]``."""
    try:
        found = queries.text_index().suggest(request.args.get("q", "")[:100])
    except IndexUnavailable:
        found = []
    listed_words = [w for w in found if _leads_somewhere(w)]
    return jsonify(listed_words)


def _leads_somewhere(word: str) -> bool:
    """Whether a word of the index belongs to somebody who is listed now."""
    page = queries.find(rules.Filters(q=word), today=clock.today(), spot=None)
    return page.total > 0


@bp.get("/kaart/regio.geojson")
@public
def region_outline() -> Response:
    """The outline of the site's region."""
    code = queries.home_labour_market_region()
    path = reference().folder / f"region-{code}.geojson"
    if not code.isalnum() or not path.exists():
        return FlaskResponse('{"type":"FeatureCollection","features":[]}', mimetype=GEOJSON)
    return FlaskResponse(path.read_bytes(), mimetype=GEOJSON)


GEOJSON = "application/geo+json"


def everything(filters: rules.Filters) -> list[queries.Row]:
    """All results of a search, at most 5,000, in the order of the pages."""
    today = clock.today()
    spot, _ = services.spot_of(filters.place)
    first = rules.on_page(filters, 1)
    ids = queries.find(first, today=today, spot=spot, size=MAX_EXPORT).ids
    return queries.page_rows(ids, today)


@bp.get("/kaart/ondernemingen.geojson")
@public
def map_points() -> Response:
    """The results of a search as points; who hides his address is put at his municipality."""
    return FlaskResponse(exports.geojson(features(everything(asked()))), mimetype=GEOJSON)


def features(rows: list[queries.Row]) -> list[exports.Feature]:
    """Rows as points on the map."""
    facts = reference()
    found = []
    for row in rows:
        shown = row.document
        spot = catalogue.home_of(shown, facts)
        if spot is None:
            continue
        found.append(
            exports.Feature(
                *spot,
                {
                    "name": row.name,
                    "place": facts.place_of(shown["address"]),
                    "url": url_for("register.profile", public_id=row.public_id),
                    "stand": rules_words.tag(row.standing),
                    "voorbeeld": row.is_example,
                },
            )
        )
    return found


HEADER = (
    "Naam",
    "KVK-nummer",
    "Plaats",
    "Gemeente",
    "Rechtsvorm",
    "Website",
    "Korte omschrijving",
    "Activiteiten",
    "Keurmerken (eigen opgave)",
    "SROI-badge",
    "SROI-badge tot en met",
    "Gecontroleerd keurmerk",
    "Voorbeeld",
)


def table_of(rows: list[queries.Row]) -> list[tuple[str, ...]]:
    """Rows for a spreadsheet; what is hidden on the page is hidden here."""
    facts = reference()
    found: list[tuple[str, ...]] = []
    for row in rows:
        shown = row.document
        found.append(
            (
                row.name,
                row.kvk_number or "",
                facts.place_of(shown["address"]),
                facts.municipality_name(shown["address"]["municipality"]),
                facts.label("legal_forms", shown["legal_form"]) if shown["legal_form"] else "",
                shown["website"],
                shown["summary"],
                "; ".join(a["title"] for a in shown["activities"]),
                "; ".join(
                    f"{facts.label('certificates', c['kind'])} {c['level']}".strip()
                    for c in shown["certificates"]
                ),
                rules_words.label(row.standing),
                str(row.standing.last_day or ""),
                row.certificate,
                "voorbeeld" if row.is_example else "",
            )
        )
    return found


@bp.get("/ondernemingen/export.<any(csv, xlsx, geojson):kind>")
@public
def export(kind: str) -> Response:
    """The results of a search as CSV, Excel or GeoJSON."""
    rows = everything(asked())
    return spreadsheet(kind, "ondernemingen", HEADER, table_of(rows), features(rows))


def spreadsheet(
    kind: str,
    name: str,
    header: tuple[str, ...],
    rows: list[tuple[str, ...]],
    points: list[exports.Feature],
) -> Response:
    """An answer that downloads as a file of this kind."""
    if kind == "geojson":
        body, mimetype = exports.geojson(points).encode(), GEOJSON
    elif kind == "xlsx":
        body, mimetype = exports.xlsx(header, rows, name), exports.XLSX
    else:
        body, mimetype = exports.csv_bytes(header, rows), "text/csv; charset=utf-8"
    response = FlaskResponse(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
