"""Real notices come back unchanged, and what we export is valid Open Contracting Data."""

import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft4Validator, FormatChecker
from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig
from tests.makers import make_member, make_organisation, make_region
from tests.tenders.makers import (
    AFTER,
    NOW,
    TODAY,
    hand_in,
    make_scene,
    make_sent,
    open_box,
)

from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries,
    queries_invitations,
    queries_ocds,
    queries_quotes,
    rules,
    services_award,
)

pytestmark = pytest.mark.reference


@pytest.fixture
def notices(reference_data: Path) -> list[dict[str, Any]]:
    lines = (reference_data / "real" / "ted_notices_nl.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in lines.splitlines() if line.strip()]


def validator(reference_data: Path) -> Draft4Validator:
    path = reference_data / "ocds_1_1" / "dereferenced-release-schema.json"
    return Draft4Validator(json.loads(path.read_text()), format_checker=FormatChecker())


def test_the_36_notices_come_back_unchanged(
    app: Flask, reference_data: Path, notices: list[dict[str, Any]], as_person: Any
) -> None:
    region = make_region()
    authority = make_organisation(Kind.AUTHORITY, "Gemeente", region_id=region.id)
    buyer = as_person(make_member(authority, Role.BUYER))
    path = reference_data / "real" / "ted_notices_nl.jsonl"
    command = ["tenders", "import", str(path), "--organisation", authority.public_id]
    first = app.test_cli_runner().invoke(args=command)
    again = app.test_cli_runner().invoke(args=command)
    assert first.output.strip() == f"{len(notices)} requests, 0 known already."
    assert again.output.strip() == f"0 requests, {len(notices)} known already."
    assert len(notices) == 36

    known = {row.source_id: row for row in queries.tenders_of(authority)}
    exported = {
        r["tender"]["id"]: r["tender"]
        for r in queries_ocds.package(list(known.values()), NOW)["releases"]
    }
    for notice in notices:
        row = known[notice["id"]]
        tender = exported[row.public_id]
        assert tender["title"] == row.title == notice["title"]
        assert tender["description"] == notice["description"]
        items = tender["items"][0] if notice["cpv"] else {}
        codes = [items.get("classification", {}).get("id")] if items else []
        codes += [c["id"] for c in items.get("additionalClassifications", [])]
        assert codes == notice["cpv"]
        if notice["nuts"] and notice["cpv"]:
            assert items["deliveryLocation"]["gazetteer"]["identifiers"] == notice["nuts"]
        amounts = [
            Decimal(text)
            for v in notice["values"]
            if v["currency"] == "EUR"
            for text in v.get("parts") or [v["value"]]
        ]
        real = [a for a in amounts if a not in (0, Decimal("0.01"), 1)] or amounts
        if amounts:
            assert Decimal(str(tender["value"]["amount"])) == max(real)
            assert Decimal(str(tender["minValue"]["amount"])) == min(real)
        html = buyer.get(f"/opdrachten/{row.public_id}").get_data(as_text=True)
        for code in [*notice["cpv"], *notice["nuts"]]:
            assert code in html


def releases(app: Flask) -> dict[str, Any]:
    """A package with a request in every state that an export knows, an award and a contract."""
    scene = make_scene(4)
    row = make_sent(scene)
    for invitation in queries_invitations.invitations(row)[:2]:
        hand_in(scene, invitation)
    open_box(scene, row)
    points, reasons = {"quality": 8, "social": 6}, {"quality": "x" * 20, "social": "y" * 20}
    for verb in (services_award.give_points, services_award.agree_points):
        for quote in queries_quotes.opened_quotes(row):
            verb(
                row=row,
                quote_id=quote.public_id,
                points=points,
                reasons=reasons,
                by=scene.buyer,
                now=AFTER,
            )
    services_award.award(
        row=row,
        quote_id=services_award.ranking(row)[0].key,
        motivation="Het beste plan voor de prijs.",
        by=scene.buyer,
        now=AFTER,
        today=TODAY,
    )
    services_award.record_contract(
        row=row,
        contract_cents=75_000_00,
        contract_on=TODAY,
        spent_cents=74_999_99,
        spent_on=TODAY,
        by=scene.buyer,
    )
    running = make_sent(scene)
    assert running.stage == rules.Stage.INVITED
    return queries_ocds.package([row, running], NOW)


def test_the_export_is_valid_against_the_schema(app: Flask, reference_data: Path) -> None:
    package = releases(app)
    check = validator(reference_data)
    wrong = [
        f"{release['ocid']}: {list(error.path)} {error.message[:120]}"
        for release in package["releases"]
        for error in check.iter_errors(release)
    ]
    assert wrong == []
    assert [r["tag"] for r in package["releases"]] == [["tender", "award", "contract"], ["tender"]]
    running = json.dumps(package["releases"][1])
    assert "tenderers" not in running
    assert "supplier" not in running


def test_the_export_is_valid_for_libcoveocds_offline(
    app: Flask, reference_data: Path, tmp_path: Path
) -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("standard-1__1__5/", "")
        for path in (reference_data / "ocds_1_1").rglob("*"):
            if path.is_file():
                inside = path.relative_to(reference_data / "ocds_1_1")
                archive.writestr(f"standard-1__1__5/schema/{inside}", path.read_bytes())
    standard = tmp_path / "standard.zip"
    standard.write_bytes(source.getvalue())
    file = tmp_path / "package.json"
    file.write_text(json.dumps(releases(app)))

    config = LibCoveOCDSConfig()
    config.config["standard_zip"] = f"file://{standard}"
    config.config["context"] = "api"
    found = ocds_json_output(
        str(tmp_path),
        str(file),
        lib_cove_ocds_config=config,
        json_data=json.loads(file.read_text()),
    )

    assert found["validation_errors"] == []
