"""Verbs of accounts, on both databases."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from tests.accounts.people import (
    OTHER,
    PASSWORD,
    code_of,
    letters,
    token_in,
    with_password,
    with_second_factor,
)
from tests.conftest import on_both
from tests.makers import make_person

from impactmakelaar.accounts import services, services_second_factor
from impactmakelaar.accounts.models import MailToken, Person, RecoveryCode, SignInSession
from impactmakelaar.accounts.rules import MAIL_TRIES, RECOVERY_CODES, SIGN_IN_TRIES
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Refused, TooMany
from impactmakelaar.core.jobs import Job

pytestmark = on_both
HERE = "192.0.2.1"


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Iterator[None]:
    """Signing in writes a cookie."""
    with app.test_request_context():
        yield


def sign_up(email: str = "nieuw@test.example", password: str = PASSWORD) -> None:
    services.sign_up(
        email=email, name="Noor Bakker", password=password, aim="entrepreneur", address=HERE
    )


def session_of(person: Person) -> SignInSession:
    query = select(SignInSession).where(SignInSession.person_id == person.id)
    return list(db.session.scalars(query.order_by(SignInSession.id)))[-1]


def new_session(person: Person) -> SignInSession:
    services.sign_in(email=person.email, password=PASSWORD, address=HERE)
    return session_of(person)


def refusal_of(work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value


def test_sign_up_confirm_and_sign_in(app: Flask) -> None:
    sign_up("Nieuw@Test.Example")
    [letter] = letters("confirm_address")
    assert letter.recipient == "nieuw@test.example"
    person = services.confirm(token=token_in(letter), password=PASSWORD)
    assert person.email_confirmed_at is not None
    assert person.password_hash.startswith("$argon2id$")
    assert PASSWORD not in person.password_hash
    services.sign_in(email="NIEUW@test.example", password=PASSWORD, address=HERE)
    assert [line.action for line in audit.by_person(person)] == [
        "person.signed_in",
        "person.confirmed",
        "person.signed_up",
    ]


def test_the_link_to_confirm_works_once_and_for_14_days(app: Flask) -> None:
    sign_up()
    token = token_in(letters()[0])
    with time_machine.travel(clock.now() + timedelta(days=14, seconds=1), tick=False):
        assert refusal_of(lambda: services.confirm(token=token, password=PASSWORD)).sentence == (
            services.STALE
        )
    services.confirm(token=token, password=PASSWORD)
    assert refusal_of(lambda: services.confirm(token=token, password=PASSWORD)).sentence == (
        services.STALE
    )


def test_the_owner_of_the_mailbox_does_not_confirm_a_strangers_password(app: Flask) -> None:
    sign_up(password=OTHER)
    token = token_in(letters()[0])
    assert refusal_of(lambda: services.confirm(token=token, password=PASSWORD)).field == "password"


def test_a_newer_link_kills_the_older_one(app: Flask) -> None:
    sign_up()
    services.send_confirmation(email="nieuw@test.example")
    old, new = (token_in(row) for row in letters())
    assert refusal_of(lambda: services.confirm(token=old, password=PASSWORD))
    services.confirm(token=new, password=PASSWORD)


def test_tokens_are_kept_as_hashes_only(app: Flask) -> None:
    sign_up()
    token = token_in(letters()[0])
    row = db.session.scalars(select(MailToken)).one()
    assert token not in (row.token_hash, row.new_email)
    assert len(token) >= 43


def test_sign_up_with_a_known_address_tells_its_owner_only(app: Flask) -> None:
    person = with_password()
    kept = person.password_hash
    sign_up(person.email, OTHER)
    [letter] = letters()
    assert letter.kind == "already_known"
    db.session.refresh(person)
    assert person.password_hash == kept
    assert person.name == "Sanne de Wit"


def test_mails_to_one_address_are_limited(app: Flask) -> None:
    for _ in range(MAIL_TRIES + 3):
        sign_up()
    assert len(letters()) == MAIL_TRIES


def test_wrong_password_unknown_address_and_unconfirmed_get_one_answer(app: Flask) -> None:
    known, blocked = with_password(), with_password()
    example = with_password(is_example=True)
    with transaction():
        blocked.disabled_at = clock.now()
    sign_up()
    tries = [
        (known.email, OTHER),
        ("niemand@test.example", PASSWORD),
        (blocked.email, PASSWORD),
        (example.email, PASSWORD),
        ("nieuw@test.example", PASSWORD),
        ("nieuw@test.example", OTHER),
        (make_person().email, ""),
    ]
    answers = {
        (refusal.sentence, refusal.field, type(refusal))
        for refusal in (
            refusal_of(lambda e=e, p=p: services.sign_in(email=e, password=p, address=HERE))
            for e, p in tries
        )
    }
    assert answers == {(services.WRONG, None, Refused)}


def test_signing_in_before_confirming_mails_the_link_again(app: Flask) -> None:
    sign_up()
    refusal_of(
        lambda: services.sign_in(email="nieuw@test.example", password=PASSWORD, address=HERE)
    )
    assert [row.kind for row in letters()] == ["confirm_address"] * 2


@pytest.mark.parametrize("known", [True, False])
def test_ten_wrong_tries_on_one_account_and_no_more(app: Flask, known: bool) -> None:
    email = with_password().email if known else "niemand@test.example"
    for _ in range(SIGN_IN_TRIES):
        wrong = refusal_of(lambda: services.sign_in(email=email, password=OTHER, address=HERE))
        assert not isinstance(wrong, TooMany)
    late = refusal_of(lambda: services.sign_in(email=email, password=PASSWORD, address="192.0.2.9"))
    assert isinstance(late, TooMany)
    with time_machine.travel(clock.now() + timedelta(minutes=15, seconds=1), tick=False):
        later = refusal_of(lambda: services.sign_in(email=email, password=OTHER, address=HERE))
        assert not isinstance(later, TooMany)


def test_one_address_cannot_go_round_all_accounts(app: Flask) -> None:
    for number in range(60):
        ip = f"2001:db8::{number:x}"
        refusal_of(
            lambda n=number, ip=ip: services.sign_in(
                email=f"n{n}@test.example", password=OTHER, address=ip
            )
        )
    person = with_password()
    late = refusal_of(
        lambda: services.sign_in(email=person.email, password=PASSWORD, address="2001:db8::ffff")
    )
    assert isinstance(late, TooMany)
    services.sign_in(email=person.email, password=PASSWORD, address="2001:db8:0:1::1")


def test_signing_in_rightly_counts_for_nothing(app: Flask) -> None:
    person = with_password()
    for _ in range(SIGN_IN_TRIES + 55):
        services.sign_in(email=person.email, password=PASSWORD, address=HERE)


def ask_reset(email: str) -> list[str]:
    services.forgot_password(email=email, address=HERE)
    services.answer_resets(clock.now())
    return [token_in(row) for row in letters("reset_password")]


def test_reset_ends_sessions_links_and_the_lock(app: Flask) -> None:
    person = with_password()
    session = new_session(person)
    services.ask_new_email(person=person, password=PASSWORD, email="dief@test.example")
    for _ in range(SIGN_IN_TRIES):
        refusal_of(lambda: services.sign_in(email=person.email, password="x", address=HERE))
    [token] = ask_reset(person.email.upper())
    services.reset_password(token=token, password=OTHER)
    db.session.refresh(session)
    assert session.revoked_at is not None
    services.sign_in(email=person.email, password=OTHER, address=HERE)
    assert refusal_of(lambda: services.reset_password(token=token, password=PASSWORD))
    thief = token_in(letters("confirm_new_address")[0])
    assert refusal_of(lambda: services.change_email(token=thief)).sentence == services.STALE
    assert letters("password_changed")


def test_reset_link_dies_after_an_hour_by_a_newer_one_and_by_a_change(app: Flask) -> None:
    person = with_password()
    session = new_session(person)
    [first] = ask_reset(person.email)
    [_, second] = ask_reset(person.email)
    assert refusal_of(lambda: services.reset_password(token=first, password=OTHER))
    with time_machine.travel(clock.now() + timedelta(hours=1, seconds=1), tick=False):
        assert refusal_of(lambda: services.reset_password(token=second, password=OTHER))
    services.change_password(person=person, present=session, old=PASSWORD, password=OTHER)
    assert refusal_of(lambda: services.reset_password(token=second, password=OTHER + "x"))


def test_reset_for_nobody_leaves_no_trace_of_the_address(app: Flask) -> None:
    blocked = with_password()
    with transaction():
        blocked.disabled_at = clock.now()
    for email in ("niemand@test.example", blocked.email):
        assert ask_reset(email) == []
    jobs = list(db.session.scalars(select(Job)))
    assert len(jobs) == 2
    assert all(job.finished_at and job.arguments == {} for job in jobs)


def test_change_password_ends_the_other_sessions(app: Flask) -> None:
    person = with_password()
    other, present = new_session(person), new_session(person)
    wrong = refusal_of(
        lambda: services.change_password(person=person, present=present, old="x", password=OTHER)
    )
    assert wrong.field == "old"
    services.change_password(person=person, present=present, old=PASSWORD, password=OTHER)
    db.session.refresh(other)
    db.session.refresh(present)
    assert (other.revoked_at is None, present.revoked_at is None) == (False, True)


def test_the_password_as_proof_is_limited(app: Flask) -> None:
    person = with_password()
    session = new_session(person)
    for _ in range(SIGN_IN_TRIES):
        refusal_of(lambda: services.ask_new_email(person=person, password="x", email="a@b.example"))
    late = refusal_of(
        lambda: services.change_password(
            person=person, present=session, old=PASSWORD, password=OTHER
        )
    )
    assert isinstance(late, TooMany)


def test_change_email_takes_a_link_at_the_new_address(app: Flask) -> None:
    person = with_password()
    old = person.email
    reset = ask_reset(old)[0]
    services.ask_new_email(person=person, password=PASSWORD, email="Ander@test.example")
    assert person.email == old
    services.change_email(token=token_in(letters("confirm_new_address")[0]))
    db.session.refresh(person)
    assert person.email == "ander@test.example"
    assert [row.recipient for row in letters("address_changed")] == [old]
    assert refusal_of(lambda: services.reset_password(token=reset, password=OTHER))


def test_change_email_to_a_known_address_says_nothing_and_does_nothing(app: Flask) -> None:
    person, other = with_password(), with_password()
    services.ask_new_email(person=person, password=PASSWORD, email=other.email)
    assert letters("confirm_new_address") == []


def test_letters_to_unconfirmed_addresses_repeat_nothing_typed(app: Flask) -> None:
    bait = "Win bij evil.example http://evil.example {{ 7*7 }} %s <b>"
    services.sign_up(
        email="slachtoffer@test.example", name=bait, password=PASSWORD, aim="", address=HERE
    )
    person = with_password(bait)
    services.ask_new_email(person=person, password=PASSWORD, email="tweede@test.example")
    for row in letters():
        assert "evil" not in row.text + row.subject


def enabled(app: Flask) -> tuple[Person, SignInSession, list[str]]:
    person = with_password()
    session = new_session(person)
    services_second_factor.start(person=person)
    codes = services_second_factor.enable(person=person, session=session, code=code_of(person))
    return person, session, codes


def test_second_factor_is_enabled_with_a_right_code(app: Flask) -> None:
    person = with_password()
    other, session = new_session(person), new_session(person)
    secret = services_second_factor.start(person=person)
    assert services_second_factor.start(person=person) == secret
    wrong = refusal_of(
        lambda: services_second_factor.enable(person=person, session=session, code="000000")
    )
    assert wrong.field == "code"
    codes = services_second_factor.enable(person=person, session=session, code=code_of(person))
    assert len(set(codes)) == RECOVERY_CODES
    kept = {row.code_hash for row in db.session.scalars(select(RecoveryCode))}
    assert len(kept) == RECOVERY_CODES
    assert not kept & set(codes)
    db.session.refresh(other)
    assert other.revoked_at is not None
    assert session.second_factor_at is not None
    assert refusal_of(lambda: services_second_factor.start(person=person))


def test_a_code_is_accepted_once(app: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False):
        person = with_second_factor()
        session = new_session(person)
        code = code_of(person)
        services_second_factor.give(person=person, session=session, code=code)
        again = new_session(person)
        assert refusal_of(
            lambda: services_second_factor.give(person=person, session=again, code=code)
        )
        # An older step that was never used is past too.
        assert refusal_of(
            lambda: services_second_factor.give(
                person=person, session=again, code=code_of(person, -1)
            )
        )
        assert again.second_factor_at is None
        services_second_factor.give(person=person, session=again, code=code_of(person, 1))


def test_a_recovery_code_works_once_however_it_is_typed(app: Flask) -> None:
    person, session, codes = enabled(app)
    services_second_factor.give(
        person=person, session=session, code=f" {codes[0].replace('-', '').upper()} "
    )
    for code in (codes[0], codes[0].replace("-", "")):
        assert refusal_of(
            lambda c=code: services_second_factor.give(person=person, session=session, code=c)
        )
    services_second_factor.give(person=person, session=session, code=codes[1])


def test_codes_cannot_be_guessed(app: Flask) -> None:
    person = with_second_factor()
    session = new_session(person)
    for _ in range(SIGN_IN_TRIES):
        refusal_of(
            lambda: services_second_factor.give(person=person, session=session, code="abcdef")
        )
    late = refusal_of(
        lambda: services_second_factor.give(person=person, session=session, code=code_of(person))
    )
    assert isinstance(late, TooMany)


@pytest.mark.parametrize("required", [True, False])
def test_disabling_the_second_factor_ends_sessions(app: Flask, required: bool) -> None:
    person, session, _ = enabled(app)
    services_second_factor.disable(
        person=person, present=session, password=PASSWORD, required=required
    )
    db.session.refresh(session)
    db.session.refresh(person)
    assert (session.revoked_at is not None) is required
    assert (person.totp_secret, person.totp_enabled_at) == ("", None)
    assert db.session.scalars(select(RecoveryCode)).first() is None


def test_an_old_hash_is_made_anew_at_signing_in(make_app: Any, app: Flask) -> None:
    person = with_password()
    old = person.password_hash
    app.config["ARGON2_TIME_COST"] = 2
    services.sign_in(email=person.email, password=PASSWORD, address=HERE)
    db.session.refresh(person)
    assert person.password_hash != old
    assert services.password_matches(person, PASSWORD)


def test_a_demonstration_account_needs_the_demonstration(make_app: Any, app: Flask) -> None:
    person = with_password(is_example=True)
    app.config["DEMONSTRATION"] = True
    services.sign_in(email=person.email, password=PASSWORD, address=HERE)
    assert refusal_of(lambda: services.sign_in_example(with_password())).sentence == services.WRONG


def test_new_recovery_codes_end_the_old_ones_and_leave_the_app_alone(app: Flask) -> None:
    person, session, old = enabled(app)
    secret = person.totp_secret
    wrong = refusal_of(
        lambda: services_second_factor.renew_recovery_codes(person=person, password=OTHER)
    )
    assert wrong.field == "password"
    new = services_second_factor.renew_recovery_codes(person=person, password=PASSWORD)
    assert len(new) == RECOVERY_CODES
    assert not set(new) & set(old)
    assert refusal_of(
        lambda: services_second_factor.give(person=person, session=session, code=old[0])
    )
    services_second_factor.give(person=person, session=session, code=new[0])
    assert (person.totp_secret, session.revoked_at) == (secret, None)


def test_recovery_codes_are_of_no_use_without_the_second_factor(app: Flask) -> None:
    person = with_password()
    assert refusal_of(
        lambda: services_second_factor.renew_recovery_codes(person=person, password=PASSWORD)
    )
