"""From a new account to a shared shortlist, as people do it: with scripts and without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.conftest import PASSWORD, Site, sign_in

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
OWNER = "gerda@test.example"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_new_enterprise_is_found_and_shared(site: Site, visit: Visit, scripts: bool) -> None:
    owner = visit(scripts=scripts)
    sign_up(site, owner)
    ask_for_enterprise(owner)
    fill_profile(owner)
    approve(visit(scripts=scripts))
    publish(site, owner)
    buyer = visit(scripts=scripts)
    keep(buyer, scripts)
    colleague = visit(scripts=scripts)
    sign_in(colleague, "collega@test.example")

    colleague.get_by_role("navigation", name="Hoofdmenu").get_by_text("Shortlists").click()
    colleague.get_by_role("link", name="Stadspark 2027").click()

    expect(colleague.get_by_role("heading", name="Tuinploeg De Egel")).to_be_visible()
    expect(colleague.get_by_text("Bellen over maart.").first).to_be_visible()


def sign_up(site: Site, page: Page) -> None:
    """A new account, confirmed through the letter."""
    page.goto("/account-maken")
    page.get_by_label("Uw naam").fill("Gerda Groen")
    page.get_by_label("E-mailadres").fill(OWNER)
    page.get_by_label("Kies een wachtwoord").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Account maken").click()
    expect(page.get_by_role("heading", name="Bekijk uw mail")).to_be_visible()
    page.goto(site.link_to(OWNER))
    password = page.get_by_label("Uw wachtwoord")
    if password.count():
        password.fill(PASSWORD)
    page.get_by_role("button", name="Bevestigen").click()


def ask_for_enterprise(page: Page) -> None:
    """Name the enterprise to act for."""
    page.goto("/onderneming-aanmelden")
    page.get_by_label("Naam").fill("Tuinploeg De Egel")
    page.get_by_label("KVK-nummer").fill("01234567")
    page.get_by_role("button", name="Aanmelden").click()


def fill_profile(page: Page) -> None:
    """Every part that publishing asks for."""
    page.goto("/profiel")
    page.get_by_role("link", name="Over de onderneming").click()
    page.get_by_label("Rechtsvorm").select_option(label="Eenmanszaak")
    page.get_by_label("Wat doet u, in één zin?").fill("Wij houden tuinen en parken bij.")
    page.get_by_label("Beschrijving").fill("Met acht mensen onderhouden wij plantsoenen. " * 6)
    save(page)
    page.get_by_role("link", name="Contact en adres").click()
    page.get_by_label("Naam", exact=True).first.fill("Gerda Groen")
    page.get_by_label("E-mailadres").first.fill(OWNER)
    page.get_by_label("Postcode").fill("2011 AB")
    page.get_by_role("textbox", name="Plaats").fill("Haarlem")
    page.get_by_role("textbox", name="Gemeente").fill("Haarlem")
    save(page)
    page.get_by_role("link", name="Missie").click()
    page.get_by_role("main").get_by_role("checkbox").first.check()
    save(page)
    page.get_by_role("link", name="Activiteiten").click()
    page.get_by_role("link", name="Activiteit toevoegen").click()
    page.get_by_label("Wat biedt u aan?").fill("Groenonderhoud in parken")
    page.get_by_label("Sector").select_option(label="Groen en natuur")
    page.get_by_label("Waar werkt u?").select_option(label="In bepaalde gemeenten")
    page.get_by_label("Gemeenten").fill("Haarlem, Velsen")
    save(page)


def save(page: Page) -> None:
    """Save a part, and be told so."""
    page.get_by_role("main").get_by_role("button", name="Opslaan").click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator(".im-summary")).to_have_count(0)


def approve(page: Page) -> None:
    """Staff look at who asked, and agree."""
    sign_in(page, "makelaar@test.example")
    page.get_by_role("link", name=re.compile("Tuinploeg De Egel")).click()
    page.get_by_role("button", name="Goedkeuren").click()
    expect(page.locator(".im-alert--ok")).to_be_visible()


def publish(site: Site, page: Page) -> None:
    """The owner hears that it is approved, and publishes."""
    assert "gecontroleerd" in site.letter_to(OWNER)
    page.goto("/profiel")
    page.get_by_role("button", name="Publiceren").click()
    expect(page.locator(".im-tag", has_text="gepubliceerd")).to_be_visible()
    site.admit("Tuinploeg De Egel")
    site.work()


def keep(page: Page, scripts: bool) -> None:
    """A buyer searches with words, three filters and a radius, and keeps what is found."""
    sign_in(page, "inkoper@test.example")
    page.goto("/ondernemingen")
    page.get_by_label("Wat zoekt u?").fill("plantsoen")
    page.get_by_label("Plaats of postcode").fill("2012")
    page.get_by_role("button", name="Zoeken").click()
    for group, value in (
        ("Werkt in gemeente", "Haarlem"),
        ("Sector", "Groen en natuur"),
        ("Rechtsvorm", "Eenmanszaak"),
    ):
        choose(page, group, value, scripts)
    page.get_by_label("Afstand tot 2012").select_option("5")
    if not scripts:
        page.get_by_role("button", name="Toon resultaten").click()
    expect(page).to_have_url(re.compile("straal=5&gemeente=GM0392&sector=groen&rechtsvorm="))
    expect(page.get_by_role("heading", level=3)).to_have_text(["Tuinploeg De Egel"])
    page.get_by_role("link", name="Bewaar op shortlist").click()
    page.get_by_label(re.compile("nieuwe|Naam")).last.fill("Stadspark 2027")
    page.get_by_role("button", name="Bewaren").click()
    page.get_by_text("Notitie schrijven of van de lijst halen").click()
    page.get_by_label("Notitie bij Tuinploeg De Egel").fill("Bellen over maart.")
    page.get_by_role("button", name="Notitie bewaren").click()


def choose(page: Page, group: str, value: str, scripts: bool) -> None:
    """Open a group of filters and tick a value; without scripts the button is needed."""
    part = page.locator("#filters details", has=page.locator(f"summary:text-is('{group}')")).last
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()
    part.get_by_label(value).check()
    if not scripts:
        page.get_by_role("button", name="Toon resultaten").click()
    expect(page.get_by_role("link", name=f"Haal weg: {value}")).to_be_visible()
