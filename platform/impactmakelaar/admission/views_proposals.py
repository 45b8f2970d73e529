"""The page on which a proposal becomes a criterion of the region, or is left."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user

from impactmakelaar.admission import permissions, services_proposals
from impactmakelaar.admission.forms_proposals import CriterionForm
from impactmakelaar.admission.views import Answer, bp, shown
from impactmakelaar.core import clock
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.proposals.views import answered
from impactmakelaar.web.guards import role

MAX_EXPLANATION = 1000


@bp.route("/regio/toelatingsregels/voorstellen/<proposal_id>", methods=["GET", "POST"])
@role(Role.REGION_ADMIN)
def proposal(proposal_id: str) -> Answer:
    """One proposal for the criteria: take it over in a new version, or leave it."""
    row = proposals.by_public_id(proposal_id, Target.CRITERIA)
    if row is None or not permissions.may_set_policy(current_user.person, row.region):
        abort(404)
    text = row.value["text"]
    form: Any = CriterionForm(
        title="Past bij onze definitie",
        explanation=text[:MAX_EXPLANATION],
        weight=1,
        scale=4,
        obligatory=False,
        valid_from=clock.today(),
    )
    answer = answered()
    try:
        if answer is False:
            services_proposals.leave(row=row, by=current_user.person)
            flash("Het voorstel is niet overgenomen. Er verandert niets.", "ok")
            return redirect(url_for("admission.policies"), 303)
        if answer and form.validate_on_submit():
            services_proposals.take_criterion(
                row=row,
                criterion={
                    "title": form.title.data,
                    "explanation": form.explanation.data,
                    "weight": form.weight.data,
                    "scale": form.scale.data,
                    "obligatory": form.obligatory.data,
                },
                valid_from=form.valid_from.data,
                by=current_user.person,
                today=clock.today(),
            )
            flash("Het criterium staat in een nieuwe versie van de regels.", "ok")
            return redirect(url_for("admission.policies"), 303)
    except Conflict:
        # The proposal's form is gone by now; the page of a conflict keeps what was typed.
        raise
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template(
        "admission/proposal.html", row=row, form=form, cut=len(text) > MAX_EXPLANATION
    )
    return shown(html, form)
