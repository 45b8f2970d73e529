"""The objective selection: criteria, candidates, the draw, inviting, the record, handing over."""

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock, documents, exports
from impactmakelaar.core.db import canonical_json
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.tenders import (
    permissions,
    queries,
    queries_advice,
    queries_invitations,
    queries_ocds,
    queries_selection,
    rules,
    rules_selection,
    services_invite,
    services_selection,
)
from impactmakelaar.tenders.forms import CriteriaForm, FirmForm, FreezeForm, ReasonForm
from impactmakelaar.tenders.views import own, words
from impactmakelaar.tenders.views_settings import BUYERS, Answer, bp
from impactmakelaar.web.guards import role

HAND_OVER_HEADER = (
    "Naam",
    "KVK-nummer",
    "Hoe gekozen",
    "Plaats in de volgorde",
    "Laatst uitgenodigd",
    "Profielversie (SHA-256)",
)


def selecting(public_id: str) -> Any:
    """A request of which the selection may still change."""
    row = own(public_id)
    if row.stage not in (rules.Stage.DRAFT, rules.Stage.SELECTED):
        abort(404)
    return row


@bp.route("/opdrachten/<public_id>/selectie", methods=["GET", "POST"])
@role(*BUYERS)
def selection(public_id: str) -> Answer:
    """Criteria, and who would be a candidate with them."""
    row = selecting(public_id)
    document = rules.complete(row.document)
    form = CriteriaForm(
        data={
            "criteria": document["selection"],
            "certificates": document["certificates"],
            "why_register": document["why_register"],
        }
    )
    if form.validate_on_submit():
        try:
            services_selection.choose_criteria(
                row=row,
                criteria=form.criteria.data or [],
                certificates=form.certificates.data or [],
                why_register=form.why_register.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("De criteria zijn bewaard. Hieronder ziet u wie daaraan voldoet.", "ok")
            return redirect(url_for("tenders.selection", public_id=public_id) + "#kandidaten", 303)
        except Refused as refusal:
            form.refuse(refusal)
    return selection_page(row, form, FirmForm(formdata=None, prefix="eigen"), freeze_form(row))


def freeze_form(row: Any) -> FreezeForm:
    """The form to freeze, filled in as the advice goes."""
    advice = queries_advice.advice(row, clock.today())
    procedure = row.procedure or advice.procedure or "multiple"
    places = advice.invite[0] if advice.invite else 3
    if row.kind == rules.Kind.SOUNDING:
        places = 20
    return FreezeForm(
        formdata=None,
        data={"procedure": procedure, "places": places, "deviation": row.deviation},
    )


def selection_page(row: Any, form: CriteriaForm, firm: FirmForm, freeze: FreezeForm) -> str:
    """The page with criteria, candidates, own firms and freezing."""
    today = clock.today()
    asked = queries_selection.asked(row)
    known = queries_selection.pool(asked, today).enterprises
    fits, left = rules_selection.select(asked, known)
    lot = queries_selection.ready_lot(row)
    return render_template(
        "tenders/selection.html",
        **words(row),
        form=form,
        firm_form=firm,
        freeze_form=freeze,
        asked=asked,
        candidates=fits,
        left_out=left,
        supply=rules_selection.supply(asked, known),
        criteria=rules_selection.CRITERIA,
        not_objective=rules_selection.NOT_OBJECTIVE,
        last=queries_selection.last_invited(row.organisation_id, row.cpv, but=row.id),
        firms=queries_selection.outside_firms(row),
        selections=queries_selection.selections(row),
        commitment=lot.commitment if lot else "",
        advice=queries_advice.advice(row, today),
        missing=rules.missing(queries.facts_of(row)),
        authority=row.organisation.kind == OrganisationKind.AUTHORITY,
    )


def criteria_form(row: Any) -> CriteriaForm:
    """The criteria as they are stored."""
    document = rules.complete(row.document)
    return CriteriaForm(
        formdata=None,
        data={
            "criteria": document["selection"],
            "certificates": document["certificates"],
            "why_register": document["why_register"],
        },
    )


@bp.post("/opdrachten/<public_id>/selectie/onderneming")
@role(*BUYERS)
def add_firm(public_id: str) -> Answer:
    """Add a firm of one's own, with the reason."""
    row = selecting(public_id)
    form = FirmForm(prefix="eigen")
    if form.validate_on_submit():
        try:
            services_selection.add_firm(
                row=row,
                name=form.name.data or "",
                kvk=form.kvk_number.data or "",
                email=form.email.data or "",
                reason=form.reason.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("De onderneming is toegevoegd.", "ok")
            return redirect(url_for("tenders.selection", public_id=public_id) + "#eigen", 303)
        except Refused as refusal:
            form.refuse(refusal)
    return selection_page(row, criteria_form(row), form, freeze_form(row))


@bp.post("/opdrachten/<public_id>/selectie/onderneming/<string:firm_id>/weg")
@role(*BUYERS)
def remove_firm(public_id: str, firm_id: str) -> Response:
    """Take a firm of one's own off the list."""
    row = selecting(public_id)
    try:
        services_selection.remove_firm(row=row, public_id=firm_id, by=current_user.person)
    except NotFound:
        abort(404)
    return redirect(url_for("tenders.selection", public_id=public_id) + "#eigen", 303)


@bp.post("/opdrachten/<public_id>/selectie/vastleggen")
@role(*BUYERS)
def freeze(public_id: str) -> Answer:
    """Freeze the selection."""
    row = selecting(public_id)
    form = FreezeForm()
    if form.validate_on_submit():
        try:
            found = services_selection.freeze(
                row=row,
                procedure=form.procedure.data,
                places=form.places.data or 0,
                deviation=form.deviation.data or "",
                reason=form.reason.data or "",
                by=current_user.person,
                now=clock.now(),
                today=clock.today(),
            )
            flash("De selectie ligt vast. Nu kunt u loten.", "ok")
            return redirect(
                url_for("tenders.record", public_id=public_id, number=found.number), 303
            )
        except Refused as refusal:
            form.refuse(refusal)
    return selection_page(row, criteria_form(row), FirmForm(formdata=None, prefix="eigen"), form)


@bp.post("/opdrachten/<public_id>/dossier/<int:number>/loten")
@role(*BUYERS)
def draw(public_id: str, number: int) -> Response:
    """Draw, once."""
    row = own(public_id)
    try:
        services_selection.draw(row=row, number=number, by=current_user.person, now=clock.now())
        flash("Er is geloot. De volgorde staat vast.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("tenders.record", public_id=public_id, number=number), 303)


def found_selection(row: Any, number: int) -> Any:
    """A frozen selection with its draw; else 404."""
    found = queries_selection.selection(row, number)
    if found is None:
        abort(404)
    return found


@bp.get("/opdrachten/<public_id>/dossier/<int:number>")
@role(*BUYERS)
def record(public_id: str, number: int) -> str:
    """The record of a selection: everything it rests on, the draw, who is chosen."""
    row = own(public_id)
    selection, drawn = found_selection(row, number)
    names = {
        c["enterprise"]["kvk"]: c["enterprise"]["name"] for c in selection.frozen["candidates"]
    }
    return render_template(
        "tenders/record.html",
        **words(row),
        selection=selection,
        drawn=drawn,
        frozen=selection.frozen,
        names=names,
        newest=queries_selection.selections(row)[0][0].number == number,
        criteria=rules_selection.CRITERIA,
        may_send=permissions.may_do(current_user.person, row, row.procedure),
        outside=row.procedure in ("national", "european"),
    )


@bp.get("/opdrachten/<public_id>/dossier/<int:number>.json")
@role(*BUYERS)
def record_file(public_id: str, number: int) -> FlaskResponse:
    """The record as a file, for replaying it elsewhere."""
    row = own(public_id)
    selection, drawn = found_selection(row, number)
    body = canonical_json(services_selection.record_of(selection, drawn))
    return attachment(body.encode(), "application/json", f"selectie-{row.public_id}-{number}.json")


def attachment(body: bytes, media_type: str, name: str) -> FlaskResponse:
    """A download."""
    answer = FlaskResponse(body, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/opdrachten/<public_id>/motivering")
@role(*BUYERS)
def motivation(public_id: str) -> Answer:
    """One page for an enterprise that asks why it was or was not invited."""
    return render_template("tenders/motivation.html", **motivation_words(public_id))


@bp.get("/opdrachten/<public_id>/motivering.pdf")
@role(*BUYERS)
def motivation_pdf(public_id: str) -> FlaskResponse:
    """The same page as a PDF."""
    html = render_template("tenders/motivation_pdf.html", **motivation_words(public_id))
    return attachment(documents.pdf(html), "application/pdf", f"motivering-{public_id}.pdf")


def motivation_words(public_id: str) -> dict[str, Any]:
    """What the page says: the criteria and the asker's own place, nobody else's name."""
    row = own(public_id)
    found = queries_selection.selections(row)
    if not found:
        abort(404)
    selection, drawn = found[0]
    kvk = "".join(c for c in request.args.get("kvk", "") if c.isdigit())[:8]
    frozen = selection.frozen
    asker: dict[str, Any] | None = None
    for entry in [*frozen["candidates"], *frozen["left_out"]]:
        if kvk and entry["enterprise"]["kvk"] == kvk:
            asker = entry
    place = 0
    if drawn is not None and asker is not None:
        order = [turn["kvk"] for turn in drawn.document["order"]]
        place = order.index(kvk) + 1 if kvk in order else 0
    return {
        **words(row),
        "selection": selection,
        "drawn": drawn,
        "frozen": frozen,
        "kvk": kvk,
        "asker": asker,
        "place": place,
        "criteria": rules_selection.CRITERIA,
        "today": clock.today(),
    }


@bp.get("/opdrachten/<public_id>/shortlist.<any(csv, xlsx):kind>")
@role(*BUYERS)
def hand_over_file(public_id: str, kind: str) -> FlaskResponse:
    """The chosen firms with KVK numbers, for a tender system."""
    row = own(public_id)
    found = queries_selection.selections(row)
    if kind not in ("csv", "xlsx") or not found or found[0][1] is None:
        abort(404)
    rows = hand_over_rows(row, *found[0])
    name = f"shortlist-{row.public_id}.{kind}"
    if kind == "csv":
        return attachment(exports.csv_bytes(HAND_OVER_HEADER, rows), "text/csv", name)
    return attachment(exports.xlsx(HAND_OVER_HEADER, rows, "Shortlist"), exports.XLSX, name)


def hand_over_rows(row: Any, selection: Any, drawn: Any) -> list[list[Any]]:
    """One line per chosen firm, the buyer's own after them."""
    facts = {c["enterprise"]["kvk"]: c["enterprise"] for c in selection.frozen["candidates"]}
    chosen = set(drawn.document["chosen"]) | {
        i.kvk_number for i in queries_invitations.invitations(row) if i.origin == "next"
    }
    rows: list[list[Any]] = []
    for number, turn in enumerate(drawn.document["order"], 1):
        if turn["kvk"] in chosen:
            one = facts[turn["kvk"]]
            how = "rotatie en loting"
            rows.append(
                [one["name"], one["kvk"], how, number, turn["last_invited_on"], one["sha256"]]
            )
    for firm in selection.frozen["own_choice"]:
        rows.append([firm["name"], firm["kvk"], f"eigen keuze: {firm['reason']}", "", "", ""])
    return rows


@bp.post("/opdrachten/<public_id>/uitnodigen")
@role(*BUYERS)
def send(public_id: str) -> Response:
    """Invite whoever was chosen."""
    row = own(public_id)
    try:
        count = services_invite.send(row=row, by=current_user.person, now=clock.now())
        flash(f"Er zijn {count} ondernemingen uitgenodigd.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("tenders.overview", public_id=public_id), 303)


@bp.post("/opdrachten/<public_id>/volgende")
@role(*BUYERS)
def invite_next(public_id: str) -> Response:
    """Invite who follows in the drawn order."""
    row = own(public_id)
    try:
        found = services_invite.invite_next(row=row, by=current_user.person, now=clock.now())
        flash(f"{found.name} is uitgenodigd: die volgt in de vastgelegde volgorde.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("tenders.overview", public_id=public_id), 303)


@bp.route("/opdrachten/<public_id>/overdragen", methods=["GET", "POST"])
@role(*BUYERS)
def hand_over(public_id: str) -> Answer:
    """Go on in a tender system."""
    row = own(public_id)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            services_invite.hand_over(
                row=row,
                reason=form.reason.data or "",
                by=current_user.person,
                now=clock.now(),
                today=clock.today(),
            )
            flash("De aanvraag is overgedragen. De shortlist kunt u ophalen.", "ok")
            return redirect(url_for("tenders.overview", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template(
        "tenders/reason.html",
        **words(row),
        form=form,
        title="Overdragen aan uw aanbestedingssysteem",
        lead="Het platform bewaart het dossier en neemt geen offertes aan.",
        label="Overdragen",
    )


@bp.get("/opdrachten/<public_id>/ocds.json")
@role(*BUYERS)
def ocds(public_id: str) -> FlaskResponse:
    """The request as an OCDS 1.1 release package."""
    row = own(public_id)
    body = canonical_json(queries_ocds.package([row], clock.now()))
    return attachment(body.encode(), "application/json", f"ocds-{row.public_id}.json")
