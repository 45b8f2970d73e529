"""The life of a contract: registered, laid down, changed, invoiced, settled; always adds up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import (
    queries,
    queries_versions,
    services,
    services_change,
    services_ledger,
    services_letters,
    services_rules,
)
from impactmakelaar.social_return.models import Contract
from impactmakelaar.social_return.rules import Category, Phase
from impactmakelaar.social_return.rules_prices import document_of
from tests.conftest import on_both
from tests.makers import make_member, make_organisation, make_person
from tests.social_return.lists import LEIDEN, TWENTE
from tests.social_return.makers import (
    STATED,
    TODAY,
    Place,
    heading,
    make_contract,
    make_place,
    make_prices,
    make_rules,
)


@pytest.fixture
def place(app: Flask) -> Iterator[Place]:
    """Every test ends with a ledger that adds up."""
    yield make_place()
    assert services_ledger.check(TODAY) == []


def figures(row: Contract) -> queries.Account:
    return queries.account(row, TODAY)


@on_both
def test_obligation_is_booked_when_an_officer_lays_it_down(place: Place) -> None:
    row = services.register_contract(
        authority=place.authority,
        contractor=place.contractor,
        heading=heading(),
        stated=STATED,
        by=place.builder,
    )
    assert (row.phase, figures(row).balance) == (Phase.DRAFT, 0)
    services.submit(row=row, by=place.builder)
    services.confirm(row=row, by=place.officer, today=TODAY)

    assert row.phase == Phase.ACTIVE
    assert figures(row).balance == 2_000_000
    (entry,) = queries.entries(row)
    assert entry.steps[-1] == [
        "5 % van €\u00a0400.000 (opdrachtwaarde) is €\u00a020.000.",
        2_000_000,
    ]
    kinds = list(db.session.scalars(select(OutboxMail.kind).order_by(OutboxMail.id)))
    assert kinds == ["social_registered", "social_confirmed"]


def test_only_who_may_registers_and_lays_down(place: Place) -> None:
    stranger = make_member(make_organisation(Kind.CONTRACTOR, "Ander"), Role.CONTRACTOR)
    for who in (stranger, make_person()):
        with pytest.raises(NotFound):
            services.register_contract(
                authority=place.authority,
                contractor=place.contractor,
                heading=heading(),
                stated=STATED,
                by=who,
            )
    row = services.register_contract(
        authority=place.authority,
        contractor=place.contractor,
        heading=heading(),
        stated=STATED,
        by=place.buyer,
    )
    services.submit(row=row, by=place.builder)
    for who in (place.builder, place.buyer, stranger):
        with pytest.raises(NotFound):
            services.confirm(row=row, by=who, today=TODAY)


def test_same_contract_twice_is_refused(place: Place) -> None:
    make_contract(place)
    with pytest.raises(Refused) as refusal:
        make_contract(place)
    assert refusal.value.field == "number"


def test_contractor_cannot_lower_his_own_obligation(place: Place) -> None:
    with pytest.raises(Refused) as refusal:
        make_contract(place, stated=replace(STATED, reduced_points=100, reason="weinig werk"))
    assert refusal.value.field == "reduced_points"


@on_both
def test_change_and_early_end_are_new_entries(place: Place) -> None:
    row = make_contract(place)
    services_change.amend(
        row=row,
        stated=replace(STATED, value=60_000_000, reason="meerwerk"),
        by=place.officer,
        today=TODAY,
    )
    assert figures(row).balance == 3_000_000
    services_change.end_early(
        row=row,
        ends_on=date(2026, 10, 31),
        value=25_000_000,
        reason="opgezegd",
        by=place.officer,
        today=TODAY,
    )

    assert figures(row).balance == 1_250_000
    assert [e.cents for e in queries.entries(row)] == [2_000_000, 1_000_000, -1_750_000]
    assert [t.number for t in queries.all_terms(row)] == [1, 2, 3]
    with pytest.raises(NotFound):
        services_change.amend(row=row, stated=STATED, by=place.builder, today=TODAY)


def test_reasoned_reduction_by_an_officer(place: Place) -> None:
    row = make_contract(place)
    for reason, allowed in (("", False), ("Vooral materiaal.", True)):
        stated = replace(STATED, reduced_points=200, reason=reason)
        if allowed:
            services_change.amend(row=row, stated=stated, by=place.officer, today=TODAY)
        else:
            with pytest.raises(Refused):
                services_change.amend(row=row, stated=stated, by=place.officer, today=TODAY)
    assert figures(row).balance == 800_000


@on_both
def test_obligation_moves_with_invoices_where_that_is_the_base(app: Flask) -> None:
    place = make_place(base="invoiced")
    row = make_contract(place)
    assert (figures(row).balance, figures(row).room) == (0, 2_000_000)
    for number, amount in (("F1", 10_000_000), ("F2", 5_000_000), ("C1", -1_000_000)):
        services_change.add_invoice(
            row=row,
            number=number,
            invoiced_on=TODAY,
            amount=amount,
            by=place.builder,
            today=TODAY,
        )

    assert [e.cents for e in queries.entries(row)] == [500_000, 250_000, -50_000]
    assert figures(row).balance == 700_000
    with pytest.raises(Refused):
        services_change.add_invoice(
            row=row, number="f-1", invoiced_on=TODAY, amount=1, by=place.builder, today=TODAY
        )
    assert services_ledger.check(TODAY) == []


def test_invoices_do_not_move_a_contract_value(place: Place) -> None:
    row = make_contract(place)
    services_change.add_invoice(
        row=row, number="F1", invoiced_on=TODAY, amount=100, by=place.builder, today=TODAY
    )
    assert figures(row).balance == 2_000_000


@pytest.mark.parametrize(("outcome", "kind"), [("waived", "settlement"), ("paid", "settlement")])
def test_rest_is_closed_with_a_reason(place: Place, outcome: str, kind: str) -> None:
    row = make_contract(place)
    with pytest.raises(Refused):
        services_change.settle(row=row, outcome="", reason="", by=place.officer, today=TODAY)
    services_change.settle(
        row=row, outcome=outcome, reason="Afspraak.", by=place.officer, today=TODAY
    )

    assert (row.phase, figures(row).balance) == (Phase.SETTLED, 0)
    assert queries.entries(row)[-1].kind == kind


@on_both
def test_rest_is_carried_to_another_contract(place: Place) -> None:
    row, other = make_contract(place), make_contract(place, "2026-002")
    services_change.settle(
        row=row, outcome="carried", reason="Samen.", by=place.officer, today=TODAY, into=other
    )

    assert (figures(row).balance, figures(other).balance) == (0, 4_000_000)


def test_rest_is_not_carried_into_the_account_of_another_authority(place: Place) -> None:
    elsewhere = make_organisation(Kind.AUTHORITY, "Gemeente Zandvoort", region_id=place.region.id)
    row, other = make_contract(place), make_contract(replace(place, authority=elsewhere), "Z-1")
    officer = make_member(place.authority, Role.SROI_OFFICER)

    with pytest.raises(Refused) as refusal:
        services_change.settle(
            row=row, outcome="carried", reason="Samen.", by=officer, today=TODAY, into=other
        )

    assert refusal.value.field == "into"
    assert (row.phase, figures(other).balance) == (Phase.ACTIVE, 2_000_000)


def test_contract_keeps_its_versions(place: Place) -> None:
    row = make_contract(place)
    services_rules.set_prices(
        owner=place.region,
        document=document_of(LEIDEN),
        valid_from=date(2026, 1, 1),
        source="Besluit",
        by=place.officer,
        seen=1,
    )
    later = make_contract(place, "2026-002")

    assert queries_versions.prices_of(row) != queries_versions.prices_of(later) == LEIDEN
    with pytest.raises(Refused):  # somebody was first
        services_rules.set_prices(
            owner=place.region,
            document=document_of(LEIDEN),
            valid_from=TODAY,
            source="",
            by=place.officer,
            seen=1,
        )
    with pytest.raises(NotFound):
        services_rules.set_prices(
            owner=place.region,
            document=document_of(LEIDEN),
            valid_from=TODAY,
            source="",
            by=place.builder,
            seen=2,
        )


def test_rules_of_the_authority_go_before_those_of_its_region(place: Place) -> None:
    make_rules(
        place.authority,
        date(2026, 6, 1),
        categories={"services": {"threshold": 10_000_000, "points": 200}},
    )
    make_prices(place.authority, TWENTE, date(2026, 6, 1))

    before = services.calculate(place.authority, heading(), STATED)
    after = services.calculate(place.authority, heading(awarded_on=date(2026, 6, 1)), STATED)

    assert (before.amount, after.amount) == (2_000_000, 800_000)


def test_no_rules_on_the_day_is_said(place: Place) -> None:
    with pytest.raises(Refused) as refusal:
        services.calculate(place.authority, heading(awarded_on=date(2019, 1, 1)), STATED)
    assert refusal.value.field == "awarded_on"


@on_both
def test_award_hands_its_contract_down_once(place: Place) -> None:
    def propose(reference: str) -> Contract | None:
        return services.propose_contract(
            authority=place.authority,
            contractor=place.contractor,
            heading=heading(category=Category.WORKS),
            stated=STATED,
            reference=reference,
            by=place.buyer,
        )

    row, again = propose("award:1"), propose("award:1")

    assert row is not None
    assert again is not None
    assert (row.id, row.phase) == (again.id, Phase.DRAFT)
    assert db.session.scalar(select(func.count(OutboxMail.id))) == 1
    assert services.stated_of(queries.all_terms(row)[-1]) == STATED


def test_sent_back_draft_is_changed_and_sent_again(place: Place) -> None:
    row = services.register_contract(
        authority=place.authority,
        contractor=place.contractor,
        heading=heading(),
        stated=STATED,
        by=place.builder,
    )
    services.submit(row=row, by=place.builder)
    services.send_back(row=row, reason="Het loondeel ontbreekt.", by=place.officer)
    services.change_draft(
        row=row, heading=heading(), stated=replace(STATED, value=30_000_000), by=place.builder
    )
    services.submit(row=row, by=place.builder)
    services.confirm(row=row, by=place.officer, today=TODAY)

    assert figures(row).balance == 1_500_000


def test_plan_is_agreed_in_versions(place: Place) -> None:
    row = make_contract(place)
    for text_ in ("Eerste plan", "Tweede plan"):
        services.write_plan(
            row=row,
            text=text_,
            planned={"placement": 100, "purchase": 0},
            report_on=None,
            by=place.builder,
        )
        services.agree_plan(row=row, by=place.officer)

    plan = queries.plan(row)
    assert plan is not None
    assert (plan.number, plan.text, plan.planned) == (2, "Tweede plan", {"placement": 100})
    with pytest.raises(Refused):
        services.agree_plan(row=row, by=place.officer)


@on_both
def test_what_is_booked_never_changes(place: Place) -> None:
    make_contract(place)
    for statement in (
        "UPDATE social_entry SET cents = 1",
        "DELETE FROM social_entry",
        "UPDATE social_terms SET value = 1",
        "DELETE FROM social_prices",
    ):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


@on_both
def test_reminder_is_sent_once_and_the_most_urgent(place: Place) -> None:
    make_contract(place)
    day = date(2027, 12, 10)

    assert services_letters.send_reminders(TODAY) == 0
    assert services_letters.send_reminders(day) == 1
    assert services_letters.send_reminders(day) == 0
    assert services_letters.send_reminders(date(2028, 1, 5)) == 1
    letters = select(OutboxMail.subject).where(OutboxMail.kind == "social_reminder")
    assert (
        list(db.session.scalars(letters))
        == ["Nog € 20.000 social return open: Onderhoud wegen"] * 2
    )


def test_check_finds_what_does_not_add_up(app: Flask) -> None:
    row = make_contract(make_place())
    with transaction():
        db.session.execute(text("DROP TRIGGER social_entry_no_update"))
        db.session.execute(text("UPDATE social_entry SET cents = cents + 1"))
    db.session.expire_all()

    assert services_ledger.check(TODAY) == [
        f"{row.public_id}: the obligation booked is not the one computed"
    ]


def test_figures_of_many_contracts_cost_no_more_queries(place: Place) -> None:
    rows = [make_contract(place, f"2026-{n:03}") for n in range(5)]
    found = queries.accounts(rows, TODAY)

    assert {one.balance for one in found.values()} == {2_000_000}
