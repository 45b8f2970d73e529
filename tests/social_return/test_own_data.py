"""What social return holds of a person, for him to take along."""

from dataclasses import replace
from datetime import date

from flask import Flask

from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import (
    queries_effort,
    services,
    services_agreement,
    services_change,
    services_effort,
    services_verdict,
)
from impactmakelaar.social_return.models import SupplierGround
from impactmakelaar.social_return.rules import Effort, Verdict
from tests.makers import THEN, make, make_enterprise, make_member, make_organisation
from tests.own_data import CANARY, OTHER, taken_along
from tests.social_return.makers import STATED, TODAY, Place, make_contract, make_place


def fill(place: Place, number: str, word: str) -> None:
    """Everything that people can leave around one contract."""
    row = make_contract(place, f"{number} {word}")
    services.write_plan(row=row, text=f"Plan {word}", planned={}, report_on=None, by=place.builder)
    services_agreement.book_agreement(
        contract=row,
        enterprise=make_enterprise(place.region),
        effort=Effort.PLACEMENT,
        item="nug",
        units=1,
        starts_on=TODAY,
        ends_on=date(2027, 6, 1),
        by=place.builder,
        today=TODAY,
        note=f"Afspraak {word}",
    )
    effort = services_effort.declare(
        contract=row,
        stated=services_effort.Declared(
            Effort.PLACEMENT,
            item="nug",
            candidate_code="K-01",
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 6, 30),
            hours=services_effort.Decimal(36),
            signed=True,
            note=f"Invulling {word}",
        ),
        by=place.builder,
        today=TODAY,
    )
    services_verdict.judge_one(
        effort=queries_effort.state_of(effort),
        verdict=Verdict.REFUSED,
        reason=f"Oordeel {word}",
        by=place.officer,
        today=TODAY,
    )
    services_change.amend(
        row=row, stated=replace(STATED, reason=f"Reden {word}"), by=place.officer, today=TODAY
    )
    make(
        SupplierGround(
            region_id=place.region.id,
            supplier_kvk="90000009",
            supplier_name=f"Leverancier {word}",
            ground="pso",
            first_day=TODAY,
            last_day=TODAY,
            source="Register",
            created_at=THEN,
            created_by_id=place.officer.id,
        )
    )


def test_contractor_and_officer_take_along_what_each_wrote(app: Flask) -> None:
    place = make_place()
    contractor = make_organisation(
        Kind.CONTRACTOR, "Ander", region_id=place.region.id, kvk_number="90000002"
    )
    strangers = replace(
        place,
        contractor=contractor,
        builder=make_member(contractor, Role.CONTRACTOR),
        officer=make_member(place.region, Role.SROI_OFFICER),
    )
    fill(place, "A", CANARY)
    fill(strangers, "B", OTHER)

    mine = taken_along(place.builder, "social return")
    officers = taken_along(place.officer, "social return")

    assert [one["nummer"] for one in mine["opdrachten"]] == [f"A {CANARY}"]
    assert [one["tekst"] for one in mine["plannen van aanpak"]] == [f"Plan {CANARY}"]
    assert [one["notitie"] for one in mine["afspraken"]] == [f"Afspraak {CANARY}"]
    assert [one["notitie"] for one in mine["invullingen"]] == [f"Invulling {CANARY}"]
    assert mine["oordelen"] == []
    assert [one["reden"] for one in officers["oordelen"]] == [f"Oordeel {CANARY}"]
    assert [one["reden"] for one in officers["versies van een opdracht"]] == [f"Reden {CANARY}"]
    assert [one["leverancier"] for one in officers["erkende leveranciers"]] == [
        f"Leverancier {CANARY}"
    ]
