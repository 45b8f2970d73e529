"""Pages of the intake table: the road of an organiser and of who was invited; strangers get 404."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.intake import queries, services_publish
from impactmakelaar.intake.rules_table import Coming
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import queries_agreement as ledger_agreements
from tests.conftest import on_both
from tests.intake.makers import VALUES, invite_all, make_programme, make_world, propose
from tests.makers import make_member, make_region

As = Callable[..., FlaskClient]
FORM = VALUES | {"held_on": "10-12-2099", "starts_at": "13.30", "breaks": "2: 15"}


def test_organiser_plans_invites_proposes_and_publishes(app: Flask, as_person: As) -> None:
    world = make_world(1, 2)
    browser = as_person(world.officer, world.place.region)

    made = browser.post("/intaketafel/nieuw", data=FORM | {"title": "Intaketafel lente"})
    assert made.status_code == 303
    address = made.headers["Location"].removesuffix("/uitnodigen")
    public_id = address.rsplit("/", 1)[1]
    invited = browser.post(
        f"{address}/uitnodigen", data={"contracts": [world.contracts[0].public_id]}
    )
    assert invited.status_code == 303
    row = queries.table(public_id)
    assert row is not None
    assert [p.state for p in queries.participants(row)] == [Coming.INVITED]
    page = browser.get(address).get_data(as_text=True)
    assert "uitgenodigd" in page
    assert "Nog niemand heeft bevestigd" in browser.post(
        f"{address}/voorstel", follow_redirects=True
    ).get_data(as_text=True)


def test_wrong_form_keeps_what_was_typed(app: Flask, as_person: As) -> None:
    world = make_world(1, 0)
    browser = as_person(world.officer, world.place.region)

    answer = browser.post(
        "/intaketafel/nieuw", data=FORM | {"starts_at": "half twee", "place": "De Zaal"}
    )

    assert answer.status_code == 400
    text = answer.get_data(as_text=True)
    assert "Vul een tijd in" in text
    assert "half twee" in text
    assert "De Zaal" in text


def test_proposal_is_shown_with_how_good_it_is(app: Flask, as_person: As) -> None:
    world = make_world()
    invite_all(world)
    propose(world)

    page = as_person(world.officer, world.place.region).get(f"/intaketafel/{world.table.public_id}")

    text = page.get_data(as_text=True)
    assert "Dit is bewezen de beste verdeling" in text
    assert "3 van 3" in text
    assert "Groenbedrijf 1" in text


def test_pair_page_says_why_and_what_forcing_costs(app: Flask, as_person: As) -> None:
    world = make_world()
    invite_all(world)
    propose(world)
    contractor, enterprise = world.of(world.place.contractor), world.of(world.enterprises[0])

    page = as_person(world.officer, world.place.region).get(
        f"/intaketafel/{world.table.public_id}/paar",
        query_string={"contractor": contractor.public_id, "enterprise": enterprise.public_id},
    )

    text = page.get_data(as_text=True)
    assert "van 100 punten" in text
    assert "afdwingen kost" in text


def test_enterprise_answers_and_sees_what_a_deal_counts_for(app: Flask, as_person: As) -> None:
    world = make_world(1, 1)
    invite_all(world, confirm=False)
    one = world.of(world.enterprises[0])
    browser = as_person(world.entrepreneurs[0], world.enterprises[0])
    address = f"/intaketafel/deelname/{one.public_id}"

    assert "telt voor" in browser.get(address).get_data(as_text=True)
    answer = browser.post(address, data={"comes": "yes", "away": ["0"]})

    assert answer.status_code == 303
    one = world.of(world.enterprises[0])
    assert (one.state, one.away) == (Coming.CONFIRMED, [0])


def test_nothing_chosen_is_said_in_words(app: Flask, as_person: As) -> None:
    world = make_world(1, 1)
    invite_all(world, confirm=False)
    one = world.of(world.enterprises[0])
    browser = as_person(world.entrepreneurs[0], world.enterprises[0])

    answer = browser.post(f"/intaketafel/deelname/{one.public_id}", data={})

    assert answer.status_code == 400
    assert "Laat weten of u komt" in answer.get_data(as_text=True)


def test_contractor_books_a_deal_from_the_page(app: Flask, as_person: As) -> None:
    world = make_world(1, 1)
    make_programme(world)
    meeting = world.meetings()[0]
    need = queries.needs_of(meeting.contractor)[0].public_id
    offer = queries.offers_of(meeting.enterprise)[0].public_id
    browser = as_person(world.place.builder, world.place.contractor)
    address = f"/intaketafel/gesprekken/{meeting.public_id}"
    data = {
        "pair": f"{need}:{offer}",
        "units": "3",
        "starts_on": "1-1-2027",
        "ends_on": "1-6-2027",
        "once": "een",
    }

    refused = browser.post(f"{address}/afspraak", data=data | {"units": "999"})
    booked = browser.post(f"{address}/afspraak", data=data)

    assert refused.status_code == 400
    assert "999" in refused.get_data(as_text=True)
    assert booked.status_code == 303
    assert "afspraak gemaakt" in browser.get(address).get_data(as_text=True)
    assert len(ledger_agreements.agreements(world.contracts[0])) == 1


@on_both
@pytest.mark.parametrize("pair", ["a\x00b", "a\x00b:c", ":", "onzin", "1:" * 400])
def test_garbled_choice_of_a_deal_is_said_in_words_and_loses_nothing(
    app: Flask, as_person: As, pair: str
) -> None:
    world = make_world(1, 1)
    make_programme(world)
    browser = as_person(world.place.builder, world.place.contractor)
    data = {"pair": pair, "units": "3", "starts_on": "1-1-2027", "ends_on": "1-6-2027"}

    answer = browser.post(
        f"/intaketafel/gesprekken/{world.meetings()[0].public_id}/afspraak",
        data=data | {"note": "Dit heb ik getypt", "once": "x"},
    )

    assert answer.status_code == 400
    assert "Kies waarover de afspraak gaat." in answer.text
    assert "Dit heb ik getypt" in answer.text


def test_enterprise_cannot_book_on_another_s_obligation(app: Flask, as_person: As) -> None:
    world = make_world(1, 1)
    make_programme(world)
    meeting = world.meetings()[0]
    browser = as_person(world.entrepreneurs[0], world.enterprises[0])

    address = f"/intaketafel/gesprekken/{meeting.public_id}"

    assert browser.get(address).status_code == 200
    assert browser.post(f"{address}/afspraak", data={}).status_code == 404


def test_day_screen_repairs(app: Flask, as_person: As) -> None:
    world = make_world()
    make_programme(world)
    browser = as_person(world.officer, world.place.region)
    gone = world.of(world.enterprises[0])
    address = f"/intaketafel/{world.table.public_id}"

    assert browser.get(f"{address}/dag").status_code == 200
    answer = browser.post(
        f"{address}/aanwezigheid",
        data={"participant": gone.public_id, "wat": "niet"},
        follow_redirects=True,
    )

    assert "Alle andere gesprekken staan nog waar ze stonden" in answer.get_data(as_text=True)


def test_prints_and_calendar(app: Flask, as_person: As) -> None:
    world = make_world()
    make_programme(world)
    browser = as_person(world.officer, world.place.region)

    for kind in ("tafels", "deelnemers", "rondes"):
        page = browser.get(f"/intaketafel/{world.table.public_id}/afdrukken/{kind}")
        assert "Groenbedrijf 1" in page.get_data(as_text=True)
    other = browser.get(f"/intaketafel/{world.table.public_id}/afdrukken/anders")
    assert other.status_code == 404
    one = world.of(world.enterprises[0])
    file = browser.get(f"/intaketafel/deelname/{one.public_id}/agenda.ics")
    assert file.mimetype == "text/calendar"
    assert b"TZID=Europe/Amsterdam" in file.data


def test_strangers_find_nothing(app: Flask, as_person: As) -> None:
    world = make_world(1, 2)
    make_programme(world)
    elsewhere = make_region("Elders")
    officer = as_person(make_member(elsewhere, Role.SROI_OFFICER), elsewhere)
    first, second = world.enterprises
    neighbour = as_person(world.entrepreneurs[1], second)
    meeting = next(m for m in world.meetings() if m.enterprise.organisation_id == first.id)

    assert officer.get(f"/intaketafel/{world.table.public_id}").status_code == 404
    assert officer.post(f"/intaketafel/{world.table.public_id}/publiceren").status_code == 404
    assert neighbour.get(f"/intaketafel/deelname/{world.of(first).public_id}").status_code == 404
    assert neighbour.get(f"/intaketafel/gesprekken/{meeting.public_id}").status_code == 404
    assert neighbour.get(f"/intaketafel/{world.table.public_id}").status_code == 403


def test_programme_is_hidden_until_it_is_published(app: Flask, as_person: As) -> None:
    world = make_world(1, 1)
    invite_all(world)
    propose(world)
    one = world.of(world.enterprises[0])
    browser = as_person(world.entrepreneurs[0], world.enterprises[0])
    address = f"/intaketafel/deelname/{one.public_id}"

    assert "tafel 1" not in browser.get(address).get_data(as_text=True)
    assert browser.get(f"{address}/agenda.ics").status_code == 404
    services_publish.publish(row=world.table, by=world.officer)
    assert "tafel 1" in browser.get(address).get_data(as_text=True)
