"""What an organisation sets about buying: the box, limits, mandates."""

from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.tenders import (
    queries,
    queries_advice,
    rules,
    services,
)
from impactmakelaar.tenders.forms import (
    LimitsForm,
    MandateForm,
    SettingsForm,
)
from impactmakelaar.tenders.rules_advice import Limits
from impactmakelaar.tenders.views import BUYERS, Answer, bp
from impactmakelaar.web.guards import role


@bp.route("/opdrachten/instellingen", methods=["GET", "POST"])
@role(*BUYERS)
def settings() -> Answer:
    """How the organisation buys: opening, keeping, limits, mandates."""
    organisation = current_user.organisation
    kept = queries.settings(organisation.id)
    form = SettingsForm(
        data={
            "open_with": str(kept.open_with),
            "keep_years": kept.keep_years,
            "standstill_days": kept.standstill_days,
        }
    )
    if form.validate_on_submit():
        try:
            services.save_settings(
                organisation=organisation,
                open_with=int(form.open_with.data),
                keep_years=form.keep_years.data or kept.keep_years,
                standstill_days=form.standstill_days.data or 0,
                by=current_user.person,
                now=clock.now(),
            )
            flash("De instellingen zijn bewaard.", "ok")
            return redirect(url_for("tenders.settings"), 303)
        except Refused as refusal:
            form.refuse(refusal)
        except NotFound:
            abort(404)
    return settings_page(form, LimitsForm(formdata=None, data={"invite_min": 3, "invite_max": 5}))


def settings_page(form: SettingsForm, limits_form: LimitsForm) -> str:
    """The page with everything an organisation sets."""
    organisation = current_user.organisation
    mandate = MandateForm(formdata=None)
    mandate.person.choices = [(p.id, p.name) for p in queries.buyers(organisation)]
    return render_template(
        "tenders/settings.html",
        form=form,
        limits_form=limits_form,
        mandate_form=mandate,
        mandates=queries.mandates(organisation.id),
        limits=queries_advice.limits(organisation.id),
        europe=queries_advice.eu_thresholds(),
        example=queries_advice.example_limits(clock.today()),
        warnings=queries_advice.warnings(organisation, clock.today()),
        authority=organisation.kind == OrganisationKind.AUTHORITY,
        rules=rules,
        today=clock.today(),
    )


@bp.post("/opdrachten/instellingen/grensbedragen")
@role(*BUYERS)
def add_limits() -> Answer:
    """A new version of the own limits, or the example taken over."""
    organisation = current_user.organisation
    form = LimitsForm()
    example = request.form.get("voorbeeld") == "ja"
    if example or form.validate_on_submit():
        try:
            rows = queries_advice.example_limits(clock.today()) if example else limits_of(form)
            return _limits_added(rows)
        except Refused as refusal:
            form.refuse(refusal)
    kept = queries.settings(organisation.id)
    settings_form = SettingsForm(
        formdata=None,
        data={
            "open_with": str(kept.open_with),
            "keep_years": kept.keep_years,
            "standstill_days": kept.standstill_days,
        },
    )
    return settings_page(settings_form, form)


def _limits_added(rows: list[Limits]) -> Response:
    try:
        services.add_limits(
            organisation=current_user.organisation,
            rows=rows,
            by=current_user.person,
            now=clock.now(),
        )
    except NotFound:
        abort(404)
    flash("De grensbedragen zijn bewaard.", "ok")
    return redirect(url_for("tenders.settings"), 303)


def limits_of(form: LimitsForm) -> list[Limits]:
    """The rows of a version, one per category that has an amount."""
    found = []
    for category in rules.Category:
        single = form[f"{category}_single"].data
        if single is None:
            continue
        assert isinstance(form.valid_from.data, date)
        found.append(
            Limits(
                form.valid_from.data,
                form.valid_until.data,
                category,
                single,
                form[f"{category}_multiple"].data,
                form.invite_min.data or 3,
                form.invite_max.data or 5,
                form.source.data or "",
            )
        )
    if not found:
        raise Refused("Vul minstens één grensbedrag in.", "services_single")
    return found


@bp.post("/opdrachten/instellingen/mandaat")
@role(*BUYERS)
def mandate() -> Response:
    """Let somebody do a procedure, or no longer."""
    form = MandateForm()
    if form.validate_on_submit():
        try:
            services.set_mandate(
                organisation=current_user.organisation,
                procedure=form.procedure.data,
                person_id=form.person.data,
                granted=form.granted.data == "ja",
                by=current_user.person,
                now=clock.now(),
            )
            flash("Het mandaat is gewijzigd.", "ok")
        except Refused as refusal:
            flash(refusal.sentence, "error")
        except NotFound:
            abort(404)
    return redirect(url_for("tenders.settings"), 303)
