"""What admission puts on "mijn bureau": of the applicant, the committee and who verifies."""

from datetime import date

from flask import url_for
from flask_login import current_user

from impactmakelaar.admission import queries, queries_certificates, queries_standing, queries_work
from impactmakelaar.admission.rules import DOSSIER_ROLES, State
from impactmakelaar.admission.rules_reminders import term_of
from impactmakelaar.admission.rules_standing import State as Standing
from impactmakelaar.admission.views import present_reader
from impactmakelaar.admission.views_committee import WORK_LABELS, WORK_PAGES
from impactmakelaar.core.dutch import long_date
from impactmakelaar.organisations.rules import STAFF, Kind, Role
from impactmakelaar.web.filters import plural
from impactmakelaar.web.tasks import Task

AT_MOST = 10
"""So many dossiers by name; the committee's own page has them all."""
SOON = 90
"""Days before the end of a badge from which it is a task to send a certificate."""


def committee_tasks(today: date) -> list[Task]:
    """Dossiers on which this member, secretary or administrator still must act."""
    if not current_user.acts_as(*DOSSIER_ROLES):
        return []
    work = queries_work.to_do(present_reader(), today)
    found = [
        Task(
            one.application.enterprise.name,
            url_for(WORK_PAGES[one.kind], public_id=one.application.public_id),
            WORK_LABELS[one.kind],
            f"besluit vóór {long_date(one.target)}" if one.target else "",
            late=one.target is not None and one.target < today,
            is_example=one.application.enterprise.is_example,
        )
        for one in work[:AT_MOST]
    ]
    if len(work) > AT_MOST:
        rest = plural(len(work) - AT_MOST, "ander dossier", "andere dossiers")
        found.append(Task(f"Nog {rest}", url_for("admission.desk"), "commissie"))
    return found


def verifying_tasks(today: date) -> list[Task]:  # noqa: ARG001
    """Certificates that staff still have to look up at the issuer."""
    if not current_user.acts_as(*STAFF):
        return []
    hidden = queries_certificates.recused_enterprises(current_user.person)
    waiting = queries_certificates.waiting_enterprises(current_user.organisation) - hidden
    if not waiting:
        return []
    number = plural(len(waiting), "onderneming", "ondernemingen")
    return [Task(f"Keurmerken van {number}", url_for("standing.waiting"), "controleren")]


def enterprise_tasks(today: date) -> list[Task]:
    """What an enterprise must do for its application, its badge, or against a suspension."""
    enterprise = current_user.organisation
    if enterprise is None or enterprise.kind != Kind.ENTERPRISE:
        return []
    if not current_user.acts_as(Role.ENTREPRENEUR):
        return []
    found = []
    for row in queries.own_applications(present_reader())[:1]:
        if row.state == State.ASKED:
            place = url_for("admission.answer", public_id=row.public_id)
            found.append(Task("Beantwoord onze vragen over uw aanvraag", place, "toelating"))
        elif row.state == State.DRAFT:
            place = url_for("admission.application", public_id=row.public_id)
            found.append(Task("Maak uw aanvraag af en dien haar in", place, "toelating"))
    page = url_for("standing.page", public_id=enterprise.public_id)
    standing = queries_standing.standing_of(enterprise, enterprise.region, today)
    term = term_of(standing)
    if term and standing.has_badge and (term.last_day - today).days <= SOON:
        waits = any(d.waiting for d in queries_certificates.dossiers(enterprise))
        if not waits:
            what = "keurmerk" if standing.state == Standing.IN_GRACE else "nieuwe keurmerk"
            note = f"uw badge geldt tot en met {long_date(term.last_day)}"
            found.append(Task(f"Stuur uw {what} in", page, "badge", note))
    for one in queries_certificates.suspensions(enterprise):
        if not (one.from_day or one.dropped_at or one.view):
            note = f"reageren kan tot en met {long_date(one.answer_by)}"
            late = one.answer_by < today
            found.append(
                Task("Reageer op het voornemen u te schorsen", page, "schorsing", note, late)
            )
    return found
