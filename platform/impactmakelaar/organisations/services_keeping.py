"""The term of keeping of invitations that nobody took."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Invitation
from impactmakelaar.organisations.rules import OLD_INVITATION_DAYS


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """The address of who never answered an invitation goes, with the invitation."""
    ids = list(
        db.session.scalars(
            select(Invitation.id).where(
                Invitation.accepted_at.is_(None),
                Invitation.expires_at < now - timedelta(days=OLD_INVITATION_DAYS),
            )
        )
    )
    if for_real and ids:
        with transaction():
            db.session.execute(delete(Invitation).where(Invitation.id.in_(ids)))
    return {"oude uitnodigingen voor een organisatie": len(ids)}
