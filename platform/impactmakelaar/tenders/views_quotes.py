"""The buyer while a request runs and after: questions, changes, the box, points, the award."""

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.tenders import (
    queries,
    queries_quotes,
    rules,
    rules_quotes,
    services_award,
    services_opening,
    services_running,
)
from impactmakelaar.tenders.forms import (
    AwardForm,
    ButtonForm,
    ChangeForm,
    ContractForm,
    ReplyForm,
    instant,
    points_form,
)
from impactmakelaar.tenders.views_documents import download, uploads_of
from impactmakelaar.tenders.views_selection import (
    BUYERS,
    Answer,
    bp,
    own,
    words,
)
from impactmakelaar.web.guards import role


@bp.get("/opdrachten/<public_id>/vragen")
@role(*BUYERS)
def questions(public_id: str) -> str:
    """The questions, the open ones with a form to answer."""
    return questions_page(own(public_id), "", None)


def questions_page(row: Any, failed: str, form: ReplyForm | None) -> str:
    """The page; ``failed`` is the question whose answer was refused."""
    found = queries_quotes.questions(row)
    forms = {q.public_id: ReplyForm(formdata=None, data={"text": q.text}) for q in found}
    if form is not None:
        forms[failed] = form
    return render_template(
        "tenders/questions.html", **words(row), questions=found, forms=forms, refused=form
    )


@bp.post("/opdrachten/<public_id>/vragen/<string:question_id>")
@role(*BUYERS)
def answer_question(public_id: str, question_id: str) -> Answer:
    """Answer a question, to all."""
    row = own(public_id)
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            services_running.answer_question(
                row=row,
                public_id=question_id,
                text=form.text.data or "",
                answer=form.answer.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("Vraag en antwoord zijn naar iedereen gestuurd die is uitgenodigd.", "ok")
            return redirect(url_for("tenders.questions", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
        except NotFound:
            abort(404)
    if queries_quotes.question(row, question_id) is None:
        abort(404)
    return questions_page(row, question_id, form)


@bp.route("/opdrachten/<public_id>/wijzigen", methods=["GET", "POST"])
@role(*BUYERS)
def change(public_id: str) -> Answer:
    """Change a running request."""
    row = own(public_id)
    if row.stage != rules.Stage.INVITED:
        abort(404)
    form = ChangeForm()
    if form.validate_on_submit():
        try:
            services_running.change(
                row=row,
                text=form.text.data or "",
                deadline=instant(form.deadline_on.data, form.deadline_time.data),
                uploads=uploads_of(form.files),
                by=current_user.person,
                now=clock.now(),
            )
            flash("De wijziging is naar iedereen gestuurd.", "ok")
            return redirect(url_for("tenders.overview", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template("tenders/change.html", **words(row), form=form)


@bp.post("/opdrachten/<public_id>/herinneren")
@role(*BUYERS)
def remind(public_id: str) -> Response:
    """Remind all who have not declined."""
    row = own(public_id)
    try:
        services_running.remind(row=row, by=current_user.person, now=clock.now())
        flash("De herinnering is verstuurd.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("tenders.overview", public_id=public_id), 303)


@bp.route("/opdrachten/<public_id>/openen", methods=["GET", "POST"])
@role(*BUYERS)
def opening(public_id: str) -> Answer:
    """The box: what it is, and putting in a key."""
    row = own(public_id)
    if row.kind != rules.Kind.REQUEST or row.invited_at is None:
        abort(404)
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            opened = services_opening.put_in_key(row=row, by=current_user.person, now=clock.now())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            if opened:
                flash("De kluis is open.", "ok")
                return redirect(url_for("tenders.quotes", public_id=public_id), 303)
            flash("Uw sleutel zit erin. Een collega heeft tien minuten voor de tweede.", "ok")
            return redirect(url_for("tenders.opening", public_id=public_id), 303)
    return render_template(
        "tenders/opening.html",
        **words(row),
        form=form,
        minutes=queries_quotes.minutes(row),
        hands=queries_quotes.hands(row),
        people=queries.keys_needed(row),
    )


def opened(public_id: str) -> Any:
    """A request whose box is open; else 404."""
    row = own(public_id)
    if row.opened_at is None:
        abort(404)
    return row


@bp.get("/opdrachten/<public_id>/offertes")
@role(*BUYERS)
def quotes(public_id: str) -> str:
    """The opened quotes, the ranking when the points are there."""
    row = opened(public_id)
    found = queries_quotes.opened_quotes(row)
    ranked, waiting = None, ""
    try:
        ranked = services_award.ranking(row)
    except Refused as refusal:
        waiting = refusal.sentence
    own_points = [
        s.quote_id for s in queries_quotes.scores(row) if s.assessor_id == current_user.person.id
    ]
    return render_template(
        "tenders/quotes.html",
        **words(row),
        quotes=found,
        by_key={q.public_id: q for q in found},
        ranked=ranked,
        waiting=waiting,
        scored=set(own_points),
        agreed={j.quote_id for j in queries_quotes.joint_scores(row)},
        minutes=queries_quotes.minutes(row),
        award=queries_quotes.award(row),
        formulas=(rules_quotes.PRICE_FORMULA, rules_quotes.POINTS_FORMULA),
    )


@bp.route("/opdrachten/<public_id>/offertes/<string:quote_id>", methods=["GET", "POST"])
@role(*BUYERS)
def quote(public_id: str, quote_id: str) -> Answer:
    """One opened quote: read it, give points, agree on points."""
    row = opened(public_id)
    found = queries_quotes.opened_quote(row, quote_id)
    if found is None:
        abort(404)
    criteria = services_award.judged(row)
    mine = {
        s.criterion: s
        for s in queries_quotes.scores(row)
        if s.quote_id == found.id and s.assessor_id == current_user.person.id
    }
    form = points_form(criteria)(data=points_data(mine))
    if form.validate_on_submit():
        together = form["together"].data == "ja"
        verb = services_award.agree_points if together else services_award.give_points
        try:
            verb(
                row=row,
                quote_id=quote_id,
                points={c["code"]: form[f"points_{c['code']}"].data for c in criteria},
                reasons={c["code"]: form[f"reason_{c['code']}"].data or "" for c in criteria},
                by=current_user.person,
                now=clock.now(),
            )
            flash("De punten zijn samen vastgesteld." if together else "Uw punten zijn bewaard.")
            return redirect(url_for("tenders.quotes", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return quote_page(row, found, form, mine)


def points_data(given: dict[str, Any]) -> dict[str, Any]:
    """Points as the form's fields are named."""
    found: dict[str, Any] = {}
    for code, score in given.items():
        found |= {f"points_{code}": score.points, f"reason_{code}": score.reason}
    return found


def quote_page(row: Any, found: Any, form: Any, mine: dict[str, Any]) -> str:
    """The page of one quote; others' points show once one's own are complete."""
    complete = services_award.own_points_complete(row, current_user.person)
    agreed = {j.criterion: j for j in queries_quotes.joint_scores(row) if j.quote_id == found.id}
    others: dict[str, list[Any]] = {}
    if complete:
        for score in queries_quotes.scores(row):
            if score.quote_id == found.id:
                others.setdefault(score.criterion, []).append(score)
    together = points_form(services_award.judged(row))(
        formdata=None, data=points_data(agreed or mine) | {"together": "ja"}
    )
    if form["together"].data == "ja":
        together, form = (
            form,
            points_form(services_award.judged(row))(formdata=None, data=points_data(mine)),
        )
    return render_template(
        "tenders/quote.html",
        **words(row),
        quote=found,
        content=found.content,
        form=form,
        together=together,
        criteria=services_award.judged(row),
        complete=complete,
        others=others,
        agreed=agreed,
        mine=mine,
    )


@bp.get("/opdrachten/<public_id>/offertes/<string:quote_id>/bestand/<string:file_id>")
@role(*BUYERS)
def quote_file(public_id: str, quote_id: str, file_id: str) -> FlaskResponse:
    """A file of an opened quote, always as a download."""
    row = opened(public_id)
    found = queries_quotes.opened_quote(row, quote_id)
    if found is None or file_id not in {f["file"] for f in (found.content or {})["files"]}:
        abort(404)
    stored = queries_quotes.file(file_id)
    assert stored is not None
    return download(stored)


@bp.route("/opdrachten/<public_id>/gunnen", methods=["GET", "POST"])
@role(*BUYERS)
def award(public_id: str) -> Answer:
    """Decide, with the motivation that goes into everybody's letter."""
    row = opened(public_id)
    if row.stage != rules.Stage.OPENED:
        abort(404)
    form = AwardForm()
    found = {q.public_id: q for q in queries_quotes.opened_quotes(row)}
    try:
        ranked = services_award.ranking(row)
    except Refused as refusal:
        ranked = []
        if found:
            flash(refusal.sentence + " U kunt nu alleen niet gunnen.", "warning")
    form.quote.choices = [
        (r.key, f"Gunnen aan {found[r.key].invitation.name}") for r in ranked if r.place == 1
    ] + [("", "Niet gunnen")]
    if form.validate_on_submit():
        try:
            services_award.award(
                row=row,
                quote_id=form.quote.data or "",
                motivation=form.motivation.data or "",
                by=current_user.person,
                now=clock.now(),
                today=clock.today(),
            )
            flash("De beslissing is vastgelegd en de brieven gaan uit.", "ok")
            return redirect(url_for("tenders.overview", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
        except NotFound:
            abort(404)
    return render_template(
        "tenders/award.html",
        **words(row),
        form=form,
        ranked=ranked,
        by_key=found,
        standstill=queries.settings(row.organisation_id).standstill_days,
    )


@bp.route("/opdrachten/<public_id>/overeenkomst", methods=["GET", "POST"])
@role(*BUYERS)
def contract(public_id: str) -> Answer:
    """Record the contract and the spend."""
    row = own(public_id)
    decision = queries_quotes.award(row)
    if decision is None or decision.quote_id is None:
        abort(404)
    form = ContractForm(obj=decision)
    if form.validate_on_submit():
        try:
            proposed = services_award.record_contract(
                row=row,
                contract_cents=form.contract_cents.data,
                contract_on=form.contract_on.data,
                spent_cents=form.spent_cents.data,
                spent_on=form.spent_on.data,
                by=current_user.person,
            )
            flash("De overeenkomst is vastgelegd.", "ok")
            if proposed:
                flash("Zij staat ook klaar bij social return. De SROI-adviseur maakt haar af.")
            return redirect(url_for("tenders.overview", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template("tenders/contract.html", **words(row), form=form, award=decision)
