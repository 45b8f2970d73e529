"""Who somebody is: the one place that turns a cookie into a person.

Single sign-on would come in here: whatever proves the identity ends in ``open_session`` for a
``Person``, and all that follows stays the same. Which roles a person has is not known here; the
application hands in a function for it (``use_roles``), for organisations stand above accounts.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, request
from flask import session as cookie
from flask_login import (
    AnonymousUserMixin,
    LoginManager,
    UserMixin,
    current_user,
    login_user,
    logout_user,
)
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.accounts.rules import SESSION_TERM
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Acting:
    """For whom somebody acts at present, and in which roles; ``others`` counts the alternatives.

    ``second_factor`` tells whether any role of this person (not only the present one) asks for
    a second factor: switching organisation must not be a way around it.
    """

    organisation: Any = None
    roles: frozenset[str] = field(default_factory=frozenset)
    others: int = 0
    second_factor: bool = False


RolesOf = Callable[[Person, int | None], Acting]

login_manager = LoginManager()
_roles_of: list[RolesOf] = []


def use_roles(roles_of: RolesOf) -> None:
    """Hand in the function (person, wanted organisation id or None) -> Acting."""
    _roles_of[:] = [roles_of]


class User(UserMixin):
    """The signed-in person as guards, views and templates see him."""

    def __init__(self, session: SignInSession, token: str) -> None:
        self.sign_in = session
        self.person = session.person
        self.token = token
        self.acting = _roles_of[0](session.person, session.acting_organisation_id)

    def get_id(self) -> str:
        """What the cookie carries: a token, not a number."""
        return self.token

    @property
    def organisation(self) -> Any:
        """The organisation that he acts for, or None."""
        return self.acting.organisation

    def acts_as(self, *roles: str) -> bool:
        """Whether he acts in one of these roles at present."""
        return bool(self.acting.roles.intersection(roles))

    def needs_second_factor(self, *, required: bool) -> bool:
        """Whether the second factor still has to be given (or set up) before going on."""
        if self.sign_in.second_factor_at is not None:
            return False
        return self.person.totp_enabled_at is not None or (required and self.acting.second_factor)


class Stranger(AnonymousUserMixin):
    """Somebody who is not signed in."""

    person = None
    organisation = None
    acting = Acting()

    def acts_as(self, *_roles: str) -> bool:
        """In no role."""
        return False

    def needs_second_factor(self, *, required: bool) -> bool:  # noqa: ARG002
        """Nothing to prove."""
        return False


def token_hash(token: str) -> str:
    """How a token that we mailed or gave to a browser is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token that cannot be guessed: 256 bits."""
    return secrets.token_urlsafe(32)


def open_session(person: Person, *, second_factor: bool = False) -> SignInSession:
    """Sign somebody in within this browser, under a new token; inside a transaction.

    Nothing of the cookie from before stays but where the visitor was going: who planted that
    cookie gains nothing by it.
    """
    now = clock.now()
    token = new_token()
    session = SignInSession(
        token_hash=token_hash(token),
        person_id=person.id,
        created_at=now,
        last_seen_at=now,
        second_factor_at=now if second_factor else None,
        browser=str(request.user_agent)[:120],
    )
    session.person = person
    db.session.add(session)
    db.session.flush()
    going = cookie.get("next", "")
    cookie.clear()
    cookie["next"] = going
    login_user(User(session, token))
    return session


def close_session() -> None:
    """Sign out here: the cookie is worthless afterwards, even to who copied it."""
    if current_user.is_authenticated:
        session_id = current_user.sign_in.id
        with transaction():
            db.session.get_one(SignInSession, session_id).revoked_at = clock.now()
    logout_user()


def load_user(token: str) -> User | None:
    """The person behind a cookie, or None.

    None when the session is unknown, revoked, idle for long or simply old, when the account was
    disabled, and for a demonstration account where no demonstration runs: its password is known.
    """
    query = select(SignInSession).where(SignInSession.token_hash == token_hash(token))
    session = db.session.scalars(query).first()
    now = clock.now()
    idle = timedelta(hours=current_app.config["SESSION_IDLE_HOURS"])
    if (
        session is None
        or session.revoked_at is not None
        or session.last_seen_at + idle < now
        or session.created_at + SESSION_TERM < now
        or session.person.disabled_at is not None
        or (session.person.is_example and not current_app.config["DEMONSTRATION"])
    ):
        return None
    if now - session.last_seen_at > SEEN_EVERY:
        session = _seen(session.id, now)
    return User(session, token)


def _seen(session_id: int, now: datetime) -> SignInSession:
    """Note that the session is in use; when the disk is full, reading goes on without it."""
    try:
        with transaction():
            db.session.get_one(SignInSession, session_id).last_seen_at = now
    except OperationalError:
        log.exception("session not touched")
    return db.session.get_one(SignInSession, session_id)


def init_app(app: Flask) -> None:
    """Attach to Flask-Login."""
    login_manager.anonymous_user = Stranger
    login_manager.session_protection = None
    login_manager.user_loader(load_user)
    login_manager.init_app(app)
