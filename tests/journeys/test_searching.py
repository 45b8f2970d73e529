"""Searching by keyboard and live, and forms that keep what was typed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import Site, sign_in

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
NAME_OF_LIST = "Naam van een nieuwe shortlist"
FOCUSED = """() => {
  const style = getComputedStyle(document.activeElement);
  return [style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something with this text has the focus, and see that it shows."""
    for _ in range(80):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.labels?.[0]?.textContent ?? e.textContent).trim(); }"
        )
        style, width = page.evaluate(FOCUSED)
        assert (style, width >= 2) == ("solid", True), f"focus on {said!r} does not show"
        if said.startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach {name!r}")


def test_keyboard_alone_finds_and_keeps(site: Site, visit: Visit) -> None:
    page = visit()
    sign_in(page, "inkoper@test.example")
    page.goto("/ondernemingen")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Direct naar de inhoud")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#inhoud")).to_be_focused()

    tab_to(page, "Wat zoekt u?")
    page.keyboard.type("bermen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3)).to_have_text(["Bermbeheer Noord"])
    tab_to(page, "Velsen")
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("gemeente=GM0453"))
    tab_to(page, "Bermbeheer Noord")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bermbeheer Noord")
    tab_to(page, "Bewaar op shortlist")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bermbeheer Noord bewaren")
    tab_to(page, NAME_OF_LIST)
    page.keyboard.type("Bermen 2027")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Bermen 2027")
    expect(page.get_by_role("heading", name="Bermbeheer Noord")).to_be_visible()


def test_filter_changes_results_address_and_keeps_focus(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/ondernemingen")
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
    page.evaluate("window.stillThere = true")

    catering = page.get_by_label("Catering en horeca")
    catering.check()

    expect(page.get_by_role("heading", level=3)).to_have_text(["De Soepketel"])
    expect(page).to_have_url(re.compile(r"/ondernemingen\?sector=catering$"))
    expect(catering).to_be_focused()
    expect(page.locator("#status")).to_contain_text("1 onderneming")
    assert page.evaluate("window.stillThere"), "the page was loaded anew"
    page.go_back()
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
    expect(page.get_by_role("navigation", name="Hoofdmenu")).to_have_count(1)


def test_typing_changes_the_results(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/ondernemingen")

    page.get_by_label("Wat zoekt u?").press_sequentially("vergadering")

    expect(page.get_by_role("heading", level=3)).to_have_text(["De Soepketel"])
    expect(page.get_by_label("Wat zoekt u?")).to_be_focused()
    expect(page.get_by_label("Wat zoekt u?")).to_have_value("vergadering")


def test_filters_stay_open_on_a_telephone(site: Site, visit: Visit) -> None:
    page = visit()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/ondernemingen")
    sector = page.get_by_label("Catering en horeca")
    expect(sector).to_be_hidden()

    page.locator("summary", has_text="Filters").click()
    sector.check()

    expect(page).to_have_url(re.compile("sector=catering"))
    expect(sector).to_be_visible()
    page.get_by_role("button", name="Toon resultaten").click()
    expect(sector).to_be_hidden()
    expect(page.locator("[data-announce]")).to_be_in_viewport()


def test_map_shows_what_the_list_shows(site: Site, visit: Visit) -> None:
    page = visit()
    page.goto("/ondernemingen?weergave=kaart")
    expect(page.locator("#kaart .im-pin")).to_have_count(2)

    page.get_by_label("Catering en horeca").check()

    expect(page.locator("#kaart .im-pin")).to_have_count(1)
    expect(page.get_by_role("heading", level=3)).to_have_text(["De Soepketel"])
    expect(page).to_have_url(re.compile("weergave=kaart"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_wrong_form_keeps_what_was_typed(visit: Visit, scripts: bool) -> None:
    page = visit(scripts=scripts)
    page.goto("/account-maken")
    page.get_by_label("Uw naam").fill("Gerda Groen")
    page.get_by_label("E-mailadres").fill("gerda@test.example")
    page.get_by_label("Kies een wachtwoord").fill("kort")

    page.get_by_role("main").get_by_role("button", name="Account maken").click()

    expect(page.get_by_label("Uw naam")).to_have_value("Gerda Groen")
    expect(page.get_by_label("E-mailadres")).to_have_value("gerda@test.example")
    summary = page.locator(".im-summary")
    expect(summary).to_contain_text("Er is iets niet goed ingevuld")
    if scripts:
        expect(summary).to_be_focused()
    summary.get_by_role("link").click()
    expect(page.get_by_label("Kies een wachtwoord")).to_be_focused()
