"""The 36 real notices as searches: who does that work is found, by code and by its Dutch words."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from tests.register.makers import document

from impactmakelaar.core import reference
from impactmakelaar.core.search import TextIndex
from impactmakelaar.register.catalogue import Listing, Table, entry_of, run
from impactmakelaar.register.rules import Filters
from impactmakelaar.register.search import document_of

pytestmark = pytest.mark.reference
DAY = date(2026, 11, 24)
LABEL_FLOOR = 0.97
ANCESTOR_FLOOR = 0.9


@pytest.fixture
def notices(reference_data: Path) -> list[dict[str, Any]]:
    path = reference_data / "real" / "ted_notices_nl.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def facts(app: Flask, reference_data: Path) -> reference.Reference:
    path = reference_data / "cpv_2008_nl.csv"
    assert app.test_cli_runner().invoke(args=["reference", "load-cpv", str(path)]).exit_code == 0
    shipped = reference.reference()
    return reference.Reference(shipped.folder.parent, shipped.full_cpv.parents[1])


@pytest.fixture
def suppliers(
    notices: list[dict[str, Any]], facts: reference.Reference, tmp_path: Path
) -> tuple[TextIndex, Table, dict[str, int]]:
    """One invented supplier per CPV code of the notices, who says nothing but that code."""
    codes = sorted({code for notice in notices for code in notice["cpv"]})
    number_of = {code: number for number, code in enumerate(codes, start=1)}
    listings = [
        Listing(
            number,
            f"leverancier{number}",
            document(
                trade_name=f"Voorbeeld {number}",
                activities=[{"title": "Werk", "cpv": [code], "area": {"kind": "country"}}],
            ),
        )
        for code, number in number_of.items()
    ]
    index = TextIndex(tmp_path / "search")
    index.rebuild([document_of(listing, facts) for listing in listings], 1)
    table = Table({one.id: entry_of(one, facts) for one in listings}, [])
    return index, table, number_of


def first_ten(
    suppliers: tuple[TextIndex, Table, dict[str, int]], filters: Filters, today: Any
) -> list[int]:
    index, table, _ = suppliers
    return run(table, index, filters, today=today, spot=None, size=10).ids


def recall(asked: list[tuple[Filters, set[int]]], suppliers: Any, today: Any) -> float:
    found = sum(len(right & set(first_ten(suppliers, f, today))) for f, right in asked)
    return found / sum(min(10, len(right)) for _, right in asked)


def test_every_notice_finds_its_suppliers_by_code(
    notices: list[dict[str, Any]], suppliers: Any
) -> None:
    asked = [
        (Filters(cpv=code), {suppliers[2][code]}) for notice in notices for code in notice["cpv"]
    ]

    assert len(notices) == 36
    for filters, right in asked:
        # A division such as 85000000 holds more suppliers than a page: the right one is counted.
        index, table, _ = suppliers
        page = run(table, index, filters, today=DAY, spot=None, size=1000)
        assert right <= set(page.ids)


def test_every_notice_finds_its_suppliers_by_the_label_of_its_code(
    notices: list[dict[str, Any]], suppliers: Any, facts: reference.Reference
) -> None:
    asked = [
        (Filters(q=facts.cpv[code].label), {suppliers[2][code]})
        for notice in notices
        for code in notice["cpv"]
    ]

    found = recall(asked, suppliers, DAY)
    print(f"recall@10 by label {found:.3f} over {len(asked)} codes")
    assert found >= LABEL_FLOOR


def test_a_code_is_found_by_the_label_of_its_division(
    notices: list[dict[str, Any]], suppliers: Any, facts: reference.Reference
) -> None:
    by_division: dict[str, set[int]] = {}
    for code, number in suppliers[2].items():
        by_division.setdefault(f"{code[:2]}000000", set()).add(number)
    asked = [
        (Filters(q=facts.cpv[division].label), numbers)
        for division, numbers in by_division.items()
        if division in facts.cpv and len(numbers) <= 10
    ]

    found = recall(asked, suppliers, DAY)
    print(f"recall@10 by label of the division {found:.3f} over {len(asked)} divisions")
    assert found >= ANCESTOR_FLOOR


def test_no_title_breaks_the_search(notices: list[dict[str, Any]], suppliers: Any) -> None:
    for notice in notices:
        for text in (notice["title"], notice["description"]):
            assert len(first_ten(suppliers, Filters(q=text[:300]), DAY)) <= 10
