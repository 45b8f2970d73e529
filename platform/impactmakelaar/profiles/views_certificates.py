"""Pages about the certificates that an enterprise states, with its evidence."""

from typing import Any

from flask import (
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import Refused
from impactmakelaar.profiles import rules, services
from impactmakelaar.profiles.forms import (
    CertificateForm,
)
from impactmakelaar.profiles.views import (
    GONE,
    Answer,
    bp,
    document_of,
    label,
    own_enterprise,
)
from impactmakelaar.web.guards import signed_in


@bp.get("/profiel/<public_id>/keurmerken")
@signed_in
def certificates(public_id: str) -> str:
    """The list of certificates."""
    organisation = own_enterprise(public_id)
    return render_template(
        "profiles/certificates.html",
        organisation=organisation,
        document=document_of(organisation),
        label=label,
        row_key=rules.row_key,
    )


@bp.route("/profiel/<public_id>/keurmerken/<key>", methods=["GET", "POST"])
@signed_in
def certificate(public_id: str, key: str) -> Answer:
    """Add ("nieuw") or change one certificate; ``key`` changes when the certificate does."""
    organisation = own_enterprise(public_id)
    rows = document_of(organisation)["certificates"]
    here = next((row for row in rows if rules.row_key(row) == key), None)
    if here is None and key != "nieuw" and request.method == "GET":
        abort(404)
    form = CertificateForm(data=flat_certificate(here or {}))
    conflict: list[Any] = []
    if form.validate_on_submit():
        try:
            typed = form.certificate((here or {}).get("evidence", ""))
            rules.check_certificate(typed)
            if here is None and key != "nieuw" and typed not in rows:
                conflict = [("Keurmerk", GONE, certificate_line(typed))]
                key = "nieuw"
            else:
                typed["evidence"] = uploaded(organisation, form) or typed["evidence"]
                save_certificate(organisation, rows, here, typed)
                flash("Het keurmerk is opgeslagen als concept.", "ok")
                return redirect(url_for("profiles.certificates", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(Refused(refusal.sentence, refusal.field or "evidence"))
    html = render_template(
        "profiles/certificate.html",
        organisation=organisation,
        form=form,
        known=here or {},
        key=key,
        conflict=conflict,
    )
    if conflict:
        return html, 409
    return (html, 400) if form.all_errors() else html


def uploaded(organisation: Any, form: CertificateForm) -> str:
    """The public id of the evidence that came along, "" when there is none."""
    upload = form.evidence.data
    if not upload or not upload.filename:
        return ""
    return services.keep_file(
        organisation=organisation,
        kind="evidence",
        stream=upload.stream,
        name=upload.filename,
        by=current_user.person,
    ).public_id


def save_certificate(
    organisation: Any, rows: list[rules.Document], here: Any, typed: rules.Document
) -> None:
    """Put a certificate in its place, or at the end; the same one twice is there once."""
    if here is None:
        new = rows if typed in rows else [*rows, typed]
    else:
        new = [typed if row == here else row for row in rows]
    services.save_section(
        organisation=organisation,
        section="keurmerken",
        values={"certificates": new},
        seen={"certificates": rows},
        by=current_user.person,
        today=clock.today(),
    )


def certificate_line(row: rules.Document) -> str:
    """A certificate in one line, for comparing."""
    dates = f"{row['valid_from']} tot en met {row['valid_until']}"
    return f"{label('certificates', row['kind'])} {row['level']} {row['number']} {dates}".strip()


def flat_certificate(known: rules.Document) -> dict[str, Any]:
    """A certificate as the form's fields are named."""
    return {
        **{k: known.get(k, "") for k in ("kind", "level", "number", "url")},
        "valid_from": as_date(known.get("valid_from")),
        "valid_until": as_date(known.get("valid_until")),
    }


def as_date(text: Any) -> Any:
    """A date from ISO text, or None."""
    return clock.date_of(text) if text else None


@bp.post("/profiel/<public_id>/keurmerken/<key>/verwijderen")
@signed_in
def remove_certificate(public_id: str, key: str) -> Response:
    """Take a certificate out of the draft; one that a colleague changed meanwhile stays."""
    organisation = own_enterprise(public_id)
    rows = document_of(organisation)["certificates"]
    left = [row for row in rows if rules.row_key(row) != key]
    services.save_section(
        organisation=organisation,
        section="keurmerken",
        values={"certificates": left},
        seen={"certificates": rows},
        by=current_user.person,
        today=clock.today(),
    )
    if len(left) == len(rows):
        flash("Dit keurmerk was al gewijzigd of verwijderd. Er is niets weggehaald.", "warning")
    else:
        flash("Het keurmerk is uit het concept gehaald.", "ok")
    return redirect(url_for("profiles.certificates", public_id=public_id), 303)
