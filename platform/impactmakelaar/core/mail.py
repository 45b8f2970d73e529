"""Mail: a value, an outbox table, and the transports that take it away.

A service puts a ``Mail`` in the outbox inside its own transaction; a worker sends it afterwards.
So nothing is lost when the mail server is away, and nothing is sent for work that was rolled back.
A message keeps one Message-ID for all attempts: when a connection drops after hand-over the
second copy can be recognised as such.
"""

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core import clock
from impactmakelaar.core.db import (
    Base,
    PublicId,
    UtcDateTime,
    db,
    lock,
    new_public_id,
    transaction,
)

GIVE_UP_AFTER = timedelta(hours=72)
LEASE = timedelta(minutes=15)
"""How long a claimed letter is nobody else's: far longer than all steps of one hand-over take."""
TIMEOUT_SECONDS = 20
MAX_SUBJECT = 180
CONFIDENTIAL = "admission_"
"""Kinds that begin so are about a dossier that not all staff may know of; it shows its own."""


@dataclass(frozen=True)
class Mail:
    """A letter as a value: one recipient, plain text, Dutch.

    ``stop_url`` is the address of a page on which the reader can stop this kind of mail; it
    becomes a List-Unsubscribe header and the last line of the text. ``calendar`` is a calendar
    file (RFC 5545) that goes along as an attachment.
    """

    to: str
    subject: str
    text: str
    kind: str
    stop_url: str = ""
    calendar: str = ""


class OutboxMail(PublicId, Base):
    """A letter that has to go out, or went out, or came back."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        CheckConstraint("sent_at IS NULL OR failed_at IS NULL", name="sent_or_failed"),
        Index("ix_outbox_mail_waiting", "sent_at", "failed_at", "next_attempt_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    stop_url: Mapped[str] = mapped_column(String(500), default="")
    calendar: Mapped[str] = mapped_column(Text, default="", server_default="")
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(300), default="")


class Transport(Protocol):
    """Takes one message away or raises."""

    def send(self, message: EmailMessage) -> None:
        """Hand the message over; ``PermanentFailure`` when trying again is of no use."""


class PermanentFailure(Exception):  # noqa: N818
    """The mail server will never take this message for this recipient (a 5xx answer)."""


class SmtpTransport:
    """Hands over to a mail server; STARTTLS and authentication as configured."""

    def __init__(
        self, host: str, port: int, user: str, password: str, *, starttls: bool, timeout: float
    ) -> None:
        self.host, self.port, self.user, self.password = host, port, user, password
        self.starttls, self.timeout = starttls, timeout

    def send(self, message: EmailMessage) -> None:
        """One connection per message: a broken one then costs one letter's delay, no more."""
        server = None
        try:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            [address] = message["To"].addresses
            server.send_message(message, to_addrs=[address.addr_spec])
        except smtplib.SMTPRecipientsRefused as error:
            code = min(answer[0] for answer in error.recipients.values())
            if code >= 500:
                raise PermanentFailure(f"recipient refused ({code})") from error
            raise
        except smtplib.SMTPResponseException as error:
            permanent = isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError)
            if permanent and error.smtp_code >= 500:
                raise PermanentFailure(f"message refused ({error.smtp_code})") from error
            raise
        finally:
            if server is not None:
                leave(server)


def leave(server: smtplib.SMTP) -> None:
    """Say goodbye. Whatever goes wrong here says nothing about the letter: it was taken or not."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


class FileTransport:
    """Writes each letter to a file that one can open: for development and demonstration."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def send(self, message: EmailMessage) -> None:
        """Write ``<time>-<message id>.eml``."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S-%f")
        name = message["Message-ID"].strip("<>").split("@")[0]
        partial = self.directory / f".{name}.partial"
        partial.write_bytes(bytes(message))
        partial.replace(self.directory / f"{stamp}-{name}.eml")


def post(mail: Mail, *, person: Any = None) -> OutboxMail:
    """Put a letter in the outbox; belongs inside the service's transaction."""
    now = clock.now()
    row = OutboxMail(
        kind=mail.kind,
        recipient=one_line(mail.to),
        subject=subject_line(mail.subject),
        text=mail.text,
        stop_url=mail.stop_url,
        calendar=mail.calendar,
        message_id="",
        person_id=person.id if person is not None else None,
        created_at=now,
        next_attempt_at=now,
    )
    row.public_id = new_public_id()
    domain = current_app.config["MAIL_SENDER"].rsplit("@", 1)[-1].strip("> ")
    row.message_id = f"<{row.public_id}@{domain}>"
    db.session.add(row)
    return row


def one_line(text: str) -> str:
    """Without line breaks and control characters: a header that a name cannot break out of."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def subject_line(text: str) -> str:
    """A subject as one line, without the start of an encoded word.

    The e-mail library decodes ``=?utf-8?q?=0ABcc:…?=`` when it is given as a header's value, line
    break and all, and would write a header of a stranger's making.
    """
    return one_line(text).replace("=?", "= ?")[:MAX_SUBJECT]


def message_of(row: OutboxMail, sender: str) -> EmailMessage:
    """The letter as a message: UTF-8 text, fixed Message-ID, no automatic replies wanted.

    :raises ValueError: when the recipient is not exactly one address.
    """
    message = EmailMessage()
    message["From"] = sender
    try:
        message["To"] = Address(addr_spec=row.recipient)
    except (HeaderParseError, IndexError) as error:
        raise ValueError("not one address") from error
    message["Subject"] = row.subject
    message["Message-ID"] = row.message_id
    message["Date"] = format_datetime(row.created_at)
    message["Auto-Submitted"] = "auto-generated"
    if row.stop_url:
        message["List-Unsubscribe"] = f"<{row.stop_url}>"
    message.set_content(row.text)
    if row.calendar:
        method = "CANCEL" if "\nMETHOD:CANCEL" in row.calendar else "PUBLISH"
        message.add_attachment(
            row.calendar.encode(),
            maintype="text",
            subtype="calendar",
            filename="intaketafel.ics",
            params={"method": method, "charset": "utf-8"},
        )
    return message


def transport_from_config() -> Transport:
    """The transport that the settings name: ``smtp`` or ``file``."""
    config = current_app.config
    if config["MAIL_TRANSPORT"] == "smtp":
        return SmtpTransport(
            config["SMTP_HOST"],
            config["SMTP_PORT"],
            config["SMTP_USER"],
            config["SMTP_PASSWORD"],
            starttls=config["SMTP_STARTTLS"],
            timeout=TIMEOUT_SECONDS,
        )
    return FileTransport(Path(current_app.instance_path) / "mail")


def next_wait(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: 30 s, 1, 2, 4 … at most 60 minutes."""
    doubled = timedelta(seconds=30 * 2.0 ** min(attempts - 1, 10))
    return min(doubled, timedelta(hours=1))


def send_waiting(transport: Transport, now: datetime, limit: int = 50) -> int:
    """Send what is due; returns how many were handed over. Safe with several workers at once.

    A letter is claimed right before it is sent, in a transaction of its own, by moving its next
    attempt into the future: a worker that dies in between leaves it to be sent later, with the
    same Message-ID, and one that waits for a slow server holds no other letter up.
    """
    sent, started = 0, clock.now()
    for _ in range(limit):
        moment = now + (clock.now() - started)
        claimed = _claim(moment, due=now)
        if claimed is None:
            break
        sent += _attempt(*claimed, transport, moment)
    return sent


def _claim(now: datetime, due: datetime) -> tuple[int, int] | None:
    """(id, number of this attempt) of the next letter that is due, now ours; None: no more."""
    with transaction():
        query = (
            select(OutboxMail)
            .where(
                OutboxMail.sent_at.is_(None),
                OutboxMail.failed_at.is_(None),
                OutboxMail.next_attempt_at <= due,
            )
            .order_by(OutboxMail.next_attempt_at, OutboxMail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        row = db.session.scalars(query).first()
        if row is None:
            return None
        row.attempts += 1
        row.next_attempt_at = now + LEASE
        return row.id, row.attempts


def _attempt(mail_id: int, attempt: int, transport: Transport, now: datetime) -> int:
    error, permanent = _hand_over(db.session.get_one(OutboxMail, mail_id), transport)
    with transaction():
        row = lock(db.session.get_one(OutboxMail, mail_id))
        if row.sent_at is not None or (error and row.attempts != attempt):
            # The lease ran out and another worker has taken over: its word counts.
            return 0
        if not error:
            row.sent_at, row.failed_at = now, None
            # A letter may hold a link that opens an account; once it is gone we need it no more.
            row.text = row.calendar = ""
            return 1
        row.last_error = error[:300]
        if permanent or now - row.created_at >= GIVE_UP_AFTER:
            row.failed_at = now
            row.text = row.calendar = ""
        else:
            row.next_attempt_at = now + next_wait(row.attempts)
        return 0


def _hand_over(row: OutboxMail, transport: Transport) -> tuple[str, bool]:
    """What went wrong ("" when nothing), and whether trying again is of no use.

    No letter, however odd, may stop the ones behind it: every error is this letter's own.
    """
    try:
        message = message_of(row, current_app.config["MAIL_SENDER"])
        bytes(message)
    except Exception as failure:  # noqa: BLE001
        db.session.rollback()
        return f"no message can be made of this ({type(failure).__name__})", True
    # No transaction stays open while a mail server takes its time.
    db.session.rollback()
    try:
        transport.send(message)
    except PermanentFailure as failure:
        return str(failure), True
    except Exception as failure:  # noqa: BLE001
        return type(failure).__name__, False
    return "", False


def failed_mails(limit: int = 200, only: ColumnElement[bool] | None = None) -> list[OutboxMail]:
    """Letters that came back or were given up, and those that fail at present; for staff.

    ``only`` says whose letters.
    """
    query = (
        select(OutboxMail)
        .where(
            or_(OutboxMail.failed_at.is_not(None), OutboxMail.last_error != ""),
            OutboxMail.recipient != "",
            ~OutboxMail.kind.startswith(CONFIDENTIAL, autoescape=True),
            only if only is not None else true(),
        )
        .order_by(OutboxMail.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))
