"""Pages of region staff: the watch list, and one enterprise: suspend, lift, recognise."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from impactmakelaar.admission import permissions_standing as permissions
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.admission import queries_standing, rules_reminders, rules_words
from impactmakelaar.admission import services_standing as services
from impactmakelaar.admission.forms_standing import (
    ImposeForm,
    ProposeForm,
    ReasonForm,
    RecogniseForm,
    ViewForm,
)
from impactmakelaar.admission.rules_standing import Standing, State
from impactmakelaar.admission.views_certificates import Answer, bp
from impactmakelaar.core import clock, exports
from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations.queries import by_public_id
from impactmakelaar.organisations.rules import STAFF, Role
from impactmakelaar.web.guards import role

PAGE_SIZE = 50
WATCHED = (State.IN_GRACE, State.CERTIFIED, State.LAPSED, State.SUSPENDED)
HEADER = ("Naam", "KVK-nummer", "Stand", "Laatste dag", "Dagen", "Keurmerk", "Bewijs wacht")


@dataclass(frozen=True)
class Watched:
    """One line of the watch list; ``left`` counts days to the last one."""

    enterprise: Any
    standing: Standing
    certificate: str
    left: int | None
    waiting: bool

    @property
    def urgency(self) -> str:
        """How the tag looks."""
        if self.left is None or self.left > 90:
            return ""
        return "warning" if self.left >= 0 else "error"


def watched(today: date, wanted: str) -> list[Watched]:
    """Who has or had a badge, the first to end first; nothing the reader has an interest in."""
    region = current_user.organisation
    hidden = queries.recused_enterprises(current_user.person)
    standings = {
        number: one
        for number, one in queries_standing.standings(region.id, today).items()
        if one.state in WATCHED and number not in hidden and wanted in ("", one.state.value)
    }
    waiting = queries.waiting_enterprises(region)
    rows = []
    for enterprise in queries.enterprises(standings):
        one = standings[enterprise.id]
        term = rules_reminders.term_of(one)
        rows.append(
            Watched(
                enterprise,
                one,
                queries_standing.certificate_name(one),
                (term.last_day - today).days if term else None,
                enterprise.id in waiting,
            )
        )
    return sorted(rows, key=lambda row: (row.left is None, row.left or 0, row.enterprise.name))


@bp.get("/regio/volglijst")
@role(*STAFF)
def watch_list() -> str:
    """Who is in grace and how far, who lapses when."""
    wanted = request.args.get("stand", "")
    wanted = wanted if wanted in list(WATCHED) else ""
    rows = watched(clock.today(), wanted)
    page = min(max(request.args.get("pagina", 1, type=int) or 1, 1), 10_000)
    pages = max(1, -(-len(rows) // PAGE_SIZE))
    page = min(page, pages)
    return render_template(
        "admission/watch_list.html",
        rows=rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
        total=len(rows),
        page=page,
        pages=pages,
        wanted=wanted,
        states=[(state.value, rules_words.LABELS[state]) for state in WATCHED],
        url=lambda n: url_for("standing.watch_list", stand=wanted, pagina=n),
    )


@bp.get("/regio/volglijst.csv")
@role(*STAFF)
def export_watch_list() -> FlaskResponse:
    """The watch list for a spreadsheet."""
    rows = watched(clock.today(), "")
    body = exports.csv_bytes(
        HEADER,
        [
            (
                row.enterprise.name,
                row.enterprise.kvk_number,
                rules_words.label(row.standing),
                row.standing.last_day or "",
                "" if row.left is None else row.left,
                row.certificate,
                "ja" if row.waiting else "",
            )
            for row in rows
        ],
    )
    answer = FlaskResponse(body, mimetype="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="volglijst.csv"'
    return answer


def checked_enterprise(public_id: str) -> Any:
    """An enterprise of the region in which the reader has no interest; else 404."""
    row = by_public_id(public_id)
    if row is None or not permissions.may_check(current_user.person, row):
        abort(404)
    return row


@bp.get("/regio/stand/<public_id>")
@role(*STAFF)
def enterprise(public_id: str) -> str:
    """One enterprise as staff see it: standing, certificates, suspensions, recognitions."""
    return enterprise_page(checked_enterprise(public_id))


def enterprise_page(row: Any, **forms: Any) -> str:
    """The page of one enterprise, with a form that was refused when there is one."""
    today = clock.today()
    standing = queries_standing.standing_of(row, row.region, today)
    return render_template(
        "admission/enterprise.html",
        row=row,
        standing=standing,
        certificate=queries_standing.certificate_name(standing),
        dossiers=queries.dossiers(row),
        suspensions=queries.suspensions(row),
        recognitions=queries.recognitions(row),
        decides=permissions.may_decide(current_user.person, row),
        today=today,
        propose_form=forms.get("propose_form") or ProposeForm(formdata=None),
        view_form=forms.get("view_form") or ViewForm(formdata=None),
        impose_form=forms.get("impose_form") or ImposeForm(formdata=None, from_day=today),
        lift_form=forms.get("lift_form") or ReasonForm(formdata=None),
        recognise_form=forms.get("recognise_form") or RecogniseForm(formdata=None),
        errors=next(iter(forms.values()), None),
    )


def attempt(row: Any, name: str, form: Any, verb: Callable[[], Any], sentence: str) -> Answer:
    """Do what was asked on the page of an enterprise; or the page again with what is wrong.

    ``name`` is what ``enterprise_page`` calls this form.
    """
    if form.validate_on_submit():
        try:
            verb()
        except Refused as refusal:
            form.refuse(refusal)
        else:
            flash(sentence, "ok")
            return redirect(url_for("standing.enterprise", public_id=row.public_id), 303)
    return enterprise_page(row, **{name: form}), 400


@bp.post("/regio/stand/<public_id>/schorsen")
@role(Role.REGION_ADMIN)
def propose_suspension(public_id: str) -> Answer:
    """Tell an enterprise that it may be suspended."""
    row = checked_enterprise(public_id)
    form = ProposeForm()
    return attempt(
        row,
        "propose_form",
        form,
        lambda: services.propose_suspension(
            enterprise=row,
            reason=form.reason.data,
            answer_by=form.answer_by.data,
            by=current_user.person,
            today=clock.today(),
        ),
        "De onderneming is gevraagd om te reageren.",
    )


def checked_suspension(public_id: str) -> Any:
    """A suspension of an enterprise that the reader may see; else 404."""
    row = queries.suspension(public_id)
    if row is None:
        abort(404)
    checked_enterprise(row.enterprise.public_id)
    return row


@bp.post("/regio/schorsingen/<public_id>/gehoord")
@role(Role.REGION_ADMIN)
def record_view(public_id: str) -> Answer:
    """Write down what the enterprise said."""
    row = checked_suspension(public_id)
    form = ViewForm()
    return attempt(
        row.enterprise,
        "view_form",
        form,
        lambda: services.give_view(
            row=row, view=form.view.data, by=current_user.person, today=clock.today()
        ),
        "De reactie is vastgelegd.",
    )


@bp.post("/regio/schorsingen/<public_id>/opleggen")
@role(Role.REGION_ADMIN)
def impose_suspension(public_id: str) -> Answer:
    """Suspend."""
    row = checked_suspension(public_id)
    form = ImposeForm()
    return attempt(
        row.enterprise,
        "impose_form",
        form,
        lambda: services.impose(
            row=row,
            from_day=form.from_day.data,
            last_day=form.last_day.data,
            urgent_reason=form.urgent_reason.data or "",
            by=current_user.person,
            today=clock.today(),
        ),
        "De schorsing is opgelegd.",
    )


@bp.post("/regio/schorsingen/<public_id>/opheffen")
@role(Role.REGION_ADMIN)
def lift_suspension(public_id: str) -> Answer:
    """Drop a planned suspension or end one in force."""
    row = checked_suspension(public_id)
    form = ReasonForm()
    return attempt(
        row.enterprise,
        "lift_form",
        form,
        lambda: services.lift(
            row=row, reason=form.reason.data, by=current_user.person, today=clock.today()
        ),
        "De schorsing is van de baan.",
    )


@bp.post("/regio/stand/<public_id>/erkennen")
@role(Role.REGION_ADMIN)
def recognise(public_id: str) -> Answer:
    """Recognise the decision of another region."""
    row = checked_enterprise(public_id)
    form = RecogniseForm()
    return attempt(
        row,
        "recognise_form",
        form,
        lambda: services.recognise(
            enterprise=row,
            other_region=form.other_region.data,
            badge=form.badge.data,
            from_day=form.from_day.data,
            last_day=form.last_day.data,
            source=form.source.data,
            by=current_user.person,
        ),
        "Het besluit van de andere regio is erkend.",
    )


@bp.post("/regio/erkenningen/<public_id>/beeindigen")
@role(Role.REGION_ADMIN)
def end_recognition(public_id: str) -> Answer:
    """End a recognition from today."""
    recognition = queries.recognition(public_id)
    if recognition is None:
        abort(404)
    row = checked_enterprise(queries.enterprises([recognition.enterprise_id])[0].public_id)
    form = ReasonForm()
    return attempt(
        row,
        "lift_form",
        form,
        lambda: services.end_recognition(
            row=recognition, reason=form.reason.data, by=current_user.person, today=clock.today()
        ),
        "De erkenning is beëindigd.",
    )
