"""Pages about what an enterprise does, where, and how much room it has."""

import json
from typing import Any

from flask import (
    abort,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.profiles import rules, services
from impactmakelaar.profiles.forms import (
    ActivityForm,
)
from impactmakelaar.profiles.views import (
    GONE,
    Answer,
    bp,
    document_of,
    own_enterprise,
    seen_by,
)
from impactmakelaar.web.filters import euros
from impactmakelaar.web.guards import public, signed_in


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
    return f"{euros(low or 0)} tot {euros(high) if high else 'onbeperkt'}"


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
