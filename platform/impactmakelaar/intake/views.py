"""Pages of the organiser: plan, invite, propose, explain, adjust, publish, print."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    permissions,
    queries,
    rules_proposal,
    rules_table,
    services,
    services_plan,
    services_publish,
)
from impactmakelaar.intake.forms import InviteForm, TableForm
from impactmakelaar.intake.permissions import ORGANISERS, PARTICIPANTS
from impactmakelaar.intake.rules_table import Coming, Side, State
from impactmakelaar.organisations.rules import Role
from impactmakelaar.register import queries as register
from impactmakelaar.social_return import queries as ledger
from impactmakelaar.social_return.rules import Phase
from impactmakelaar.web.guards import role

bp = Blueprint("intake", __name__)
Answer = str | Response | tuple[str, int]
EVERYBODY: tuple[Role, ...] = (*ORGANISERS, *PARTICIPANTS)
TAGS = {"draft": "info", "published": "ok", "closed": "", "cancelled": "error"}
COMING_TAGS = {"invited": "info", "confirmed": "ok", "declined": "", "absent": "warning"}
PRINTS = {"tafels": "Tafelkaarten", "deelnemers": "Programma per deelnemer", "rondes": "Rondes"}


def shown(html: str, form: Any) -> Answer:
    """A page with a form: 400 when something is wrong with it."""
    return (html, 400) if form.all_errors() else html


def own_table(public_id: str) -> Any:
    """A table of a region that this person organises in; else 404."""
    row = queries.table(public_id)
    if row is None or not permissions.organises(current_user.person, row):
        abort(404)
    return row


def times(row: Any) -> rules_table.Times:
    """When the rounds of a table are."""
    return rules_table.times_of(row.starts_at, row.rounds, row.minutes, row.breaks)


def labels() -> dict[str, Any]:
    """Words that every page of the table uses."""
    return {
        "states": rules_table.STATE_LABELS,
        "tags": TAGS,
        "coming": rules_table.COMING_LABELS,
        "coming_tags": COMING_TAGS,
        "results": rules_table.RESULT_LABELS,
        "when": services.when_text,
    }


def back(row: Any, anchor: str = "") -> Response:
    """To the page of the table."""
    address = url_for("intake.table", public_id=row.public_id) + (f"#{anchor}" if anchor else "")
    return redirect(address, 303)


def tried(row: Any, action: Any, done: str, anchor: str = "") -> Response:
    """Do something and say how it went, on the page of the table."""
    try:
        action()
        flash(done, "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return back(row, anchor)


@bp.get("/intaketafel")
@role(*EVERYBODY)
def index() -> str:
    """The tables that somebody organises, or where his organisation was invited."""
    organisation = current_user.organisation
    organises = permissions.may_organise_in(current_user.person, organisation)
    return render_template(
        "intake/index.html",
        organises=organises,
        rows=queries.tables_of(organisation) if organises else [],
        invitations=queries.invitations_of(organisation),
        today=clock.today(),
        **labels(),
    )


def values_of(form: Any) -> dict[str, Any]:
    """What the form of a table holds, as the service takes it."""
    values: dict[str, Any] = {
        name: getattr(form, name).data
        for name in (
            "title",
            "held_on",
            "place",
            "tables",
            "rounds",
            "minutes",
            "most_contractor",
            "most_enterprise",
        )
    }
    values["note"] = form.note.data or ""
    values["starts_at"] = rules_table.clock_minutes(form.starts_at.data)
    values["breaks"] = rules_table.breaks_of(form.breaks.data or "", form.rounds.data)
    return values


@bp.route("/intaketafel/nieuw", methods=["GET", "POST"])
@role(*ORGANISERS)
def plan_table() -> Answer:
    """Plan a table."""
    if not permissions.may_organise_in(current_user.person, current_user.organisation):
        abort(404)
    form = TableForm(
        data=None
        if request.method == "POST"
        else {
            "starts_at": "13.30",
            "tables": 8,
            "rounds": 6,
            "minutes": 20,
            "breaks": "3: 15",
            "most_contractor": 5,
            "most_enterprise": 4,
        }
    )
    if form.validate_on_submit():
        try:
            row = services.plan_table(
                region=current_user.organisation,
                values=values_of(form),
                by=current_user.person,
                today=clock.today(),
            )
            flash("De intaketafel is gepland. Nodig nu deelnemers uit.", "ok")
            return redirect(url_for("intake.invite", public_id=row.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("intake/edit.html", form=form, row=None), form)


@bp.route("/intaketafel/<public_id>/wijzigen", methods=["GET", "POST"])
@role(*ORGANISERS)
def change_table(public_id: str) -> Answer:
    """Change a table before it is published."""
    row = own_table(public_id)
    form = TableForm(obj=row if request.method == "GET" else None)
    if request.method == "GET":
        form.starts_at.data = rules_table.clock_text(row.starts_at)
        form.breaks.data = "\n".join(f"{after}: {length}" for after, length in row.breaks)
    if form.validate_on_submit():
        try:
            services.change_table(
                row=row, values=values_of(form), by=current_user.person, today=clock.today()
            )
            flash("De intaketafel is gewijzigd.", "ok")
            return back(row)
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("intake/edit.html", form=form, row=row), form)


@bp.get("/intaketafel/<public_id>")
@role(*ORGANISERS)
def table(public_id: str) -> str:
    """Who comes, how good the proposal is, and the programme."""
    row = own_table(public_id)
    people = queries.participants(row)
    meetings = queries.meetings(row)
    proposal = queries.proposal(row)
    names = {p.public_id: p.organisation.name for p in people}
    met = {m.enterprise_id for m in meetings} | {m.contractor_id for m in meetings}
    return render_template(
        "intake/table.html",
        row=row,
        people=people,
        meetings=meetings,
        names=names,
        proposal=proposal,
        close=rules_proposal.closeness(proposal.value, proposal.bound) if proposal else None,
        job=queries.job(row),
        without=[p for p in people if p.state == Coming.CONFIRMED and p.id not in met],
        why=dict(proposal.result["without"]) if proposal else {},
        forbidden=[
            (
                next(p for p in people if p.id == f.contractor_id),
                next(p for p in people if p.id == f.enterprise_id),
                f.reason,
            )
            for f in queries.forbidden(row)
        ],
        outcomes=queries.outcomes([m.id for m in meetings]),
        times=times(row),
        may_change=permissions.may_change(current_user.person, row),
        today=clock.today(),
        prints=PRINTS,
        **labels(),
    )


@bp.get("/intaketafel/<public_id>/voortgang")
@role(*ORGANISERS)
def progress(public_id: str) -> Response:
    """How far the proposal is; tells the page to reload when it is done."""
    row = own_table(public_id)
    job = queries.job(row)
    answer = Response(render_template("intake/_progress.html", row=row, job=job))
    if job is None or job.finished_at is not None:
        answer.headers["HX-Refresh"] = "true"
    return answer


def candidates(row: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(contracts, enterprises) that may be invited and were not yet."""
    people = queries.participants(row)
    had = {need.contract_id for need in queries.needs(row)}
    known = {p.organisation_id for p in people if p.side == Side.ENTERPRISE}
    contracts = [
        (c.public_id, f"{c.contractor.name}: {c.title} ({c.authority.name})")
        for c in ledger.contracts_at(row.region)
        if c.phase == Phase.ACTIVE and c.id not in had
    ]
    ids = [one.id for one in register.listings(row.held_on) if one.id not in known]
    found = [(e.public_id, e.name) for e in queries.enterprises_in(ids)]
    return sorted(contracts, key=lambda one: one[1].lower()), found


def chosen(row: Any, form: Any) -> dict[str, Any]:
    """The contracts and enterprises that were ticked."""
    contracts = [ledger.contract(one) for one in form.contracts.data or ()]
    ids = {one: register.by_public_id(one, row.held_on) for one in form.enterprises.data or ()}
    return {
        "contracts": [c for c in contracts if c is not None],
        "enterprises": queries.enterprises_in([e.id for e in ids.values() if e is not None]),
    }


@bp.route("/intaketafel/<public_id>/uitnodigen", methods=["GET", "POST"])
@role(*ORGANISERS)
def invite(public_id: str) -> Answer:
    """Invite obligations and enterprises."""
    row = own_table(public_id)
    form = InviteForm()
    form.contracts.choices, form.enterprises.choices = candidates(row)
    if form.validate_on_submit():
        try:
            new = services.invite(row=row, by=current_user.person, **chosen(row, form))
            count = len(new)
            flash(
                f"{count} {'deelnemer is' if count == 1 else 'deelnemers zijn'} uitgenodigd.", "ok"
            )
            return back(row, "deelnemers")
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("intake/invite.html", form=form, row=row), form)


@bp.post("/intaketafel/<public_id>/voorstel")
@role(*ORGANISERS)
def propose(public_id: str) -> Response:
    """Ask for a proposal."""
    row = own_table(public_id)
    person = current_user.person
    return tried(
        row,
        lambda: services_plan.ask_proposal(row=row, by=person),
        "Het voorstel wordt gemaakt.",
        "voorstel",
    )


@bp.post("/intaketafel/<public_id>/stoppen")
@role(*ORGANISERS)
def stop(public_id: str) -> Response:
    """Stop making a proposal; the best so far is kept."""
    row = own_table(public_id)
    person = current_user.person
    return tried(
        row,
        lambda: services_plan.stop_proposal(row=row, by=person),
        "Wij stoppen en houden het beste voorstel tot nu toe.",
        "voorstel",
    )


@bp.post("/intaketafel/<public_id>/publiceren")
@role(*ORGANISERS)
def publish(public_id: str) -> Response:
    """Send everybody his programme."""
    row, person = own_table(public_id), current_user.person
    return tried(
        row,
        lambda: services_publish.publish(row=row, by=person),
        "Het programma is gepubliceerd. Iedereen krijgt een mail met een agenda-afspraak.",
    )


@bp.post("/intaketafel/<public_id>/afgelasten")
@role(*ORGANISERS)
def cancel(public_id: str) -> Response:
    """Call the table off."""
    row, person = own_table(public_id), current_user.person
    return tried(
        row,
        lambda: services_publish.cancel(row=row, by=person),
        "De intaketafel is afgelast. Iedereen krijgt een mail.",
    )


@bp.post("/intaketafel/<public_id>/afsluiten")
@role(*ORGANISERS)
def close(public_id: str) -> Response:
    """The table has been held."""
    row, person, today = own_table(public_id), current_user.person, clock.today()
    return tried(
        row,
        lambda: services_publish.close(row=row, by=person, today=today),
        "De intaketafel is afgesloten. Uitkomsten kunt u nog vastleggen.",
    )


@bp.get("/intaketafel/<public_id>/afdrukken/<any(tafels, deelnemers, rondes):kind>")
@role(*ORGANISERS)
def prints(public_id: str, kind: str) -> str:
    """Table cards, a programme per participant, or a sheet per round for on the wall."""
    row = own_table(public_id)
    meetings = queries.meetings(row)
    people = [p for p in queries.participants(row) if p.state == Coming.CONFIRMED]
    return render_template(
        "intake/print.html",
        row=row,
        kind=kind,
        title=PRINTS[kind],
        meetings=meetings,
        people=people,
        times=times(row),
        published=row.state != State.DRAFT,
        **labels(),
    )
