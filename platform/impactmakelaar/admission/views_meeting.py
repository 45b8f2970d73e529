"""Pages of a meeting and a written round."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import (
    permissions,
    queries,
    queries_interests,
    queries_meetings,
    queries_policy,
    rules,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.forms import (
    AgendaForm,
    MeetingForm,
    MinutesForm,
    PresenceForm,
    ProposalForm,
)
from impactmakelaar.admission.rules import COMMITTEE, DOSSIER_ROLES, SEAT_LABELS, State
from impactmakelaar.admission.views import Answer, bp, present_reader, shown
from impactmakelaar.admission.views_committee import SECRETARIAT
from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role

PLANNERS = (*SECRETARIAT, Role.COMMITTEE_CHAIR)
ITEM_LABELS = {
    "waiting": "nog te bespreken",
    "voting": "stemming loopt",
    "adopted": "aangenomen",
    "rejected": "verworpen",
    "annulled": "vervallen",
    "postponed": "doorgeschoven",
}


def found(public_id: str) -> Any:
    """A meeting that exists for this reader; else 404."""
    row = queries_meetings.meeting(present_reader(), public_id)
    if row is None:
        abort(404)
    return row


def found_item(public_id: str) -> Any:
    """An item whose dossier exists for this reader; else 404."""
    row = queries_meetings.item(present_reader(), public_id)
    if row is None:
        abort(404)
    return row


@bp.get("/commissie/vergaderingen")
@role(*DOSSIER_ROLES)
def meetings() -> str:
    """All meetings and written rounds."""
    return render_template(
        "admission/meetings.html",
        rows=queries_meetings.meetings(present_reader()),
        may_plan=permissions.may_plan(current_user.person, current_user.organisation),
        today=clock.today(),
    )


@bp.route("/commissie/vergaderingen/nieuw", methods=["GET", "POST"])
@role(*PLANNERS)
def plan_meeting() -> Answer:
    """Plan a meeting."""
    form: Any = MeetingForm()
    if form.validate_on_submit():
        try:
            row = services_meeting.plan(
                region=current_user.organisation,
                planned_on=form.planned_on.data,
                place=form.place.data or "",
                by=current_user.person,
                today=clock.today(),
            )
            flash("De vergadering is gepland. De leden krijgen een mail.", "ok")
            return redirect(url_for("admission.meeting", public_id=row.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("admission/plan_meeting.html", form=form), form)


@bp.get("/commissie/vergaderingen/<public_id>")
@role(*DOSSIER_ROLES)
def meeting(public_id: str) -> str:
    """The agenda as this reader finds it, with who is there and the votes."""
    return meeting_page(found(public_id))


def meeting_page(row: Any, item: Any = None, form: Any = None) -> str:
    """A meeting; with a form of one item that was refused, so that nothing typed is lost."""
    reader, person, today = present_reader(), current_user.person, clock.today()
    items = queries_meetings.agenda(reader, row)
    members = queries_policy.committee(row.region_id, today)
    names = organisations.names_of({m.person_id for m in members})
    here = queries_meetings.present_people(row)
    may_plan = permissions.may_plan(person, current_user.organisation)
    waiting: list[Any] = []
    if may_plan and not row.closed_at and row.kind == "meeting":
        waiting, _ = queries.applications(reader, (State.REVIEW,), size=500)
    agenda_form = AgendaForm(formdata=None)
    agenda_form.dossiers.choices = [(a.public_id, a.enterprise.name) for a in waiting]
    attendance = queries_meetings.item_attendance(items)
    cast_votes = queries_meetings.votes(items)
    return render_template(
        "admission/meeting.html",
        row=row,
        items=items,
        labels=ITEM_LABELS,
        outcomes=rules.OUTCOME_LABELS,
        badges=rules.BADGE_LABELS,
        choices=services_vote.CHOICES,
        closed_to_me=_closed_to(reader, items),
        attendance=attendance,
        votes=cast_votes,
        may_vote={
            one.id
            for one in items
            if one.state == "voting"
            and any(a.entitled and a.person_id == person.id for a in attendance.get(one.id, ()))
            and person.id not in cast_votes.get(one.id, {})
        },
        leads=_led(person, row, items, today),
        may_plan=may_plan,
        here=here,
        names=names,
        members=members,
        seat_labels=SEAT_LABELS,
        presence=_presence_form(row, members, names, here),
        agenda_form=agenda_form,
        waiting=waiting,
        proposal=ProposalForm(formdata=None),
        typed_item=item.public_id if item is not None else "",
        typed=form,
        today=today,
        person_id=person.id,
    )


def _closed_to(reader: Any, items: list[Any]) -> set[int]:
    """The items whose dossier this reader must first declare about."""
    if not reader.has(*COMMITTEE):
        return set()
    declared = queries_interests.declared_ids(reader, [one.application for one in items])
    return {one.id for one in items if one.application_id not in declared}


def _presence_form(row: Any, members: list[Any], names: Any, here: frozenset[int]) -> Any:
    """Who is there; before the opening everybody with a full seat is expected."""
    form = PresenceForm(formdata=None)
    form.people.choices = [
        (str(m.person_id), f"{names.get(m.person_id, '')} ({SEAT_LABELS[m.seat]})") for m in members
    ]
    form.people.data = [str(p) for p in here] or (
        [] if row.opened_at else [str(m.person_id) for m in members if m.seat != "substitute"]
    )
    return form


def _led(person: Any, row: Any, items: list[Any], today: Any) -> set[int]:
    """The items that this reader leads now."""
    if row.opened_at is None:
        return set()
    led = permissions.led_items(person, row, items, today)
    states = ("waiting", "voting", "adopted", "rejected")
    return {one.id for one in items if one.state in states and one.id in led}


def back(row: Any) -> Response:
    """To the meeting."""
    return redirect(url_for("admission.meeting", public_id=row.public_id), 303)


def pressed(row: Any, verb: Callable[[], Any], sentence: str) -> Response:
    """Do what a button says and tell it, or why not; then the meeting again."""
    try:
        verb()
        flash(sentence, "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return back(row)


def typed(item: Any, form: Any, verb: Callable[[], Any], sentence: str) -> Answer:
    """Do what a form of one item asks; or the meeting with what is wrong and all that was typed."""
    if form.validate_on_submit():
        try:
            verb()
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash(sentence, "ok")
            return back(item.meeting)
    return meeting_page(item.meeting, item, form), 400


@bp.post("/commissie/vergaderingen/<public_id>/openen")
@role(*PLANNERS)
def open_meeting(public_id: str) -> Response:
    """Open, and note who is there."""
    row = found(public_id)
    people = [whole_number(p, 0) for p in request.form.getlist("people")]
    return pressed(
        row,
        lambda: services_meeting.open_meeting(
            meeting=row, present=people, by=current_user.person, today=clock.today()
        ),
        "De aanwezigheid is vastgelegd.",
    )


@bp.post("/commissie/vergaderingen/<public_id>/agenda")
@role(*PLANNERS)
def add_to_agenda(public_id: str) -> Response:
    """Put dossiers on the agenda."""
    row, reader = found(public_id), present_reader()
    chosen = [
        one
        for key in request.form.getlist("dossiers")[:500]
        if (one := queries.application(reader, key)) is not None
    ]

    def put() -> None:
        if not chosen:
            raise Refused("Kies een dossier.")
        services_meeting.put_on_agenda(meeting=row, rows=chosen, by=current_user.person)

    return pressed(row, put, "Toegevoegd aan de agenda.")


@bp.post("/commissie/vergaderingen/<public_id>/sluiten")
@role(*PLANNERS)
def close_meeting(public_id: str) -> Response:
    """Close the meeting."""
    row = found(public_id)
    return pressed(
        row,
        lambda: services_meeting.close_meeting(meeting=row, by=current_user.person),
        "De vergadering is gesloten. Wat niet is besproken, schuift door.",
    )


@bp.post("/commissie/agendapunten/<public_id>/voorstel")
@role(*DOSSIER_ROLES)
def propose(public_id: str) -> Answer:
    """Put a proposal to the vote."""
    item = found_item(public_id)
    form = ProposalForm()
    return typed(
        item,
        form,
        lambda: services_vote.propose(
            item=item,
            outcome=form.outcome.data,
            badge=form.badge.data,
            conditions=form.conditions.data or "",
            secret=bool(form.secret.data),
            by=current_user.person,
            today=clock.today(),
        ),
        "De stemming is open.",
    )


@bp.post("/commissie/agendapunten/<public_id>/stem")
@role(*COMMITTEE)
def cast(public_id: str) -> Response:
    """Vote. What was voted is not repeated on the page."""
    item = found_item(public_id)
    return pressed(
        item.meeting,
        lambda: services_vote.cast(
            item=item,
            choice=request.form.get("stem", ""),
            by=current_user.person,
            today=clock.today(),
        ),
        "Uw stem is geteld.",
    )


@bp.post("/commissie/agendapunten/<public_id>/tellen")
@role(*DOSSIER_ROLES)
def close_vote(public_id: str) -> Response:
    """Count the votes."""
    item = found_item(public_id)
    return pressed(
        item.meeting,
        lambda: services_vote.close_vote(item=item, by=current_user.person, today=clock.today()),
        "De stemmen zijn geteld. De uitslag staat bij het dossier.",
    )


@bp.post("/commissie/agendapunten/<public_id>/afbreken")
@role(*DOSSIER_ROLES)
def stop_vote(public_id: str) -> Response:
    """Stop a vote that cannot be finished."""
    item = found_item(public_id)
    return pressed(
        item.meeting,
        lambda: services_vote.stop_vote(item=item, by=current_user.person, today=clock.today()),
        "De stemming is afgebroken. Het dossier gaat terug.",
    )


@bp.post("/commissie/agendapunten/<public_id>/van-de-agenda")
@role(*PLANNERS)
def take_off(public_id: str) -> Response:
    """Take a dossier off the agenda."""
    item = found_item(public_id)
    row = item.meeting
    answer = pressed(
        row,
        lambda: services_meeting.take_off(item=item, by=current_user.person),
        "Het dossier is van de agenda.",
    )
    if queries_meetings.meeting(present_reader(), row.public_id) is None:
        return redirect(url_for("admission.meetings"), 303)
    return answer


@bp.post("/commissie/agendapunten/<public_id>/notulen")
@role(*DOSSIER_ROLES)
def minutes(public_id: str) -> Answer:
    """Keep the minutes of one dossier."""
    item = found_item(public_id)
    form = MinutesForm()
    return typed(
        item,
        form,
        lambda: services_vote.write_minutes(
            item=item, text=form.text.data or "", by=current_user.person, today=clock.today()
        ),
        "De notulen zijn bewaard.",
    )
