"""The facts as the tables hold them give the same standing as the rule's own values."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import event

from impactmakelaar.admission import queries_standing as queries
from impactmakelaar.admission.models_certificates import CertificateEnd
from impactmakelaar.admission.models_standing import Leaving, Recognition, Suspension
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation, Succession
from tests.conftest import on_both
from tests.makers import (
    THEN,
    make,
    make_admitted,
    make_application,
    make_certificate,
    make_decision,
    make_enterprise,
    make_person,
    make_policy,
    make_region,
)

D = date(2027, 3, 1)
LAST = date(2028, 3, 1)


@pytest.fixture
def region(app: Flask) -> Organisation:
    """A region with its policy."""
    found = make_region()
    make_policy(found)
    return found


def state(enterprise: Organisation, on: date) -> str:
    """The state of a day."""
    assert enterprise.region is not None
    return queries.standing_of(enterprise, enterprise.region, on).state.value


@on_both
def test_standing_follows_decision_and_certificate(region: Organisation) -> None:
    one = make_admitted(make_enterprise(region), D, "grace")
    make_certificate(one, date(2027, 11, 10), date(2029, 11, 9))
    found = queries.standing_of(one, region, LAST)
    assert (found.state, found.last_day) == ("certified", date(2029, 11, 9))
    assert queries.certificate_name(found) == "Code Sociale Ondernemingen (Geregistreerd)"
    assert state(one, date(2027, 2, 28)) == "none"
    assert state(one, D) == "in_grace"
    assert state(one, date(2029, 11, 10)) == "lapsed"


def test_what_is_not_announced_changes_nothing(region: Organisation) -> None:
    one = make_enterprise(region)
    make_application(one, submitted_on=D)
    assert state(one, D) == "applied"


def test_a_check_that_was_a_mistake_never_counted(region: Organisation) -> None:
    one = make_admitted(make_enterprise(region), D, "grace")
    check = make_certificate(one, D, date(2029, 1, 1))
    make(
        CertificateEnd(
            check_id=check.id,
            kind="mistake",
            from_day=D,
            reason="Verkeerd nummer.",
            recorded_at=THEN,
            recorded_by_id=make_person().id,
        )
    )
    assert state(one, LAST) == "in_grace"


def test_a_deferred_decision_decides_nothing(region: Organisation) -> None:
    one = make_enterprise(region)
    asked = make_application(one, submitted_on=D)
    make_decision(one, date(2027, 4, 1), "deferred", "none", application=asked)
    assert state(one, date(2027, 4, 2)) == "applied"


def test_suspension_leaving_and_recognition_are_read(region: Organisation) -> None:
    person = make_person()
    one = make_admitted(make_enterprise(region), D, "grace")
    keys = {"enterprise_id": one.id, "region_id": region.id}
    make(
        Suspension(
            **keys,
            reason="Klachten",
            proposed_at=THEN,
            proposed_by_id=person.id,
            answer_by=D,
            heard_on=D,
            from_day=date(2027, 5, 1),
            last_day=date(2027, 5, 31),
        )
    )
    make(Leaving(**keys, from_day=date(2027, 8, 1), asked_at=THEN, asked_by_id=person.id))
    assert state(one, date(2027, 5, 31)) == "suspended"
    assert state(one, date(2027, 6, 1)) == "in_grace"
    assert state(one, date(2027, 8, 1)) == "ended"
    two = make_enterprise(region)
    make(
        Recognition(
            enterprise_id=two.id,
            region_id=region.id,
            other_region="Rivierenland",
            badge="certified",
            from_day=D,
            last_day=LAST,
            source="https://rivierenland.example/besluit",
            recorded_at=THEN,
            recorded_by_id=person.id,
        )
    )
    assert state(two, LAST) == "certified"


@on_both
def test_a_successor_carries_the_history(region: Organisation) -> None:
    old = make_admitted(make_enterprise(region), D, "grace")
    make_certificate(old, D, date(2029, 3, 1))
    new = make_enterprise(region)
    make(
        Succession(
            predecessor_id=old.id,
            successor_id=new.id,
            effective_on=date(2027, 10, 1),
            reason="bv geworden",
            linked_at=datetime(2027, 10, 1, tzinfo=UTC),
            linked_by_id=make_person().id,
        )
    )
    assert state(new, date(2027, 9, 30)) == "none"
    assert state(new, date(2027, 10, 1)) == "lapsed"
    make_certificate(new, date(2027, 10, 1), date(2029, 3, 1))
    assert state(new, date(2027, 10, 1)) == "certified"
    assert state(new, date(2029, 3, 2)) == "lapsed"


def test_the_later_number_holds_of_two_versions_from_one_day(region: Organisation) -> None:
    make_policy(region, valid_from=date(2027, 1, 1), grace_months=3)
    make_policy(region, valid_from=date(2027, 1, 1), grace_months=6)
    one = make_admitted(make_enterprise(region), D, "grace")
    assert queries.standing_of(one, region, D).last_day == date(2027, 9, 1)


def test_many_standings_cost_as_many_queries_as_one(region: Organisation) -> None:
    def count_for(ids: list[int] | None) -> int:
        seen: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_more: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            queries.standings(region.id, D, ids)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    ids = [make_admitted(make_enterprise(region), D, "grace").id for _ in range(12)]
    queries.standings(region.id, D, ids)
    assert count_for(ids[:1]) == count_for(ids) == count_for(None)
