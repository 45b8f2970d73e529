"""Pages about organisations: what works, what is refused, what does not exist for a stranger."""

import pytest
from sqlalchemy import select
from tests.makers import (
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_region,
)
from tests.queries_counted import counted

from impactmakelaar.core import clock, mail
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations import permissions, queries, services_invitations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role


@pytest.fixture
def region(app):
    return make_region()


@pytest.fixture
def staff(region, as_person):
    return as_person(make_member(region, Role.REGION_ADMIN), region)


def page_of(row, tail=""):
    return f"/regio/organisaties/{row.public_id}{tail}"


@pytest.mark.parametrize(
    ("name", "number", "sentence"),
    [
        ("", "01234567", "Vul de naam in."),
        ("Groen", "", "Vul het KVK-nummer in."),
        ("Groen", "1234", "8 cijfers"),
        ("Groen", "000012345678", "vestigingsnummer"),
        ("Groen", "\u202e1234567٨", "8 cijfers"),
        ("x" * 201, "01234567", "te lang"),
        ("\x00", "01234567", "Vul de naam in."),
    ],
)
def test_registering_says_what_is_wrong_and_keeps_what_was_typed(
    region, as_person, name, number, sentence
):
    browser = as_person(make_person())
    answer = browser.post("/onderneming-aanmelden", data={"name": name, "kvk_number": number})
    assert answer.status_code == 400
    assert sentence in answer.text
    for value in (name, number):
        if value.isascii() and value.isprintable():
            assert f'value="{value}"' in answer.text
    assert queries.known_enterprises(region) == []


def test_registering_waits_for_staff_who_approve_it(region, staff, as_person):
    person = make_person()
    browser = as_person(person)
    data = {"name": "Groen Werkt", "kvk_number": "0123 4567"}
    for _ in range(2):
        assert browser.post("/onderneming-aanmelden", data=data).status_code == 303
    enterprise = queries.known_enterprises(region)[0]
    assert not permissions.may_act_for(person, enterprise)
    assert "Groen Werkt" in staff.get("/regio").text
    where = f"/regio/aanvragen/{queries.waiting_of(person)[0].public_id}"
    assert "01234567" in staff.get(where).text
    assert browser.get(where).status_code == 403
    assert staff.post(where, data={"besluit": "goedkeuren"}).status_code == 303
    assert permissions.may_act_for(person, db.session.get(Organisation, enterprise.id))
    assert staff.post(where, data={"besluit": "goedkeuren"}).status_code == 303


def test_refusing_without_a_reason_is_asked_again(region, staff, as_person):
    person = make_person()
    as_person(person).post(
        "/onderneming-aanmelden", data={"name": "Groen", "kvk_number": "01234567"}
    )
    where = f"/regio/aanvragen/{queries.waiting_of(person)[0].public_id}"
    answer = staff.post(where, data={"besluit": "afwijzen", "reason": " "})
    assert answer.status_code == 400
    assert "Geef een reden." in answer.text
    done = staff.post(where, data={"besluit": "afwijzen", "reason": "Niet ingeschreven"})
    assert done.status_code == 303
    assert queries.waiting_of(person) == []


def test_staff_of_another_region_find_nothing(region, as_person):
    elsewhere = make_region("Elders")
    stranger = as_person(make_member(elsewhere, Role.BROKER), elsewhere)
    enterprise = make_enterprise(region)
    make_member(enterprise, Role.ENTREPRENEUR)
    asked = make_member(enterprise, Role.ENTREPRENEUR, approved_at=None)
    waiting = queries.waiting_of(asked)[0]
    for where in (
        page_of(enterprise),
        page_of(enterprise, "/profiel"),
        f"/organisaties/{enterprise.public_id}/mensen",
        f"/organisaties/{enterprise.public_id}/logboek",
        f"/regio/aanvragen/{waiting.public_id}",
    ):
        assert stranger.get(where).status_code == 404, where
    for where in (
        page_of(enterprise, "/goedkeuren"),
        page_of(enterprise, "/opvolger"),
        page_of(enterprise, "/publiceren"),
        page_of(enterprise, "/beeindigen"),
        f"/organisaties/{enterprise.public_id}/uitnodigen",
    ):
        assert stranger.post(where).status_code == 404, where
    assert enterprise.name not in stranger.get("/regio/organisaties").text


def test_one_person_switches_visibly_between_organisations(region, as_person):
    first, second = make_enterprise(region, "Eerste BV"), make_enterprise(region, "Tweede BV")
    foreign = make_enterprise(region, "Vreemd BV")
    person = make_member(first, Role.ENTREPRENEUR)
    make_member(second, Role.ENTREPRENEUR, person=person)
    browser = as_person(person, first)
    assert "Eerste BV" in browser.get("/wisselen").text
    assert browser.get("/profiel").location.endswith(first.public_id)
    answer = browser.post("/wisselen", data={"organisatie": second.public_id})
    assert answer.status_code == 303
    assert browser.get("/profiel").location.endswith(second.public_id)
    for key in (foreign.public_id, "", "x"):
        assert browser.post("/wisselen", data={"organisatie": key}).status_code == 404


def test_a_successor_is_linked_and_what_is_wrong_loses_nothing(region, staff):
    old, new = make_enterprise(region, "Zaak"), make_enterprise(region, "Zaak BV")
    day = clock.today().strftime("%d-%m-%Y")
    good = {"successor": new.kvk_number, "effective_on": day, "reason": "Andere vorm"}
    for wrong, sentence in (
        ({"successor": "123"}, "8 cijfers"),
        ({"successor": "00000001"}, "geen goedgekeurde"),
        ({"effective_on": "31-02-2026"}, "bestaande datum"),
        ({"effective_on": "1-1-2099"}, "toekomst"),
        ({"reason": ""}, "toelichting"),
    ):
        answer = staff.post(page_of(old, "/opvolger"), data=good | wrong)
        assert answer.status_code == 400
        assert sentence in answer.text
        for value in (good | wrong).values():
            assert f'value="{value}"' in answer.text
    assert staff.post(page_of(old, "/opvolger"), data=good).status_code == 303
    assert "Voorheen" in staff.get(page_of(new)).text
    assert "Gaat verder als" in staff.get(page_of(old)).text


def test_a_lead_is_approved_on_a_button(region, staff):
    lead = make_enterprise(region, approved=False, source="lijst", source_id="1")
    assert staff.get(page_of(lead, "/goedkeuren")).status_code == 405
    assert staff.post(page_of(lead, "/goedkeuren")).status_code == 303
    assert db.session.get(Organisation, lead.id).kvk_approved_at is not None


def test_a_leaver_hands_over_to_a_colleague(region, as_person):
    enterprise = make_enterprise(region)
    leaver, stays = (make_member(enterprise, Role.ENTREPRENEUR) for _ in range(2))
    browser = as_person(leaver, enterprise)
    where = f"/rollen/{queries.active_memberships(leaver)[0].public_id}/beeindigen"
    assert stays.name in browser.get(where).text
    assert as_person(make_person()).get(where).status_code == 404
    assert browser.post(where, data={"successor": "x"}).status_code == 400
    assert browser.post(where, data={"successor": stays.public_id}).status_code == 303
    assert queries.active_memberships(leaver) == []


def test_staff_add_an_organisation_and_invite_its_first_person(region, staff):
    data = {"kind": "authority", "name": "Gemeente Haarlem", "kvk_number": ""}
    assert staff.post("/regio/organisaties/nieuw", data=data).status_code == 303
    row = db.session.scalars(select(Organisation).where(Organisation.kind == "authority")).one()
    where = f"/organisaties/{row.public_id}"
    person = {"name": "Nour", "email": "nour@haarlem.example", "role": "buyer"}
    assert staff.post(f"{where}/uitnodigen", data=person).status_code == 303
    assert "nour@haarlem.example" in staff.get(f"{where}/mensen").text
    wrong = staff.post(f"{where}/uitnodigen", data=person | {"email": "geen adres"})
    assert wrong.status_code == 400
    assert "volledig e-mailadres" in wrong.text
    forged = staff.post(f"{where}/uitnodigen", data=person | {"role": "region_admin"})
    assert forged.status_code == 400
    enterprise = staff.post("/regio/organisaties/nieuw", data=data | {"kind": "enterprise"})
    assert enterprise.status_code == 400


@pytest.mark.parametrize("page", ["1", "0", "-1", "999999999999", "x", "٣"])
def test_a_page_beyond_the_end_is_a_page(region, staff, page):
    assert staff.get("/regio/organisaties", query_string={"pagina": page}).status_code == 200


def test_lists_ask_the_database_as_often_for_one_as_for_thirty(region, staff, as_person):
    authority = make_organisation(Kind.AUTHORITY, region_id=region.id)
    person = make_member(authority, Role.BUYER)
    member = as_person(person, authority)
    pages = {
        "/regio": staff,
        "/regio/organisaties": staff,
        "/regio/gemeenten": staff,
        f"/organisaties/{authority.public_id}/mensen": staff,
        f"/organisaties/{authority.public_id}/logboek": staff,
        "/wisselen": member,
    }

    def look():
        found = {}
        for where, browser in pages.items():
            with counted() as statements:
                assert browser.get(where).status_code == 200, where
            found[where] = len(statements)
        return found

    def grow(times):
        for _ in range(times):
            enterprise = make_enterprise(region)
            make_member(enterprise, Role.ENTREPRENEUR, person=person)
            make_member(enterprise, Role.ENTREPRENEUR, approved_at=None)
            make_member(authority, Role.BUYER)

    grow(1)
    one = look()
    grow(29)
    assert look() == one


def test_staff_see_the_mail_that_did_not_reach_people_of_their_own_region(app, region, staff):
    other = make_region("Elders")
    theirs = make_organisation(Kind.AUTHORITY, "Gemeente Elders", region_id=other.id)
    ours = make_organisation(Kind.AUTHORITY, "Gemeente Hier", region_id=region.id)
    here, elsewhere = make_member(ours, Role.BUYER), make_member(theirs, Role.BUYER)
    services_invitations.invite(
        organisation=theirs,
        email="genodigd@elders.example",
        name="G",
        role=Role.BUYER,
        by=elsewhere,
    )
    with transaction():
        for person in (here, elsewhere, make_person(email="los@test.example")):
            mail.post(mail.Mail(person.email, "Onderwerp", "Tekst", "test"), person=person)
        for row in db.session.scalars(select(mail.OutboxMail)):
            row.last_error = "TimeoutError"
    page = staff.get("/regio/mail").text
    assert here.email in page
    assert "los@test.example" in page, "nobody would look after who belongs nowhere yet"
    assert elsewhere.email not in page
    assert "genodigd@elders.example" not in page
    assert {row.recipient for row in queries.failed_mails(other)} == {
        elsewhere.email,
        "genodigd@elders.example",
    }


def test_the_trail_of_a_member_tells_what_he_did_for_that_organisation_alone(region, as_person):
    first, second = (
        make_organisation(Kind.AUTHORITY, name, region_id=region.id) for name in ("Een", "Twee")
    )
    buyer, colleague = make_member(first, Role.BUYER), make_member(first, Role.BUYER)
    make_member(second, Role.BUYER, person=buyer)
    for place, email in ((first, "a@test.example"), (second, "b@test.example")):
        services_invitations.invite(
            organisation=place, email=email, name="N", role=Role.BUYER, by=buyer
        )
    [here] = [m for m in queries.members(first) if m.person_id == buyer.id]
    [there] = [m for m in queries.members(second) if m.person_id == buyer.id]
    reader = as_person(colleague, first)
    page = reader.get(f"/rollen/{here.public_id}/logboek").text
    assert page.count("nodigde iemand uit") == 1
    assert reader.get(f"/rollen/{there.public_id}/logboek").status_code == 404
