"""What somebody typed, or his browser sent, as a number, a date and a time."""

from datetime import date, time

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from impactmakelaar.tenders.forms import DutchTime
from impactmakelaar.web.fields import DutchDate, Euros, WholeNumber
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


class AmountForm(BaseForm):
    amount = Euros("Bedrag")
    count = WholeNumber("Aantal", high=1_000_000)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("1.250,50", 125_050),
        ("1250.50", 125_050),
        ("€ 1.250,-", 125_000),
        ("€\u00a01.250", 125_000),
        ("1.000.000", 100_000_000),
        ("0", 0),
        ("1,000.00", None),
        ("1,000", None),
        ("1.2.3", None),
        ("1e9", None),
        ("-5", None),
        ("٣", None),
        ("9" * 40, None),
    ],
)
def test_an_amount_that_can_be_read_in_two_ways_is_refused(
    app: Flask, typed: str, cents: int | None
) -> None:
    with app.test_request_context():
        form = AmountForm(MultiDict({"amount": typed}), meta={"csrf": False})

        assert form.validate() is (cents is not None)
        assert form.amount.data == cents


@pytest.mark.parametrize(
    ("typed", "count"), [("12", 12), ("1.000", 1_000), ("1.5", None), ("1e3", None), ("-1", None)]
)
def test_half_of_something_is_no_whole_number(app: Flask, typed: str, count: int | None) -> None:
    with app.test_request_context():
        form = AmountForm(MultiDict({"count": typed}), meta={"csrf": False})

        assert form.validate() is (count is not None)
        assert form.count.data == count
