"""Long jobs in a table, and the worker's rounds.

A page starts a job and shows its progress; the worker runs it. ``ROUNDS`` holds what the worker
does in every round (mail, index); ``KINDS`` what it can be asked to do once. Features register
themselves in ``app.py``: core knows none of them.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, select
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core import clock
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime, db, transaction

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
PAUSE_SECONDS = 0.2


class Job(PublicId, Base):
    """One piece of long work: asked for, running, done or failed."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("done >= 0 AND (total IS NULL OR done <= total)", name="progress"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    arguments: Mapped[dict[str, Any]] = mapped_column(JsonText, default=dict)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stop_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int | None] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(400), default="")


Work = Callable[["Job"], str]
Round = Callable[[datetime], int]


class Paced:
    """A round that has something to do only now and then."""

    def __init__(self, every: timedelta, work: Round) -> None:
        self.every, self.work = every, work
        self.next: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Do the work when its time has come; it never makes the worker hurry."""
        if self.next is None or now >= self.next:
            self.next = now + self.every
            self.work(now)
        return 0


class Worker:
    """Runs rounds and jobs for one application until it is told to stop.

    Jobs have a thread of their own, and so have the rounds named in ``apart``: a long import or a
    mail server that hangs must not keep a published profile out of the index.
    """

    def __init__(self) -> None:
        self.rounds: dict[str, Round] = {}
        self.kinds: dict[str, Work] = {}
        self.apart: set[str] = set()
        self.stopping = threading.Event()

    def run(self, app: Flask) -> None:
        """Work until ``stopping`` is set. A round that fails is logged and tried again."""
        together = [name for name in self.rounds if name not in self.apart]
        lines: list[Callable[[], int]] = [partial(self.do_rounds, together), self.run_one_job]
        lines += [partial(self.do_rounds, [name]) for name in self.rounds if name in self.apart]
        threads = [
            threading.Thread(target=self.keep_doing, args=(app, line), daemon=True)
            for line in lines
        ]
        for thread in threads:
            thread.start()
        # Joined in small steps: a signal is only heard between them.
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(PAUSE_SECONDS)

    def keep_doing(self, app: Flask, line: Callable[[], int]) -> None:
        """One line of work, in a thread of its own, until told to stop."""
        with app.app_context():
            while not self.stopping.is_set():
                try:
                    busy = line()
                except Exception:
                    # The database may be away for a while; the worker outlives it.
                    log.exception("worker")
                    busy = 0
                    self.stopping.wait(1)
                finally:
                    db.session.remove()
                if not busy:
                    self.stopping.wait(PAUSE_SECONDS)

    def work_once(self) -> int:
        """Every round once and at most one job; returns how much was done."""
        return self.do_rounds(list(self.rounds)) + self.run_one_job()

    def do_rounds(self, names: list[str]) -> int:
        """These rounds once; one that fails is logged and does not stop the others."""
        count = 0
        for name in names:
            try:
                count += self.rounds[name](clock.now())
            except Exception:
                log.exception("round failed", extra={"round": name})
                self.stopping.wait(1)
            finally:
                db.session.remove()
        return count

    def run_one_job(self) -> int:
        """Take the oldest waiting job, if there is one, and carry it out."""
        job_id = claim(clock.now(), self.kinds)
        if job_id is None:
            return 0
        job = db.session.get_one(Job, job_id)
        try:
            outcome = self.kinds[job.kind](job)
        except Exception:
            log.exception("job failed", extra={"job": job_id})
            db.session.rollback()
            outcome = "Dit is niet gelukt. De beheerder kan in het logboek zien waarom."
        with transaction():
            job = db.session.get_one(Job, job_id)
            job.finished_at = clock.now()
            job.outcome = outcome[:400]
        db.session.remove()
        return 1


def ask(kind: str, *, by: Any, total: int | None = None, **arguments: Any) -> Job:
    """Ask the worker for a piece of long work; belongs inside a transaction."""
    job = Job(
        kind=kind,
        arguments=arguments,
        asked_by_id=by.id if by is not None else None,
        asked_at=clock.now(),
        total=total,
    )
    db.session.add(job)
    return job


def claim(now: datetime, kinds: Iterable[str]) -> int | None:
    """The id of a job of these kinds that is now ours.

    A job whose worker died is taken over after the lease.
    """
    with transaction():
        query = (
            select(Job)
            .where(
                Job.finished_at.is_(None),
                Job.kind.in_(list(kinds)),
                (Job.lease_until.is_(None)) | (Job.lease_until < now),
            )
            .order_by(Job.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        job = db.session.scalars(query).first()
        if job is None:
            return None
        job.lease_until = now + LEASE
        return job.id


def progress(job: Job, done: int) -> bool:
    """Tell how far it is, in a transaction of its own; False when somebody asked to stop."""
    job_id = job.id
    with transaction():
        row = db.session.get_one(Job, job_id)
        row.done = done if row.total is None else min(done, row.total)
        row.lease_until = clock.now() + LEASE
        return row.stop_asked_at is None
