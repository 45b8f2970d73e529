"""The page on which a proposal becomes a version of the rules, or is left."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.social_return import (
    permissions,
    queries_versions,
    rules_proposals,
    services_proposals,
)
from impactmakelaar.social_return.forms import RulesForm
from impactmakelaar.social_return.views import Answer, bp, person
from impactmakelaar.social_return.views_rules import filled, laid_down, typed
from impactmakelaar.web.guards import role

MAX_SOURCE = 500


@bp.route("/regels/voorstellen/<proposal_id>", methods=["GET", "POST"])
@role(Role.SROI_OFFICER, Role.REGION_ADMIN)
def rules_proposal(proposal_id: str) -> Answer:
    """Proposed rules in the form of a new version: change, lay down, or leave."""
    row = proposals.by_public_id(proposal_id, Target.SOCIAL_RULES)
    if row is None or not permissions.may_set_rules(person(), row.organisation):
        abort(404)
    start, newest = queries_versions.newest_rules(row.organisation)
    reading = rules_proposals.read(row.value["lines"], start)
    source = "; ".join(reading.sources)[:MAX_SOURCE]
    form: Any = RulesForm(**filled(reading.rules), source=source, seen=str(newest))
    try:
        if request.form.get("besluit") == "nee":
            services_proposals.leave(row=row, by=person())
            flash("Het voorstel is niet overgenomen. Er verandert niets.", "ok")
            return redirect(url_for("social_return.rules_home"), 303)
        if form.validate_on_submit():
            services_proposals.take_rules(row=row, **typed(form))
            return laid_down()
    except Conflict:
        # The proposal's form is gone by now; the page of a conflict keeps what was typed.
        raise
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template(
        "social_return/rules_proposal.html",
        row=row,
        owner=row.organisation,
        form=form,
        remarks=reading.remarks,
    )
    return (html, 400) if form.all_errors() else html
