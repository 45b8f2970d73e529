"""Days on which a legal term cannot end: the weekend and the Dutch public holidays.

Source: Algemene termijnenwet, articles 1 and 3 (days that a decree adds to them are not known).
"""

from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the anonymous algorithm of 1876)."""
    century, rest = divmod(year, 100)
    epact = 19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3
    epact = (epact + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (year % 19 + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> dict[date, str]:
    """The days that article 3 names, with their Dutch names."""
    sunday = easter(year)
    king = date(year, 4, 27)
    return {
        date(year, 1, 1): "Nieuwjaarsdag",
        sunday - 2 * ONE_DAY: "Goede Vrijdag",
        sunday + ONE_DAY: "tweede paasdag",
        king - ONE_DAY if king.weekday() == 6 else king: "Koningsdag",
        date(year, 5, 5): "Bevrijdingsdag",
        sunday + 39 * ONE_DAY: "Hemelvaartsdag",
        sunday + 50 * ONE_DAY: "tweede pinksterdag",
        date(year, 12, 25): "eerste kerstdag",
        date(year, 12, 26): "tweede kerstdag",
    }


def end_of_term(day: date) -> date:
    """The last day of a term that would end on ``day``: the first one that is no day off."""
    while day.weekday() >= 5 or day in holidays(day.year):
        day += ONE_DAY
    return day
