"""The complete official CPV list, loaded by the real command."""

import csv

import pytest

from impactmakelaar.core import reference

pytestmark = pytest.mark.reference


def test_the_full_list_loads_and_adds_to_our_own(app, reference_data):
    path = reference_data / "cpv_2008_nl.csv"
    result = app.test_cli_runner().invoke(args=["reference", "load-cpv", str(path)])
    assert result.exit_code == 0, result.output
    assert "9454 codes" in result.output
    shipped = reference.reference()
    facts = reference.Reference(shipped.folder.parent, shipped.full_cpv.parents[1])
    assert len(facts.cpv) == 9454
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            assert facts.cpv_code(row["code"]) == row["code"]
            assert facts.cpv_code(f"{row['code']}-3") == row["code"]
            assert facts.cpv[row["code"]].label
            if row["parent"]:
                assert row["parent"] in reference.cpv_ancestors(row["code"])
    assert any(one.words for one in facts.cpv_search("hovenier"))
