"""Agreements that can go on no longer give back what does not count, and both parties are told."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import (
    queries,
    queries_agreement,
    queries_effort,
    services_agreement,
    services_change,
    services_effort,
    services_ledger,
    services_verdict,
)
from impactmakelaar.social_return.models import Agreement, Contract, EffortRow
from impactmakelaar.social_return.rules import Effort, Verdict
from impactmakelaar.social_return.rules_agreement import Agreed, can_go_on, set_free, taken
from impactmakelaar.social_return.services_agreement import Limits
from tests.conftest import on_both
from tests.interleaving import interleaved, together
from tests.makers import make_enterprise, make_member
from tests.social_return.makers import TODAY, Place, make_contract, make_place

UNIT = 500_000
"""What one unit of the row "nug" counts for."""


@pytest.fixture
def place(app: Flask) -> Iterator[Place]:
    yield make_place()
    assert services_ledger.check(TODAY) == []


@pytest.mark.parametrize(
    ("state", "counted", "expected"),
    [
        ("agreed", 0, (4, 1000)),
        ("agreed", 900, (4, 1000)),
        ("done", 0, (4, 1000)),
        ("done", 700, (4, 1000)),
        ("cancelled", 0, (0, 0)),
        ("cancelled", 1, (1, 1)),
        ("cancelled", 250, (1, 250)),
        ("cancelled", 251, (2, 251)),
        ("cancelled", 1000, (4, 1000)),
        ("cancelled", 1200, (4, 1000)),
        ("cancelled", -5, (0, 0)),
    ],
)
def test_what_an_agreement_takes(state: str, counted: int, expected: tuple[int, int]) -> None:
    assert taken(state, 4, 1000, counted) == expected


def test_agreement_worth_nothing_takes_nothing_once_stopped() -> None:
    assert taken("cancelled", 4, 0, 0) == (0, 0)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), False),
        (date(2026, 1, 1), date(2026, 2, 1), True),
        (date(2026, 3, 31), date(2026, 6, 1), True),
        (date(2026, 4, 1), date(2026, 6, 1), False),
        (date(2026, 1, 1), date(2026, 12, 31), True),
    ],
)
def test_agreement_goes_on_while_it_shares_a_day_with_the_contract(
    first: date, last: date, *, expected: bool
) -> None:
    starts_on, ends_on = date(2026, 2, 1), date(2026, 3, 31)
    assert can_go_on(first, last, starts_on=starts_on, ends_on=ends_on) is expected


@pytest.mark.parametrize(
    ("counted", "sentence"),
    [
        (0, "Er telde nog niets van mee. De ruimte van €\u00a0100 is weer vrij."),
        (4_000, "Hiervan telt €\u00a040 mee. De rest, €\u00a060, is weer vrij."),
        (10_000, "Alles telt mee: €\u00a0100."),
        (12_000, "Alles telt mee: €\u00a0100."),
    ],
)
def test_sentence_says_what_comes_free(counted: int, sentence: str) -> None:
    assert set_free(10_000, counted) == sentence


def book(
    contract: Contract, enterprise: Organisation, by: Person, units: int = 4, first: date = TODAY
) -> Agreement:
    return services_agreement.book_agreement(
        contract=contract,
        enterprise=enterprise,
        effort=Effort.PLACEMENT,
        item="nug",
        units=units,
        starts_on=first,
        ends_on=date(2027, 11, 30),
        by=by,
        today=TODAY,
        offer="a1",
        limits=Limits(units=4, cents=4 * UNIT, enterprise_cents=4 * UNIT),
    )


def declare(contract: Contract, agreement: Agreement, by: Person) -> EffortRow:
    """Half a year of one place: half a unit."""
    return services_effort.declare(
        contract=contract,
        stated=services_effort.Declared(
            Effort.PLACEMENT,
            item="nug",
            candidate_code="K-01",
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 6, 30),
            hours=services_effort.Decimal(36),
            signed=True,
        ),
        agreement=agreement,
        by=by,
        today=TODAY,
    )


def settle(contract: Contract, by: Person) -> None:
    services_change.settle(row=contract, outcome="waived", reason="Klaar.", by=by, today=TODAY)


@on_both
def test_settlement_frees_what_was_not_approved(place: Place) -> None:
    contract, later = make_contract(place), make_contract(place, "2026-002")
    enterprise = make_enterprise(place.region)
    row = book(contract, enterprise, place.builder)
    effort = declare(contract, row, place.builder)
    services_verdict.judge_one(
        effort=queries_effort.state_of(effort),
        verdict=Verdict.APPROVED,
        reason="",
        by=place.officer,
        today=TODAY,
    )
    with pytest.raises(Refused, match="nog 0 beschikbaar"):
        book(later, enterprise, place.builder, units=1)

    settle(contract, place.officer)

    approved = queries_agreement.counted([row])[row.id]
    assert 0 < approved < UNIT
    assert queries_agreement.taken_of([enterprise.id]) == {(enterprise.id, "a1"): (1, approved)}
    assert (row.state, queries.account(contract, TODAY).agreed) == (Agreed.CANCELLED, 0)
    with pytest.raises(Refused, match="nog 3 beschikbaar"):
        book(later, enterprise, place.builder, units=4)
    book(later, enterprise, place.builder, units=3)


def test_both_parties_read_what_comes_free(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region, "Groenbedrijf")
    entrepreneur = make_member(enterprise, Role.ENTREPRENEUR)
    book(contract, enterprise, place.builder)

    settle(contract, place.officer)

    letters = db.session.query(OutboxMail).filter_by(kind="social_stopped").all()
    assert {m.recipient for m in letters} == {entrepreneur.email, place.builder.email}
    assert {m.subject for m in letters} == {
        "Uw afspraak met Bouwbedrijf is gestopt",
        "Uw afspraak met Groenbedrijf is gestopt",
    }
    for letter in letters:
        assert "De opdracht is op 24 november 2026 afgesloten." in letter.text
        assert "De ruimte van €\u00a020.000 is weer vrij." in letter.text
    assert "agreement.lapsed" in [line.action for line in audit.by_person(place.officer, limit=9)]


@on_both
def test_early_end_stops_only_what_falls_outside(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    goes_on = book(contract, enterprise, place.builder, units=1)
    outside = book(contract, enterprise, place.builder, units=2, first=date(2027, 6, 1))

    services_change.end_early(
        row=contract,
        ends_on=date(2027, 5, 31),
        value=40_000_000,
        reason="Eerder klaar",
        by=place.officer,
        today=TODAY,
    )

    assert (goes_on.state, outside.state) == (Agreed.AGREED, Agreed.CANCELLED)
    assert "loopt nu van 1 januari 2026 tot en met 31 mei 2027" in outside.closed_reason
    assert queries_agreement.taken_of([enterprise.id])[enterprise.id, "a1"] == (1, UNIT)


def test_called_off_by_hand_keeps_what_counts(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    row = book(contract, enterprise, place.builder)
    effort = declare(contract, row, place.builder)

    services_agreement.close_agreement(row=row, done=False, reason="Ziek", by=place.builder)

    key = (enterprise.id, "a1")
    assert queries_agreement.taken_of([enterprise.id])[key] == (1, effort.declared_cents)
    services_verdict.retract(
        effort=queries_effort.state_of(effort), reason="", by=place.builder, today=TODAY
    )
    assert queries_agreement.taken_of([enterprise.id])[key] == (0, 0)


def test_nothing_is_declared_on_an_agreement_that_stopped(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    row = book(contract, enterprise, place.builder)
    services_agreement.close_agreement(row=row, done=False, reason="Ziek", by=place.builder)

    with pytest.raises(Refused, match="gestopt"):
        declare(contract, row, place.builder)
    assert queries_effort.efforts(contract) == []


@on_both
def test_settling_beside_confirmations_never_goes_over(place: Place, app: Flask) -> None:
    contract = make_contract(place)
    others = [make_contract(place, f"2026-1{n}").id for n in range(3)]
    enterprise = make_enterprise(place.region)
    book(contract, enterprise, place.builder)
    ids = contract.id, enterprise.id, place.builder.id, place.officer.id

    def confirm(other: int) -> None:
        book(
            db.session.get_one(Contract, other),
            db.session.get_one(Organisation, ids[1]),
            db.session.get_one(Person, ids[2]),
            units=2,
        )

    runners = together(
        app,
        [
            lambda: settle(
                db.session.get_one(Contract, ids[0]), db.session.get_one(Person, ids[3])
            ),
            *[lambda n=n: confirm(n) for n in others * 2],
        ],
    )

    assert runners[0].error is None
    errors = [r.error for r in runners if r.error is not None]
    assert all(isinstance(error, Refused) for error in errors), errors
    db.session.rollback()  # see what the others stored
    units, cents = queries_agreement.taken_of([ids[1]])[ids[1], "a1"]
    assert units <= 4
    assert cents <= 4 * UNIT


@on_both
def test_agreement_confirmed_while_its_contract_is_settled_does_not_stay_open(
    place: Place, app: Flask
) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    ids = contract.id, enterprise.id, place.builder.id

    runner = interleaved(
        app,
        lambda: settle(contract, place.officer),
        lambda: book(
            db.session.get_one(Contract, ids[0]),
            db.session.get_one(Organisation, ids[1]),
            db.session.get_one(Person, ids[2]),
        ),
    )

    assert isinstance(runner.error, Refused)
    assert queries_agreement.taken_of([ids[1]]) == {}


@on_both
def test_reason_with_signs_that_no_database_keeps_is_tidied(
    app: Flask, as_person: Callable[..., FlaskClient]
) -> None:
    place = make_place()
    contract, enterprise = make_contract(place), make_enterprise(place.region)
    row = book(contract, enterprise, place.builder)

    answer = as_person(place.builder).post(
        f"/social-return/afspraken/{row.public_id}/sluiten",
        data={"uitkomst": "niet", "reason": "Zie\x00k\u202e"},
    )

    assert answer.status_code == 303
    assert (row.state, row.closed_reason) == (Agreed.CANCELLED, "Ziek")


def test_pages_say_what_stops_and_what_came_free(
    app: Flask, as_person: Callable[..., FlaskClient]
) -> None:
    place = make_place()
    contract, enterprise = make_contract(place), make_enterprise(place.region, "Groenbedrijf")
    entrepreneur = make_member(enterprise, Role.ENTREPRENEUR)
    stranger = make_member(make_enterprise(place.region, "Ander bedrijf"), Role.ENTREPRENEUR)
    book(contract, enterprise, place.builder)
    officer, page = as_person(place.officer), f"/social-return/{contract.public_id}"

    assert "stopt de afspraak met Groenbedrijf." in officer.get(f"{page}/afsluiten").text
    assert "stopt de afspraak met" in officer.get(f"{page}/eerder-einde").text
    answer = officer.post(f"{page}/afsluiten", data={"outcome": "waived", "reason": "Klaar."})

    assert answer.status_code == 303
    day = clock.today()
    for reader, url in (
        (place.officer, page),
        (place.builder, page),
        (entrepreneur, "/social-return/afspraken"),
    ):
        text = as_person(reader).get(url).text
        assert f"De opdracht is op {day.day} " in text
        assert "De ruimte van €\u00a020.000 is weer vrij." in text
    assert "Onderhoud wegen" not in as_person(stranger).get("/social-return/afspraken").text
