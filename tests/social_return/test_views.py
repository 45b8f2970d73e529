"""The pages: a contract from registration to a balance of zero, refusals, strangers."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.core import clock
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import (
    queries,
    queries_agreement,
    queries_effort,
    queries_versions,
    services_ledger,
)
from impactmakelaar.social_return.rules import Phase
from tests.makers import make_admitted, make_member, make_organisation
from tests.queries_counted import counted
from tests.register.makers import make_published
from tests.social_return.makers import Place, make_contract, make_place

Browse = Callable[..., FlaskClient]


@pytest.fixture
def place(app: Flask) -> Place:
    return make_place()


def dutch(days: int = 0) -> str:
    return (clock.today() + timedelta(days=days)).strftime("%d-%m-%Y")


def contract_fields(place: Place, **fields: Any) -> dict[str, Any]:
    return {
        "authority": place.authority.public_id,
        "contractor": place.contractor.public_id,
        "title": "Onderhoud wegen",
        "number": "2026-001",
        "category": "services",
        "awarded_on": dutch(-200),
        "value": "400.000",
        "starts_on": dutch(-180),
        "ends_on": dutch(500),
    } | fields


def test_contract_from_registration_to_zero(place: Place, as_person: Browse) -> None:
    builder = as_person(place.builder)
    officer = as_person(place.officer)
    shown = builder.post("/social-return/nieuw", data=contract_fields(place))
    assert "Verplichting: €\u00a020.000" in shown.text
    assert queries.contracts_of(place.contractor) == []
    answer = builder.post("/social-return/nieuw", data=contract_fields(place, stap="bewaren"))
    page = answer.location
    assert builder.post(f"{page}/insturen").status_code == 303
    assert "Vast te stellen" in officer.get("/social-return").text
    assert officer.post(f"{page}/vaststellen").status_code == 303
    supplier = make_published(place.region, "Bakkerij")
    make_admitted(supplier, clock.today() - timedelta(days=100), "grace")

    found = builder.get(f"{page}/zoeken").text
    assert (
        "Een factuur van €\u00a01.000 zonder btw telt voor <strong>€\u00a01.000</strong>" in found
    )
    where = f"{page}/afspraken/nieuw?onderneming={supplier.public_id}"
    [once] = re.findall(r'name="once"[^>]* value="([^"]+)"', builder.get(where).text)
    for _ in range(2):  # a form sent twice books once
        agreed = builder.post(
            where,
            data={
                "once": once,
                "item": "purchase",
                "units": "2",
                "amount": "10.000",
                "starts_on": dutch(),
                "ends_on": dutch(100),
            },
        )
        assert agreed.status_code == 303
    [agreement] = queries_agreement.agreements_with(supplier)
    declared = builder.post(
        f"{page}/invulling?vorm=purchase",
        data={
            "supplier_kvk": supplier.kvk_number,
            "supplier_name": "Bakkerij",
            "invoice_number": "F1",
            "invoiced_on": dutch(-1),
            "amount": "24.200",
            "vat": "2100",
            "share": "100",
            "agreement": agreement.public_id,
        },
    )
    assert declared.status_code == 303
    waiting = officer.get("/social-return/beoordelen").text
    assert "factuur F1 van Bakkerij" in waiting
    key = queries_effort.waiting_efforts(place.region)[0].row.public_id
    confirm = officer.post(
        "/social-return/beoordelen", data={"invulling": key, "verdict": "approved"}
    )
    assert "Weet u het zeker?" in confirm.text
    assert queries_effort.waiting_efforts(place.region)
    officer.post(
        "/social-return/beoordelen",
        data={"invulling": key, "verdict": "approved", "sure": "ja"},
    )

    row = queries.contracts_of(place.contractor)[0]
    assert queries.account(row, clock.today()).balance == 0
    assert "De verplichting is ingevuld." in builder.get(page).text
    assert services_ledger.check(clock.today()) == []


def test_wrong_input_comes_back_with_a_sentence(place: Place, as_person: Browse) -> None:
    answer = as_person(place.builder).post(
        "/social-return/nieuw",
        data=contract_fields(place, value="veel", ends_on="31-02-2026", clause="BSN 123456782"),
    )

    assert answer.status_code == 400
    assert "Vul een bedrag in" in answer.text
    assert "Vul een bestaande datum in" in answer.text
    assert 'value="veel"' in answer.text


def test_stranger_sees_nothing(place: Place, as_person: Browse, client: FlaskClient) -> None:
    row = make_contract(place)
    page = f"/social-return/{row.public_id}"
    other = make_organisation(Kind.CONTRACTOR, "Ander", region_id=place.region.id)
    stranger = as_person(make_member(other, Role.CONTRACTOR))
    for path in ("", "/zoeken", "/plan", "/invulling", "/aanpassen", "/afsluiten"):
        assert stranger.get(page + path).status_code == 404, path
        assert client.get(page + path).status_code == 302, path
    assert stranger.post(page + "/vaststellen").status_code == 404
    buyer = as_person(place.buyer)
    assert buyer.get(page).status_code == 200
    assert buyer.get(page + "/invulling").status_code == 404


def test_officer_enters_rules_and_a_list_without_a_programmer(
    place: Place, as_person: Browse
) -> None:
    officer = as_person(place.officer)
    base = f"/social-return/regels/{place.authority.public_id}/nieuw"
    assert officer.get(base).status_code == 200
    answer = officer.post(
        base,
        data={
            "valid_from": dutch(),
            "source": "Besluit",
            "threshold_services": "100.000",
            "points_services": "2,5",
            "base": "value",
            "efforts": ["purchase", "placement"],
            "cap_purchase": "50",
            "deciding": "invoice",
            "unmet": "pay",
            "contact_days": "7",
            "seen": "0",
        },
    )
    assert answer.status_code == 303
    (version,) = queries_versions.rules_versions(place.authority)
    assert version.document["categories"]["services"] == {"threshold": 10_000_000, "points": 250}
    assert version.document["caps"] == {"purchase": 5_000}

    prices = f"/social-return/prijslijst/{place.authority.public_id}/nieuw"
    fields = {
        "valid_from": dutch(),
        "source": "Besluit",
        "full_time": "36",
        "seen": "0",
        "bouwblok-0-naam": "Werkplek",
        "bouwblok-0-vorm": "Werkplek",
        "bouwblok-0-eenheid": "per jaar",
        "bouwblok-0-bedrag": "40.000",
        "inkoop-0-code": "badge",
        "inkoop-0-bedrag": "50",
    }
    shown = officer.post(prices, data=fields | {"stap": "voorbeelden"})
    assert "Zo rekent deze lijst" in shown.text
    assert queries_versions.price_versions(place.authority) == []
    assert officer.post(prices, data=fields | {"stap": "bewaren"}).status_code == 303
    (listed,) = queries_versions.price_versions(place.authority)
    page = officer.get(f"/social-return/prijslijsten/{listed.public_id}").text
    assert "€\u00a040.000 per jaar" in page
    assert (
        officer.get(f"/social-return/prijslijsten/{listed.public_id}/export.csv").mimetype
        == "text/csv"
    )
    compared = officer.get("/social-return/vergelijken").text
    assert "<mark>" in compared
    assert as_person(place.builder).get(base).status_code == 403


def test_officer_books_a_change_with_what_stands_on_the_page(
    place: Place, as_person: Browse
) -> None:
    row = make_contract(place)
    officer, base = as_person(place.officer), f"/social-return/{row.public_id}/aanpassen"
    page = officer.get(base).text
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    shown = contract_fields(place, value="900.000", reason="Meerwerk in twee straten.")
    typed = {key: shown[key] for key in ("value", "starts_on", "ends_on", "reason")}

    response = officer.post(base, data=dict(hidden) | typed)

    assert response.status_code == 303
    assert [terms.value for terms in queries.all_terms(row)][-1] == 90_000_000
    assert len(queries.all_terms(row)) == 2


def test_effort_page_says_why_it_does_not_count(place: Place, as_person: Browse) -> None:
    row = make_contract(place)
    supplier = make_published(place.region, "Bakkerij")
    make_admitted(supplier, clock.today() - timedelta(days=800), "grace")
    as_person(place.builder).post(
        f"/social-return/{row.public_id}/invulling?vorm=purchase",
        data={
            "supplier_kvk": supplier.kvk_number,
            "supplier_name": "Bakkerij",
            "vat": "",
            "invoice_number": "F1",
            "invoiced_on": dutch(-1),
            "amount": "24.200",
        },
    )
    (effort,) = queries_effort.efforts(row)
    text = as_person(place.officer).get(f"/social-return/invullingen/{effort.row.public_id}").text

    assert "geen badge meer: die gold tot en met" in text


def test_desk_asks_the_database_no_more_for_more_rows(place: Place, as_person: Browse) -> None:
    browser = as_person(place.officer)
    make_contract(place)
    browser.get("/social-return")
    with counted() as one:
        assert browser.get("/social-return").status_code == 200
    for number in range(2, 12):
        make_contract(place, f"2026-{number:03}")
    with counted() as many:
        assert browser.get("/social-return").status_code == 200
    assert queries.contracts_of(place.contractor)[0].phase == Phase.ACTIVE
    assert len(many) == len(one)
