"""Agreements: never more than the obligation, a cap, the offer or the enterprise has left."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return import (
    queries,
    queries_agreement,
    services_agreement,
    services_ledger,
)
from impactmakelaar.social_return.models import Agreement, Contract
from impactmakelaar.social_return.rules import Effort
from impactmakelaar.social_return.services_agreement import Limits
from tests.conftest import on_both
from tests.interleaving import together
from tests.makers import make_admitted, make_enterprise
from tests.social_return.makers import TODAY, Place, make_contract, make_place

FIRST, LAST = date(2026, 12, 1), date(2027, 11, 30)


@pytest.fixture
def place(app: Flask) -> Iterator[Place]:
    yield make_place()
    assert services_ledger.check(TODAY) == []


def book(contract: Contract, enterprise: Organisation, by: Person, **fields: Any) -> Agreement:
    values: dict[str, Any] = {
        "effort": Effort.PLACEMENT,
        "item": "nug",
        "units": 1,
        "starts_on": FIRST,
        "ends_on": LAST,
        "today": TODAY,
    }
    return services_agreement.book_agreement(
        contract=contract, enterprise=enterprise, by=by, **values | fields
    )


def test_agreement_takes_room_and_gives_it_back(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    row = book(contract, enterprise, place.builder, units=3)

    assert row.cents == 1_500_000
    assert queries.account(contract, TODAY).room == 500_000
    assert queries.account(contract, TODAY).balance == 2_000_000
    services_agreement.close_agreement(row=row, done=False, reason="Ziek", by=place.builder)
    assert queries.account(contract, TODAY).room == 2_000_000


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"units": 5}, "nog €\u00a020.000 te vullen"),
        ({"units": 2, "limits": Limits(units=1)}, "nog 1 beschikbaar"),
        ({"units": 2, "limits": Limits(cents=900_000)}, "nog €\u00a09.000 beschikbaar"),
        ({"units": 2, "limits": Limits(enterprise_cents=900_000)}, "in totaal nog €\u00a09.000"),
        ({"item": "unknown"}, "kent deze vorm niet"),
        ({"effort": Effort.PURCHASE, "amount": 100_000}, "telt nu niet mee"),
        ({"units": 0}, "1 of meer"),
        ({"ends_on": date(2026, 1, 1)}, "vóór de eerste"),
        ({"starts_on": date(2028, 1, 1), "ends_on": date(2028, 2, 1)}, "buiten de looptijd"),
    ],
)
def test_beyond_a_limit_is_refused(place: Place, fields: dict[str, Any], sentence: str) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    with pytest.raises(Refused, match=sentence):
        book(contract, enterprise, place.builder, **fields)
    assert queries_agreement.agreements(contract) == []


def test_cap_holds_for_agreements_too(app: Flask) -> None:
    place = make_place(caps={"purchase": 5_000})
    contract = make_contract(place)
    enterprise = make_admitted(make_enterprise(place.region), date(2026, 1, 1), "grace")
    bought = {"effort": Effort.PURCHASE, "item": "", "amount": 100_000}
    book(contract, enterprise, place.builder, units=10, **bought)
    with pytest.raises(Refused, match="mag nog €\u00a00 meetellen"):
        book(contract, enterprise, place.builder, **bought)


def test_one_reference_gives_one_agreement(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    first = book(contract, enterprise, place.builder, reference="meeting:1")
    assert book(contract, enterprise, place.builder, reference="meeting:1").id == first.id


def test_stranger_books_nothing(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    with pytest.raises(NotFound):
        book(contract, enterprise, place.buyer)


LIMITS = {
    "obligation": (NotImplemented, 4),
    "units": (Limits(units=3), 3),
    "euros": (Limits(cents=1_100_000), 2),
    "enterprise": (Limits(enterprise_cents=700_000), 1),
}


@on_both
@pytest.mark.parametrize("limit", LIMITS)
def test_twenty_confirmations_at_once_never_go_over(place: Place, app: Flask, limit: str) -> None:
    limits, expected = LIMITS[limit]
    contracts = [
        make_contract(place, f"2026-{n}") for n in range(1 if limit == "obligation" else 5)
    ]
    ids = [row.id for row in contracts]
    enterprise_id, builder_id = make_enterprise(place.region).id, place.builder.id

    def confirm(number: int) -> None:
        book(
            db.session.get_one(Contract, ids[number % len(ids)]),
            db.session.get_one(Organisation, enterprise_id),
            db.session.get_one(Person, builder_id),
            offer="a1",
            **({} if limits is NotImplemented else {"limits": limits}),
        )

    runners = together(app, [lambda n=n: confirm(n) for n in range(20)])

    errors = [r.error for r in runners if r.error is not None]
    assert all(isinstance(error, Refused) for error in errors), errors
    db.session.rollback()  # see what the others stored
    booked = db.session.scalar(select(func.count(Agreement.id)))
    assert (booked, len(errors)) == (expected, 20 - expected)
