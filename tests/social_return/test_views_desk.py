"""What social return puts on "mijn bureau", and for whom."""

from collections.abc import Callable
from datetime import date

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import services
from tests.makers import make_member, make_region
from tests.social_return.makers import STATED, TODAY, heading, make_contract, make_place

SignIn = Callable[..., FlaskClient]


def desk(browser: FlaskClient) -> str:
    """The page."""
    answer = browser.get("/bureau")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_contract_waits_for_the_contractor_and_then_for_the_officer(
    app: Flask, as_person: SignIn
) -> None:
    place = make_place()
    row = services.register_contract(
        authority=place.authority,
        contractor=place.contractor,
        heading=heading(),
        stated=STATED,
        by=place.builder,
    )
    address = f'href="/social-return/opdrachten/{row.public_id}"'
    builder, officer = (place.builder, place.contractor), (place.officer, place.region)
    stranger = make_member(make_region("Andere regio"), Role.SROI_OFFICER)

    assert "Onderhoud wegen: aanmelding insturen" in desk(as_person(*builder))
    assert address not in desk(as_person(*officer))
    services.submit(row=row, by=place.builder)
    assert address not in desk(as_person(*builder))
    assert "Onderhoud wegen: verplichting vaststellen" in desk(as_person(*officer))
    assert address not in desk(as_person(stranger))
    services.confirm(row=row, by=place.officer, today=TODAY)
    assert address not in desk(as_person(*officer))


def test_what_was_not_met_is_late_after_the_end(app: Flask, as_person: SignIn) -> None:
    place = make_place()
    make_contract(place)
    browser = as_person(place.builder, place.contractor)
    with time_machine.travel(date(2027, 12, 31), tick=False):
        before = desk(as_person(place.builder, place.contractor))
    with time_machine.travel(date(2028, 1, 2), tick=False):
        after = desk(as_person(place.builder, place.contractor))
    assert "te vervullen" not in before
    assert "Onderhoud wegen: nog €\u00a020.000 te vervullen" in after
    assert "liep tot en met 31 december 2027" in after
    assert "te vervullen" not in desk(browser)
