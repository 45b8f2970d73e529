"""The public register: search, profile, map, suggestions, export."""

from flask import Blueprint, abort, jsonify, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import rules_words
from impactmakelaar.core import clock, exports
from impactmakelaar.core.reference import reference
from impactmakelaar.core.search import IndexUnavailable
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import STAFF, Role
from impactmakelaar.profiles import services as profiles_services
from impactmakelaar.register import catalogue, queries, rules, services, services_found
from impactmakelaar.register import views_results as results
from impactmakelaar.web.guards import public, role

bp = Blueprint("register", __name__)

MAX_FACET_VALUES = 60
MAX_EXPORT = 5000
MAY_KEEP = (Role.BUYER, Role.CONTRACTOR, Role.SROI_OFFICER, *STAFF)
"""Who keeps shortlists and sees contact details."""


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
    keeps = current_user.acts_as(*MAY_KEEP)
    ids, cards = results.cards(page, today, may_keep=keeps)
    services_found.note_found(ids, today)
    html = render_template(
        "register/_live.html" if is_partial() else "register/search.html",
        filters=filters,
        page=page,
        cards=cards,
        sentence=rules.sentence(filters, page.total, results.label),
        remarks=[
            *filters.remarks,
            *([remark] if remark else []),
            *results.hints(filters, page),
        ],
        facets=results.facets(filters, page),
        chosen_count=sum(len(filters.values(facet)) for facet in rules.FACETS),
        chips=results.chips(filters, view),
        query=filters.query(),
        radii=rules.RADII,
        seed=rules.seed_of(today),
        may_keep=keeps,
        url=lambda number: results.address(filters, number, view),
        view=view,
    )
    response = FlaskResponse(html)
    if is_partial():
        response.headers["HX-Push-Url"] = results.address(filters, page.page, view)
    return response


def is_partial() -> bool:
    """Whether a script asks for the changed parts only; going back in history asks for all."""
    asked_for = request.headers
    return asked_for.get("HX-Request") == "true" and not (
        asked_for.get("HX-Boosted") or asked_for.get("HX-History-Restore-Request")
    )


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
