"""Pages with which the organiser adjusts the programme by hand: a pair, a lock, a place, a ban."""

from typing import Any

from flask import abort, flash, render_template, request
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import (
    permissions,
    proposer,
    queries,
    queries_sheet,
    rules,
    rules_proposal,
    services_plan,
)
from impactmakelaar.intake.forms import PairForm
from impactmakelaar.intake.permissions import ORGANISERS
from impactmakelaar.intake.rules_offers import describe
from impactmakelaar.intake.rules_table import Side
from impactmakelaar.intake.views import Answer, back, bp, labels, own_table, shown, times, tried
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role


def own_meeting(public_id: str) -> Any:
    """A meeting at a table that this person organises; else 404."""
    row = queries.meeting(public_id)
    if row is None or not permissions.organises(current_user.person, row.table):
        abort(404)
    return row


@bp.post("/intaketafel/gesprekken/<public_id>/vastzetten")
@role(*ORGANISERS)
def set_lock(public_id: str) -> Response:
    """Lock a meeting, or let it go."""
    meeting = own_meeting(public_id)
    locked, person = request.form.get("vast") == "ja", current_user.person
    return tried(
        meeting.table,
        lambda: services_plan.set_lock(meeting=meeting, locked=locked, by=person),
        "Dit gesprek blijft staan." if locked else "Dit gesprek mag weer worden verplaatst.",
        "programma",
    )


@bp.post("/intaketafel/gesprekken/<public_id>/weghalen")
@role(*ORGANISERS)
def remove(public_id: str) -> Response:
    """Take a meeting out."""
    meeting = own_meeting(public_id)
    row, person = meeting.table, current_user.person
    return tried(
        row,
        lambda: services_plan.remove(meeting=meeting, by=person),
        "Het gesprek is weggehaald.",
        "programma",
    )


def pair_of(row: Any) -> tuple[Any, Any]:
    """(contractor, enterprise) named in the address or the form; else 404."""
    values = request.form if request.method == "POST" else request.args
    contractor = queries.participant(values.get("contractor", ""))
    enterprise = queries.participant(values.get("enterprise", ""))
    if contractor is None or enterprise is None:
        abort(404)
    if {contractor.table_id, enterprise.table_id} != {row.id}:
        abort(404)
    if (contractor.side, enterprise.side) != (Side.CONTRACTOR, Side.ENTERPRISE):
        abort(404)
    return contractor, enterprise


@bp.get("/intaketafel/<public_id>/paar")
@role(*ORGANISERS)
def pair(public_id: str) -> Answer:
    """Why these two, why not, what it would count for and what it costs to force it."""
    row = own_table(public_id)
    if "contractor" not in request.args:
        return render_template("intake/choose_pair.html", row=row, people=queries.participants(row))
    contractor, enterprise = pair_of(row)
    form = PairForm(formdata=None, contractor=contractor.public_id, enterprise=enterprise.public_id)
    return pair_page(row, contractor, enterprise, form)


def pair_page(row: Any, contractor: Any, enterprise: Any, form: Any) -> Answer:
    """The page of a pair."""
    pairing = (contractor.public_id, enterprise.public_id)
    sheet = queries_sheet.sheet_of(row)
    proposal = queries.proposal(row)
    agreed = {
        (need, offer): (units, cents)
        for need, offer, units, cents in (proposal.result["agreements"] if proposal else [])
    }
    offers = {one.public_id: one for one in queries.offers_of(enterprise)}
    needs = {one.public_id: one for one in queries.needs_of(contractor)}
    pairs = []
    for key in sheet.between(pairing):
        cell, offer = sheet.cells[key], offers[key[1]]
        pairs.append(
            {
                "need": needs[key[0]].contract.title,
                "offer": offer.title,
                "cell": cell,
                "least": describe(offer.effort, offer.amount, offer.minimum),
                "least_cents": cell.unit * offer.minimum,
                "reasons": [rules.REASONS[one] for one in cell.failed],
                "why": rules.explain(cell.fit),
                "agreed": agreed.get(key),
                "cost": None if cell.failed else proposer.cost_of_forcing(sheet, key[0], key[1]),
            }
        )
    scheduled = {(m.contractor_id, m.enterprise_id): m for m in queries.meetings(row)}.get(
        (contractor.id, enterprise.id)
    )
    when = times(row)
    form.round.choices = [
        ("", "Eerste ronde waarin het kan"),
        *((str(n), f"Ronde {n + 1}, {when.text(n)}") for n in range(row.begun, row.rounds)),
    ]
    html = render_template(
        "intake/pair.html",
        row=row,
        contractor=contractor,
        enterprise=enterprise,
        pairs=pairs,
        score=rules_proposal.score(sheet, pairing),
        wishes=sheet.wishes.get(pairing, 0),
        reasons=rules_proposal.reasons(sheet.cells[key] for key in sheet.between(pairing)),
        meeting=scheduled,
        apart=any(
            (f.contractor_id, f.enterprise_id) == (contractor.id, enterprise.id)
            for f in queries.forbidden(row)
        ),
        form=form,
        times=when,
        may_change=permissions.may_change(current_user.person, row),
        **labels(),
    )
    return shown(html, form)


@bp.post("/intaketafel/<public_id>/plaatsen")
@role(*ORGANISERS)
def place(public_id: str) -> Answer:
    """Add a meeting or move it."""
    row = own_table(public_id)
    contractor, enterprise = pair_of(row)
    form = PairForm()
    chosen_round = form.round.data or ""
    try:
        services_plan.place(
            row=row,
            contractor=contractor,
            enterprise=enterprise,
            round_=whole_number(chosen_round, -1) if chosen_round else None,
            by=current_user.person,
        )
    except Refused as refusal:
        form.refuse(refusal)
        return pair_page(row, contractor, enterprise, form)
    flash("Het gesprek staat in het programma.", "ok")
    return back(row, "programma")


@bp.post("/intaketafel/<public_id>/verbieden")
@role(*ORGANISERS)
def forbid(public_id: str) -> Response:
    """Keep two parties apart, or no longer."""
    row = own_table(public_id)
    contractor, enterprise = pair_of(row)
    person, allowed = current_user.person, request.form.get("weer") == "ja"
    if allowed:
        return tried(
            row,
            lambda: services_plan.allow(
                row=row, contractor=contractor, enterprise=enterprise, by=person
            ),
            "Deze partijen mogen elkaar weer spreken.",
        )
    reason = PairForm().reason.data or ""
    return tried(
        row,
        lambda: services_plan.forbid(
            row=row, contractor=contractor, enterprise=enterprise, reason=reason[:300], by=person
        ),
        "Deze partijen worden uit elkaar gehouden.",
    )
