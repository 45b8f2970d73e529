"""Reads about the documents with a request."""

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from impactmakelaar.core.db import db
from impactmakelaar.tenders.models import Tender, TenderDocument


def documents(row: Tender) -> list[TenderDocument]:
    """The documents with a request, in the order in which they were added."""
    return list(
        db.session.scalars(
            select(TenderDocument)
            .options(joinedload(TenderDocument.file))
            .where(TenderDocument.tender_id == row.id)
            .order_by(TenderDocument.id)
        )
    )


def document(row: Tender, public_id: str) -> TenderDocument | None:
    """One of them."""
    return next((d for d in documents(row) if d.public_id == public_id), None)


def count(row: Tender) -> int:
    """How many there are."""
    query = select(func.count(TenderDocument.id)).where(TenderDocument.tender_id == row.id)
    return db.session.scalar(query) or 0
