"""The invited firm: what it was asked, answering, asking, its sealed quote, its history."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.core import clock, files
from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders import (
    permissions,
    queries_documents,
    queries_invitations,
    queries_quotes,
    rules,
    rules_quotes,
    services_award,
    services_quotes,
    services_running,
)
from impactmakelaar.tenders.forms import AnswerForm, QuestionForm, quote_form
from impactmakelaar.tenders.views import where_and_when
from impactmakelaar.tenders.views_documents import SUPPLIERS
from impactmakelaar.tenders.views_quotes import BUYERS, Answer, bp
from impactmakelaar.web.guards import public, role

MENU = {"tenders.index": BUYERS, "tenders.invitations": SUPPLIERS}
"""The pages of this feature in the main menu, and for whom."""
ANSWER_LABELS = {
    "accepted": "Wij doen mee",
    "declined": "Wij doen niet mee",
    "interested": "Wij hebben belangstelling",
    "not_now": "Nu niet",
}
OUTCOMES = {
    "won": "gegund aan u",
    "lost": "gegund aan een ander",
    "nobody": "niet gegund",
    "waiting": "offerte ingediend",
    "no_quote": "",
}


@bp.get("/uitnodigingen")
@role(*SUPPLIERS)
def invitations() -> str:
    """What the enterprise was asked, and its own history."""
    enterprise = current_user.organisation
    found = queries_invitations.invitations_of(enterprise)
    now = clock.now()
    running = [
        i
        for i in found
        if i.tender.stage == "invited" and not rules.is_closed(i.tender.deadline_at, now)
    ]
    past = [i for i in found if i not in running]
    return render_template(
        "tenders/invitations.html",
        running=running,
        past=queries_quotes.history(past),
        turns=queries_invitations.turn_of(enterprise),
        labels=ANSWER_LABELS,
        outcomes=OUTCOMES,
    )


def invited(public_id: str) -> Any:
    """An invitation of an enterprise that this reader acts for; else 404."""
    found = queries_invitations.invitation(public_id)
    if found is None or not permissions.may_answer(current_user.person, found):
        abort(404)
    return found


def choices(kind: str) -> list[tuple[str, str]]:
    """The answers to this kind of request."""
    return [(a, ANSWER_LABELS[a]) for a in services_running.ANSWERS[rules.Kind(kind)]]


def invitation_words(found: Any) -> dict[str, Any]:
    """What the firm sees of a request: nothing about other firms, not even how many."""
    row = found.tender
    return {
        "found": found,
        "row": row,
        **where_and_when(rules.complete(row.document)),
        "document": rules.complete(row.document),
        "rules": rules,
        "closed": rules.is_closed(row.deadline_at, clock.now()) or row.stage != "invited",
        "questions": queries_quotes.answered(row),
        "own_questions": [q for q in queries_quotes.asked_by(found) if q.answered_at is None],
        "changes": queries_quotes.changes(row),
        "documents": queries_documents.documents(row),
        "labels": ANSWER_LABELS,
        "price_formula": rules_quotes.PRICE_FORMULA,
        "points_formula": rules_quotes.POINTS_FORMULA,
    }


@bp.get("/uitnodigingen/<public_id>")
@role(*SUPPLIERS)
def invitation(public_id: str) -> str:
    """One request as the invited firm sees it."""
    return invitation_page(invited(public_id))


def invitation_page(
    found: Any, answer: AnswerForm | None = None, question: QuestionForm | None = None
) -> str:
    """The page with its forms; one of them may have been refused."""
    form = answer or AnswerForm(
        formdata=None, data={"answer": found.answer, "reason": found.answer_reason}
    )
    form.answer.choices = choices(found.tender.kind)
    return render_template(
        "tenders/invitation.html",
        **invitation_words(found),
        form=form,
        question_form=question or QuestionForm(formdata=None),
        receipts=queries_quotes.receipts(found),
        draft=queries_quotes.draft(found),
        result=services_award.result_of(found),
    )


@bp.post("/uitnodigingen/<public_id>/antwoord")
@role(*SUPPLIERS)
def answer(public_id: str) -> Answer:
    """Say yes or no."""
    found = invited(public_id)
    form = AnswerForm()
    form.answer.choices = choices(found.tender.kind)
    if form.validate_on_submit():
        try:
            services_running.answer(
                invitation=found,
                answer=form.answer.data or "",
                reason=form.reason.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("Bedankt, uw antwoord is doorgegeven.", "ok")
            return redirect(url_for("tenders.invitation", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return invitation_page(found, answer=form)


@bp.post("/uitnodigingen/<public_id>/vraag")
@role(*SUPPLIERS)
def ask(public_id: str) -> Answer:
    """Ask something."""
    found = invited(public_id)
    form = QuestionForm()
    if form.validate_on_submit():
        try:
            services_running.ask(
                invitation=found,
                text=form.text.data or "",
                by=current_user.person,
                now=clock.now(),
            )
            flash("Uw vraag is gesteld. Het antwoord gaat naar iedereen, zonder uw naam.", "ok")
            return redirect(url_for("tenders.invitation", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return invitation_page(found, question=form)


@bp.route("/uitnodigingen/<public_id>/offerte", methods=["GET", "POST"])
@role(*SUPPLIERS)
def make_quote(public_id: str) -> Answer:
    """Write a quote, save it as a draft or hand it in."""
    found = invited(public_id)
    if found.tender.kind != rules.Kind.REQUEST:
        abort(404)
    criteria = rules.complete(found.tender.document)["award"]
    shape = quote_form(criteria)
    if request.method == "POST":
        form = shape()
        # The whole request has been read by now: this is the instant at which it was in.
        received_at = clock.now()
        if form.validate():
            try:
                return _take(found, form, criteria, received_at)
            except Refused as refusal:
                form.refuse(refusal)
    else:
        kept = services_quotes.own_draft(invitation=found, by=current_user.person)
        answers = {f"answer_{code}": text for code, text in kept["answers"].items()}
        texts = {"price": kept["price"], "price_note": kept["price_note"]}
        form = shape(formdata=None, data=texts | answers | {"submission": new_token()[:40]})
    return render_template(
        "tenders/make_quote.html",
        **invitation_words(found),
        form=form,
        criteria=criteria,
        kept_files=[
            f["name"]
            for f in services_quotes.own_draft(invitation=found, by=current_user.person)["files"]
        ],
        current=queries_quotes.current_quote(found),
    )


def _take(found: Any, form: Any, criteria: list[dict[str, Any]], received_at: Any) -> Response:
    """Hand in, or keep as a draft; files that came earlier with the draft stay."""
    kept = services_quotes.own_draft(invitation=found, by=current_user.person)
    uploads = [
        services_quotes.file_value(files.accept_evidence(one.stream), one.filename or "bestand")
        for one in form.files.data or []
        if one and one.filename
    ]
    quote = {
        "price": form.price.data,
        "price_note": form.price_note.data or "",
        "answers": {
            c["code"]: form[f"answer_{c['code']}"].data or ""
            for c in criteria
            if c["kind"] != "price"
        },
        "files": uploads or kept["files"],
    }
    if request.form.get("doen") == "bewaren":
        services_quotes.save_draft(
            invitation=found, quote=quote, by=current_user.person, now=received_at
        )
        flash("Uw concept is bewaard, verzegeld. Alleen uw eigen mensen kunnen erbij.", "ok")
        return redirect(url_for("tenders.make_quote", public_id=found.public_id), 303)
    services_quotes.submit(
        invitation=found,
        quote=quote,
        submission=(form.submission.data or new_token())[:40],
        by=current_user.person,
        received_at=received_at,
    )
    flash("Uw offerte ligt in de kluis. U krijgt een ontvangstbewijs per mail.", "ok")
    return redirect(url_for("tenders.invitation", public_id=found.public_id), 303)


@bp.post("/uitnodigingen/<public_id>/offerte/intrekken")
@role(*SUPPLIERS)
def withdraw_quote(public_id: str) -> Response:
    """Take the quote back."""
    found = invited(public_id)
    try:
        services_quotes.withdraw_quote(invitation=found, by=current_user.person, now=clock.now())
        flash("Uw offerte is ingetrokken. Tot de sluiting kunt u een nieuwe indienen.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("tenders.invitation", public_id=public_id), 303)


@bp.route("/aanvraag/<token>", methods=["GET", "POST"])
@public
def answer_link(token: str) -> Answer:
    """Behind the mailed link: what is asked, and answering with a button."""
    found = queries_invitations.invitation_by_token(token_hash(token))
    if found is None:
        abort(404)
    form = AnswerForm()
    form.answer.choices = choices(found.tender.kind)
    if form.validate_on_submit():
        try:
            services_running.answer(
                invitation=found,
                answer=form.answer.data or "",
                reason=form.reason.data or "",
                by=None,
                now=clock.now(),
            )
            flash("Bedankt, uw antwoord is doorgegeven.", "ok")
            return redirect(url_for("tenders.answer_link", token=token), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template(
        "tenders/answer_link.html", **invitation_words(found), form=form, token=token
    )
