"""Free text about rules is read as far as it goes; the rest is told and never guessed."""

import pytest

from impactmakelaar.social_return.rules import Base, Category
from impactmakelaar.social_return.rules_obligation import rules_of
from impactmakelaar.social_return.rules_proposals import (
    base_of,
    categories_of,
    cents_of,
    points_of,
    read,
)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("€ 200.000", 20_000_000),
        ("200000", 20_000_000),
        ("vanaf 250 000 euro", 25_000_000),
        ("221.000,50", 22_100_050),
        ("1,5 miljoen", 150_000_000),
        ("200000.50", None),
        ("1.5 miljoen", None),
        ("twee ton", None),
        ("", None),
        ("9" * 30, None),
    ],
)
def test_amount_is_read_or_left(text: str, cents: int | None) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    ("text", "points"),
    [("5 %", 500), ("2,5%", 250), ("2.25", 225), ("0", 0), ("150", None), ("vijf", None)],
)
def test_percentage_is_read_or_left(text: str, points: int | None) -> None:
    assert points_of(text) == points


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Werken en diensten", (Category.WORKS, Category.SERVICES)),
        ("Sociale diensten", (Category.SOCIAL,)),
        ("diensten en sociale diensten", (Category.SERVICES, Category.SOCIAL)),
        ("Leveringen", (Category.SUPPLIES,)),
        ("Alle opdrachten", tuple(Category)),
        ("subsidies", ()),
    ],
)
def test_kinds_of_contract_are_known_by_their_words(text: str, kinds: tuple[Category, ...]) -> None:
    assert categories_of(text) == kinds


def test_base_is_known_by_its_words() -> None:
    assert base_of("over het gefactureerde bedrag van de opdracht") is Base.INVOICED
    assert base_of("loonsom") is Base.WAGES
    assert base_of("aanneemsom") is Base.VALUE
    assert base_of("weet ik niet") is None


def test_what_cannot_be_read_leaves_the_rules_in_force_and_is_told() -> None:
    start = rules_of({})
    lines = [
        {"kind": "Diensten", "threshold": "later", "percentage": "4", "base": "loon"},
        {"kind": "Feestjes", "threshold": "1.000", "percentage": "5", "base": ""},
        {"kind": "Werken", "threshold": "500.000", "percentage": "", "base": "aanneemsom"},
    ]
    reading = read(lines, start)
    services, works = (reading.rules.categories[k] for k in (Category.SERVICES, Category.WORKS))
    assert (services.threshold, services.points) == (
        start.categories[Category.SERVICES].threshold,
        400,
    )
    assert (works.threshold, works.points) == (
        50_000_000,
        start.categories[Category.WORKS].points,
    )
    assert reading.rules.categories[Category.SUPPLIES] == start.categories[Category.SUPPLIES]
    assert [r.split(":")[0] for r in reading.remarks] == [
        "Regel 1",
        "Regel 2",
        "Regel 3",
        "De regels noemen meer dan één grondslag. Een versie kent er één",
    ]
