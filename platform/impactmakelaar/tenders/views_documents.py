"""Documents with a request: the buyer's list, and the downloads of whoever was invited."""

import io
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, send_file, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.core import clock, files
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Role
from impactmakelaar.tenders import (
    permissions,
    queries_documents,
    queries_invitations,
    rules,
    services_documents,
)
from impactmakelaar.tenders.forms import DocumentsForm
from impactmakelaar.tenders.views import own, words
from impactmakelaar.tenders.views_settings import BUYERS, Answer, bp
from impactmakelaar.web.guards import public, role

SUPPLIERS = (Role.ENTREPRENEUR,)


def uploads_of(field: Any) -> list[services_documents.Upload]:
    """The files that were really chosen."""
    return [(one.stream, one.filename) for one in field.data or [] if one and one.filename]


def download(stored: Any) -> FlaskResponse:
    """A stored file, always as a download."""
    answer = send_file(
        io.BytesIO(files.path_of(stored.sha256).read_bytes()),
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.name,
    )
    # What the headers of every page say about keeping copies holds for this file too.
    del answer.headers["Cache-Control"]
    return answer


def of_request(row: Any, document_id: str) -> FlaskResponse:
    """One document of a request; else 404."""
    found = queries_documents.document(row, document_id)
    if found is None:
        abort(404)
    return download(found.file)


@bp.route("/opdrachten/<public_id>/documenten", methods=["GET", "POST"])
@role(*BUYERS)
def documents(public_id: str) -> Answer:
    """The documents with a request; until it is sent they may come and go."""
    row = own(public_id)
    form = DocumentsForm()
    if form.validate_on_submit():
        try:
            services_documents.add_documents(
                row=row,
                uploads=uploads_of(form.files),
                by=current_user.person,
                now=clock.now(),
            )
            flash("De documenten staan erbij.", "ok")
            return redirect(url_for("tenders.documents", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return render_template(
        "tenders/documents.html",
        **words(row),
        form=form,
        documents=queries_documents.documents(row),
        may_change=row.stage in (rules.Stage.DRAFT, rules.Stage.SELECTED),
    )


@bp.post("/opdrachten/<public_id>/documenten/<string:document_id>/weg")
@role(*BUYERS)
def remove_document(public_id: str, document_id: str) -> Response:
    """Take a document away."""
    row = own(public_id)
    try:
        services_documents.remove_document(row=row, public_id=document_id, by=current_user.person)
        flash("Het document is weggehaald.", "ok")
    except Refused as refusal:
        flash(refusal.sentence, "error")
    except NotFound:
        abort(404)
    return redirect(url_for("tenders.documents", public_id=public_id), 303)


@bp.get("/opdrachten/<public_id>/documenten/<string:document_id>")
@role(*BUYERS)
def document(public_id: str, document_id: str) -> FlaskResponse:
    """A document, for the buyer."""
    return of_request(own(public_id), document_id)


@bp.get("/uitnodigingen/<public_id>/documenten/<string:document_id>")
@role(*SUPPLIERS)
def invited_document(public_id: str, document_id: str) -> FlaskResponse:
    """A document, for whoever was invited."""
    found = queries_invitations.invitation(public_id)
    if found is None or not permissions.may_answer(current_user.person, found):
        abort(404)
    return of_request(found.tender, document_id)


@bp.get("/aanvraag/<token>/documenten/<string:document_id>")
@public
def link_document(token: str, document_id: str) -> FlaskResponse:
    """A document, behind the link in the invitation."""
    found = queries_invitations.invitation_by_token(token_hash(token))
    if found is None:
        abort(404)
    return of_request(found.tender, document_id)
