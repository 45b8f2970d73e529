"""The pages of certificates and badges as a browser meets them."""

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.badges import services as badges
from impactmakelaar.badges.models import Badge
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from tests.admission.test_services_certificates import recuse
from tests.makers import (
    make_admitted,
    make_application,
    make_claim,
    make_enterprise,
    make_member,
    make_policy,
    make_region,
)

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Setting:
    """A region, an enterprise in grace since last month, and its people."""

    def __init__(self, as_person: Any) -> None:
        self.today = clock.today()
        self.region = make_region()
        make_policy(self.region)
        self.enterprise: Organisation = make_admitted(
            make_enterprise(self.region, "Klimopwerk"), self.today - timedelta(30), "grace"
        )
        self.owner = make_member(self.enterprise, Role.ENTREPRENEUR)
        self.broker = make_member(self.region, Role.BROKER)
        self.as_owner: FlaskClient = as_person(self.owner, self.enterprise)
        self.as_broker: FlaskClient = as_person(self.broker, self.region)

    def typed(self, **changed: Any) -> dict[str, Any]:
        """What the owner types."""
        return {
            "kind": "code_social",
            "level": "Geregistreerd",
            "number": "C-1",
            "valid_from": self.today.strftime("%d-%m-%Y"),
            "valid_until": (self.today + timedelta(700)).strftime("%d-%m-%Y"),
            "evidence": (io.BytesIO(PDF), "bewijs.pdf"),
        } | changed

    def hand_in(self, **changed: Any) -> Any:
        """Send the form."""
        path = f"/stand/{self.enterprise.public_id}/keurmerken/nieuw"
        return self.as_owner.post(path, data=self.typed(**changed))

    def claim(self) -> Any:
        """The only claim."""
        return queries.dossiers(self.enterprise)[0].claim


@pytest.fixture
def at(app: Flask, as_person: Any) -> Setting:
    """The setting."""
    return Setting(as_person)


def looked_up(at: Setting, claim: Any, **changed: Any) -> dict[str, Any]:
    """What the broker types."""
    return {
        "kind": claim.kind,
        "level": claim.level,
        "number": claim.number,
        "kvk_number": at.enterprise.kvk_number,
        "valid_from": claim.valid_from.strftime("%d-%m-%Y"),
        "valid_until": claim.valid_until.strftime("%d-%m-%Y"),
        "register_url": "https://register.example/C-1",
        "revision": str(claim.revision),
        "evidence_sha256": claim.evidence.sha256,
    } | changed


def test_from_evidence_to_certified(at: Setting) -> None:
    assert at.hand_in().status_code == 303
    claim = at.claim()
    assert "wacht op controle" in at.as_owner.get(f"/stand/{at.enterprise.public_id}").text
    assert "Klimopwerk" in at.as_broker.get("/regio/keurmerken").text
    page = at.as_broker.get(f"/regio/keurmerken/{claim.public_id}").text
    assert claim.evidence.sha256 in page
    path = f"/regio/keurmerken/{claim.public_id}/bevestigen"
    assert at.as_broker.post(path, data=looked_up(at, claim)).status_code == 303
    assert "met keurmerk" in at.as_owner.get(f"/stand/{at.enterprise.public_id}").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"valid_until": "31-04-2030"}, "Vul een bestaande datum in"),
        ({"valid_until": "01-01-30"}, "Vul een bestaande datum in"),
        ({"valid_from": "01-01-0001"}, "Vul een bestaande datum in"),
        ({"valid_until": "31-12-9999"}, "Vul een bestaande datum in"),
        ({"valid_until": "01-01-2020"}, "De einddatum ligt voor de begindatum"),
        ({"kind": ""}, "Kies het keurmerk"),
        ({"evidence": (io.BytesIO(b"<html>"), "x.pdf")}, "geen afbeelding"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(
    at: Setting, changed: dict[str, Any], sentence: str
) -> None:
    answer = at.hand_in(**changed)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert 'value="C-1"' in answer.text
    assert queries.dossiers(at.enterprise) == []


def test_evidence_replaced_between_view_and_click_answers_409(at: Setting) -> None:
    at.hand_in()
    claim = at.claim()
    seen = looked_up(at, claim)
    at.as_owner.post(
        f"/stand/keurmerken/{claim.public_id}",
        data=at.typed(
            revision="1", evidence=(io.BytesIO(PDF.replace(b"Count 0", b"Count 00")), "b.pdf")
        ),
    )
    path = f"/regio/keurmerken/{claim.public_id}"
    answer = at.as_broker.post(f"{path}/bevestigen", data=seen)
    assert answer.status_code == 409
    assert "gewijzigd terwijl u keek" in answer.text
    refused = {name: seen[name] for name in ("revision", "evidence_sha256")}
    answer = at.as_broker.post(f"{path}/afwijzen", data=refused | {"reason": "Niet gevonden"})
    assert answer.status_code == 409
    db.session.rollback()
    assert queries.dossier(at.claim()).waiting


def test_evidence_is_for_its_people_and_staff_only(
    at: Setting, client: FlaskClient, as_person: Any
) -> None:
    at.hand_in()
    file = at.claim().evidence.public_id
    stranger = as_person(make_member(make_enterprise(at.region), Role.ENTREPRENEUR))
    for browser, status in (
        (at.as_owner, 200),
        (at.as_broker, 200),
        (stranger, 404),
        (client, 302),
    ):
        assert browser.get(f"/keurmerkbewijs/{file}").status_code == status
    assert at.as_broker.get(f"/bestanden/{file}").status_code == 404
    answer = at.as_owner.get(f"/keurmerkbewijs/{file}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_who_has_an_interest_sees_no_sign_of_the_enterprise(at: Setting) -> None:
    at.hand_in()
    claim = at.claim()
    recuse(at.broker, make_application(at.enterprise, state="announced"))
    for path in (
        "/regio/keurmerken",
        "/regio/volglijst",
        "/regio/volglijst.csv",
    ):
        answer = at.as_broker.get(path)
        assert answer.status_code == 200
        assert "Klimopwerk" not in answer.text
    for path in (
        f"/regio/keurmerken/{claim.public_id}",
        f"/regio/stand/{at.enterprise.public_id}",
        f"/stand/{at.enterprise.public_id}",
        f"/keurmerkbewijs/{claim.evidence.public_id}",
    ):
        assert at.as_broker.get(path).status_code == 404


def test_suspension_from_the_page(at: Setting, as_person: Any) -> None:
    admin = as_person(make_member(at.region, Role.REGION_ADMIN), at.region)
    page = f"/regio/stand/{at.enterprise.public_id}"
    later = (at.today + timedelta(14)).strftime("%d-%m-%Y")
    assert (
        admin.post(f"{page}/schorsen", data={"reason": "", "answer_by": later}).status_code == 400
    )
    assert (
        admin.post(f"{page}/schorsen", data={"reason": "Klacht", "answer_by": later}).status_code
        == 303
    )
    row = queries.suspensions(at.enterprise)[0]
    assert "De regio wil u schorsen" in at.as_owner.get(f"/stand/{at.enterprise.public_id}").text
    at.as_owner.post(
        f"/stand/schorsingen/{row.public_id}/reactie", data={"view": "Wij snappen het"}
    )
    assert "Wij snappen het" in admin.get(page).text
    today = at.today.strftime("%d-%m-%Y")
    admin.post(f"/regio/schorsingen/{row.public_id}/opleggen", data={"from_day": today})
    assert "Geschorst" in admin.get(page).text
    assert "Klimopwerk" in admin.get("/regio/volglijst?stand=suspended").text
    admin.post(f"/regio/schorsingen/{row.public_id}/opheffen", data={"reason": "Opgelost"})
    assert "eerste jaar" in admin.get(page).text


def test_the_holder_gets_files_and_a_snippet(at: Setting, client: FlaskClient) -> None:
    path = f"/ondernemingen/{at.enterprise.public_id}/badge"
    assert "U hebt nog geen SROI-badge" in at.as_owner.get(path).text
    badges.follow(region=at.region, today=at.today)
    number = db.session.query(Badge).one().number
    page = at.as_owner.get(path).text
    assert f"/badge/{number}/badge-klein.svg" in page
    picture = client.get(f"/badge/{number}/badge-klein.svg")
    assert picture.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert picture.headers["Cache-Control"] == "no-store"
    qr = client.get(f"/badge/{number}/qr.svg")
    assert f"http://localhost/badge/{number}" in qr.text


def test_the_badge_page_says_to_the_second_when_it_was_checked(
    at: Setting, client: FlaskClient
) -> None:
    badges.follow(region=at.region, today=at.today)
    page = client.get(f"/badge/{db.session.query(Badge).one().number}").text
    assert "Vandaag gecontroleerd op" in page
    assert "Nederlandse tijd" in page
    assert "is geen keurmerk" in page
    assert "telt mee voor social return" in page


def test_the_watch_list_shows_where_evidence_waits(at: Setting) -> None:
    make_claim(at.enterprise, at.today, at.today + timedelta(400))
    assert "bewijs wacht" in at.as_broker.get("/regio/volglijst").text


def test_checking_stops_after_too_many_tries_from_one_address(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badges, "CHECKS_PER_HOUR", 3)
    for _ in range(3):
        assert client.post("/badge/controleren", data={"number": "raad"}).status_code == 200
    answer = client.post("/badge/controleren", data={"number": "nogeenkeer"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    assert "te vaak geprobeerd" in answer.get_data(as_text=True)
    assert "nogeenkeer" in answer.get_data(as_text=True)
    other = client.post(
        "/badge/controleren",
        data={"number": "raad"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.9"},
    )
    assert other.status_code == 200
    assert client.get("/badge/controleren").status_code == 200
