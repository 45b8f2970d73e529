"""One step for several dossiers at once: first the list of what will happen, then the button."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from impactmakelaar.admission import (
    queries,
    queries_meetings,
    services_committee,
    services_meeting,
)
from impactmakelaar.admission.forms import ButtonForm, WrittenForm
from impactmakelaar.admission.rules import DOSSIER_ROLES, STATE_LABELS, State
from impactmakelaar.admission.views import Answer, bp, present_reader, shown
from impactmakelaar.admission.views_committee import SECRETARIAT
from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.guards import role

BULK = {
    "toewijzen": ("Beoordelaars verdelen", State.REVIEW, SECRETARIAT),
    "agenda": (
        "Op de agenda zetten",
        State.REVIEW,
        (*SECRETARIAT, Role.COMMITTEE_CHAIR),
    ),
    "schriftelijk": (
        "Schriftelijke ronde",
        State.REVIEW,
        (*SECRETARIAT, Role.COMMITTEE_CHAIR),
    ),
}
"""Step for many dossiers at once -> its title, the state it needs, who may take it."""


@bp.post("/commissie/samen")
@role(*DOSSIER_ROLES)
def bulk() -> Answer:
    """A step for several dossiers: first the list of what will happen, then the button."""
    reader, today = present_reader(), clock.today()
    action = request.form.get("stap", "")
    if action not in BULK or not reader.has(*BULK[action][2]):
        abort(404)
    rows = [
        row
        for public_id in request.form.getlist("dossier")[:500]
        if (row := queries.application(reader, public_id)) is not None
    ]
    able = [row for row in rows if row.state == BULK[action][1]]
    form = WrittenForm() if action == "schriftelijk" else ButtonForm()
    meetings = [
        m for m, _ in queries_meetings.meetings(reader) if m.kind == "meeting" and not m.closed_at
    ]
    if request.form.get("zeker") and able and form.validate_on_submit():
        try:
            return redirect(_carry_out(action, able, form, meetings), 303)
        except Refused as refusal:
            form.refuse(refusal)
    elif not request.form.get("zeker"):
        form = WrittenForm(formdata=None) if action == "schriftelijk" else ButtonForm(formdata=None)
    html = render_template(
        "admission/bulk.html",
        action=action,
        title=BULK[action][0],
        able=able,
        left=[row for row in rows if row not in able],
        meetings=meetings,
        form=form,
        labels=STATE_LABELS,
        today=today,
    )
    return shown(html, form)


def _carry_out(action: str, rows: list[Any], form: Any, meetings: list[Any]) -> str:
    by, today = current_user.person, clock.today()
    if action == "toewijzen":
        done = services_committee.assign_evenly(rows=rows, by=by, today=today)
        flash(f"{done.added} keer een beoordelaar toegewezen.", "ok")
        if done.short:
            names = ", ".join(row.enterprise.name for row in done.short)
            flash(f"Te weinig leden zonder belang voor: {names}.", "warning")
        return url_for("admission.dossiers", stand=State.REVIEW)
    if action == "agenda":
        chosen = next((m for m in meetings if m.public_id == request.form.get("vergadering")), None)
        if chosen is None:
            raise Refused("Kies een vergadering, of plan er eerst een.")
        services_meeting.put_on_agenda(meeting=chosen, rows=rows, by=by)
        flash("De dossiers staan op de agenda.", "ok")
        return url_for("admission.meeting", public_id=chosen.public_id)
    made = services_meeting.start_written_round(
        region=current_user.organisation,
        rows=rows,
        closes_on=form.closes_on.data,
        reason=form.reason.data,
        by=by,
        today=today,
    )
    flash("De schriftelijke ronde is begonnen. De leden krijgen een mail.", "ok")
    return url_for("admission.meeting", public_id=made.public_id)
