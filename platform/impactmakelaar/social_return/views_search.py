"""Pages that find an enterprise for an obligation and keep what was agreed."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.db import new_public_id
from impactmakelaar.core.dutch import euros, tidy_line
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.register import queries as register
from impactmakelaar.register import rules as register_rules
from impactmakelaar.register import services as register_services
from impactmakelaar.social_return import (
    permissions,
    queries,
    queries_agreement,
    queries_grounds,
    queries_versions,
    rules,
    rules_agreement,
    rules_worth,
    services_agreement,
)
from impactmakelaar.social_return.forms import AgreementForm
from impactmakelaar.social_return.rules import PEOPLE, Effort
from impactmakelaar.social_return.rules_obligation import RegionRules, cap_of
from impactmakelaar.social_return.rules_prices import PriceList, Unit
from impactmakelaar.social_return.rules_worth import Claim
from impactmakelaar.social_return.services_ledger import base_of_caps
from impactmakelaar.social_return.views import (
    Answer,
    bp,
    chosen,
    open_contract,
    person,
    set_free_of,
    to_contract,
)
from impactmakelaar.social_return.views_effort import worth_text
from impactmakelaar.web.guards import role, signed_in

PURCHASE_BLOCK = 1_000_00
"""What a result of the search shows a purchase of: 1,000 euros."""


@bp.get("/<public_id>/zoeken")
@signed_in
def search(public_id: str) -> str:
    """The register, with what each enterprise would count for under this obligation."""
    row = open_contract(public_id)
    today = clock.today()
    books = queries.account(row, today)
    filters = register_rules.parse(request.args.items(multi=True), register_services.known_value)
    spot, remark = register_services.spot_of(filters.place)
    page = register.find(filters, today=today, spot=spot)
    found, prices = queries_versions.rules_of(row), queries_versions.prices_of(row)
    hits = register.page_rows(page.ids, today)
    grounds = queries_grounds.grounds_of(hits, row.region_id, today)
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
        books=books,
        results=results,
        filters=filters,
        page=page,
        remark=remark,
        block=PURCHASE_BLOCK,
        placements=place_examples(found, prices),
        left=[
            (rules.EFFORT_LABELS[Effort(effort)], max(0, cap - books.committed_by_effort[effort]))
            for effort in sorted(found.caps)
            for cap in [cap_of(found, effort, base_of_caps(books))]
            if cap is not None
        ],
        url=lambda number: url_for(
            "social_return.search",
            public_id=public_id,
            **{**request.args.to_dict(), "pagina": number},
        ),
    )


def place_examples(found: RegionRules, prices: PriceList) -> list[tuple[str, rules_worth.Worth]]:
    """(row of the list, what a place by it counts for in a year of whole weeks, or once)."""
    year = (date(2026, 1, 1), date(2026, 12, 31))
    return [
        (
            price.name,
            rules_worth.worth(prices, Claim(price.code, *year, prices.full_time, Decimal(1))),
        )
        for effort in sorted(PEOPLE)
        if effort in found.efforts
        for price in prices.of(effort)
        if price.unit != Unit.INVOICE
    ]


@bp.route("/<public_id>/afspraken/nieuw", methods=["GET", "POST"])
@signed_in
def agree(public_id: str) -> Answer:
    """Keep an agreement with an enterprise of the register."""
    row = open_contract(public_id)
    enterprise = register.by_public_id(request.args.get("onderneming", ""), clock.today())
    if enterprise is None:
        return redirect(url_for("social_return.search", public_id=public_id), 303)
    found, prices = queries_versions.rules_of(row), queries_versions.prices_of(row)
    form: Any = AgreementForm(once=new_public_id())
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
                reference=f"agree:{row.public_id}:{form.once.data[:20]}"
                if form.once.data
                else None,
            )
            flash(f"De afspraak is vastgelegd en telt straks voor {euros(made.cents)}.", "ok")
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


@bp.get("/afspraken")
@role(Role.ENTREPRENEUR)
def own_agreements() -> str:
    """What contractors agreed with this enterprise, and what became of it."""
    agreements = queries_agreement.agreements_with(current_user.organisation)
    return render_template(
        "social_return/agreements.html",
        agreements=agreements,
        agreed=rules_agreement.AGREED_LABELS,
        set_free=set_free_of(agreements),
        labels=rules,
    )


@bp.post("/afspraken/<public_id>/sluiten")
@signed_in
def close_agreement(public_id: str) -> Response:
    """An agreement was carried out, or is off."""
    row = queries_agreement.agreement(public_id)
    if row is None or not permissions.may_declare(person(), row.contract):
        abort(404)
    try:
        services_agreement.close_agreement(
            row=row,
            done=request.form.get("uitkomst") == "klaar",
            reason=tidy_line(request.form.get("reason", ""))[:500],
            by=person(),
        )
        flash("De afspraak is afgesloten.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return to_contract(row.contract)
