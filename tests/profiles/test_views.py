"""Pages of a profile: what works, what is refused, what does not exist for a stranger."""

import io
import json
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from tests.makers import (
    make,
    make_admitted,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)
from tests.profiles.documents import HOME, activity, certificate, contact, document
from tests.queries_counted import counted

from impactmakelaar.accounts.models import SignInSession
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import queries, rules, services
from impactmakelaar.profiles.models import ProfileDraft

THEN = datetime(2026, 11, 1, tzinfo=UTC)
OWN_PAGES = (
    "",
    "/basis",
    "/adres",
    "/missie",
    "/referenties",
    "/activiteiten",
    "/activiteiten/nieuw",
    "/activiteiten/aaaa1111",
    "/keurmerken",
    "/keurmerken/nieuw",
    "/logo",
    "/voorbeeldweergave",
    "/vertrekken",
    "/geschiedenis",
    "/bekeken",
)


@pytest.fixture
def region(app):
    return make_region()


@pytest.fixture
def enterprise(region):
    row = make_enterprise(region, "Groen Werkt")
    make(ProfileDraft(organisation_id=row.id, document=document(), updated_at=THEN))
    return row


@pytest.fixture
def person(enterprise):
    return make_member(enterprise, Role.ENTREPRENEUR)


@pytest.fixture
def browser(person, enterprise, as_person):
    return as_person(person, enterprise)


def address(enterprise, tail=""):
    return f"/profiel/{enterprise.public_id}{tail}"


def saved(enterprise):
    return queries.draft(enterprise).document


def hidden(html, name):
    """The value of a hidden input."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    return found.group(1).replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


BASICS = {
    "trade_name": "Groen Werkt",
    "legal_form": "bv",
    "summary": "Wij onderhouden groen.",
    "description": "",
}
ACTIVITY = {
    "title": "Hovenier",
    "form": "service",
    "sector": "groen",
    "cpv": "77310000-6",
    "area_kind": "municipalities",
    "municipalities": "Haarlem, Bergen (NH.), 's-Gravenhage",
    "capacity": "available",
}


@pytest.mark.parametrize("tail", OWN_PAGES)
def test_own_pages_open_for_its_people_and_do_not_exist_for_others(
    tail, browser, enterprise, region, as_person, client
):
    assert browser.get(address(enterprise, tail)).status_code == 200
    others = [make_person(), make_member(region, Role.BROKER)]
    other = make_enterprise(region)
    others.append(make_member(other, Role.ENTREPRENEUR))
    for one in others:
        assert as_person(one).get(address(enterprise, tail)).status_code == 404
    stranger = client.get(address(enterprise, tail))
    assert stranger.status_code == 302
    assert "/inloggen" in stranger.location


@pytest.mark.parametrize(
    "tail",
    [
        "/activiteiten/aaaa1111/verwijderen",
        "/capaciteit",
        "/keurmerken/x/verwijderen",
        "/publiceren",
        "/pauze",
        "/vertrekken",
        "/mijn-gegevens",
        "/geschiedenis/1/terugzetten",
        "/basis",
        "/activiteiten/nieuw",
    ],
)
def test_a_stranger_changes_nothing(tail, enterprise, region, as_person):
    before = saved(enterprise)
    stranger = as_person(make_member(make_enterprise(region), Role.ENTREPRENEUR))
    assert stranger.post(address(enterprise, tail), data=BASICS).status_code == 404
    assert saved(enterprise) == before


def test_a_part_is_saved_as_draft(browser, enterprise):
    answer = browser.post(address(enterprise, "/basis"), data=BASICS | {"summary": "Nieuw"})
    assert answer.status_code == 303
    assert saved(enterprise)["summary"] == "Nieuw"
    assert queries.publication(enterprise) is None


def test_the_second_of_two_editors_sees_both_texts_and_nothing_is_lost(
    browser, enterprise, as_person
):
    colleague = as_person(make_member(enterprise, Role.ENTREPRENEUR), enterprise)
    seen = hidden(browser.get(address(enterprise, "/basis")).text, "seen")
    theirs = BASICS | {"summary": "Van de collega", "seen": seen}
    mine = BASICS | {"summary": "Van mij", "seen": seen}
    assert colleague.post(address(enterprise, "/basis"), data=theirs).status_code == 303
    answer = browser.post(address(enterprise, "/basis"), data=mine)
    assert answer.status_code == 409
    assert "Van de collega" in answer.text
    assert "Van mij" in answer.text
    assert saved(enterprise)["summary"] == "Van de collega"
    again = mine | {"seen": hidden(answer.text, "seen")}
    assert browser.post(address(enterprise, "/basis"), data=again).status_code == 303
    assert saved(enterprise)["summary"] == "Van mij"


def test_references_are_saved_and_empty_rows_are_not(browser, enterprise):
    data = {
        "references-0-client": "Gemeente Haarlem",
        "references-0-year": "2025",
        "references-0-description": "Plantsoenen",
        "references-1-client": "",
    }
    assert browser.post(address(enterprise, "/referenties"), data=data).status_code == 303
    assert saved(enterprise)["references"] == [
        {"client": "Gemeente Haarlem", "year": 2025, "description": "Plantsoenen"}
    ]


def test_an_activity_takes_codes_with_and_without_check_digit_and_names_of_municipalities(
    browser, enterprise
):
    typed = ACTIVITY | {"cpv": "77310000-6, 77000000 909"}
    answer = browser.post(address(enterprise, "/activiteiten/nieuw"), data=typed)
    assert answer.status_code == 303
    added = saved(enterprise)["activities"][1]
    assert added["cpv"] == ["77310000", "77000000", "90900000"]
    assert added["area"]["municipalities"] == ["GM0392", "GM0373", "GM0518"]
    assert added["capacity_confirmed_on"] == clock.today().isoformat()


def test_a_new_activity_sent_twice_is_there_once(browser, enterprise):
    seen = hidden(browser.get(address(enterprise, "/activiteiten/nieuw")).text, "seen")
    for _ in range(2):
        answer = browser.post(
            address(enterprise, "/activiteiten/nieuw"), data=ACTIVITY | {"seen": seen}
        )
        assert answer.status_code == 303
    assert len(saved(enterprise)["activities"]) == 2


def test_an_activity_that_a_colleague_changed_is_not_overwritten(browser, enterprise, as_person):
    colleague = as_person(make_member(enterprise, Role.ENTREPRENEUR), enterprise)
    page = address(enterprise, "/activiteiten/aaaa1111")
    seen = hidden(browser.get(page).text, "seen")
    colleague.post(page, data=ACTIVITY | {"title": "Van de collega", "seen": seen})
    answer = browser.post(page, data=ACTIVITY | {"title": "Van mij", "seen": seen})
    assert answer.status_code == 409
    assert "Van de collega" in answer.text
    assert "Van mij" in answer.text
    assert saved(enterprise)["activities"][0]["title"] == "Van de collega"
    again = ACTIVITY | {"title": "Van mij", "seen": hidden(answer.text, "seen")}
    assert browser.post(page, data=again).status_code == 303
    assert saved(enterprise)["activities"][0]["title"] == "Van mij"


def test_an_activity_that_a_colleague_removed_is_offered_to_keep(browser, enterprise, as_person):
    colleague = as_person(make_member(enterprise, Role.ENTREPRENEUR), enterprise)
    page = address(enterprise, "/activiteiten/aaaa1111")
    seen = hidden(browser.get(page).text, "seen")
    assert colleague.post(page + "/verwijderen").status_code == 303
    answer = browser.post(page, data=ACTIVITY | {"seen": seen})
    assert answer.status_code == 409
    assert "verwijderd" in answer.text
    assert "Hovenier" in answer.text
    again = ACTIVITY | {"seen": hidden(answer.text, "seen")}
    assert browser.post(page, data=again).status_code == 303
    assert [a["title"] for a in saved(enterprise)["activities"]] == ["Hovenier"]


def certificates_of(enterprise):
    return [c["number"] for c in saved(enterprise)["certificates"]]


CERTIFICATE = {"kind": "pso", "level": "Trede 1", "number": "1", "valid_from": "1-2-2026"}


def test_a_certificate_of_a_stale_page_touches_no_other_one(browser, enterprise, as_person):
    page = address(enterprise, "/keurmerken/nieuw")
    for number in ("1", "2", "2"):
        browser.post(page, data=CERTIFICATE | {"number": number})
    assert certificates_of(enterprise) == ["1", "2"]
    keys = [rules.row_key(row) for row in saved(enterprise)["certificates"]]
    colleague = as_person(make_member(enterprise, Role.ENTREPRENEUR), enterprise)
    colleague.post(address(enterprise, f"/keurmerken/{keys[0]}/verwijderen"))
    answer = browser.post(
        address(enterprise, f"/keurmerken/{keys[0]}"), data=CERTIFICATE | {"number": "9"}
    )
    assert answer.status_code == 409
    assert 'value="9"' in answer.text
    assert certificates_of(enterprise) == ["2"]
    browser.post(address(enterprise, f"/keurmerken/{keys[0]}/verwijderen"))
    assert certificates_of(enterprise) == ["2"]
    browser.post(address(enterprise, f"/keurmerken/{keys[1]}"), data=CERTIFICATE | {"number": "3"})
    assert certificates_of(enterprise) == ["3"]
    assert browser.get(address(enterprise, f"/keurmerken/{keys[0]}")).status_code == 404


def test_evidence_comes_along_and_downloads_as_a_file_that_can_do_nothing(browser, enterprise):
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
    answer = browser.post(
        address(enterprise, "/keurmerken/nieuw"),
        data=CERTIFICATE | {"evidence": (io.BytesIO(pdf), "bewijs.pdf")},
    )
    assert answer.status_code == 303
    key = saved(enterprise)["certificates"][0]["evidence"]
    got = browser.get(f"/bestanden/{key}")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert enterprise.public_id
    refused = browser.post(
        address(enterprise, "/keurmerken/nieuw"),
        data=CERTIFICATE | {"evidence": (io.BytesIO(b"MZ" * 50), "virus.pdf")},
    )
    assert refused.status_code == 400
    assert "geen afbeelding" in refused.text
    assert 'value="Trede 1"' in refused.text


def test_publish_pause_history_and_restore(browser, enterprise):
    browser.post(address(enterprise, "/publiceren"))
    browser.post(address(enterprise, "/basis"), data=BASICS | {"summary": "Nieuw"})
    browser.post(address(enterprise, "/publiceren"))
    page = browser.get(address(enterprise, "/geschiedenis")).text
    assert "Versie 2" in page
    assert "korte omschrijving" in page
    revision = hidden(page, "versie")
    restore = address(enterprise, "/geschiedenis/1/terugzetten")
    stale = browser.post(restore, data={"versie": "0"})
    assert stale.status_code == 409
    assert browser.post(restore, data={"versie": revision}).status_code == 303
    assert saved(enterprise)["summary"] == "Wij onderhouden groen."
    browser.post(address(enterprise, "/pauze"), data={"pauze": "aan"})
    assert queries.published_document(enterprise) is None
    browser.post(address(enterprise, "/pauze"), data={"pauze": "uit"})
    assert queries.published_document(enterprise) is not None
    browser.post(address(enterprise, "/vertrekken"))
    assert queries.published_document(enterprise) is None


def test_own_data_is_a_file(browser, enterprise):
    answer = browser.post(address(enterprise, "/mijn-gegevens"))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert json.loads(answer.text)["draft"]["trade_name"] == "Groen Werkt"


def test_an_applicant_writes_a_draft_and_publishes_nothing(region, as_person):
    row = make_enterprise(region, approved=False)
    applicant = make_member(row, Role.ENTREPRENEUR, approved_at=None)
    browser = as_person(applicant)
    assert browser.get("/profiel").location.endswith(address(row))
    assert browser.post(address(row, "/basis"), data=BASICS).status_code == 303
    assert browser.post(address(row, "/publiceren")).status_code == 404
    assert browser.get(address(row, "/bekeken")).status_code == 404


# Contact details and the hidden address -------------------------------------------------------


def published(enterprise, person, **fields):
    row = queries.draft(enterprise)
    values = dict(fields)
    for section, (_, keys) in rules.SECTIONS.items():
        part = {key: values[key] for key in keys if key in values}
        if part:
            services.save_section(
                organisation=enterprise,
                section=section,
                values=part,
                seen={key: row.document[key] for key in keys},
                by=person,
                today=clock.today(),
            )
    services.publish(organisation=enterprise, by=person)
    make_admitted(enterprise)


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


# Hostile and mistaken input --------------------------------------------------------------------

TYPED = "Dit heb ik getypt"


@pytest.mark.parametrize(
    ("tail", "fields", "sentence"),
    [
        ("/basis", BASICS | {"trade_name": ""}, "Vul uw handelsnaam in."),
        ("/basis", BASICS | {"legal_form": "gmbh"}, "Rechtsvorm"),
        ("/basis", BASICS | {"founded_year": "3000"}, "heel getal"),
        ("/basis", BASICS | {"founded_year": "2099"}, "toekomst"),
        ("/basis", BASICS | {"founded_year": "٢٠٢٠"}, "heel getal"),
        ("/basis", BASICS | {"employees": "veel"}, "heel getal"),
        ("/basis", BASICS | {"employees": "-1"}, "heel getal"),
        ("/basis", BASICS | {"website": "javascript://x.y"}, "webadres"),
        ("/basis", BASICS | {"website": "geen adres"}, "webadres"),
        ("/basis", BASICS | {"description": "é" * 5001}, "hoogstens 5000"),
        ("/adres", {"place": TYPED, "municipality": "Utopia"}, "kennen wij niet"),
        ("/adres", {"place": TYPED, "municipality": "Bergen"}, "Bergen (L"),
        ("/adres", {"place": TYPED, "municipality": "Heerhugowaard"}, "Dijk en Waard"),
        ("/adres", {"place": TYPED, "municipality": "Haarlem", "postcode": "0123"}, "2011 AB"),
        ("/adres", {"place": TYPED, "municipality": "\x00\u202e"}, "gemeente"),
        ("/missie", {"themes": ["werk", "bestaat niet"]}, "lijst"),
        ("/missie", {"sdgs": ["18"]}, "lijst"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "00000000"}, "geen CPV-code"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "٧٧٣١٠٠٠٠"}, "geen CPV-code"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "", "sector": ""}, "gevonden"),
        ("/activiteiten/nieuw", ACTIVITY | {"municipalities": ""}, "gemeente"),
        ("/activiteiten/nieuw", ACTIVITY | {"area_kind": "maan"}, "Waar werkt u"),
        ("/activiteiten/nieuw", ACTIVITY | {"area_kind": "radius"}, "kilometer"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "veel"}, "bedrag"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "NaN"}, "bedrag"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "10", "order_max": "9"}, "groter dan"),
        ("/keurmerken/nieuw", CERTIFICATE | {"valid_from": "31-02-2026"}, "bestaande datum"),
        ("/keurmerken/nieuw", CERTIFICATE | {"valid_until": "1-1-2020"}, "begindatum"),
        ("/keurmerken/nieuw", CERTIFICATE | {"kind": ""}, "Kies het keurmerk."),
        ("/logo", {}, "Kies een bestand."),
    ],
)
def test_what_is_wrong_is_said_in_dutch_and_what_was_typed_stays(
    browser, enterprise, tail, fields, sentence
):
    before = saved(enterprise)
    answer = browser.post(address(enterprise, tail), data=fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    for value in fields.values():
        listed = value in ("gmbh", "maan")
        if isinstance(value, str) and value.isascii() and value.isprintable() and not listed:
            assert value in answer.text.replace("&#39;", "'")
    assert saved(enterprise) == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("gewoon", "gewoon"),
        ("met\x00nul", "metnul"),
        ("rechts\u202elinks", "rechtslinks"),
        ("  spaties   weg ", "spaties weg"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("e\u0301e\u0301n", "één"),
        ("🌱 groen", "🌱 groen"),
    ],
)
def test_odd_characters_are_tidied_and_shown_as_text(browser, enterprise, typed, kept):
    browser.post(address(enterprise, "/basis"), data=BASICS | {"summary": typed})
    assert saved(enterprise)["summary"] == kept
    page = browser.get(address(enterprise, "/basis"))
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_ten_megabytes_of_description_get_a_clear_answer(browser, enterprise):
    answer = browser.post(
        address(enterprise, "/basis"), data=BASICS | {"description": "x" * 10_000_000}
    )
    assert answer.status_code in (400, 413)
    assert "te lang" in answer.text or "te groot" in answer.text


@pytest.mark.parametrize("seen", ["", "geen json", "[]", "null", "7", '{"activities": 3}'])
def test_a_garbled_memory_of_what_was_seen_harms_nothing(browser, enterprise, seen):
    data = BASICS | {"summary": "Nieuw", "seen": seen}
    assert browser.post(address(enterprise, "/basis"), data=data).status_code == 303
    answer = browser.post(
        address(enterprise, "/activiteiten/nieuw"), data=ACTIVITY | {"seen": seen}
    )
    assert answer.status_code == 303
    assert len(saved(enterprise)["activities"]) == 2


# Counting -------------------------------------------------------------------------------------


def test_lists_of_a_profile_ask_the_database_as_often_for_one_as_for_thirty(
    browser, enterprise, person, region
):
    def look():
        counts = []
        for tail in ("/geschiedenis", "/bekeken", "/activiteiten", "/keurmerken"):
            with counted() as statements:
                assert browser.get(address(enterprise, tail)).status_code == 200
            counts.append(len(statements))
        return counts

    published(enterprise, person)
    look_at(enterprise, region, 1)
    one = look()
    for number in range(29):
        published(enterprise, person, summary=f"Tekst {number}")
    look_at(enterprise, region, 29)
    many = [activity(id=f"{n:08d}", title=f"Nr {n}") for n in range(30)]
    published(enterprise, person, activities=many, contacts=[contact()])
    assert look() == one


def look_at(enterprise, region, times):
    for _ in range(times):
        authority = make_organisation(Kind.AUTHORITY, region_id=region.id)
        buyer = make_member(authority, Role.BUYER)
        services.reveal_contacts(organisation=enterprise, by=buyer, acting_for=authority)


@pytest.mark.parametrize("tail", ["/basis", "/activiteiten/nieuw", "/activiteiten/aaaa1111"])
def test_a_garbled_memory_of_what_was_seen_breaks_nothing(browser, enterprise, tail):
    for seen in ("[" * 100_000, "{", "null", '{"activity": 3, "id": [1]}'):
        answer = browser.post(address(enterprise, tail), data={"seen": seen})
        assert answer.status_code in (303, 400), (tail, seen[:20])


@pytest.mark.parametrize("name", ["a_1", "aaaa11111", "%3Cb%3Ehoi%3C", "aaaa-111"])
def test_an_activity_gets_no_id_of_a_strangers_making(browser, enterprise, name):
    answer = browser.post(address(enterprise, f"/activiteiten/{name}"), data=ACTIVITY)
    assert answer.status_code == 404
    assert [a["id"] for a in saved(enterprise)["activities"]] == ["aaaa1111"]


def test_a_file_waits_for_the_second_factor(app, browser, enterprise, region, as_person):
    pdf = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
    browser.post(
        address(enterprise, "/keurmerken/nieuw"),
        data=CERTIFICATE | {"evidence": (io.BytesIO(pdf), "bewijs.pdf")},
    )
    where = f"/bestanden/{saved(enterprise)['certificates'][0]['evidence']}"
    staff = as_person(make_member(region, Role.BROKER), region)
    assert staff.get(where).status_code == 200
    app.config["SECOND_FACTOR_REQUIRED"] = True
    with transaction():
        db.session.execute(update(SignInSession).values(second_factor_at=None))
    assert staff.get(where).status_code == 404
    assert browser.get(where).status_code == 200, "an entrepreneur needs no second factor"


def test_uploads_are_limited_per_day_and_in_all(browser, enterprise, person, monkeypatch):
    monkeypatch.setattr(services, "UPLOADS_PER_DAY", 2)
    text = {"evidence": (io.BytesIO(b"niets"), "bewijs.pdf")}
    for expected in ("geen afbeelding", "geen afbeelding", "te vaak"):
        data = CERTIFICATE | {key: (io.BytesIO(b"niets"), name) for key, (_, name) in text.items()}
        answer = browser.post(address(enterprise, "/keurmerken/nieuw"), data=data)
        assert answer.status_code == 400
        assert expected in answer.text
    monkeypatch.setattr(services, "UPLOADS_PER_DAY", 60)
    monkeypatch.setattr(services, "MAX_KEPT_BYTES", 0)
    data = {"logo": (io.BytesIO(b"niets"), "logo.png")}
    assert "200 MB" in browser.post(address(enterprise, "/logo"), data=data).text
