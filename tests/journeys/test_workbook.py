"""The workbook as colleagues use it: at the same moment, with undo, files and a browser's store."""

import io
import re
from collections.abc import Callable

import pytest
from docx import Document
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Site, sign_in

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
GOALS = "Welke doelen kunt u binnen drie tot zes maanden halen?"


def new_book(page: Page) -> str:
    """Make a workbook and give its address."""
    page.goto("/toolbox/werkboeken")
    page.get_by_label("Naam van het werkboek").fill("Onze aanpak")
    page.get_by_role("button", name="Werkboek maken").click()
    expect(page.get_by_role("heading", name="Onze aanpak")).to_be_visible()
    return page.url.removesuffix("/")


def test_two_colleagues_at_one_question_keep_both_texts(site: Site, visit: Visit) -> None:
    one, other = visit(), visit()
    sign_in(one, "inkoper@test.example")
    sign_in(other, "collega@test.example")
    book = new_book(one)
    one.goto(f"{book}/draagvlak")
    other.goto(f"{book}/draagvlak")

    one.get_by_label(GOALS).fill("Doelen van Ingrid")
    expect(one.locator("#m1-doelen-bewaard")).to_contain_text("Bewaard")
    other.get_by_label(GOALS).fill("Doelen van Coen")
    expect(other.locator("#m1-doelen-bewaard")).to_contain_text("schreef hier tegelijk")

    one.reload()
    box = one.locator("#m1-doelen")
    expect(box.get_by_label(GOALS)).to_have_value("Doelen van Ingrid")
    expect(box.get_by_text("Doelen van Coen").first).to_be_visible()
    box.get_by_role("button", name="Voeg samen").click()
    expect(one.get_by_label(GOALS)).to_have_value("Doelen van Ingrid\n\nDoelen van Coen")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_module_is_emptied_and_comes_back(site: Site, visit: Visit, scripts: bool) -> None:
    page = visit(scripts=scripts)
    sign_in(page, "inkoper@test.example")
    book = new_book(page)
    page.goto(f"{book}/draagvlak")
    page.get_by_label(GOALS).fill("Drie bezoeken")
    page.locator("#m1-doelen").get_by_role("button", name="Opslaan").click()
    expect(page.locator("#m1-doelen-bewaard")).to_contain_text(re.compile("Bewaard|Ingrid"))

    page.goto(book)
    page.get_by_role("button", name="Module wissen").click()
    expect(page.get_by_text("0 van 44 vragen ingevuld").first).to_be_visible()
    page.get_by_role("button", name="Herstellen").click()
    page.goto(f"{book}/draagvlak")
    expect(page.get_by_label(GOALS)).to_have_value("Drie bezoeken")


def test_word_file_is_fetched_and_read_back(site: Site, visit: Visit) -> None:
    page = visit()
    sign_in(page, "inkoper@test.example")
    book = new_book(page)
    page.goto(f"{book}/draagvlak")
    page.get_by_label(GOALS).fill("Drie bezoeken & <b>vet</b>")
    expect(page.locator("#m1-doelen-bewaard")).to_contain_text("Bewaard")
    page.goto(book)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Word (DOCX)").click()
    words = [p.text for p in Document(io.BytesIO(fetched.value.path().read_bytes())).paragraphs]
    assert "Drie bezoeken & <b>vet</b>" in words
    with page.expect_download() as printed:
        page.get_by_role("button", name="PDF").click()
    assert printed.value.path().read_bytes().startswith(b"%PDF")


def test_answers_without_account_move_into_a_workbook(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/toolbox/draagvlak")
    page.get_by_label(GOALS).fill("Vast bedacht")
    page.goto("/toolbox/makelaarsteam")
    page.get_by_label("Een team van verschillende afdelingen").check()
    page.reload()
    expect(page.get_by_label("Een team van verschillende afdelingen")).to_be_checked()

    sign_in(page, "inkoper@test.example")
    book = new_book(page)
    expect(page.get_by_text("Het zijn 2 antwoorden.")).to_be_visible()
    page.get_by_role("button", name="Neem over in dit werkboek").click()
    expect(page.get_by_text("2 antwoorden uit uw browser zijn overgenomen.")).to_be_visible()
    page.goto(f"{book}/draagvlak")
    expect(page.get_by_label(GOALS)).to_have_value("Vast bedacht")
    page.goto(book)
    expect(page.get_by_text("In deze browser staan nog antwoorden van u.")).to_be_hidden()


def test_team_is_started_from_an_example_and_dragged(site: Site, visit: Visit) -> None:
    page = visit()
    sign_in(page, "inkoper@test.example")
    book = new_book(page)
    page.goto(f"{book}/innoveren")
    page.get_by_label("Begin met een voorbeeld").select_option(label="Haarlem")
    page.locator("#m7-team").get_by_role("button", name="Gebruik").click()
    box = page.locator("#m7-team-tekening [data-party='3']")
    box.scroll_into_view_if_needed()
    at = box.bounding_box()
    assert at is not None
    page.mouse.move(at["x"] + 20, at["y"] + 20)
    page.mouse.down()
    page.mouse.move(at["x"] + 140, at["y"] + 60, steps=4)
    page.mouse.up()
    expect(page.locator("#m7-team-bewaard")).to_contain_text("Bewaard op")
    page.reload()
    moved = page.locator("#m7-team-tekening [data-party='3']").bounding_box()
    assert moved is not None
    assert moved["x"] > at["x"] + 40
    expect(page.get_by_text("In woorden:").last).to_be_visible()


def test_follow_up_question_shows_after_its_answer(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/toolbox/andere-domeinen")
    follow = page.locator("#m5-afdelingen")
    expect(follow).to_be_hidden()
    page.locator("#m5-op-de-hoogte-nee").check()
    expect(follow).to_be_visible()
    page.locator("#m5-op-de-hoogte-ja").check()
    expect(follow).to_be_hidden()


def test_whole_toolbox_is_printed(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/toolbox/afdrukken")
    page.emulate_media(media="print")
    expect(page.locator(".im-printpage")).to_have_count(13)
    expect(page.get_by_role("navigation", name="Hoofdmenu")).to_be_hidden()
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_parties_are_offered_and_show_on_the_region_page_once_taken_over(
    site: Site, visit: Visit
) -> None:
    buyer, broker, anyone = visit(), visit(scripts=False), visit()
    sign_in(buyer, "inkoper@test.example")
    book = new_book(buyer)
    buyer.goto(f"{book}/ecosysteem")
    buyer.locator("#m8-kaart-netwerk").fill("Netwerk Samen\nNog een bank?")
    expect(buyer.locator("#m8-kaart-bewaard")).to_contain_text("Bewaard")
    buyer.reload()
    buyer.get_by_role("button", name="Leg voor: pagina van de regio").click()
    expect(buyer.get_by_text("Er verandert pas iets")).to_be_visible()

    sign_in(broker, "makelaar@test.example")
    broker.get_by_role("link", name="1 voorstel van een collega bekijken").click()
    broker.get_by_role("link", name="Wie vult welke schakel in uw regio?").click()
    expect(broker.get_by_label("Nog een bank?")).not_to_be_checked()
    broker.get_by_role("button", name="Op de pagina zetten").click()

    anyone.goto("/regios")
    anyone.get_by_role("main").get_by_role("link", name="Zuid-Kennemerland").click()
    expect(anyone.get_by_text("Netwerk Samen")).to_be_visible()
    expect(anyone.get_by_text("Nog een bank?")).to_have_count(0)
    buyer.goto(book)
    expect(buyer.get_by_text("1 regel is op de pagina van de regio.")).to_be_visible()
