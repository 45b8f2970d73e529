"""Questions as a buyer types them, against the demonstration region: the right ones come up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask

from impactmakelaar.app import create_app
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.demonstration import FOLDER, load
from impactmakelaar.register import queries, services_index
from impactmakelaar.register.rules import Filters
from tests.conftest import settings_for
from tests.databases import create_tables

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "known_answers.yml").read_text(encoding="utf-8")
)
RECALL_FLOOR = 0.97
FIRST_FLOOR = 0.85


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """Trade name -> key of every demonstration enterprise."""
    found = {}
    for path in sorted((FOLDER / "enterprises").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            found[entry["profile"]["trade_name"]] = entry["key"]
    return found


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application with the demonstration region and its index."""
    folder = tmp_path_factory.mktemp("known")
    app = create_app(settings_for(folder, f"sqlite:///{folder / 'known.db'}"))
    with app.app_context():
        create_tables()
        load(clock.now())
        services_index.rebuild_index(clock.today())
        yield app
        db.session.remove()
        db.engine.dispose()


def ask(app: Flask, names: dict[str, str], typed: str) -> tuple[list[str], Any]:
    today = clock.today()
    page = queries.find(Filters(q=typed), today=today, spot=None)
    return [names[row.name] for row in queries.page_rows(page.ids, today)], page.found


@pytest.mark.parametrize("case", CASES, ids=[case["q"] for case in CASES])
def test_question_finds_who_does_the_work(
    region: Flask, names: dict[str, str], case: dict[str, Any]
) -> None:
    keys, found = ask(region, names, case["q"])

    assert set(case["expect"]) <= set(keys[:10])
    assert bool(found.corrected) >= bool(case.get("corrected"))
    if case.get("partial"):
        assert found.partial


def test_recall_and_first_place_stay_high(region: Flask, names: dict[str, str]) -> None:
    hits = wanted = first = asked = 0
    for case in CASES:
        if not case["expect"]:
            continue
        keys, _ = ask(region, names, case["q"])
        wanted += len(case["expect"])
        hits += len(set(case["expect"]) & set(keys[:10]))
        asked += 1
        first += bool(keys) and keys[0] in case["expect"]
    print(f"recall@10 {hits / wanted:.3f}, first is right {first / asked:.3f}, {asked} questions")
    assert asked >= 60
    assert hits / wanted >= RECALL_FLOOR
    assert first / asked >= FIRST_FLOOR


def test_nothing_to_find_is_said(region: Flask, names: dict[str, str]) -> None:
    keys, found = ask(region, names, "zzxqkw")

    assert (keys, found.missing, found.corrected) == ([], ["zzxqkw"], [])


def test_all_words_must_match(region: Flask, names: dict[str, str]) -> None:
    both, found = ask(region, names, "verwijderen graffiti")

    assert "muurvast" in both
    assert not found.partial
    assert "blinkwerf" not in both
