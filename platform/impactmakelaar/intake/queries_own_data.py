"""What intake tables hold of somebody, for him to take along."""

from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.own_data import told
from impactmakelaar.intake.models import (
    Forbidden,
    IntakeMeeting,
    IntakeTable,
    Outcome,
    Participant,
)
from impactmakelaar.organisations.models import Organisation


def of_person(person: Person) -> dict[str, Any]:
    """The tables he planned, for whom he answered, and what he kept of meetings."""
    tables = (
        select(IntakeTable.title, IntakeTable.held_on, IntakeTable.note)
        .where(IntakeTable.created_by_id == person.id)
        .order_by(IntakeTable.id)
    )
    answers = (
        select(
            IntakeTable.title,
            IntakeTable.held_on,
            Organisation.name,
            Participant.state,
            Participant.note,
            Participant.answered_at,
        )
        .join(IntakeTable, IntakeTable.id == Participant.table_id)
        .join(Organisation, Organisation.id == Participant.organisation_id)
        .where(Participant.answered_by_id == person.id)
        .order_by(Participant.id)
    )
    outcomes = (
        select(IntakeTable.title, Outcome.kind, Outcome.reason, Outcome.recorded_at)
        .join(IntakeMeeting, IntakeMeeting.id == Outcome.meeting_id)
        .join(IntakeTable, IntakeTable.id == IntakeMeeting.table_id)
        .where(Outcome.recorded_by_id == person.id)
        .order_by(Outcome.id)
    )
    apart = (
        select(Forbidden.reason, Forbidden.created_at)
        .where(Forbidden.created_by_id == person.id)
        .order_by(Forbidden.created_at)
    )
    return {
        "intaketafels": told(tables, "intaketafel", "dag", "toelichting"),
        "antwoorden": told(
            answers, "intaketafel", "dag", "organisatie", "antwoord", "bericht", "op"
        ),
        "uitkomsten": told(outcomes, "intaketafel", "uitkomst", "reden", "op"),
        "uit elkaar gehouden": told(apart, "reden", "op"),
    }
