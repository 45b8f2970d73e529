"""Pages of the region administrator: the rules of admission and the seats of the committee."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import queries_policy, rules, rules_policy, services_policy
from impactmakelaar.admission.forms import (
    POLICY_SWITCHES,
    POLICY_TEXTS,
    ButtonForm,
    SeatForm,
    policy_document,
    policy_form,
)
from impactmakelaar.admission.rules import COMMITTEE
from impactmakelaar.admission.views import Answer, bp, shown
from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.rules import Role
from impactmakelaar.proposals import queries as proposals
from impactmakelaar.proposals.rules import Target
from impactmakelaar.web.guards import role


def version_of(public_id: str) -> Any:
    """A version of this region's rules; else 404."""
    for row in queries_policy.policy_versions(current_user.organisation):
        if row.public_id == public_id:
            return row
    return abort(404)


@bp.get("/regio/toelatingsregels")
@role(Role.REGION_ADMIN)
def policies() -> str:
    """Every version of the rules."""
    region, today = current_user.organisation, clock.today()
    rows = queries_policy.policy_versions(region)
    return render_template(
        "admission/policies.html",
        rows=rows,
        current=queries_policy.policy_version(region.id, today),
        proposals=proposals.waiting(region, Target.CRITERIA),
        names=organisations.names_of({row.created_by_id for row in rows}),
        today=today,
    )


@bp.get("/regio/toelatingsregels/<public_id>")
@role(Role.REGION_ADMIN)
def policy(public_id: str) -> str:
    """One version, to read."""
    row = version_of(public_id)
    return render_template(
        "admission/policy.html",
        row=row,
        policy=rules_policy.policy_of(row.document),
        majorities=rules_policy.MAJORITY_LABELS,
        no_quorum=rules_policy.NO_QUORUM_LABELS,
        switches=POLICY_SWITCHES,
        texts=POLICY_TEXTS,
    )


@bp.route("/regio/toelatingsregels/nieuw", methods=["GET", "POST"])
@role(Role.REGION_ADMIN)
def new_policy() -> Answer:
    """A new version, starting from the latest."""
    region, today = current_user.organisation, clock.today()
    rows = queries_policy.policy_versions(region)
    form: Any = policy_form(rows[0].document if rows else rules_policy.DEFAULT)
    if form.validate_on_submit():
        try:
            services_policy.set_policy(
                region=region,
                document=policy_document(form),
                valid_from=form.valid_from.data,
                note=form.note.data or "",
                by=current_user.person,
                today=today,
            )
            flash("De nieuwe regels zijn vastgelegd.", "ok")
            return redirect(url_for("admission.policies"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/new_policy.html",
        form=form,
        criteria=[n for n in range(99) if f"c{n}_title" in form],
        certificates=[n for n in range(99) if f"k{n}_label" in form],
        limits=list(rules_policy.LIMITS),
        switches=list(POLICY_SWITCHES),
        texts=list(POLICY_TEXTS),
        first=not rows,
    )
    return shown(html, form)


@bp.route("/regio/commissieleden", methods=["GET", "POST"])
@role(Role.REGION_ADMIN)
def seats() -> Answer:
    """Who sits in the committee, and until when."""
    region, today = current_user.organisation, clock.today()
    people = queries_policy.people_with_role(region.id, *COMMITTEE)
    form: Any = SeatForm()
    form.person.choices = [("", "Kies …"), *((str(p.id), p.name) for p in people)]
    if form.validate_on_submit():
        try:
            services_policy.give_seat(
                region=region,
                person=next(p for p in people if str(p.id) == form.person.data),
                seat=rules.Seat(form.seat.data),
                valid_from=form.valid_from.data,
                valid_until=form.valid_until.data,
                employers=form.employers.data or "",
                by=current_user.person,
            )
            flash("De zetel is vastgelegd.", "ok")
            return redirect(url_for("admission.seats"), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template(
        "admission/seats.html",
        form=form,
        rows=queries_policy.seats(region),
        members=queries_policy.committee(region.id, today),
        names={p.id: p.name for p in people},
        labels=rules.SEAT_LABELS,
        today=today,
    )
    return shown(html, form)


@bp.post("/regio/commissieleden/<public_id>/beeindigen")
@role(Role.REGION_ADMIN)
def end_seat(public_id: str) -> Response:
    """End a seat."""
    region = current_user.organisation
    row = next((s for s in queries_policy.seats(region) if s.public_id == public_id), None)
    if row is None:
        abort(404)
    if ButtonForm().validate_on_submit():
        try:
            services_policy.end_seat(
                row=row, region=region, by=current_user.person, today=clock.today()
            )
            flash("De zetel is beëindigd.", "ok")
        except Refused as refusal:
            flash(refusal.sentence, "error")
    return redirect(url_for("admission.seats"), 303)
