"""The pages on which somebody decides about an offered answer, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from tests.makers import (
    THEN,
    make,
    make_member,
    make_organisation,
    make_person,
    make_policy,
    make_region,
)

from impactmakelaar.core import clock
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.toolbox import services, services_flow, services_workbook
from impactmakelaar.toolbox.models import WorkbookMember

TODAY = {"valid_from": "{today}"}
CASES: dict[str, tuple[str, dict[str, Any], str, str, dict[str, Any]]] = {
    # question: who decides, the answer, the page, what it shows beforehand, what is typed
    "m3-definitie": (
        "admin",
        {"antwoord": ["Winst gaat terug naar het doel."]},
        "/regio/toelatingsregels/voorstellen/",
        "Past bij onze definitie</",
        {"title": "Definitie", "explanation": "Uitleg van ons", "weight": 1, "scale": 4} | TODAY,
    ),
    "m3-overzicht": (
        "admin",
        {"cel-0-naam": ["Bakkerij Samen"], "cel-0-plaats": ["Haarlem"]},
        "/regio/importeren/voorstellen/",
        "Overnemen: 1 onderneming",
        {},
    ),
    "m5-sroi": (
        "officer",
        {"cel-0-soort": ["Diensten"], "cel-0-vanaf": ["123.456"]},
        "/social-return/regels/voorstellen/",
        'value="123.456"',
        {
            "source": "Besluit van het college",
            "base": "value",
            "deciding": "invoice",
            "unmet": "discuss",
            "efforts": "placement",
            "threshold_services": "123.456",
            "points_services": "5",
        }
        | TODAY,
    ),
    "m8-kaart": (
        "admin",
        {"schakel-netwerk": ["Netwerk Samen"]},
        "/regios/voorstellen/",
        "Netwerk Samen · netwerk",
        {"chosen": "0"},
    ),
    "m9-platform": (
        "buyer",
        {"antwoord": ["nee"]},
        "/opdrachten/voorstellen/",
        "nog geen inkoopplatform",
        {"kind": "sounding", "title": "Verkenning van de markt", "description": "Tekst"},
    ),
    "m13-instrument": (
        "admin",
        {"antwoord": ["Brede welvaart"]},
        "/regio/voortgang/",
        "Brede welvaart",
        {},
    ),
}


@pytest.fixture
def town(app: Any, as_person: Callable[..., FlaskClient]) -> dict[str, Any]:
    """A municipality with a workbook, and the browsers of who decides."""
    region = make_region()
    make_policy(region)
    velsen = make_organisation(Kind.AUTHORITY, "Velsen", region_id=region.id)
    buyer = make_member(velsen, Role.BUYER, person=make_person("Ina"))
    admin = make_member(region, Role.REGION_ADMIN)
    officer = make_member(region, Role.SROI_OFFICER)
    book = services_workbook.create(organisation=velsen, name="Boek", purpose="", by=buyer)
    return {
        "book": book,
        "by": buyer,
        "buyer": as_person(buyer, velsen),
        "admin": as_person(admin, region),
        "officer": as_person(officer, region),
    }


@pytest.mark.parametrize("question", CASES)
def test_who_decides_sees_it_beforehand_and_takes_it_over_once(
    town: dict[str, Any], question: str
) -> None:
    who, data, page, shown, typed = CASES[question]
    services.save_answer(
        book=town["book"], question_id=question, data=data, based_on=0, by=town["by"]
    )
    row = services_flow.offer(book=town["book"], question_id=question, by=town["by"])
    url, browser = page + row.public_id, town[who]
    assert shown.strip("</") in browser.get(url).text
    fields = {k: str(v).format(today=f"{clock.today():%d-%m-%Y}") for k, v in typed.items()}

    assert browser.post(url, data={}).status_code == 400
    done = browser.post(url, data={**fields, "besluit": "ja"})
    assert done.status_code == 303, done.text
    again = browser.post(url, data={**fields, "besluit": "ja"}, follow_redirects=True)
    assert "al besloten" in again.text
    typed_words = [value for value in fields.values() if " " in value]
    assert [value for value in typed_words if str(escape(value)) not in again.text] == []
    left = browser.post(url, data={"besluit": "nee"}, follow_redirects=True)
    assert "al besloten" in left.text


def test_a_module_offers_the_button_to_colleagues_and_not_to_a_guest(
    town: dict[str, Any], as_person: Callable[..., FlaskClient]
) -> None:
    services.save_answer(
        book=town["book"],
        question_id="m13-instrument",
        data={"antwoord": ["Brede welvaart"]},
        based_on=0,
        by=town["by"],
    )
    home = f"/toolbox/werkboeken/{town['book'].public_id}"
    assert "Leg voor: voortgangsrapportage" in town["buyer"].get(f"{home}/zicht-op-impact").text
    guest = make_person("Gast")
    member = WorkbookMember(
        workbook_id=town["book"].id, person_id=guest.id, role="manage", guest=True, added_at=THEN
    )
    make(member)
    page = as_person(guest).get(f"{home}/zicht-op-impact").text
    assert "Brede welvaart" in page
    assert "Leg voor" not in page
