"""The public page of a region, and how staff keep it."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.permissions import is_staff_of
from impactmakelaar.organisations.rules import STAFF
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.proposals.views import answered
from impactmakelaar.register import queries_region as regions_queries
from impactmakelaar.register import services_region
from impactmakelaar.register.forms_region import PartiesForm
from impactmakelaar.register.rules_region import LINKS, PartyKind, parties_of
from impactmakelaar.register.views import bp
from impactmakelaar.web.guards import public, role

Answer = str | Response | tuple[str, int]


def found(public_id: str) -> Any:
    """The region of an address, or 404."""
    row = regions_queries.region(public_id)
    if row is None:
        abort(404)
    return row


@bp.get("/regios")
@public
def regions() -> str:
    """The regions of this site."""
    today = clock.today()
    rows = [(one, regions_queries.municipalities(one, today)) for one in regions_queries.regions()]
    return render_template("register/regions.html", rows=rows)


@bp.get("/regios/<public_id>")
@public
def region(public_id: str) -> str:
    """One region: its municipalities, who forms the network, neighbours that work on this too."""
    row, today = found(public_id), clock.today()
    lines = regions_queries.parties(row)
    staff = current_user.is_authenticated and is_staff_of(current_user.person, row)
    return render_template(
        "register/region.html",
        row=row,
        municipalities=regions_queries.municipalities(row, today),
        links=[
            (label, [one for one in lines if one.kind == PartyKind.PARTY and one.link == key])
            for key, label in LINKS.items()
        ],
        neighbours=[one for one in lines if one.kind == PartyKind.NEIGHBOUR],
        staff=staff,
        proposals=proposals.waiting(row, Target.REGION_PAGE) if staff else [],
    )


@bp.post("/regios/<public_id>/weghalen")
@role(*STAFF)
def remove_party(public_id: str) -> Response:
    """Take a line off the page."""
    row = found(public_id)
    try:
        services_region.remove(
            region=row, public_id=request.form.get("regel", ""), by=current_user.person
        )
    except NotFound:
        abort(404)
    flash("De regel is van de pagina.", "ok")
    return redirect(url_for("register.region", public_id=public_id), 303)


@bp.route("/regios/voorstellen/<proposal_id>", methods=["GET", "POST"])
@role(*STAFF)
def parties_proposal(proposal_id: str) -> Answer:
    """Proposed lines: choose which go on the page, or none."""
    row = proposals.by_public_id(proposal_id, Target.REGION_PAGE)
    if row is None or not is_staff_of(current_user.person, row.region):
        abort(404)
    parties = parties_of(row.value["rows"])
    form: Any = PartiesForm(chosen=[str(n) for n, party in enumerate(parties) if party.sure])
    form.chosen.choices = [(str(n), party.words) for n, party in enumerate(parties)]
    answer = answered()
    try:
        if answer is False:
            services_region.leave(row=row, by=current_user.person)
            flash("Het voorstel is niet overgenomen. Er verandert niets.", "ok")
            return redirect(url_for("toolbox.proposals"), 303)
        if answer and form.validate_on_submit():
            chosen = [parties[int(n)] for n in form.chosen.data]
            services_region.take_parties(row=row, chosen=chosen, by=current_user.person)
            flash("De pagina van de regio is bijgewerkt.", "ok")
            return redirect(url_for("register.region", public_id=row.region.public_id), 303)
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template("register/parties_proposal.html", row=row, form=form)
    return (html, 400) if form.all_errors() else html
