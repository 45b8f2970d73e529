"""Pages on which an enterprise tells of itself."""

import json
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    Response as FlaskResponse,
)
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock, files
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.profiles import permissions, queries, rules, services
from impactmakelaar.profiles.forms import (
    AddressForm,
    BasicsForm,
    ButtonForm,
    LogoForm,
    MissionForm,
    PartForm,
    ReferencesForm,
)
from impactmakelaar.web.guards import present_person, public, signed_in
from impactmakelaar.web.headers import DOWNLOAD_POLICY

bp = Blueprint("profiles", __name__)
Answer = str | Response | tuple[str, int]

PART_FORMS = {
    "basis": BasicsForm,
    "adres": AddressForm,
    "missie": MissionForm,
    "referenties": ReferencesForm,
}
MAX_SHOWN_HISTORY = 50
GONE = "Een collega heeft dit intussen verwijderd."


def own_enterprise(public_id: str) -> Any:
    """The enterprise of an address, when this reader may write its draft; else 404."""
    organisation = queries.enterprise(public_id)
    if organisation is None or not permissions.may_draft(current_user.person, organisation):
        abort(404)
    return organisation


def document_of(organisation: Any) -> rules.Document:
    """The draft's document; a fresh one when nothing was written yet."""
    draft = queries.draft(organisation)
    return rules.complete(draft.document if draft else {"trade_name": organisation.name})


def label(kind: str, code: Any) -> str:
    """The Dutch label of a code."""
    return reference().label(kind, code)


@bp.get("/profiel")
@signed_in
def own() -> Response:
    """The profile of the enterprise for which one acts or waits."""
    organisation = current_user.organisation
    if organisation is None or organisation.kind != "enterprise":
        asked = [
            m.organisation
            for m in organisations.waiting_of(current_user.person)
            if m.organisation.kind == "enterprise"
        ]
        if not asked:
            return redirect(url_for("organisations.register_enterprise"), 303)
        organisation = asked[0]
    return redirect(url_for("profiles.overview", public_id=organisation.public_id), 303)


@bp.get("/profiel/<public_id>")
@signed_in
def overview(public_id: str) -> str:
    """What is done, what helps most, and the buttons to publish and pause."""
    organisation = own_enterprise(public_id)
    document = document_of(organisation)
    published = queries.publication(organisation)
    changed = (
        rules.changed_keys(rules.complete(published.version.document), document)
        if published
        else []
    )
    hints = rules.hints(document)
    return render_template(
        "profiles/overview.html",
        organisation=organisation,
        document=document,
        published=published,
        changed=[rules.KEY_LABELS[key] for key in changed],
        hints=hints,
        percent=rules.completeness(document),
        sections=rules.SECTIONS,
        missing={hint.section for hint in hints if hint.required},
        may_publish=permissions.may_publish(current_user.person, organisation),
        stale=[a for a in document["activities"] if rules.capacity_stale(a, clock.today())],
        capacities=rules.CAPACITIES,
        figures=current_app.extensions["enterprise_figures"](organisation),
    )


@bp.route(
    "/profiel/<public_id>/<any(basis, adres, missie, referenties):section>", methods=["GET", "POST"]
)
@signed_in
def part(public_id: str, section: str) -> Answer:
    """Edit one part of the draft."""
    organisation = own_enterprise(public_id)
    document = document_of(organisation)
    form: Any = PART_FORMS[section](data=flat(section, document))
    values = {key: document[key] for key in rules.SECTIONS[section][1]}
    if form.validate_on_submit():
        try:
            typed = form.values(clock.today())
            services.save_section(
                organisation=organisation,
                section=section,
                values=typed,
                seen=seen_by(form, values),
                by=current_user.person,
                today=clock.today(),
            )
            return saved(organisation)
        except Conflict as conflict:
            return conflict_page(organisation, section, form, typed, conflict.current)
        except Refused as refusal:
            form.refuse(refusal)
    if request.method == "GET":
        form.seen.data = json.dumps(values)
        offer_empty_row(section, form)
    html = render_template(
        f"profiles/part_{section}.html",
        organisation=organisation,
        form=form,
        title=rules.SECTIONS[section][0],
    )
    return (html, 400) if form.all_errors() else html


def offer_empty_row(section: str, form: Any) -> None:
    """One empty row below what there is, so that another can be added without scripts."""
    if section == "referenties" and len(form.references) < rules.MAX_REFERENCES:
        form.references.append_entry()
    if section == "adres" and len(form.contacts) < rules.MAX_CONTACTS:
        form.contacts.append_entry()


def flat(section: str, document: rules.Document) -> dict[str, Any]:
    """The part of the document as the form's fields are named."""
    if section == "adres":
        address = document["address"]
        return {
            **address,
            "municipality": reference().municipality_name(address["municipality"]),
            "contacts": document["contacts"],
        }
    if section == "missie":
        part = {key: document[key] for key in rules.SECTIONS["missie"][1]}
        return part | {"sdgs": [str(code) for code in part["sdgs"]]}
    return {key: document[key] for key in rules.SECTIONS[section][1]}


def seen_by(form: PartForm, current: rules.Document) -> rules.Document:
    """The part as the writer had it before him; garbled text counts as the present state."""
    try:
        seen = json.loads(form.seen.data or "")
    except (ValueError, RecursionError):
        return current
    return seen if isinstance(seen, dict) else current


def saved(organisation: Any) -> Response:
    """Back to the overview after a save."""
    flash("Opgeslagen als concept. Inkopers zien het pas als u publiceert.", "ok")
    return redirect(url_for("profiles.overview", public_id=organisation.public_id), 303)


def conflict_page(
    organisation: Any, section: str, form: Any, typed: rules.Document, current: Any
) -> Answer:
    """Both versions side by side; sending the form again takes the writer's own."""
    form.seen.data = json.dumps(current)
    rows = [
        (
            rules.KEY_LABELS[key],
            rules.lines(key, current[key], label),
            rules.lines(key, typed[key], label),
        )
        for key in typed
        if current.get(key) != typed[key]
    ]
    html = render_template(
        f"profiles/part_{section}.html",
        organisation=organisation,
        form=form,
        title=rules.SECTIONS[section][0],
        conflict=rows,
    )
    return html, 409


@bp.route("/profiel/<public_id>/logo", methods=["GET", "POST"])
@signed_in
def logo(public_id: str) -> Answer:
    """Choose or remove the logo."""
    organisation = own_enterprise(public_id)
    document = document_of(organisation)
    form = LogoForm()
    if form.validate_on_submit():
        try:
            chosen = ""
            if "verwijderen" not in request.form:
                upload = form.logo.data
                if not upload or not upload.filename:
                    raise Refused("Kies een bestand.", "logo")
                chosen = services.keep_file(
                    organisation=organisation,
                    kind="logo",
                    stream=upload.stream,
                    name=upload.filename,
                    by=current_user.person,
                ).public_id
            services.save_section(
                organisation=organisation,
                section="logo",
                values={"logo": chosen},
                seen={"logo": document["logo"]},
                by=current_user.person,
                today=clock.today(),
            )
            return saved(organisation)
        except Refused as refusal:
            form.refuse(Refused(refusal.sentence, "logo"))
    html = render_template(
        "profiles/logo.html", organisation=organisation, form=form, document=document
    )
    return (html, 400) if form.all_errors() else html


@bp.get("/profiel/<public_id>/voorbeeldweergave")
@signed_in
def preview(public_id: str) -> str:
    """The draft as a buyer would see it."""
    organisation = own_enterprise(public_id)
    return render_template(
        "profiles/preview.html",
        organisation=organisation,
        profile=rules.public_view(document_of(organisation)),
        label=label,
        staff=False,
    )


@bp.post("/profiel/<public_id>/publiceren")
@signed_in
def publish(public_id: str) -> Response:
    """Make the draft public."""
    organisation = own_enterprise(public_id)
    try:
        version = services.publish(organisation=organisation, by=current_user.person)
        flash(f"Versie {version.number} van uw profiel is gepubliceerd.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("profiles.overview", public_id=public_id), 303)


@bp.post("/profiel/<public_id>/pauze")
@signed_in
def pause(public_id: str) -> Response:
    """Pause or resume."""
    organisation = own_enterprise(public_id)
    paused = request.form.get("pauze") == "aan"
    services.set_paused(organisation=organisation, paused=paused, by=current_user.person)
    flash(
        "Uw profiel is gepauzeerd: niemand vindt het nu."
        if paused
        else "Uw profiel staat weer aan.",
        "ok",
    )
    return redirect(url_for("profiles.overview", public_id=public_id), 303)


@bp.route("/profiel/<public_id>/vertrekken", methods=["GET", "POST"])
@signed_in
def leave(public_id: str) -> Answer:
    """Take the profile out of the register, with one's own data to take along."""
    organisation = own_enterprise(public_id)
    form = ButtonForm()
    if form.validate_on_submit():
        services.withdraw(organisation=organisation, by=current_user.person)
        flash("Uw profiel is uit het register gehaald.", "ok")
        return redirect(url_for("profiles.overview", public_id=public_id), 303)
    return render_template(
        "profiles/leave.html",
        organisation=organisation,
        form=form,
        published=queries.publication(organisation),
    )


@bp.post("/profiel/<public_id>/mijn-gegevens")
@signed_in
def own_data(public_id: str) -> Response:
    """One's own data as a JSON file."""
    organisation = own_enterprise(public_id)
    data = services.own_data(organisation=organisation, by=current_user.person)
    return FlaskResponse(
        json.dumps(data, indent=1, ensure_ascii=False),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="mijn-gegevens.json"'},
    )


@bp.get("/profiel/<public_id>/geschiedenis")
@signed_in
def history(public_id: str) -> str:
    """Every published version and what changed in it."""
    organisation = own_enterprise(public_id)
    versions = queries.versions(organisation)[:MAX_SHOWN_HISTORY]
    rows = []
    for version, older in zip(versions, [*versions[1:], None], strict=False):
        before = rules.complete(older.document if older else {})
        after = rules.complete(version.document)
        rows.append((version, [rules.KEY_LABELS[k] for k in rules.changed_keys(before, after)]))
    draft = queries.draft(organisation)
    return render_template(
        "profiles/history.html",
        organisation=organisation,
        rows=rows,
        revision=draft.revision if draft else 0,
        earlier=[
            (one, queries.versions(one)[:MAX_SHOWN_HISTORY])
            for one in organisations.lineage(organisation)
        ],
    )


@bp.post("/profiel/<public_id>/geschiedenis/<int:number>/terugzetten")
@signed_in
def restore(public_id: str, number: int) -> Response:
    """Put an older version back as the draft."""
    organisation = own_enterprise(public_id)
    services.restore(
        organisation=organisation,
        number=number,
        by=current_user.person,
        revision=request.form.get("versie", type=int),
    )
    flash(f"Versie {number} staat nu in uw concept.", "ok")
    return redirect(url_for("profiles.overview", public_id=public_id), 303)


@bp.get("/profiel/<public_id>/bekeken")
@signed_in
def who_looked(public_id: str) -> str:
    """Who looked at the contact details."""
    organisation = own_enterprise(public_id)
    if not permissions.may_publish(current_user.person, organisation):
        abort(404)
    return render_template(
        "profiles/who_looked.html",
        organisation=organisation,
        rows=queries.reveals(organisation),
        times=queries.times_revealed(organisation),
        figures=current_app.extensions["enterprise_figures"](organisation),
    )


@bp.get("/bestanden/<public_id>")
@public
def file(public_id: str) -> Response:
    """An uploaded file: a logo to look at, anything else as a download that can do nothing."""
    row = queries.file(public_id)
    organisation = organisations.by_id(row.organisation_id) if row else None
    person = present_person()
    if row is None or organisation is None:
        abort(404)
    if not permissions.may_see_file(person, row, organisation):
        abort(404)
    path = files.path_of(row.sha256)
    if not path.exists():
        abort(404)
    response = FlaskResponse(path.read_bytes(), mimetype=row.media_type)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    if row.media_type == "application/pdf":
        response.headers.set("Content-Disposition", "attachment", filename=row.name)
    return response
