"""Pages on which an enterprise tells of itself."""

import json
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    jsonify,
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
    ActivityForm,
    AddressForm,
    BasicsForm,
    ButtonForm,
    CertificateForm,
    LogoForm,
    MissionForm,
    PartForm,
    ReferencesForm,
)
from impactmakelaar.web.filters import euros
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


@bp.get("/profiel/<public_id>/activiteiten")
@signed_in
def activities(public_id: str) -> str:
    """The list of activities."""
    organisation = own_enterprise(public_id)
    return render_template(
        "profiles/activities.html",
        organisation=organisation,
        document=document_of(organisation),
        labels=rules.FORM_LABELS,
        capacities=rules.CAPACITIES,
    )


@bp.route("/profiel/<public_id>/activiteiten/<activity_id>", methods=["GET", "POST"])
@signed_in
def activity(public_id: str, activity_id: str) -> Answer:
    """Add ("nieuw") or change one activity."""
    organisation = own_enterprise(public_id)
    document = document_of(organisation)
    rows = {a["id"]: a for a in document["activities"]}
    here = rows.get(activity_id)
    if here is None and activity_id != "nieuw" and request.method == "GET":
        abort(404)
    start = here or {**rules.EMPTY_ACTIVITY, "id": services.new_activity_id()}
    form = ActivityForm(data=flat_activity(start, organisation))
    if request.method == "GET":
        form.seen.data = json.dumps({"activity": here, "id": start["id"]})
        return activity_page(organisation, form, here)
    seen = seen_by(form, {"activity": here, "id": start["id"]})
    name = chosen_id(activity_id, seen)
    here = rows.get(name)
    if form.validate_on_submit():
        try:
            typed = form.activity({"id": name}, clock.today())
            rules.check_activity(typed)
            if here != seen.get("activity") and here != typed:
                return activity_conflict(organisation, form, here, typed)
            services.save_section(
                organisation=organisation,
                section="activiteiten",
                values={"activities": with_activity(document["activities"], typed)},
                seen={"activities": document["activities"]},
                by=current_user.person,
                today=clock.today(),
            )
            flash("De activiteit is opgeslagen als concept.", "ok")
            return redirect(url_for("profiles.activities", public_id=public_id), 303)
        except Conflict as conflict:
            now = {a["id"]: a for a in conflict.current["activities"]}  # type: ignore[index]
            return activity_conflict(organisation, form, now.get(name), typed)
        except Refused as refusal:
            form.refuse(refusal)
    return activity_page(organisation, form, here), 400


def chosen_id(activity_id: str, seen: rules.Document) -> str:
    """The id of the activity that was sent; a new one keeps the id that its form was given.

    So a form that is sent twice makes one activity.
    """
    if activity_id != "nieuw":
        if not is_activity_id(activity_id):
            abort(404)
        return activity_id
    given = str(seen.get("id") or "")
    return given if is_activity_id(given) else services.new_activity_id()


def is_activity_id(text: str) -> bool:
    """Whether this can be the id of an activity, see ``services.new_activity_id``."""
    return 1 <= len(text) <= 8 and text.isascii() and text.isalnum()


def with_activity(rows: list[rules.Document], typed: rules.Document) -> list[rules.Document]:
    """The activities with this one in its place, or at the end when it is new."""
    if all(row["id"] != typed["id"] for row in rows):
        return [*rows, typed]
    return [typed if row["id"] == typed["id"] else row for row in rows]


def activity_page(organisation: Any, form: ActivityForm, known: Any, conflict: Any = ()) -> str:
    """The form of one activity, with the CPV search below it."""
    return render_template(
        "profiles/activity.html",
        organisation=organisation,
        form=form,
        known=known,
        cpv=cpv_hits(),
        conflict=conflict,
    )


def activity_conflict(
    organisation: Any, form: ActivityForm, here: Any, typed: rules.Document
) -> Answer:
    """Both activities side by side; sending the form again takes the writer's own."""
    form.seen.data = json.dumps({"activity": here, "id": typed["id"]})
    theirs = summary(here) if here else GONE
    rows = [("Activiteit", theirs, summary(typed))]
    return activity_page(organisation, form, here, rows), 409


def summary(activity: rules.Document) -> str:
    """An activity in a few lines, for comparing."""
    return "\n".join(
        filter(
            None,
            (
                activity["title"],
                activity["description"],
                ", ".join(reference().cpv_label(code) for code in activity["cpv"]),
                rules.AREA_KINDS[activity["area"]["kind"]],
                ", ".join(
                    reference().municipality_name(code)
                    for code in activity["area"]["municipalities"]
                ),
                rules.FORM_LABELS[activity["form"]],
                rules.CAPACITIES[activity["capacity"]],
                f"Opdrachten van {between(activity['order_min'], activity['order_max'])}"
                if activity["order_min"] or activity["order_max"]
                else "",
            ),
        )
    )


def between(low: int | None, high: int | None) -> str:
    """A range of amounts in cents as text."""
    return f"{euros(low) if low else '€ 0'} tot {euros(high) if high else 'onbeperkt'}"


def flat_activity(activity: rules.Document, organisation: Any) -> dict[str, Any]:
    """An activity as the form's fields are named."""
    area = activity["area"]
    home = organisation.region.labour_market_region if organisation.region else ""
    return {
        **activity,
        "cpv": ", ".join(activity["cpv"]),
        "area_kind": area["kind"],
        "municipalities": ", ".join(
            reference().municipality_name(code) for code in area["municipalities"]
        ),
        "radius_km": area["radius_km"],
        "region": area["region"] or home,
    }


def cpv_hits() -> list[Any]:
    """What the CPV search box on the page found, for readers without scripts."""
    text = request.args.get("cpv_zoek", "")[:80]
    return reference().cpv_search(text) if text else []


@bp.get("/cpv-codes")
@public
def cpv_suggestions() -> Response:
    """Codes for a type-ahead: ``?q=groen`` gives [{code, label}]."""
    text = request.args.get("q", "")[:80]
    found = reference().cpv_search(text) if text.strip() else []
    return jsonify([{"code": row.code, "label": row.label} for row in found])


@bp.post("/profiel/<public_id>/activiteiten/<activity_id>/verwijderen")
@signed_in
def remove_activity(public_id: str, activity_id: str) -> Response:
    """Take an activity out of the draft."""
    organisation = own_enterprise(public_id)
    document = document_of(organisation)
    left = [a for a in document["activities"] if a["id"] != activity_id]
    services.save_section(
        organisation=organisation,
        section="activiteiten",
        values={"activities": left},
        seen={"activities": document["activities"]},
        by=current_user.person,
        today=clock.today(),
    )
    flash("De activiteit is uit het concept gehaald.", "ok")
    return redirect(url_for("profiles.activities", public_id=public_id), 303)


@bp.post("/profiel/<public_id>/capaciteit")
@signed_in
def capacity(public_id: str) -> Response:
    """Confirm how much room there is now."""
    organisation = own_enterprise(public_id)
    chosen = {
        key.removeprefix("ruimte-"): value
        for key, value in request.form.items()
        if key.startswith("ruimte-")
    }
    services.confirm_capacity(
        organisation=organisation,
        capacities=chosen,
        by=current_user.person,
        today=clock.today(),
    )
    flash("Bedankt. Inkopers zien dat uw capaciteit vandaag is bevestigd.", "ok")
    return redirect(url_for("profiles.overview", public_id=public_id), 303)


@bp.get("/profiel/<public_id>/keurmerken")
@signed_in
def certificates(public_id: str) -> str:
    """The list of certificates."""
    organisation = own_enterprise(public_id)
    return render_template(
        "profiles/certificates.html",
        organisation=organisation,
        document=document_of(organisation),
        label=label,
        row_key=rules.row_key,
    )


@bp.route("/profiel/<public_id>/keurmerken/<key>", methods=["GET", "POST"])
@signed_in
def certificate(public_id: str, key: str) -> Answer:
    """Add ("nieuw") or change one certificate; ``key`` changes when the certificate does."""
    organisation = own_enterprise(public_id)
    rows = document_of(organisation)["certificates"]
    here = next((row for row in rows if rules.row_key(row) == key), None)
    if here is None and key != "nieuw" and request.method == "GET":
        abort(404)
    form = CertificateForm(data=flat_certificate(here or {}))
    conflict: list[Any] = []
    if form.validate_on_submit():
        try:
            typed = form.certificate((here or {}).get("evidence", ""))
            rules.check_certificate(typed)
            if here is None and key != "nieuw" and typed not in rows:
                conflict = [("Keurmerk", GONE, certificate_line(typed))]
                key = "nieuw"
            else:
                typed["evidence"] = uploaded(organisation, form) or typed["evidence"]
                save_certificate(organisation, rows, here, typed)
                flash("Het keurmerk is opgeslagen als concept.", "ok")
                return redirect(url_for("profiles.certificates", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(Refused(refusal.sentence, refusal.field or "evidence"))
    html = render_template(
        "profiles/certificate.html",
        organisation=organisation,
        form=form,
        known=here or {},
        key=key,
        conflict=conflict,
    )
    if conflict:
        return html, 409
    return (html, 400) if form.all_errors() else html


def uploaded(organisation: Any, form: CertificateForm) -> str:
    """The public id of the evidence that came along, "" when there is none."""
    upload = form.evidence.data
    if not upload or not upload.filename:
        return ""
    return services.keep_file(
        organisation=organisation,
        kind="evidence",
        stream=upload.stream,
        name=upload.filename,
        by=current_user.person,
    ).public_id


def save_certificate(
    organisation: Any, rows: list[rules.Document], here: Any, typed: rules.Document
) -> None:
    """Put a certificate in its place, or at the end; the same one twice is there once."""
    if here is None:
        new = rows if typed in rows else [*rows, typed]
    else:
        new = [typed if row == here else row for row in rows]
    services.save_section(
        organisation=organisation,
        section="keurmerken",
        values={"certificates": new},
        seen={"certificates": rows},
        by=current_user.person,
        today=clock.today(),
    )


def certificate_line(row: rules.Document) -> str:
    """A certificate in one line, for comparing."""
    dates = f"{row['valid_from']} tot en met {row['valid_until']}"
    return f"{label('certificates', row['kind'])} {row['level']} {row['number']} {dates}".strip()


def flat_certificate(known: rules.Document) -> dict[str, Any]:
    """A certificate as the form's fields are named."""
    return {
        **{k: known.get(k, "") for k in ("kind", "level", "number", "url")},
        "valid_from": as_date(known.get("valid_from")),
        "valid_until": as_date(known.get("valid_until")),
    }


def as_date(text: Any) -> Any:
    """A date from ISO text, or None."""
    return clock.date_of(text) if text else None


@bp.post("/profiel/<public_id>/keurmerken/<key>/verwijderen")
@signed_in
def remove_certificate(public_id: str, key: str) -> Response:
    """Take a certificate out of the draft; one that a colleague changed meanwhile stays."""
    organisation = own_enterprise(public_id)
    rows = document_of(organisation)["certificates"]
    left = [row for row in rows if rules.row_key(row) != key]
    services.save_section(
        organisation=organisation,
        section="keurmerken",
        values={"certificates": left},
        seen={"certificates": rows},
        by=current_user.person,
        today=clock.today(),
    )
    if len(left) == len(rows):
        flash("Dit keurmerk was al gewijzigd of verwijderd. Er is niets weggehaald.", "warning")
    else:
        flash("Het keurmerk is uit het concept gehaald.", "ok")
    return redirect(url_for("profiles.certificates", public_id=public_id), 303)


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
