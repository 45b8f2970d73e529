"""Pages on which an enterprise applies, follows its application and objects."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import (
    permissions,
    queries,
    queries_decisions,
    queries_policy,
    queries_standing,
    rules,
    rules_application,
    services,
)
from impactmakelaar.admission.forms import (
    AboutForm,
    AnswerForm,
    ButtonForm,
    EvidenceForm,
    ObjectionForm,
    PlanForm,
    answers_form,
)
from impactmakelaar.admission.queries import Reader
from impactmakelaar.admission.rules import APPLICANT_LABELS, State
from impactmakelaar.admission.rules_policy import policy_of
from impactmakelaar.core import clock, documents, files
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.guards import role, signed_in
from impactmakelaar.web.headers import DOWNLOAD_POLICY

bp = Blueprint("admission", __name__)
Answer = str | Response | tuple[str, int]


def present_reader() -> Reader:
    """Who reads, as he acts now."""
    organisation = current_user.organisation
    if organisation is None:
        abort(404)
    return Reader(current_user.person.id, organisation.id, current_user.acting.roles)


def own_application(public_id: str) -> Any:
    """An application of the enterprise for which this reader acts; else 404."""
    row = queries.application(present_reader(), public_id)
    if row is None or row.enterprise_id != current_user.organisation.id:
        abort(404)
    return row


def shown(html: str, form: Any) -> Answer:
    """A page with a form: 400 when something in it is wrong."""
    return (html, 400) if form.all_errors() else html


def page_of(row: Any) -> str:
    """The applicant's page of an application, or of none yet."""
    today = clock.today()
    region_id = current_user.organisation.region_id
    policy = (
        queries_policy.policy_for(row, today) if row else queries_policy.policy(region_id, today)
    )
    decisions = queries_decisions.announced_decisions(row) if row else []
    objections = queries_decisions.objections(row) if row else []
    return render_template(
        "admission/overview.html",
        row=row,
        enterprise=current_user.organisation,
        earlier=[a for a in queries.own_applications(present_reader()) if row and a.id != row.id],
        labels=APPLICANT_LABELS,
        parts=rules_application.parts(row.document, policy) if row else [],
        percent=rules_application.percent_done(row.document, policy) if row else 0,
        policy=policy,
        ready=queries_policy.policy_version(region_id, today) is not None,
        target=queries.targets([row], today).get(row.id) if row else None,
        requests=queries.requests(row) if row else [],
        files=queries.files(row) if row else [],
        decisions=decisions,
        outcomes=rules.OUTCOME_LABELS,
        objections=objections,
        objection_until=rules.objection_until(decisions[0].announced_on, policy.objection_days)
        if decisions and decisions[0].announced_on
        else None,
        may_object=bool(row and row.state == State.ANNOUNCED and decisions),
        has_badge=row is not None
        and queries_standing.standing_of(row.enterprise, row.region, today).has_badge,
        may_withdraw=bool(row and row.state in rules.TRANSITIONS[rules.Step.WITHDRAW][0]),
        today=today,
    )


@bp.get("/toelating")
@role(Role.ENTREPRENEUR)
def own() -> str:
    """The newest application of the enterprise."""
    rows = queries.own_applications(present_reader())
    return page_of(rows[0] if rows else None)


@bp.post("/toelating")
@role(Role.ENTREPRENEUR)
def start() -> Response:
    """Start an application, or go on with the one that is open."""
    try:
        row = services.start(
            enterprise=current_user.organisation, by=current_user.person, today=clock.today()
        )
    except Refused as refusal:
        flash(refusal.sentence, "error")
        return redirect(url_for("admission.own"), 303)
    return redirect(url_for("admission.application", public_id=row.public_id), 303)


@bp.get("/toelating/<public_id>")
@role(Role.ENTREPRENEUR)
def application(public_id: str) -> str:
    """One application, as its applicant sees it."""
    return page_of(own_application(public_id))


def part_form(part: str, row: Any, policy: Any) -> Any:
    """The form of one part with what is stored."""
    data = rules_application.part_of(row.document, part)
    data["seen"] = rules_application.digest(row.document, part)
    if part == rules_application.ABOUT:
        form: Any = AboutForm(data=data)
    elif part == rules_application.CERTIFICATE:
        form = PlanForm(data=data)
        form.certificate.choices = [("", "Kies"), *((c.code, c.label) for c in policy.certificates)]
    else:
        form = AnswerForm(data=data)
    return form


@bp.route("/toelating/<public_id>/deel/<part>", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def edit_part(public_id: str, part: str) -> Answer:
    """One part of an application. A browser with scripts also saves while one types."""
    row = own_application(public_id)
    policy = queries_policy.policy_for(row, clock.today())
    known = {p.key: p for p in rules_application.parts(row.document, policy)}
    if part not in known or row.state != State.DRAFT:
        abort(404)
    form = part_form(part, row, policy)
    quietly = request.headers.get("HX-Request") == "true"
    if form.validate_on_submit():
        try:
            seen = "" if request.form.get("toch") else form.seen.data
            row = services.save(
                row=row, part=part, values=form.values(), seen=seen, by=current_user.person
            )
            if quietly:
                return render_template(
                    "admission/_saved.html",
                    row=row,
                    seen=rules_application.digest(row.document, part),
                )
            flash("Opgeslagen.", "ok")
            return redirect(next_part(row, part, policy), 303)
        except Conflict as conflict:
            form.form_errors.append(conflict.sentence)
            form.theirs = conflict.current
        except Refused as refusal:
            form.refuse(refusal)
    if quietly:
        return render_template("admission/_not_saved.html", form=form), 400
    html = render_template(
        "admission/part.html",
        row=row,
        part=known[part],
        criterion=policy.criterion(part),
        policy=policy,
        form=form,
        files=[f for f in queries.files(row) if f.part == part],
        evidence=EvidenceForm(formdata=None),
    )
    return shown(html, form)


def next_part(row: Any, part: str, policy: Any) -> str:
    """Where to go after saving: the next part, or the overview after the last."""
    keys = [p.key for p in rules_application.parts(row.document, policy)]
    place = keys.index(part) + 1
    if place == len(keys):
        return url_for("admission.application", public_id=row.public_id)
    return url_for("admission.edit_part", public_id=row.public_id, part=keys[place])


@bp.post("/toelating/<public_id>/deel/<part>/bewijs")
@role(Role.ENTREPRENEUR)
def add_file(public_id: str, part: str) -> Response:
    """Hand in a file with a part."""
    row = own_application(public_id)
    policy = queries_policy.policy_for(row, clock.today())
    if part not in [p.key for p in rules_application.parts(row.document, policy)]:
        abort(404)
    form = EvidenceForm()
    if form.validate_on_submit():
        try:
            services.add_file(
                row=row,
                part=part,
                stream=form.file.data.stream,
                name=form.file.data.filename or "bestand",
                by=current_user.person,
            )
            flash("Het bestand is toegevoegd.", "ok")
        except Refused as refusal:
            flash(refusal.sentence, "error")
    else:
        flash(" ".join(sentence for _, sentence in form.all_errors()), "error")
    if row.state == State.ASKED:
        return redirect(url_for("admission.answer", public_id=public_id), 303)
    return redirect(url_for("admission.edit_part", public_id=public_id, part=part), 303)


@bp.post("/toelating/<public_id>/bewijs/<file_id>/verwijderen")
@role(Role.ENTREPRENEUR)
def remove_file(public_id: str, file_id: str) -> Response:
    """Take a file back."""
    row = own_application(public_id)
    file = queries.file(present_reader(), file_id)
    if file is None or file.application_id != row.id:
        abort(404)
    part = file.part
    services.remove_file(row=row, file=file, by=current_user.person)
    flash("Het bestand is weggehaald.", "ok")
    return redirect(url_for("admission.edit_part", public_id=public_id, part=part), 303)


@bp.get("/toelating/bestanden/<public_id>")
@signed_in
def evidence(public_id: str) -> Response:
    """A piece of evidence: for the applicant, and for who may see the dossier."""
    reader = present_reader()
    found = queries.file(reader, public_id)
    row = queries.application_by_id(reader, found.application_id) if found else None
    if found is None or row is None:
        abort(404)
    if row.enterprise_id != reader.organisation_id and not permissions.may_see_dossier(
        current_user.person, row
    ):
        abort(404)
    path = files.path_of(found.file.sha256)
    if not path.exists():
        abort(404)
    response = FlaskResponse(path.read_bytes(), mimetype=found.file.media_type)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=found.file.name)
    return response


@bp.route("/toelating/<public_id>/indienen", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def submit(public_id: str) -> Answer:
    """Look once more, then hand in."""
    row = own_application(public_id)
    if row.state != State.DRAFT:
        return redirect(url_for("admission.application", public_id=public_id), 303)
    policy = queries_policy.policy_for(row, clock.today())
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            services.submit(row=row, by=current_user.person, today=clock.today())
            flash("Uw aanvraag is ingediend. U krijgt een bevestiging per mail.", "ok")
            return redirect(url_for("admission.application", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/submit.html",
        row=row,
        form=form,
        parts=rules_application.parts(row.document, policy),
        policy=policy,
        document=queries.document(row),
        plans=rules_application.PLANS,
        files=queries.files(row),
    )
    return shown(html, form)


@bp.route("/toelating/<public_id>/intrekken", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def withdraw(public_id: str) -> Answer:
    """Take an application back."""
    row = own_application(public_id)
    form = ButtonForm()
    if form.validate_on_submit():
        try:
            services.withdraw(row=row, by=current_user.person, today=clock.today())
            flash("Uw aanvraag is ingetrokken.", "ok")
            return redirect(url_for("admission.own"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return shown(render_template("admission/withdraw.html", row=row, form=form), form)


@bp.route("/toelating/<public_id>/vragen", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def answer(public_id: str) -> Answer:
    """Answer what the secretary asked."""
    row = own_application(public_id)
    waiting = queries.open_requests(row)
    if row.state != State.ASKED or not waiting:
        return redirect(url_for("admission.application", public_id=public_id), 303)
    policy = queries_policy.policy_for(row, clock.today())
    form: Any = answers_form([(r.public_id, r.question) for r in waiting])
    if form.validate_on_submit():
        try:
            services.answer(
                row=row,
                answers={r.public_id: form[r.public_id].data for r in waiting},
                by=current_user.person,
                today=clock.today(),
            )
            flash("Uw antwoord is verstuurd. De termijn loopt weer.", "ok")
            return redirect(url_for("admission.application", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/answer.html",
        row=row,
        form=form,
        waiting=[(r, rules_application.part_title(r.part, policy)) for r in waiting],
        files=queries.files(row),
        evidence=EvidenceForm(formdata=None),
    )
    return shown(html, form)


@bp.route("/toelating/<public_id>/bezwaar", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def objection(public_id: str) -> Answer:
    """Object to a decision."""
    row = own_application(public_id)
    decisions = queries_decisions.announced_decisions(row)
    if row.state != State.ANNOUNCED or not decisions or decisions[0].announced_on is None:
        return redirect(url_for("admission.application", public_id=public_id), 303)
    policy = queries_policy.policy_for(row, clock.today())
    until = rules.objection_until(decisions[0].announced_on, policy.objection_days)
    form = ObjectionForm()
    if form.validate_on_submit():
        try:
            services.file_objection(
                row=row, grounds=form.grounds.data, by=current_user.person, today=clock.today()
            )
            flash("Uw bezwaar is binnen. U krijgt een bevestiging per mail.", "ok")
            return redirect(url_for("admission.application", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/objection.html", row=row, form=form, until=until, late=clock.today() > until
    )
    return shown(html, form)


def letter_values(decision: Any) -> dict[str, Any]:
    """What the letter of a decision is made of."""
    policy = policy_of(decision.policy_version.document)
    day = decision.announced_on or clock.today()
    return {
        "decision": decision,
        "policy": policy,
        "day": day,
        "announced": decision.announced_on is not None,
        "outcome": rules.OUTCOME_LABELS[decision.outcome],
        "closing": {
            "refused": policy.letter_refused,
            "deferred": policy.letter_deferred,
        }.get(decision.outcome, policy.letter_admitted),
        "until": rules.objection_until(day, policy.objection_days),
        "criteria": [(c, decision.reasons.get(c.key, "")) for c in policy.criteria],
        "obtainable": [c for c in policy.certificates if c.counts_for_badge],
    }


def pdf_of(template: str, name: str, **values: Any) -> Response:
    """A page as a PDF to take along."""
    html = render_template(template, **values)
    data = documents.pdf(html, render_template("admission/print.css"))
    response = FlaskResponse(data, mimetype="application/pdf")
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.pdf")
    return response


def own_decision(row: Any, number: int) -> Any:
    """The announced decision on a round, else 404."""
    found = queries_decisions.decision(row, number)
    if found is None or found.announced_on is None:
        abort(404)
    return found


@bp.get("/toelating/<public_id>/besluit/<int:number>")
@role(Role.ENTREPRENEUR)
def letter(public_id: str, number: int) -> str:
    """The letter with the decision on a round."""
    row = own_application(public_id)
    found = own_decision(row, number)
    return render_template("admission/letter.html", row=row, **letter_values(found))


@bp.get("/toelating/<public_id>/besluit/<int:number>.pdf")
@role(Role.ENTREPRENEUR)
def letter_pdf(public_id: str, number: int) -> Response:
    """The letter as PDF."""
    row = own_application(public_id)
    values = letter_values(own_decision(row, number))
    return pdf_of("admission/letter_pdf.html", "besluit", row=row, **values)
