"""How values read on a page, as tables."""

import pytest

from impactmakelaar.web.filters import euros, full_stop, number, plural


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("U werkt voor Haarlem", "U werkt voor Haarlem."),
        ("U werkt voor Kranenveld B.V.", "U werkt voor Kranenveld B.V."),
        ("", "."),
    ],
)
def test_a_sentence_has_one_full_stop(text: str, sentence: str) -> None:
    assert full_stop(text) == sentence


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (None, "—"),
        (0, "€\u00a00"),
        (120_000, "€\u00a01.200"),
        (123_456, "€\u00a01.234,56"),
        (740_600_000_000, "€\u00a07.406.000.000"),
        (-50, "-€\u00a00,50"),
    ],
)
def test_euros(cents: int | None, text: str) -> None:
    assert euros(cents) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 dagen"), (1, "1 dag"), (2, "2 dagen"), (1000, "1.000 dagen")]
)
def test_plural(count: int, text: str) -> None:
    assert plural(count, "dag", "dagen") == text
    assert number(count) == text.split()[0]
