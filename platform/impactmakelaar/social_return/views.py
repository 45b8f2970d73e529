"""Pages about a contract and its account: register, declare, agree, search."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.queries import by_public_id, names_of
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import (
    permissions,
    queries,
    queries_agreement,
    queries_effort,
    queries_versions,
    rules,
    rules_agreement,
    services,
    services_change,
    services_effort,
)
from impactmakelaar.social_return.forms import (
    ContractForm,
    InvoiceForm,
    PartyForm,
    PlanForm,
    ReasonForm,
)
from impactmakelaar.social_return.rules import Base, Category, Effort, Phase
from impactmakelaar.social_return.rules_obligation import cap_of
from impactmakelaar.web.guards import role, signed_in

bp = Blueprint("social_return", __name__, url_prefix="/social-return")
Answer = str | Response | tuple[str, int]
READERS = (Role.CONTRACTOR, Role.SROI_OFFICER, Role.BUYER, Role.BROKER, Role.REGION_ADMIN)
REGISTRARS = (Role.CONTRACTOR, Role.SROI_OFFICER, Role.BUYER)
LIGHTS = {"late": ("te laat", "error"), "risk": ("loopt achter", "warning"), "good": ("", "")}


def person() -> Any:
    """Who is signed in."""
    return current_user.person


def chosen(public_id: str) -> Any:
    """An organisation that was chosen from a list; else 404."""
    row = by_public_id(public_id)
    if row is None:
        abort(404)
    return row


def seen_contract(public_id: str) -> Any:
    """A contract that this reader may see; else 404."""
    row = queries.contract(public_id)
    if row is None or not permissions.may_see(person(), row):
        abort(404)
    return row


def to_contract(row: Any) -> Response:
    """Back to the page of a contract."""
    return redirect(url_for("social_return.contract", public_id=row.public_id), 303)


@bp.get("")
@role(*READERS)
def desk() -> str:
    """The contracts that one may work on, with how they stand."""
    organisation, today = current_user.organisation, clock.today()
    staff = organisation.kind != Kind.CONTRACTOR
    rows = queries.contracts_at(organisation) if staff else queries.contracts_of(organisation)
    accounts = queries.accounts(rows, today)
    running = [row for row in rows if row.phase == Phase.ACTIVE]
    officer = current_user.acts_as(Role.SROI_OFFICER)
    return render_template(
        "social_return/desk.html",
        rows=rows,
        staff=staff,
        accounts=accounts,
        totals={
            "open": sum(max(0, accounts[r.id].balance) for r in running),
            "approved": sum(accounts[r.id].approved for r in running),
            "declared": sum(accounts[r.id].declared for r in running),
        },
        late=[r for r in running if accounts[r.id].light == "late"],
        waiting=[r for r in rows if r.phase == Phase.REGISTERED] if officer else [],
        efforts=queries_effort.waiting_efforts(organisation) if officer else [],
        officer=officer,
        may_register=current_user.acts_as(*REGISTRARS),
        rules_home=current_user.acts_as(Role.SROI_OFFICER, Role.REGION_ADMIN),
        labels=rules,
        lights=LIGHTS,
    )


# A contract --------------------------------------------------------------------------------------


def contract_form() -> Any:
    """The form, with what this reader may choose."""
    form: Any = ContractForm()
    organisation = current_user.organisation
    region_id = organisation.id if organisation.kind == Kind.REGION else organisation.region_id
    authorities = [
        one
        for region in queries_versions.regions()
        for one in queries_versions.authorities(region.id)
    ]
    contractors = queries_versions.contractors(region_id) if region_id else []
    if organisation.kind == Kind.AUTHORITY:
        authorities = [organisation]
    elif organisation.kind == Kind.REGION:
        authorities = queries_versions.authorities(region_id)
    if organisation.kind == Kind.CONTRACTOR:
        contractors = [organisation]
    form.authority.choices = [(one.public_id, one.name) for one in authorities]
    form.contractor.choices = [(one.public_id, one.name) for one in contractors]
    return form


def filled(row: Any, terms: Any) -> dict[str, Any]:
    """A contract as the fields of its form."""
    kept = services.stated_of(terms)
    return vars(kept) | {
        "authority": row.authority.public_id,
        "contractor": row.contractor.public_id,
        "title": row.title,
        "number": row.number,
        "category": row.category,
        "awarded_on": row.awarded_on,
        "clause_base": terms.clause_base or "",
    }


def stated(form: Any) -> services.Stated:
    """What was typed."""
    return services.Stated(
        value=form.value.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        labour_share=form.labour_share.data,
        wages=form.wages.data,
        clause=form.clause.data or "",
        clause_points=form.clause_points.data,
        clause_base=Base(form.clause_base.data) if form.clause_base.data else None,
        clause_amount=form.clause_amount.data,
        reduced_points=form.reduced_points.data,
        reason=form.reason.data or "",
    )


def heading(form: Any) -> services.Heading:
    """Which contract."""
    return services.Heading(
        form.title.data, form.number.data, Category(form.category.data), form.awarded_on.data
    )


@bp.route("/nieuw", methods=["GET", "POST"])
@role(*REGISTRARS)
def register_contract() -> Answer:
    """Register a contract: first the calculation is shown, then it is kept."""
    form, calculation = contract_form(), None
    if form.validate_on_submit():
        authority = chosen(form.authority.data)
        contractor = chosen(form.contractor.data)
        try:
            if request.form.get("stap") == "bewaren":
                row = services.register_contract(
                    authority=authority,
                    contractor=contractor,
                    heading=heading(form),
                    stated=stated(form),
                    by=person(),
                )
                flash("De opdracht is bewaard. Controleer de berekening en stuur haar in.", "ok")
                return to_contract(row)
            calculation = services.calculate(authority, heading(form), stated(form))
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/register.html",
        form=form,
        calculation=calculation,
        row=None,
        officer=current_user.acts_as(Role.SROI_OFFICER),
    )
    return (html, 400) if form.all_errors() else html


@bp.route("/<public_id>/wijzigen", methods=["GET", "POST"])
@signed_in
def change_draft(public_id: str) -> Answer:
    """Correct a draft."""
    row = seen_contract(public_id)
    if not permissions.may_edit(person(), row):
        abort(404)
    terms = queries.all_terms(row)[-1]
    form: Any = ContractForm(**filled(row, terms))
    form.authority.choices = [(row.authority.public_id, row.authority.name)]
    form.contractor.choices = [(row.contractor.public_id, row.contractor.name)]
    calculation = None
    if form.validate_on_submit():
        try:
            if request.form.get("stap") == "bewaren":
                services.change_draft(
                    row=row, heading=heading(form), stated=stated(form), by=person()
                )
                flash("De aanmelding is gewijzigd.", "ok")
                return to_contract(row)
            calculation = services.calculate(row.authority, heading(form), stated(form))
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/register.html",
        form=form,
        calculation=calculation,
        row=row,
        officer=permissions.is_officer(person(), row),
    )
    return (html, 400) if form.all_errors() else html


@bp.get("/<public_id>")
@signed_in
def contract(public_id: str) -> str:
    """One contract: what it obliges to and why, what was done, what is open."""
    return contract_page(seen_contract(public_id))


def contract_page(row: Any, **forms: Any) -> str:
    """The page of a contract."""
    account, who = queries.account(row, clock.today()), person()
    found, prices = queries_versions.rules_of(row), queries_versions.prices_of(row)
    entries = queries.entries(row)
    agreements = queries_agreement.agreements(row)
    obliged = max(account.obliged, account.calculation.expected)
    return render_template(
        "social_return/contract.html",
        row=row,
        books=account,
        rules=found,
        prices=prices,
        labels=rules,
        lights=LIGHTS,
        obliged=obliged,
        caps=[
            (rules.EFFORT_LABELS[Effort(key)], cap_of(found, key, obliged), account.by_effort[key])
            for key in sorted(found.caps)
        ],
        efforts=queries_effort.efforts(row),
        agreements=agreements,
        agreed=rules_agreement.AGREED_LABELS,
        set_free=set_free_of(agreements),
        invoices=queries.invoices(row),
        parties=queries.parties(row),
        terms=queries.all_terms(row),
        plan=queries.plan(row),
        entries=entries,
        names=names_of({e.created_by_id for e in entries}),
        describe=services_effort.describe,
        may={
            "edit": permissions.may_edit(who, row),
            "confirm": permissions.may_confirm(who, row),
            "keep": permissions.may_keep_account(who, row),
            "declare": permissions.may_declare(who, row),
            "parties": permissions.is_contractor(who, row) or permissions.is_officer(who, row),
        },
        invoice_form=forms.get("invoice_form") or InvoiceForm(formdata=None),
        party_form=forms.get("party_form") or party_form(row),
        reason_form=forms.get("reason_form") or ReasonForm(formdata=None),
        refused=next(iter(forms.values()), None),
    )


def set_free_of(agreements: list[Any]) -> dict[int, str]:
    """Agreement id -> what one that stopped leaves used, and what comes free."""
    counts = queries_agreement.counted(agreements)
    return {
        one.id: rules_agreement.set_free(one.cents, counts.get(one.id, 0))
        for one in agreements
        if one.state == rules_agreement.Agreed.CANCELLED
    }


def party_form(row: Any) -> PartyForm:
    """The contractors that can be added."""
    form: Any = PartyForm()
    form.organisation.choices = [
        (one.public_id, one.name)
        for one in queries_versions.contractors(row.region_id)
        if one.id != row.contractor_id
    ]
    return form


@bp.post("/<public_id>/insturen")
@signed_in
def submit(public_id: str) -> Response:
    """Send a draft to the officer."""
    row = seen_contract(public_id)
    try:
        services.submit(row=row, by=person())
        flash("Ingestuurd. De SROI-adviseur stelt de verplichting vast; u krijgt bericht.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(row)


@bp.post("/<public_id>/intrekken")
@signed_in
def withdraw(public_id: str) -> Response:
    """Take back a contract that was not laid down."""
    row = seen_contract(public_id)
    try:
        services.withdraw(row=row, by=person())
        flash("De aanmelding is ingetrokken.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
        return to_contract(row)
    return redirect(url_for("social_return.desk"), 303)


@bp.post("/<public_id>/facturen")
@signed_in
def add_invoice(public_id: str) -> Answer:
    """Keep what was invoiced."""
    row = open_contract(public_id)
    form: Any = InvoiceForm()
    if form.validate_on_submit():
        try:
            amount = -form.amount.data if form.credit.data else form.amount.data
            services_change.add_invoice(
                row=row,
                number=form.number.data,
                invoiced_on=form.invoiced_on.data,
                amount=amount,
                by=person(),
                today=clock.today(),
            )
            flash("De factuur is bewaard.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    return contract_page(row, invoice_form=form), 400


@bp.post("/<public_id>/partners")
@signed_in
def add_party(public_id: str) -> Answer:
    """Add a partner or subcontractor."""
    row = seen_contract(public_id)
    if not (permissions.is_contractor(person(), row) or permissions.is_officer(person(), row)):
        abort(404)
    form = party_form(row)
    if form.validate_on_submit():
        try:
            organisation = chosen(form.organisation.data)
            services.add_party(row=row, organisation=organisation, part=form.part.data, by=person())
            flash("Toegevoegd. U blijft zelf verantwoordelijk voor de verplichting.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    return contract_page(row, party_form=form), 400


@bp.route("/<public_id>/plan", methods=["GET", "POST"])
@signed_in
def plan(public_id: str) -> Answer:
    """Write a plan of action."""
    row = seen_contract(public_id)
    if not permissions.may_declare(person(), row):
        abort(404)
    known = queries.plan(row)
    form: Any = PlanForm(obj=known, **(known.planned if known else {}))
    if form.validate_on_submit():
        try:
            services.write_plan(
                row=row,
                text=form.text.data,
                planned={
                    key: form[key].data or 0
                    for key in ("placement", "learning", "purchase", "other")
                },
                report_on=form.report_on.data,
                by=person(),
            )
            flash("Het plan is bewaard.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("social_return/plan.html", row=row, form=form)
    return (html, 400) if form.all_errors() else html


def open_contract(public_id: str) -> Any:
    """A contract on which this reader may declare; else 404."""
    row = seen_contract(public_id)
    if not permissions.may_declare(person(), row):
        abort(404)
    return row
