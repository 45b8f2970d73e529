"""What the accounts hold of somebody, for him to take along; no password, code or secret."""

from typing import Any

from sqlalchemy import func, select

from impactmakelaar.accounts.models import MailToken, Person, RecoveryCode, SignInSession
from impactmakelaar.core.db import db
from impactmakelaar.core.own_data import told

PURPOSES = {
    "confirm": "adres bevestigen",
    "reset": "nieuw wachtwoord",
    "change_email": "ander adres",
}


def of_person(person: Person) -> dict[str, Any]:
    """His account, every browser in which he signed in, and the links that were mailed to him."""
    sessions = (
        select(
            SignInSession.browser,
            SignInSession.created_at,
            SignInSession.last_seen_at,
            SignInSession.second_factor_at,
            SignInSession.revoked_at,
        )
        .where(SignInSession.person_id == person.id)
        .order_by(SignInSession.id)
    )
    links = (
        select(MailToken.purpose, MailToken.new_email, MailToken.created_at, MailToken.used_at)
        .where(MailToken.person_id == person.id)
        .order_by(MailToken.id)
    )
    codes = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None)
    )
    return {
        "naam": person.name,
        "e-mailadres": person.email,
        "sinds": person.created_at.isoformat(),
        "tweede stap": person.totp_enabled_at is not None,
        "herstelcodes over": db.session.scalar(codes) or 0,
        "ingelogd": told(
            sessions, "browser", "begonnen", "laatst gebruikt", "tweede stap op", "uitgelogd"
        ),
        "gemailde links": [
            one | {"waarvoor": PURPOSES.get(one["waarvoor"], one["waarvoor"])}
            for one in told(links, "waarvoor", "nieuw adres", "op", "gebruikt")
        ],
    }
