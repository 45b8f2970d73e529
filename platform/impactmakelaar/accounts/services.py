"""Verbs of accounts: sign up, confirm, sign in, second factor, new password, new address.

None of these tells a stranger whether an account exists: the answers are the same, the work is
the same (a password is hashed for an unknown address too), and only the mailbox learns more.
"""

import secrets
from datetime import timedelta

import pyotp
from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import delete, select, update

from impactmakelaar.accounts import mails, rules
from impactmakelaar.accounts.identity import new_token, open_session, token_hash
from impactmakelaar.accounts.models import MailToken, Person, RecoveryCode, SignInSession
from impactmakelaar.accounts.rules import Purpose
from impactmakelaar.core import audit, clock, limits, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Refused

WRONG = "Dit e-mailadres en wachtwoord horen niet bij elkaar. Controleer ze en probeer het opnieuw."
STALE = "Deze link werkt niet (meer). Vraag een nieuwe aan."
DUMMY = "not a password of anybody"


def hasher() -> PasswordHasher:
    """argon2id with the parameters of the settings."""
    return PasswordHasher(
        time_cost=current_app.config["ARGON2_TIME_COST"],
        memory_cost=current_app.config["ARGON2_MEMORY_KIB"],
        parallelism=1,
        type=Type.ID,
    )


def hash_password(password: str) -> str:
    """The hash to keep."""
    return hasher().hash(password)


def password_matches(person: Person | None, password: str) -> bool:
    """Whether the password is right; takes as long for nobody as for somebody."""
    kept = person.password_hash if person is not None else ""
    if not kept:
        dummy = current_app.extensions.setdefault("dummy_hash", None) or hash_password(DUMMY)
        current_app.extensions["dummy_hash"] = kept = dummy
        person = None
    try:
        right = hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and person is not None


def by_email(email: str) -> Person | None:
    """The person with this address, if there is one."""
    return db.session.scalars(
        select(Person).where(Person.email == rules.normal_email(email))
    ).first()


def sign_up(*, email: str, name: str, password: str, aim: str, address: str) -> None:
    """Make an account that still has to be confirmed by mail; a known address gets a letter."""
    email, now = rules.normal_email(email), clock.now()
    rules.check_password(password, email=email, name=name)
    limits.check("sign_up", address, at_most=rules.ADDRESS_TRIES, window=rules.MAIL_WINDOW, now=now)
    password_hash = hash_password(password)
    with transaction():
        limits.note("sign_up", address, now=now)
        person = by_email(email)
        if person is not None and person.email_confirmed_at is not None:
            if limits.count("mail", email, now=now, window=rules.MAIL_WINDOW) < rules.MAIL_TRIES:
                limits.note("mail", email, now=now)
                urls = (
                    links.address("accounts.sign_in"),
                    links.address("accounts.forgot_password"),
                )
                mail.post(mails.already_known(person.email, person.name, *urls), person=person)
            return
        if person is None:
            person = Person(email=email, name=name, created_at=now)
            db.session.add(person)
        person.name, person.password_hash, person.aim = name, password_hash, aim
        db.session.flush()
        _mail_confirmation(person)
        audit.record("person.signed_up", person, by=person)


def send_confirmation(*, email: str) -> None:
    """Mail the confirmation link once more, when there is an account that waits for it."""
    with transaction():
        person = by_email(email)
        if person is not None and person.email_confirmed_at is None and person.password_hash:
            _mail_confirmation(person)


def _mail_confirmation(person: Person) -> None:
    now = clock.now()
    if limits.count("mail", person.email, now=now, window=rules.MAIL_WINDOW) >= rules.MAIL_TRIES:
        return
    limits.note("mail", person.email, now=now)
    token = _new_mail_token(person, Purpose.CONFIRM, rules.CONFIRM_TERM)
    url = links.address("accounts.confirm", token=token)
    mail.post(mails.confirm_address(person.email, person.name, url), person=person)


def _new_mail_token(person: Person, purpose: Purpose, term: timedelta, new_email: str = "") -> str:
    """A fresh token; older ones for the same purpose die with it."""
    now = clock.now()
    db.session.execute(
        update(MailToken)
        .where(
            MailToken.person_id == person.id,
            MailToken.purpose == purpose,
            MailToken.used_at.is_(None),
        )
        .values(used_at=now)
    )
    token = new_token()
    db.session.add(
        MailToken(
            purpose=purpose,
            person_id=person.id,
            token_hash=token_hash(token),
            new_email=new_email,
            created_at=now,
            expires_at=now + term,
        )
    )
    return token


def valid_token(token: str, purpose: Purpose) -> MailToken:
    """The row behind a mailed link that still works.

    :raises Refused: with one sentence for every reason.
    """
    row = db.session.scalars(
        select(MailToken).where(
            MailToken.token_hash == token_hash(token), MailToken.purpose == purpose
        )
    ).first()
    if row is None or row.used_at is not None or row.expires_at <= clock.now():
        raise Refused(STALE)
    return row


def confirm(*, token: str, password: str) -> Person:
    """Confirm an address and sign in.

    The password is asked again: somebody else may have signed up with this address too, and the
    owner of the mailbox must not confirm an account whose password another chose.
    """
    row = valid_token(token, Purpose.CONFIRM)
    now, key = clock.now(), row.token_hash
    limits.check("confirm", key, at_most=rules.SIGN_IN_TRIES, window=rules.SIGN_IN_WINDOW, now=now)
    if not password_matches(row.person, password):
        with transaction():
            limits.note("confirm", key, now=now)
        raise Refused("Dit is niet het wachtwoord dat u bij het aanmelden koos.", "password")
    with transaction():
        row = lock(valid_token(token, Purpose.CONFIRM))
        if row.used_at is not None:
            raise Refused(STALE)
        row.used_at = clock.now()
        person = row.person
        person.email_confirmed_at = person.email_confirmed_at or clock.now()
        audit.record("person.confirmed", person, by=person)
        open_session(person)
        return person


def sign_in(*, email: str, password: str, address: str) -> Person:
    """Sign in with a password; the second factor, where one is needed, still follows.

    :raises Refused: when address and password do not belong together, with one sentence for all.
    :raises TooMany: after ten wrong tries on one account or sixty from one address in 15 minutes.
    """
    email, now = rules.normal_email(email), clock.now()
    for kind, key, most in (
        ("sign_in", email, rules.SIGN_IN_TRIES),
        ("sign_in_address", address, rules.ADDRESS_TRIES),
    ):
        limits.check(kind, key, at_most=most, window=rules.SIGN_IN_WINDOW, now=now)
    person = by_email(email)
    right = password_matches(person, password)
    with transaction():
        if not right or person is None or person.disabled_at is not None:
            limits.note("sign_in", email, now=now)
            limits.note("sign_in_address", address, now=now)
        elif person.email_confirmed_at is None:
            _mail_confirmation(person)
        else:
            limits.forget("sign_in", email)
            if hasher().check_needs_rehash(person.password_hash):
                person.password_hash = hash_password(password)
            open_session(person)
            audit.record("person.signed_in", person, by=person)
            return person
    if right and person is not None and person.disabled_at is None:
        raise Refused(
            "Bevestig eerst uw e-mailadres. Wij hebben u de link (opnieuw) gemaild.", "email"
        )
    raise Refused(WRONG)


def sign_in_example(person: Person) -> None:
    """Sign in as a demonstration account, second factor passed; the view checks the setting."""
    with transaction():
        if not person.is_example:
            raise Refused(WRONG)
        open_session(person, second_factor=True)


def forgot_password(*, email: str, address: str) -> None:
    """Mail a link to choose a new password, when there is such an account."""
    email, now = rules.normal_email(email), clock.now()
    limits.check("reset", address, at_most=rules.ADDRESS_TRIES, window=rules.MAIL_WINDOW, now=now)
    with transaction():
        limits.note("reset", address, now=now)
        person = by_email(email)
        if person is None or person.disabled_at is not None:
            return
        if limits.count("mail", email, now=now, window=rules.MAIL_WINDOW) >= rules.MAIL_TRIES:
            return
        limits.note("mail", email, now=now)
        token = _new_mail_token(person, Purpose.RESET, rules.RESET_TERM)
        url = links.address("accounts.reset_password", token=token)
        mail.post(mails.reset_password(person.email, person.name, url), person=person)


def reset_password(*, token: str, password: str) -> Person:
    """Choose a new password through a mailed link; every session ends."""
    row = valid_token(token, Purpose.RESET)
    rules.check_password(password, email=row.person.email, name=row.person.name)
    password_hash = hash_password(password)
    with transaction():
        row = lock(valid_token(token, Purpose.RESET))
        row.used_at = clock.now()
        person = row.person
        person.password_hash = password_hash
        # Who can read the mailbox has confirmed the address as well.
        person.email_confirmed_at = person.email_confirmed_at or clock.now()
        _end_sessions(person, but=None)
        limits.forget("sign_in", person.email)
        mail.post(mails.password_changed(person.email, person.name), person=person)
        audit.record("person.password_reset", person, by=person)
        return person


def change_password(*, person: Person, present: SignInSession, old: str, password: str) -> None:
    """Change the password; all other sessions end."""
    if not password_matches(person, old):
        raise Refused("Dit is niet uw huidige wachtwoord.", "old")
    rules.check_password(password, email=person.email, name=person.name)
    password_hash = hash_password(password)
    with transaction():
        person.password_hash = password_hash
        _end_sessions(person, but=present)
        mail.post(mails.password_changed(person.email, person.name), person=person)
        audit.record("person.password_changed", person, by=person)


def ask_new_email(*, person: Person, password: str, email: str) -> None:
    """Mail a link to a new address; nothing changes until it is used."""
    if not password_matches(person, password):
        raise Refused("Dit is niet uw huidige wachtwoord.", "password")
    email, now = rules.normal_email(email), clock.now()
    limits.check("mail", person.email, at_most=rules.MAIL_TRIES, window=rules.MAIL_WINDOW, now=now)
    with transaction():
        limits.note("mail", person.email, now=now)
        if by_email(email) is None:
            token = _new_mail_token(person, Purpose.CHANGE_EMAIL, rules.RESET_TERM, email)
            url = links.address("accounts.confirm_email", token=token)
            mail.post(mails.confirm_new_address(email, person.name, url), person=person)


def change_email(*, token: str) -> None:
    """Use the new address from now on; the old one is told."""
    with transaction():
        row = lock(valid_token(token, Purpose.CHANGE_EMAIL))
        if by_email(row.new_email) is not None:
            raise Refused(STALE)
        row.used_at = clock.now()
        old, row.person.email = row.person.email, row.new_email
        mail.post(mails.address_changed(old, row.person.name), person=row.person)
        audit.record("person.email_changed", row.person, by=row.person)


def change_name(*, person: Person, name: str) -> None:
    """Change the name that others see."""
    with transaction():
        person.name = name
        audit.record("person.renamed", person, by=person)


def end_other_sessions(*, person: Person, present: SignInSession) -> None:
    """Sign out everywhere else."""
    with transaction():
        _end_sessions(person, but=present)
        audit.record("person.sessions_ended", person, by=person)


def _end_sessions(person: Person, but: SignInSession | None) -> None:
    query = update(SignInSession).where(
        SignInSession.person_id == person.id, SignInSession.revoked_at.is_(None)
    )
    if but is not None:
        query = query.where(SignInSession.id != but.id)
    db.session.execute(query.values(revoked_at=clock.now()))


def act_for(*, session: SignInSession, organisation_id: int) -> None:
    """Remember for which organisation somebody acts in this browser."""
    with transaction():
        session.acting_organisation_id = organisation_id


def start_second_factor(*, person: Person) -> str:
    """A new secret to put in an app; it counts from the first right code on."""
    with transaction():
        if person.totp_enabled_at is not None:
            raise Refused("De tweede stap staat al aan.")
        if not person.totp_secret:
            person.totp_secret = pyotp.random_base32()
        return person.totp_secret


def enable_second_factor(*, person: Person, session: SignInSession, code: str) -> list[str]:
    """Turn the second factor on with a first right code; gives the recovery codes, once."""
    with transaction():
        person = lock(person)
        if person.totp_enabled_at is not None:
            raise Refused("De tweede stap staat al aan.")
        _accept_code(person, code)
        person.totp_enabled_at = clock.now()
        session.second_factor_at = clock.now()
        audit.record("person.second_factor_enabled", person, by=person)
        return _new_recovery_codes(person)


def give_second_factor(*, person: Person, session: SignInSession, code: str) -> None:
    """The second step of signing in: a code from the app, or a recovery code.

    :raises TooMany: after ten wrong codes in 15 minutes.
    """
    now = clock.now()
    key = str(person.id)
    limits.check("totp", key, at_most=rules.SIGN_IN_TRIES, window=rules.SIGN_IN_WINDOW, now=now)
    try:
        with transaction():
            person = lock(person)
            if not _use_recovery_code(person, code):
                _accept_code(person, code)
            session.second_factor_at = now
            limits.forget("totp", key)
    except Refused:
        with transaction():
            limits.note("totp", key, now=now)
        raise


def disable_second_factor(*, person: Person, password: str, required: bool) -> None:
    """Turn the second factor off (to set it up on another telephone)."""
    if not password_matches(person, password):
        raise Refused("Dit is niet uw huidige wachtwoord.", "password")
    with transaction():
        person.totp_enabled_at, person.totp_secret = None, ""
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
        if required:
            _end_sessions(person, but=None)
        audit.record("person.second_factor_disabled", person, by=person)


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


def invited_person(*, email: str, name: str, password: str) -> Person:
    """An account for somebody who came through a mailed invitation: the address is confirmed.

    Belongs inside the caller's transaction.
    """
    rules.check_password(password, email=email, name=name)
    person = by_email(email)
    if person is not None and person.email_confirmed_at is not None:
        raise Refused("U hebt al een account. Log eerst in en open de uitnodiging dan opnieuw.")
    if person is None:
        person = Person(email=rules.normal_email(email), name=name, created_at=clock.now())
        db.session.add(person)
    person.name, person.password_hash = name, hash_password(password)
    person.email_confirmed_at = clock.now()
    db.session.flush()
    audit.record("person.signed_up", person, by=person)
    return person
