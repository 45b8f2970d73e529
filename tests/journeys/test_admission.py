"""From application to certified badge, its twin that lapses, and a refusal that does not stand."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect
from sqlalchemy import select
from tests.admission.makers import (
    DAY,
    Committee,
    decide_again,
    declare_none,
    make_announced,
    make_applicant,
    make_committee,
)
from tests.journeys.conftest import Site
from tests.makers import make_admitted

from impactmakelaar import daily
from impactmakelaar.accounts.identity import new_token, token_hash
from impactmakelaar.accounts.models import Person, SignInSession
from impactmakelaar.admission import queries_interests, queries_policy, queries_reviews
from impactmakelaar.admission.models import Application
from impactmakelaar.badges.models import Badge
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Organisation

pytestmark = pytest.mark.browser

Visit = Callable[..., Page]
START = date(2027, 3, 1)
LAST = date(2028, 3, 1)
EVIDENCE = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


class Calendar:
    """The day on which everybody in this journey lives."""

    def __init__(self, day: date) -> None:
        self._travel = time_machine.travel(self.noon(day))
        self._clock = self._travel.start()

    @staticmethod
    def noon(day: date) -> datetime:
        """Noon of a day."""
        return datetime.combine(day, time(12), UTC)

    def go_to(self, day: date) -> None:
        """Nothing happens in between: no job runs, nothing is indexed anew."""
        self._clock.move_to(self.noon(day))

    def stop(self) -> None:
        """Back to the real day."""
        self._travel.stop()


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    """The day is ours, also for the server, which is a thread of this process."""
    found = Calendar(START)
    yield found
    found.stop()


@pytest.fixture
def committee(calendar: Calendar, site: Site) -> Iterator[Committee]:
    """A committee in the region of the site; its context stays open for reading along."""
    with site.app.app_context():
        region = db.session.scalars(select(Organisation).where(Organisation.kind == "region")).one()
        yield make_committee(region)
        db.session.remove()


class Desk:
    """One browser at which people sit down after each other, each signed in as themselves."""

    def __init__(self, site: Site, page: Page) -> None:
        self.site, self.page = site, page
        self.page.set_default_timeout(10_000)

    def sit(self, person: Person, organisation: Organisation) -> Page:
        """Somebody's session, as the first journey opens one by hand; the same window."""
        token, now = new_token(), clock.now()
        with transaction():
            db.session.add(
                SignInSession(
                    token_hash=token_hash(token),
                    person_id=person.id,
                    created_at=now,
                    last_seen_at=now,
                    second_factor_at=now,
                    acting_organisation_id=organisation.id,
                )
            )
        client = self.site.app.test_client()
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"] = token, True
        cookie = client.get_cookie("sessie")
        assert cookie is not None
        self.leave()
        self.page.context.add_cookies(
            [{"name": "sessie", "value": cookie.value, "url": self.site.address}]
        )
        return self.page

    def leave(self) -> Page:
        """Nobody is signed in."""
        self.page.context.clear_cookies()
        return self.page


@pytest.fixture
def desk(site: Site, visit: Visit) -> Desk:
    """A browser for everybody."""
    return Desk(site, visit())


def anew(row: Any) -> Any:
    """A row as the requests of others left it."""
    db.session.rollback()
    db.session.refresh(row)
    return row


def press(page: Page, name: str) -> None:
    """Press a button of the page itself."""
    page.get_by_role("main").get_by_role("button", name=name, exact=True).first.click()


def told(page: Page, text: str) -> None:
    """What was done is said."""
    expect(page.locator(".im-alert--ok", has_text=text)).to_be_visible()


def test_application_becomes_a_certified_badge_and_its_twin_lapses(
    site: Site,
    desk: Desk,
    committee: Committee,
    calendar: Calendar,
    tmp_path: Path,
) -> None:
    enterprise, owner = make_applicant(committee, "Fietsmakerij Rad")
    applicant = desk.sit(owner, enterprise)
    hand_in(applicant, tmp_path)
    row = db.session.scalars(select(Application).where(Application.enterprise == enterprise)).one()
    secretary = desk.sit(committee.secretary, committee.region)
    check_and_share_out(secretary, enterprise.name)
    one_leaves(desk, committee, anew(row))
    for person in reviewers(committee, row):
        review(desk.sit(person, committee.region), row)
    meet(desk, committee, row)
    decide(desk.sit(committee.chair, committee.region), row)
    twin = lapsing_twin(committee)
    site.work()
    desk.sit(owner, enterprise).goto("/toelating")
    expect(desk.page.get_by_role("heading", name="Toegelaten")).to_be_visible()
    public = desk.leave()
    expect_badge(public, enterprise, "in_grace", "eerste jaar")

    calendar.go_to(date(2028, 2, 1))
    reminded(site, owner, "nog 29 dagen")
    send_certificate(desk.sit(owner, enterprise), tmp_path)
    verify(desk.sit(committee.secretary, committee.region))
    desk.leave()
    expect_badge(public, enterprise, "certified", "PSO")
    expect_badge(public, twin, "in_grace", "eerste jaar")
    calendar.go_to(date(2028, 3, 2))
    expect_badge(public, enterprise, "certified", "PSO")
    expect_badge(public, twin, "lapsed", "verlopen")
    calendar.go_to(date(2028, 4, 1))
    reminded(site, owner_of(twin), "verlopen")
    assert "verlopen" not in site.letter_to(owner.email)


def hand_in(page: Page, tmp_path: Path) -> None:
    """Fill in every part, add evidence, look once more and hand in."""
    page.goto("/bureau")
    page.get_by_role("navigation", name="Hoofdmenu").get_by_role("link", name="Toelating").click()
    press(page, "Aanvraag beginnen")
    page.get_by_role("main").get_by_role("link", name="Uw onderneming").click()
    press(page, "Bewaren en verder")
    for _ in range(4):
        page.get_by_role("main").locator("textarea").fill("Wij leiden mensen op tot fietsmaker.")
        press(page, "Bewaren en verder")
    page.get_by_label("Wij gaan een keurmerk aanvragen").check()
    page.get_by_label("Welk keurmerk?").select_option(index=1)
    path = tmp_path / "statuten.pdf"
    path.write_bytes(EVIDENCE)
    page.get_by_label("Bestand").set_input_files(path)
    press(page, "Bewaren en verder")
    page.get_by_role("link", name="Nakijken en indienen").click()
    press(page, "Aanvraag indienen")
    told(page, "Uw aanvraag is ingediend")


def check_and_share_out(page: Page, name: str) -> None:
    """The secretary finds it on her desk, finds it complete, and shares out the reviews."""
    page.goto("/bureau")
    page.get_by_role("main").get_by_role("link", name=name).click()
    press(page, "De aanvraag is compleet")
    told(page, "compleet")
    press(page, "Automatisch verdelen")
    told(page, "3 beoordelaars toegewezen")


def reviewers(committee: Committee, row: Application) -> list[Person]:
    """Who reviews now."""
    ids = {one.person_id for one, _, _ in queries_reviews.assignments(anew(row))}
    return [person for person in committee.everybody if person.id in ids]


def one_leaves(desk: Desk, committee: Committee, row: Application) -> None:
    """A reviewer says that the applicant is family: the dossier is gone for him, for good."""
    person = next(p for p in reviewers(committee, row) if p.id != committee.chair.id)
    page = desk.sit(person, committee.region)
    path = f"/commissie/dossiers/{row.public_id}"
    page.goto("/commissie")
    page.get_by_role("link", name="Fietsmakerij Rad").click()
    expect(page.get_by_text("Wij leiden mensen op")).to_have_count(0)
    page.get_by_label("Familie, partner of goede vriend").check()
    press(page, "Vastleggen")
    told(page, "U doet niet meer mee")
    expect(page.get_by_role("main").get_by_role("link", name="Fietsmakerij Rad")).to_have_count(0)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404


def review(page: Page, row: Application) -> None:
    """Declare that there is no interest, score every criterion with a reason, hand in."""
    page.goto("/commissie")
    page.get_by_role("main").get_by_role("link", name="Fietsmakerij Rad").click()
    page.get_by_label("Nee, ik heb geen belang").check()
    press(page, "Vastleggen")
    page.get_by_role("link", name="Beoordelen").click()
    for part in page.get_by_role("main").locator("section").all():
        part.get_by_label("3", exact=True).check()
        part.get_by_label("Waarom?").fill("Dat laat het jaarverslag zien.")
    press(page, "Inleveren")
    told(page, "Uw beoordeling is ingeleverd")
    expect(page.get_by_role("heading", name="Gesprek")).to_be_visible()


def meet(desk: Desk, committee: Committee, row: Application) -> None:
    """Plan, put on the agenda, open, propose, vote, count."""
    page = desk.sit(committee.secretary, committee.region)
    declare_none(committee, anew(row))
    page.goto("/commissie/vergaderingen/nieuw")
    page.get_by_label("Datum").fill(START.strftime("%d-%m-%Y"))
    press(page, "Plannen")
    page.get_by_text("Dossiers toevoegen").click()
    page.get_by_label("Fietsmakerij Rad").check()
    press(page, "Toevoegen")
    press(page, "Openen")
    page.get_by_text("Voorstel in stemming brengen").click()
    page.get_by_label("Voorstel", exact=True).select_option(label="Toegelaten")
    page.get_by_label("Badge", exact=True).select_option(
        label="Badge, keurmerk volgt binnen de termijn"
    )
    press(page, "Stemming openen")
    told(page, "De stemming is open")
    recused = queries_interests.recused_people(anew(row))
    for person in committee.full:
        if person.id not in recused:
            voter = desk.sit(person, committee.region)
            voter.reload()
            press(voter, "Voor")
            told(voter, "Uw stem is geteld")
    desk.sit(committee.secretary, committee.region).reload()
    expect(page.get_by_text("Verlaten de vergadering bij dit dossier")).to_be_visible()
    press(page, "Stemmen tellen Fietsmakerij Rad")
    expect(page.get_by_text("4 voor, 0 tegen, 0 blanco")).to_be_visible()


def decide(page: Page, row: Application) -> None:
    """The chair writes the decision, reads the letter, and makes it known."""
    page.goto(f"/commissie/dossiers/{row.public_id}")
    page.get_by_role("link", name="Besluit opstellen").click()
    for field in page.get_by_role("main").locator("section textarea").all():
        field.fill("De commissie vindt dit overtuigend.")
    press(page, "Bewaren en brief bekijken")
    expect(page.get_by_text("U hebt 12 maanden")).to_be_visible()
    press(page, "Besluit bekendmaken")
    told(page, "Het besluit is bekendgemaakt")


def expect_badge(page: Page, enterprise: Organisation, state: str, text: str) -> None:
    """What anybody reads on the public page of the badge, today."""
    db.session.rollback()
    number = db.session.scalars(
        select(Badge.number).where(Badge.enterprise_id == enterprise.id)
    ).one()
    page.goto(f"/badge/{number}")
    expect(page.locator("[data-badge-state]")).to_have_attribute("data-badge-state", state)
    expect(page.get_by_role("main")).to_contain_text(re.compile(text, re.IGNORECASE))


def reminded(site: Site, person: Person, text: str) -> None:
    """The letters of the day go out; this person reads what waits."""
    assert daily.run(clock.today(), dry_run=False, confirm=True) == 0
    assert text in site.letter_to(person.email)


def owner_of(enterprise: Organisation) -> Person:
    """Who acts for it."""
    return queries_policy.people_with_role(enterprise.id, "entrepreneur")[0]


def lapsing_twin(committee: Committee) -> Organisation:
    """Another enterprise, decided on the same day, that never sends a certificate."""
    enterprise, _ = make_applicant(committee, "Fietsmakerij Tandem")
    return make_admitted(enterprise, START, "grace")


def send_certificate(page: Page, tmp_path: Path) -> None:
    """The desk says that the badge ends soon; the owner sends the certificate with evidence."""
    page.goto("/bureau")
    page.get_by_role("link", name="Stuur uw keurmerk in").click()
    page.get_by_role("link", name="Keurmerk insturen").click()
    page.get_by_label("Keurmerk", exact=True).select_option(label="PSO 30+")
    page.get_by_label("Geldig vanaf").fill("15-1-2028")
    page.get_by_label("Geldig tot en met").fill("14-1-2030")
    page.get_by_label("Bewijs").set_input_files(tmp_path / "statuten.pdf")
    press(page, "Insturen")
    told(page, "Uw keurmerk is ingestuurd")


def verify(page: Page) -> None:
    """The secretary finds it on her desk, and then in the issuer's register."""
    page.goto("/bureau")
    page.get_by_role("link", name="Keurmerken van 1 onderneming").click()
    page.get_by_role("main").get_by_role("link", name="Fietsmakerij Rad").click()
    page.get_by_label("Adres van de bladzijde").fill("https://register.example/pso/1")
    press(page, "Bevestigen")
    told(page, "bevestigd")


def test_refusal_does_not_stand_when_others_uphold_the_objection(
    site: Site,
    desk: Desk,
    committee: Committee,
    calendar: Calendar,
) -> None:
    calendar.go_to(DAY)
    row, owner = make_announced(committee, "Koffiebar Klein", outcome="refused")
    calendar.go_to(date(2026, 3, 20))
    applicant = desk.sit(owner, row.enterprise)
    object_to(applicant)
    assert "Koffiebar Klein" in site.letter_to(committee.admin.email)
    chair = desk.sit(committee.chair, committee.region)
    chair.goto(f"/commissie/dossiers/{row.public_id}")
    expect(chair.get_by_role("link", name="Beslissen op het bezwaar")).to_have_count(0)
    answer = chair.goto(f"/commissie/dossiers/{row.public_id}/bezwaar")
    assert answer is not None
    assert answer.status == 404
    uphold(desk.sit(committee.admin, committee.region))
    applicant = desk.sit(owner, row.enterprise)
    applicant.goto("/toelating")
    expect(applicant.get_by_text("Gegrond: de commissie beoordeelt")).to_be_visible()
    expect(applicant.get_by_text("geldt niet meer")).to_be_visible()

    decide_again(committee, anew(row), date(2026, 4, 1))
    calendar.go_to(date(2026, 4, 1))
    applicant = desk.sit(owner, row.enterprise)
    applicant.reload()
    expect(applicant.get_by_role("heading", name="Toegelaten")).to_be_visible()
    applicant.get_by_role("link", name="Brief lezen").first.click()
    expect(applicant.get_by_text("De uitkomst is: toegelaten.")).to_be_visible()


def object_to(page: Page) -> None:
    """Read the letter, disagree, say why."""
    page.goto("/toelating")
    page.get_by_role("link", name="Brief lezen").click()
    expect(page.get_by_text("De uitkomst is: afgewezen.")).to_be_visible()
    page.goto("/toelating")
    page.get_by_role("link", name="Bezwaar maken").click()
    page.get_by_label("Waarom bent u het niet eens").fill("Ons jaarverslag is niet gelezen.")
    press(page, "Bezwaar versturen")
    told(page, "Uw bezwaar is binnen")


def uphold(page: Page) -> None:
    """Somebody with no part in the decision finds it on the desk, and agrees with the applicant."""
    page.goto("/bureau")
    page.get_by_role("main").get_by_role("link", name="Koffiebar Klein").click()
    expect(page.get_by_text("Ons jaarverslag is niet gelezen.")).to_be_visible()
    page.get_by_label("Gegrond: de commissie beoordeelt opnieuw").check()
    page.get_by_label("Motivering").fill("Het jaarverslag telde ten onrechte niet mee.")
    press(page, "Beslissen")
    told(page, "Er is beslist")
