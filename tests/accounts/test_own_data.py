"""The sign-in trail and mailed links that somebody can take along; no secret is in it."""

from datetime import timedelta

from flask import Flask
from tests.makers import THEN, make, make_person
from tests.own_data import CANARY, OTHER, taken_along

from impactmakelaar import retention
from impactmakelaar.accounts.models import MailToken, Person, RecoveryCode, SignInSession
from impactmakelaar.core.db import transaction
from impactmakelaar.core.mail import Mail, post


def leave_traces(person: Person, word: str) -> None:
    make(
        SignInSession(
            token_hash=f"token {word[:7]} secret",
            person_id=person.id,
            created_at=THEN,
            last_seen_at=THEN + timedelta(hours=1),
            browser=f"Firefox {word}",
        )
    )
    make(
        MailToken(
            purpose="change_email",
            person_id=person.id,
            token_hash=f"mailed {word[:7]} secret",
            new_email=f"{word}@test.example",
            created_at=THEN,
            expires_at=THEN,
        )
    )
    make(RecoveryCode(person_id=person.id, code_hash="recovery secret"))
    with transaction():
        for kind in ("account", "admission_letter"):
            post(
                Mail(to=person.email, subject=f"Over {word} {kind}", text="", kind=kind),
                person=person,
            )


def test_somebody_takes_his_sign_ins_links_and_letters_along(app: Flask) -> None:
    person = make_person(password_hash="hash secret", totp_secret="totp secret")
    leave_traces(person, CANARY)
    leave_traces(make_person(), OTHER)

    found = taken_along(person, "account")

    assert [one["browser"] for one in found["ingelogd"]] == [f"Firefox {CANARY}"]
    assert found["ingelogd"][0]["laatst gebruikt"] == "2026-01-05T10:00:00+00:00"
    assert found["gemailde links"][0]["nieuw adres"] == f"{CANARY}@test.example"
    assert found["gemailde links"][0]["waarvoor"] == "ander adres"
    assert found["herstelcodes over"] == 1
    letters = taken_along(person, "brieven")
    assert [one["onderwerp"] for one in letters] == [f"Over {CANARY} account"]
    assert "secret" not in retention.own_data(person).decode()
