"""Deadlines to the second, opening together, the arithmetic of a ranking."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.rules_quotes import (
    SETTLING,
    Hand,
    Offer,
    check_may_open,
    check_points,
    check_quote,
    check_submission,
    letter_reasons,
    opens,
    rank,
)

DEADLINE = datetime(2026, 12, 10, 11, 0, tzinfo=UTC)
CRITERIA = rules.EMPTY["award"]


@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True), (1, True)])
def test_late_by_a_second_is_late(seconds: int, late: bool) -> None:
    at = DEADLINE + timedelta(seconds=seconds)
    if not late:
        check_submission(deadline=DEADLINE, received_at=at, stage="invited", answered="accepted")
        return
    with pytest.raises(Refused, match="voorbij"):
        check_submission(deadline=DEADLINE, received_at=at, stage="invited", answered="accepted")


@pytest.mark.parametrize(
    ("stage", "answered"), [("opened", ""), ("draft", ""), ("invited", "declined"), ("invited", "")]
)
def test_no_quote_in_another_state(stage: str, answered: str) -> None:
    early = DEADLINE - timedelta(days=1)
    with pytest.raises(Refused):
        check_submission(deadline=DEADLINE, received_at=early, stage=stage, answered=answered)


@given(st.integers(-10_000_000, 10_000_000))
def test_the_box_never_opens_before_the_deadline(milliseconds: int) -> None:
    now = DEADLINE + timedelta(milliseconds=milliseconds)
    try:
        check_may_open(deadline=DEADLINE, stage="invited", now=now)
    except Refused:
        assert now < DEADLINE + SETTLING
    else:
        assert now >= DEADLINE + SETTLING


def hands(*given: tuple[int, float]) -> list[Hand]:
    return [Hand(person, DEADLINE + timedelta(minutes=minutes)) for person, minutes in given]


@pytest.mark.parametrize(
    ("put_in", "at", "people", "expected"),
    [
        ([(1, 0), (2, 9.9)], 9.9, 2, True),
        ([(1, 0), (2, 10)], 10, 2, True),
        ([(1, 0), (2, 10.1)], 10.1, 2, False),
        ([(1, 0), (1, 1)], 1, 2, False),
        ([(1, 0)], 0, 1, True),
        ([], 0, 1, False),
    ],
)
def test_two_different_people_within_ten_minutes(
    put_in: list[Any], at: float, people: int, expected: bool
) -> None:
    now = DEADLINE + timedelta(minutes=at)
    assert opens(hands(*put_in), now=now, people=people) is expected


def quote(price: int | None = 80_000_00, **answers: str) -> dict[str, Any]:
    return {"price": price, "price_note": "", "answers": answers, "files": []}


def test_a_quote_answers_every_criterion() -> None:
    check_quote(quote(quality="Goed", social="Ook"), CRITERIA)
    for wrong, field in (
        (quote(None, quality="a", social="b"), "price"),
        (quote(quality="a"), "answer_social"),
    ):
        with pytest.raises(Refused) as refusal:
            check_quote(wrong, CRITERIA)
        assert refusal.value.field == field


def test_the_ranking_shows_its_arithmetic() -> None:
    found = rank(
        [
            Offer("a", 80_000_00, {"quality": 8, "social": 6}),
            Offer("b", 64_000_00, {"quality": 6, "social": 5}),
            Offer("c", 100_000_00, {"quality": 9, "social": 10}),
        ],
        CRITERIA,
    )

    assert [(r.key, r.place, r.total) for r in found] == [
        ("c", 1, Decimal("81.6")),
        ("a", 2, Decimal("76.0")),
        ("b", 3, Decimal("74.0")),
    ]
    assert found[1].lines[0].sum == "€\u00a064.000,00 ÷ €\u00a080.000,00 × 40 = 32,00"
    assert found[1].lines[1].sum == "8 ÷ 10 × 40 = 32,00"


def test_equals_share_a_place() -> None:
    points = {"quality": 5, "social": 5}
    found = rank([Offer("a", 100, points), Offer("b", 100, points)], CRITERIA)

    assert [r.place for r in found] == [1, 1]


def test_no_ranking_before_all_points_are_there() -> None:
    with pytest.raises(Refused, match="Kwaliteit"):
        rank([Offer("a", 100, {"social": 3})], CRITERIA)


def test_a_letter_names_no_other_price() -> None:
    ranked = rank(
        [
            Offer("a", 80_000_00, {"quality": 8, "social": 6}),
            Offer("b", 64_000_00, {"quality": 6, "social": 5}),
        ],
        CRITERIA,
    )
    text = letter_reasons(ranked[1], ranked[0], "Het plan overtuigde.", {})

    assert "Uw plaats: 2" in text
    assert "gekozen offerte" in text
    assert "80.000" not in text
    assert "64.000" not in text


@pytest.mark.parametrize(("points", "reason"), [(None, "x" * 20), (11, "x" * 20), (5, "kort")])
def test_points_need_a_reason(points: int | None, reason: str) -> None:
    with pytest.raises(Refused):
        check_points(points, reason, "f")


@pytest.mark.parametrize(
    ("weights", "part"),
    [([40, 40, 19], "samen 99"), ([], "minstens één"), ([101, -1], "1 tot en met 100")],
)
def test_weights_make_a_hundred(weights: list[int], part: str) -> None:
    criteria = [
        {"code": f"c{n}", "kind": "quality", "title": "T", "weight": w}
        for n, w in enumerate(weights)
    ]
    with pytest.raises(Refused, match=part):
        rules.check_award_criteria(criteria)


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        (rules.Stage.DRAFT, rules.Stage.SELECTED, True),
        (rules.Stage.SELECTED, rules.Stage.SELECTED, True),
        (rules.Stage.DRAFT, rules.Stage.INVITED, False),
        (rules.Stage.INVITED, rules.Stage.AWARDED, False),
        (rules.Stage.AWARDED, rules.Stage.NOT_AWARDED, False),
    ],
)
def test_stages_follow_one_table(old: str, new: rules.Stage, fine: bool) -> None:
    if fine:
        rules.check_stage(old, new)
        return
    with pytest.raises(Refused):
        rules.check_stage(old, new)


def test_a_deadline_moves_forward_only_and_not_after_it_passed() -> None:
    before, later = DEADLINE - timedelta(days=2), DEADLINE + timedelta(days=2)

    rules.check_new_deadline(DEADLINE, later, before)
    for new, now in ((before, before), (later, DEADLINE)):
        with pytest.raises(Refused) as refusal:
            rules.check_new_deadline(DEADLINE, new, now)
        assert refusal.value.field == "deadline_on"
