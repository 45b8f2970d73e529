"""Pages of a decision: prepare, look at the letter, announce, the decision file, objections."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import (
    permissions,
    queries,
    queries_decisions,
    queries_meetings,
    queries_policy,
    queries_reviews,
    rules,
    rules_application,
    services_decision,
)
from impactmakelaar.admission.forms import (
    AnnounceForm,
    ObjectionDecisionForm,
    ReasonForm,
    decision_form,
)
from impactmakelaar.admission.rules import COMMITTEE, DOSSIER_ROLES
from impactmakelaar.admission.views import Answer, bp, letter_values, pdf_of, shown
from impactmakelaar.admission.views_committee import opened, to_dossier
from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.guards import role


@bp.route("/commissie/dossiers/<public_id>/besluit", methods=["GET", "POST"])
@role(*COMMITTEE)
def prepare_decision(public_id: str) -> Answer:
    """Write the decision down, or revise it."""
    row = opened(public_id)
    today = clock.today()
    item = queries_meetings.live_item(row)
    if not permissions.may_decide(current_user.person, row, today) or item is None:
        abort(404)
    policy = queries_policy.policy_for(row, today)
    known = queries_decisions.decision(row)
    data: dict[str, Any] = {"seen": services_decision.digest(known)}
    if known is not None:
        data |= {f"reason_{key}": text for key, text in known.reasons.items()}
        data |= {"summary": known.summary, "warning_answer": known.warning_accepted}
    form: Any = decision_form(policy, data)
    theirs = None
    if form.validate_on_submit():
        try:
            services_decision.prepare(
                row=row,
                reasons={c.key: form[f"reason_{c.key}"].data or "" for c in policy.criteria},
                summary=form.summary.data or "",
                warning_answer=form.warning_answer.data or "",
                by=current_user.person,
                today=today,
                seen=form.seen.data or "",
            )
            return redirect(url_for("admission.preview", public_id=public_id), 303)
        except Refused as refusal:
            name = f"reason_{refusal.field}"
            form.refuse(Refused(refusal.sentence, name if name in form else refusal.field))
            now = queries_decisions.decision(row)
            if services_decision.digest(now) != (form.seen.data or ""):
                theirs, form.seen.data = now, services_decision.digest(now)
    html = render_template(
        "admission/decision.html",
        row=row,
        item=item,
        form=form,
        policy=policy,
        reviews=queries_reviews.submitted_reviews(row),
        averages=averages(row, policy),
        theirs=theirs,
        caution=services_decision.warning(row, item.outcome or "", item.badge, today),
        outcomes=rules.OUTCOME_LABELS,
        badges=rules.BADGE_LABELS,
    )
    return shown(html, form)


def averages(row: Any, policy: Any) -> dict[str, str]:
    """Criterion key -> the mean score as Dutch text, of those who gave one."""
    found = {}
    reviews = queries_reviews.submitted_reviews(row)
    for one in policy.criteria:
        scores = [
            r.scores[one.key]["score"]
            for r in reviews
            if one.key in r.scores and r.scores[one.key]["score"] is not None
        ]
        if scores:
            found[one.key] = f"{sum(scores) / len(scores):.1f}".replace(".", ",")
    return found


def prepared(public_id: str) -> tuple[Any, Any]:
    """(application, its present decision) for who may decide; else 404."""
    row = opened(public_id)
    found = queries_decisions.decision(row)
    if found is None or not permissions.may_decide(current_user.person, row, clock.today()):
        abort(404)
    return row, found


@bp.get("/commissie/dossiers/<public_id>/brief")
@role(*COMMITTEE)
def preview(public_id: str) -> str:
    """The letter as the applicant will read it, with the button that makes it known."""
    row, found = prepared(public_id)
    return render_template(
        "admission/preview.html",
        row=row,
        announce_form=AnnounceForm(formdata=None, seen=services_decision.digest(found)),
        reason=ReasonForm(formdata=None),
        **letter_values(found),
    )


@bp.get("/commissie/dossiers/<public_id>/brief.pdf")
@role(*COMMITTEE)
def preview_pdf(public_id: str) -> Response:
    """The letter as PDF."""
    row, found = prepared(public_id)
    return pdf_of("admission/letter_pdf.html", "besluit", row=row, **letter_values(found))


@bp.post("/commissie/dossiers/<public_id>/bekendmaken")
@role(*COMMITTEE)
def announce(public_id: str) -> Response:
    """Make the decision known."""
    row = opened(public_id)
    form = AnnounceForm()
    if form.validate_on_submit():
        try:
            services_decision.announce(
                row=row,
                by=current_user.person,
                today=clock.today(),
                seen=form.seen.data or "",
            )
            flash("Het besluit is bekendgemaakt. De aanvrager krijgt een mail.", "ok")
        except Refused as refusal:
            flash(refusal.sentence, "error")
            if queries_decisions.decision(row) is not None:
                return redirect(url_for("admission.preview", public_id=public_id), 303)
    return to_dossier(public_id)


@bp.post("/commissie/dossiers/<public_id>/besluit-laten-vervallen")
@role(*COMMITTEE)
def drop_decision(public_id: str) -> Response:
    """Undo a decision that is not known yet."""
    row = opened(public_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(" ".join(sentence for _, sentence in form.all_errors()), "error")
        return redirect(url_for("admission.preview", public_id=public_id), 303)
    try:
        services_decision.drop(
            row=row, reason=form.reason.data, by=current_user.person, today=clock.today()
        )
        flash("Het voorbereide besluit is vervallen.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_dossier(public_id)


def file_values(row: Any) -> dict[str, Any]:
    """What the decision file is made of. Names of reviewers only where the region shows them."""
    policy = queries_policy.policy_for(row, clock.today())
    reviews = queries_reviews.submitted_reviews(row)
    items = queries_meetings.items_of(row)
    attendance = queries_meetings.item_attendance(items)
    return {
        "row": row,
        "policy": policy,
        "document": queries.document(row),
        "plans": rules_application.PLANS,
        "files": queries.files(row),
        "requests": queries.requests(row),
        "part_title": lambda key: rules_application.part_title(key, policy),
        "averages": averages(row, policy),
        "reasons": _reasons(reviews, policy),
        "count": len(reviews),
        "names": [] if policy.anonymous_reviewers else [r.person.name for r in reviews],
        "items": items,
        "left": {one.id: sum(a.recused for a in attendance.get(one.id, ())) for one in items},
        "decisions": queries_decisions.decisions(row),
        "objections": queries_decisions.objections(row),
        "outcomes": rules.OUTCOME_LABELS,
        "badges": rules.BADGE_LABELS,
        "objection_outcomes": OBJECTION_LABELS,
        "made_on": clock.today(),
    }


OBJECTION_LABELS = {
    "upheld": "gegrond",
    "rejected": "ongegrond",
    "too_late": "te laat",
    "withdrawn": "ingetrokken",
}


def _reasons(reviews: list[Any], policy: Any) -> dict[str, list[tuple[int | None, str]]]:
    """Criterion key -> (score, reason) of each review, in an order that betrays nobody."""
    return {
        one.key: sorted(
            (
                (r.scores[one.key]["score"], r.scores[one.key]["reason"])
                for r in reviews
                if one.key in r.scores
            ),
            key=lambda pair: (pair[0] is None, pair[0] or 0, pair[1]),
        )
        for one in policy.criteria
    }


def file_of(public_id: str) -> Any:
    """The application, when this reader may see its whole file; else 404."""
    row = opened(public_id)
    person = current_user.person
    done = bool(queries_decisions.decisions(row)) and permissions.has_role(
        person, row, Role.REGION_ADMIN
    )
    if not done and not permissions.may_see_reviews(person, row):
        abort(404)
    return row


@bp.get("/commissie/dossiers/<public_id>/dossierstuk")
@role(*DOSSIER_ROLES)
def decision_file(public_id: str) -> str:
    """All that led to the decision, to read and print."""
    return render_template("admission/file.html", **file_values(file_of(public_id)))


@bp.get("/commissie/dossiers/<public_id>/dossierstuk.pdf")
@role(*DOSSIER_ROLES)
def decision_file_pdf(public_id: str) -> Response:
    """The decision file as PDF."""
    return pdf_of("admission/file_pdf.html", "dossierstuk", **file_values(file_of(public_id)))


@bp.route("/commissie/dossiers/<public_id>/bezwaar", methods=["GET", "POST"])
@role(Role.REGION_ADMIN, *COMMITTEE)
def decide_objection(public_id: str) -> Answer:
    """Decide on an objection to a decision in which one had no part."""
    row = opened(public_id)
    open_one = queries_decisions.open_objection(row)
    if open_one is None or not permissions.may_decide_objection(current_user.person, row, open_one):
        abort(404)
    form = ObjectionDecisionForm()
    if form.validate_on_submit():
        try:
            services_decision.decide_objection(
                row=row,
                objection=open_one,
                outcome=form.outcome.data,
                reasons=form.reasons.data,
                by=current_user.person,
                today=clock.today(),
            )
            flash("Er is beslist. De aanvrager krijgt een mail.", "ok")
            return to_dossier(public_id)
        except Refused as refusal:
            form.refuse(refusal)
    values = letter_values(open_one.decision)
    html = render_template(
        "admission/decide_objection.html",
        row=row,
        objection=open_one,
        form=form,
        late=open_one.filed_on > values["until"],
        **values,
    )
    return shown(html, form)
