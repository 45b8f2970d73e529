"""Pages of the committee and its secretary: desk, dossiers, interests, reviews, questions."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import (
    permissions,
    queries,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_policy,
    queries_reviews,
    queries_work,
    rules,
    rules_application,
    services_committee,
)
from impactmakelaar.admission.forms import (
    ButtonForm,
    InterestForm,
    OtherInterestForm,
    PeopleForm,
    RemarkForm,
    questions_form,
    review_form,
    score_fields,
    scores_of,
)
from impactmakelaar.admission.rules import COMMITTEE, DOSSIER_ROLES, STATE_LABELS, State
from impactmakelaar.admission.rules_conflict import INTEREST_LABELS, Interest
from impactmakelaar.admission.views import Answer, bp, present_reader, shown
from impactmakelaar.core import audit, clock, trail
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import Role
from impactmakelaar.web.guards import role

SECRETARIAT = (Role.SECRETARY, Role.REGION_ADMIN)
WORK_LABELS = {
    "declare": "belang aangeven",
    "review": "beoordelen",
    "vote": "stemmen",
    "check": "controleren",
    "assign": "beoordelaars kiezen",
    "schedule": "op de agenda zetten",
    "prepare": "besluit opstellen",
    "announce": "bekendmaken",
    "objection": "bezwaar behandelen",
}
WORK_PAGES = {
    "declare": "admission.dossier",
    "review": "admission.review",
    "vote": "admission.dossier",
    "check": "admission.dossier",
    "assign": "admission.dossier",
    "schedule": "admission.dossier",
    "prepare": "admission.prepare_decision",
    "announce": "admission.preview",
    "objection": "admission.decide_objection",
}
"""Kind of work -> the words for it, and the page where it is done."""


def found(public_id: str) -> Any:
    """An application in the region that exists for this reader; else 404."""
    row = queries.application(present_reader(), public_id)
    if row is None or row.region_id != current_user.organisation.id:
        abort(404)
    return row


def opened(public_id: str) -> Any:
    """As ``found``, once the reader may open the dossier (else 404)."""
    row = found(public_id)
    if not permissions.may_see_dossier(current_user.person, row):
        abort(404)
    return row


def to_dossier(public_id: str) -> Response:
    """Back to the dossier after a button."""
    return redirect(url_for("admission.dossier", public_id=public_id), 303)


@bp.get("/commissie")
@role(*DOSSIER_ROLES)
def desk() -> str:
    """What waits for this reader, and where everything stands."""
    reader, today = present_reader(), clock.today()
    return render_template(
        "admission/desk.html",
        work=queries_work.to_do(reader, today),
        work_labels=WORK_LABELS,
        work_pages=WORK_PAGES,
        counts=queries.counts_by_state(reader),
        labels=STATE_LABELS,
        meetings=[m for m in queries_meetings.meetings(reader) if not m[0].closed_at][:5],
        today=today,
        may_plan=permissions.may_plan(current_user.person, current_user.organisation),
        is_admin=reader.has(Role.REGION_ADMIN),
    )


@bp.get("/commissie/dossiers")
@role(*DOSSIER_ROLES)
def dossiers() -> str:
    """The applications of the region."""
    reader, today = present_reader(), clock.today()
    state = request.args.get("stand", "")
    state = state if state in list(State) and state != State.DRAFT else ""
    page = min(max(request.args.get("pagina", 1, type=int) or 1, 1), 10_000)
    rows, total = queries.applications(reader, (state,) if state else (), page)
    return render_template(
        "admission/dossiers.html",
        rows=rows,
        total=total,
        page=page,
        pages=max(1, -(-total // queries.PAGE_SIZE)),
        state=state,
        labels=STATE_LABELS,
        targets=queries.targets(rows, today),
        today=today,
        may_check=reader.has(*SECRETARIAT),
        may_plan=permissions.may_plan(current_user.person, current_user.organisation),
        url=lambda n: url_for("admission.dossiers", stand=state, pagina=n),
    )


@bp.get("/commissie/dossiers/<public_id>")
@role(*DOSSIER_ROLES)
def dossier(public_id: str) -> str:
    """One dossier; a member who has not declared sees that question and no more."""
    row = found(public_id)
    person, today = current_user.person, clock.today()
    if not permissions.may_see_dossier(person, row):
        return _interest_page(row, InterestForm(formdata=None))
    return _dossier_page(row, PeopleForm(formdata=None), RemarkForm(formdata=None), today)


def _dossier_page(row: Any, people_form: Any, remark_form: Any, today: Any) -> str:
    person, reader = current_user.person, present_reader()
    policy = queries_policy.policy_for(row, today)
    may_check = permissions.may_check(person, row)
    sees = permissions.may_see_reviews(person, row)
    decisions = queries_decisions.decisions(row)
    assigned = queries_reviews.assignments(row)
    lines = audit.about(row, limit=60) if may_check else []
    members = _members(row, today)
    people_form.people.choices = [(str(p.id), p.name) for p in members]
    if not people_form.is_submitted():
        people_form.people.data = [str(one.person_id) for one, _, _ in assigned]
    return render_template(
        "admission/dossier.html",
        row=row,
        document=queries.document(row),
        policy=policy,
        parts=rules_application.parts(row.document, policy),
        plans=rules_application.PLANS,
        labels=STATE_LABELS,
        outcomes=rules.OUTCOME_LABELS,
        badges=rules.BADGE_LABELS,
        files=queries.files(row),
        requests=queries.requests(row),
        part_title=lambda key: rules_application.part_title(key, policy),
        target=queries.targets([row], today).get(row.id),
        today=today,
        assigned=assigned,
        mine=next((done for one, _, done in assigned if one.person_id == person.id), None),
        may_review=permissions.may_review(person, row),
        sees_reviews=sees,
        reviews=queries_reviews.submitted_reviews(row) if sees else [],
        show_names=not policy.anonymous_reviewers or reader.has(*COMMITTEE, Role.SECRETARY),
        remarks=queries_reviews.remarks(row) if sees else [],
        may_discuss=permissions.may_discuss(person, row),
        remark_form=remark_form,
        may_check=may_check,
        may_object_decide=(o := queries_decisions.open_objection(row)) is not None
        and permissions.may_decide_objection(person, row, o),
        people_form=people_form,
        other_form=_other_form(members),
        declarations=queries_interests.declarations(row) if may_check else [],
        interests=INTEREST_LABELS,
        may_decide=permissions.may_decide(person, row, today),
        item=queries_meetings.live_item(row),
        decisions=decisions,
        objections=queries_decisions.objections(row),
        letters=queries.letters(row) if may_check else [],
        lines=lines,
        names=organisations.names_of({line.person_id for line in lines}),
        sentence=trail.sentence,
        button=ButtonForm(formdata=None),
    )


def _members(row: Any, today: Any) -> list[Any]:
    """Who may review: the committee without those who have an interest, by name."""
    recused = queries_interests.recused_people(row)
    able = {m.person_id for m in queries_policy.committee(row.region_id, today)} - recused
    return [p for p in queries_policy.people_with_role(row.region_id, *COMMITTEE) if p.id in able]


def _other_form(members: list[Any]) -> OtherInterestForm:
    form = OtherInterestForm(formdata=None)
    form.person.choices = [("", "Kies …"), *((str(p.id), p.name) for p in members)]
    return form


def _interest_page(row: Any, form: Any) -> str:
    return render_template(
        "admission/interest.html",
        row=row,
        form=form,
        likely=queries_interests.likely_interests(current_user.person, row),
        interests=INTEREST_LABELS,
    )


@bp.route("/commissie/dossiers/<public_id>/belang", methods=["GET", "POST"])
@role(*DOSSIER_ROLES)
def interest(public_id: str) -> Answer:
    """Declare whether one has an interest, also later."""
    row = found(public_id)
    form = InterestForm()
    if form.validate_on_submit():
        name = row.enterprise.name
        try:
            left = services_committee.declare(
                row=row,
                person=current_user.person,
                kind=Interest(form.kind.data),
                explanation=form.explanation.data or "",
                by=current_user.person,
                today=clock.today(),
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            if left:
                flash(f"Dank u. U doet niet meer mee aan het dossier van {name}.", "ok")
                return redirect(url_for("admission.desk"), 303)
            return to_dossier(public_id)
    return shown(_interest_page(row, form), form)


@bp.post("/commissie/dossiers/<public_id>/belang-van-lid")
@role(*SECRETARIAT)
def interest_of_other(public_id: str) -> Response:
    """The secretary records an interest of a member."""
    row = opened(public_id)
    members = _members(row, clock.today())
    form = OtherInterestForm()
    form.person.choices = [(str(p.id), p.name) for p in members]
    if not form.validate_on_submit():
        flash(" ".join(sentence for _, sentence in form.all_errors()), "error")
        return to_dossier(public_id)
    person = next(p for p in members if str(p.id) == form.person.data)
    try:
        services_committee.declare(
            row=row,
            person=person,
            kind=Interest(form.kind.data),
            explanation=form.explanation.data or "",
            by=current_user.person,
            today=clock.today(),
        )
        flash(f"Vastgelegd. {person.name} ziet dit dossier niet meer.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_dossier(public_id)


@bp.get("/commissie/belangen")
@role(*DOSSIER_ROLES)
def own_interests() -> str:
    """What one declared oneself."""
    rows = queries_interests.own_declarations(current_user.person, current_user.organisation.id)
    return render_template("admission/own_interests.html", rows=rows, labels=INTEREST_LABELS)


@bp.route("/commissie/dossiers/<public_id>/beoordelen", methods=["GET", "POST"])
@role(*COMMITTEE)
def review(public_id: str) -> Answer:
    """Write one's review; keep it or hand it in."""
    row = opened(public_id)
    person, today = current_user.person, clock.today()
    if not permissions.may_review(person, row):
        abort(404)
    known = queries_reviews.review(row, person.id)
    if known is not None and known.submitted_at is not None:
        return to_dossier(public_id)
    policy = queries_policy.policy_for(row, today)
    form: Any = review_form(policy, known.scores if known else {}, known.advice if known else "")
    if form.validate_on_submit():
        submit = request.form.get("stap") == "inleveren"
        try:
            services_committee.save_review(
                row=row,
                scores=scores_of(form, policy, submit=submit),
                advice=form.advice.data or "",
                submit=submit,
                by=person,
                today=today,
            )
            flash("Uw beoordeling is ingeleverd." if submit else "Bewaard.", "ok")
            return to_dossier(public_id)
        except Refused as refusal:
            name = f"reason_{refusal.field}"
            field = name if refusal.field and name in form else refusal.field
            form.refuse(Refused(refusal.sentence, field))
    html = render_template(
        "admission/review.html",
        row=row,
        form=form,
        fields=score_fields(form, policy),
        document=queries.document(row),
        files=queries.files(row),
    )
    return shown(html, form)


@bp.post("/commissie/dossiers/<public_id>/gesprek")
@role(*DOSSIER_ROLES)
def remark(public_id: str) -> Answer:
    """Say something in the committee's discussion."""
    row = opened(public_id)
    form = RemarkForm()
    if form.validate_on_submit():
        services_committee.say(row=row, text=form.text.data, by=current_user.person)
        return redirect(url_for("admission.dossier", public_id=public_id) + "#gesprek", 303)
    return _dossier_page(row, PeopleForm(formdata=None), form, clock.today()), 400


@bp.post("/commissie/dossiers/<public_id>/compleet")
@role(*SECRETARIAT)
def find_complete(public_id: str) -> Response:
    """The application is complete."""
    row = opened(public_id)
    try:
        services_committee.find_complete(row=row, by=current_user.person, today=clock.today())
        flash("De aanvraag is compleet. Wijs nu beoordelaars toe.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_dossier(public_id)


@bp.route("/commissie/dossiers/<public_id>/aanvulling", methods=["GET", "POST"])
@role(*SECRETARIAT)
def ask_more(public_id: str) -> Answer:
    """Ask the applicant for more, per part."""
    row = opened(public_id)
    policy = queries_policy.policy_for(row, clock.today())
    parts = [(p.key, p.title) for p in rules_application.parts(row.document, policy)]
    form: Any = questions_form(parts)
    if form.validate_on_submit():
        try:
            services_committee.ask_more(
                row=row,
                questions=[(key, form[key].data or "") for key, _ in parts],
                by=current_user.person,
                today=clock.today(),
            )
            flash("Uw vragen zijn verstuurd. De termijn staat stil.", "ok")
            return to_dossier(public_id)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/ask_more.html",
        row=row,
        form=form,
        parts=parts,
        document=queries.document(row),
        about=rules_application.ABOUT,
    )
    return shown(html, form)


@bp.post("/commissie/dossiers/<public_id>/toewijzen")
@role(*SECRETARIAT)
def assign(public_id: str) -> Answer:
    """Choose the reviewers of one dossier, or have them chosen evenly."""
    row = opened(public_id)
    by, today = current_user.person, clock.today()
    members = _members(row, today)
    form = PeopleForm()
    form.people.choices = [(str(p.id), p.name) for p in members]
    try:
        if request.form.get("stap") == "verdelen":
            done = services_committee.assign_evenly(rows=[row], by=by, today=today)
            flash(f"{done.added} beoordelaars toegewezen.", "ok")
            if done.short:
                flash("Er zijn te weinig leden zonder belang.", "warning")
        elif form.validate_on_submit():
            wanted = [p for p in members if str(p.id) in (form.people.data or [])]
            services_committee.assign(row=row, people=wanted, by=by, today=today)
            flash("De beoordelaars zijn vastgelegd.", "ok")
        else:
            flash("Kies uit de lijst.", "error")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    except NotFound:
        abort(404)
    return to_dossier(public_id)
