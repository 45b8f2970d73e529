"""The choices that a region keeps for its yearly progress report."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.rules import STAFF
from impactmakelaar.proposals import permissions, queries, services
from impactmakelaar.proposals.rules import Target
from impactmakelaar.web.guards import role

bp = Blueprint("proposals", __name__)


def answered() -> bool | None:
    """What somebody says to a proposal: yes, no, or None while he only looks."""
    if request.method != "POST":
        return None
    answer = {"ja": True, "nee": False}.get(request.form.get("besluit", ""))
    return abort(400) if answer is None else answer


@bp.get("/regio/voortgang")
@role(*STAFF)
def progress() -> str:
    """Choices that wait, and those kept with their days."""
    region = current_user.organisation
    return render_template(
        "proposals/progress.html",
        waiting=queries.waiting(region, Target.PROGRESS),
        kept=queries.accepted(region, Target.PROGRESS),
    )


@bp.route("/regio/voortgang/<proposal_id>", methods=["GET", "POST"])
@role(*STAFF)
def note(proposal_id: str) -> str | Response:
    """One choice: keep it or not."""
    row = queries.by_public_id(proposal_id, Target.PROGRESS)
    if row is None or not permissions.may_note_progress(current_user.person, row):
        abort(404)
    answer = answered()
    if answer is not None:
        try:
            done = services.note_progress(row=row, accepted=answer, by=current_user.person)
            flash(done.result, "ok")
        except Refused as refusal:
            flash(refusal.sentence, "error")
        return redirect(url_for("proposals.progress"), 303)
    return render_template("proposals/note.html", row=row)
