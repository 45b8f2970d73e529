"""Requests in the log: who may see one reads its name, who only sees the log does not."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from tests.makers import make_member
from tests.queries_counted import counted
from tests.tenders.makers import make_draft, make_scene

from impactmakelaar.organisations.rules import Role

SignIn = Callable[..., FlaskClient]


def test_a_buyer_reads_which_request_a_line_is_about(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    make_draft(scene, title="Hagen snoeien")
    address = f"/organisaties/{scene.authority.public_id}/logboek"

    buyer = as_person(scene.colleague).get(address).text
    own = as_person(scene.buyer).get("/account/logboek").text

    assert "wijzigde een opdracht: Hagen snoeien" in buyer
    assert "wijzigde een opdracht: Hagen snoeien" in own


def test_staff_of_the_region_read_that_something_happened_and_not_what(
    app: Flask, as_person: SignIn
) -> None:
    scene = make_scene(1)
    make_draft(scene, title="Hagen snoeien")
    admin = make_member(scene.region, Role.REGION_ADMIN)

    page = as_person(admin).get(f"/organisaties/{scene.authority.public_id}/logboek").text

    assert "wijzigde een opdracht" in page
    assert "Hagen snoeien" not in page


def test_a_long_log_asks_the_database_no_more_than_a_short_one(
    app: Flask, as_person: SignIn
) -> None:
    scene = make_scene(1)
    browser = as_person(scene.colleague)
    address = f"/organisaties/{scene.authority.public_id}/logboek"

    make_draft(scene)
    with counted() as few:
        browser.get(address)
    for _ in range(8):
        make_draft(scene)
    with counted() as many:
        browser.get(address)

    assert len(many) == len(few)
