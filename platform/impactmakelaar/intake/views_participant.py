"""Pages of who was invited: answer, offers, own programme, calendar, outcome of a meeting."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.db import new_public_id
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.intake import (
    permissions,
    queries,
    queries_sheet,
    rules,
    rules_proposal,
    services,
    services_outcome,
    services_publish,
)
from impactmakelaar.intake.forms import AnswerForm, DealForm, OfferForm, OutcomeForm
from impactmakelaar.intake.rules_offers import LOT, describe
from impactmakelaar.intake.rules_table import Coming, Result, Side, State
from impactmakelaar.intake.views import EVERYBODY, Answer, bp, labels, shown, times
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.web.guards import role


def own_participant(public_id: str) -> Any:
    """A participant that this person may see; else 404."""
    one = queries.participant(public_id)
    if one is None or not permissions.may_see(current_user.person, one):
        abort(404)
    return one


def prospects(one: Any) -> list[dict[str, Any]]:
    """Whom this participant could talk with: name, sum of the smallest order, score; best first."""
    row = one.table
    sheet = queries_sheet.with_everybody(queries_sheet.sheet_of(row))
    offers = {o.public_id: o for o in queries.offers(row)}
    needs = {n.public_id: n for n in queries.needs(row)}
    found = []
    for other in queries.participants(row):
        if other.side == one.side or other.state in (Coming.DECLINED, Coming.ABSENT):
            continue
        contractor = one.side == Side.CONTRACTOR
        pairing = (
            (one.public_id, other.public_id) if contractor else (other.public_id, one.public_id)
        )
        keys = [k for k in sheet.between(pairing) if not sheet.cells[k].failed]
        if not keys:
            continue
        best = max(keys, key=lambda k: (sheet.cells[k].fit.total, k))
        offer, cell = offers[best[1]], sheet.cells[best]
        most = rules.most_units(sheet.needs[best[0]], sheet.supplies[best[1]], cell.unit)
        found.append(
            {
                "id": other.public_id,
                "name": other.organisation.name,
                "what": offer.title if contractor else needs[best[0]].contract.title,
                "least": describe(offer.effort, offer.amount, offer.minimum),
                "least_cents": cell.unit * offer.minimum,
                "most_cents": cell.unit * most,
                "steps": cell.steps,
                "score": rules_proposal.score(sheet, pairing) or 0,
            }
        )
    return sorted(found, key=lambda p: (-p["score"], p["name"]))


@bp.route("/intaketafel/deelname/<public_id>", methods=["GET", "POST"])
@role(*EVERYBODY)
def participation(public_id: str) -> Answer:
    """Answer the invitation, see whom to expect and one's own programme."""
    one = own_participant(public_id)
    row, when = one.table, times(one.table)
    people = prospects(one)
    form = AnswerForm(
        data=None
        if request.method == "POST"
        else {
            "comes": {"confirmed": "yes", "declined": "no"}.get(one.state),
            "away": [str(n) for n in one.away],
            "wishes": one.wishes,
            "blocks": one.blocks,
            "most_euros": one.most_euros,
            "note": one.note,
        }
    )
    form.away.choices = [(str(n), f"Ronde {n + 1} ({when.text(n)})") for n in range(row.rounds)]
    known = dict.fromkeys([p["id"] for p in people] + [*one.wishes, *one.blocks])
    names = {p.public_id: p.organisation.name for p in queries.participants(row)}
    for field in (form.wishes, form.blocks):
        field.choices = [(n, names[n]) for n in known if n in names]
    if form.validate_on_submit():
        try:
            services.answer(
                one=one,
                comes=form.comes.data == "yes",
                by=current_user.person,
                away=[int(n) for n in form.away.data or ()],
                wishes=form.wishes.data or (),
                blocks=form.blocks.data or (),
                note=form.note.data or "",
                most_euros=form.most_euros.data if one.side == Side.ENTERPRISE else None,
            )
            flash("Uw antwoord is bewaard.", "ok")
            return redirect(url_for("intake.participation", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    meetings = queries.meetings_of(one) if row.state != State.DRAFT else []
    html = render_template(
        "intake/participation.html",
        one=one,
        row=row,
        form=form,
        people=people,
        offers=queries.offers_of(one),
        needs=queries.needs_of(one),
        describe=describe,
        meetings=meetings,
        outcomes=queries.outcomes([m.id for m in meetings]),
        times=when,
        may_answer=permissions.may_answer(current_user.person, one),
        **labels(),
    )
    return shown(html, form)


def own_offer(public_id: str) -> Any:
    """An offer of a participant that this person may see; else 404."""
    found = queries.offer(public_id)
    if found is None or not permissions.may_see(current_user.person, found.participant):
        abort(404)
    return found


@bp.route("/intaketafel/deelname/<public_id>/aanbod", methods=["GET", "POST"])
@role(*EVERYBODY)
def add_offer(public_id: str) -> Answer:
    """Offer something more at this table."""
    one = own_participant(public_id)
    if one.side != Side.ENTERPRISE:
        abort(404)
    return offer_page(one, None)


@bp.route("/intaketafel/aanbod/<public_id>", methods=["GET", "POST"])
@role(*EVERYBODY)
def change_offer(public_id: str) -> Answer:
    """Correct an offer."""
    found = own_offer(public_id)
    return offer_page(found.participant, found)


def offer_page(one: Any, offer: Any) -> Answer:
    """The form of an offer."""
    day = one.table.held_on
    data = None
    if request.method == "GET":
        data = {
            "title": offer.title if offer else "",
            "effort": offer.effort if offer else "purchase",
            "units": offer.units if offer else 5,
            "minimum": offer.minimum if offer else 1,
            "starts_on": offer.starts_on if offer else day,
            "ends_on": offer.ends_on if offer else day + timedelta(days=365),
            "municipalities": offer.municipalities if offer else [],
            "country": offer.municipalities == ["*"] if offer else False,
        }
    form = OfferForm(data=data)
    towns = [m.municipality_code for m in organisations.region_municipalities(one.table.region)]
    towns = list(dict.fromkeys([*towns, *(c for c in (offer.municipalities if offer else ()))]))
    form.municipalities.choices = [
        (code, reference().municipality_name(code)) for code in towns if code != "*"
    ]
    if form.validate_on_submit():
        values = {
            name: getattr(form, name).data
            for name in ("title", "effort", "units", "minimum", "starts_on", "ends_on")
        }
        values["municipalities"] = ["*"] if form.country.data else form.municipalities.data or []
        try:
            if not values["municipalities"]:
                raise Refused("Kies ten minste één gemeente.", "municipalities")
            services.set_offer(one=one, by=current_user.person, values=values, offer=offer)
            flash("Uw aanbod is bewaard.", "ok")
            return redirect(url_for("intake.participation", public_id=one.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("intake/offer.html", form=form, one=one, offer=offer, lot=LOT)
    return shown(html, form)


@bp.post("/intaketafel/aanbod/<public_id>/intrekken")
@role(*EVERYBODY)
def withdraw_offer(public_id: str) -> Response:
    """Take an offer back."""
    found = own_offer(public_id)
    one = found.participant
    services.withdraw_offer(offer=found, by=current_user.person)
    flash("Dit aanbod doet niet meer mee.", "ok")
    return redirect(url_for("intake.participation", public_id=one.public_id), 303)


@bp.get("/intaketafel/deelname/<public_id>/agenda.ics")
@role(*EVERYBODY)
def calendar(public_id: str) -> Response:
    """The programme for a calendar program."""
    one = own_participant(public_id)
    if one.table.state == State.DRAFT:
        abort(404)
    text = services_publish.calendar_of(one, cancelled=one.table.state == State.CANCELLED)
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="intaketafel.ics"'
    return answer


def own_meeting(public_id: str) -> Any:
    """A meeting of which this person may say what came of it; else 404."""
    found = queries.meeting(public_id)
    if found is None or not permissions.may_record(current_user.person, found):
        abort(404)
    return found


def deal_choices(meeting: Any) -> list[tuple[str, str]]:
    """("need:offer", sentence with the sum) of what may be agreed, the best fit first."""
    sheet = queries_sheet.sheet_of(meeting.table)
    pairing = (meeting.contractor.public_id, meeting.enterprise.public_id)
    offers = {o.public_id: o for o in queries.offers_of(meeting.enterprise)}
    needs = {n.public_id: n for n in queries.needs_of(meeting.contractor)}

    def sentence(need: str, offer: str) -> str:
        what = f"{needs[need].contract.title} ← {offers[offer].title}"
        one = describe(offers[offer].effort, offers[offer].amount, 1)
        return f"{what}: {one} telt voor {euros(sheet.cells[need, offer].unit)}"

    keys = [k for k in sheet.between(pairing) if sheet.cells[k].unit > 0]
    keys.sort(key=lambda k: (len(sheet.cells[k].failed), -sheet.cells[k].fit.total, k))
    return [(f"{need}:{offer}", sentence(need, offer)) for need, offer in keys]


@bp.route("/intaketafel/gesprekken/<public_id>", methods=["GET", "POST"])
@role(*EVERYBODY)
def outcome(public_id: str) -> Answer:
    """What came of a meeting, a deal apart."""
    meeting = own_meeting(public_id)
    form = OutcomeForm()
    if form.validate_on_submit():
        try:
            services_outcome.record_outcome(
                meeting=meeting,
                kind=Result(form.kind.data),
                by=current_user.person,
                today=clock.today(),
                reason=form.reason.data or "",
                follow_up_on=form.follow_up_on.data,
            )
            flash("De uitkomst is bewaard.", "ok")
            return redirect(url_for("intake.outcome", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return outcome_page(meeting, form=form)


def outcome_page(meeting: Any, *, form: Any = None, deal: Any = None) -> Answer:
    """The page of a meeting with both forms."""
    today = clock.today()
    given = deal or form
    form = form or OutcomeForm(formdata=None)
    deal = deal or DealForm(
        formdata=None,
        units=1,
        starts_on=today,
        ends_on=today + timedelta(days=180),
        once=new_public_id(),
    )
    deal.pair.choices = deal_choices(meeting)
    html = render_template(
        "intake/outcome.html",
        meeting=meeting,
        row=meeting.table,
        form=form,
        deal=deal,
        found=queries.outcomes([meeting.id]).get(meeting.id, []),
        describe=services_outcome.describe_agreement,
        may_book=permissions.may_book(current_user.person, meeting),
        times=times(meeting.table),
        home=home_of(meeting),
        **labels(),
    )
    return shown(html, given)


def home_of(meeting: Any) -> str:
    """Where this reader came from: the day's screen, or his own page."""
    person = current_user.person
    for one in (meeting.contractor, meeting.enterprise):
        if permissions.speaks_for(person, one):
            return url_for("intake.participation", public_id=one.public_id)
    return url_for("intake.day", public_id=meeting.table.public_id)


@bp.post("/intaketafel/gesprekken/<public_id>/afspraak")
@role(*EVERYBODY)
def deal(public_id: str) -> Answer:
    """Book a deal on the ledger."""
    meeting = own_meeting(public_id)
    if not permissions.may_book(current_user.person, meeting):
        abort(404)
    form = DealForm()
    if form.validate_on_submit():
        need_id, _, offer_id = (form.pair.data or "").partition(":")
        need = {n.public_id: n for n in queries.needs_of(meeting.contractor)}.get(need_id)
        offer = {o.public_id: o for o in queries.offers_of(meeting.enterprise)}.get(offer_id)
        try:
            if need is None or offer is None:
                raise Refused("Kies waarover de afspraak gaat.", "pair")
            services_outcome.book_deal(
                meeting=meeting,
                need=need,
                offer=offer,
                units=form.units.data or 0,
                starts_on=form.starts_on.data or clock.today(),
                ends_on=form.ends_on.data or clock.today(),
                by=current_user.person,
                today=clock.today(),
                once=(form.once.data or "")[:20],
                note=form.note.data or "",
            )
            flash("De afspraak staat op de rekening van de verplichting.", "ok")
            return redirect(url_for("intake.outcome", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return outcome_page(meeting, deal=form)
