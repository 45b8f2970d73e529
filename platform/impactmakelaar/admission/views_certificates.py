"""Pages of an enterprise about its own standing, and of staff who verify certificates."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.admission import permissions_standing as permissions
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.admission import (
    queries_standing,
    rules_certificates,
    rules_reminders,
    services_standing,
)
from impactmakelaar.admission import services_certificates as services
from impactmakelaar.admission.forms_standing import (
    ClaimForm,
    EndForm,
    LeaveForm,
    RefuseForm,
    VerifyForm,
    ViewForm,
)
from impactmakelaar.core import clock, files
from impactmakelaar.core.errors import Conflict, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.queries import by_id, by_public_id, names_of
from impactmakelaar.organisations.rules import STAFF, Role, kvk_number
from impactmakelaar.web.forms import whole_number
from impactmakelaar.web.guards import role, signed_in
from impactmakelaar.web.headers import DOWNLOAD_POLICY

bp = Blueprint("standing", __name__)
Answer = str | Response | tuple[str, int]


def own_enterprise(public_id: str) -> Any:
    """An enterprise for which this reader hands in certificates; else 404."""
    row = by_public_id(public_id)
    if row is None or not permissions.may_hand_in(current_user.person, row):
        abort(404)
    return row


def own_claim(public_id: str) -> Any:
    """A certificate of an enterprise that this reader acts for; else 404."""
    row = queries.claim(public_id)
    if row is None or row.removed_at is not None:
        abort(404)
    own_enterprise(row.enterprise.public_id)
    return row


def found_now(enterprise: Any) -> Any:
    """The standing of an enterprise today, in its own region."""
    region = by_id(enterprise.region_id)
    if region is None:
        return queries_standing.NOTHING
    return queries_standing.standing_of(enterprise, region, clock.today())


# The enterprise itself -------------------------------------------------------------------


@bp.get("/stand")
@role(Role.ENTREPRENEUR)
def own() -> Response:
    """To the page of one's own enterprise."""
    return redirect(url_for("standing.page", public_id=current_user.organisation.public_id), 303)


@bp.get("/stand/<public_id>")
@signed_in
def page(public_id: str) -> Answer:
    """Where an enterprise stands, its certificates with their history, and what runs."""
    row = by_public_id(public_id)
    if row is None or not permissions.may_see_evidence(current_user.person, row):
        abort(404)
    if not permissions.may_hand_in(current_user.person, row):
        return redirect(url_for("standing.enterprise", public_id=public_id), 303)
    today = clock.today()
    standing = found_now(row)
    term = rules_reminders.term_of(standing)
    return render_template(
        "admission/standing.html",
        row=row,
        standing=standing,
        certificate=queries_standing.certificate_name(standing),
        left=(term.last_day - today).days if term else None,
        dossiers=queries.dossiers(row),
        renewable=lambda day: rules_certificates.renewable(day, today),
        suspensions=queries.suspensions(row),
        view_form=ViewForm(formdata=None),
        today=today,
    )


@bp.route("/stand/<public_id>/keurmerken/nieuw", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def new_claim(public_id: str) -> Answer:
    """Enter a certificate with its evidence."""
    row = own_enterprise(public_id)
    form = ClaimForm()
    if form.validate_on_submit():
        try:
            if not form.evidence.data:
                raise Refused("Kies het bestand met het bewijs.", "evidence")
            services.hand_in(
                enterprise=row,
                stated=stated(form),
                stream=form.evidence.data.stream,
                name=form.evidence.data.filename or "bewijs",
                by=current_user.person,
                today=clock.today(),
            )
            flash("Uw keurmerk is ingestuurd. De regio controleert het bij de uitgever.", "ok")
            return redirect(url_for("standing.page", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(Refused(refusal.sentence, refusal.field or "evidence"))
    html = render_template("admission/claim.html", row=row, form=form, claim=None)
    return (html, 400) if form.all_errors() else html


def stated(form: ClaimForm) -> services.Stated:
    """What was typed."""
    return services.Stated(
        kind=form.kind.data,
        level=form.level.data or "",
        number=form.number.data or "",
        valid_from=form.valid_from.data,
        valid_until=form.valid_until.data,
        url=form.url.data or "",
    )


@bp.route("/stand/keurmerken/<public_id>", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def change_claim(public_id: str) -> Answer:
    """Correct a certificate or replace its evidence."""
    claim = own_claim(public_id)
    form = ClaimForm(obj=claim)
    if form.validate_on_submit():
        upload = request.files.get("evidence")
        try:
            services.change(
                row=claim,
                stated=stated(form),
                stream=upload.stream if upload and upload.filename else None,
                name=(upload.filename if upload else "") or "bewijs",
                revision=whole_number(form.revision.data, 0),
                by=current_user.person,
                today=clock.today(),
            )
            flash("Opgeslagen. De regio controleert het keurmerk opnieuw.", "ok")
            return redirect(url_for("standing.page", public_id=claim.enterprise.public_id), 303)
        except Conflict as conflict:
            form.refuse(conflict)
            form.revision.data = str(queries.claim(public_id).revision)  # type: ignore[union-attr]
            html = render_template(
                "admission/claim.html", row=claim.enterprise, form=form, claim=claim
            )
            return html, 409
        except Refused as refusal:
            form.refuse(Refused(refusal.sentence, refusal.field or "evidence"))
    html = render_template("admission/claim.html", row=claim.enterprise, form=form, claim=claim)
    return (html, 400) if form.all_errors() else html


@bp.post("/stand/keurmerken/<public_id>/intrekken")
@role(Role.ENTREPRENEUR)
def take_back(public_id: str) -> Response:
    """No longer state a certificate."""
    claim = own_claim(public_id)
    services.take_back(row=claim, by=current_user.person)
    flash("Het keurmerk staat niet meer in uw lijst.", "ok")
    return redirect(url_for("standing.page", public_id=claim.enterprise.public_id), 303)


@bp.post("/stand/schorsingen/<public_id>/reactie")
@role(Role.ENTREPRENEUR)
def answer_suspension(public_id: str) -> Response:
    """Say what one thinks of a suspension that is planned."""
    row = queries.suspension(public_id)
    if row is None or not permissions.may_hand_in(current_user.person, row.enterprise):
        abort(404)
    form = ViewForm()
    try:
        if not form.validate_on_submit():
            raise Refused("Schrijf op wat u ervan vindt.")
        services_standing.give_view(
            row=row, view=form.view.data, by=current_user.person, today=clock.today()
        )
        flash("Uw reactie is verstuurd.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("standing.page", public_id=row.enterprise.public_id), 303)


@bp.route("/stand/<public_id>/stoppen", methods=["GET", "POST"])
@role(Role.ENTREPRENEUR)
def leave(public_id: str) -> Answer:
    """End one's own admission from a day on."""
    row = own_enterprise(public_id)
    form = LeaveForm()
    if form.validate_on_submit():
        try:
            services_standing.leave(
                enterprise=row,
                from_day=form.from_day.data,
                reason=form.reason.data or "",
                by=current_user.person,
                today=clock.today(),
            )
            flash("Uw deelname stopt op de dag die u koos.", "ok")
            return redirect(url_for("standing.page", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("admission/leave.html", row=row, form=form)
    return (html, 400) if form.all_errors() else html


@bp.get("/keurmerkbewijs/<public_id>")
@signed_in
def evidence(public_id: str) -> Response:
    """The evidence of a certificate, as a download, for those who may see it."""
    found = queries.evidence(public_id)
    if found is None or not permissions.may_see_evidence(current_user.person, found[1]):
        abort(404)
    path = files.path_of(found[0].sha256)
    if not path.exists():
        abort(404)
    response = FlaskResponse(path.read_bytes(), mimetype=found[0].media_type)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers.set("Content-Disposition", "attachment", filename=found[0].name)
    return response


# Staff -------------------------------------------------------------------------------------


@bp.get("/regio/keurmerken")
@role(*STAFF)
def waiting() -> str:
    """What staff still have to look up; nothing of whom the reader has an interest in."""
    hidden = queries.recused_enterprises(current_user.person)
    rows = [
        row
        for row in queries.waiting_claims(current_user.organisation)
        if row.enterprise_id not in hidden
    ]
    return render_template("admission/waiting.html", rows=rows)


def checked_claim(public_id: str) -> Any:
    """A certificate that this member of staff may verify; else 404."""
    row = queries.claim(public_id)
    if row is None or not permissions.may_check(current_user.person, row.enterprise):
        abort(404)
    return row


@bp.get("/regio/keurmerken/<public_id>")
@role(*STAFF)
def verify_page(public_id: str) -> str:
    """What the enterprise states beside what is to be found in the issuer's register."""
    return verification(checked_claim(public_id))


def verification(claim: Any, **forms: Any) -> str:
    """The page on which a certificate is verified or refused."""
    enterprise = claim.enterprise
    hidden = {"revision": claim.revision, "evidence_sha256": claim.evidence.sha256}
    entry = reference().codes("certificates").get(claim.kind)
    dossier = queries.dossier(claim)
    people = {check.checked_by_id for check in dossier.checks}
    return render_template(
        "admission/verify.html",
        claim=claim,
        enterprise=enterprise,
        dossier=dossier,
        names=names_of(set(people)),
        register_url=(entry.extra.get("register_url", "") if entry else ""),
        issuer=(entry.extra.get("issuer", "") if entry else ""),
        counts=counts(claim),
        verify_form=forms.get("verify_form")
        or VerifyForm(
            formdata=None,
            kind=claim.kind,
            level=claim.level,
            number=claim.number,
            kvk_number=enterprise.kvk_number,
            valid_from=claim.valid_from,
            valid_until=claim.valid_until,
            register_url=claim.url,
            **hidden,
        ),
        refuse_form=forms.get("refuse_form") or RefuseForm(formdata=None, **hidden),
        end_form=forms.get("end_form") or EndForm(formdata=None),
        errors=next(iter(forms.values()), None),
    )


def counts(row: Any) -> bool:
    """Whether the region's list of today has this certificate and level for the badge."""
    policy = queries_standing.policies(current_user.organisation.id)
    return queries_standing.counts_today(policy, row.kind, row.level, clock.today())


@bp.post("/regio/keurmerken/<public_id>/bevestigen")
@role(*STAFF)
def verify(public_id: str) -> Answer:
    """Keep what was found at the issuer; 409 when the enterprise changed it meanwhile."""
    claim = checked_claim(public_id)
    form = VerifyForm()
    if form.validate_on_submit():
        try:
            check = services.verify(
                row=claim,
                revision=whole_number(form.revision.data, 0),
                evidence_sha256=form.evidence_sha256.data or "",
                found=services.Found(
                    kind=form.kind.data,
                    level=form.level.data or "",
                    number=form.number.data or "",
                    kvk_number=kvk_number(form.kvk_number.data),
                    valid_from=form.valid_from.data,
                    valid_until=form.valid_until.data,
                    register_url=form.register_url.data or "",
                ),
                by=current_user.person,
            )
            flash("Het keurmerk is bevestigd. De onderneming krijgt bericht.", "ok")
            if not counts(check):
                flash("Dit keurmerk telt met dit niveau niet voor de badge.", "warning")
            return redirect(url_for("standing.waiting"), 303)
        except Conflict as conflict:
            flash(conflict.sentence, "error")
            return verification(checked_claim(public_id)), 409
        except Refused as refusal:
            form.refuse(refusal)
    return verification(claim, verify_form=form), 400


@bp.post("/regio/keurmerken/<public_id>/afwijzen")
@role(*STAFF)
def refuse(public_id: str) -> Answer:
    """Say why a certificate could not be confirmed."""
    claim = checked_claim(public_id)
    form = RefuseForm()
    if form.validate_on_submit():
        try:
            services.refuse(
                row=claim,
                revision=whole_number(form.revision.data, 0),
                evidence_sha256=form.evidence_sha256.data or "",
                reason=form.reason.data,
                by=current_user.person,
            )
            flash("De onderneming krijgt uw reden.", "ok")
            return redirect(url_for("standing.waiting"), 303)
        except Conflict as conflict:
            flash(conflict.sentence, "error")
            return verification(checked_claim(public_id)), 409
        except Refused as refusal:
            form.refuse(refusal)
    return verification(claim, refuse_form=form), 400


@bp.post("/regio/keurmerken/controles/<public_id>/einde")
@role(*STAFF)
def end_check(public_id: str) -> Answer:
    """A verified certificate stopped counting."""
    check = queries.check(public_id)
    if check is None:
        abort(404)
    claim = checked_claim(check.claim.public_id)
    form = EndForm()
    if form.validate_on_submit():
        try:
            services.end(
                check=check,
                kind=form.kind.data,
                from_day=form.from_day.data,
                reason=form.reason.data,
                by=current_user.person,
            )
            flash("Vastgelegd. De onderneming krijgt bericht.", "ok")
            return redirect(url_for("standing.verify_page", public_id=claim.public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return verification(claim, end_form=form), 400
