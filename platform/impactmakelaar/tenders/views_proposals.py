"""The page on which plans of colleagues become a request or a sounding, or are left."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.proposals.views import answered
from impactmakelaar.tenders import permissions, services_proposals
from impactmakelaar.tenders.forms_proposals import BeginForm
from impactmakelaar.tenders.rules import TEXT_MOST, Kind
from impactmakelaar.tenders.views import BUYERS, Answer, bp
from impactmakelaar.web.guards import role


@bp.route("/opdrachten/voorstellen/<proposal_id>", methods=["GET", "POST"])
@role(*BUYERS)
def proposal(proposal_id: str) -> Answer:
    """One proposal: begin a request or a sounding with it, or leave it."""
    row = proposals.by_public_id(proposal_id, Target.REQUESTS)
    if row is None or not permissions.may_buy(current_user.person, row.organisation):
        abort(404)
    lines = row.value["lines"]
    text = "\n".join(f"- {line}" for line in lines) if len(lines) > 1 else "".join(lines)
    form: Any = BeginForm(
        kind=Kind.SOUNDING.value, title=row.value["about"], description=text[:TEXT_MOST]
    )
    answer = answered()
    try:
        if answer is False:
            services_proposals.leave(row=row, by=current_user.person)
            flash("Het voorstel is van uw lijst. Er begint niets.", "ok")
            return redirect(url_for("tenders.index"), 303)
        if answer and form.validate_on_submit():
            tender = services_proposals.begin(
                row=row,
                kind=form.kind.data,
                title=form.title.data,
                description=form.description.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("Uw concept staat klaar. Vul de stappen verder in.", "ok")
            return redirect(url_for("tenders.step", public_id=tender.public_id, step="wat"), 303)
    except Conflict:
        # The proposal's form is gone by now; the page of a conflict keeps what was typed.
        raise
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template("tenders/proposal.html", row=row, form=form)
    return (html, 400) if form.all_errors() else html
