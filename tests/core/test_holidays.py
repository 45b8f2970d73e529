"""Public holidays, against days that were looked up."""

from datetime import date

import pytest

from impactmakelaar.core.holidays import easter, end_of_term, holidays


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2016, 3, 27), (2018, 4, 1), (2019, 4, 21), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)],
)
def test_easter(year: int, month: int, day: int) -> None:
    assert easter(year) == date(year, month, day)


@pytest.mark.parametrize(
    ("would_end", "ends"),
    [
        (date(2026, 4, 1), date(2026, 4, 1)),
        (date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday, and then Easter Monday
        (date(2026, 4, 4), date(2026, 4, 7)),
        (date(2026, 4, 27), date(2026, 4, 28)),  # the King's day
        (
            date(2025, 4, 26),
            date(2025, 4, 28),
        ),  # the 27th is a Sunday
        (date(2027, 5, 5), date(2027, 5, 7)),  # liberation day, and then Ascension
        (date(2026, 5, 14), date(2026, 5, 15)),  # Ascension on a Thursday
        (date(2026, 5, 25), date(2026, 5, 26)),  # Whit Monday
        (date(2026, 12, 25), date(2026, 12, 28)),  # Friday, Saturday, Sunday
        (date(2026, 12, 31), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 1, 4)),
    ],
)
def test_a_term_runs_on_over_days_off(would_end: date, ends: date) -> None:
    assert end_of_term(would_end) == ends


def test_every_year_has_nine_of_them_unless_two_coincide() -> None:
    counts = {year: len(holidays(year)) for year in range(2014, 2060)}
    assert set(counts.values()) <= {8, 9}
    assert counts[2016] == 8  # Ascension on the fifth of May
