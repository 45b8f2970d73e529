"""Verbs of the second factor: set up, give, turn off, recovery codes."""

import secrets

import pyotp
from sqlalchemy import delete, select

from impactmakelaar.accounts import rules
from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.accounts.models import Person, RecoveryCode, SignInSession
from impactmakelaar.accounts.services import end_sessions, prove, take
from impactmakelaar.core import audit, clock, limits
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Refused


def start(*, person: Person) -> str:
    """A new secret to put in an app; it counts from the first right code on."""
    with transaction():
        if person.totp_enabled_at is not None:
            raise Refused("De tweede stap staat al aan.")
        if not person.totp_secret:
            person.totp_secret = pyotp.random_base32()
        return person.totp_secret


def enable(*, person: Person, session: SignInSession, code: str) -> list[str]:
    """Turn the second factor on with a first right code; gives the recovery codes, once."""
    with transaction():
        person = lock(person)
        if person.totp_enabled_at is not None:
            raise Refused("De tweede stap staat al aan.")
        _accept_code(person, code)
        person.totp_enabled_at = clock.now()
        session.second_factor_at = clock.now()
        end_sessions(person, but=session)
        audit.record("person.second_factor_enabled", person, by=person)
        return _new_recovery_codes(person)


def give(*, person: Person, session: SignInSession, code: str) -> None:
    """The second step of signing in: a code from the app, or a recovery code.

    :raises TooMany: after ten wrong codes in 15 minutes.
    """
    key = str(person.id)
    take("totp", key, rules.SIGN_IN_TRIES, rules.SIGN_IN_WINDOW)
    with transaction():
        person = lock(person)
        if not _use_recovery_code(person, code):
            _accept_code(person, code)
        session.second_factor_at = clock.now()
        limits.forget("totp", key)


def disable(*, person: Person, present: SignInSession, password: str, required: bool) -> None:
    """Turn the second factor off (to set it up on another telephone).

    All other sessions end; where a role asks for the second factor this one too.
    """
    prove(person, password, "password")
    with transaction():
        person.totp_enabled_at, person.totp_secret = None, ""
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
        end_sessions(person, but=None if required else present)
        audit.record("person.second_factor_disabled", person, by=person)


def renew_recovery_codes(*, person: Person, password: str) -> list[str]:
    """New recovery codes, given once; the old ones stop working and the app stays as it is."""
    prove(person, password, "password")
    with transaction():
        person = lock(person)
        if person.totp_enabled_at is None:
            raise Refused("Zet eerst de tweede stap aan.", "password")
        audit.record("person.recovery_codes_renewed", person, by=person)
        return _new_recovery_codes(person)


def _accept_code(person: Person, code: str) -> None:
    now = int(clock.now().timestamp()) // rules.TOTP_PERIOD_SECONDS
    totp = pyotp.TOTP(person.totp_secret)
    steps = range(now - rules.TOTP_DRIFT_STEPS, now + rules.TOTP_DRIFT_STEPS + 1)
    expected = {step: totp.at(step * rules.TOTP_PERIOD_SECONDS) for step in steps}
    step = rules.accepted_step(code, expected, person.totp_last_step)
    if step is None:
        raise Refused("Deze code klopt niet (meer). Wacht op de volgende code in uw app.", "code")
    person.totp_last_step = step


def _use_recovery_code(person: Person, code: str) -> bool:
    row = db.session.scalars(
        select(RecoveryCode).where(
            RecoveryCode.person_id == person.id,
            RecoveryCode.code_hash == token_hash(code.replace("-", "").strip().lower()),
            RecoveryCode.used_at.is_(None),
        )
    ).first()
    if row is None:
        return False
    row.used_at = clock.now()
    audit.record("person.recovery_code_used", person, by=person)
    return True


def _new_recovery_codes(person: Person) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = []
    for _ in range(rules.RECOVERY_CODES):
        code = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(10))
        db.session.add(RecoveryCode(person_id=person.id, code_hash=token_hash(code)))
        codes.append(f"{code[:5]}-{code[5:]}")
    return codes
