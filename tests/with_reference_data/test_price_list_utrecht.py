"""The published list of Utrecht fits: every block and bonus, and what they count for."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.social_return.test_rules_prices import person

from impactmakelaar.social_return.rules_prices import PriceList, check_list
from impactmakelaar.social_return.rules_table import list_from
from impactmakelaar.social_return.rules_worth import Claim, worth

pytestmark = pytest.mark.reference


@pytest.fixture
def source(reference_data: Path) -> Any:
    return json.loads((reference_data / "bouwblokken_utrecht_nieuw.json").read_text())


@pytest.fixture
def utrecht(source: Any) -> PriceList:
    learning = ("Praktijkleerplaats", "Mbo")
    rows = [
        {
            "naam": label,
            "vorm": "Leerwerkplek of stage" if label.startswith(learning) else "Werkplek",
            "eenheid": "per jaar",
            "bedrag": str(amount),
        }
        for label, amount in source["blokken"]
    ]
    rows += [
        {"soort": "bonus", "naam": label, "bedrag": str(amount)}
        for label, amount in source["bonussen"]
    ]
    rows += [
        {
            "naam": "Hulp, steun of kennis",
            "vorm": "Kennis of maatschappelijke activiteit",
            "eenheid": "per uur",
            "bedrag": "100",
        },
        {"soort": "inkoop", "code": "badge", "naam": "Sociaal ondernemer", "bedrag": "100"},
        {
            "soort": "inkoop",
            "code": "sheltered",
            "naam": "Sociale werkvoorziening",
            "bedrag": "100",
        },
    ]
    found = list_from(rows, "36")
    check_list(found)
    return found


def test_every_block_counts_for_its_amount(source: Any, utrecht: PriceList) -> None:
    amounts = {one.label: worth(utrecht, person(one.code)).amount for one in utrecht.prices[:8]}

    assert amounts == {label: amount * 100 for label, amount in source["blokken"]}
    assert len(utrecht.bonuses) == 3


def test_all_bonuses_stack(utrecht: PriceList) -> None:
    codes = tuple(one.code for one in utrecht.bonuses)
    claim = person("participatiewet", 6, 18, bonuses=codes)

    assert worth(utrecht, claim).amount == (40_000 + 30_000) * 100 // 4


def test_hours_of_help(utrecht: PriceList) -> None:
    claim = Claim("hulp-steun-of-kennis", quantity=Decimal(8))

    assert worth(utrecht, claim).amount == 80_000
