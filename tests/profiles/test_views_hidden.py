"""Contact details come on a button, and a hidden address leaks nowhere."""

import re

from tests.makers import (
    make,
    make_admitted,
    make_enterprise,
    make_member,
    make_organisation,
)
from tests.profiles.documents import HOME, certificate, document
from tests.profiles.pages import THEN, address, published, saved

from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import queries, services
from impactmakelaar.profiles.models import ProfileDraft


def test_contact_details_come_on_a_button_for_who_may_buy(
    browser, enterprise, person, region, as_person, client
):
    published(enterprise, person)
    page = f"/ondernemingen/{enterprise.public_id}"
    button = page + "/contact"
    authority = make_organisation(Kind.AUTHORITY, "Gemeente Haarlem", region_id=region.id)
    buyer = as_person(make_member(authority, Role.BUYER), authority)
    assert "mo@groen.example" not in buyer.get(page).text
    assert buyer.get(button).status_code == 405
    assert queries.times_revealed(enterprise) == 0
    assert "mo@groen.example" in buyer.post(button).text
    assert browser.post(button).status_code == 403
    assert client.post(button).status_code == 302
    assert "Gemeente Haarlem" in browser.get(address(enterprise, "/bekeken")).text
    services.set_paused(organisation=enterprise, paused=True, by=person)
    assert buyer.post(button).status_code == 404


PUBLIC_ADDRESSES = (
    "/ondernemingen/{id}",
    "/ondernemingen",
    "/ondernemingen?q=groen",
    "/ondernemingen?q=Geheimstraat",
    "/ondernemingen/export.csv",
    "/ondernemingen/export.geojson",
    "/kaart/ondernemingen.geojson",
    "/ondernemingen/suggesties?q=gehe",
    "/ondernemingen/suggesties?q=2011",
)


def test_a_hidden_home_address_and_contacts_leak_nowhere(app, enterprise, person, client):
    published(enterprise, person, certificates=[certificate(number="GEHEIM-77", evidence="")])
    with app.app_context():
        app.extensions["worker"].work_once()
    for where in PUBLIC_ADDRESSES:
        answer = client.get(where.format(id=enterprise.public_id))
        assert answer.status_code == 200, where
        shown = answer.text.replace("q=Geheimstraat", "").replace('value="Geheimstraat"', "")
        shown = shown.replace("Geheimstraat", "", 2) if "?q=Geheim" in where else shown
        for secret in ("Geheimstraat 12", "2011 AB", "mo@groen.example", "GEHEIM-77"):
            assert secret not in shown, (where, secret)
    assert "Groen Werkt" not in client.get("/ondernemingen?q=Geheimstraat").text


def test_of_a_hidden_address_only_the_municipality_is_told(app, enterprise, person, client):
    village = {"street": "Dorpsstraat 1", "postcode": "2063 AA", "place": "Spaarndam"}
    published(enterprise, person, address=HOME | village)
    public_id = enterprise.public_id
    app.extensions["worker"].work_once()
    for where in PUBLIC_ADDRESSES:
        told = client.get(where.format(id=public_id)).text
        assert not {"Spaarndam", "Dorpsstraat", "2063"} & set(re.findall(r"\w+", told)), where
    feature = client.get("/kaart/ondernemingen.geojson").json["features"][0]
    latitude, longitude = reference().coordinates["GM0392"]
    assert feature["geometry"]["coordinates"] == [longitude, latitude]
    assert feature["properties"]["place"] == "Haarlem"
    assert "Groen Werkt" not in client.get("/ondernemingen?q=Spaarndam").text
    assert "Groen Werkt" in client.get("/ondernemingen?q=Haarlem").text


def test_a_radius_search_measures_a_hidden_address_from_its_municipality(app, region, client):
    """Otherwise three circles would tell where somebody lives."""
    for name, postcode in (("Aan de ene kant", "2063 AA"), ("Aan de andere kant", "2037 XX")):
        row = make_enterprise(region, name)
        document_of = document(trade_name=name, address=HOME | {"postcode": postcode})
        make(ProfileDraft(organisation_id=row.id, document=document_of, updated_at=THEN))
        services.publish(organisation=row, by=make_member(row, Role.ENTREPRENEUR))
        make_admitted(row)
    page = client.get("/ondernemingen?plaats=Amsterdam&straal=100").text
    distances = re.findall(r"· (\d+) km", page)
    assert len(distances) == 2
    assert len(set(distances)) == 1


def test_the_preview_shows_what_a_buyer_would_see(browser, enterprise):
    page = browser.get(address(enterprise, "/voorbeeldweergave")).text
    assert "Groenonderhoud" in page
    assert "Geheimstraat" not in page
    assert "mo@groen.example" not in page


def test_an_address_shows_only_when_its_owner_chose_that(browser, enterprise, person, client):
    browser.post(
        address(enterprise, "/adres"),
        data={
            "street": "Geheimstraat 12",
            "postcode": "2011ab",
            "place": "Haarlem",
            "municipality": "haarlem",
            "contacts-0-name": "Mo",
            "contacts-0-email": "mo@groen.example",
        },
    )
    assert saved(enterprise)["address"]["postcode"] == "2011 AB"
    assert saved(enterprise)["contacts"][0]["public"] is False
    services.publish(organisation=enterprise, by=person)
    make_admitted(enterprise)
    assert "Geheimstraat 12" in client.get(f"/ondernemingen/{enterprise.public_id}").text
