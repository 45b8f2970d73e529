"""Pages of a profile: what works, what is refused, what does not exist for a stranger."""

import io
import json

import pytest
from sqlalchemy import update
from tests.makers import (
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
)
from tests.profiles.documents import activity, contact
from tests.profiles.pages import (
    ACTIVITY,
    BASICS,
    CERTIFICATE,
    address,
    hidden,
    published,
    saved,
)
from tests.queries_counted import counted

from impactmakelaar.accounts.models import SignInSession
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import queries, rules, services

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
