"""Transactions, locks, column types: on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from tests.conftest import on_both, settings_for
from tests.interleaving import interleaved, together
from tests.makers import THEN, make_person

from impactmakelaar.accounts.models import Person
from impactmakelaar.app import create_app
from impactmakelaar.core import changes, clock
from impactmakelaar.core.db import (
    PUBLIC_ID_ALPHABET,
    after_commit,
    canonical_json,
    db,
    lock,
    new_public_id,
    transaction,
)


class OopsError(Exception):
    """Something that goes wrong half way."""


def person(email: str) -> Person:
    return Person(email=email, name="Noor", created_at=THEN)


def count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Person)) or 0


def add_and_fail(email: str) -> None:
    with transaction():
        db.session.add(person(email))
        db.session.flush()
        raise OopsError


@on_both
def test_an_exception_undoes_everything(app: Flask) -> None:
    with pytest.raises(OopsError):
        add_and_fail("a@test.example")
    assert count() == 0


@on_both
def test_what_a_nested_service_did_before_it_failed_is_not_kept(app: Flask) -> None:
    called: list[str] = []
    with transaction():
        db.session.add(person("a@test.example"))
        after_commit(lambda: called.append("outer"))
        try:
            with transaction():
                after_commit(lambda: called.append("inner"))
                add_and_fail("b@test.example")
        except OopsError:
            pass
    assert count() == 1
    assert called == ["outer"]


@on_both
def test_after_commit_runs_after_the_outermost_and_not_after_a_rollback(app: Flask) -> None:
    seen: list[int] = []

    def fail_later() -> None:
        with transaction():
            after_commit(lambda: seen.append(-1))
            raise OopsError

    with pytest.raises(OopsError):
        fail_later()
    with transaction():
        with transaction():
            db.session.add(person("a@test.example"))
            after_commit(lambda: seen.append(count()))
        assert seen == []
    assert seen == [1]


def test_a_failing_callback_does_not_make_the_stored_work_look_failed(app: Flask) -> None:
    seen = []

    def fail() -> None:
        raise OopsError

    with transaction():
        db.session.add(person("a@test.example"))
        after_commit(fail)
        after_commit(lambda: seen.append(1))
    assert (count(), seen) == (1, [1])


def test_outside_a_transaction_nothing_is_locked_or_promised(app: Flask) -> None:
    row = make_person()
    with pytest.raises(RuntimeError):
        lock(row)
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)


def sell(person_id: int) -> None:
    """Sell the last place: read under a lock, check, write. (The name holds how many there are.)"""
    with transaction():
        row = lock(db.session.get_one(Person, person_id))
        if int(row.name) < 1:
            raise OopsError
        row.name = str(int(row.name) - 1)


@on_both
def test_the_last_place_is_sold_once(app: Flask) -> None:
    place = make_person("1").id
    second = interleaved(app, lambda: sell(place), lambda: sell(place))
    assert isinstance(second.error, OopsError)
    assert db.session.get_one(Person, place).name == "0"


@on_both
def test_who_read_before_the_lock_reads_again_under_it(app: Flask) -> None:
    place = make_person("1").id

    def read_then_sell() -> None:
        assert db.session.get_one(Person, place).name == "1"
        sell(place)

    second = interleaved(app, lambda: sell(place), read_then_sell)
    assert isinstance(second.error, OopsError)


@on_both
def test_many_at_once_never_sell_more_than_there_is(app: Flask) -> None:
    place = make_person("5").id
    runners = together(app, [lambda: sell(place)] * 8)
    assert sum(runner.error is None for runner in runners) == 5
    assert {type(r.error) for r in runners if r.error} == {OopsError}


@on_both
def test_change_numbers_follow_the_order_of_commits(app: Flask) -> None:
    def note(n: int) -> int:
        with transaction():
            return changes.note("enterprise", n)

    numbers: list[int] = []
    second = interleaved(app, lambda: numbers.append(note(1)), lambda: note(2))
    assert second.error is None
    assert (numbers[0], second.result) == (1, 2)
    runners = together(app, [lambda n=n: note(n) for n in range(10, 16)])
    assert sorted(r.result for r in runners) == [3, 4, 5, 6, 7, 8]
    assert changes.last("enterprise") == 8
    assert [n for n, _ in changes.since("enterprise", 0)] == list(range(1, 9))
    assert changes.since("enterprise", 8) == []
    assert changes.oldest_kept("enterprise") == 1
    assert changes.last("other") == 0


@on_both
def test_instants_come_back_as_they_were(app: Flask) -> None:
    zone = timezone(timedelta(hours=2))
    row = make_person(created_at=datetime(2026, 7, 1, 0, 30, tzinfo=zone))
    db.session.expire_all()
    assert row.created_at == datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert row.created_at.utcoffset() == timedelta()


@on_both
def test_an_instant_without_a_zone_is_refused(app: Flask) -> None:
    with pytest.raises(StatementError, match="time zone"):
        make_person(created_at=datetime(2026, 7, 1))


@on_both
def test_the_database_keeps_addresses_lower_case_and_unique(app: Flask) -> None:
    make_person(email="a@test.example")
    with pytest.raises(IntegrityError):
        make_person(email="a@test.example")
    with pytest.raises(IntegrityError, match="email_lower_case"):
        make_person(email="A@test.example")
    with pytest.raises(IntegrityError, match="second_factor_has_secret"):
        make_person(totp_enabled_at=clock.now())


def test_sqlite_is_set_to_keep_what_it_confirmed(tmp_path: Path, database: str) -> None:
    app = create_app(settings_for(tmp_path, database))
    with app.app_context(), db.engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys", "recursive_triggers")
        }
    assert found == {
        "synchronous": 2,
        "journal_mode": "wal",
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_canonical_json_is_one_text_per_value(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical_json(value) == canonical_json(turned)


def test_public_ids_tell_nothing() -> None:
    ids = {new_public_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(i) == 12 and set(i) <= set(PUBLIC_ID_ALPHABET) for i in ids)
