"""What admission holds of somebody, for him to take along.

Of a dossier in which he has an interest only his own declaration is told, as on the pages; of a
secret ballot only that he voted. Letters and decisions are the committee's texts, not his.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import (
    Application,
    CommitteeSeat,
    ConflictDeclaration,
    MoreRequest,
    Remark,
    Review,
    ReviewAssignment,
)
from impactmakelaar.admission.models_certificates import CertificateClaim
from impactmakelaar.admission.models_decision import Decision, Objection
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting, MeetingAttendance, Vote
from impactmakelaar.admission.models_standing import Leaving
from impactmakelaar.admission.queries_interests import recused_by_application
from impactmakelaar.admission.queries_reviews import same_review
from impactmakelaar.admission.rules import SEAT_LABELS, STATE_LABELS, Seat, State
from impactmakelaar.admission.rules_conflict import INTEREST_LABELS, Interest
from impactmakelaar.core.db import db
from impactmakelaar.core.own_data import told
from impactmakelaar.organisations.models import Organisation

CHOICES = {"in_favour": "voor", "against": "tegen", "blank": "blanco", None: "geheim"}


def of_person(person: Person) -> dict[str, Any]:
    """What he did as an applicant, and what as a member of a committee."""
    return _as_applicant(person) | _as_member(person) | _about_dossiers(person)


def _as_applicant(person: Person) -> dict[str, Any]:
    applications = (
        select(Organisation.name, Application.state, Application.created_at)
        .add_columns(Application.submitted_on)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(Application.created_by_id == person.id)
        .order_by(Application.id)
    )
    answers = (
        select(Organisation.name, MoreRequest.part, MoreRequest.answer, MoreRequest.answered_on)
        .join(Application, Application.id == MoreRequest.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(MoreRequest.answered_by_id == person.id)
        .order_by(MoreRequest.id)
    )
    objections = (
        select(Organisation.name, Objection.grounds, Objection.filed_on)
        .join(Decision, Decision.id == Objection.decision_id)
        .join(Organisation, Organisation.id == Decision.enterprise_id)
        .where(Objection.filed_by_id == person.id)
        .order_by(Objection.id)
    )
    leaving = (
        select(Organisation.name, Leaving.reason, Leaving.asked_at)
        .join(Organisation, Organisation.id == Leaving.enterprise_id)
        .where(Leaving.asked_by_id == person.id)
        .order_by(Leaving.id)
    )
    claims = (
        select(Organisation.name, CertificateClaim.kind, CertificateClaim.number)
        .add_columns(CertificateClaim.changed_at)
        .join(Organisation, Organisation.id == CertificateClaim.enterprise_id)
        .where(CertificateClaim.changed_by_id == person.id)
        .order_by(CertificateClaim.id)
    )
    return {
        "aanvragen": [
            one | {"stand": STATE_LABELS[State(one["stand"])]}
            for one in told(applications, "onderneming", "stand", "begonnen", "ingediend")
        ],
        "antwoorden": told(answers, "onderneming", "onderdeel", "tekst", "op"),
        "bezwaren": told(objections, "onderneming", "tekst", "op"),
        "afmeldingen": told(leaving, "onderneming", "reden", "op"),
        "certificaten": told(claims, "onderneming", "soort", "nummer", "op"),
    }


def _as_member(person: Person) -> dict[str, Any]:
    seats = (
        select(Organisation.name, CommitteeSeat.seat, CommitteeSeat.valid_from)
        .add_columns(CommitteeSeat.valid_until, CommitteeSeat.employers)
        .join(Organisation, Organisation.id == CommitteeSeat.region_id)
        .where(CommitteeSeat.person_id == person.id)
        .order_by(CommitteeSeat.id)
    )
    declared = (
        select(Organisation.name, ConflictDeclaration.kind, ConflictDeclaration.explanation)
        .add_columns(ConflictDeclaration.declared_at)
        .join(Application, Application.id == ConflictDeclaration.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(ConflictDeclaration.person_id == person.id)
        .order_by(ConflictDeclaration.id)
    )
    meetings = (
        select(Organisation.name, Meeting.planned_on, MeetingAttendance.present)
        .join(Meeting, Meeting.id == MeetingAttendance.meeting_id)
        .join(Organisation, Organisation.id == Meeting.region_id)
        .where(MeetingAttendance.person_id == person.id)
        .order_by(Meeting.id)
    )
    return {
        "zetels": [
            one | {"zetel": SEAT_LABELS[Seat(one["zetel"])]}
            for one in told(seats, "regio", "zetel", "van", "tot en met", "werkgevers")
        ],
        "belangen": [
            one | {"soort": INTEREST_LABELS[Interest(one["soort"])]}
            for one in told(declared, "onderneming", "soort", "uitleg", "op")
        ],
        "vergaderingen": told(meetings, "regio", "dag", "aanwezig"),
    }


def _about_dossiers(person: Person) -> dict[str, Any]:
    open_ones = _open_to(person)
    reviews = (
        select(Organisation.name, ReviewAssignment.assigned_at, Review.scores, Review.advice)
        .add_columns(Review.submitted_at)
        .outerjoin(Review, same_review())
        .join(Application, Application.id == ReviewAssignment.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(ReviewAssignment.person_id == person.id, open_ones)
        .order_by(ReviewAssignment.assigned_at)
    )
    remarks = (
        select(Organisation.name, Remark.text, Remark.at)
        .join(Application, Application.id == Remark.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(Remark.person_id == person.id, open_ones)
        .order_by(Remark.id)
    )
    votes = (
        select(Organisation.name, Vote.choice)
        .join(AgendaItem, AgendaItem.id == Vote.item_id)
        .join(Application, Application.id == AgendaItem.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(Vote.person_id == person.id, open_ones)
        .order_by(AgendaItem.id)
    )
    return {
        "beoordelingen": told(
            reviews, "onderneming", "toegewezen", "punten", "advies", "ingeleverd"
        ),
        "opmerkingen": told(remarks, "onderneming", "tekst", "op"),
        "stemmen": [
            one | {"stem": CHOICES[one["stem"]]} for one in told(votes, "onderneming", "stem")
        ],
    }


def _open_to(person: Person) -> ColumnElement[bool]:
    """The applications that he touched and has no interest in."""
    touched: Sequence[int] = list(
        db.session.scalars(
            select(ReviewAssignment.application_id)
            .where(ReviewAssignment.person_id == person.id)
            .union(
                select(Remark.application_id).where(Remark.person_id == person.id),
                select(AgendaItem.application_id)
                .join(Vote, Vote.item_id == AgendaItem.id)
                .where(Vote.person_id == person.id),
            )
        )
    )
    recused = recused_by_application(touched)
    return Application.id.in_([n for n in touched if person.id not in recused.get(n, ())])
