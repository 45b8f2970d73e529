"""Pages of the SROI officer about a contract: lay down, change, judge, settle."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.queries import names_of
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import (
    permissions,
    queries,
    queries_agreement,
    queries_effort,
    queries_versions,
    rules,
    services,
    services_change,
    services_effort,
    services_verdict,
)
from impactmakelaar.social_return.forms import (
    BulkForm,
    ContractForm,
    EndForm,
    JudgeForm,
    ReasonForm,
    SettleForm,
)
from impactmakelaar.social_return.rules import Verdict
from impactmakelaar.social_return.rules_agreement import Agreed
from impactmakelaar.social_return.views import (
    Answer,
    bp,
    contract_page,
    filled,
    person,
    seen_contract,
    stated,
    to_contract,
)
from impactmakelaar.social_return.views_effort import seen_effort
from impactmakelaar.web.guards import role, signed_in


def kept_contract(public_id: str) -> Any:
    """A contract of which this officer keeps the account; else 404."""
    row = seen_contract(public_id)
    if not permissions.may_keep_account(person(), row):
        abort(404)
    return row


def running_agreements(row: Any) -> list[Any]:
    """The agreements that are still open."""
    return [a for a in queries_agreement.agreements(row) if a.state == Agreed.AGREED]


@bp.post("/<public_id>/vaststellen")
@signed_in
def confirm(public_id: str) -> Response:
    """Lay down the obligation."""
    row = seen_contract(public_id)
    try:
        services.confirm(row=row, by=person(), today=clock.today())
        flash("De verplichting is vastgesteld. De opdrachtnemer krijgt bericht.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(row)


@bp.post("/<public_id>/terugsturen")
@signed_in
def send_back(public_id: str) -> Answer:
    """Ask the contractor to complete it."""
    row = seen_contract(public_id)
    if not permissions.may_confirm(person(), row):
        abort(404)
    form: Any = ReasonForm()
    try:
        if not form.validate_on_submit() or not form.reason.data:
            raise Refused("Schrijf op wat er nog moet gebeuren.", "reason")
        services.send_back(row=row, reason=form.reason.data, by=person())
        flash("Teruggestuurd. De opdrachtnemer krijgt uw tekst.", "ok")
        return to_contract(row)
    except Refused as refusal:
        form.refuse(refusal)
    return contract_page(row, reason_form=form), 400


@bp.route("/<public_id>/aanpassen", methods=["GET", "POST"])
@signed_in
def amend(public_id: str) -> Answer:
    """Change the terms of a contract that runs, with a reason."""
    row = kept_contract(public_id)
    terms = queries.all_terms(row)[-1]
    form: Any = ContractForm(**filled(row, terms))
    form.authority.choices = [(row.authority.public_id, row.authority.name)]
    form.contractor.choices = [(row.contractor.public_id, row.contractor.name)]
    if request.method == "GET":
        form.reason.data = ""
    if form.validate_on_submit():
        try:
            services_change.amend(row=row, stated=stated(form), by=person(), today=clock.today())
            flash("De wijziging is geboekt.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/amend.html", row=row, form=form, running=running_agreements(row)
    )
    return (html, 400) if form.all_errors() else html


@bp.route("/<public_id>/eerder-einde", methods=["GET", "POST"])
@signed_in
def end_early(public_id: str) -> Answer:
    """The contract ended before its day."""
    row = kept_contract(public_id)
    form: Any = EndForm()
    if form.validate_on_submit():
        try:
            services_change.end_early(
                row=row,
                ends_on=form.ends_on.data,
                value=form.value.data,
                reason=form.reason.data,
                by=person(),
                today=clock.today(),
            )
            flash("Het einde is geboekt.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/end_early.html", row=row, form=form, running=running_agreements(row)
    )
    return (html, 400) if form.all_errors() else html


@bp.post("/<public_id>/plan/akkoord")
@signed_in
def agree_plan(public_id: str) -> Response:
    """Agree with the plan."""
    row = seen_contract(public_id)
    try:
        services.agree_plan(row=row, by=person())
        flash("U ging akkoord met het plan.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(row)


@bp.route("/<public_id>/afsluiten", methods=["GET", "POST"])
@signed_in
def settle(public_id: str) -> Answer:
    """Close the account; say what happens with the rest."""
    row = kept_contract(public_id)
    form: Any = SettleForm()
    others = [
        one
        for one in queries.contracts_of(row.contractor)
        if one.id != row.id
        and one.region_id == row.region_id
        and permissions.may_keep_account(person(), one)
    ]
    form.into.choices = [("", "niet"), *((one.public_id, one.title) for one in others)]
    if form.validate_on_submit():
        try:
            into = {one.public_id: one for one in others}.get(form.into.data or "")
            services_change.settle(
                row=row,
                outcome=form.outcome.data,
                reason=form.reason.data or "",
                by=person(),
                today=clock.today(),
                into=into,
            )
            flash("De verplichting is afgesloten.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/settle.html",
        row=row,
        form=form,
        books=queries.account(row, clock.today()),
        running=running_agreements(row),
        rules=queries_versions.rules_of(row),
        labels=rules,
    )
    return (html, 400) if form.all_errors() else html


@bp.route("/invullingen/<public_id>", methods=["GET", "POST"])
@signed_in
def effort(public_id: str) -> Answer:
    """One effort: what was declared, what it counts for and why, and the verdict."""
    found = seen_effort(public_id)
    may_judge = permissions.may_judge(person(), found)
    form: Any = JudgeForm()
    if request.method == "POST" and not may_judge:
        abort(404)
    if form.validate_on_submit():
        try:
            services_verdict.judge_one(
                effort=found,
                verdict=Verdict(form.verdict.data),
                reason=form.reason.data or "",
                cents=form.cents.data,
                by=person(),
                today=clock.today(),
            )
            flash("Het besluit is geboekt. De opdrachtnemer krijgt bericht.", "ok")
            return to_contract(found.row.contract)
        except Refused as refusal:
            form.refuse(refusal)
    verdicts = queries_effort.verdicts(found.row)
    now = services_effort.value(found.row.contract, found.row) if may_judge else None
    html = render_template(
        "social_return/effort.html",
        effort=found,
        row=found.row,
        contract=found.row.contract,
        price=queries_versions.prices_of(found.row.contract).price(found.row.item),
        bonuses=[
            one.label
            for one in queries_versions.prices_of(found.row.contract).bonuses
            if one.code in found.row.bonuses
        ],
        verdicts=verdicts,
        names=names_of({v.created_by_id for v in verdicts} | {found.row.declared_by_id}),
        now=now,
        form=form,
        may_judge=may_judge,
        may_retract=permissions.may_retract(person(), found),
        describe=services_effort.describe,
        labels=rules,
    )
    return (html, 400) if form.all_errors() else html


@bp.route("/beoordelen", methods=["GET", "POST"])
@role(Role.SROI_OFFICER)
def judge_many() -> Answer:
    """What waits for a verdict; several at once after a list to confirm."""
    waiting = queries_effort.waiting_efforts(current_user.organisation)
    mine = permissions.judgeable(person(), waiting)
    known = {one.row.public_id: one for one in mine}
    chosen = [known[key] for key in request.form.getlist("invulling") if key in known]
    form: Any = BulkForm()
    verdict = request.form.get("verdict", "")
    confirming = False
    if request.method == "POST":
        try:
            if not chosen:
                raise Refused("Kies eerst een of meer invullingen.")
            if verdict not in (Verdict.APPROVED, Verdict.REFUSED):
                raise Refused("Kies goedkeuren of afkeuren.")
            if verdict == Verdict.REFUSED and not (form.reason.data or "").strip():
                raise Refused("Geef de reden van het afkeuren.", "reason")
            confirming = True
            if form.sure.data == "ja" and form.validate_on_submit():
                services_verdict.judge_many(
                    efforts=chosen,
                    verdict=Verdict(verdict),
                    reason=form.reason.data or "",
                    by=person(),
                    today=clock.today(),
                )
                flash("De besluiten zijn geboekt. De opdrachtnemers krijgen bericht.", "ok")
                return redirect(url_for("social_return.judge_many"), 303)
        except Refused as refusal:
            confirming = False
            form.refuse(refusal)
    shown = chosen if confirming else mine
    worth = services_effort.values([one.row for one in shown])
    html = render_template(
        "social_return/judge.html",
        rows=[(one, worth[one.row.id]) for one in shown],
        own=len(waiting) - len(mine),
        confirming=confirming,
        verdict=verdict,
        form=form,
        describe=services_effort.describe,
        differences=[] if confirming else services_effort.differences(current_user.organisation),
    )
    return (html, 400) if form.all_errors() else html
