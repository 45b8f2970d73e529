"""Limits, long jobs and the worker, tables as files."""

import csv
import io
import json
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.conftest import on_both
from tests.interleaving import interleaved, together

from impactmakelaar.core import clock, exports, jobs, limits
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import TooMany
from impactmakelaar.core.jobs import Job, Paced, Worker

HOUR = timedelta(hours=1)


@on_both
def test_a_limit_counts_within_its_window_and_by_key(app: Flask) -> None:
    now = clock.now()
    for _ in range(3):
        limits.take("try", "Key", at_most=3, window=HOUR, now=now)
    with pytest.raises(TooMany) as caught:
        limits.take("try", "key", at_most=3, window=HOUR, now=now)
    assert caught.value.retry_after == 3600
    limits.take("try", "other", at_most=3, window=HOUR, now=now)
    limits.take("other", "key", at_most=3, window=HOUR, now=now)
    limits.take("try", "key", at_most=3, window=HOUR, now=now + HOUR)
    assert limits.count("try", "key", now=now, window=HOUR) == 4


@on_both
def test_forget_undo_and_sweep(app: Flask) -> None:
    now = clock.now()
    for _ in range(3):
        limits.take("try", "key", at_most=9, window=HOUR, now=now)
    with transaction():
        limits.undo("try", "key")
    assert limits.count("try", "key", now=now, window=HOUR) == 2
    assert limits.sweep(now) == 0
    assert limits.sweep(now + limits.KEEP + HOUR) == 2
    limits.take("try", "key", at_most=9, window=HOUR, now=now)
    with transaction():
        limits.forget("try", "KEY")
    assert limits.count("try", "key", now=now, window=HOUR) == 0


def test_a_key_is_not_kept_as_it_is(app: Flask) -> None:
    limits.take("try", "jan@test.example", at_most=1, window=HOUR, now=clock.now())
    [row] = db.session.scalars(select(limits.LimitedEvent))
    assert "jan" not in row.key_hash
    assert len(row.key_hash) == 64


@on_both
def test_at_one_moment_no_more_than_the_limit_come_through(app: Flask) -> None:
    now = clock.now()

    def take() -> None:
        limits.take("try", "key", at_most=4, window=HOUR, now=now)

    runners = together(app, [take] * 8)
    assert sum(runner.error is None for runner in runners) == 4


def ask(kind: str = "count", total: int | None = None, **arguments: object) -> int:
    with transaction():
        job = jobs.ask(kind, by=None, total=total, **arguments)
    return job.id


@on_both
def test_a_job_is_carried_out_once_with_progress(app: Flask) -> None:
    worker = Worker()
    seen: list[bool] = []

    def work(job: Job) -> str:
        for number in range(1, 4):
            seen.append(jobs.progress(job, number))
        return "Klaar: 3 rijen."

    worker.kinds["count"] = work
    job_id = ask(total=3, rows=["a"])
    assert worker.run_one_job() == 1
    assert worker.run_one_job() == 0
    job = db.session.get_one(Job, job_id)
    assert (job.done, job.total, job.outcome, seen) == (3, 3, "Klaar: 3 rijen.", [True] * 3)
    assert job.arguments == {"rows": ["a"]}


@on_both
def test_a_job_of_an_unknown_kind_waits_for_a_worker_that_knows_it(app: Flask) -> None:
    job_id = ask("later")
    assert Worker().run_one_job() == 0
    assert db.session.get_one(Job, job_id).finished_at is None


@on_both
def test_a_job_that_fails_ends_with_a_sentence_and_stores_nothing(app: Flask) -> None:
    worker = Worker()

    def work(job: Job) -> str:
        with transaction():
            db.session.get_one(Job, job.id).done = 7
            raise ZeroDivisionError

    worker.kinds["count"] = work
    job_id = ask()
    worker.run_one_job()
    job = db.session.get_one(Job, job_id)
    assert (job.done, job.finished_at is not None) == (0, True)
    assert job.outcome.startswith("Dit is niet gelukt")


@on_both
def test_a_job_is_claimed_by_one_worker_and_taken_over_after_the_lease(app: Flask) -> None:
    ask()
    now = clock.now()
    first: list[int | None] = []
    second = interleaved(
        app,
        lambda: first.append(jobs.claim(now, ["count"])),
        lambda: jobs.claim(now, ["count"]),
    )
    assert first[0] is not None
    assert (second.error, second.result) == (None, None)
    assert jobs.claim(now + jobs.LEASE, ["count"]) is None
    assert jobs.claim(now + jobs.LEASE + timedelta(seconds=1), ["count"]) == first[0]


@on_both
def test_a_job_hears_that_it_should_stop(app: Flask) -> None:
    job_id = ask()
    with transaction():
        db.session.get_one(Job, job_id).stop_asked_at = clock.now()
    assert jobs.progress(db.session.get_one(Job, job_id), 1) is False


def test_a_round_that_fails_stops_no_other_round(app: Flask) -> None:
    worker, done = Worker(), []
    worker.stopping.set()

    def fail(_now: object) -> int:
        raise ZeroDivisionError

    worker.rounds = {"bad": fail, "good": lambda now: done.append(now) or 1}
    assert worker.work_once() == 1
    assert len(done) == 1


def test_a_hanging_round_apart_keeps_nothing_else_waiting(app: Flask) -> None:
    worker = Worker()
    hanging, rounds = worker.stopping, []

    def hang(_now: object) -> int:
        hanging.wait(20)
        return 0

    def count(now: object) -> int:
        rounds.append(now)
        if len(rounds) == 3:
            worker.stopping.set()
        return 1

    worker.rounds = {"mail": hang, "index": count}
    worker.apart = {"mail"}
    worker.run(app)
    assert len(rounds) == 3


def test_a_paced_round_works_now_and_then() -> None:
    done = []
    paced = Paced(HOUR, lambda now: done.append(now) or 1)
    now = clock.now()
    for minutes in (0, 10, 59, 60, 61, 130):
        assert paced(now + timedelta(minutes=minutes)) == 0
    assert [(d - now).total_seconds() / 60 for d in done] == [0, 60, 130]


RISKY = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "\u00a0=1",
    "＝1",
    "=cmd|' /C'!A0",
]


@pytest.mark.parametrize("text", RISKY)
def test_no_cell_becomes_a_formula(text: str) -> None:
    assert exports.safe_cell(text) == "'" + text


@given(st.text(max_size=40))
def test_any_cell_is_text_and_keeps_its_text(text: str) -> None:
    kept = exports.safe_cell(text)
    assert kept in (text, "'" + text)
    assert not kept.strip().startswith(("=", "+", "-", "@"))


def test_csv_is_for_dutch_spreadsheets() -> None:
    data = exports.csv_bytes(["Naam", "Plaats"], [["=A1", None], ['Ré;"x"\ny', "Haarlem"]])
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert rows == [["Naam", "Plaats"], ["'=A1", ""], ['Ré;"x"\ny', "Haarlem"]]


@pytest.mark.parametrize("title", ["Lijst", "a/b:c[d]*?\\", "'", "", "x" * 50, "\x00\n"])
def test_xlsx_holds_text_only(title: str) -> None:
    rows = [["=1+1", "http://x.example"], ["12", "y" * 40_000]]
    book = openpyxl.load_workbook(io.BytesIO(exports.xlsx(["A", "B"], rows, title)))
    sheet = book.active
    assert sheet is not None
    found = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert found[0] == ["'=1+1", "http://x.example"]
    assert found[1][0] == "12"
    assert found[1][1] == "y" * exports.MAX_CELL
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    book.close()


@given(st.text(max_size=60))
@settings(max_examples=30)
def test_any_title_names_a_sheet(title: str) -> None:
    assert exports.xlsx(["A"], [], title)


def test_geojson_puts_longitude_first() -> None:
    text = exports.geojson([exports.Feature(52.38, 4.63, {"naam": "Zoë"})])
    [feature] = json.loads(text)["features"]
    assert feature["geometry"]["coordinates"] == [4.63, 52.38]
    assert feature["properties"] == {"naam": "Zoë"}
