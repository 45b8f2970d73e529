"""Pages about rules and price lists: versions, entering, CSV, side by side, suppliers."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock, exports
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.queries import by_id, by_public_id
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.social_return import (
    permissions,
    queries_versions,
    rules,
    rules_obligation,
    rules_prices,
    rules_table,
    rules_worth,
    services_rules,
)
from impactmakelaar.social_return.forms import (
    PricesForm,
    RulesForm,
    SupplierForm,
    ground_choices,
    unit_choices,
)
from impactmakelaar.social_return.rules import Category
from impactmakelaar.social_return.views import READERS, Answer, bp, person
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role

EMPTY_ROWS = {rules_table.PRICE: 3, rules_table.BONUS: 2, rules_table.WEIGHT: 2}
MAX_ROWS = 200


def own_region() -> Any:
    """The region of the organisation that this reader acts for."""
    organisation = current_user.organisation
    if organisation.kind == Kind.REGION:
        return organisation
    return by_id(organisation.region_id)


def kept_owner(public_id: str) -> Any:
    """A region or authority whose rules this reader may set; else 404."""
    row = by_public_id(public_id)
    if row is None or not permissions.may_set_rules(person(), row):
        abort(404)
    return row


@bp.get("/regels")
@role(*READERS)
def rules_home() -> str:
    """The rules and price lists of a region and its authorities, with their versions."""
    region = own_region()
    if region is None:
        abort(404)
    owners = [region, *queries_versions.authorities(region.id)]
    return render_template(
        "social_return/rules_home.html",
        region=region,
        proposals=[
            one
            for one in proposals.waiting(region, Target.SOCIAL_RULES)
            if permissions.may_set_rules(person(), one.organisation)
        ],
        owners=[
            (
                one,
                queries_versions.rules_versions(one),
                queries_versions.price_versions(one),
                permissions.may_set_rules(person(), one),
            )
            for one in owners
        ],
        today=clock.today(),
    )


@bp.get("/regels/versies/<public_id>")
@role(*READERS)
def rules_version(public_id: str) -> str:
    """One version of the rules, with an example."""
    row = queries_versions.rules_version(public_id)
    if row is None or not permissions.may_see_version(person(), row.owner):
        abort(404)
    found = rules_obligation.rules_of(row.document)
    return render_template(
        "social_return/rules_version.html",
        row=row,
        lines=lines_of(found),
        examples=rule_examples(found),
    )


def rule_examples(found: rules_obligation.RegionRules) -> list[tuple[str, Any]]:
    """What a few contracts would oblige to."""
    first, last = date(2026, 1, 1), date(2027, 12, 31)
    examples = []
    for category, whole, share in (
        (Category.SERVICES, 400_000, None),
        (Category.SERVICES, 199_999, None),
        (Category.SUPPLIES, 300_000, 2_000),
        (Category.WORKS, 1_000_000, None),
    ):
        value = whole * 100
        terms = rules_obligation.Terms(
            category, value, first, last, share, wages=value // 2, invoiced=value
        )
        title = f"{rules.CATEGORY_LABELS[category]} van {euros(value)}"
        title += f", loondeel {rules.percent(share)}" if share else ""
        examples.append((title, rules_obligation.obligation(found, terms)))
    return examples


def lines_of(found: rules_obligation.RegionRules) -> list[tuple[str, str]]:
    """Rules as (what, how), the same lines for everybody."""
    lines = []
    for key, label in rules.CATEGORY_LABELS.items():
        one = found.categories.get(key)
        text = "geen social return"
        if one is not None and one.threshold is not None:
            word = "vanaf" if found.at_threshold else "boven"
            text = f"{rules.percent(one.points)} {word} {euros(one.threshold)}"
        lines.append((label, text))
    months, share = found.minimum_months, found.labour_minimum
    least = "geen grens" if share is None else f"vanaf {rules.percent(share)}"
    low = f", anders {rules.percent(found.labour_low)}" if found.labour_low else ""
    lines += [
        ("Kortste duur", f"{months} maanden" if months else "geen grens"),
        ("Loondeel bij leveringen", least + low),
        ("Percentage van", rules.BASE_LABELS[found.base]),
        ("Invullen met", ", ".join(rules.EFFORT_LABELS[e].lower() for e in found.efforts)),
        (
            "Hoogstens",
            ", ".join(
                f"{rules.percent(points)} met {rules.EFFORT_LABELS[rules.Effort(key)].lower()}"
                for key, points in sorted(found.caps.items())
            )
            or "geen grens",
        ),
        ("Beslissend bij inkoop", rules.DECIDING_LABELS[found.deciding]),
        ("Alleen betaalde facturen", "ja" if found.paid_only else "nee"),
        (
            "Eerder begonnen",
            "geen grens"
            if found.started_before is None
            else f"hoogstens {found.started_before} maanden",
        ),
        ("Wat niet is ingevuld", rules.UNMET_LABELS[found.unmet]),
        ("Plan van aanpak", f"binnen {found.contact_days} dagen"),
    ]
    return lines


@bp.route("/regels/<public_id>/nieuw", methods=["GET", "POST"])
@role(Role.SROI_OFFICER, Role.REGION_ADMIN)
def set_rules(public_id: str) -> Answer:
    """Enter the next version of the rules."""
    owner = kept_owner(public_id)
    found, newest = queries_versions.newest_rules(owner)
    form: Any = RulesForm(**filled(found), seen=str(newest))
    try:
        if form.validate_on_submit():
            services_rules.set_rules(owner=owner, **typed(form))
            return laid_down()
    except Refused as refusal:
        form.refuse(refusal)
    html = render_template("social_return/set_rules.html", owner=owner, form=form)
    return (html, 400) if form.all_errors() else html


def typed(form: Any) -> dict[str, Any]:
    """What was typed, as the services that lay rules down take it."""
    return {
        "document": rules_document(form),
        "valid_from": form.valid_from.data,
        "source": form.source.data,
        "by": person(),
        "seen": whole_number(form.seen.data, -1),
    }


def laid_down() -> Response:
    """Say that there is a new version, and go to the list of them."""
    flash("De nieuwe versie is vastgelegd. Oude verplichtingen houden hun versie.", "ok")
    return redirect(url_for("social_return.rules_home"), 303)


def filled(found: rules_obligation.RegionRules) -> dict[str, Any]:
    """Rules as the fields of the form."""
    values: dict[str, Any] = {
        key: getattr(found, key)
        for key in (
            "at_threshold",
            "minimum_months",
            "labour_minimum",
            "labour_low",
            "base",
            "deciding",
            "paid_only",
            "started_before",
            "unmet",
            "contact_days",
            "note",
        )
    }
    values["efforts"] = [str(e) for e in found.efforts]
    for key, one in found.categories.items():
        values[f"threshold_{key}"], values[f"points_{key}"] = one.threshold, one.points
    for effort, points in found.caps.items():
        values[f"cap_{effort}"] = points
    return values


def rules_document(form: Any) -> dict[str, Any]:
    """What was typed as a version is stored."""
    return {
        "categories": {
            str(key): {
                "threshold": form[f"threshold_{key}"].data,
                "points": form[f"points_{key}"].data or 0,
            }
            for key in Category
        },
        "at_threshold": form.at_threshold.data,
        "minimum_months": form.minimum_months.data or None,
        "labour_categories": ["supplies"],
        "labour_minimum": form.labour_minimum.data,
        "labour_low": form.labour_low.data or 0,
        "base": form.base.data,
        "efforts": form.efforts.data,
        "caps": {
            key: form[f"cap_{key}"].data
            for key in ("purchase", "learning", "knowledge")
            if form[f"cap_{key}"].data is not None
        },
        "deciding": form.deciding.data,
        "paid_only": form.paid_only.data,
        "started_before": form.started_before.data,
        "unmet": form.unmet.data,
        "contact_days": form.contact_days.data or 7,
        "note": form.note.data or "",
    }


# Price lists ------------------------------------------------------------------------------------


@bp.get("/prijslijsten/<public_id>")
@role(*READERS)
def price_list(public_id: str) -> str:
    """One version of a price list, with calculated examples."""
    row = queries_versions.price_version(public_id)
    if row is None or not permissions.may_see_version(person(), row.owner):
        abort(404)
    found = rules_prices.list_of(row.document)
    return render_template(
        "social_return/price_list.html",
        row=row,
        found=found,
        examples=price_examples(found),
        units=rules_prices.UNIT_LABELS,
        labels=rules,
    )


def price_examples(found: rules_prices.PriceList) -> list[tuple[str, rules_worth.Worth]]:
    """What a few efforts would count for: half a year, two thirds of a week; an invoice."""
    first, last = date(2026, 1, 1), date(2026, 6, 30)
    hours = found.full_time * 2 / 3
    examples = []
    for price in found.prices:
        bonuses = [one.code for one in found.bonuses_for(price.code)][:1]
        claim = rules_worth.Claim(
            price.code, first, last, hours, Decimal(4), 121_000, 2_100, tuple(bonuses)
        )
        examples.append((price.name, rules_worth.worth(found, claim)))
    for weight in found.weights:
        claim = rules_worth.Claim("", amount=1_210_000, vat=2_100)
        examples.append(
            (weight.label, rules_worth.invoiced(claim, weight.points, f"“{weight.label}”"))
        )
    return examples


@bp.get("/prijslijsten/<public_id>/export.csv")
@role(*READERS)
def export_prices(public_id: str) -> Response:
    """A price list as CSV."""
    row = queries_versions.price_version(public_id)
    if row is None or not permissions.may_see_version(person(), row.owner):
        abort(404)
    rows = rules_table.rows_of(rules_prices.list_of(row.document))
    data = exports.csv_bytes(
        rules_table.COLUMNS, [[one[c] for c in rules_table.COLUMNS] for one in rows]
    )
    response = FlaskResponse(data, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="prijslijst.csv")
    return response


@bp.route("/prijslijst/<public_id>/nieuw", methods=["GET", "POST"])
@role(Role.SROI_OFFICER, Role.REGION_ADMIN)
def set_prices(public_id: str) -> Answer:
    """Enter the next version of a price list: in a table, or from a file; first with examples."""
    owner = kept_owner(public_id)
    versions = queries_versions.price_versions(owner)
    newest = max((one.number for one in versions), default=0)
    known = next((one for one in versions if one.number == newest), None)
    found = rules_prices.list_of(known.document if known else {})
    form: Any = PricesForm(full_time=found.full_time, seen=str(newest))
    rows = rules_table.rows_of(found)
    examples: list[Any] = []
    if request.method == "POST":
        rows = typed_rows()
        valid = form.validate_on_submit()
        try:
            if form.file.data:
                rows = rules_table.read_csv(form.file.data.stream.read(rules_table.MAX_BYTES + 1))
            found = rules_table.list_from(rows, str(form.full_time.data or "36"))
            rules_prices.check_list(found)
            rows = rules_table.rows_of(found)
            examples = price_examples(found)
            if valid and request.form.get("stap") == "bewaren" and not form.file.data:
                services_rules.set_prices(
                    owner=owner,
                    document=rules_prices.document_of(found),
                    valid_from=form.valid_from.data,
                    source=form.source.data,
                    by=person(),
                    seen=whole_number(form.seen.data, -1),
                )
                flash("De nieuwe lijst is vastgelegd. Oude verplichtingen houden hun lijst.", "ok")
                return redirect(url_for("social_return.rules_home"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "social_return/set_prices.html",
        owner=owner,
        form=form,
        groups={
            kind: [
                *(row for row in rows if (row.get("soort") or rules_table.PRICE).lower() == kind),
                *({} for _ in range(empty)),
            ]
            for kind, empty in EMPTY_ROWS.items()
        },
        examples=examples,
        efforts=list(rules.EFFORT_LABELS.values()),
        units=unit_choices(),
        grounds=ground_choices(),
    )
    return (html, 400) if form.all_errors() else html


def typed_rows() -> list[dict[str, str]]:
    """The rows of the table on the page: fields named kind, number and column."""
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for name, value in request.form.items():
        kind, _, rest = name.partition("-")
        number, _, column = rest.partition("-")
        row = whole_number(number, MAX_ROWS)
        if kind in EMPTY_ROWS and row < MAX_ROWS:
            rows.setdefault((kind, row), {"soort": kind})[column] = value.strip()
    return [rows[key] for key in sorted(rows, key=lambda k: (list(EMPTY_ROWS).index(k[0]), k[1]))]


# Side by side ------------------------------------------------------------------------------------


@bp.get("/vergelijken")
@role(*READERS)
def compare() -> str:
    """The rules of every region and authority with its own, in one table, differences marked."""
    today = clock.today()
    columns = []
    for region in queries_versions.regions():
        for owner in [region, *queries_versions.authorities(region.id)]:
            own = queries_versions.rules_versions(owner)
            prices = queries_versions.price_versions(owner)
            if owner.kind == Kind.REGION or own or prices:
                columns.append(
                    (
                        owner,
                        queries_versions.rules_on(owner, today),
                        queries_versions.prices_on(owner, today),
                    )
                )
    table = [
        dict(lines_of(rules_obligation.rules_of(version.document))) if version else {}
        for _, version, _ in columns
    ]
    lists = [rules_prices.list_of(p.document) if p else None for _, _, p in columns]
    for row, found in zip(table, lists, strict=True):
        row |= price_lines(found)
    names = list(dict.fromkeys(name for one in table for name in one))
    lines = []
    for name in names:
        cells = [one.get(name, "—") for one in table]
        # What most have is usual; of equals what the first column has.
        usual = max(cells, key=cells.count)
        lines.append((name, [(cell, cell != usual) for cell in cells], len(set(cells)) > 1))
    return render_template(
        "social_return/compare.html",
        owners=[owner for owner, _, _ in columns],
        lines=lines,
        differing=sum(1 for _, _, differs in lines if differs),
    )


def price_lines(found: rules_prices.PriceList | None) -> dict[str, str]:
    """A price list as (what, how), comparable by the names of its rows."""
    if found is None:
        return {}
    lines = {"Volle werkweek": f"{rules.decimal(found.full_time)} uur"}
    for price in found.prices:
        amount = rules.percent(price.amount) if price.unit == "invoice" else euros(price.amount)
        lines[price.name] = f"{amount} {rules_prices.UNIT_LABELS[price.unit]}"
        if price.cap_months is not None:
            lines[price.name] += f", hoogstens {price.cap_months} maanden"
        if price.at_most is not None:
            lines[price.name] += f", hoogstens {euros(price.at_most)}"
    for bonus in found.bonuses:
        often = "eenmalig" if bonus.once else "per jaar"
        lines[f"Extra: {bonus.label}"] = f"{euros(bonus.amount)} {often}"
    for weight in found.weights:
        lines[f"Inkoop bij: {weight.label}"] = rules.percent(weight.points)
    return lines


@bp.route("/leveranciers", methods=["GET", "POST"])
@role(Role.SROI_OFFICER, Role.REGION_ADMIN)
def suppliers() -> Answer:
    """Suppliers outside the register that the region recognises."""
    region = own_region()
    if region is None or not permissions.may_set_rules(person(), region):
        abort(404)
    form: Any = SupplierForm()
    form.ground.choices = ground_choices()
    if form.validate_on_submit():
        try:
            services_rules.recognise_supplier(
                region=region,
                kvk=form.kvk.data,
                name=form.name.data,
                ground=form.ground.data,
                level=form.level.data or "",
                first_day=form.first_day.data,
                last_day=form.last_day.data,
                source=form.source.data,
                by=person(),
            )
            flash("De leverancier is erkend voor deze periode.", "ok")
            return redirect(url_for("social_return.suppliers"), 303)
        except Refused as refusal:
            form.refuse(
                Refused(
                    refusal.sentence, {"kvk_number": "kvk"}.get(refusal.field or "", refusal.field)
                )
            )
    html = render_template(
        "social_return/suppliers.html",
        form=form,
        rows=queries_versions.recognised_suppliers(region.id),
        grounds=dict(ground_choices()),
    )
    return (html, 400) if form.all_errors() else html
