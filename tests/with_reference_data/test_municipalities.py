"""Our table of municipalities against the official list."""

import csv
from datetime import date
from pathlib import Path

import pytest

from impactmakelaar.core.reference import Ambiguous, Reference

pytestmark = pytest.mark.reference
CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture
def facts(tmp_path):
    return Reference(CONTENT, tmp_path)


def rows(path, **options):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, **options))


def test_our_table_equals_the_official_one(reference_data, facts):
    official = {
        row["gm_code"]: (
            row["provincie"].replace("Fryslân", "Friesland"),
            row["arbeidsmarktregio_code"],
        )
        for row in rows(reference_data / "gemeenten_2025.csv")
    }
    ours = {m.code: (m.province, m.labour_market_region) for m in facts.municipalities.values()}
    assert len(ours) == 342
    assert ours == official
    today = date(2026, 11, 24)
    assert all(m.existed(today) for m in facts.municipalities.values())


def test_every_official_name_is_found(reference_data, facts):
    for row in rows(reference_data / "gemeenten_2025.csv"):
        try:
            found = facts.municipality_by_name(row["naam"])
        except Ambiguous:
            pytest.fail(row["naam"])
        assert found is not None, row["naam"]
        assert found.code == row["gm_code"]


def test_every_municipality_of_2016_is_known_or_known_to_be_gone(reference_data, facts):
    path = reference_data / "real" / "sw_bedrijven_per_gemeente_2016.csv"
    names = [row["Gemeente"] for row in rows(path, delimiter=";")]
    assert len(names) == 392
    for name in names:
        assert facts.municipality_by_name(name) or facts.vanished(name), name


def test_labour_market_regions_and_postcodes_are_complete(reference_data, facts):
    official = rows(reference_data / "arbeidsmarktregios_2025.csv")
    assert len(facts.regions) == len(official) == 35
    assert len(facts.postcodes) == len(rows(reference_data / "postcode4_regio_2025.csv"))
