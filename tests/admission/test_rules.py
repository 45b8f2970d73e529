"""The rules of an application and a vote, as tables."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.admission import rules, rules_application, rules_policy
from impactmakelaar.admission.rules import (
    Member,
    Pause,
    QuorumWay,
    Seat,
    State,
    Step,
    Tally,
    adopted,
    decide_objection_until,
    leads,
    needed_in_favour,
    next_state,
    objection_until,
    quorum_way,
    target_day,
    voters,
)
from impactmakelaar.core.errors import Refused

ALLOWED = {
    ("draft", "submit"): "submitted",
    ("submitted", "ask"): "asked",
    ("asked", "ask"): "asked",
    ("review", "ask"): "asked",
    ("asked", "answer"): "submitted",
    ("submitted", "complete"): "review",
    ("review", "put_on_agenda"): "deliberation",
    ("deliberation", "take_off_agenda"): "review",
    ("deliberation", "prepare"): "prepared",
    ("prepared", "unprepare"): "review",
    ("prepared", "announce"): "announced",
    ("announced", "object"): "objection",
    ("objection", "reject_objection"): "announced",
    ("announced", "new_round"): "submitted",
    ("objection", "new_round"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    ("asked", "withdraw"): "withdrawn",
    ("review", "withdraw"): "withdrawn",
    ("deliberation", "withdraw"): "withdrawn",
    ("prepared", "withdraw"): "withdrawn",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_only_the_listed_steps_are_taken(state: State, step: Step) -> None:
    target = ALLOWED.get((state, step))
    if target is None:
        with pytest.raises(Refused, match="Dit kan nu niet"):
            next_state(state, step)
    else:
        assert next_state(state, step) == target


@pytest.mark.parametrize(
    ("in_favour", "against", "majority", "needed"),
    [
        (3, 0, "simple", 2),
        (2, 1, "simple", 2),
        (2, 2, "simple", 3),
        (0, 0, "simple", 1),
        (4, 2, "two_thirds", 4),
        (4, 3, "two_thirds", 5),
        (2, 1, "two_thirds", 2),
        (0, 0, "two_thirds", 1),
    ],
)
def test_votes_needed(in_favour: int, against: int, majority: str, needed: int) -> None:
    assert needed_in_favour(in_favour, against, majority) == needed


@given(st.integers(0, 60), st.integers(0, 60))
def test_majority_is_exact_in_fractions(in_favour: int, against: int) -> None:
    counted = in_favour + against
    simple = in_favour >= needed_in_favour(in_favour, against, "simple")
    two_thirds = in_favour >= needed_in_favour(in_favour, against, "two_thirds")
    assert simple == (counted > 0 and Fraction(in_favour, max(counted, 1)) > Fraction(1, 2))
    assert two_thirds == (counted > 0 and Fraction(in_favour, max(counted, 1)) >= Fraction(2, 3))


@pytest.mark.parametrize(
    ("present", "in_favour", "against", "blank", "answer"),
    [
        (3, 2, 1, 0, True),
        (3, 3, 0, 0, True),
        (4, 2, 2, 0, False),
        (3, 1, 0, 2, True),
        (3, 0, 0, 3, False),
        (2, 2, 0, 0, "aanwezig"),
        (5, 2, 0, 0, "uitgebracht"),
    ],
)
def test_quorum_and_majority(
    present: int, in_favour: int, against: int, blank: int, answer: bool | str
) -> None:
    tally = Tally(present, in_favour, against, blank)
    if isinstance(answer, str):
        with pytest.raises(Refused, match=answer):
            adopted(tally, 3, "simple")
    else:
        assert adopted(tally, 3, "simple") is answer


def member(person_id: int, seat: Seat = Seat.MEMBER, year: int = 2024) -> Member:
    return Member(person_id, seat, date(year, 1, 1))


COMMITTEE = [
    member(1, Seat.CHAIR),
    member(2, Seat.VICE_CHAIR),
    member(3, year=2025),
    member(4, year=2023),
    member(5, year=2023),
    member(8, Seat.SUBSTITUTE),
    member(9, Seat.SUBSTITUTE, year=2023),
]


@pytest.mark.parametrize(
    ("away", "leader"),
    [((), 1), ((1,), 2), ((1, 2), 4), ((1, 2, 4), 5), ((1, 2, 4, 5), 3), ((1, 2, 3, 4, 5), None)],
)
def test_who_is_in_the_chair(away: tuple[int, ...], leader: int | None) -> None:
    found = leads(COMMITTEE, frozenset(away))
    assert (found.person_id if found else None) == leader


@pytest.mark.parametrize(
    ("present", "recused", "expected"),
    [
        ((1, 2, 3, 4, 5, 8, 9), (), {1, 2, 3, 4, 5}),
        ((1, 2, 3, 4, 5, 8, 9), (1,), {2, 3, 4, 5, 9}),
        ((1, 2, 3, 8, 9), (), {1, 2, 3, 9}),
        ((1, 2, 3, 8, 9), (9,), {1, 2, 3, 8}),
        ((1, 2, 3), (1, 2), {3}),
    ],
)
def test_substitutes_fill_empty_places(
    present: tuple[int, ...], recused: tuple[int, ...], expected: set[int]
) -> None:
    assert voters(COMMITTEE, frozenset(present), frozenset(recused), 1) == expected


@pytest.mark.parametrize(
    ("recused", "fallback", "way"),
    [
        ((), "written", QuorumWay.MEETING),
        ((1, 2), "written", QuorumWay.MEETING),
        ((1, 2, 3), "written", QuorumWay.SUBSTITUTES),
        ((1, 2, 3, 4), "written", QuorumWay.WRITTEN),
        ((1, 2, 3, 4), "other_committee", QuorumWay.OTHER_COMMITTEE),
        ((1, 2, 3, 4, 8), "written", QuorumWay.OTHER_COMMITTEE),
    ],
)
def test_what_follows_when_recusals_leave_too_few(
    recused: tuple[int, ...], fallback: str, way: QuorumWay
) -> None:
    assert quorum_way(COMMITTEE, frozenset(recused), 3, 1, fallback) == way


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        ((), "2026-03-12"),
        ((("2026-01-20", "2026-01-25"),), "2026-03-17"),
        ((("2026-01-20", "2026-01-25"), ("2026-01-22", "2026-01-27")), "2026-03-19"),
        ((("2026-01-20", "2026-01-20"),), "2026-03-12"),
        ((("2026-01-20", None),), "2026-03-24"),
    ],
)
def test_target_term_stands_still_while_something_is_asked(
    pauses: tuple[tuple[str, str | None], ...], expected: str
) -> None:
    found = [Pause(day(asked), day(end) if end else None) for asked, end in pauses]
    assert target_day(day("2026-01-15"), 56, found, today=day("2026-02-01")) == day(expected)


@pytest.mark.parametrize(
    ("announced", "last"),
    [
        ("2026-01-05", "2026-02-16"),
        ("2026-01-10", "2026-02-23"),
        ("2026-01-11", "2026-02-23"),
    ],
)
def test_objection_term_ends_on_a_weekday(announced: str, last: str) -> None:
    assert objection_until(day(announced), 42) == day(last)


@pytest.mark.parametrize(
    ("outcome", "badge", "conditions", "field"),
    [
        ("admitted", "grace", "", None),
        ("admitted", "none", "", None),
        ("conditional", "grace", "Eerst statuten.", None),
        ("conditional", "grace", " ", "conditions"),
        ("refused", "grace", "", "badge"),
        ("deferred", "certificate", "", "badge"),
        ("refused", "none", "", None),
    ],
)
def test_outcome_badge_and_conditions_agree(
    outcome: str, badge: str, conditions: str, field: str | None
) -> None:
    if field is None:
        rules.check_outcome(outcome, badge, conditions)
    else:
        with pytest.raises(Refused) as refusal:
            rules.check_outcome(outcome, badge, conditions)
        assert refusal.value.field == field


def changed(**values: object) -> dict[str, object]:
    return {**rules_policy.DEFAULT, **values}


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, None),
        ({"criteria": []}, "criterium"),
        ({"criteria": rules_policy.DEFAULT["criteria"] * 2}, "dezelfde sleutel"),
        ({"quorum": 1}, "Quorum"),
        ({"grace_months": 0}, "Maanden"),
        ({"objection_days": 41}, "zes weken"),
        ({"objection_days": 41, "awb": False}, None),
        ({"certificates": rules_policy.DEFAULT["certificates"][:1] * 2}, "twee keer"),
    ],
)
def test_policy_that_cannot_work_is_refused(
    values: dict[str, object], sentence: str | None
) -> None:
    if sentence is None:
        rules_policy.check(changed(**values))
    else:
        with pytest.raises(Refused, match=sentence):
            rules_policy.check(changed(**values))


@pytest.mark.parametrize(
    ("legal_form", "codes"),
    [
        ("bv", ["code_social", "pso_30", "bcorp"]),
        ("stichting", ["code_social", "pso_30"]),
        ("eenmanszaak", []),
        ("vof", []),
    ],
)
def test_some_legal_forms_can_obtain_no_certificate(legal_form: str, codes: list[str]) -> None:
    policy = rules_policy.policy_of(rules_policy.DEFAULT)
    assert [one.code for one in policy.obtainable(legal_form)] == codes


def test_progress_counts_the_parts() -> None:
    policy = rules_policy.policy_of(rules_policy.DEFAULT)
    assert rules_application.percent_done({}, policy) == 0
    document = rules_application.prefilled(
        {"trade_name": "Zaadgoed", "legal_form": "bv", "summary": "Zaden", "certificates": []}, ""
    )
    assert rules_application.percent_done(document, policy) == 100 // 6
    document["answers"] = {one.key: "Ja" for one in policy.criteria}
    document["certificate_plan"] = "plan"
    assert [p.key for p in rules_application.parts(document, policy) if not p.done] == ["keurmerk"]
    document["certificate"] = "pso_30"
    assert rules_application.percent_done(document, policy) == 100


def test_an_objection_is_decided_within_six_weeks_after_its_term() -> None:
    assert decide_objection_until(day("2026-01-05"), 42) == day("2026-03-30")
    # Six weeks after 16 March is the King's day.
    assert decide_objection_until(day("2026-02-02"), 42) == day("2026-04-28")
