"""After its term the outbox no longer knows to whom a letter went, or about what."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from tests.conftest import on_both
from tests.makers import make_person

from impactmakelaar import retention
from impactmakelaar.admission.models_standing import DailyRun
from impactmakelaar.core import clock, mail, mail_keeping
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import Mail, OutboxMail, PermanentFailure
from impactmakelaar.core.mail_keeping import LETTER_DAYS

CANARY = "kanarie-5e7a"


class Transport:
    """Takes a letter, unless its subject says otherwise."""

    def send(self, message: object) -> None:
        if "terug" in message["Subject"]:  # type: ignore[index]
            raise PermanentFailure(f"{CANARY} refused (550)")


def post(subject: str) -> None:
    person = make_person()
    letter = Mail(
        to=f"{CANARY}@test.example",
        subject=f"{CANARY} {subject}",
        text=CANARY,
        kind="test",
        stop_url=f"https://test.example/{CANARY}",
        calendar=f"BEGIN:VCALENDAR {CANARY}",
    )
    with transaction():
        mail.post(letter, person=person)


def rows_with_canary() -> int:
    """How many letters still hold the word anywhere."""
    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM outbox_mail")).all()
    return sum(CANARY in str(row) for row in rows)


@pytest.fixture
def letters(app: Flask) -> None:
    """One that was sent, one that came back, one that waits."""
    post("verstuurd")
    post("terug")
    mail.send_waiting(Transport(), clock.now())
    post("wacht")


@on_both
def test_address_and_subject_of_a_letter_go_after_their_term(letters: None) -> None:
    last = clock.now() + timedelta(days=LETTER_DAYS) - timedelta(minutes=1)
    assert list(mail_keeping.expire(now=last, for_real=True).values()) == [0]
    assert rows_with_canary() == 3

    after = clock.now() + timedelta(days=LETTER_DAYS, minutes=1)
    assert list(mail_keeping.expire(now=after, for_real=False).values()) == [2]
    assert rows_with_canary() == 3
    assert list(mail_keeping.expire(now=after, for_real=True).values()) == [2]

    # What waits is still to be sent; of the others the state stays.
    assert rows_with_canary() == 1
    states = [(row.sent_at is not None, row.failed_at is not None) for row in all_letters()]
    assert states == [(True, False), (False, True), (False, False)]
    assert {row.kind for row in all_letters()} == {"test"}
    assert [row.person_id is None for row in all_letters()] == [True, True, False]
    assert mail.failed_mails() == []
    assert list(mail_keeping.expire(now=after, for_real=True).values()) == [0]


def all_letters() -> list[OutboxMail]:
    return db.session.query(OutboxMail).order_by(OutboxMail.id).all()


def test_letter_that_came_back_keeps_no_calendar(letters: None) -> None:
    assert [(row.text, row.calendar) for row in all_letters()][:2] == [("", ""), ("", "")]


def test_command_and_round_let_letters_go_but_not_on_a_strange_day(
    letters: None, app: Flask
) -> None:
    later = clock.now() + timedelta(days=LETTER_DAYS + 1)
    with transaction():
        db.session.add(DailyRun(day=clock.today(), finished_at=clock.now(), letters=0))
    assert retention.daily_round(later) == 0
    assert rows_with_canary() == 3
    with transaction():
        yesterday = (later - timedelta(days=1)).date()
        db.session.add(DailyRun(day=yesterday, finished_at=clock.now(), letters=0))

    assert retention.daily_round(later) >= 2

    assert rows_with_canary() == 1
    assert "0 adressen en onderwerpen" in app.test_cli_runner().invoke(args=["retention"]).output
