"""The day itself, on a telephone: which round it is, who is there, and repairing."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.intake import permissions, queries, services, services_day
from impactmakelaar.intake.forms import InviteForm
from impactmakelaar.intake.permissions import ORGANISERS
from impactmakelaar.intake.rules_table import Coming
from impactmakelaar.intake.views import (
    Answer,
    bp,
    candidates,
    chosen,
    labels,
    own_table,
    shown,
    times,
)
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role


def to_day(row: Any) -> Response:
    """To the screen of the day."""
    return redirect(url_for("intake.day", public_id=row.public_id), 303)


def on_day(row: Any, action: Any, sentence: Any) -> Response:
    """Do something and say how it went, on the screen of the day."""
    try:
        flash(sentence(action()), "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_day(row)


def repaired(found: tuple[int, int]) -> str:
    """How a repair went, in one sentence."""
    lost, added = found
    if not lost and not added:
        return "Er hoefde niets te veranderen."
    return (
        f"Het programma is hersteld: {lost} vervallen, {added} nieuw. "
        "Alle andere gesprekken staan nog waar ze stonden."
    )


@bp.get("/intaketafel/<public_id>/dag")
@role(*ORGANISERS)
def day(public_id: str) -> str:
    """The screen of the day."""
    row = own_table(public_id)
    meetings = queries.meetings(row)
    at = max(0, row.begun - 1)
    return render_template(
        "intake/day.html",
        row=row,
        now=[m for m in meetings if m.round == at],
        at=at,
        later=[m for m in meetings if m.round == at + 1],
        people=[
            p for p in queries.participants(row) if p.state in (Coming.CONFIRMED, Coming.ABSENT)
        ],
        outcomes=queries.outcomes([m.id for m in meetings]),
        meetings=meetings,
        times=times(row),
        may_change=permissions.may_change(current_user.person, row),
        **labels(),
    )


@bp.post("/intaketafel/<public_id>/ronde")
@role(*ORGANISERS)
def begin_round(public_id: str) -> Response:
    """The next round begins."""
    row, person, today = own_table(public_id), current_user.person, clock.today()
    return on_day(
        row,
        lambda: services_day.begin_round(row=row, by=person, today=today),
        lambda number: f"Ronde {number} is begonnen.",
    )


@bp.post("/intaketafel/<public_id>/aanwezigheid")
@role(*ORGANISERS)
def presence(public_id: str) -> Response:
    """Somebody is late, stays away or is there after all; the programme is repaired."""
    row, person = own_table(public_id), current_user.person
    one = queries.participant(request.form.get("participant", ""))
    if one is None or one.table_id != row.id:
        abort(404)
    what = request.form.get("wat", "")
    away: set[int] | None = None
    if what == "er":
        away = set()
    elif what == "later":
        until = request.form.get("vanaf", "")
        away = set(range(min(whole_number(until, 0), row.rounds)))
    elif what != "niet":
        abort(400)
    return on_day(row, lambda: services_day.set_presence(one=one, away=away, by=person), repaired)


@bp.post("/intaketafel/<public_id>/herstellen")
@role(*ORGANISERS)
def repair(public_id: str) -> Response:
    """Take out who declined and fill the free places."""
    row, person = own_table(public_id), current_user.person
    return on_day(row, lambda: services_day.repair_table(row=row, by=person), repaired)


@bp.route("/intaketafel/<public_id>/aangeschoven", methods=["GET", "POST"])
@role(*ORGANISERS)
def walk_in(public_id: str) -> Answer:
    """Somebody came without an invitation."""
    row = own_table(public_id)
    form = InviteForm()
    form.contracts.choices, form.enterprises.choices = candidates(row)
    if form.validate_on_submit():
        try:
            new = services.invite(
                row=row, by=current_user.person, walk_in=True, **chosen(row, form)
            )
            added = services_day.seat_walk_in(row=row, newcomers=new, by=current_user.person)
            flash(f"Welkom: {added} {'gesprek' if added == 1 else 'gesprekken'} erbij.", "ok")
            return to_day(row)
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("intake/invite.html", form=form, row=row, walk_in=True), form)
