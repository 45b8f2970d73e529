"""An obligation from the day of registration to a balance of zero, over an intake table."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Page, expect
from sqlalchemy import select
from tests.intake.makers import VALUES
from tests.journeys.conftest import PASSWORD, Site, sign_in
from tests.makers import (
    make_admitted,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
)
from tests.register.makers import document, publish
from tests.social_return.makers import make_prices, make_rules

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.intake import queries, services
from impactmakelaar.intake.models import IntakeTable
from impactmakelaar.intake.rules_table import Side
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import queries as ledger
from impactmakelaar.social_return import services_ledger
from impactmakelaar.social_return.rules import add_months

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
OFFICER, BUILDER = "sroi@test.example", "bouw@test.example"
TITLE = "Onderhoud van sportvelden"
EVIDENCE = {"name": "betaald.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}


def dutch(days: int = 0) -> str:
    return (clock.today() + timedelta(days=days)).strftime("%d-%m-%Y")


def test_obligation_is_met_at_the_table_and_by_nobody_without_a_badge(
    site: Site, visit: Visit
) -> None:
    kvk = populate(site)
    builder, officer = visit(), visit()
    register(builder)
    lay_down(officer)
    hold_table(site, builder, officer)
    deal(site, builder)

    declare(builder, kvk["Laat Groen"], "L-1")
    declare(builder, kvk["Altijd Groen"], "A-1", agreement="Altijd Groen")
    judge(officer, "L-1", "geen badge meer: die gold tot en met", "€\u00a00")
    expect(figure(officer, "staat open")).to_contain_text("€\u00a020.000")
    judge(officer, "A-1", "telt voor 100 %", "€\u00a020.000")

    expect(figure(officer, "staat open")).to_contain_text("€\u00a00")
    expect(officer.get_by_text("De verplichting is ingevuld.")).to_be_visible()
    with site.app.app_context():
        assert services_ledger.check(clock.today()) == []
        db.session.remove()


def populate(site: Site) -> dict[str, str]:
    """Rules and a list, an officer, a contractor, and four enterprises; name -> KVK number."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

    def member(organisation: Organisation, role: Role, name: str, email: str) -> None:
        person = make_person(name, email, password_hash=hashed)
        make_member(organisation, role, person=person)

    today = clock.today()
    with site.app.app_context():
        region = db.session.scalars(
            select(Organisation).where(Organisation.kind == Kind.REGION)
        ).one()
        make_rules(region)
        make_prices(region)
        make_organisation(
            Kind.AUTHORITY, "Gemeente Velsen", region_id=region.id, municipality_code="GM0453"
        )
        builder = make_organisation(
            Kind.CONTRACTOR, "Bouwbedrijf", region_id=region.id, kvk_number="90000001"
        )
        member(region, Role.SROI_OFFICER, "Sara Adviseur", OFFICER)
        member(builder, Role.CONTRACTOR, "Bram Bouwer", BUILDER)
        # The badge of the last one ended yesterday: a year after the day before.
        ended = add_months(today - timedelta(days=1), -12)
        found = {}
        for name, since in (
            ("Altijd Groen", today - timedelta(days=100)),
            ("Berm en Zo", today - timedelta(days=100)),
            ("Cirkel Groen", today - timedelta(days=100)),
            ("Laat Groen", ended),
        ):
            one = enterprise(region, name, since)
            found[name] = one.kvk_number or ""
        member(one_called("Berm en Zo"), Role.ENTREPRENEUR, "Bea Berm", "berm@test.example")
        db.session.remove()
        site.app.extensions["worker"].work_once()
        return found


def enterprise(region: Organisation, name: str, since: date) -> Organisation:
    """A listed enterprise with a badge from that day on, that works everywhere."""
    row = make_admitted(make_enterprise(region, name), since, badge="grace")
    activity = {"title": "Groenonderhoud", "sector": "groen", "area": {"kind": "country"}}
    publish(row, document(trade_name=name, activities=[activity]))
    return row


def one_called(name: str) -> Organisation:
    """The organisation of that name."""
    return db.session.scalars(select(Organisation).where(Organisation.name == name)).one()


def register(page: Page) -> None:
    """The contractor registers what was awarded elsewhere, and sees what it obliges to."""
    sign_in(page, BUILDER)
    page.get_by_role("navigation", name="Hoofdmenu").get_by_text("Social return").click()
    page.get_by_role("link", name="Opdracht aanmelden").click()
    page.get_by_label("Opdrachtgever").select_option(label="Gemeente Velsen")
    for label, text in (
        ("Naam van de opdracht", TITLE),
        ("Contractnummer", "2026-7"),
        ("Gegund op", dutch(-60)),
        ("Waarde zonder btw", "400.000"),
        ("Eerste dag", dutch(-60)),
        ("Laatste dag", dutch(400)),
    ):
        page.get_by_label(label).fill(text)
    page.get_by_label("Soort opdracht").select_option(label="Diensten")
    page.get_by_role("button", name="Bereken de verplichting").click()
    expect(page.get_by_text("Verplichting: €\u00a020.000")).to_be_visible()
    page.get_by_role("button", name="Aanmelding bewaren").click()
    page.get_by_role("button", name="Insturen").click()
    expect(page.locator(".im-alert--ok")).to_be_visible()


def lay_down(page: Page) -> None:
    """The officer lays the obligation down."""
    sign_in(page, OFFICER)
    page.goto("/social-return")
    page.get_by_role("link", name=re.compile(TITLE)).first.click()
    page.get_by_role("button", name="Verplichting vaststellen").click()
    expect(figure(page, "verplichting")).to_contain_text("€\u00a020.000")


def figure(page: Page, name: str) -> Any:
    """One of the figures at the head of an account."""
    return page.locator(".im-figures li").filter(has_text=re.compile(f"{name}$"))


def hold_table(site: Site, builder: Page, officer: Page) -> None:
    """Invited, proposed, one meeting locked, published; then somebody cancels: repaired."""
    page = plan_table(site)
    builder.goto(site.link_to(BUILDER, "/deelname/"))
    expect(builder.get_by_text("telt voor €\u00a01.000").first).to_be_visible()
    answer(builder, "Ja, wij komen")
    officer.goto(page)
    officer.get_by_role("button", name="Voorstel maken").click()
    site.work()
    officer.goto(page)
    expect(officer.get_by_text("Dit is bewezen de beste verdeling")).to_be_visible()
    officer.get_by_role("button", name="Vastzetten Bouwbedrijf en Cirkel Groen").click()
    expect(officer.locator(".im-tag", has_text="vast")).to_have_count(1)
    officer.get_by_role("button", name="Publiceren").click()
    before = programme(officer)
    assert {"Altijd Groen", "Berm en Zo", "Cirkel Groen"} <= {one for one, _ in before}

    with site.app.app_context():
        gone = next(
            p for p in queries.participants(the_table()) if p.organisation.name == "Berm en Zo"
        )
        services.answer(one=gone, comes=False, by=queries.people_of(gone)[0])
        db.session.remove()
    officer.get_by_role("link", name="Scherm voor de dag").click()
    officer.get_by_role("button", name="Afmeldingen verwerken").click()
    expect(officer.locator(".im-alert--ok")).to_be_visible()
    officer.goto(page)
    after = programme(officer)
    assert after == [one for one in before if one[0] != "Berm en Zo"]


def plan_table(site: Site) -> str:
    """A table with three enterprises that come and the contractor invited; its address."""
    with site.app.app_context():
        region = one_called("Zuid-Kennemerland en IJmond")
        sara = ledger.officers_at(region.id)[0]
        values = VALUES | {"held_on": clock.today() + timedelta(days=1), "tables": 1}
        table = services.plan_table(region=region, values=values, by=sara, today=clock.today())
        found = services.invite(
            row=table,
            contracts=ledger.contracts_at(region),
            enterprises=[one_called(n) for n in ("Altijd Groen", "Berm en Zo", "Cirkel Groen")],
            by=sara,
        )
        for one in found:
            if one.side == Side.ENTERPRISE:
                services.answer(one=one, comes=True, by=sara)
        page = f"/intaketafel/{table.public_id}"
        db.session.remove()
        return page


def the_table() -> IntakeTable:
    """The only table there is."""
    return queries.tables_of(one_called("Zuid-Kennemerland en IJmond"))[0]


def answer(page: Page, choice: str) -> None:
    """Say whether one comes."""
    page.get_by_label(choice).check()
    page.get_by_role("button", name="Antwoord geven").click()
    expect(page.locator(".im-alert--ok")).to_be_visible()


def programme(page: Page) -> list[tuple[str, str]]:
    """(enterprise, round and table) of every meeting on the page, by enterprise."""
    found = []
    for heading in page.locator("h3", has_text=re.compile("^Ronde")).all():
        for line in heading.locator("xpath=following-sibling::ul[1]/li").all():
            text = line.locator("span").first.inner_text()
            seat, _, who = text.partition(": ")
            name = who.split(" en ", 1)[1].removesuffix(" vast").strip()
            found.append((name, f"{heading.inner_text()} {seat}"))
    return sorted(found)


def deal(site: Site, page: Page) -> None:
    """The contractor books a deal for the whole obligation."""
    page.goto(site.link_to(BUILDER, "/deelname/"))
    page.get_by_role("listitem").filter(has_text="Altijd Groen").get_by_role(
        "link", name=re.compile("Uitkomst")
    ).click()
    page.get_by_label("Aantal").fill("21")
    page.get_by_role("button", name="Afspraak vastleggen").click()
    expect(page.get_by_text("er is nog €\u00a020.000 te vullen").first).to_be_visible()
    page.get_by_label("Aantal").fill("20")
    page.get_by_role("button", name="Afspraak vastleggen").click()
    expect(page.get_by_text("telt voor €\u00a020.000").first).to_be_visible()


def declare(page: Page, kvk: str, number: str, agreement: str = "") -> None:
    """Declare an invoice of 20,000 euros with its evidence."""
    page.goto("/social-return")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Invulling opgeven").click()
    page.get_by_role("link", name="Sociaal inkopen").click()
    page.get_by_label("KVK-nummer van de leverancier").fill(kvk)
    page.get_by_label("Factuurnummer").fill(number)
    page.get_by_label("Factuurdatum").fill(dutch())
    page.get_by_label("Bedrag", exact=True).fill("24.200")
    page.get_by_label("Het bedrag is").select_option(label="met 21 % btw")
    if agreement:
        page.get_by_label("Hoort bij de afspraak").select_option(index=1)
    page.get_by_label("Bewijs").set_input_files(EVIDENCE)
    page.get_by_role("button", name="Opgeven", exact=True).click()
    expect(page.get_by_text("Opgegeven. De SROI-adviseur controleert het")).to_be_visible()


def judge(page: Page, number: str, why: str, amount: str) -> None:
    """The officer sees what an invoice counts for and why, and approves it."""
    page.goto("/social-return/beoordelen")
    page.get_by_role("link", name=re.compile(number)).click()
    expect(page.get_by_role("link", name="betaald.pdf")).to_be_visible()
    expect(page.get_by_text(why).first).to_be_visible()
    page.get_by_role("button", name="Besluit boeken").click()
    row = page.get_by_role("row").filter(has_text=number).first
    expect(row).to_contain_text("goedgekeurd")
    expect(row).to_contain_text(amount)
