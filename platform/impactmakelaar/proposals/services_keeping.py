"""The term of keeping of proposals that came to nothing."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from impactmakelaar.core.db import db, transaction
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import LEFT_DAYS, Outcome


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """Proposals that were left or replaced go after a year; what was taken over stays, dated."""
    ids = list(
        db.session.scalars(
            select(Proposal.id).where(
                Proposal.outcome.in_((Outcome.DECLINED, Outcome.REPLACED)),
                Proposal.decided_at < now - timedelta(days=LEFT_DAYS),
            )
        )
    )
    if for_real and ids:
        with transaction():
            db.session.execute(delete(Proposal).where(Proposal.id.in_(ids)))
    return {"voorstellen die niet zijn overgenomen": len(ids)}
