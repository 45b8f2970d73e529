"""Round a workbook: its settings, people and guests, files, and what was offered to a region."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from impactmakelaar.core import clock
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.forms import AcceptForm, EmptyForm
from impactmakelaar.organisations.rules import ROLE_LABELS, STAFF
from impactmakelaar.proposals import queries as proposed
from impactmakelaar.proposals.rules import Target, decided_by
from impactmakelaar.toolbox import (
    permissions,
    queries,
    rules_answers,
    services_export,
    services_workbook,
)
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox.forms import ROLES, ChangeForm, GuestForm, ImportForm
from impactmakelaar.toolbox.rules import SIGN_LABELS, TARGETS
from impactmakelaar.toolbox.rules_html import safe_html
from impactmakelaar.toolbox.rules_workbook import ACCESS_LABELS
from impactmakelaar.toolbox.views import bp, module_context
from impactmakelaar.toolbox.views_workbook import Answer, own_book, said
from impactmakelaar.web.filters import plural
from impactmakelaar.web.guards import public, role, signed_in


def managed_book(public_id: str) -> Any:
    """A workbook that this reader manages; else 404."""
    row = own_book(public_id)
    if not permissions.may_manage(current_user.person, row):
        abort(404)
    return row


@bp.route("/werkboeken/<public_id>/beheer", methods=["GET", "POST"])
@signed_in
def manage(public_id: str) -> Answer:
    """Name, purpose, who may do what."""
    row = managed_book(public_id)
    form = ChangeForm(name=row.name, purpose=row.purpose, everyone=row.everyone)
    if form.validate_on_submit():
        try:
            services_workbook.change(
                book=row,
                name=form.name.data,
                purpose=form.purpose.data or "",
                everyone=form.everyone.data,
                by=current_user.person,
            )
            flash("Bewaard.", "ok")
            return redirect(url_for("toolbox.manage", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    return manage_page(row, form=form)


def manage_page(row: Any, **forms: Any) -> Answer:
    """The page to manage a workbook, with the form that was refused, if any."""
    form = forms.get("form") or ChangeForm(
        formdata=None, name=row.name, purpose=row.purpose, everyone=row.everyone
    )
    guest = forms.get("guest") or GuestForm(formdata=None)
    html = render_template(
        "toolbox/manage.html",
        book=row,
        form=form,
        guest=guest,
        members=books.members(row),
        colleagues=books.colleagues(row),
        invitations=books.open_invitations(row, clock.now()),
        roles=ROLES,
        labels=ACCESS_LABELS,
    )
    return (html, 400) if form.all_errors() or guest.all_errors() else html


@bp.post("/werkboeken/<public_id>/gasten")
@signed_in
def invite_guest(public_id: str) -> Answer:
    """Ask a guest."""
    row = managed_book(public_id)
    guest = GuestForm()
    if guest.validate_on_submit():
        try:
            services_workbook.invite(
                book=row, email=guest.email.data, role=guest.role.data, by=current_user.person
            )
            flash("De uitnodiging is verstuurd.", "ok")
            return redirect(url_for("toolbox.manage", public_id=public_id), 303)
        except Refused as refusal:
            guest.refuse(refusal)
    return manage_page(row, guest=guest)


@bp.post("/werkboeken/<public_id>/rol")
@signed_in
def set_role(public_id: str) -> Response:
    """Give or take somebody's role."""
    row = managed_book(public_id)
    try:
        services_workbook.set_role(
            book=row,
            person_id=request.form.get("persoon", ""),
            role=request.form.get("rol", ""),
            by=current_user.person,
        )
        flash("Bewaard.", "ok")
    except NotFound:
        abort(404)
    except Refused as refusal:
        said(refusal)
    return redirect(url_for("toolbox.manage", public_id=public_id), 303)


@bp.post("/werkboeken/<public_id>/wegleggen")
@signed_in
def put_away(public_id: str) -> Response:
    """Put a workbook away, or take it back."""
    row = managed_book(public_id)
    away = request.form.get("weg") == "ja"
    services_workbook.put_away(book=row, away=away, by=current_user.person)
    flash("Het werkboek is weggelegd." if away else "Het werkboek is terug.", "ok")
    return redirect(url_for("toolbox.workbooks"), 303)


@bp.route("/uitnodiging/<token>", methods=["GET", "POST"])
@public
def accept_guest(token: str) -> Answer:
    """The page behind the link of a guest."""
    try:
        row = services_workbook.valid_invitation(token)
    except Refused as refusal:
        return render_template("accounts/stale_link.html", sentence=refusal.sentence), 400
    known = current_user.is_authenticated
    form = EmptyForm() if known else AcceptForm()
    if form.validate_on_submit():
        try:
            book = services_workbook.accept(
                token=token,
                person=current_user.person if known else None,
                name=form.name.data if not known else "",
                password=form.password.data if not known else "",
            )
            flash(f"U werkt nu mee aan het werkboek “{book.name}”.", "ok")
            goal = url_for("toolbox.book", public_id=book.public_id)
            if not known:
                session["next"] = goal
                goal = url_for("accounts.sign_in")
            return redirect(goal, 303)
        except Refused as refusal:
            form.refuse(refusal)
    if not known:
        session["next"] = url_for("toolbox.accept_guest", token=token)
    html = render_template(
        "toolbox/accept.html", row=row, form=form, known=known, labels=ACCESS_LABELS
    )
    return (html, 400) if form.all_errors() else html


# Files -------------------------------------------------------------------------------------


def printed(row: Any, template: str) -> str:
    """The workbook on paper: all questions with their answers."""
    library, answers = queries.library(), books.answers(row)
    return render_template(
        template,
        book=row,
        theme=None,
        pages=[module_context(library, one) for one in library.modules],
        values=books.values(answers),
        found=answers,
        answers=rules_answers,
        html=safe_html,
        signs=SIGN_LABELS,
        now=clock.now(),
    )


@bp.get("/werkboeken/<public_id>/afdrukken")
@signed_in
def print_book(public_id: str) -> str:
    """The workbook for the printer."""
    return printed(own_book(public_id), "toolbox/print_book.html")


@bp.post("/werkboeken/<public_id>/ophalen")
@signed_in
def export(public_id: str) -> Response:
    """The workbook as a file."""
    row = own_book(public_id)
    kind = request.form.get("soort", "")
    html = printed(row, "toolbox/pdf.html") if kind == "pdf" else ""
    try:
        data = services_export.export(book=row, kind=kind, by=current_user.person, html=html)
    except NotFound:
        abort(404)
    return Response(
        data,
        mimetype=services_export.MIMETYPES[kind].split(";")[0],
        headers={"Content-Disposition": f'attachment; filename="werkboek-{row.public_id}.{kind}"'},
    )


@bp.route("/werkboeken/<public_id>/inlezen", methods=["GET", "POST"])
@signed_in
def take_in(public_id: str) -> Answer:
    """Take in a file that was exported before."""
    row = own_book(public_id)
    if not permissions.may_answer(current_user.person, row):
        abort(404)
    form = ImportForm()
    if form.validate_on_submit():
        try:
            filled, aside, wrong = services_export.take_in_file(
                book=row,
                data=form.file.data.read(),
                name=form.file.data.filename or "",
                by=current_user.person,
            )
            read = plural(filled, "antwoord", "antwoorden")
            flash(f"{read} ingelezen, {aside} naast een ander antwoord gezet.", "ok")
            for sentence in wrong[:10]:
                flash(sentence, "warning")
            return redirect(url_for("toolbox.book", public_id=public_id), 303)
        except Refused as refusal:
            form.refuse(refusal)
    html = render_template("toolbox/take_in.html", book=row, form=form)
    return (html, 400) if form.all_errors() else html


# Answers offered to the region -------------------------------------------------------------

PAGES = {
    Target.CRITERIA: "admission.proposal",
    Target.LEADS: "profiles.leads_proposal",
    Target.SOCIAL_RULES: "social_return.rules_proposal",
    Target.REGION_PAGE: "register.parties_proposal",
    Target.REQUESTS: "tenders.proposal",
    Target.PROGRESS: "proposals.note",
}
"""Target -> the page on which somebody decides."""


@bp.get("/voorstellen")
@role(*STAFF)
def proposals() -> str:
    """Everything that was offered in this region and still waits, with who decides about it."""
    rows = proposed.waiting(current_user.organisation)
    return render_template(
        "toolbox/proposals.html",
        rows=[
            (row, PAGES[Target(row.target)])
            if current_user.acts_as(*decided_by(Target(row.target)))
            else (row, "")
            for row in rows
        ],
        deciders={t: [ROLE_LABELS[one].lower() for one in decided_by(t)] for t in Target},
        targets=TARGETS,
        region=current_user.organisation,
    )
