"""Declared efforts: once each, judged with reasons, weighed by the standing of the supplier."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.social_return import (
    queries,
    queries_effort,
    queries_grounds,
    services,
    services_change,
    services_effort,
    services_ledger,
    services_rules,
    services_verdict,
)
from impactmakelaar.social_return.models import Contract, EffortRow
from impactmakelaar.social_return.rules import Effort, Verdict
from impactmakelaar.social_return.services_effort import Declared
from tests.conftest import on_both
from tests.interleaving import interleaved, together
from tests.makers import make_admitted, make_enterprise, make_member, make_organisation
from tests.social_return.makers import TODAY, Place, make_contract, make_place


@pytest.fixture
def place(app: Flask) -> Iterator[Place]:
    """Every test ends with a ledger that adds up."""
    yield make_place()
    assert services_ledger.check(TODAY) == []


PERSON = Declared(
    Effort.PLACEMENT,
    item="pw",
    candidate_code="K-01",
    starts_on=date(2026, 1, 1),
    ends_on=date(2026, 6, 30),
    hours=Decimal(24),
    signed=True,
)


def bought(enterprise: Organisation, **fields: Any) -> Declared:
    values: dict[str, Any] = {
        "supplier_kvk": enterprise.kvk_number,
        "supplier_name": enterprise.name,
        "invoice_number": "F-1",
        "invoiced_on": date(2026, 6, 1),
        "amount": 1_210_000,
        "vat": 2_100,
    }
    return Declared(Effort.PURCHASE, **values | fields)


def declare(place: Place, contract: Contract, stated: Declared, **fields: Any) -> EffortRow:
    values = {"by": place.builder, "today": TODAY} | fields
    return services_effort.declare(contract=contract, stated=stated, **values)


def judge(place: Place, row: EffortRow, verdict: Verdict = Verdict.APPROVED, **fields: Any) -> None:
    values = {"reason": "", "by": place.officer, "today": TODAY} | fields
    services_verdict.judge_one(effort=queries_effort.state_of(row), verdict=verdict, **values)


def holder(place: Place, on: date = date(2026, 1, 1)) -> Organisation:
    """An enterprise with the badge for a year from this day on."""
    return make_admitted(make_enterprise(place.region, "Bakkerij"), on, "grace")


@on_both
def test_declared_is_not_approved(place: Place) -> None:
    contract = make_contract(place)
    row = declare(place, contract, PERSON)

    assert row.declared_cents == 1_333_333
    account = queries.account(contract, TODAY)
    assert (account.balance, account.declared) == (2_000_000, 1_333_333)

    judge(place, row)
    account = queries.account(contract, TODAY)
    assert (account.balance, account.declared, account.approved) == (666_667, 0, 1_333_333)


def test_nobody_judges_what_he_declared_or_may_not(place: Place) -> None:
    contract = make_contract(place)
    row = declare(place, contract, PERSON, by=place.officer)
    for who in (place.officer, place.builder, place.buyer):
        with pytest.raises(NotFound):
            judge(place, row, by=who)
    judge(place, row, by=make_member(place.authority, Role.SROI_OFFICER))


@on_both
def test_refusal_has_a_reason_and_a_correction_is_an_entry(place: Place) -> None:
    contract = make_contract(place)
    row = declare(place, contract, PERSON)
    with pytest.raises(Refused):
        judge(place, row, Verdict.REFUSED)
    judge(place, row)
    with pytest.raises(Refused, match="verandert niets"):
        judge(place, row)
    judge(place, row, cents=1_000_000, reason="Een maand niet gewerkt.")
    judge(place, row, Verdict.REFUSED, reason="Verklaring klopt niet.")

    assert [e.cents for e in queries.entries(contract)] == [
        2_000_000,
        -1_333_333,
        333_333,
        1_000_000,
    ]
    assert [v.verdict for v in queries_effort.verdicts(row)] == ["approved", "approved", "refused"]
    with pytest.raises(NotFound):
        judge(place, row)


def test_retracted_before_it_was_judged(place: Place) -> None:
    contract = make_contract(place)
    row = declare(place, contract, PERSON)
    services_verdict.retract(
        effort=queries_effort.state_of(row), reason="Vergissing", by=place.builder, today=TODAY
    )

    assert queries_effort.state_of(row).state == Verdict.RETRACTED
    assert queries.account(contract, TODAY).declared == 0
    declare(place, contract, PERSON)


def test_several_are_judged_at_once_or_none(place: Place) -> None:
    contract = make_contract(place)
    rows = [declare(place, contract, replace(PERSON, candidate_code=f"K-{n}")) for n in (1, 2)]
    efforts = [queries_effort.state_of(row) for row in rows]
    stranger = make_member(make_organisation(Kind.REGION, "Ver"), Role.SROI_OFFICER)
    with pytest.raises(NotFound):
        services_verdict.judge_many(
            efforts=efforts, verdict=Verdict.APPROVED, reason="", by=stranger, today=TODAY
        )
    services_verdict.judge_many(
        efforts=efforts, verdict=Verdict.APPROVED, reason="", by=place.officer, today=TODAY
    )

    assert queries.account(contract, TODAY).balance == 2_000_000 - 2 * 1_333_333


# Social purchasing ----------------------------------------------------------------------------


@on_both
@pytest.mark.parametrize(
    ("on", "counts"),
    [(date(2026, 1, 1), 1_000_000), (date(2027, 1, 1), 1_000_000), (date(2027, 1, 2), 0)],
)
def test_purchase_counts_by_the_badge_on_the_deciding_day(
    place: Place, on: date, counts: int
) -> None:
    contract, enterprise = make_contract(place), holder(place)
    row = declare(place, contract, bought(enterprise, invoiced_on=on), today=date(2027, 6, 1))

    assert row.declared_cents == counts
    if not counts:
        assert row.steps[-1][0] == (
            "Telt niet. Bakkerij had op 2 januari 2027 geen badge meer: die gold tot en met "
            "1 januari 2027 (het eerste jaar liep af)."
        )


def test_supplier_outside_the_register_counts_when_the_region_recognises_it(place: Place) -> None:
    contract = make_contract(place)
    stranger = make_enterprise(make_organisation(Kind.REGION, "Ver"), "SW-bedrijf", approved=False)
    row = declare(place, contract, bought(stranger))
    assert row.declared_cents == 0
    assert "niet in het register" in row.steps[-1][0]

    services_rules.recognise_supplier(
        region=place.region,
        kvk=stranger.kvk_number or "",
        name="SW-bedrijf",
        ground="badge",
        level="",
        first_day=date(2026, 6, 1),
        last_day=date(2026, 12, 31),
        source="Besluit",
        by=place.officer,
    )
    assert services_effort.value(contract, row).amount == 1_000_000
    judge(place, row)
    assert queries.account(contract, TODAY).approved == 1_000_000


def test_what_later_facts_changed_is_shown_and_corrected_by_a_person(place: Place) -> None:
    contract, enterprise = make_contract(place), make_enterprise(place.region, "Later")
    row = declare(place, contract, bought(enterprise))
    judge(place, row)
    assert services_effort.differences(place.region) == []
    make_admitted(enterprise, date(2026, 1, 1), "grace")

    (found,) = services_effort.differences(place.region)
    assert (found.effort.row.id, found.now.amount) == (row.id, 1_000_000)
    assert queries.account(contract, TODAY).approved == 0
    judge(place, row)
    assert queries.account(contract, TODAY).approved == 1_000_000
    assert services_effort.differences(place.region) == []


@on_both
def test_invoice_counts_once_over_contracts_and_regions(place: Place) -> None:
    enterprise = holder(place)
    far = make_place(make_organisation(Kind.REGION, "Andere regio"))
    first, second = make_contract(place), make_contract(far)
    declare(place, first, bought(enterprise))
    with pytest.raises(Refused) as refusal:
        declare(far, second, bought(enterprise, invoice_number="f 1"))

    assert refusal.value.field == "share"
    assert place.contractor.name not in refusal.value.sentence


def test_invoice_is_split_up_to_the_whole(place: Place) -> None:
    enterprise = holder(place)
    first, second = make_contract(place), make_contract(place, "2026-002")
    row = declare(place, first, bought(enterprise, share=6_000))
    assert row.declared_cents == 600_000
    with pytest.raises(Refused, match="nog 40 %"):
        declare(place, second, bought(enterprise, share=4_001))
    assert declare(place, second, bought(enterprise, share=4_000)).declared_cents == 400_000
    judge(place, row, Verdict.REFUSED, reason="Niet betaald.")
    declare(place, first, bought(enterprise, share=6_000))


@on_both
def test_of_two_with_one_invoice_at_one_moment_one_counts(place: Place, app: Flask) -> None:
    enterprise = holder(place)
    ids = [make_contract(place, f"2026-{n}").id for n in (1, 2)]
    stated, builder = bought(enterprise), place.builder.id

    def one(number: int) -> None:
        contract = db.session.get_one(Contract, number)
        services_effort.declare(
            contract=contract,
            stated=stated,
            by=db.session.get_one(type(place.builder), builder),
            today=TODAY,
        )

    second = interleaved(app, lambda: one(ids[0]), lambda: one(ids[1]))

    assert isinstance(second.error, Refused)


# People ------------------------------------------------------------------------------------------


def test_months_of_one_person_are_capped_over_contracts(place: Place) -> None:
    first, second = make_contract(place), make_contract(place, "2026-002")
    year = {"item": "ww", "hours": Decimal(36)}
    declare(place, first, replace(PERSON, **year))
    row = declare(
        place,
        second,
        replace(PERSON, **year, starts_on=date(2026, 7, 1), ends_on=date(2027, 6, 30)),
        today=date(2027, 7, 1),
    )

    assert row.declared_cents == 1_000_000  # six months of the twelve were had
    assert "waarvan al 6 geteld" in row.steps[1][0]


def test_one_person_counts_once_on_a_day(place: Place) -> None:
    first, second = make_contract(place), make_contract(place, "2026-002")
    declare(place, first, replace(PERSON, share=5_000))
    with pytest.raises(Refused) as refusal:
        declare(place, second, PERSON)
    assert refusal.value.field == "share"
    declare(place, second, replace(PERSON, share=5_000))
    declare(place, second, replace(PERSON, starts_on=date(2026, 7, 1), ends_on=date(2026, 7, 31)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"candidate_code": "Jan de Wit"}, "candidate_code"),
        ({"candidate_code": "123456782"}, "candidate_code"),
        ({"note": "Het gaat om 123456782"}, "note"),
        ({"signed": False}, "signed"),
        ({"item": "opleiding"}, "item"),
        ({"ends_on": date(2026, 12, 1)}, "ends_on"),
        ({"starts_on": date(2025, 12, 31)}, "starts_on"),
        ({"employed_since": date(2024, 12, 31)}, "employed_since"),
        ({"share": 0}, "share"),
        ({"starts_on": None}, "starts_on"),
        ({"hours": None}, "hours"),
    ],
)
def test_what_may_not_be_declared(place: Place, changes: dict[str, Any], field: str) -> None:
    contract = make_contract(place)
    with pytest.raises(Refused) as refusal:
        declare(place, contract, replace(PERSON, **changes))
    assert refusal.value.field == field
    assert queries_effort.efforts(contract) == []


def test_nine_digits_are_kept_when_the_writer_says_what_they_are(place: Place) -> None:
    contract = make_contract(place)
    row = declare(
        place,
        contract,
        replace(PERSON, note="Zaak 123456782", digits_are="zaaknummer van de gemeente"),
    )
    assert row.digits_are == "zaaknummer van de gemeente"


def test_kind_that_the_rules_do_not_allow(app: Flask) -> None:
    place = make_place(efforts=["purchase"])
    with pytest.raises(Refused) as refusal:
        declare(place, make_contract(place), PERSON)
    assert refusal.value.field == "effort"


@on_both
def test_above_the_cap_does_not_count_until_the_obligation_grows(app: Flask) -> None:
    place = make_place(caps={"purchase": 5_000})
    contract, enterprise = make_contract(place), holder(place)
    row = declare(place, contract, bought(enterprise, amount=1_500_000, vat=None))
    judge(place, row)
    account = queries.account(contract, TODAY)
    assert (account.approved, account.over_cap, account.balance) == (1_500_000, 500_000, 1_000_000)

    stated = replace(
        services.stated_of(queries.all_terms(contract)[-1]), value=60_000_000, reason="meerwerk"
    )
    services_change.amend(row=contract, stated=stated, by=place.officer, today=TODAY)
    account = queries.account(contract, TODAY)
    assert (account.over_cap, account.balance) == (0, 1_500_000)
    assert services_ledger.check(TODAY) == []


def test_evidence_is_kept_with_the_effort(place: Place) -> None:
    contract = make_contract(place)
    pdf = io.BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    row = declare(place, contract, PERSON, uploads=[(pdf, "verklaring.pdf")])

    (file,) = queries_effort.state_of(row).files
    assert file.name == "verklaring.pdf"
    found = queries_effort.evidence(file.public_id)
    assert found is not None
    assert found[1].id == contract.id


def test_partner_declares_and_the_contractor_stays_responsible(place: Place) -> None:
    contract = make_contract(place)
    partner = make_organisation(Kind.CONTRACTOR, "Partner", region_id=place.region.id)
    member = make_member(partner, Role.CONTRACTOR)
    with pytest.raises(NotFound):
        declare(place, contract, PERSON, by=member)
    services.add_party(row=contract, organisation=partner, part="partner", by=place.builder)
    assert declare(place, contract, PERSON, by=member).contractor_id == place.contractor.id


def test_grounds_of_many_at_once_are_those_of_each(place: Place) -> None:
    badge, none = holder(place), make_enterprise(place.region)
    many = queries_grounds.grounds_of([badge, none], place.region.id, TODAY)

    for one in (badge, none):
        assert many[one.id] == queries_grounds.grounds_on(one, place.region, TODAY)
    assert [g.ground for g in many[badge.id].held] == ["badge"]
    assert many[none.id].held == ()


TRAINING = Declared(Effort.TRAINING, item="opleiding", amount=100_000, note="Heftruck")


def test_training_sent_twice_counts_once(place: Place) -> None:
    contract = make_contract(place)
    first = declare(place, contract, TRAINING)
    with pytest.raises(Refused, match="Precies dit staat al"):
        declare(place, contract, TRAINING)
    declare(place, contract, replace(TRAINING, note="Heftruck, tweede groep"))

    services_verdict.judge_one(
        effort=queries_effort.state_of(first),
        verdict=Verdict.REFUSED,
        reason="Geen bewijs",
        by=place.officer,
        today=TODAY,
    )
    declare(place, contract, TRAINING)

    assert len(queries_effort.efforts(contract)) == 3


@on_both
def test_training_sent_twice_at_once_counts_once(place: Place, app: Flask) -> None:
    contract = make_contract(place)
    ids = contract.id, place.builder.id

    def send() -> None:
        services_effort.declare(
            contract=db.session.get_one(Contract, ids[0]),
            stated=TRAINING,
            by=db.session.get_one(Person, ids[1]),
            today=TODAY,
        )

    runners = together(app, [send] * 4)

    db.session.rollback()  # see what the others stored
    assert [r.error is None for r in runners].count(True) == 1
    assert all(isinstance(r.error, Refused) for r in runners if r.error is not None)
    assert len(queries_effort.efforts(contract)) == 1
