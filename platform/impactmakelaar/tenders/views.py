"""The buyer's requests: the list, the wizard, copying, withdrawing."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.organisations.rules import Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.tenders import (
    permissions,
    queries,
    queries_advice,
    queries_documents,
    queries_invitations,
    queries_keeping,
    queries_quotes,
    queries_selection,
    rules,
    rules_selection,
    services,
)
from impactmakelaar.tenders.forms import (
    STEP_FORMS,
    ReasonForm,
    WhatForm,
)
from impactmakelaar.web.filters import dutch_date, euros
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role

bp = Blueprint("tenders", __name__)


Answer = str | Response | tuple[str, int]


BUYERS = (Role.BUYER,)


def own(public_id: str) -> Any:
    """A request of the organisation that this reader buys for; else 404."""
    row = queries.tender(public_id)
    if row is None or not permissions.may_see(current_user.person, row):
        abort(404)
    return row


def where_and_when(document: rules.Document) -> dict[str, str]:
    """Place and period in words."""
    names = [reference().municipality_name(code) for code in document["municipalities"]]
    start, end = (dutch_date(document[key]) for key in ("start_on", "end_on"))
    period = ""
    if document["start_on"] or document["end_on"]:
        period = f"{start} tot en met {end}"
    return {"where_words": ", ".join([*names, *document["places"]]), "period_words": period}


def value_words(row: Any) -> str:
    """The estimated value in words; what a notice said of it is shown as it said it."""
    value = queries.value_of(row)
    if value.exact:
        return euros(value.high)
    if value.known:
        return f"{euros(value.low)} tot {euros(value.high)}"
    raw = rules.complete(row.document)["source_values"]
    if raw:
        told = ", ".join(f"{v.get('value')} {v.get('currency', '')}".strip() for v in raw)
        return f"onbekend (in de bron staat: {told})"
    return "onbekend" if row.value_unknown else ""


def words(row: Any) -> dict[str, Any]:
    """What every page of a request shows."""
    now = clock.now()
    return {
        **where_and_when(rules.complete(row.document)),
        "value_words": value_words(row),
        "row": row,
        "document": rules.complete(row.document),
        "value": queries.value_of(row),
        "rules": rules,
        "closed": rules.is_closed(row.deadline_at, now),
        "state": state_of(row),
    }


def state_of(row: Any) -> tuple[str, str]:
    """(word, kind of tag) for where a request stands now."""
    if row.stage == rules.Stage.INVITED:
        if rules.is_closed(row.deadline_at, clock.now()):
            return "gesloten", "warning"
        return ("loopt", "ok")
    kind = "ok" if row.stage == rules.Stage.AWARDED else ""
    return rules.STAGE_LABELS[rules.Stage(row.stage)], kind


@bp.get("/opdrachten")
@role(*BUYERS)
def index() -> str:
    """All requests of the organisation."""
    organisation = current_user.organisation
    rows = queries.tenders_of(organisation)
    return render_template(
        "tenders/index.html",
        rows=rows,
        states={row.id: state_of(row) for row in rows},
        rules=rules,
        warnings=queries_advice.warnings(organisation, clock.today()),
        limits=queries_advice.limits(organisation.id),
        authority=organisation.kind == OrganisationKind.AUTHORITY,
        proposals=proposals.waiting_for(organisation, Target.REQUESTS),
    )


@bp.post("/opdrachten/nieuw")
@role(*BUYERS)
def start() -> Response:
    """Begin a request or a sounding."""
    kind = request.form.get("kind", "")
    if kind not in tuple(rules.Kind):
        abort(400)
    try:
        row = services.start_once(
            organisation=current_user.organisation,
            kind=kind,
            by=current_user.person,
            now=clock.now(),
        )
    except NotFound:
        abort(404)
    return redirect(url_for("tenders.step", public_id=row.public_id, step="wat"), 303)


@bp.get("/opdrachten/<public_id>")
@role(*BUYERS)
def overview(public_id: str) -> str:
    """One request: where it stands and what comes next."""
    row = own(public_id)
    invited = queries_invitations.invitations(row)
    decision = queries_quotes.award(row)
    return render_template(
        "tenders/overview.html",
        **words(row),
        missing=rules.missing(queries.facts_of(row)),
        steps=steps_of(row),
        documents=queries_documents.documents(row),
        advice=queries_advice.advice(row, clock.today()),
        selections=queries_selection.selections(row),
        invitations=invited,
        open_questions=sum(q.answered_at is None for q in queries_quotes.questions(row)),
        changes=queries_quotes.changes(row),
        minutes=queries_quotes.minutes(row),
        award=decision,
        kept_until=queries_keeping.kept_until(row, decision),
    )


def steps_of(row: Any) -> dict[str, tuple[str, str]]:
    """The steps of this kind of request: a sounding judges nothing."""
    if row.kind == rules.Kind.REQUEST:
        return rules.STEPS
    return {key: found for key, found in rules.STEPS.items() if key != "beoordeling"}


STEP = "<any(wat, waarde, waar, voorwaarden, planning, beoordeling):step>"


@bp.route(f"/opdrachten/<public_id>/stap/{STEP}", methods=["GET", "POST"])
@role(*BUYERS)
def step(public_id: str, step: str) -> Answer:
    """One step of the wizard; it is saved before the next one shows."""
    row = own(public_id)
    steps = steps_of(row)
    if step not in steps or not permissions.may_edit(current_user.person, row):
        abort(404)
    form = STEP_FORMS[step](data=shown(row, step))
    status = 200
    if isinstance(form, WhatForm) and form.is_submitted() and form.searching:
        return step_page(row, form, step, steps), 200
    if form.validate_on_submit():
        try:
            services.save_step(
                row=row,
                values=form.values(),
                revision=whole_number(form.seen.data, 0),
                by=current_user.person,
                now=clock.now(),
            )
            return redirect(after(row, step, steps), 303)
        except Conflict as conflict:
            form.refuse(conflict)
            status = 409
        except Refused as refusal:
            form.refuse(refusal)
    form.seen.raw_data = None
    form.seen.data = str(row.revision)
    return step_page(row, form, step, steps), status


def step_page(row: Any, form: Any, step: str, steps: dict[str, tuple[str, str]]) -> str:
    """The page of a step."""
    hits = {}
    if isinstance(form, WhatForm):
        hits = cpv_words(form.cpv_zoek.data or "", form.cpv_kies.data or [])
    return render_template(
        "tenders/step.html",
        **words(row),
        **hits,
        form=form,
        step=step,
        steps=steps,
        title=steps[step][0],
        supply=supply_of(row) if step == "voorwaarden" else None,
        advice=queries_advice.advice(row, clock.today()) if step == "waarde" else None,
    )


def supply_of(row: Any) -> rules_selection.Supply | None:
    """How many could serve the request; None while the work is not known."""
    if not row.cpv:
        return None
    asked = queries_selection.asked(row)
    pool = queries_selection.pool(asked, clock.today())
    return rules_selection.supply(asked, pool.enterprises)


def after(row: Any, step: str, steps: dict[str, Any]) -> str:
    """The next step, or the request itself after the last."""
    names = list(steps)
    at = names.index(step) + 1
    if request.form.get("verder") == "nee" or at == len(names):
        return url_for("tenders.overview", public_id=row.public_id)
    return url_for("tenders.step", public_id=row.public_id, step=names[at])


def cpv_words(text: str, ticked: list[str]) -> dict[str, Any]:
    """What the search for codes found, after the codes that were ticked before."""
    found = {row.code: row.label for row in reference().cpv_search(text[:80])} if text else {}
    known = filter(None, (reference().known_cpv_code(code) for code in ticked[: rules.MAX_CPV]))
    kept = {code: reference().cpv_label(code) for code in known}
    return {"cpv_text": text, "cpv_hits": kept | found, "cpv_ticked": set(kept)}


@bp.get("/opdrachten/cpv-codes")
@role(*BUYERS)
def cpv_hits() -> str:
    """The list of codes under the search box, while somebody types."""
    found = cpv_words(request.args.get("cpv_zoek", ""), request.args.getlist("cpv_kies"))
    return render_template("tenders/_cpv_hits.html", **found)


def shown(row: Any, step: str) -> dict[str, Any]:
    """What is stored, as the form's fields are named."""
    document = rules.complete(row.document)
    if step == "wat":
        codes = ", ".join(filter(None, [row.cpv, *document["cpv_more"]]))
        return {"title": row.title, "category": row.category, "cpv": codes} | {
            "description": document["description"]
        }
    if step == "waarde":
        high = None if queries.value_of(row).exact else row.value_high
        return {
            "value_low": row.value_low,
            "value_high": high,
            "value_unknown": row.value_unknown,
            "extensions": document["extensions"],
        }
    if step == "waar":
        names = [reference().municipality_name(code) for code in document["municipalities"]]
        return document | {
            "municipalities": ", ".join(names),
            "places": ", ".join(document["places"]),
            "start_on": clock.date_of(document["start_on"]),
            "end_on": clock.date_of(document["end_on"]),
        }
    if step == "voorwaarden":
        return document | {"lots": "\n".join(document["lots"])}
    if step == "planning":
        here = clock.local(row.deadline_at) if row.deadline_at else None
        return document | {
            "deadline_on": here.date() if here else None,
            "deadline_time": here.time() if here else None,
        }
    return award_fields(document["award"])


def award_fields(award: list[dict[str, Any]]) -> dict[str, Any]:
    """The award criteria as the form's fields."""
    found: dict[str, Any] = {}
    number = 0
    for criterion in award:
        if criterion["kind"] == "price":
            found["price_weight"] = criterion["weight"]
            continue
        number += 1
        found |= {f"title_{number}": criterion["title"], f"weight_{number}": criterion["weight"]}
    return found


@bp.post("/opdrachten/<public_id>/kopieren")
@role(*BUYERS)
def copy_request(public_id: str) -> Response:
    """A new draft with the content of this one."""
    row = own(public_id)
    fresh = services.copy_request(row=row, by=current_user.person, now=clock.now())
    flash("Dit is uw kopie. Controleer alle stappen; de sluiting is leeg.", "ok")
    return redirect(url_for("tenders.overview", public_id=fresh.public_id), 303)


@bp.route("/opdrachten/<public_id>/intrekken", methods=["GET", "POST"])
@role(*BUYERS)
def withdraw(public_id: str) -> Answer:
    """Call a request off."""
    row = own(public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            services.withdraw(
                row=row,
                reason=form.reason.data or "",
                by=current_user.person,
                now=clock.now(),
                today=clock.today(),
            )
            flash("De aanvraag is ingetrokken.", "ok")
            return redirect(url_for("tenders.overview", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template(
        "tenders/reason.html",
        **words(row),
        form=form,
        title="Aanvraag intrekken",
        lead="Wie is uitgenodigd krijgt bericht, met uw reden.",
        label="Intrekken",
    )
