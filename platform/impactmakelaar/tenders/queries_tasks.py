"""What still waits for a buyer or an invited firm, for their desk."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.tenders import queries, queries_invitations, rules
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import Award, Quote, TenderQuestion
from impactmakelaar.tenders.rules import Kind, Stage


@dataclass(frozen=True)
class Task:
    """Something to do: in words, the page where, and until when."""

    sentence: str
    endpoint: str
    values: dict[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    is_example: bool = False


def of_buyer(organisation: Organisation, now: datetime) -> list[Task]:
    """What waits for the buyers of an organisation; it tells of no quote before the opening."""
    rows = list(
        db.session.scalars(
            select(Tender)
            .where(
                Tender.organisation_id == organisation.id,
                Tender.stage.in_((Stage.SELECTED, Stage.INVITED, Stage.OPENED, Stage.AWARDED)),
                queries.KEPT,
            )
            .order_by(Tender.deadline_at, Tender.id)
        )
    )
    ids = [row.id for row in rows]
    waiting = select(TenderQuestion.tender_id, func.count(TenderQuestion.id).label("asked")).where(
        TenderQuestion.tender_id.in_(ids), TenderQuestion.answered_at.is_(None)
    )
    asked = db.session.execute(waiting.group_by(TenderQuestion.tender_id))
    open_questions = {row.tender_id: row.asked for row in asked}
    settled = set(
        db.session.scalars(
            select(Award.tender_id).where(
                Award.tender_id.in_(ids), Award.contract_cents.is_not(None)
            )
        )
    )
    found = []
    for row in rows:
        task = _of_buyer(row, open_questions.get(row.id, 0), row.id in settled, now)
        if task is not None:
            found.append(replace(task, is_example=row.organisation.is_example))
    return found


def _of_buyer(row: Tender, questions: int, settled: bool, now: datetime) -> Task | None:
    values = {"public_id": row.public_id}
    closed = rules.is_closed(row.deadline_at, now)
    if row.stage == Stage.SELECTED:
        return Task(f"{row.title}: loten of uitnodigen", "tenders.overview", values)
    if row.stage == Stage.INVITED and not closed and questions:
        words = "een vraag" if questions == 1 else f"{questions} vragen"
        sentence = f"{row.title}: {words} beantwoorden"
        return Task(sentence, "tenders.questions", values, row.deadline_at)
    if row.stage == Stage.INVITED and closed and row.kind == Kind.REQUEST:
        return Task(f"{row.title}: de kluis openen", "tenders.opening", values)
    if row.stage == Stage.OPENED:
        return Task(f"{row.title}: beoordelen en beslissen", "tenders.quotes", values)
    if row.stage == Stage.AWARDED and not settled:
        return Task(f"{row.title}: de overeenkomst vastleggen", "tenders.contract", values)
    return None


def of_supplier(enterprise: Organisation, now: datetime) -> list[Task]:
    """What waits for an invited enterprise: an answer, or its own quote."""
    running = [
        one
        for one in queries_invitations.invitations_of(enterprise)
        if one.tender.stage == Stage.INVITED and not rules.is_closed(one.tender.deadline_at, now)
    ]
    handed_in = set(
        db.session.scalars(
            select(Quote.invitation_id).where(
                Quote.invitation_id.in_([one.id for one in running]),
                Quote.withdrawn_at.is_(None),
                Quote.replaced_at.is_(None),
            )
        )
    )
    found = []
    for one in running:
        if not one.answer:
            words = "laat weten of u meedoet"
        elif one.answer == "accepted" and one.id not in handed_in:
            words = "uw offerte indienen"
        else:
            continue
        row = one.tender
        found.append(
            Task(
                f"{row.title}: {words}",
                "tenders.invitation",
                {"public_id": one.public_id},
                row.deadline_at,
                row.organisation.is_example,
            )
        )
    return found
