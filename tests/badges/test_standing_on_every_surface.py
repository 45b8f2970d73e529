"""Every standing on every surface: what is rendered, and only the clock moves between readings.

All facts are stored beforehand with their dates, the text index is built once and the badge has
its number. No reading asks ``standing()``; it reads pages, JSON, CSV, mail and pictures.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from PIL import Image

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models_standing import Leaving, Recognition, Suspension
from impactmakelaar.badges import services as badges
from impactmakelaar.badges.models import Badge
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles import rules as profiles
from impactmakelaar.profiles.models import ProfileVersion, Publication
from impactmakelaar.register import services as register
from impactmakelaar.register import services_index
from impactmakelaar.register.models import SavedSearch, Shortlist, ShortlistItem
from tests.makers import (
    THEN,
    make,
    make_admitted,
    make_application,
    make_certificate,
    make_decision,
    make_enterprise,
    make_member,
    make_organisation,
    make_person,
    make_policy,
    make_region,
    note_changed,
)

D = date(2027, 3, 1)
LAST = date(2028, 3, 1)
ONE = timedelta(days=1)
NAME = "Klimopwerk"


def publish(enterprise: Organisation) -> None:
    """A public profile with one activity."""
    document = profiles.complete(
        {
            "trade_name": enterprise.name,
            "summary": "Wij verven gevels.",
            "address": {
                "street": "",
                "postcode": "",
                "place": "Haarlem",
                "municipality": "GM0392",
                "hidden": True,
            },
            "activities": [
                {
                    "id": "a1",
                    "title": "Gevelschilderwerk",
                    "description": "Buitenwerk",
                    "sector": "",
                    "cpv": [],
                    "form": "service",
                    "area": {"kind": "country"},
                    "capacity": "available",
                    "capacity_confirmed_on": "",
                    "order_min": None,
                    "order_max": None,
                }
            ],
        }
    )
    version = make(
        ProfileVersion(
            organisation_id=enterprise.id,
            number=1,
            document=document,
            sha256=profiles.digest(document),
            published_at=THEN,
        )
    )
    make(Publication(organisation_id=enterprise.id, version_id=version.id))


@dataclass
class World:
    """One enterprise, and the people who look at it."""

    region: Organisation
    enterprise: Organisation
    buyer: Person
    authority: Organisation
    staff: Person
    owner: Person
    shortlist: Shortlist


@pytest.fixture
def world(app: Flask) -> World:
    """A region with an enterprise that told everything of itself."""
    region = make_region()
    make_policy(region)
    enterprise = make_enterprise(region, NAME)
    publish(enterprise)
    authority = make_organisation(Kind.AUTHORITY, "Gemeente", region_id=region.id)
    buyer = make_member(authority, Role.BUYER)
    shortlist = make(
        Shortlist(
            organisation_id=authority.id,
            name="Gevels",
            created_by_id=buyer.id,
            created_at=THEN,
        )
    )
    make(
        ShortlistItem(
            shortlist_id=shortlist.id,
            enterprise_id=enterprise.id,
            added_by_id=buyer.id,
            added_at=THEN,
        )
    )
    return World(
        region,
        enterprise,
        buyer,
        authority,
        make_member(region, Role.BROKER),
        make_member(enterprise, Role.ENTREPRENEUR),
        shortlist,
    )


def suspend(world: World, first: date, last: date) -> None:
    """A suspension after a hearing."""
    make(
        Suspension(
            enterprise_id=world.enterprise.id,
            region_id=world.region.id,
            reason="Klachten",
            proposed_at=THEN,
            proposed_by_id=world.staff.id,
            answer_by=first,
            heard_on=first,
            from_day=first,
            last_day=last,
        )
    )


def whole_life(world: World) -> None:
    """Applied, admitted in grace, suspended, certified, lapsed, certified again, ended."""
    one = world.enterprise
    asked = make_application(one, submitted_on=date(2027, 1, 10), state="announced")
    make_decision(one, D, "admitted", "grace", application=asked)
    suspend(world, date(2027, 5, 1), date(2027, 5, 31))
    make_certificate(one, date(2027, 11, 10), date(2029, 11, 9))
    make_certificate(one, date(2030, 1, 1), date(2031, 12, 31), kind="pso_30", level="30+")
    leave(world, date(2031, 3, 1))


def leave(world: World, day: date) -> None:
    """The enterprise stops."""
    make(
        Leaving(
            enterprise_id=world.enterprise.id,
            region_id=world.region.id,
            from_day=day,
            asked_at=THEN,
            asked_by_id=world.owner.id,
        )
    )


def lapses(world: World) -> None:
    """A year of grace and no certificate."""
    make_admitted(world.enterprise, D, "grace")


def refused(world: World) -> None:
    """Admitted, ended, applied again and refused."""
    lapses(world)
    leave(world, date(2027, 6, 1))
    asked = make_application(world.enterprise, submitted_on=date(2027, 8, 1), state="announced")
    make_decision(world.enterprise, date(2027, 9, 1), "refused", "none", application=asked)


def withdrawn(world: World) -> None:
    """The decision to admit was withdrawn after an objection."""
    make_decision(world.enterprise, D, "admitted", "grace", withdrawn_on=date(2027, 6, 1))


def without_badge(world: World) -> None:
    """In the register only, after a badge that a recognition gave."""
    recognise(world, "certified", D, date(2027, 5, 31))
    make_decision(world.enterprise, date(2027, 6, 1), "admitted", "none")


def recognise(world: World, badge: str, first: date, last: date) -> None:
    """Another region's decision."""
    make(
        Recognition(
            enterprise_id=world.enterprise.id,
            region_id=world.region.id,
            other_region="Rivierenland",
            badge=badge,
            from_day=first,
            last_day=last,
            source="Besluit 12",
            recorded_at=THEN,
            recorded_by_id=world.staff.id,
        )
    )


def recognised(world: World) -> None:
    """In the register on another region's decision."""
    recognise(world, "in_grace", D, LAST)


GRACE = "SROI-badge, eerste jaar"
MARK = "SROI-badge, met keurmerk"
OVER = "SROI-badge verlopen"
NO_BADGE = "Geen SROI-badge"
HOLDS_NOT = "Deze badge geldt niet meer"


@dataclass(frozen=True)
class Expected:
    """What every surface says: ``card`` empty means not in the register at all."""

    card: str
    filter: str
    badge: str
    picture: str
    valid: bool
    watch: str
    own: str


def holds(label: str, last: str, value: str) -> Expected:
    """A badge that holds up to and including a day."""
    return Expected(
        f"{label}, t/m {last}",
        value,
        "Deze badge is geldig",
        f"{label}; {NAME}; Geldig tot en met {last}",
        True,
        label,
        label,
    )


def unlisted(own: str, watch: str = "", badge: str = HOLDS_NOT) -> Expected:
    """Not in the register, and no badge."""
    picture = "SROI-badge geldt niet"
    if "geschorst" in badge:
        picture = "SROI-badge geschorst"
    elif "verlopen" in badge:
        picture = OVER
    return Expected("", "", badge, picture, False, watch, own)


LAPSED = Expected(
    f"{OVER} na 1 maart 2028",
    "verlopen",
    "Deze badge is verlopen",
    f"{OVER}; {NAME}; Gold tot en met 1 maart 2028",
    False,
    OVER,
    OVER,
)
Life = Callable[[World], None]
STORIES: dict[str, tuple[Life, date, list[tuple[date, Expected]]]] = {
    "a whole life": (
        whole_life,
        D,
        [
            (date(2027, 1, 9), unlisted(NO_BADGE)),
            (date(2027, 1, 10), unlisted("Aanvraag loopt")),
            (D - ONE, unlisted("Aanvraag loopt")),
            (D, holds(GRACE, "30 april 2027", "eerste-jaar")),
            (
                date(2027, 5, 1),
                unlisted("Geschorst", "Geschorst", "geldt nu niet: de onderneming is geschorst"),
            ),
            (date(2027, 6, 1), holds(GRACE, "1 maart 2028", "eerste-jaar")),
            (date(2027, 11, 9), holds(GRACE, "1 maart 2028", "eerste-jaar")),
            (date(2027, 11, 10), holds(MARK, "9 november 2029", "met-keurmerk")),
            (date(2029, 11, 9), holds(MARK, "9 november 2029", "met-keurmerk")),
            (
                date(2029, 11, 10),
                Expected(
                    f"{OVER} na 9 november 2029",
                    "verlopen",
                    "Deze badge is verlopen",
                    f"{OVER}; {NAME}; Gold tot en met 9 november 2029",
                    False,
                    OVER,
                    OVER,
                ),
            ),
            (date(2030, 1, 1), holds(MARK, "28 februari 2031", "met-keurmerk")),
            (date(2031, 3, 1), unlisted("Deelname beëindigd")),
        ],
    ),
    "no certificate in time": (
        lapses,
        D,
        [
            (LAST, holds(GRACE, "1 maart 2028", "eerste-jaar")),
            (LAST + ONE, LAPSED),
        ],
    ),
    "refused": (
        refused,
        D,
        [
            (date(2027, 6, 1), unlisted("Deelname beëindigd")),
            (date(2027, 8, 1), unlisted("Aanvraag loopt")),
            (date(2027, 9, 1), unlisted("Niet toegelaten")),
        ],
    ),
    "withdrawn after objection": (
        withdrawn,
        D,
        [
            (date(2027, 5, 31), holds(GRACE, "31 mei 2027", "eerste-jaar")),
            (date(2027, 6, 1), unlisted("Ingetrokken")),
        ],
    ),
    "in the register without a badge": (
        without_badge,
        D,
        [
            (D, holds(MARK, "31 mei 2027", "met-keurmerk")),
            (
                date(2027, 6, 1),
                Expected(NO_BADGE, "geen", HOLDS_NOT, "SROI-badge geldt niet", False, "", NO_BADGE),
            ),
        ],
    ),
    "recognised": (
        recognised,
        D,
        [
            (LAST, holds(GRACE, "1 maart 2028", "eerste-jaar")),
            (LAST + ONE, unlisted(OVER, OVER, "Deze badge is verlopen")),
        ],
    ),
}


def at(day: date) -> datetime:
    """Half past midnight on a Dutch wall: the server in UTC still has the day before."""
    return datetime.combine(day, time(0, 30), clock.AMSTERDAM).astimezone(UTC)


def text_of(html: str) -> str:
    """What a reader sees of a page."""
    html = re.sub(r"(?s)<(script|style|select)\b.*?</\1>", " ", html)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&amp;", "&").split())


@pytest.mark.parametrize("story", STORIES)
def test_every_surface_says_what_holds_that_day(
    story: str, world: World, app: Flask, as_person: Any
) -> None:
    life, numbered_on, days = STORIES[story]
    life(world)
    note_changed(world.enterprise)
    services_index.rebuild_index(date(2027, 1, 1))
    badges.follow(region=world.region, today=numbered_on)
    number = db.session.query(Badge).one().number
    with time_machine.travel(at(days[0][0]), tick=False) as moment:
        for day, expected in days:
            moment.move_to(at(day), tick=False)
            found = read(world, number, app, as_person)
            for surface, (wanted, seen) in found(expected).items():
                assert wanted == seen, f"{story}, {day}, {surface}"


def read(world: World, number: str, app: Flask, as_person: Any) -> Callable[[Expected], Any]:
    """Everything there is to see at this moment, compared with what should be seen."""
    anybody = app.test_client()
    buyer = as_person(world.buyer, world.authority)
    staff = as_person(world.staff, world.region)
    owner = as_person(world.owner, world.enterprise)
    public_id = world.enterprise.public_id

    def page(client: Any, path: str, status: int = 200) -> str:
        answer = client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return answer.get_data(as_text=True)

    listing = page(anybody, "/ondernemingen")
    search = page(anybody, "/ondernemingen?q=gevelschilderwerk")
    profile = anybody.get(f"/ondernemingen/{public_id}")
    gone = "niet meer in het register"
    shortlist = page(buyer, f"/shortlists/{world.shortlist.public_id}")
    csv = page(anybody, "/ondernemingen/export.csv")
    points = page(anybody, "/ondernemingen/export.geojson")
    badge = page(anybody, f"/badge/{number}")
    state = anybody.get(f"/badge/{number}/stand.json").get_json()
    svg = page(anybody, f"/badge/{number}/badge-klein.svg")
    picture = anybody.get(f"/badge/{number}/badge-groot.png").data
    watch = page(staff, "/regio/volglijst")
    watch_csv = page(staff, "/regio/volglijst.csv")
    own = page(owner, f"/stand/{public_id}")
    check = anybody.post("/badge/controleren", data={"number": number}).get_data(as_text=True)
    letter = mailed(world)

    def compared(expected: Expected) -> dict[str, tuple[Any, Any]]:
        listed = bool(expected.card)
        facets = {
            value: int(count)
            for value, count in re.findall(
                r'id="f-badge-([^"]+)".*?im-count">.*?</span>(\d+)<', listing, re.DOTALL
            )
        }
        with Image.open(io.BytesIO(picture)) as image:
            description = image.text["Description"]  # type: ignore[attr-defined]
        return {
            "list": (listed, expected.card in listing if listed else NAME in listing),
            "search": (listed, expected.card in search if listed else NAME in search),
            "facet": ({expected.filter: 1} if listed else {}, facets),
            "filtered": (
                {value: value == expected.filter for value in VALUES},
                {value: NAME in page(anybody, f"/ondernemingen?badge={value}") for value in VALUES},
            ),
            "profile status": (200 if listed else 404, profile.status_code),
            "profile": (
                True,
                expected.card in profile.get_data(as_text=True) if listed else True,
            ),
            "shortlist": (
                listed,
                expected.card in shortlist if listed else gone not in shortlist,
            ),
            "csv": (
                listed,
                expected.card.split(", t/m")[0].split(" na ")[0] in csv if listed else NAME in csv,
            ),
            "geojson": (listed, expected.card in points if listed else NAME in points),
            "badge page": (True, expected.badge in text_of(badge)),
            "badge page alternative": (True, expected.picture in badge),
            "badge page says it once": (expected.valid, "Deze badge is geldig" in badge),
            "json": (expected.valid, state["valid"]),
            "svg": (True, expected.picture in svg),
            "png": (True, description.startswith(expected.picture)),
            "watch list": (bool(expected.watch), NAME in watch),
            "watch list state": (True, expected.watch in text_of(watch)),
            "watch list csv": (bool(expected.watch), NAME in watch_csv),
            "own page": (True, expected.own in text_of(own)),
            "check": (
                expected.valid,
                'data-verdict="valid"' in check,
            ),
            "mail": (expected.card, letter),
        }

    return compared


VALUES = ("met-keurmerk", "eerste-jaar", "verlopen", "geen")


def mailed(world: World) -> str:
    """What a letter about a saved search says of the enterprise now; empty without a letter."""
    search = make(
        SavedSearch(
            person_id=make_person().id,
            name="Alles",
            query="q=gevelschilderwerk",
            alerts=True,
            stop_token_hash="x",
            created_at=THEN,
        )
    )
    register.send_alerts(clock.now())
    row = (
        db.session.query(OutboxMail)
        .filter_by(person_id=search.person_id)
        .order_by(OutboxMail.id.desc())
        .first()
    )
    found = re.search(rf"- {NAME}.* \((.+)\)", row.text) if row else None
    search_id = search.id
    db.session.rollback()
    kept = db.session.get(SavedSearch, search_id)
    assert kept is not None
    kept.alerts = False
    db.session.commit()
    return found.group(1) if found else ""
