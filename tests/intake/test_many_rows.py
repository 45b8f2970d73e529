"""List pages ask the database as often for three hundred rows as for three."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from impactmakelaar.core import clock
from impactmakelaar.core.db import Base, db, new_public_id, transaction
from impactmakelaar.intake import queries as intake
from impactmakelaar.intake import services_publish
from impactmakelaar.intake.models import Participant
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.social_return import (
    queries_effort,
    services_agreement,
    services_change,
    services_effort,
    services_verdict,
)
from impactmakelaar.social_return.models import (
    Agreement,
    Contract,
    ContractInvoice,
    ContractTerms,
    EffortRow,
    EffortVerdict,
    LedgerEntry,
    PurchaseInvoice,
)
from impactmakelaar.social_return.rules import Effort, Verdict
from impactmakelaar.social_return.services_effort import Declared
from tests.intake.makers import World, invite_all, make_offering, make_world, propose
from tests.queries_counted import counted
from tests.social_return.makers import Place, make_contract, make_place

Browse = Callable[..., FlaskClient]
FEW, MANY = 3, 300


def add(row: Base, numbers: range, **changes: Callable[[int], Any]) -> None:
    """Put copies of a row in its table, with these columns made anew for each number."""
    columns = {c.key: getattr(row, c.key) for c in row.__mapper__.column_attrs if c.key != "id"}
    if "public_id" in columns:
        changes["public_id"] = lambda _: new_public_id()
    rows = [columns | {name: new(n) for name, new in changes.items()} for n in numbers]
    db.session.execute(insert(type(row)), rows)


@pytest.fixture
def place(app: Flask) -> Place:
    return make_place()


def make_books(place: Place) -> Contract:
    """A contract with an approved purchase, one that waits, a person that waits, an agreement."""
    contract = make_contract(place)
    day = clock.today() - timedelta(days=1)
    made = [
        services_effort.declare(
            contract=contract, stated=one, by=place.builder, today=clock.today()
        )
        for one in (
            bought("F-1", day),
            bought("F-2", day),
            Declared(
                Effort.PLACEMENT,
                item="ww",
                candidate_code="K-1",
                starts_on=day - timedelta(days=40),
                ends_on=day,
                hours=Decimal(24),
                signed=True,
            ),
        )
    ]
    services_change.add_invoice(
        row=contract, number="A", invoiced_on=day, amount=1, by=place.builder, today=clock.today()
    )
    services_agreement.book_agreement(
        contract=contract,
        enterprise=make_offering(place, "Kwekerij"),
        effort=Effort.PURCHASE,
        units=1,
        amount=100,
        starts_on=day,
        ends_on=day,
        by=place.builder,
        today=clock.today(),
    )
    services_verdict.judge_one(
        effort=queries_effort.state_of(made[0]),
        verdict=Verdict.APPROVED,
        reason="",
        by=place.officer,
        today=clock.today(),
    )
    return contract


def bought(number: str, day: Any) -> Declared:
    return Declared(
        Effort.PURCHASE,
        supplier_kvk="90000099",
        supplier_name="Kwekerij",
        invoice_number=number,
        invoiced_on=day,
        amount=100_000,
    )


def multiply_contracts(contract: Contract, numbers: range) -> None:
    """Copies of a contract, each with its terms and an entry."""
    (terms,) = of_contract(ContractTerms, contract)
    entry = of_contract(LedgerEntry, contract)[0]
    with transaction():
        add(contract, numbers, number=lambda n: f"K-{n}", entries=lambda _: 1)
        query = select(Contract.number, Contract.id).where(Contract.number.startswith("K-"))
        ids = dict(db.session.execute(query).all())
        for row in (terms, entry):
            add(row, numbers, contract_id=lambda n: ids[f"K-{n}"])


def of_contract(model: Any, contract: Contract) -> list[Any]:
    """The rows of a contract, oldest first."""
    query = select(model).where(model.contract_id == contract.id).order_by(model.id)
    return list(db.session.scalars(query))


def multiply_books(contract: Contract, numbers: range) -> None:
    """Copies of what stands on a contract: other invoices, other people, other days."""
    approved, waiting, person = of_contract(EffortRow, contract)[:3]
    (verdict,) = db.session.scalars(
        select(EffortVerdict).where(EffortVerdict.effort_id == approved.id)
    )
    with transaction():
        add(person, numbers, candidate_code=lambda n: f"K-{n + 1}")
        for row in (approved, waiting):
            multiply_purchase(row, numbers)
        query = select(EffortRow.invoice_number, EffortRow.id)
        ids = dict(db.session.execute(query).all())
        add(verdict, numbers, effort_id=lambda n: ids[f"F-1-{n}"])
        add(of_contract(LedgerEntry, contract)[0], numbers, number=lambda n: 100 + n)
        add(of_contract(Agreement, contract)[0], numbers)
        invoice = of_contract(ContractInvoice, contract)[0]
        add(invoice, numbers, number_key=lambda n: f"A{n}")


def multiply_purchase(row: EffortRow, numbers: range) -> None:
    """Copies of a purchase, each of another supplier on another day."""
    invoice = db.session.get_one(PurchaseInvoice, row.invoice_id)

    def kvk(number: int) -> str:
        return f"{80_000_000 + number:08}"

    add(invoice, numbers, supplier_kvk=kvk)
    query = select(PurchaseInvoice.supplier_kvk, PurchaseInvoice.id).where(
        PurchaseInvoice.number_key == invoice.number_key
    )
    ids = dict(db.session.execute(query).all())
    add(
        row,
        numbers,
        supplier_kvk=kvk,
        invoice_id=lambda n: ids[kvk(n)],
        invoice_number=lambda n: f"{row.invoice_number}-{n}",
        invoiced_on=lambda n: row.invoiced_on - timedelta(days=n % 50) if row.invoiced_on else None,
    )


def questions(browser: FlaskClient, address: str) -> int:
    """How often a page asks the database."""
    db.session.expire_all()
    with counted() as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


def test_pages_of_the_ledger(place: Place, as_person: Browse) -> None:
    contract = make_books(place)
    officer, builder = as_person(place.officer), as_person(place.builder)
    page = f"/social-return/{contract.public_id}"
    asked = [
        (officer, "/social-return"),
        (officer, "/social-return/beoordelen"),
        (officer, page),
        (builder, "/social-return"),
        (builder, page),
    ]
    multiply_contracts(contract, range(FEW))
    multiply_books(contract, range(FEW))
    for one in asked:
        questions(*one)
    few = [questions(*one) for one in asked]

    multiply_contracts(contract, range(FEW, MANY))
    multiply_books(contract, range(FEW, MANY))

    assert [questions(*one) for one in asked] == few
    assert "F-2-299" in officer.get("/social-return/beoordelen").text


def test_pages_of_the_intake_table(app: Flask, as_person: Browse) -> None:
    world = make_world()
    invite_all(world)
    propose(world)
    services_publish.publish(row=world.table, by=world.officer)
    organiser = as_person(world.officer)
    page = f"/intaketafel/{world.table.public_id}"
    asked = [
        "/intaketafel",
        page,
        f"{page}/dag",
        f"{page}/uitnodigen",
        f"{page}/paar",
        *(f"{page}/afdrukken/{kind}" for kind in ("tafels", "deelnemers", "rondes")),
    ]
    multiply_tables(world, range(FEW))
    for one in asked:
        questions(organiser, one)
    few = [questions(organiser, one) for one in asked]

    multiply_tables(world, range(FEW, MANY))

    assert [questions(organiser, one) for one in asked] == few


def multiply_tables(world: World, numbers: range) -> None:
    """More tables, and at the first one more enterprises with an offer and a meeting."""
    enterprise = world.meetings()[0].enterprise
    offer = intake.offers_of(enterprise)[0]
    with transaction():
        add(world.table, numbers)
        add(
            enterprise.organisation,
            numbers,
            name=lambda n: f"Ver {n}",
            kvk_number=lambda n: f"{70_000_000 + n:08}",
        )
        query = select(Organisation.name, Organisation.id).where(
            Organisation.name.startswith("Ver ")
        )
        firms = dict(db.session.execute(query).all())
        add(enterprise, numbers, organisation_id=lambda n: firms[f"Ver {n}"])
        query = select(Participant.organisation_id, Participant.id)
        seats = dict(db.session.execute(query).all())
        add(offer, numbers, participant_id=lambda n: seats[firms[f"Ver {n}"]])
