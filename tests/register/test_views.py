"""The pages of the register: what is found, why, what is refused, and what stays hidden."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from tests.makers import make_member, make_organisation, make_region
from tests.register.makers import make_published

from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.register import services, services_index

TODAY = date(2026, 11, 24)


@pytest.fixture
def region(app: Flask) -> Organisation:
    return make_region()


@pytest.fixture
def filled(region: Organisation) -> Organisation:
    make_published(
        region,
        "Boomploeg",
        summary="Wij snoeien bomen en heggen.",
        address={
            "place": "Haarlem",
            "municipality": "GM0392",
            "postcode": "2011 AA",
            "street": "Geheimstraat 7",
            "hidden": True,
        },
        activities=[
            {
                "title": "Bomen snoeien",
                "cpv": ["77341000"],
                "sector": "green",
                "area": {"kind": "municipalities", "municipalities": ["GM0392"]},
            },
            {
                "title": "Hout verkopen",
                "form": "goods",
                "cpv": ["03410000"],
                "area": {"kind": "municipalities", "municipalities": ["GM0453"]},
            },
        ],
    )
    make_published(region, "=SOM(A1)", summary="Een bedrijf met een rare naam.")
    services_index.rebuild_index(TODAY)
    return region


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_search_shows_who_and_why(client: FlaskClient, filled: Organisation) -> None:
    html = page(client, "/ondernemingen?q=bomen")

    assert "Boomploeg" in html
    assert "<mark>bomen</mark>" in html
    assert "1 onderneming met “bomen”." in html
    assert "rare naam" not in html


def test_what_and_where_must_hold_for_one_activity(
    client: FlaskClient, filled: Organisation
) -> None:
    assert "Boomploeg" in page(client, "/ondernemingen?vorm=service&gemeente=GM0392")
    assert "Boomploeg" in page(client, "/ondernemingen?vorm=goods&gemeente=GM0453")
    assert "Boomploeg" not in page(client, "/ondernemingen?vorm=goods&gemeente=GM0392")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/ondernemingen?q=de+het+een", "alleen woorden die overal in staan"),
        ("/ondernemingen?q=bomne", "resultaten voor “bomen”"),
        ("/ondernemingen?q=bomen+ruimtevaart", "Geen enkele onderneming noemt"),
        ("/ondernemingen?pagina=99", "u ziet de laatste"),
        ("/ondernemingen?plaats=Atlantis", "kennen wij niet"),
        ("/ondernemingen?gemeente=GM9999", "dit filter is weggelaten"),
        ("/ondernemingen?thema=nature&q=bomen", "0 ondernemingen"),
    ],
)
def test_odd_questions_get_a_dutch_sentence(
    client: FlaskClient, filled: Organisation, address: str, words: str
) -> None:
    assert words in page(client, address)


@pytest.mark.parametrize("typed", ["status:draft", "[a TO z]", "*a*", "((((", "bomen^2", '"'])
def test_operators_are_just_words(client: FlaskClient, filled: Organisation, typed: str) -> None:
    assert client.get("/ondernemingen", query_string={"q": typed}).status_code == 200


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["q", "plaats", "straal", "cpv", "pagina", "gemeente", "sector", "x"]),
            st.text(max_size=60),
        ),
        max_size=6,
    )
)
def test_no_address_breaks_the_search(
    client: FlaskClient, filled: Organisation, pairs: list[tuple[str, str]]
) -> None:
    assert client.get("/ondernemingen", query_string=pairs).status_code in (200, 400)


def test_a_hundred_pages_of_address_are_answered(client: FlaskClient, filled: Organisation) -> None:
    long = "&".join(f"gemeente=GM{n:04d}" for n in range(3000))

    assert client.get(f"/ondernemingen?{long}&q={'boom+' * 2000}").status_code == 200


def test_profile_hides_the_street_everywhere(client: FlaskClient, filled: Organisation) -> None:
    link = page(client, "/ondernemingen?q=bomen").split('href="/ondernemingen/')[1].split('"')[0]
    for address in (
        f"/ondernemingen/{link.split('?')[0]}",
        "/ondernemingen",
        "/kaart/ondernemingen.geojson",
        "/ondernemingen/export.csv",
        "/ondernemingen/export.geojson",
    ):
        body = client.get(address).get_data()
        assert b"Geheimstraat" not in body
        assert b"2011" not in body


def test_contact_details_stay_shut_once_the_standing_no_longer_lists(
    app: Flask, as_person: Any
) -> None:
    region = make_region()
    enterprise = make_published(region, "Ingetrokken Werk")
    authority = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    buyer = as_person(make_member(authority, Role.BUYER), authority)
    button = f"/ondernemingen/{enterprise.public_id}/contact"
    assert buyer.post(button).status_code == 200
    with transaction():
        decision = db.session.query(Decision).filter_by(enterprise_id=enterprise.id).one()
        decision.withdrawn_on = clock.today()
    assert buyer.post(button).status_code == 404


def test_unknown_profile_is_not_found(client: FlaskClient, filled: Organisation) -> None:
    assert client.get("/ondernemingen/bestaatniet1").status_code == 404


def test_exports_hold_what_the_page_shows_and_no_formula(
    client: FlaskClient, filled: Organisation
) -> None:
    text = client.get("/ondernemingen/export.csv").get_data().decode("utf-8-sig")
    rows = list(
        csv.reader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ",")
    )
    names = {row[0] for row in rows[1:]}
    assert "Boomploeg" in names
    assert "=SOM(A1)" not in names
    assert any(name.endswith("=SOM(A1)") for name in names)

    book = openpyxl.load_workbook(io.BytesIO(client.get("/ondernemingen/export.xlsx").get_data()))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)

    points = json.loads(client.get("/ondernemingen/export.geojson").get_data())
    assert points["type"] == "FeatureCollection"
    assert [f["properties"]["name"] for f in points["features"]] == ["Boomploeg"]


def test_export_follows_the_filters(client: FlaskClient, filled: Organisation) -> None:
    text = client.get("/ondernemingen/export.csv?q=bomen").get_data().decode("utf-8-sig")

    assert "Boomploeg" in text
    assert "rare naam" not in text


def test_live_filtering_gets_the_results_only(client: FlaskClient, filled: Organisation) -> None:
    part = client.get("/ondernemingen?q=bomen", headers={"HX-Request": "true"})

    assert "<html" not in part.get_data(as_text=True)
    assert "Boomploeg" in part.get_data(as_text=True)


def queries_of(action: Callable[[], Any]) -> int:
    count = 0

    def note(*_args: Any) -> None:
        nonlocal count
        count += 1

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        action()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return count


def test_lists_ask_the_database_as_often_for_many_as_for_one(
    region: Organisation, as_person: Callable[..., FlaskClient]
) -> None:
    authority = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    buyer = make_member(authority, Role.BUYER)
    browser = as_person(buyer, authority)
    row = services.create_shortlist(organisation=authority, name="Groen", by=buyer)
    addresses = ("/ondernemingen", f"/shortlists/{row.public_id}", "/shortlists")

    def fill(number: int) -> None:
        made = make_published(region, f"Onderneming {number}")
        services.add_to_shortlist(row=row, enterprise_id=made.public_id, by=buyer, today=TODAY)

    def counts() -> list[int]:
        found = []
        for address in addresses:
            browser.get(address)
            found.append(queries_of(lambda at=address: browser.get(at)))
        return found

    fill(0)
    few = counts()
    for number in range(1, 30):
        fill(number)

    assert counts() == few


@pytest.mark.parametrize("address", ["/shortlists", "/zoekopdrachten", "/zoekopdrachten/bewaren"])
def test_keeping_is_for_who_is_signed_in(client: FlaskClient, app: Flask, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code in (302, 303)
    assert "/inloggen" in answer.headers["Location"]


def test_foreign_shortlist_does_not_exist(
    region: Organisation, as_person: Callable[..., FlaskClient]
) -> None:
    mine = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    other = make_organisation(Kind.AUTHORITY, "Gemeente Velsen", region_id=region.id)
    row = services.create_shortlist(
        organisation=mine, name="Geheim", by=make_member(mine, Role.BUYER)
    )
    browser = as_person(make_member(other, Role.BUYER), other)

    for address in (f"/shortlists/{row.public_id}", f"/shortlists/{row.public_id}/export.csv"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert "Geheim" not in answer.get_data(as_text=True)
    assert browser.post(f"/shortlists/{row.public_id}/naam", data={"name": "x"}).status_code == 404
