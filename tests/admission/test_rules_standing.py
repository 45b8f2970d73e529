"""Where an enterprise stands: the table of cases, and every day of 2024-2040."""

from calendar import monthrange
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from impactmakelaar.admission.rules_standing import (
    Application,
    Certificate,
    Decision,
    Facts,
    Identity,
    Policy,
    Reason,
    Recognised,
    Recognition,
    State,
    Suspension,
    add_months,
    policy_on,
    standing,
)
from impactmakelaar.core import clock

KVK, OTHER = "90000001", "90000002"
CODE = Recognised("code_social", frozenset({"Geregistreerd"}))
PSO = Recognised("pso_30")
POLICY = (Policy(date(2020, 1, 1), 12, (CODE, PSO)),)
D = date(2027, 3, 1)
LAST = date(2028, 3, 1)
ONE = timedelta(days=1)


def facts(*decisions: Decision, **more: Any) -> Facts:
    """Facts of an enterprise with one KVK number."""
    return Facts(**{"identities": (Identity(KVK),), "decisions": decisions} | more)


def certificate(first: date, last: date, **more: Any) -> Certificate:
    """A verified certificate of the list, handed in on its first day unless said otherwise."""
    values: dict[str, Any] = {
        "kind": "code_social",
        "level": "Geregistreerd",
        "kvk_number": KVK,
        "valid_from": first,
        "valid_until": last,
        "handed_in_on": first,
    }
    return Certificate(**values | more)


def on(given: Facts, day: date, policy: tuple[Policy, ...] = POLICY) -> tuple[str, date | None]:
    """(state, last day) of a day."""
    found = standing(given, policy, day)
    return found.state.value, found.last_day


ADMITTED = Decision(D, admitted=True)
REFUSED = Decision(D, admitted=False, application=1)
APPLIED = Application(1, D - timedelta(days=60))
TWO_YEARS = certificate(date(2027, 11, 10), date(2029, 11, 9))

CASES: dict[str, tuple[Facts, list[tuple[date, str, date | None]]]] = {
    "nothing known": (facts(), [(D, "none", None)]),
    "applied, and nothing changes before day D": (
        facts(replace(ADMITTED, application=1), applications=(APPLIED,)),
        [
            (APPLIED.submitted_on - ONE, "none", None),
            (APPLIED.submitted_on, "applied", None),
            (D - ONE, "applied", None),
            (D, "in_grace", LAST),
        ],
    ),
    "application withdrawn": (
        facts(applications=(replace(APPLIED, withdrawn_on=D),)),
        [(D - ONE, "applied", None), (D, "withdrawn", None)],
    ),
    "first and last day of grace, and the day after": (
        facts(ADMITTED),
        [(D, "in_grace", LAST), (LAST, "in_grace", LAST), (LAST + ONE, "lapsed", LAST)],
    ),
    "admitted on 29 February": (
        facts(Decision(date(2028, 2, 29), admitted=True)),
        [
            (date(2029, 2, 28), "in_grace", date(2029, 2, 28)),
            (date(2029, 3, 1), "lapsed", date(2029, 2, 28)),
        ],
    ),
    "admitted on 28 February of the year before a leap year": (
        facts(Decision(date(2027, 2, 28), admitted=True)),
        [
            (date(2028, 2, 28), "in_grace", date(2028, 2, 28)),
            (date(2028, 2, 29), "lapsed", date(2028, 2, 28)),
        ],
    ),
    "in the register without a badge": (
        facts(Decision(D, admitted=True, badge=False)),
        [(D, "none", None), (LAST + ONE, "none", None)],
    ),
    "certificate in the grace year": (
        facts(ADMITTED, certificates=(TWO_YEARS,)),
        [
            (date(2027, 11, 9), "in_grace", LAST),
            (date(2027, 11, 10), "certified", date(2029, 11, 9)),
            (LAST + ONE, "certified", date(2029, 11, 9)),
            (date(2029, 11, 9), "certified", date(2029, 11, 9)),
            (date(2029, 11, 10), "lapsed", date(2029, 11, 9)),
        ],
    ),
    "certificate from before day D": (
        facts(ADMITTED, certificates=(certificate(date(2026, 5, 1), date(2028, 4, 30)),)),
        [(D - ONE, "none", None), (D, "certified", date(2028, 4, 30))],
    ),
    "certificate that starts on the last day": (
        facts(ADMITTED, certificates=(certificate(LAST, date(2030, 2, 28)),)),
        [
            (LAST - ONE, "in_grace", LAST),
            (LAST, "certified", date(2030, 2, 28)),
            (LAST + ONE, "certified", date(2030, 2, 28)),
        ],
    ),
    "obtained in time, handed in a week late": (
        facts(
            ADMITTED,
            certificates=(
                certificate(LAST, date(2030, 2, 28), handed_in_on=LAST + timedelta(days=7)),
            ),
        ),
        [
            (LAST, "in_grace", LAST),
            (LAST + ONE, "lapsed", LAST),
            (LAST + timedelta(days=7), "certified", date(2030, 2, 28)),
        ],
    ),
    "gap between two certificates": (
        facts(
            ADMITTED,
            certificates=(
                certificate(date(2027, 6, 1), date(2029, 5, 31)),
                certificate(date(2029, 7, 1), date(2031, 6, 30)),
            ),
        ),
        [
            (date(2029, 5, 31), "certified", date(2029, 5, 31)),
            (date(2029, 6, 1), "lapsed", date(2029, 5, 31)),
            (date(2029, 6, 30), "lapsed", date(2029, 5, 31)),
            (date(2029, 7, 1), "certified", date(2031, 6, 30)),
        ],
    ),
    "two certificates that join, and one that overlaps": (
        facts(
            ADMITTED,
            certificates=(
                certificate(date(2027, 6, 1), date(2029, 5, 31)),
                certificate(date(2029, 6, 1), date(2031, 5, 31)),
                certificate(date(2031, 1, 1), date(2033, 1, 1), kind="pso_30", level="30+"),
            ),
        ),
        [(date(2028, 1, 1), "certified", date(2033, 1, 1))],
    ),
    "one after the lapse": (
        facts(ADMITTED, certificates=(certificate(LAST + timedelta(90), date(2031, 1, 1)),)),
        [
            (LAST + ONE, "lapsed", LAST),
            (LAST + timedelta(89), "lapsed", LAST),
            (LAST + timedelta(90), "certified", date(2031, 1, 1)),
        ],
    ),
    "one that ends within the grace year: the grace does not come back": (
        facts(ADMITTED, certificates=(certificate(date(2027, 4, 1), date(2027, 9, 30)),)),
        [
            (date(2027, 9, 30), "certified", date(2027, 9, 30)),
            (date(2027, 10, 1), "lapsed", date(2027, 9, 30)),
        ],
    ),
    "withdrawn by its issuer": (
        facts(ADMITTED, certificates=(replace(TWO_YEARS, withdrawn_on=date(2028, 6, 1)),)),
        [
            (date(2028, 5, 31), "certified", date(2028, 5, 31)),
            (date(2028, 6, 1), "lapsed", date(2028, 5, 31)),
        ],
    ),
    "of another KVK number": (
        facts(ADMITTED, certificates=(replace(TWO_YEARS, kvk_number=OTHER),)),
        [(date(2028, 1, 1), "in_grace", LAST), (LAST + ONE, "lapsed", LAST)],
    ),
    "applied for is not obtained": (
        facts(ADMITTED, certificates=(replace(TWO_YEARS, level="Aangevraagd"),)),
        [(LAST, "in_grace", LAST), (LAST + ONE, "lapsed", LAST)],
    ),
    "not on the list": (
        facts(ADMITTED, certificates=(replace(TWO_YEARS, kind="co2_ladder"),)),
        [(LAST + ONE, "lapsed", LAST)],
    ),
    "suspended, and the end of it": (
        facts(ADMITTED, suspensions=(Suspension(date(2027, 5, 1), date(2027, 5, 31)),)),
        [
            (date(2027, 4, 30), "in_grace", date(2027, 4, 30)),
            (date(2027, 5, 1), "suspended", date(2027, 5, 31)),
            (date(2027, 5, 31), "suspended", date(2027, 5, 31)),
            (date(2027, 6, 1), "in_grace", LAST),
        ],
    ),
    "suspended without an end, lifted later; the grace ran on": (
        facts(ADMITTED, suspensions=(Suspension(date(2028, 2, 1), lifted_on=date(2028, 4, 1)),)),
        [
            (date(2028, 3, 31), "suspended", date(2028, 3, 31)),
            (date(2028, 4, 1), "lapsed", LAST),
        ],
    ),
    "lapsed and applied again: no second year": (
        facts(
            ADMITTED,
            Decision(date(2028, 9, 1), admitted=True, application=2),
            applications=(Application(2, date(2028, 6, 1)),),
        ),
        [
            (date(2028, 6, 1), "lapsed", LAST),
            (date(2028, 9, 1), "lapsed", LAST),
            (date(2029, 8, 31), "lapsed", LAST),
        ],
    ),
    "ended at its own wish, applied again, admitted within the first year": (
        facts(
            ADMITTED,
            Decision(date(2027, 12, 1), admitted=True, application=2),
            applications=(Application(2, date(2027, 10, 1)),),
            wishes=(date(2027, 6, 1),),
        ),
        [
            (date(2027, 5, 31), "in_grace", date(2027, 5, 31)),
            (date(2027, 6, 1), "ended", date(2027, 5, 31)),
            (date(2027, 10, 1), "applied", None),
            (date(2027, 12, 1), "in_grace", LAST),
            (LAST + ONE, "lapsed", LAST),
        ],
    ),
    "ended after a certificate, admitted again: the grace stays closed": (
        facts(
            ADMITTED,
            Decision(date(2027, 12, 1), admitted=True),
            certificates=(certificate(date(2027, 4, 1), date(2027, 5, 31)),),
            wishes=(date(2027, 6, 1),),
        ),
        [(date(2027, 12, 1), "lapsed", date(2027, 5, 31))],
    ),
    "the organisation ended": (
        facts(ADMITTED, organisation_ended_on=date(2027, 8, 1)),
        [
            (date(2027, 7, 31), "in_grace", date(2027, 7, 31)),
            (date(2027, 8, 1), "ended", date(2027, 7, 31)),
        ],
    ),
    "a legal successor carries the year that was used": (
        Facts(
            identities=(
                Identity(OTHER, last_day=date(2027, 9, 30)),
                Identity(KVK, first_day=date(2027, 10, 1)),
            ),
            decisions=(replace(ADMITTED, inherited_on=date(2027, 10, 1)),),
        ),
        [
            (date(2027, 9, 30), "none", None),
            (date(2027, 10, 1), "in_grace", LAST),
            (LAST, "in_grace", LAST),
            (LAST + ONE, "lapsed", LAST),
        ],
    ),
    "a successor needs the certificate in its own name": (
        Facts(
            identities=(
                Identity(OTHER, last_day=date(2028, 9, 30)),
                Identity(KVK, first_day=date(2028, 10, 1)),
            ),
            decisions=(ADMITTED,),
            certificates=(
                replace(TWO_YEARS, kvk_number=OTHER),
                certificate(date(2028, 10, 15), date(2030, 10, 14)),
            ),
        ),
        [
            (date(2028, 9, 30), "certified", date(2028, 9, 30)),
            (date(2028, 10, 1), "lapsed", date(2028, 9, 30)),
            (date(2028, 10, 15), "certified", date(2030, 10, 14)),
        ],
    ),
    "another region's decision recognised, with its own end": (
        facts(
            recognitions=(
                Recognition("Rivierenland", D, date(2027, 12, 31), State.CERTIFIED),
                Recognition("Zeekust", date(2028, 2, 1), date(2028, 2, 29), State.NONE),
            )
        ),
        [
            (D - ONE, "none", None),
            (D, "certified", date(2027, 12, 31)),
            (date(2028, 1, 1), "lapsed", date(2027, 12, 31)),
            (date(2028, 2, 1), "none", date(2028, 2, 29)),
        ],
    ),
    "a recognised grace does not bring back one's own": (
        facts(
            ADMITTED,
            recognitions=(
                Recognition("Rivierenland", LAST + ONE, date(2029, 3, 1), State.IN_GRACE),
            ),
        ),
        [(LAST + ONE, "lapsed", LAST)],
    ),
    "a recognition that was ended early": (
        facts(
            recognitions=(
                Recognition("Rivierenland", D, LAST, State.IN_GRACE, ended_on=date(2027, 7, 1)),
            )
        ),
        [
            (date(2027, 6, 30), "in_grace", date(2027, 6, 30)),
            (date(2027, 7, 1), "lapsed", date(2027, 6, 30)),
        ],
    ),
    "refused": (
        facts(REFUSED, applications=(APPLIED,)),
        [(D - ONE, "applied", None), (D, "refused", None)],
    ),
    "refused, and applied again": (
        facts(REFUSED, applications=(APPLIED, Application(2, date(2027, 9, 1)))),
        [(date(2027, 8, 31), "refused", None), (date(2027, 9, 1), "applied", None)],
    ),
    "refusal withdrawn after objection, then admitted": (
        facts(
            replace(REFUSED, withdrawn_on=date(2027, 5, 1)),
            Decision(date(2027, 6, 15), admitted=True, application=1),
            applications=(APPLIED,),
        ),
        [
            (date(2027, 4, 30), "refused", None),
            (date(2027, 5, 1), "applied", None),
            (date(2027, 6, 15), "in_grace", date(2028, 6, 15)),
        ],
    ),
    "admission withdrawn after another's objection": (
        facts(
            replace(ADMITTED, application=1, withdrawn_on=date(2027, 5, 1)),
            applications=(APPLIED,),
        ),
        [
            (date(2027, 4, 30), "in_grace", date(2027, 4, 30)),
            (date(2027, 5, 1), "withdrawn", date(2027, 4, 30)),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_standing_on_the_days_of_a_case(name: str) -> None:
    given, expected = CASES[name]
    assert [(day, *on(given, day)) for day, _, _ in expected] == expected


CHANGED = (
    Policy(date(2020, 1, 1), 12, (CODE,)),
    Policy(date(2027, 6, 1), 6, (PSO,), lapsed_unlists=True),
)


@pytest.mark.parametrize(
    ("given", "day", "expected"),
    [
        (facts(ADMITTED), LAST, ("in_grace", LAST)),
        (
            facts(Decision(date(2027, 6, 1), admitted=True)),
            date(2027, 12, 2),
            ("lapsed", date(2027, 12, 1)),
        ),
        # The list of day D favours the one, the list of the certificate's start the other.
        (facts(ADMITTED, certificates=(TWO_YEARS,)), LAST, ("certified", date(2029, 11, 9))),
        (
            facts(ADMITTED, certificates=(replace(TWO_YEARS, kind="pso_30", level=""),)),
            LAST,
            ("certified", date(2029, 11, 9)),
        ),
        (
            facts(Decision(date(2027, 7, 1), admitted=True), certificates=(TWO_YEARS,)),
            date(2028, 1, 2),
            ("lapsed", date(2028, 1, 1)),
        ),
    ],
)
def test_policy_that_changed_meanwhile(
    given: Facts, day: date, expected: tuple[str, date | None]
) -> None:
    assert on(given, day, CHANGED) == expected


def test_a_region_without_policy_gives_a_year_and_recognises_nothing() -> None:
    given = facts(ADMITTED, certificates=(TWO_YEARS,))
    assert on(given, LAST, ()) == ("in_grace", LAST)
    assert on(given, LAST + ONE, ()) == ("lapsed", LAST)


def test_policy_on_takes_the_newest_begun_version() -> None:
    assert policy_on(CHANGED, date(2019, 1, 1)) == CHANGED[0]
    assert policy_on(CHANGED, date(2027, 5, 31)) == CHANGED[0]
    assert policy_on(CHANGED, date(2027, 6, 1)) == CHANGED[1]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (facts(ADMITTED), Reason.GRACE_OVER),
        (
            facts(ADMITTED, certificates=(certificate(D, date(2027, 12, 31)),)),
            Reason.CERTIFICATE_OVER,
        ),
        (
            facts(ADMITTED, certificates=(replace(TWO_YEARS, withdrawn_on=date(2028, 1, 1)),)),
            Reason.CERTIFICATE_WITHDRAWN,
        ),
    ],
)
def test_a_lapse_names_its_reason(given: Facts, reason: Reason) -> None:
    assert standing(given, POLICY, date(2029, 12, 1)).reason == reason


def amsterdam(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    """An instant by the clock on a Dutch wall."""
    return datetime(year, month, day, hour, minute, second, tzinfo=clock.AMSTERDAM)


@pytest.mark.parametrize(
    ("announced", "last"),
    [
        (date(2027, 3, 28), date(2028, 3, 28)),
        (date(2027, 10, 31), date(2028, 10, 31)),
        (date(2025, 3, 30), date(2026, 3, 30)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2027, 7, 1), date(2028, 7, 1)),
        (date(2025, 10, 26), date(2026, 10, 26)),
        # The last day itself is a night in which the clock changes.
        (date(2026, 3, 28), date(2027, 3, 28)),
        (date(2026, 10, 31), date(2027, 10, 31)),
    ],
)
def test_the_badge_holds_to_the_last_second_of_the_dutch_day(announced: date, last: date) -> None:
    given = facts(Decision(announced, admitted=True))
    midnight = amsterdam(last.year, last.month, last.day, 0, 0, 0) + timedelta(days=1)
    for instant, has_badge in (
        (midnight - timedelta(hours=24), True),
        (midnight - timedelta(seconds=1), True),
        (midnight, False),
        (midnight + timedelta(minutes=30), False),
    ):
        with time_machine.travel(instant.astimezone(UTC), tick=False):
            assert standing(given, POLICY, clock.today()).has_badge is has_badge


def test_every_day_of_2024_to_2040_gives_one_year_and_not_a_second_more() -> None:
    day = date(2024, 1, 1)
    while day <= date(2040, 12, 31):
        given = facts(Decision(day, admitted=True))
        last = date(day.year + 1, day.month, min(day.day, monthrange(day.year + 1, day.month)[1]))
        assert standing(given, POLICY, day - ONE).state == State.NONE
        assert standing(given, POLICY, day).last_day == last
        assert standing(given, POLICY, last).state == State.IN_GRACE
        assert standing(given, POLICY, last + ONE).state == State.LAPSED
        evening = amsterdam(last.year, last.month, last.day, 23, 59, 59)
        assert clock.local(evening.astimezone(UTC)).date() == last
        assert clock.local(evening.astimezone(UTC) + timedelta(seconds=1)).date() == last + ONE
        day += ONE


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2027, 12, 31), 12, date(2028, 12, 31)),
        (date(2027, 12, 31), 6, date(2028, 6, 30)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
    ],
)
def test_add_months_stays_within_the_month(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
