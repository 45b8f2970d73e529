"""Verbs of accounts: sign up, confirm, sign in, new password, new address.

None of these tells a stranger whether an account exists: the answers are the same, the work is
the same (a password is hashed for an unknown address too), and only the mailbox learns more.
"""

from datetime import datetime, timedelta

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts import mails, rules
from impactmakelaar.accounts.identity import new_token, open_session, token_hash
from impactmakelaar.accounts.models import MailToken, Person, SignInSession
from impactmakelaar.accounts.rules import Purpose
from impactmakelaar.core import audit, clock, jobs, limits, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Refused

WRONG = (
    "Dit e-mailadres en wachtwoord horen niet bij elkaar, of het adres is nog niet bevestigd. "
    "Controleer ze, of kijk in uw mail."
)
STALE = "Deze link werkt niet (meer). Vraag een nieuwe aan."
DUMMY = "not a password of anybody"
RESET_JOB = "reset_password"


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


def prove(person: Person, password: str, field: str) -> None:
    """Ask the password once more before something important; limited like signing in.

    :raises Refused: on ``field``.
    """
    take("proof", str(person.id), rules.SIGN_IN_TRIES, rules.SIGN_IN_WINDOW)
    if not password_matches(person, password):
        raise Refused("Dit is niet uw huidige wachtwoord.", field)
    with transaction():
        limits.forget("proof", str(person.id))


def take(kind: str, key: str, at_most: int, window: timedelta) -> None:
    """Count a try now.

    :raises TooMany: when there were ``at_most`` in the ``window``.
    """
    limits.take(kind, key, at_most=at_most, window=window, now=clock.now())


def by_email(email: str) -> Person | None:
    """The person with this address, if there is one."""
    return db.session.scalars(
        select(Person).where(Person.email == rules.normal_email(email))
    ).first()


def sign_up(*, email: str, name: str, password: str, aim: str, address: str) -> None:
    """Make an account that still has to be confirmed by mail; a known address gets a letter."""
    email = rules.normal_email(email)
    rules.check_password(password, email=email, name=name)
    take("sign_up", rules.network_of(address), rules.ADDRESS_TRIES, rules.MAIL_WINDOW)
    password_hash = hash_password(password)
    try:
        _sign_up(email, name, password_hash, aim)
    except IntegrityError:
        # Two at once with one address: by now the other has made the account.
        _sign_up(email, name, password_hash, aim)


def _sign_up(email: str, name: str, password_hash: str, aim: str) -> None:
    now = clock.now()
    with transaction():
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
    mail.post(mails.confirm_address(person.email, url), person=person)


def _end_tokens(person: Person, *purposes: Purpose) -> None:
    """Links that were mailed before stop working."""
    db.session.execute(
        update(MailToken)
        .where(
            MailToken.person_id == person.id,
            MailToken.purpose.in_(purposes),
            MailToken.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def _new_mail_token(person: Person, purpose: Purpose, term: timedelta, new_email: str = "") -> str:
    """A fresh token; older ones for the same purpose die with it."""
    now = clock.now()
    _end_tokens(person, purpose)
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
    if (
        row is None
        or row.used_at is not None
        or row.expires_at <= clock.now()
        or row.person.disabled_at is not None
    ):
        raise Refused(STALE)
    return row


def _use_token(token: str, purpose: Purpose) -> MailToken:
    """The row behind the link, locked and used up: of two clicks at once only one gets it."""
    row = lock(valid_token(token, purpose))
    if row.used_at is not None:
        raise Refused(STALE)
    row.used_at = clock.now()
    return row


def confirm(*, token: str, password: str) -> Person:
    """Confirm an address and sign in.

    The password is asked again: somebody else may have signed up with this address too, and the
    owner of the mailbox must not confirm an account whose password another chose.
    """
    row = valid_token(token, Purpose.CONFIRM)
    person, kept = row.person, row.person.password_hash
    take("confirm", row.token_hash, rules.SIGN_IN_TRIES, rules.SIGN_IN_WINDOW)
    if not password_matches(person, password):
        raise Refused("Dit is niet het wachtwoord dat u bij het aanmelden koos.", "password")
    with transaction():
        row = _use_token(token, Purpose.CONFIRM)
        person = lock(row.person)
        if person.password_hash != kept:
            # Somebody signed up with this address in the meantime, with another password.
            raise Refused(STALE)
        person.email_confirmed_at = person.email_confirmed_at or clock.now()
        audit.record("person.confirmed", person, by=person)
        open_session(person)
        return person


def sign_in(*, email: str, password: str, address: str) -> Person:
    """Sign in with a password; the second factor, where one is needed, still follows.

    :raises Refused: when address and password do not belong together, with one sentence for all.
    :raises TooMany: after ten wrong tries on one account or sixty from one address in 15 minutes.
    """
    email, network = rules.normal_email(email), rules.network_of(address)
    # Counted before the password is looked at: tries at the same moment count too.
    take("sign_in", email, rules.SIGN_IN_TRIES, rules.SIGN_IN_WINDOW)
    take("sign_in_address", network, rules.ADDRESS_TRIES, rules.SIGN_IN_WINDOW)
    person = by_email(email)
    if not password_matches(person, password) or person is None or not may_sign_in(person):
        raise Refused(WRONG)
    if person.email_confirmed_at is None:
        # The same answer as for a wrong password. Otherwise whoever signs up with an address and
        # then signs in would learn whether it had an account already.
        with transaction():
            _mail_confirmation(person)
        raise Refused(WRONG)
    kept = person.password_hash
    with transaction():
        if lock(person).password_hash != kept or not may_sign_in(person):
            raise Refused(WRONG)
        limits.forget("sign_in", email)
        limits.undo("sign_in_address", network)
        if hasher().check_needs_rehash(person.password_hash):
            person.password_hash = hash_password(password)
        open_session(person)
        audit.record("person.signed_in", person, by=person)
        return person


def may_sign_in(person: Person) -> bool:
    """Whether the account is in use here; the password of a demonstration account is known."""
    example = person.is_example and not current_app.config["DEMONSTRATION"]
    return person.disabled_at is None and not example


def sign_in_example(person: Person) -> None:
    """Sign in as a demonstration account, second factor passed; the view checks the setting."""
    with transaction():
        if not person.is_example:
            raise Refused(WRONG)
        open_session(person, second_factor=True)


def forgot_password(*, email: str, address: str) -> None:
    """Ask for a link to choose a new password.

    Whether there is such an account is looked up afterwards, by the worker: the page does the
    same work for everybody, so the time it takes tells nothing either.
    """
    take("reset", rules.network_of(address), rules.ADDRESS_TRIES, rules.MAIL_WINDOW)
    with transaction():
        jobs.ask(RESET_JOB, by=None, email=rules.normal_email(email)[:254])


def answer_resets(now: datetime) -> int:
    """The worker's round: mail the links that were asked for, where there is an account."""
    count = 0
    while (job_id := jobs.claim(now, [RESET_JOB])) is not None:
        with transaction():
            job = lock(db.session.get_one(jobs.Job, job_id))
            _mail_reset(job.arguments["email"], now)
            # The address may be nobody's here; it is not kept.
            job.arguments, job.finished_at = {}, now
        count += 1
    return count


def _mail_reset(email: str, now: datetime) -> None:
    person = by_email(email)
    if person is None or not may_sign_in(person):
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
        person = _use_token(token, Purpose.RESET).person
        _end_tokens(person, Purpose.CONFIRM, Purpose.CHANGE_EMAIL)
        person.password_hash = password_hash
        # Who can read the mailbox has confirmed the address as well.
        person.email_confirmed_at = person.email_confirmed_at or clock.now()
        end_sessions(person, but=None)
        limits.forget("sign_in", person.email)
        mail.post(mails.password_changed(person.email, person.name), person=person)
        audit.record("person.password_reset", person, by=person)
        return person


def change_password(*, person: Person, present: SignInSession, old: str, password: str) -> None:
    """Change the password; all other sessions end."""
    prove(person, old, "old")
    rules.check_password(password, email=person.email, name=person.name)
    password_hash = hash_password(password)
    with transaction():
        person.password_hash = password_hash
        _end_tokens(person, Purpose.RESET, Purpose.CHANGE_EMAIL)
        end_sessions(person, but=present)
        mail.post(mails.password_changed(person.email, person.name), person=person)
        audit.record("person.password_changed", person, by=person)


def ask_new_email(*, person: Person, password: str, email: str) -> None:
    """Mail a link to a new address; nothing changes until it is used."""
    prove(person, password, "password")
    email = rules.normal_email(email)
    take("mail", person.email, rules.MAIL_TRIES, rules.MAIL_WINDOW)
    take("mail", email, rules.MAIL_TRIES, rules.MAIL_WINDOW)
    with transaction():
        if by_email(email) is None:
            token = _new_mail_token(person, Purpose.CHANGE_EMAIL, rules.RESET_TERM, email)
            url = links.address("accounts.confirm_email", token=token)
            mail.post(mails.confirm_new_address(email, url), person=person)


def change_email(*, token: str) -> None:
    """Use the new address from now on; the old one is told, and links mailed to it die."""
    try:
        with transaction():
            row = _use_token(token, Purpose.CHANGE_EMAIL)
            if by_email(row.new_email) is not None:
                raise Refused(STALE)
            old, row.person.email = row.person.email, row.new_email
            _end_tokens(row.person, Purpose.RESET, Purpose.CONFIRM)
            mail.post(mails.address_changed(old, row.person.name), person=row.person)
            audit.record("person.email_changed", row.person, by=row.person)
    except IntegrityError as error:
        # Somebody else took the address at the same moment.
        raise Refused(STALE) from error


def change_name(*, person: Person, name: str) -> None:
    """Change the name that others see."""
    with transaction():
        person.name = name
        audit.record("person.renamed", person, by=person)


def end_other_sessions(*, person: Person, present: SignInSession) -> None:
    """Sign out everywhere else."""
    with transaction():
        end_sessions(person, but=present)
        audit.record("person.sessions_ended", person, by=person)


def end_sessions(person: Person, but: SignInSession | None) -> None:
    """End every session of somebody but this one, inside the caller's transaction."""
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
    _end_tokens(person, Purpose.CONFIRM, Purpose.RESET)
    audit.record("person.signed_up", person, by=person)
    return person
