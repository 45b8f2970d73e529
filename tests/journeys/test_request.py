"""A request for quotes from the first word to the letters, by buyers and invited enterprises."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta

import pytest
import time_machine
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect
from sqlalchemy import select
from tests.journeys.conftest import PASSWORD, Site, profile, sign_in
from tests.makers import THEN, make, make_admitted, make_enterprise, make_member, make_person

from impactmakelaar.core import clock
from impactmakelaar.core.clock import AMSTERDAM
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import services as profiles
from impactmakelaar.profiles.models import ProfileDraft
from impactmakelaar.tenders import queries_advice, services

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
GREEN = ("Groen Een", "Groen Twee", "Groen Drie", "Groen Vier", "Groen Vijf")
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def test_request_from_search_to_letters(site: Site, visit: Visit) -> None:
    numbers = populate(site)
    deadline = datetime.combine(clock.today() + timedelta(days=9), time(12, 0), AMSTERDAM)
    buyer = visit()
    sign_in(buyer, "inkoper@test.example")
    base = write_request(buyer, deadline)
    invited = choose(buyer)
    assert len(invited) == 4
    for number, name in enumerate(invited[:3]):
        hand_in(visit(), name, f"{70 + number}.000")
    buyer.goto(base)
    expect(buyer.get_by_text("Ook u ziet niet of er offertes zijn")).to_be_visible()

    late = visit()
    with time_machine.travel(deadline - timedelta(minutes=2), tick=True):
        start_quote(late, invited[3], "60.000")
    with time_machine.travel(deadline, tick=True):
        late.get_by_role("button", name="Offerte indienen").click()
        expect(late.get_by_text("De sluiting is voorbij.").first).to_be_visible()
    with time_machine.travel(deadline + timedelta(minutes=2), tick=True):
        open_together(visit, base)
        winner = assess_and_award(visit, base, invited)
        letters = {name: site.letter_to(address_of(name)) for name in invited[:3]}
    for name, letter in letters.items():
        assert ("aan u gunnen" in letter) == (name == winner)
        assert not any(other in letter for other in invited if other != name)
    passed_over = next(name for name in GREEN if name not in invited)
    explain(buyer, base, numbers[passed_over], passed_over, invited)


def address_of(name: str) -> str:
    """Where the owner of an enterprise gets letters."""
    return f"{name.lower().replace(' ', '-')}@test.example"


def populate(site: Site) -> dict[str, str]:
    """Five enterprises that do the work, with an owner each; gives name -> KVK number."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    numbers = {}
    with site.app.app_context():
        every = {row.kind: row for row in db.session.scalars(select(Organisation))}
        for name in GREEN:
            enterprise = make_enterprise(every[Kind.REGION], name)
            person = make_person(f"Eigenaar {name}", address_of(name), password_hash=hashed)
            make_member(enterprise, Role.ENTREPRENEUR, person=person)
            document = profile(name, "groen", "Plantsoenen onderhouden")
            document["activities"][0] |= {"cpv": ["77310000"], "form": "service"}
            make(ProfileDraft(organisation_id=enterprise.id, document=document, updated_at=THEN))
            profiles.publish(organisation=enterprise, by=person)
            make_admitted(enterprise)
            numbers[name] = str(enterprise.kvk_number)
        services.add_limits(
            organisation=every[Kind.AUTHORITY],
            rows=queries_advice.example_limits(clock.today().replace(month=1, day=1)),
            by=None,
            now=clock.now(),
        )
        db.session.remove()
    site.work()
    return numbers


def go_on(page: Page, heading: str) -> None:
    """Save a step and arrive at the next one."""
    page.get_by_role("button", name="Bewaren en verder").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)


def write_request(page: Page, deadline: datetime) -> str:
    """Search the register, then fill in every step; gives the address of the request."""
    page.goto("/ondernemingen?q=plantsoenen")
    expect(page.get_by_role("heading", level=3)).to_have_count(5)
    page.get_by_role("navigation", name="Hoofdmenu").get_by_text("Opdrachten", exact=True).click()
    page.get_by_role("button", name="Nieuwe offerteaanvraag").click()
    page.get_by_label("Titel").fill("Groenonderhoud Schalkwijk")
    page.get_by_label("Omschrijving").fill("Plantsoenen in drie buurten.")
    page.get_by_label("Diensten", exact=True).check()
    page.get_by_label("Geen code? Zoek met een gewoon woord").press_sequentially("plantsoen")
    page.get_by_label(re.compile("^77310000")).check()
    go_on(page, "Waarde")
    page.get_by_label("Geraamd bedrag, of het laagste bedrag").fill("80.000")
    go_on(page, "Waar en wanneer")
    page.get_by_label("Gemeenten").fill("Haarlem")
    page.get_by_label("Nee", exact=True).check()
    go_on(page, "Voorwaarden")
    go_on(page, "Contact en sluiting")
    page.get_by_label("Sluit op").fill(f"{deadline:%d-%m-%Y}")
    go_on(page, "Beoordeling")
    go_on(page, "Groenonderhoud Schalkwijk")
    advice = page.get_by_role(
        "heading", name="Advies: meervoudig onderhands, 3 tot 5 ondernemingen"
    )
    expect(advice).to_be_visible()
    return page.url


def choose(page: Page) -> list[str]:
    """Criteria, candidates, four places, the draw and the invitations; gives who is invited."""
    page.get_by_role("link", name="Ondernemingen kiezen").click()
    page.get_by_label("Waarom zoekt u in dit register?").fill("De regio liet hen toe.")
    page.get_by_role("button", name="Criteria bewaren").click()
    expect(page.get_by_role("heading", name="2. 5 kandidaten")).to_be_visible()
    page.get_by_label("Hoeveel ondernemingen loot u?").fill("4")
    page.get_by_role("button", name="Selectie vastleggen").click()
    page.get_by_role("button", name="Loten", exact=True).click()
    rows = page.get_by_role("row").filter(has_text="gekozen")
    expect(rows).to_have_count(4)
    found = [next(n for n in GREEN if n in row.inner_text()) for row in rows.all()]
    page.get_by_role("button", name="Uitnodigingen versturen").click()
    expect(page.get_by_text("Er zijn 4 ondernemingen uitgenodigd.")).to_be_visible()
    return found


def start_quote(page: Page, name: str, price: str) -> None:
    """Say yes to the invitation and write a quote, as far as the last button."""
    sign_in(page, address_of(name))
    page.get_by_role("navigation", name="Hoofdmenu").get_by_text("Uitnodigingen").click()
    page.get_by_role("link", name="Groenonderhoud Schalkwijk").click()
    page.get_by_label("Wij doen mee").check()
    page.get_by_role("button", name="Antwoord geven").click()
    page.get_by_role("link", name="Offerte maken").click()
    page.get_by_label("Totaalprijs, zonder btw").fill(price)
    page.get_by_label("Kwaliteit").fill(f"Het plan van {name}.")
    page.get_by_label("Sociale waarde").fill("Twee leerwerkplekken.")


def hand_in(page: Page, name: str, price: str) -> None:
    """A quote with a file, in time."""
    start_quote(page, name, price)
    page.get_by_label("Bestanden").set_input_files(
        {"name": "plan.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="Offerte indienen").click()
    expect(page.get_by_text("Uw offerte ligt in de kluis.")).to_be_visible()


def open_together(visit: Visit, base: str) -> None:
    """Two people put in their key."""
    for email, said in (
        ("inkoper@test.example", "Uw sleutel zit erin."),
        ("collega@test.example", "De kluis is open."),
    ):
        page = visit()
        sign_in(page, email)
        page.goto(f"{base}/openen")
        page.get_by_role("button", name="Mijn sleutel erin").click()
        expect(page.get_by_text(said)).to_be_visible()


def give_points(page: Page, name: str, button: str, quality: str) -> None:
    """Points for one quote: one's own, or those agreed on."""
    page.get_by_role("link", name=name).click()
    form = page.locator("form", has=page.get_by_role("button", name=button))
    form.get_by_label("Kwaliteit: cijfer").fill(quality)
    form.get_by_label("Kwaliteit: waarom").fill("Het plan is helder.")
    form.get_by_label("Sociale waarde: cijfer").fill("7")
    form.get_by_label("Sociale waarde: waarom").fill("Twee leerwerkplekken.")
    form.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="3 offertes")).to_be_visible()


def assess_and_award(visit: Visit, base: str, invited: list[str]) -> str:
    """Score, agree, award to the first; gives the winner."""
    page = visit()
    sign_in(page, "inkoper@test.example")
    page.goto(f"{base}/offertes")
    expect(page.get_by_text(invited[3])).to_have_count(0)
    for button in ("Mijn punten bewaren", "Samen vaststellen"):
        for number, name in enumerate(invited[:3]):
            give_points(page, name, button, str(9 - 2 * number))
    expect(page.get_by_role("heading", name=f"1. {invited[0]}")).to_be_visible()
    page.get_by_role("link", name="Beslissen").click()
    page.get_by_label(f"Gunnen aan {invited[0]}").check()
    page.get_by_label("Motivering").fill("Het beste plan voor de prijs.")
    page.get_by_role("button", name="Beslissing vastleggen en brieven versturen").click()
    expect(page.get_by_role("heading", name=f"Gegund aan {invited[0]}")).to_be_visible()
    return invited[0]


def explain(page: Page, base: str, kvk: str, name: str, invited: list[str]) -> None:
    """Print the motivation for one who met the criteria and was not in turn."""
    page.goto(f"{base}/motivering")
    page.get_by_label("KVK-nummer van wie erom vraagt").fill(kvk)
    page.get_by_role("button", name="Toon").click()
    expect(page.get_by_role("heading", name=f"Uw onderneming: {name}")).to_be_visible()
    page.emulate_media(media="print")
    shown = page.get_by_role("main").inner_text()
    assert "stond op plaats 5 van 5" in shown
    assert not any(other in shown for other in invited)
    assert page.pdf(format="A4").startswith(b"%PDF")
