"""What requests hold of somebody, for him to take along.

Of a quote only that and when he handed it in: what is sealed stays sealed. After the term of
keeping of a request nothing of it is left here either.
"""

from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.files import StoredFile
from impactmakelaar.core.own_data import told
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.tenders.models import Mandate, Tender, TenderDocument
from impactmakelaar.tenders.models_quotes import (
    Award,
    JointScore,
    OpeningHand,
    Quote,
    Score,
    TenderChange,
    TenderQuestion,
)
from impactmakelaar.tenders.models_selection import OutsideFirm, Selection, TenderInvitation
from impactmakelaar.tenders.rules import PROCEDURE_LABELS, Procedure


def of_person(person: Person) -> dict[str, Any]:
    """What he began, wrote, handed in, opened, scored and decided."""
    return _as_buyer(person) | _as_assessor(person) | _as_supplier(person)


def _as_buyer(person: Person) -> dict[str, Any]:
    tenders = select(Tender.title, Tender.created_at).where(Tender.created_by_id == person.id)
    documents = (
        select(Tender.title, StoredFile.name, TenderDocument.added_at)
        .join(Tender, Tender.id == TenderDocument.tender_id)
        .join(StoredFile, StoredFile.id == TenderDocument.file_id)
        .where(TenderDocument.added_by_id == person.id)
        .order_by(TenderDocument.id)
    )
    selections = (
        select(Tender.title, Selection.reason, Selection.frozen_at)
        .join(Tender, Tender.id == Selection.tender_id)
        .where(Selection.frozen_by_id == person.id)
        .order_by(Selection.id)
    )
    firms = (
        select(Tender.title, OutsideFirm.name, OutsideFirm.reason, OutsideFirm.added_at)
        .join(Tender, Tender.id == OutsideFirm.tender_id)
        .where(OutsideFirm.added_by_id == person.id)
        .order_by(OutsideFirm.id)
    )
    answers = (
        select(Tender.title, TenderQuestion.answer, TenderQuestion.answered_at)
        .join(Tender, Tender.id == TenderQuestion.tender_id)
        .where(TenderQuestion.answered_by_id == person.id)
        .order_by(TenderQuestion.id)
    )
    changes = (
        select(Tender.title, TenderChange.text, TenderChange.at)
        .join(Tender, Tender.id == TenderChange.tender_id)
        .where(TenderChange.by_id == person.id)
        .order_by(TenderChange.id)
    )
    mandates = (
        select(Organisation.name, Mandate.procedure, Mandate.granted_at)
        .join(Organisation, Organisation.id == Mandate.organisation_id)
        .where(Mandate.person_id == person.id)
        .order_by(Mandate.granted_at)
    )
    return {
        "aanvragen": told(tenders.order_by(Tender.id), "aanvraag", "op"),
        "documenten": told(documents, "aanvraag", "bestand", "op"),
        "keuzes": told(selections, "aanvraag", "reden", "op"),
        "zelf toegevoegd": told(firms, "aanvraag", "onderneming", "reden", "op"),
        "antwoorden op vragen": told(answers, "aanvraag", "tekst", "op"),
        "wijzigingen": told(changes, "aanvraag", "tekst", "op"),
        "mandaten": [
            one | {"procedure": PROCEDURE_LABELS[Procedure(one["procedure"])]}
            for one in told(mandates, "organisatie", "procedure", "op")
        ],
    }


def _as_assessor(person: Person) -> dict[str, Any]:
    hands = (
        select(Tender.title, OpeningHand.at)
        .join(Tender, Tender.id == OpeningHand.tender_id)
        .where(OpeningHand.person_id == person.id)
        .order_by(OpeningHand.id)
    )
    points = (
        select(Tender.title, Score.criterion, Score.points, Score.reason, Score.at)
        .join(Quote, Quote.id == Score.quote_id)
        .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
        .join(Tender, Tender.id == TenderInvitation.tender_id)
        .where(Score.assessor_id == person.id)
        .order_by(Score.at)
    )
    joint = (
        select(Tender.title, JointScore.criterion, JointScore.points, JointScore.reason)
        .add_columns(JointScore.at)
        .join(Quote, Quote.id == JointScore.quote_id)
        .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
        .join(Tender, Tender.id == TenderInvitation.tender_id)
        .where(JointScore.by_id == person.id)
        .order_by(JointScore.at)
    )
    awards = (
        select(Tender.title, Award.motivation, Award.decided_at)
        .join(Tender, Tender.id == Award.tender_id)
        .where(Award.decided_by_id == person.id)
        .order_by(Award.decided_at)
    )
    names = ("aanvraag", "criterium", "punten", "reden", "op")
    return {
        "geopend": told(hands, "aanvraag", "op"),
        "punten": told(points, *names),
        "gezamenlijke punten": told(joint, *names),
        "besluiten": told(awards, "aanvraag", "motivering", "op"),
    }


def _as_supplier(person: Person) -> dict[str, Any]:
    quotes = (
        select(Tender.title, TenderInvitation.name, Quote.received_at)
        .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
        .join(Tender, Tender.id == TenderInvitation.tender_id)
        .where(Quote.submitted_by_id == person.id)
        .order_by(Quote.id)
    )
    return {"offertes": told(quotes, "aanvraag", "namens", "op")}
