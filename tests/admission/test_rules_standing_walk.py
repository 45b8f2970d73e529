"""A second opinion on standing: a naive walk through the calendar, day by day."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.admission.rules_standing import (
    Certificate,
    Decision,
    Facts,
    Identity,
    Standing,
    State,
    Suspension,
    add_months,
    standing,
)
from tests.admission.test_rules_standing import KVK, ONE, OTHER, POLICY, certificate

BEGIN = date(2027, 1, 1)
days = st.integers(0, 900).map(lambda n: BEGIN + timedelta(days=n))


@st.composite
def certificates(draw: Any) -> Certificate:
    """A certificate of the list or not, of the enterprise or not, in time or late."""
    first = draw(days)
    last = first + timedelta(days=draw(st.integers(0, 500)))
    return certificate(
        first,
        last,
        handed_in_on=first + timedelta(days=draw(st.integers(0, 60))),
        kind=draw(st.sampled_from(["code_social", "pso_30", "iso14001"])),
        level=draw(st.sampled_from(["Geregistreerd", "Aspirant"])),
        kvk_number=draw(st.sampled_from([KVK, KVK, OTHER])),
        withdrawn_on=draw(st.none() | st.just(first + timedelta(days=20))),
    )


@st.composite
def lives(draw: Any) -> Facts:
    """A life with at most a few of everything; decisions fall on different days."""
    decided = draw(st.lists(days, max_size=3, unique=True))
    return Facts(
        identities=(Identity(KVK),),
        decisions=tuple(
            Decision(
                day,
                admitted=draw(st.sampled_from([True, True, False])),
                badge=draw(st.sampled_from([True, True, False])),
                withdrawn_on=draw(st.none() | st.just(day + timedelta(days=40))),
            )
            for day in decided
        ),
        certificates=tuple(draw(st.lists(certificates(), max_size=3))),
        suspensions=tuple(
            Suspension(day, day + timedelta(days=30)) for day in draw(st.lists(days, max_size=2))
        ),
        wishes=tuple(draw(st.lists(days, max_size=1))),
    )


def naive(given: Facts, until: date) -> str:
    """Walk from day to day and keep book, as somebody with a calendar and a pencil would."""
    book: dict[str, Any] = {"decision": None, "grace_from": None, "grace_closed": False}
    answer, ended, refused, taken = "none", False, False, False
    day = BEGIN - ONE
    while day < until:
        day += ONE
        if day in given.wishes:
            ended = True
        running = [
            d
            for d in given.decisions
            if d.announced_on <= day
            and not (d.withdrawn_on and d.withdrawn_on <= day)
            and not any(d.announced_on <= w <= day for w in given.wishes)
        ]
        running.sort(key=lambda d: d.announced_on)
        decision = running[-1] if running else None
        if book["grace_from"] is None and any(
            d.announced_on == day and d.admitted and d.badge for d in given.decisions
        ):
            book["grace_from"] = day
        start = book["grace_from"]
        grace_end = start and add_months(start, 12)
        valid = []
        if start:
            for c in given.certificates:
                right = c.kvk_number == KVK and (
                    (c.kind == "code_social" and c.level == "Geregistreerd") or c.kind == "pso_30"
                )
                gone = c.withdrawn_on is not None and c.withdrawn_on <= day
                late = c.valid_from <= grace_end < c.handed_in_on and day < c.handed_in_on
                if right and c.valid_from <= day <= c.valid_until and not gone and not late:
                    valid.append(c)
        book["grace_closed"] = book["grace_closed"] or bool(valid)
        refused = decision is not None and not decision.admitted
        taken = any(
            d.admitted
            and d.withdrawn_on
            and d.withdrawn_on <= day
            and not any(d.announced_on <= w <= day for w in given.wishes)
            for d in given.decisions
        )
        if decision is not None and decision.admitted:
            if any(s.from_day <= day <= (s.last_day or day) for s in given.suspensions):
                answer = "suspended"
            elif not decision.badge:
                answer = "none"
            elif valid:
                answer = "certified"
            elif not book["grace_closed"] and day <= grace_end:
                answer = "in_grace"
            else:
                answer = "lapsed"
        elif refused:
            answer = "refused"
        elif taken:
            answer = "withdrawn"
        elif ended:
            answer = "ended"
        else:
            answer = "none"
    return answer


@settings(max_examples=150, deadline=None)
@given(lives(), days)
def test_the_rule_agrees_with_a_walk_through_the_calendar(given: Facts, day: date) -> None:
    assert standing(given, POLICY, day).state.value == naive(given, day)


@settings(max_examples=100, deadline=None)
@given(lives(), days)
def test_the_last_day_is_the_last_day(given: Facts, day: date) -> None:
    """What has a badge keeps its state up to its last day, and not on the day after."""
    found: Standing = standing(given, POLICY, day)
    if found.has_badge:
        assert found.last_day is not None
        assert found.since is not None
        assert found.since <= day <= found.last_day
        later = [d.announced_on for d in given.decisions if day < d.announced_on <= found.last_day]
        if not later and found.state == State.CERTIFIED:
            assert standing(given, POLICY, found.last_day).state == State.CERTIFIED
        if not later:
            assert standing(given, POLICY, found.last_day + ONE).state != found.state
