"""What searchers keep: shortlists and saved searches."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import audit, clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.views import trail_page
from impactmakelaar.register import permissions, queries, rules, services
from impactmakelaar.register.forms import AddForm, ButtonForm, NameForm, NoteForm
from impactmakelaar.register.views import (
    HEADER,
    MAY_KEEP,
    bp,
    features,
    spreadsheet,
    table_of,
)
from impactmakelaar.register.views_results import address, label
from impactmakelaar.web.guards import public, role

Answer = str | Response | tuple[str, int]


def own_list(public_id: str) -> Any:
    """A list of an organisation that this reader acts for; else 404."""
    row = queries.shortlist(public_id)
    if row is None or not permissions.may_use_shortlist(current_user.person, row):
        abort(404)
    return row


@bp.route("/shortlists", methods=["GET", "POST"])
@role(*MAY_KEEP)
def shortlists() -> Answer:
    """All lists of the organisation; make a new one."""
    form = NameForm()
    if form.validate_on_submit():
        try:
            row = services.create_shortlist(
                organisation=current_user.organisation,
                name=form.name.data,
                by=current_user.person,
            )
            return redirect(url_for("register.shortlist", public_id=row.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "register/shortlists.html",
        form=form,
        rows=queries.shortlists(current_user.organisation),
        archived=queries.shortlists(current_user.organisation, archived=True),
    )
    return (html, 400) if form.all_errors() else html


@bp.get("/shortlists/<public_id>")
@role(*MAY_KEEP)
def shortlist(public_id: str) -> str:
    """One list with its notes; who is no longer listed is shown as such."""
    row = own_list(public_id)
    return shortlist_page(row)


def shortlist_page(row: Any, **refused: Any) -> str:
    """The page of a list."""
    items = queries.items(row)
    rows = queries.page_rows([item.enterprise_id for item in items], clock.today())
    listed = {one.id: one for one in rows}
    return render_template(
        "register/shortlist.html",
        row=row,
        items=items,
        listed=listed,
        name_form=refused.get("name_form") or NameForm(formdata=None, name=row.name),
        refused=next(iter(refused.values()), None),
    )


@bp.get("/shortlists/<public_id>/logboek")
@role(*MAY_KEEP)
def shortlist_trail(public_id: str) -> str:
    """Who did what with a list."""
    row = own_list(public_id)
    return trail_page(
        f"Logboek van {row.name}",
        audit.about(row),
        [
            ("Shortlists", url_for("register.shortlists")),
            (row.name, url_for("register.shortlist", public_id=row.public_id)),
        ],
    )


@bp.post("/shortlists/<public_id>/naam")
@role(*MAY_KEEP)
def rename_shortlist(public_id: str) -> Answer:
    """Rename a list."""
    row = own_list(public_id)
    form = NameForm()
    if not form.validate_on_submit():
        return shortlist_page(row, name_form=form), 400
    services.rename_shortlist(row=row, name=form.name.data, by=current_user.person)
    flash("De naam is gewijzigd.", "ok")
    return redirect(url_for("register.shortlist", public_id=public_id), 303)


@bp.post("/shortlists/<public_id>/archief")
@role(*MAY_KEEP)
def archive_shortlist(public_id: str) -> Response:
    """Put a list away, or take it back."""
    row = own_list(public_id)
    archived = request.form.get("archief") == "ja"
    services.archive_shortlist(row=row, archived=archived, by=current_user.person)
    flash("De shortlist is gearchiveerd." if archived else "De shortlist is teruggezet.", "ok")
    return redirect(url_for("register.shortlists"), 303)


@bp.route("/ondernemingen/<public_id>/bewaren", methods=["GET", "POST"])
@role(*MAY_KEEP)
def keep(public_id: str) -> Answer:
    """Put an enterprise on a list."""
    row = queries.by_public_id(public_id, clock.today())
    if row is None:
        abort(404)
    lists = queries.shortlists(current_user.organisation)
    form = AddForm()
    form.shortlist.choices = [
        *((one.public_id, f"{one.name} ({count})") for one, count in lists),
        ("", "Nieuwe shortlist"),
    ]
    if form.validate_on_submit():
        try:
            chosen = chosen_list(form)
            services.add_to_shortlist(
                row=chosen,
                enterprise_id=public_id,
                by=current_user.person,
                today=clock.today(),
            )
            flash(f"{row.name} staat op “{chosen.name}”.", "ok")
            return redirect(url_for("register.shortlist", public_id=chosen.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("register/keep.html", row=row, form=form)
    return (html, 400) if form.all_errors() else html


def chosen_list(form: AddForm) -> Any:
    """The list that was chosen, or a new one under the name that was typed."""
    if form.name.data:
        return services.create_shortlist(
            organisation=current_user.organisation, name=form.name.data, by=current_user.person
        )
    if not form.shortlist.data:
        raise Refused("Kies een shortlist, of geef een nieuwe een naam.", "name")
    return own_list(form.shortlist.data)


@bp.post("/shortlists/<public_id>/ondernemingen/<enterprise_id>/notitie")
@role(*MAY_KEEP)
def write_note(public_id: str, enterprise_id: str) -> Answer:
    """Keep a note."""
    row = own_list(public_id)
    form = NoteForm()
    if not form.validate_on_submit():
        return shortlist_page(row, note_form=form), 400
    services.write_note(
        row=row, enterprise_id=enterprise_id, note=form.note.data or "", by=current_user.person
    )
    flash("De notitie is bewaard.", "ok")
    return redirect(url_for("register.shortlist", public_id=public_id), 303)


@bp.post("/shortlists/<public_id>/ondernemingen/<enterprise_id>/verwijderen")
@role(*MAY_KEEP)
def remove_from_shortlist(public_id: str, enterprise_id: str) -> Response:
    """Take an enterprise off a list."""
    row = own_list(public_id)
    services.remove_from_shortlist(row=row, enterprise_id=enterprise_id, by=current_user.person)
    flash("De onderneming is van de shortlist gehaald.", "ok")
    return redirect(url_for("register.shortlist", public_id=public_id), 303)


@bp.get("/shortlists/<public_id>/export.<any(csv, xlsx, geojson):kind>")
@role(*MAY_KEEP)
def export_shortlist(public_id: str, kind: str) -> Response:
    """A list as CSV, Excel or GeoJSON, with its notes."""
    row = own_list(public_id)
    items = queries.items(row)
    notes = {item.enterprise_id: item.note for item in items}
    rows = queries.page_rows([item.enterprise_id for item in items], clock.today())
    table = [(*line, notes[one.id]) for line, one in zip(table_of(rows), rows, strict=True)]
    return spreadsheet(kind, "shortlist", (*HEADER, "Notitie"), table, features(rows))


@bp.get("/zoekopdrachten")
@role(*MAY_KEEP)
def saved_searches() -> str:
    """What one saved."""
    rows = queries.saved_searches(current_user.person, current_user.organisation)
    return render_template(
        "register/saved_searches.html",
        rows=[(row, address(filters_of(row))) for row in rows],
    )


def filters_of(row: Any) -> rules.Filters:
    """The filters of a saved search."""
    return rules.parse(rules.pairs_of(row.query), services.known_value)


@bp.route("/zoekopdrachten/bewaren", methods=["GET", "POST"])
@role(*MAY_KEEP)
def save_search() -> Answer:
    """Keep the search in the address."""
    filters = rules.parse(request.args.items(multi=True), services.known_value)
    form = NameForm()
    if form.validate_on_submit():
        try:
            services.save_search(
                person=current_user.person,
                organisation=current_user.organisation,
                name=form.name.data,
                filters=filters,
                today=clock.today(),
            )
            flash("Uw zoekopdracht is bewaard.", "ok")
            return redirect(url_for("register.saved_searches"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    spot, _ = services.spot_of(filters.place)
    total = queries.find(filters, today=clock.today(), spot=spot).total
    html = render_template(
        "register/save_search.html", form=form, sentence=rules.sentence(filters, total, label)
    )
    return (html, 400) if form.all_errors() else html


def own_search(public_id: str) -> Any:
    """A saved search of this reader; else 404."""
    row = queries.saved_search(public_id)
    if row is None or not permissions.may_use_search(current_user.person, row):
        abort(404)
    return row


@bp.get("/zoekopdrachten/<public_id>")
@role(*MAY_KEEP)
def open_search(public_id: str) -> Response:
    """Open a saved search with exactly its filters."""
    return redirect(address(filters_of(own_search(public_id))))


@bp.post("/zoekopdrachten/<public_id>/mail")
@role(*MAY_KEEP)
def set_alerts(public_id: str) -> Response:
    """Mail new matches from now on, or no longer."""
    row = own_search(public_id)
    alerts = request.form.get("mail") == "aan"
    services.set_alerts(row=row, alerts=alerts, by=current_user.person)
    flash(
        "U krijgt hoogstens één mail per dag, alleen als er iets nieuws is."
        if alerts
        else "U krijgt geen mail meer over deze zoekopdracht.",
        "ok",
    )
    return redirect(url_for("register.saved_searches"), 303)


@bp.post("/zoekopdrachten/<public_id>/verwijderen")
@role(*MAY_KEEP)
def remove_search(public_id: str) -> Response:
    """Forget a saved search."""
    services.remove_search(row=own_search(public_id), by=current_user.person)
    flash("De zoekopdracht is verwijderd.", "ok")
    return redirect(url_for("register.saved_searches"), 303)


@bp.route("/mail-stoppen/<token>", methods=["GET", "POST"])
@public
def stop_alerts(token: str) -> Answer:
    """The page behind the stop link: one button."""
    form = ButtonForm()
    try:
        row = services.search_of_token(token)
    except NotFound:
        abort(404)
    if form.validate_on_submit():
        services.stop_alerts(token=token)
        return render_template("register/stopped.html", name=row.name)
    return render_template("register/stop_alerts.html", form=form, name=row.name)
