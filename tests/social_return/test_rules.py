"""States, words, what may be typed, reminders."""

from datetime import date
from fractions import Fraction

import pytest

from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import Refused
from impactmakelaar.social_return import rules
from impactmakelaar.social_return.rules import PHASES, VERDICTS, Phase, Verdict


@pytest.mark.parametrize("to", Phase)
@pytest.mark.parametrize("now", Phase)
def test_phase_moves_only_by_the_table(now: Phase, to: Phase) -> None:
    if to in PHASES[now]:
        assert rules.move(now, to) == to
    else:
        with pytest.raises(Refused):
            rules.move(now, to)


@pytest.mark.parametrize("to", Verdict)
@pytest.mark.parametrize("now", Verdict)
def test_verdict_moves_only_by_the_table(now: Verdict, to: Verdict) -> None:
    if to in VERDICTS[now]:
        assert rules.judge(now, to) == to
    else:
        with pytest.raises(Refused):
            rules.judge(now, to)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        (Fraction(1, 2), 1),
        (Fraction(-1, 2), -1),
        (Fraction(149, 100), 1),
        (Fraction(4_000_000 * 24 * 6, 36 * 12), 1_333_333),
        (Fraction(5, 2), 3),
    ],
)
def test_half_a_cent_goes_up(exact: Fraction, rounded: int) -> None:
    assert rules.cents(exact) == rounded


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "€\u00a00"),
        (1_333_333, "€\u00a013.333,33"),
        (2_000_000, "€\u00a020.000"),
        (-5, "-€\u00a00,05"),
    ],
)
def test_euro(amount: int, text: str) -> None:
    assert euros(amount) == text


@pytest.mark.parametrize(
    ("points", "text"), [(500, "5 %"), (250, "2,5 %"), (10_000, "100 %"), (3_333, "33,33 %")]
)
def test_percent(points: int, text: str) -> None:
    assert rules.percent(points) == text


@pytest.mark.parametrize(
    ("digits", "passes"),
    [
        ("111222333", True),
        ("123456782", True),
        ("123456789", False),
        ("000000000", False),
        ("12345678", False),
        ("1234567820", False),
    ],
)
def test_bsn_test(digits: str, passes: bool) -> None:
    assert rules.is_bsn(digits) is passes


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("BSN 123456782", True),
        ("123 456 782", True),
        ("1234.56.782", True),
        ("nummer:123456782.", True),
        ("55 1234567 82", True),
        ("2026 123456782 en meer", True),
        ("123\u00a0456 / 782", False),
        ("123\u00a0456/ 782", True),
        ("١٢٣٤٥٦٧٨٢", True),
        ("1234\u201356\u2013782", True),
        ("1234\u201156\u2011782", True),
        ("1234·56·782", True),
        ("12345\u200b6782", True),
        ("123,456,782", True),
        ("1, 2, 3, 4, 5, 6, 7, 8, 2", True),
        ("zaaknummer 123456782", False),
        ("Kenmerk: 123456782", False),
        ("zaaknummer 5, BSN 123456782", True),
        ("123456789", False),
        ("06-12345678", False),
        ("0612345678", False),
        ("NL12 BANK 0123 4567 89", False),
        ("12345678", False),
        ("", False),
    ],
)
def test_nine_digits_that_pass_the_test_are_refused(text: str, refused: bool) -> None:
    if not refused:
        rules.refuse_bsn({"note": text})
        return
    with pytest.raises(Refused) as refusal:
        rules.refuse_bsn({"note": text})
    assert refusal.value.field == "note"
    rules.refuse_bsn({"note": text}, stated="Een ordernummer.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("K-07", "K-07"),
        ("k7", "K7"),
        ("ABCD-12345", "ABCD-12345"),
        ("Jan", None),
        ("123456782", None),
        ("Jan de Wit", None),
        ("", None),
        ("ABCDE-1", None),
    ],
)
def test_candidate_code_holds_no_name_and_no_number_of_a_person(
    text: str, code: str | None
) -> None:
    if code is not None:
        assert rules.candidate_code(text) == code
        return
    with pytest.raises(Refused):
        rules.candidate_code(text)


@pytest.mark.parametrize(
    ("shares", "new", "refused"),
    [
        ([], 10_000, False),
        ([10_000], 1, True),
        ([5_000], 5_000, False),
        ([5_000, 4_000], 1_001, True),
    ],
)
def test_one_effort_counts_at_most_whole(shares: list[int], new: int, refused: bool) -> None:
    if refused:
        with pytest.raises(Refused):
            rules.check_shares(shares, new)
    else:
        rules.check_shares(shares, new)


def test_invoice_numbers_are_compared_without_signs() -> None:
    assert rules.invoice_key("f-2026/001") == rules.invoice_key("F2026 001") == "F2026001"
    assert rules.invoice_key("Ｆ２０２６-００１") == "F2026001"


@pytest.mark.parametrize(
    ("today", "open_amount", "due"),
    [
        (date(2026, 3, 1), 100, []),
        (date(2026, 7, 5), 100, ["half"]),
        (date(2026, 10, 5), 100, ["half", "90"]),
        (date(2026, 12, 5), 100, ["half", "90", "30"]),
        (date(2027, 1, 1), 100, ["half", "90", "30", "over"]),
        (date(2027, 1, 1), 0, []),
    ],
)
def test_reminders_follow_from_the_day(today: date, open_amount: int, due: list[str]) -> None:
    assert (
        rules.reminders_due(
            confirmed_on=date(2026, 1, 10),
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            open_amount=open_amount,
            today=today,
        )
        == due
    )


@pytest.mark.parametrize(
    ("today", "numbers", "expected"),
    [
        (date(2026, 2, 1), (1000, 0, 0), (1000, "good")),
        (date(2026, 9, 1), (1000, 0, 0), (1000, "risk")),
        (date(2026, 9, 1), (1000, 400, 600), (0, "good")),
        (date(2027, 1, 1), (1000, 400, 600), (0, "late")),
        (date(2027, 1, 1), (0, 0, 0), (0, "good")),
    ],
)
def test_prognosis(today: date, numbers: tuple[int, int, int], expected: tuple[int, str]) -> None:
    open_amount, declared, agreed = numbers
    assert (
        rules.prognosis(
            open_amount=open_amount,
            declared=declared,
            agreed=agreed,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            today=today,
        )
        == expected
    )
