"""Pages of region staff about profiles: leads, drafts, importing a list."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.rules import STAFF
from impactmakelaar.profiles import permissions, queries, rules, services, services_import
from impactmakelaar.profiles.forms import ImportForm
from impactmakelaar.profiles.views import Answer, bp, document_of, label
from impactmakelaar.web.forms import tidy_line
from impactmakelaar.web.guards import role


@bp.get("/regio/organisaties/<public_id>/profiel")
@role(*STAFF)
def staff_preview(public_id: str) -> str:
    """The draft of an enterprise or lead, for region staff."""
    organisation = queries.enterprise(public_id)
    if organisation is None or not permissions.may_staff_see(current_user.person, organisation):
        abort(404)
    return render_template(
        "profiles/preview.html",
        organisation=organisation,
        profile=rules.public_view(document_of(organisation)),
        label=label,
        staff=True,
    )


@bp.post("/regio/organisaties/<public_id>/publiceren")
@role(*STAFF)
def publish_lead(public_id: str) -> Response:
    """Publish what is known of an approved enterprise without people."""
    organisation = queries.enterprise(public_id)
    if organisation is None:
        abort(404)
    try:
        services.publish_lead(organisation=organisation, by=current_user.person)
        flash(f"{organisation.name} staat in het register.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    return redirect(url_for("organisations.organisation", public_id=public_id), 303)


@bp.route("/regio/importeren", methods=["GET", "POST"])
@role(*STAFF)
def import_page() -> Answer:
    """Take in a list: first a dry run with the columns to check, then for good."""
    form = ImportForm()
    result = None
    token = request.form.get("token", "")
    if token or form.validate_on_submit():
        for_real = bool(token) and request.form.get("wat") != "proef"
        try:
            upload = form.file.data
            if not token and not upload.filename:
                raise Refused("Kies een bestand.", "file")
            result = services_import.import_enterprises(
                data=services_import.kept(token) if token else upload.stream.read(),
                name=token or upload.filename,
                source=(tidy_line(request.form.get("source", "")) or "import")[:80],
                region=current_user.organisation,
                by=current_user.person,
                for_real=for_real,
                chosen=chosen_columns(),
            )
        except Refused as refusal:
            form.refuse(refusal)
        if result is not None and token:
            services_import.forget(token)
        if result is not None and result.problem:
            form.refuse(Refused(result.problem))
    html = render_template("profiles/import.html", form=form, result=result)
    return (html, 400) if form.all_errors() else html


def chosen_columns() -> dict[str, str]:
    """What the reader chose for the columns: pairs of a name and what it holds."""
    names = request.form.getlist("kolom")
    targets = request.form.getlist("betekenis")
    return dict(zip(names, targets, strict=False))
