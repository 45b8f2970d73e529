"""The outbox against a real SMTP server that refuses, drops, hangs: nothing is lost.

A second copy comes only when the connection dropped after hand-over, with the same Message-ID.
"""

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from flask import Flask

from impactmakelaar.core import clock, mail
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.mail import Mail, OutboxMail, SmtpTransport

SHORT = 0.7
"""Seconds of patience in these tests."""


class Peer:
    """A mail server whose mood is the local part of the recipient, until it is cured."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.cured = False

    def mood(self, envelope: Any) -> str:
        return "fine" if self.cured else envelope.rcpt_tos[0].split("@")[0]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        mood = "fine" if self.cured else address.split("@")[0]
        if mood == "drop-at-rcpt":
            server.transport.abort()
        if mood == "hang-at-rcpt":
            await asyncio.sleep(SHORT * 3)
        answers = {
            "busy": "450 4.2.1 busy",
            "greylisted": "451 4.7.1 later",
            "unknown": "550 5.1.1 no such user",
            "moved": "551 5.1.6 moved",
            "full": "552 5.2.2 mailbox full",
            "closing": "421 4.3.2 closing",
        }
        if mood in answers:
            return answers[mood]
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        mood = self.mood(envelope)
        if mood == "drop-before-taking":
            server.transport.abort()
            return "451 gone"
        if mood == "spam":
            return "554 5.7.1 looks like spam"
        if mood == "disk-full":
            return "452 4.3.1 no space"
        self.taken.append(envelope.content)
        self.recipients.append(list(envelope.rcpt_tos))
        if mood == "drop-after-taking":
            server.transport.abort()
        if mood == "hang-after-taking":
            await asyncio.sleep(SHORT * 3)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        mood = envelope.rcpt_tos[0].split("@")[0] if envelope.rcpt_tos else self.last_mood()
        if mood == "drop-at-quit":
            server.transport.abort()
        if mood == "rude-at-quit":
            return "421 4.4.2 no goodbye"
        if mood == "hang-at-quit":
            await asyncio.sleep(SHORT * 3)
        return "221 Bye"

    def last_mood(self) -> str:
        return self.recipients[-1][0].split("@")[0] if self.recipients and not self.cured else ""


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
def server(peer: Peer) -> Iterator[Controller]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(peer, hostname="127.0.0.1", port=port, server_hostname="test")
    controller.start()
    yield controller
    controller.stop()


def transport(server: Controller) -> SmtpTransport:
    return SmtpTransport("127.0.0.1", server.port, "", "", starttls=False, timeout=SHORT)


def post(mood: str) -> int:
    with transaction():
        row = mail.post(
            Mail(to=f"{mood}@test.example", subject="Één brief", text="Dag ✓\n.\n..\n", kind="t")
        )
    return row.id


def row_of(mail_id: int) -> OutboxMail:
    db.session.rollback()
    return db.session.get_one(OutboxMail, mail_id)


TEMPORARY = [
    "busy",
    "greylisted",
    "closing",
    "drop-at-rcpt",
    "hang-at-rcpt",
    "drop-before-taking",
    "disk-full",
]
PERMANENT = ["unknown", "moved", "full", "spam"]
TWICE = ["drop-after-taking", "hang-after-taking"]
ONCE = ["fine", "drop-at-quit", "rude-at-quit", "hang-at-quit"]


@pytest.mark.parametrize("mood", ONCE)
def test_what_was_taken_is_never_sent_again(
    app: Flask, server: Controller, peer: Peer, mood: str
) -> None:
    mail_id = post(mood)
    assert mail.send_waiting(transport(server), clock.now()) == 1
    assert mail.send_waiting(transport(server), clock.now() + timedelta(days=1)) == 0
    [content] = peer.taken
    message = message_from_bytes(content, policy=policy.default)
    assert message["Message-ID"] == row_of(mail_id).message_id
    assert message["Subject"] == "Één brief"
    assert message.get_content().replace("\r\n", "\n") == "Dag ✓\n.\n..\n"  # type: ignore[attr-defined]
    assert peer.recipients == [[f"{mood}@test.example"]]


@pytest.mark.parametrize("mood", TEMPORARY)
def test_what_was_not_taken_is_tried_again_and_arrives_once(
    app: Flask, server: Controller, peer: Peer, mood: str
) -> None:
    mail_id = post(mood)
    assert mail.send_waiting(transport(server), clock.now()) == 0
    row = row_of(mail_id)
    assert (row.sent_at, row.failed_at, row.attempts) == (None, None, 1)
    assert row.last_error
    assert row.text, "a letter that still has to go lost its text"
    peer.cured = True
    assert mail.send_waiting(transport(server), clock.now() + timedelta(minutes=1)) == 1
    assert len(peer.taken) == 1


@pytest.mark.parametrize("mood", PERMANENT)
def test_a_bounce_is_shown_and_not_tried_again(
    app: Flask, server: Controller, peer: Peer, mood: str
) -> None:
    mail_id = post(mood)
    assert mail.send_waiting(transport(server), clock.now()) == 0
    row = row_of(mail_id)
    assert row.failed_at is not None
    assert "refused (55" in row.last_error
    assert "@" not in row.last_error
    peer.cured = True
    assert mail.send_waiting(transport(server), clock.now() + timedelta(days=4)) == 0
    assert peer.taken == []
    assert [r.id for r in mail.failed_mails()] == [mail_id]


@pytest.mark.parametrize("mood", TWICE)
def test_a_second_copy_only_after_a_drop_after_hand_over_and_recognisable(
    app: Flask, server: Controller, peer: Peer, mood: str
) -> None:
    post(mood)
    assert mail.send_waiting(transport(server), clock.now()) == 0
    peer.cured = True
    assert mail.send_waiting(transport(server), clock.now() + timedelta(minutes=1)) == 1
    assert mail.send_waiting(transport(server), clock.now() + timedelta(days=1)) == 0
    ids = [message_from_bytes(content)["Message-ID"] for content in peer.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_no_server_at_all(app: Flask) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        way = SmtpTransport(*free.getsockname(), "", "", starttls=False, timeout=SHORT)
        mail_id = post("fine")
        assert mail.send_waiting(way, clock.now()) == 0
    assert row_of(mail_id).last_error == "ConnectionRefusedError"
    assert row_of(mail_id).failed_at is None


def test_a_server_that_says_nothing(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail_id = post("fine")
        way = SmtpTransport(
            "127.0.0.1", silent.getsockname()[1], "", "", starttls=False, timeout=SHORT
        )
        assert mail.send_waiting(way, clock.now()) == 0
    assert row_of(mail_id).last_error == "SMTPServerDisconnected"
    assert row_of(mail_id).text


def test_without_starttls_on_the_other_side_nothing_goes_in_the_clear(
    app: Flask, server: Controller, peer: Peer
) -> None:
    mail_id = post("fine")
    way = SmtpTransport("127.0.0.1", server.port, "user", "secret", starttls=True, timeout=SHORT)
    assert mail.send_waiting(way, clock.now()) == 0
    assert peer.taken == []
    assert row_of(mail_id).last_error == "SMTPNotSupportedError"


def test_one_bad_letter_among_good_ones(app: Flask, server: Controller, peer: Peer) -> None:
    moods = ["fine", "unknown", "fine", "drop-before-taking", "fine", "greylisted", "fine"]
    for mood in moods:
        post(mood)
    assert mail.send_waiting(transport(server), clock.now()) == 4
    assert len(peer.taken) == 4
