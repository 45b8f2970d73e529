"""Letters as values, the outbox, and what a header cannot be broken by; on both databases."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from tests.conftest import on_both
from tests.interleaving import interleaved, together

from impactmakelaar.core import clock, mail
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import FileTransport, Mail, OutboxMail, PermanentFailure


class Taken:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        self.messages.append(message)


class Refusing:
    """A transport that raises what it was given."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, message: EmailMessage) -> None:
        raise self.error


def letter(to: str = "jan@test.example", subject: str = "Onderwerp", text: str = "Tekst.") -> Mail:
    return Mail(to=to, subject=subject, text=text, kind="test")


def post(value: Mail | None = None) -> int:
    with transaction():
        row = mail.post(value or letter())
    return row.id


def row_of(mail_id: int) -> OutboxMail:
    db.session.rollback()
    return db.session.get_one(OutboxMail, mail_id)


@on_both
def test_a_letter_is_sent_once_and_its_text_forgotten(app: Flask) -> None:
    mail_id, taken = post(), Taken()
    assert mail.send_waiting(taken, clock.now()) == 1
    assert mail.send_waiting(taken, clock.now()) == 0
    [message] = taken.messages
    assert message["To"] == "jan@test.example"
    assert message["Auto-Submitted"] == "auto-generated"
    row = row_of(mail_id)
    assert row.sent_at is not None
    assert row.text == "", "a link that opens an account stays in the database"


@on_both
def test_rolled_back_work_sends_nothing(app: Flask) -> None:

    def fail() -> None:
        with transaction():
            mail.post(letter())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert mail.send_waiting(Taken(), clock.now()) == 0


@on_both
def test_a_temporary_failure_is_tried_again_with_longer_pauses_until_72_hours(app: Flask) -> None:
    mail_id, away = post(), Refusing(ConnectionRefusedError())
    now = clock.now()
    tries = []
    while row_of(mail_id).failed_at is None:
        now = max(now, row_of(mail_id).next_attempt_at)
        tries.append(now)
        assert mail.send_waiting(away, now) == 0
    row = row_of(mail_id)
    pauses = [(b - a).total_seconds() for a, b in pairwise(tries)]
    assert pauses[:4] == pytest.approx([30, 60, 120, 240], abs=2)
    assert max(pauses) <= 3602
    assert timedelta(hours=72) <= row.failed_at - row.created_at <= timedelta(hours=73)
    assert row.last_error == "ConnectionRefusedError"
    assert row in mail.failed_mails()


@on_both
def test_a_permanent_failure_ends_it_and_staff_see_why(app: Flask) -> None:
    mail_id = post()
    mail.send_waiting(Refusing(PermanentFailure("recipient refused (550)")), clock.now())
    row = row_of(mail_id)
    assert (row.failed_at is not None, row.last_error) == (True, "recipient refused (550)")
    assert mail.send_waiting(Taken(), clock.now() + timedelta(days=1)) == 0
    assert [r.id for r in mail.failed_mails()] == [mail_id]


@on_both
def test_a_letter_that_cannot_be_written_holds_no_other_up(app: Flask) -> None:
    bad = [post(letter(to=to)) for to in ("geen adres", "", "a@b.example, c@d.example", "@", "a@")]
    good, taken = post(), Taken()
    mail.send_waiting(taken, clock.now())
    assert len(taken.messages) == 1
    assert row_of(good).sent_at is not None
    assert all(row_of(mail_id).failed_at is not None for mail_id in bad)


@on_both
def test_an_unforeseen_error_is_this_letters_own(app: Flask) -> None:
    mail_id = post()
    assert mail.send_waiting(Refusing(RuntimeError("surprise")), clock.now()) == 0
    assert row_of(mail_id).last_error == "RuntimeError"
    assert mail.send_waiting(Taken(), clock.now() + timedelta(minutes=1)) == 1


@on_both
def test_two_workers_send_each_letter_once(app: Flask) -> None:
    ids, taken = {post() for _ in range(8)}, Taken()

    def work() -> None:
        mail.send_waiting(taken, clock.now())

    for runner in together(app, [work] * 3):
        assert runner.error is None
    assert len(taken.messages) == len(ids)
    assert len({message["Message-ID"] for message in taken.messages}) == len(ids)


@on_both
def test_a_letter_claimed_by_one_worker_is_not_the_others(app: Flask) -> None:
    post()
    now = clock.now()
    claimed = []
    second = interleaved(
        app,
        lambda: claimed.append(mail._claim(now, due=now)),
        lambda: mail._claim(now, due=now),
    )
    assert claimed[0] is not None
    assert (second.error, second.result) == (None, None)


@on_both
def test_a_worker_that_dies_leaves_the_letter_with_its_message_id(app: Flask) -> None:
    mail_id, now = post(), clock.now()
    assert mail._claim(now, due=now) is not None
    taken = Taken()
    assert mail.send_waiting(taken, now + timedelta(minutes=10)) == 0
    assert mail.send_waiting(taken, now + mail.LEASE) == 1
    assert taken.messages[0]["Message-ID"] == row_of(mail_id).message_id


@on_both
def test_the_database_refuses_sent_and_failed_at_once(app: Flask) -> None:
    mail_id = post()

    def both() -> None:
        with transaction():
            row = db.session.get_one(OutboxMail, mail_id)
            row.sent_at = row.failed_at = clock.now()

    with pytest.raises(IntegrityError, match="sent_or_failed"):
        both()


def test_files_can_be_opened(app: Flask, tmp_path: Path) -> None:
    mail_id = post(letter(subject="Reünie: é ✓", text="Beste Zoë,\n\n€ 5\n"))
    mail.send_waiting(FileTransport(tmp_path / "mail"), clock.now())
    [path] = (tmp_path / "mail").iterdir()
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert message["Subject"] == "Reünie: é ✓"
    assert message.get_content() == "Beste Zoë,\n\n€ 5\n"
    assert row_of(mail_id).sent_at is not None
    assert (tmp_path / "mail").stat().st_mode & 0o077 == 0


HOSTILE = [
    "Jan\r\nBcc: dief@evil.example",
    "Jan\nBcc: dief@evil.example",
    "Jan\rBcc: dief@evil.example",
    "Jan\x0bBcc: dief@evil.example",
    "Jan\u2028Bcc: dief@evil.example",
    "Jan\x85Bcc: x",
    "\x00\x1b[31m",
    "=?utf-8?q?=0ABcc:_dief@evil.example?=",
    "{{ 7*7 }} {% raw %} %s %(name)s ${x} {0}",
    "<b>vet</b> **vet** [klik](http://evil.example)",
    "\u202eelpmaxe.live",
    "x" * 5000,
]


def made(row: OutboxMail, sender: str = "Platform <noreply@test.example>") -> EmailMessage:
    raw = bytes(mail.message_of(row, sender))
    return message_from_bytes(raw, policy=policy.default)  # type: ignore[return-value]


ALLOWED = {
    "from",
    "to",
    "subject",
    "message-id",
    "date",
    "auto-submitted",
    "content-type",
    "content-transfer-encoding",
    "mime-version",
    "list-unsubscribe",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_subject_adds_no_header_and_no_recipient(app: Flask, text: str) -> None:
    with transaction():
        row = mail.post(letter(subject=text, text=text))
    message = made(row)
    assert {name.lower() for name in message.keys()} <= ALLOWED  # noqa: SIM118
    assert [a.addr_spec for a in message["To"].addresses] == ["jan@test.example"]
    assert "Bcc" not in message
    assert len(row.subject) <= mail.MAX_SUBJECT


@given(subject=st.text(max_size=300), text=st.text(max_size=300))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_a_letter(app: Flask, subject: str, text: str) -> None:
    row = OutboxMail(
        recipient="jan@test.example",
        subject=mail.subject_line(subject),
        text=text,
        stop_url="",
        message_id="<a@b.example>",
        created_at=clock.now(),
    )
    message = made(row)
    assert {name.lower() for name in message.keys()} <= ALLOWED  # noqa: SIM118
    assert "\n" not in (message["Subject"] or "")


@pytest.mark.parametrize(
    "recipient",
    [
        "jan@test.example, dief@evil.example",
        "jan@test.example\r\nBcc: dief@evil.example",
        "jan@test.example; dief@evil.example",
        "Jan <jan@test.example>",
        "jan@test.example dief@evil.example",
    ],
)
def test_a_recipient_is_exactly_one_address(app: Flask, recipient: str) -> None:
    mail_id, taken = post(letter(to=recipient)), Taken()
    mail.send_waiting(taken, clock.now())
    assert taken.messages == []
    assert row_of(mail_id).failed_at is not None


def test_a_letter_that_can_be_stopped_says_so(app: Flask) -> None:
    with transaction():
        row = mail.post(
            Mail(to="a@b.example", subject="s", text="t", kind="k", stop_url="https://x.example/s")
        )
    assert made(row)["List-Unsubscribe"] == "<https://x.example/s>"


def test_posting_outside_a_transaction_is_no_way_to_store(make_app: Callable[..., Flask]) -> None:
    app = make_app()
    with app.app_context():
        mail.post(letter())
        with pytest.raises(RuntimeError, match="outside a transaction"), transaction():
            pass
        db.session.rollback()
