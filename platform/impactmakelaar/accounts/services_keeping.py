"""The terms of keeping of accounts: old sign-ins, used links, accounts that nobody confirmed."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from impactmakelaar.accounts import rules
from impactmakelaar.accounts.models import MailToken, Person, SignInSession
from impactmakelaar.core.db import db, lock, transaction


def expire(*, now: datetime, for_real: bool) -> dict[str, int]:
    """What has been kept long enough goes; gives how much of each kind. A dry run only counts."""
    sessions = list(
        db.session.scalars(
            select(SignInSession.id).where(
                SignInSession.last_seen_at < now - timedelta(days=rules.SIGN_IN_DAYS)
            )
        )
    )
    tokens = list(
        db.session.scalars(
            select(MailToken.id).where(
                MailToken.expires_at < now - timedelta(days=rules.OLD_LINK_DAYS)
            )
        )
    )
    people = list(
        db.session.scalars(
            select(Person).where(
                Person.email_confirmed_at.is_(None),
                Person.created_at < now - timedelta(days=rules.UNCONFIRMED_DAYS),
                ~Person.email.endswith(rules.NOBODYS_DOMAIN),
                ~Person.is_example,
                ~select(MailToken.id)
                .where(MailToken.person_id == Person.id, MailToken.expires_at >= now)
                .exists(),
            )
        )
    )
    if for_real:
        with transaction():
            db.session.execute(delete(SignInSession).where(SignInSession.id.in_(sessions)))
            db.session.execute(delete(MailToken).where(MailToken.id.in_(tokens)))
        for person in people:
            forget(person)
    return {
        "oude inlogsessies": len(sessions),
        "verlopen links uit mails": len(tokens),
        "accounts die nooit zijn bevestigd": len(people),
    }


def forget(person: Person) -> None:
    """Let go of who asked for an account and never confirmed it; the bare row stays."""
    with transaction():
        person = lock(person)
        if person.email_confirmed_at is not None:
            return
        db.session.execute(delete(MailToken).where(MailToken.person_id == person.id))
        person.email = f"{person.id}{rules.NOBODYS_DOMAIN}"
        person.name, person.password_hash, person.aim = "Niet bevestigd", "", ""
