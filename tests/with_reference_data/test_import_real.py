"""Real lists: taken in by the real command, approved and published by staff, found by buyers."""

import json
from datetime import date

import pytest
from sqlalchemy import select
from tests.makers import make_admitted, make_member, make_region

from impactmakelaar.core.db import db
from impactmakelaar.organisations import services as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles import queries, services
from impactmakelaar.profiles.rules_import import certificate_kind
from impactmakelaar.register import queries as register
from impactmakelaar.register import services_index as index
from impactmakelaar.register.rules import Filters

pytestmark = pytest.mark.reference
TODAY = date(2026, 11, 24)
SHELTERED = "sw_bedrijven_per_gemeente_2016"


def run_import(app, *arguments):
    result = app.test_cli_runner().invoke(args=["import", "enterprises", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def leads(source):
    query = select(Organisation).where(Organisation.source == source).order_by(Organisation.id)
    return list(db.session.scalars(query))


def found(**filters):
    """The names of all enterprises that a search finds."""
    names, page = set(), 1
    while True:
        result = register.find(Filters(page=page, **filters), today=TODAY, spot=None)
        names |= {row.name for row in register.page_rows(result.ids, TODAY)}
        page += 1
        if page > result.pages:
            return names


def publish_all(region):
    staff = make_member(region, Role.BROKER)
    for lead in leads("enterprises_nl") + leads(SHELTERED):
        organisations.approve_lead(lead=lead, by=staff)
        services.publish_lead(organisation=lead, by=staff)
        make_admitted(lead)
    index.rebuild_index(TODAY)


def test_a_dry_run_stores_nothing(app, reference_data):
    make_region()
    output = run_import(app, reference_data / "real")
    assert "20 ondernemingen klaar" in output
    assert "87 ondernemingen klaar" in output
    assert "gemeente Uden bestaat niet (meer)" in output
    assert leads("enterprises_nl") == []


def test_twenty_enterprises_and_eighty_seven_companies_are_found(app, reference_data):
    region = make_region()
    for _ in range(2):
        run_import(app, "--for-real", reference_data / "real")
    assert len(leads("enterprises_nl")) == 20
    assert len(leads(SHELTERED)) == 87
    assert found() == set()
    publish_all(region)

    path = reference_data / "real" / "enterprises_nl.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        assert record["name"] in found(q=record["name"]), record["name"]
        assert record["name"] in found(q=record["place"]), record["place"]
        for certificate in record["certificates"]:
            kind = certificate_kind(certificate["naam"])
            assert kind != "other"
            assert record["name"] in found(chosen={"keurmerk": (kind,)})
            assert record["name"] in found(q=certificate["naam"])

    for lead in leads(SHELTERED):
        document = queries.published_document(lead)
        area = document["activities"][0]["area"]["municipalities"]
        assert area, lead.name
        for code in area:
            assert lead.name in found(chosen={"gemeente": (code,)}), (lead.name, code)


def test_a_vanished_municipality_stays_as_it_was_written(app, reference_data):
    make_region()
    run_import(app, "--for-real", reference_data / "real" / f"{SHELTERED}.csv")
    paswerk = next(lead for lead in leads(SHELTERED) if lead.name == "Paswerk")
    activity = queries.draft(paswerk).document["activities"][0]
    assert "Haarlemmerliede en Spaarnwoude" in activity["description"]
    assert "GM0394" in activity["area"]["municipalities"]
