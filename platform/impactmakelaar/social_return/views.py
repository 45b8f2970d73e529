"""Pages about a contract and its account: register, declare, agree, search."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock, files
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.queries import by_public_id, names_of
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.register import queries as register
from impactmakelaar.register import rules as register_rules
from impactmakelaar.register import services as register_services
from impactmakelaar.social_return import (
    permissions,
    queries,
    queries_grounds,
    rules,
    services,
    services_agreement,
    services_effort,
)
from impactmakelaar.social_return.forms import (
    AgreementForm,
    ContractForm,
    EffortForm,
    InvoiceForm,
    PartyForm,
    PlanForm,
    ReasonForm,
)
from impactmakelaar.social_return.rules import Base, Category, Effort, Phase
from impactmakelaar.social_return.rules_obligation import cap_of
from impactmakelaar.social_return.rules_prices import COUNTED, OF_A_PERIOD, UNIT_LABELS, Unit
from impactmakelaar.web.guards import role, signed_in
from impactmakelaar.web.headers import DOWNLOAD_POLICY

bp = Blueprint("social_return", __name__, url_prefix="/social-return")
Answer = str | Response | tuple[str, int]
READERS = (Role.CONTRACTOR, Role.SROI_OFFICER, Role.BUYER, Role.BROKER, Role.REGION_ADMIN)
REGISTRARS = (Role.CONTRACTOR, Role.SROI_OFFICER, Role.BUYER)
LIGHTS = {"late": ("te laat", "error"), "risk": ("loopt achter", "warning"), "good": ("", "")}
PURCHASE_BLOCK = 1_000_00
"""What a result of the search shows a purchase of: 1,000 euros."""


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
        efforts=queries.waiting_efforts(organisation) if officer else [],
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
    authorities = [one for region in queries.regions() for one in queries.authorities(region.id)]
    contractors = queries.contractors(region_id) if region_id else []
    if organisation.kind == Kind.AUTHORITY:
        authorities = [organisation]
    elif organisation.kind == Kind.REGION:
        authorities = queries.authorities(region_id)
    if organisation.kind == Kind.CONTRACTOR:
        contractors = [organisation]
    form.authority.choices = [(one.public_id, one.name) for one in authorities]
    form.contractor.choices = [(one.public_id, one.name) for one in contractors]
    return form


def filled(row: Any, terms: Any) -> dict[str, Any]:
    """A contract as the fields of its form."""
    kept = services.stated_of(terms)
    return vars(kept) | {
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
    found, prices = queries.rules_of(row), queries.prices_of(row)
    entries = queries.entries(row)
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
        efforts=queries.efforts(row),
        agreements=queries.agreements(row),
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


def party_form(row: Any) -> PartyForm:
    """The contractors that can be added."""
    form: Any = PartyForm()
    form.organisation.choices = [
        (one.public_id, one.name)
        for one in queries.contractors(row.region_id)
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
            services.add_invoice(
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


# Efforts -----------------------------------------------------------------------------------------


def open_contract(public_id: str) -> Any:
    """A contract on which this reader may declare; else 404."""
    row = seen_contract(public_id)
    if not permissions.may_declare(person(), row):
        abort(404)
    return row


@bp.route("/<public_id>/invulling", methods=["GET", "POST"])
@signed_in
def declare(public_id: str) -> Answer:
    """Declare an effort: first of which kind, then what was done."""
    row = open_contract(public_id)
    found, prices = queries.rules_of(row), queries.prices_of(row)
    kinds = [e for e in found.efforts if e == Effort.PURCHASE or prices.of(e)]
    chosen = request.args.get("vorm", "")
    if chosen not in kinds and request.method == "POST":
        abort(404)
    if chosen not in kinds:
        return render_template(
            "social_return/kind.html",
            row=row,
            kinds=kinds,
            labels=rules,
            prices=prices,
            units=UNIT_LABELS,
        )
    effort = Effort(chosen)
    form = effort_form(row, effort)
    if form.validate_on_submit():
        try:
            services_effort.declare(
                contract=row,
                stated=declared(form, effort),
                by=person(),
                today=clock.today(),
                uploads=[(f.stream, f.filename) for f in form.evidence.data or [] if f.filename],
                agreement=queries.agreement(form.agreement.data or ""),
            )
            flash("Opgegeven. De SROI-adviseur controleert het; daarna telt het mee.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/declare.html",
        row=row,
        form=form,
        effort=effort,
        people=effort in rules.PEOPLE,
        bought=effort == Effort.PURCHASE,
        periods=any(one.unit in OF_A_PERIOD for one in prices.of(effort)),
        counted=any(one.unit in COUNTED for one in prices.of(effort)),
        real_cost=any(one.unit == Unit.INVOICE for one in prices.of(effort)),
        deciding=rules.DECIDING_LABELS[found.deciding],
        label=rules.EFFORT_LABELS[effort],
    )
    return (html, 400) if form.all_errors() else html


def effort_form(row: Any, effort: Effort) -> Any:
    """The form with the rows, bonuses and agreements of this kind."""
    prices = queries.prices_of(row)
    form: Any = EffortForm()
    form.item.choices = [(one.code, f"{one.name}: {worth_text(one)}") for one in prices.of(effort)]
    form.bonuses.choices = [
        (one.code, f"{one.label}: {rules.euro(one.amount)}{'' if one.once else ' per jaar'}")
        for one in prices.bonuses
    ]
    form.agreement.choices = [
        ("", "geen afspraak"),
        *(
            (one.public_id, f"{one.enterprise.name}, {rules.euro(one.cents)}")
            for one in queries.agreements(row)
            if one.state == "agreed" and one.effort == effort
        ),
    ]
    return form


def worth_text(price: Any) -> str:
    """What a row of the list counts for, in words."""
    if price.unit == "invoice":
        return f"{rules.percent(price.amount)} van de factuur"
    return f"{rules.euro(price.amount)} {UNIT_LABELS[price.unit]}"


def declared(form: Any, effort: Effort) -> services_effort.Declared:
    """What was typed; fields of another kind are left out."""
    bought, people = effort == Effort.PURCHASE, effort in rules.PEOPLE
    return services_effort.Declared(
        effort=effort,
        item=form.item.data or "",
        candidate_code=(form.candidate_code.data or "") if people else "",
        employed_since=form.employed_since.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        hours=form.hours.data,
        quantity=form.quantity.data,
        bonuses=tuple(form.bonuses.data or ()) if people else (),
        signed=form.signed.data,
        supplier_kvk=(form.supplier_kvk.data or "") if bought else "",
        supplier_name=form.supplier_name.data or "",
        invoice_number=form.invoice_number.data or "",
        invoiced_on=form.invoiced_on.data,
        delivered_on=form.delivered_on.data,
        paid_on=form.paid_on.data,
        amount=form.amount.data,
        vat=int(form.vat.data) if form.vat.data else None,
        share=rules.WHOLE if form.share.data is None else form.share.data,
        note=form.note.data or "",
        digits_are=form.digits_are.data or "",
    )


def seen_effort(public_id: str) -> Any:
    """An effort that this reader may see; else 404."""
    found = queries.effort(public_id)
    if found is None or not permissions.may_see(person(), found.row.contract):
        abort(404)
    return found


@bp.post("/invullingen/<public_id>/intrekken")
@signed_in
def retract(public_id: str) -> Response:
    """Take back what was declared."""
    found = seen_effort(public_id)
    try:
        reason = request.form.get("reason", "")
        services_effort.retract(effort=found, reason=reason[:500], by=person(), today=clock.today())
        flash("De opgave is ingetrokken.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(found.row.contract)


@bp.get("/bewijs/<public_id>")
@signed_in
def evidence(public_id: str) -> Response:
    """A file with an effort, as a download."""
    found = queries.evidence(public_id)
    if found is None or not permissions.may_see(person(), found[1]):
        abort(404)
    path = files.path_of(found[0].sha256)
    if not path.exists():
        abort(404)
    response = FlaskResponse(path.read_bytes(), mimetype=found[0].media_type)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=found[0].name)
    return response


# Search and agreements ---------------------------------------------------------------------------


@bp.get("/<public_id>/zoeken")
@signed_in
def search(public_id: str) -> str:
    """The register, with what each enterprise would count for under this obligation."""
    row = open_contract(public_id)
    today = clock.today()
    filters = register_rules.parse(request.args.items(multi=True), register_services.known_value)
    spot, remark = register_services.spot_of(filters.place)
    page = register.find(filters, today=today, spot=spot)
    found, prices = queries.rules_of(row), queries.prices_of(row)
    hits = register.page_rows(page.ids, today)
    enterprises = [one for one in (by_public_id(hit.public_id) for hit in hits) if one]
    grounds = queries_grounds.grounds_of(enterprises, row.region_id, today)
    results = []
    for hit in hits:
        try:
            worth = services_agreement.unit_worth(
                found,
                prices,
                grounds[hit.id],
                effort=Effort.PURCHASE,
                item="",
                amount=PURCHASE_BLOCK,
                day=today,
            )
        except Refused as refusal:
            worth = None
            remark = refusal.sentence
        places = "placement" in {a["form"] for a in hit.document["activities"]}
        results.append((hit, worth, places, page.distances.get(hit.id)))
    return render_template(
        "social_return/search.html",
        row=row,
        books=queries.account(row, today),
        results=results,
        filters=filters,
        page=page,
        remark=remark,
        block=PURCHASE_BLOCK,
        placements=[
            (one, worth_text(one))
            for effort in (Effort.PLACEMENT, Effort.LEARNING)
            if effort in found.efforts
            for one in prices.of(effort)
        ],
        url=lambda number: url_for(
            "social_return.search",
            public_id=public_id,
            **{**request.args.to_dict(), "pagina": number},
        ),
    )


@bp.route("/<public_id>/afspraken/nieuw", methods=["GET", "POST"])
@signed_in
def agree(public_id: str) -> Answer:
    """Keep an agreement with an enterprise of the register."""
    row = open_contract(public_id)
    enterprise = register.by_public_id(request.args.get("onderneming", ""), clock.today())
    if enterprise is None:
        return redirect(url_for("social_return.search", public_id=public_id), 303)
    found, prices = queries.rules_of(row), queries.prices_of(row)
    form: Any = AgreementForm()
    form.item.choices = [
        *([("purchase", "Sociaal inkopen")] if Effort.PURCHASE in found.efforts else []),
        *(
            (f"{one.effort}/{one.code}", f"{one.name}: {worth_text(one)}")
            for one in prices.prices
            if one.effort in found.efforts and one.unit != "invoice"
        ),
    ]
    if form.validate_on_submit():
        effort, _, item = form.item.data.partition("/")
        try:
            made = services_agreement.book_agreement(
                contract=row,
                enterprise=chosen(enterprise.public_id),
                effort=Effort(effort),
                item=item,
                units=form.units.data,
                amount=form.amount.data or 0,
                starts_on=form.starts_on.data,
                ends_on=form.ends_on.data,
                note=form.note.data or "",
                by=person(),
                today=clock.today(),
            )
            flash(f"De afspraak is vastgelegd en telt straks voor {rules.euro(made.cents)}.", "ok")
            return to_contract(row)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/agree.html",
        row=row,
        enterprise=enterprise,
        form=form,
        books=queries.account(row, clock.today()),
    )
    return (html, 400) if form.all_errors() else html


@bp.post("/afspraken/<public_id>/sluiten")
@signed_in
def close_agreement(public_id: str) -> Response:
    """An agreement was carried out, or is off."""
    row = queries.agreement(public_id)
    if row is None or not permissions.may_declare(person(), row.contract):
        abort(404)
    try:
        services_agreement.close_agreement(
            row=row,
            done=request.form.get("uitkomst") == "klaar",
            reason=request.form.get("reason", "")[:500],
            by=person(),
        )
        flash("De afspraak is afgesloten.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(row.contract)
