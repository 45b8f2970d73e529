"""Workbooks over HTTP: without scripts, with hostile answers, for strangers."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.makers import make_member, make_organisation, make_person, make_region
from tests.queries_counted import counted

from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.toolbox import queries_workbook, services_workbook

HOSTILE = "<script>alert(1)</script> <svg onload=alert(2)> [x](javascript:alert(3))"


class Site:
    """A workbook with its manager's browser and a stranger's."""

    def __init__(self, as_person: Callable[..., FlaskClient]) -> None:
        self.region = make_region()
        self.sanne = make_member(self.region, Role.BROKER, person=make_person("Sanne"))
        self.book = services_workbook.create(
            organisation=self.region, name="Aanpak", purpose="", by=self.sanne
        )
        self.home = f"/toolbox/werkboeken/{self.book.public_id}"
        self.browser = as_person(self.sanne, self.region)
        stranger = make_member(make_organisation(Kind.COMPANY), Role.BUYER)
        self.stranger = as_person(stranger)

    def save(self, question: str, fields: dict[str, Any], version: int = 0, **more: Any) -> Any:
        data = {f"{question}:{name}": value for name, value in fields.items()}
        return self.browser.post(
            f"{self.home}/antwoord/{question}", data=data | {"versie": version}, **more
        )

    def value(self, question: str) -> dict[str, Any]:
        row = queries_workbook.answer(self.book, question)
        return row.value if row else {}


@pytest.fixture
def site(app: Any, as_person: Callable[..., FlaskClient]) -> Site:
    return Site(as_person)


def test_saving_without_scripts_leads_back_to_the_question(site: Site) -> None:
    answer = site.save("m1-doelen", {"antwoord": "Drie bezoeken"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"{site.home}/draagvlak#m1-doelen"
    assert "Drie bezoeken" in site.browser.get(f"{site.home}/draagvlak").text


def test_saving_while_typing_gives_the_new_version(site: Site) -> None:
    answer = site.save("m1-doelen", {"antwoord": "x"}, headers={"HX-Request": "true"})
    assert 'id="m1-doelen-versie" name="versie" value="1"' in answer.text
    assert "Bewaard op" in answer.text


@pytest.mark.parametrize(
    ("question", "fields"),
    [
        ("m1-doelen", {"antwoord": HOSTILE}),
        ("m3-overzicht", {"cel-0-naam": HOSTILE}),
        ("m7-team", {"partij-0": HOSTILE, "van-0": HOSTILE, "naar-0": "Net", "lijn-0": HOSTILE}),
        ("m8-kaart", {"schakel-netwerk": HOSTILE}),
    ],
)
def test_hostile_answer_stays_text_everywhere(
    site: Site, question: str, fields: dict[str, Any]
) -> None:
    assert site.save(question, fields).status_code == 303
    assert site.value(question)
    slug = {"m1": "draagvlak", "m3": "ondernemers-vinden", "m7": "innoveren", "m8": "ecosysteem"}
    pages = [f"{site.home}/{slug[question[:2]]}", f"{site.home}/afdrukken"]
    for page in pages:
        html = site.browser.get(page).text
        assert "<script>alert" not in html
        assert "<svg onload" not in html
        assert "&lt;script&gt;" in html
        assert 'href="javascript' not in html
    for kind in ("pdf", "docx", "md", "json"):
        made = site.browser.post(f"{site.home}/ophalen", data={"soort": kind})
        assert made.status_code == 200
        assert made.headers["Content-Disposition"].startswith("attachment")


def test_refused_answer_is_shown_with_what_was_typed(site: Site) -> None:
    answer = site.save("m7-team", {"partij-0": "Alleen", "van-0": "Alleen", "lijn-0": "half"})
    assert answer.status_code == 400
    assert "vul beide in" in answer.text
    assert 'value="half"' in answer.text
    assert site.value("m7-team") == {}


def test_a_stranger_finds_no_page_and_no_button(site: Site) -> None:
    for path in ("", "/draagvlak", "/beheer", "/inlezen", "/afdrukken"):
        assert site.stranger.get(site.home + path).status_code == 404
    for path in ("/antwoord/m1-doelen", "/ophalen", "/wissen", "/uit-browser", "/wegleggen"):
        assert site.stranger.post(site.home + path).status_code == 404


def test_unknown_question_and_button_are_not_found(site: Site) -> None:
    assert site.save("m1-weg", {"antwoord": "x"}).status_code == 404
    assert site.browser.post(f"{site.home}/antwoord/m1-doelen/dansen").status_code == 404
    assert site.browser.post(f"{site.home}/wissen", data={"wat": "weg"}).status_code == 404


def test_party_of_the_register_or_a_free_one_joins_the_map(site: Site) -> None:
    site.save("m8-kaart", {"schakel-netwerk": "Impact Noord"})
    for name in ("De Soepketel", "De Soepketel"):
        site.browser.post(
            f"{site.home}/antwoord/m8-kaart/partij", data={"schakel": "netwerk", "partij": name}
        )
    assert site.value("m8-kaart") == {"links": {"netwerk": ["Impact Noord", "De Soepketel"]}}
    assert site.browser.get(f"{site.home}/ecosysteem").text.count("nog leeg") == 5


def test_answers_of_a_browser_move_in(site: Site) -> None:
    kept = '{"m1-doelen": {"antwoord": ["Drie"]}, "m2-vorm": {"antwoord": ["weg"]}, "x": 3}'
    answer = site.browser.post(
        f"{site.home}/uit-browser", data={"antwoorden": kept}, follow_redirects=True
    )
    assert "1 antwoord uit uw browser is overgenomen." in answer.text
    assert site.value("m1-doelen") == {"text": "Drie"}
    for broken in ("", "[]", "{", "[" * 5000, "1" * 5000):
        answer = site.browser.post(
            f"{site.home}/uit-browser", data={"antwoorden": broken}, follow_redirects=True
        )
        assert "onleesbaar" in answer.text


def test_wrong_file_says_why(site: Site) -> None:
    data = {"file": (BytesIO(b"{}"), "x.json")}
    answer = site.browser.post(f"{site.home}/inlezen", data=data)
    assert answer.status_code == 400
    assert "niet met “Ophalen als JSON” gemaakt" in answer.text


def test_page_of_a_module_asks_as_much_for_many_answers(site: Site) -> None:
    page = f"{site.home}/draagvlak"
    site.save("m1-doelen", {"antwoord": "een"})
    site.browser.get(page)
    with counted() as few:
        site.browser.get(page)
    for question in ("m1-medestanders", "m1-overtuigen"):
        site.save(question, {"antwoord": "twee"})
    with counted() as many:
        site.browser.get(page)
    assert len(many) == len(few)
