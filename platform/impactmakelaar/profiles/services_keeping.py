"""The term of keeping of who looked at whose contact details."""

from datetime import datetime

from sqlalchemy import delete, func, select

from impactmakelaar.core.db import db, transaction
from impactmakelaar.profiles.models import ContactReveal
from impactmakelaar.profiles.rules import OLD_REVEAL


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """Who looked long ago is told to nobody any more."""
    old = ContactReveal.at < now - OLD_REVEAL
    count = db.session.scalar(select(func.count(ContactReveal.id)).where(old)) or 0
    if for_real and count:
        with transaction():
            db.session.execute(delete(ContactReveal).where(old))
    return {"wie lang geleden contactgegevens bekeek": count}
