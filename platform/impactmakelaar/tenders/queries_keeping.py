"""Reads for the terms of keeping: until when a request stays, and which are past it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.tenders import queries, rules
from impactmakelaar.tenders.models import BuyerSettings, Tender, TenderDocument, TenderErasure
from impactmakelaar.tenders.models_quotes import Award, Quote
from impactmakelaar.tenders.models_selection import TenderInvitation
from impactmakelaar.tenders.rules import Kind, Stage


@dataclass(frozen=True)
class Past:
    """A request whose term is over, with its last day."""

    row: Tender
    kept_until: date


def last_day(row: Tender, decision: Award | None) -> date | None:
    """The day from which the term counts; None while the request runs.

    A draft counts from its last change, a sounding from its closing day, an award from the last
    day of the contract as far as that is known.
    """
    if row.ended_on is not None:
        of_contract: list[date | None] = []
        if decision is not None and decision.quote_id is not None:
            period = clock.date_of(rules.complete(row.document)["end_on"])
            of_contract = [decision.contract_on, decision.spent_on, period]
        return rules.counted_from(row.ended_on, *of_contract)
    if row.stage in (Stage.DRAFT, Stage.SELECTED):
        return clock.local(row.updated_at).date()
    if row.kind == Kind.SOUNDING and row.deadline_at is not None:
        return clock.local(row.deadline_at).date()
    return None


def kept_until(row: Tender, decision: Award | None) -> date | None:
    """The last day on which a request is kept, for its page."""
    day = last_day(row, decision) if row.ended_on is not None else None
    if day is None:
        return None
    return rules.kept_until(day, queries.settings(row.organisation_id).keep_years)


def past_term(today: date) -> list[Past]:
    """Every request whose term ended before a day."""
    found = []
    query = (
        select(Tender, Award, BuyerSettings.keep_years)
        .options(joinedload(Tender.organisation))
        .outerjoin(Award, Award.tender_id == Tender.id)
        .outerjoin(BuyerSettings, BuyerSettings.organisation_id == Tender.organisation_id)
        .where(~exists().where(TenderErasure.tender_id == Tender.id))
        .order_by(Tender.id)
    )
    for row, decision, years in db.session.execute(query):
        day = last_day(row, decision)
        if day is None:
            continue
        until = rules.kept_until(day, years or queries.Settings().keep_years)
        if until < today:
            found.append(Past(row, until))
    return found


def files_of(row: Tender) -> list[StoredFile]:
    """The files that belong to this request alone: of its quotes, and of its documents."""
    contents = db.session.scalars(
        select(Quote.content)
        .join(TenderInvitation, TenderInvitation.id == Quote.invitation_id)
        .where(TenderInvitation.tender_id == row.id, Quote.opened_at.is_not(None))
    )
    keys = [file["file"] for content in contents for file in (content or {})["files"]]
    elsewhere = select(TenderDocument.file_id).where(TenderDocument.tender_id != row.id)
    own = select(TenderDocument.file_id).where(TenderDocument.tender_id == row.id)
    return list(
        db.session.scalars(
            select(StoredFile).where(
                StoredFile.public_id.in_(keys) | StoredFile.id.in_(own),
                StoredFile.id.not_in(elsewhere),
            )
        )
    )
