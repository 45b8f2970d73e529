"""Pages of region staff: approving links, organisations, people, mail that came back."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import audit, clock, trail
from impactmakelaar.core.dutch import tidy_line
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations import permissions, queries, services
from impactmakelaar.organisations.forms import OrganisationForm, ReasonForm, SuccessorForm
from impactmakelaar.organisations.rules import (
    KIND_LABELS,
    ROLE_LABELS,
    STAFF,
    Kind,
    Role,
    kvk_number,
)
from impactmakelaar.organisations.views import Answer, bp, found
from impactmakelaar.web.filters import full_stop
from impactmakelaar.web.guards import role

PAGE_SIZE = 50
ADDED_BY_STAFF = (Kind.AUTHORITY, Kind.COMPANY, Kind.CONTRACTOR)


def own_region() -> Any:
    """The region for which this member of staff acts."""
    return current_user.organisation


@bp.get("/regio")
@role(*STAFF)
def staff_desk() -> str:
    """What waits for region staff."""
    region = own_region()
    return render_template(
        "organisations/staff_desk.html",
        region=region,
        waiting=queries.waiting_in_region(region),
        labels=ROLE_LABELS,
        failed=queries.failed_mails(own_region(), limit=20),
    )


@bp.route("/regio/aanvragen/<public_id>", methods=["GET", "POST"])
@role(*STAFF)
def decide_link(public_id: str) -> Answer:
    """Approve or refuse that somebody acts for an organisation."""
    asked = queries.membership(public_id)
    if asked is None or not permissions.is_staff_of(current_user.person, asked.organisation):
        abort(404)
    if asked.approved_at or asked.refused_at or asked.ended_at:
        flash("Deze aanvraag is al behandeld.", "warning")
        return redirect(url_for("organisations.staff_desk"), 303)
    similar = queries.similar_enterprises(asked.organisation)
    form = ReasonForm()
    sentence = ""
    if request.method == "POST":
        by = current_user.person
        try:
            if request.form.get("besluit") == "afwijzen":
                if form.validate_on_submit():
                    services.refuse_link(asked=asked, by=by, reason=form.reason.data)
                    flash("De aanvraag is afgewezen. De aanvrager krijgt uw reden gemaild.", "ok")
                    return redirect(url_for("organisations.staff_desk"), 303)
            else:
                chosen = {row.public_id: row for row in similar}
                into = chosen.get(request.form.get("koppelen", ""))
                services.approve_link(asked=asked, by=by, into=into)
                flash("De aanvraag is goedgekeurd.", "ok")
                return redirect(url_for("organisations.staff_desk"), 303)
        except Refused as refusal:
            sentence = refusal.sentence
    html = render_template(
        "organisations/decide_link.html",
        asked=asked,
        similar=similar,
        form=form,
        sentence=sentence,
        labels=ROLE_LABELS,
    )
    return (html, 400) if request.method == "POST" else html


@bp.get("/regio/organisaties")
@role(*STAFF)
def organisations() -> str:
    """All organisations of the region, searchable."""
    kind = request.args.get("soort", "")
    text = tidy_line(request.args.get("q", ""))[:100]
    page = request.args.get("pagina", 1, type=int) or 1
    kind = kind if kind in list(Kind) else ""
    page = min(max(page, 1), 10_000)
    rows, total = queries.organisations_of_region(own_region(), kind, text, page, PAGE_SIZE)
    return render_template(
        "organisations/organisations.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
        kind=kind,
        text=text,
        kinds={k: label for k, label in KIND_LABELS.items() if k != Kind.REGION},
        url=lambda n: url_for("organisations.organisations", soort=kind, q=text, pagina=n),
    )


@bp.route("/regio/organisaties/nieuw", methods=["GET", "POST"])
@role(*STAFF)
def add_organisation() -> Answer:
    """Add an authority, a company that buys or a contractor."""
    form = OrganisationForm()
    form.kind.choices = [(k.value, KIND_LABELS[k]) for k in ADDED_BY_STAFF]
    if form.validate_on_submit():
        try:
            organisation = services.create_organisation(
                region=own_region(),
                kind=Kind(form.kind.data),
                name=form.name.data,
                kvk_number=form.kvk_number.data,
                by=current_user.person,
            )
            flash(f"{organisation.name} is toegevoegd. Nodig nu de eerste persoon uit.", "ok")
            return redirect(url_for("organisations.members", public_id=organisation.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("organisations/add_organisation.html", form=form)
    return (html, 400) if form.all_errors() else html


@bp.get("/regio/organisaties/<public_id>")
@role(*STAFF)
def organisation(public_id: str) -> str:
    """One organisation, as staff see it."""
    return _organisation_page(of_own_region(public_id), SuccessorForm(formdata=None))


def of_own_region(public_id: str) -> Any:
    """The organisation of an address when this reader is staff of its region; else 404."""
    row = found(public_id)
    if not permissions.is_staff_of(current_user.person, row):
        abort(404)
    return row


def _organisation_page(row: Any, form: SuccessorForm) -> str:
    lines = audit.of_organisation(row, limit=30)
    return render_template(
        "organisations/organisation.html",
        row=row,
        kind_label=KIND_LABELS[Kind(row.kind)],
        members=queries.members(row),
        predecessors=queries.lineage(row),
        successor=queries.successor(row),
        similar=queries.similar_enterprises(row) if row.kind == Kind.ENTERPRISE else [],
        lines=lines,
        names=queries.names_of({line.person_id for line in lines}),
        sentence=trail.sentence,
        labels=ROLE_LABELS,
        successor_form=form,
    )


@bp.post("/regio/organisaties/<public_id>/goedkeuren")
@role(*STAFF)
def approve_lead(public_id: str) -> Response:
    """Vouch for an imported enterprise."""
    row = found(public_id)
    try:
        services.approve_lead(lead=row, by=current_user.person)
        flash(f"{row.name} is goedgekeurd.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("organisations.organisation", public_id=public_id), 303)


@bp.post("/regio/organisaties/<public_id>/opvolger")
@role(*STAFF)
def link_successor(public_id: str) -> Answer:
    """Link an enterprise to the one in which it goes on."""
    row = of_own_region(public_id)
    form = SuccessorForm()
    if form.validate_on_submit():
        try:
            name = _link_successor(row, form)
            flash(f"{row.name} gaat verder als {full_stop(name)}", "ok")
            return redirect(url_for("organisations.organisation", public_id=public_id), 303)
        except Refused as refusal:
            field = "successor" if refusal.field == "kvk_number" else refusal.field
            form.refuse(Refused(refusal.sentence, field))
    return _organisation_page(row, form), 400


def _link_successor(row: Any, form: SuccessorForm) -> str:
    """Link what the form names; returns the name of the successor."""
    successor = queries.approved_by_kvk(own_region(), kvk_number(form.successor.data))
    if successor is None:
        raise Refused("Er is geen goedgekeurde onderneming met dit KVK-nummer.", "successor")
    effective_on = form.effective_on.data
    assert effective_on is not None
    services.link_successor(
        old=row,
        new=successor,
        effective_on=effective_on,
        reason=form.reason.data,
        by=current_user.person,
        today=clock.today(),
    )
    return str(successor.name)


@bp.post("/regio/organisaties/<public_id>/beeindigen")
@role(*STAFF)
def end_organisation(public_id: str) -> Response:
    """End the participation of an organisation."""
    row = found(public_id)
    services.end_organisation(organisation=row, by=current_user.person, today=clock.today())
    flash(f"De deelname van {row.name} is beëindigd.", "ok")
    return redirect(url_for("organisations.organisations"), 303)


@bp.get("/regio/mail")
@role(*STAFF)
def failed_mail() -> str:
    """Letters that came back or could not be delivered yet."""
    return render_template(
        "organisations/failed_mail.html", rows=queries.failed_mails(own_region())
    )


@bp.get("/regio/gemeenten")
@role(*STAFF)
def municipalities() -> str:
    """The municipalities of the region, with since when."""
    rows = queries.region_municipalities(own_region())
    return render_template(
        "organisations/municipalities.html",
        region=own_region(),
        rows=[(reference().municipality_name(row.municipality_code), row) for row in rows],
        admins=[m for m in queries.members(own_region()) if m.role == Role.REGION_ADMIN],
    )
