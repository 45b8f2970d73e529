"""The page on which enterprises that colleagues know become leads, or not."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.forms import EmptyForm
from impactmakelaar.organisations.permissions import is_staff_of
from impactmakelaar.organisations.rules import STAFF
from impactmakelaar.profiles import services_proposals
from impactmakelaar.profiles.views import Answer, bp
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.proposals.views import answered
from impactmakelaar.web.filters import plural
from impactmakelaar.web.guards import role


@bp.route("/regio/importeren/voorstellen/<proposal_id>", methods=["GET", "POST"])
@role(*STAFF)
def leads_proposal(proposal_id: str) -> Answer:
    """Proposed enterprises as the import reads them: make leads of them, or not."""
    row = proposals.by_public_id(proposal_id, Target.LEADS)
    if row is None or not is_staff_of(current_user.person, row.region):
        abort(404)
    form = EmptyForm()
    answer = answered()
    try:
        if answer is False:
            services_proposals.leave(row=row, by=current_user.person)
            flash("De lijst is niet overgenomen. Er verandert niets.", "ok")
            return redirect(url_for("toolbox.proposals"), 303)
        if answer and form.validate_on_submit():
            count = services_proposals.take_leads(row=row, by=current_user.person)
            told = plural(count, "onderneming staat", "ondernemingen staan")
            flash(f"{told} klaar. Nodig ze uit vanaf hun eigen pagina.", "ok")
            return redirect(url_for("organisations.organisations", soort="enterprise"), 303)
    except Refused as refusal:
        form.refuse(refusal)
    result = None
    try:
        result = services_proposals.dry_run(row)
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template("profiles/leads_proposal.html", row=row, form=form, result=result)
    return (html, 400) if request.method == "POST" else html
