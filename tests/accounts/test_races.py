"""Two at once, in a forced order, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from tests.accounts.people import OTHER, PASSWORD, code_of, letters, token_in, with_second_factor
from tests.accounts.people import with_password as make_user
from tests.conftest import on_both
from tests.interleaving import interleaved, together

from impactmakelaar.accounts import services, services_second_factor
from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.accounts.rules import SIGN_IN_TRIES
from impactmakelaar.core import clock, limits
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused, TooMany

pytestmark = on_both
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Iterator[None]:
    """Signing in writes a cookie."""
    with app.test_request_context():
        yield


def person_of(person_id: int) -> Person:
    return db.session.get_one(Person, person_id)


def give(person_id: int, session_id: int, code: str) -> None:
    services_second_factor.give(
        person=person_of(person_id),
        session=db.session.get_one(SignInSession, session_id),
        code=code,
    )


def test_of_two_with_one_code_only_the_first_comes_in(app: Flask) -> None:
    person = with_second_factor()
    ids = []
    for _ in range(2):
        services.sign_in(email=person.email, password=PASSWORD, address=HERE)
        ids.append(db.session.scalar(select(func.max(SignInSession.id))))
    code, person_id = code_of(person), person.id
    second = interleaved(
        app, lambda: give(person_id, ids[0], code), lambda: give(person_id, ids[1], code)
    )
    assert isinstance(second.error, Refused)
    given = [db.session.get_one(SignInSession, n).second_factor_at for n in ids]
    assert given[0] is not None
    assert given[1] is None


def test_a_recovery_code_used_twice_at_once_counts_once(app: Flask) -> None:
    person = make_user()
    services.sign_in(email=person.email, password=PASSWORD, address=HERE)
    session_id = db.session.scalar(select(func.max(SignInSession.id)))
    services_second_factor.start(person=person)
    [code, *_] = services_second_factor.enable(
        person=person,
        session=db.session.get_one(SignInSession, session_id),
        code=code_of(person),
    )
    person_id = person.id
    second = interleaved(
        app, lambda: give(person_id, session_id, code), lambda: give(person_id, session_id, code)
    )
    assert isinstance(second.error, Refused)


def test_a_reset_link_clicked_twice_at_once_sets_one_password(app: Flask) -> None:
    person = make_user()
    services.forgot_password(email=person.email, address=HERE)
    services.answer_resets(clock.now())
    token = token_in(letters("reset_password")[0])
    second = interleaved(
        app,
        lambda: services.reset_password(token=token, password=OTHER),
        lambda: services.reset_password(token=token, password="nog een heel ander woord"),
    )
    assert isinstance(second.error, Refused)
    db.session.refresh(person)
    assert services.password_matches(person, OTHER)
    assert len(letters("password_changed")) == 1


def test_two_sign_ups_at_once_with_one_address_make_one_account(app: Flask) -> None:
    def sign_up() -> None:
        services.sign_up(
            email="samen@test.example", name="Noor", password=PASSWORD, aim="", address=HERE
        )

    second = interleaved(app, sign_up, sign_up)
    assert second.error is None
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1


def test_two_who_want_one_new_address_get_no_error_page(app: Flask) -> None:
    tokens = []
    for person in (make_user(), make_user()):
        services.ask_new_email(person=person, password=PASSWORD, email="begeerd@test.example")
    tokens = [token_in(row) for row in letters("confirm_new_address")]
    second = interleaved(
        app,
        lambda: services.change_email(token=tokens[0]),
        lambda: services.change_email(token=tokens[1]),
    )
    assert isinstance(second.error, Refused)
    found = select(func.count()).where(Person.email == "begeerd@test.example")
    assert db.session.scalar(found) == 1


def test_guesses_at_one_moment_are_all_counted(app: Flask) -> None:
    person = make_user()
    email = person.email

    def guess() -> None:
        services.sign_in(email=email, password=OTHER, address=HERE)

    looked = 0
    for _ in range(3):
        runners = together(app, [guess] * 5)
        looked += sum(not isinstance(runner.error, TooMany) for runner in runners)
    assert looked == SIGN_IN_TRIES


def test_the_last_try_within_a_limit_goes_to_one_of_two(app: Flask) -> None:
    now = clock.now()

    def take() -> None:
        limits.take("try", "key", at_most=1, window=services.rules.SIGN_IN_WINDOW, now=now)

    second = interleaved(app, take, take)
    assert isinstance(second.error, TooMany)
