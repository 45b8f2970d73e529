"""What somebody typed, or his browser sent, as a number, a date and a time."""

from datetime import date, time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from impactmakelaar.tenders.forms import DutchTime
from impactmakelaar.web.fields import DutchDate
from impactmakelaar.web.forms import BaseForm, whole_number


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0", 0),
        ("17", 17),
        (17, 17),
        ("", -1),
        (None, -1),
        ("-3", -1),
        ("1.5", -1),
        ("1e9", -1),
        ("²", -1),
        ("٣", -1),
        ("9223372036854775808", -1),
        ("' OR 1=1; --", -1),
    ],
)
def test_whole_number_is_a_number_or_what_stands_for_none(typed: object, expected: int) -> None:
    assert whole_number(typed, -1) == expected


class MomentForm(BaseForm):
    day = DutchDate("Dag")
    hour = DutchTime("Om")


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        ("1-12-2026", "12.30", (date(2026, 12, 1), time(12, 30))),
        ("2026-12-01", "9", (date(2026, 12, 1), time(9, 0))),
        ("31-02-2026", "24.00", None),
        ("²", "²", None),
        ("9223372036854775808-1-2026", "9223372036854775808", None),
        ("1-1-0001", "12.99", None),
    ],
)
def test_a_moment_is_read_or_refused_with_a_sentence(
    app: Flask, day: str, hour: str, expected: tuple[date, time] | None
) -> None:
    with app.test_request_context():
        form = MomentForm(MultiDict({"day": day, "hour": hour}), meta={"csrf": False})
        right = form.validate()

        assert right is (expected is not None)
        if expected:
            assert (form.day.data, form.hour.data) == expected
        else:
            assert form.day.errors
            assert form.hour.errors
            assert form.day._value() == day
