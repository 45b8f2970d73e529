"""How a level is read, whatever was typed."""

import pytest

from impactmakelaar.admission.rules_certificates import level_of

STEPS = ["Aspirant", "Basistrede", "Trede 1", "Trede 2"]


@pytest.mark.parametrize(
    ("known", "typed", "expected"),
    [
        (STEPS, "Trede 1", "Trede 1"),
        (STEPS, " trede  1 ", "Trede 1"),
        (STEPS, "TREDE1", "Trede 1"),
        (STEPS, "", ""),
        (STEPS, "Trede 9", "Trede 9"),
        (["30+"], "", "30+"),
        (["30+"], "30 +", "30+"),
        (["30+"], "40+", "40+"),
        ([], "  Vrij   woord ", "Vrij woord"),
    ],
)
def test_a_level_is_spelled_as_the_issuer_does(known: list[str], typed: str, expected: str) -> None:
    assert level_of(known, typed) == expected
