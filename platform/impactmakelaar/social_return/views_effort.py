"""Pages that declare what was done on a contract, and its evidence."""

from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, render_template, request
from werkzeug.wrappers import Response

from impactmakelaar.core import clock, files
from impactmakelaar.core.dutch import euros, tidy_line
from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return import (
    permissions,
    queries_agreement,
    queries_effort,
    queries_versions,
    rules,
    services_effort,
    services_verdict,
)
from impactmakelaar.social_return.forms import (
    EffortForm,
)
from impactmakelaar.social_return.rules import Deciding, Effort
from impactmakelaar.social_return.rules_agreement import Agreed
from impactmakelaar.social_return.rules_prices import COUNTED, OF_A_PERIOD, UNIT_LABELS, Unit
from impactmakelaar.social_return.views import Answer, bp, open_contract, person, to_contract
from impactmakelaar.web.guards import signed_in
from impactmakelaar.web.headers import DOWNLOAD_POLICY


@bp.route("/<public_id>/invulling", methods=["GET", "POST"])
@signed_in
def declare(public_id: str) -> Answer:
    """Declare an effort: first of which kind, then what was done."""
    row = open_contract(public_id)
    found, prices = queries_versions.rules_of(row), queries_versions.prices_of(row)
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
                agreement=queries_agreement.agreement(form.agreement.data or ""),
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
        decides=found.deciding,
        dates_needed={found.deciding, *([Deciding.PAYMENT] if found.paid_only else [])},
        label=rules.EFFORT_LABELS[effort],
    )
    return (html, 400) if form.all_errors() else html


def effort_form(row: Any, effort: Effort) -> Any:
    """The form with the rows, bonuses and agreements of this kind."""
    prices = queries_versions.prices_of(row)
    form: Any = EffortForm()
    form.item.choices = [(one.code, f"{one.name}: {worth_text(one)}") for one in prices.of(effort)]
    form.bonuses.choices = [
        (one.code, f"{one.label}: {euros(one.amount)}{'' if one.once else ' per jaar'}")
        for one in prices.bonuses
    ]
    form.agreement.choices = [
        ("", "geen afspraak"),
        *(
            (one.public_id, f"{one.enterprise.name}, {euros(one.cents)}")
            for one in queries_agreement.agreements(row)
            if one.state == Agreed.AGREED and one.effort == effort
        ),
    ]
    return form


def worth_text(price: Any) -> str:
    """What a row of the list counts for, in words."""
    if price.unit == "invoice":
        return f"{rules.percent(price.amount)} van de factuur"
    return f"{euros(price.amount)} {UNIT_LABELS[price.unit]}"


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
    found = queries_effort.effort(public_id)
    if found is None or not permissions.may_see(person(), found.row.contract):
        abort(404)
    return found


@bp.post("/invullingen/<public_id>/intrekken")
@signed_in
def retract(public_id: str) -> Response:
    """Take back what was declared."""
    found = seen_effort(public_id)
    try:
        reason = tidy_line(request.form.get("reason", ""))
        services_verdict.retract(
            effort=found, reason=reason[:500], by=person(), today=clock.today()
        )
        flash("De opgave is ingetrokken.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(found.row.contract)


@bp.get("/bewijs/<public_id>")
@signed_in
def evidence(public_id: str) -> Response:
    """A file with an effort, as a download."""
    found = queries_effort.evidence(public_id)
    if found is None or not permissions.may_see(person(), found[1]):
        abort(404)
    path = files.path_of(found[0].sha256)
    if not path.exists():
        abort(404)
    response = FlaskResponse(path.read_bytes(), mimetype=found[0].media_type)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=found[0].name)
    return response
