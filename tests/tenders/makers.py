"""Makers of requests: a buyer, a pool, a request in the state that a test needs."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.makers import make_member, make_organisation, make_region
from tests.register.makers import make_published

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries_advice,
    queries_invitations,
    services,
    services_invite,
    services_opening,
    services_quotes,
    services_running,
    services_selection,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_quotes import Quote
from impactmakelaar.tenders.models_selection import Selection, TenderInvitation

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DEADLINE = datetime(2026, 12, 10, 11, 0, tzinfo=UTC)
AFTER = DEADLINE + timedelta(minutes=1)
WORK = {"cpv": ["77310000"], "form": "service", "area": {"kind": "region", "region": "AM37"}}


@dataclass
class Scene:
    """An authority with two buyers and some enterprises that do the work, each with an owner."""

    region: Organisation
    authority: Organisation
    buyer: Person
    colleague: Person
    enterprises: list[Organisation] = field(default_factory=list)
    owners: dict[int, Person] = field(default_factory=dict)

    def owner(self, invitation: TenderInvitation) -> Person:
        """Who acts for the invited enterprise."""
        assert invitation.enterprise_id is not None
        return self.owners[invitation.enterprise_id]


def make_scene(count: int = 5, kind: Kind = Kind.AUTHORITY) -> Scene:
    """The scene, with the example limits taken over by the authority."""
    region = make_region()
    authority = make_organisation(
        kind, "Gemeente Haarlem", region_id=region.id, municipality_code="GM0392"
    )
    scene = Scene(
        region,
        authority,
        make_member(authority, Role.BUYER),
        make_member(authority, Role.BUYER),
    )
    for number in range(count):
        one = make_published(region, f"Groen {number}", activities=[dict(WORK)])
        scene.enterprises.append(one)
        scene.owners[one.id] = make_member(one, Role.ENTREPRENEUR)
    services.add_limits(
        organisation=authority,
        rows=queries_advice.example_limits(date(2026, 1, 1)),
        by=None,
        now=NOW,
    )
    return scene


def filled_in(**fields: Any) -> dict[str, Any]:
    """All steps of the wizard for EUR 80,000 of green services in Haarlem."""
    return {
        "title": "Groenonderhoud Schalkwijk",
        "cpv": "77310000",
        "category": "services",
        "value_low": 80_000_00,
        "value_high": 80_000_00,
        "deadline_at": DEADLINE,
        "description": "Onderhoud van plantsoenen in drie buurten.",
        "municipalities": ["GM0392"],
        "why_register": "Hier staan ondernemingen die de regio heeft toegelaten.",
    } | fields


def make_draft(scene: Scene, kind: str = "request", **fields: Any) -> Tender:
    """A draft with everything filled in."""
    row = services.start(organisation=scene.authority, kind=kind, by=scene.buyer, now=NOW)
    services.save_step(
        row=row, values=filled_in(**fields), revision=row.revision, by=scene.buyer, now=NOW
    )
    return row


def make_selected(scene: Scene, places: int = 3, **fields: Any) -> Tender:
    """A request with a frozen selection and a draw."""
    row = make_draft(scene, **fields)
    services_selection.freeze(
        row=row,
        procedure="multiple",
        places=places,
        deviation="",
        reason="",
        by=scene.buyer,
        now=NOW,
        today=TODAY,
    )
    services_selection.draw(row=row, number=1, by=scene.buyer, now=NOW)
    return row


def make_sent(scene: Scene, places: int = 3, **fields: Any) -> Tender:
    """A request whose firms were invited and said yes."""
    row = make_selected(scene, places, **fields)
    services_invite.send(row=row, by=scene.buyer, now=NOW)
    for invitation in queries_invitations.invitations(row):
        services_running.answer(
            invitation=invitation,
            answer="accepted",
            reason="",
            by=scene.owner(invitation),
            now=NOW,
        )
    return row


def first(row: Tender) -> TenderInvitation:
    """The first firm that was invited."""
    return queries_invitations.invitations(row)[0]


def quote_of(price: int = 75_000_00, text: str = "Wij doen dit met zes mensen.") -> dict[str, Any]:
    """What a quote says."""
    return {
        "price": price,
        "price_note": "",
        "answers": {"quality": text, "social": "Twee leerwerkplekken."},
        "files": [],
    }


def hand_in(
    scene: Scene,
    invitation: TenderInvitation,
    *,
    price: int = 75_000_00,
    text: str = "Wij doen dit met zes mensen.",
    at: datetime = DEADLINE - timedelta(days=1),
    submission: str = "",
) -> Quote:
    """Hand in a quote for an invited firm."""
    return services_quotes.submit(
        invitation=invitation,
        quote=quote_of(price, text),
        submission=submission or f"s-{invitation.public_id}-{price}",
        by=scene.owner(invitation),
        received_at=at,
    )


def open_box(scene: Scene, row: Tender, now: datetime = AFTER) -> bool:
    """Two people open the box."""
    services_opening.put_in_key(row=row, by=scene.buyer, now=now)
    return services_opening.put_in_key(row=row, by=scene.colleague, now=now)


def move(row: Tender, **columns: Any) -> None:
    """Set columns of a request, as time and the database would have them."""
    with transaction():
        for name, value in columns.items():
            setattr(row, name, value)


def freeze(scene: Scene, row: Tender, **fields: Any) -> Selection:
    """A frozen selection of three, asked of several."""
    values: dict[str, Any] = {
        "procedure": "multiple",
        "places": 3,
        "deviation": "",
        "reason": "",
        "now": NOW,
        "today": TODAY,
    } | fields
    return services_selection.freeze(row=row, by=scene.buyer, **values)
