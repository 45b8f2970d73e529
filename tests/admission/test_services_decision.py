"""Decisions: announced, deferred, objected to, withdrawn; what holds until the next."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from impactmakelaar.admission import (
    queries_check,
    queries_decisions,
    services,
    services_decision,
)
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import AgendaItem
from impactmakelaar.admission.rules import State
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import NotFound, Refused
from tests.admission.makers import (
    DAY,
    NEXT_WEEK,
    decide_again,
    mails,
    make_adopted,
    make_announced,
    make_committee,
    prepare,
)
from tests.conftest import on_both


def test_nothing_is_announced_before_it_is_announced(app: Flask) -> None:
    c = make_committee()
    row, _ = make_adopted(c)
    prepare(c, row)
    assert queries_decisions.announced_decisions(row) == []
    assert mails("admission_announced") == []
    services_decision.announce(row=row, by=c.chair, today=DAY)
    with pytest.raises(Refused, match="al bekendgemaakt"):
        services_decision.announce(row=row, by=c.chair, today=DAY)
    assert len(mails("admission_announced")) == 1


def test_a_deferral_opens_the_next_round(app: Flask) -> None:
    c = make_committee()
    row, _ = make_announced(c, outcome="deferred")
    assert (row.state, row.round) == (State.SUBMITTED, 2)
    decide_again(c, row, NEXT_WEEK)
    first, second = queries_decisions.decisions(row)
    assert (first.outcome, first.withdrawn_on) == ("deferred", None)
    assert (second.outcome, second.announced_on) == ("admitted", NEXT_WEEK)


@on_both
def test_who_led_the_vote_does_not_decide_on_the_objection(app: Flask) -> None:
    c = make_committee()
    row, person = make_announced(c, outcome="refused")
    [decision] = queries_decisions.decisions(row)
    # The administrator stood in for a chair who had an interest; he neither voted nor announced.
    item = db.session.get(AgendaItem, decision.item_id)
    assert item is not None
    assert c.admin.id not in queries_decisions.took_part(decision)
    with transaction():
        item.chaired_by_id = c.admin.id
    assert c.admin.id in queries_decisions.took_part(decision)
    objection = services.file_objection(row=row, grounds="Klopt niet", by=person, today=NEXT_WEEK)
    with pytest.raises(NotFound):
        services_decision.decide_objection(
            row=row,
            objection=objection,
            outcome="upheld",
            reasons="Ja",
            by=c.admin,
            today=NEXT_WEEK,
        )


@on_both
def test_an_upheld_objection_withdraws_a_refusal_and_opens_a_round(app: Flask) -> None:
    c = make_committee()
    row, person = make_announced(c, outcome="refused")
    objection = services.file_objection(row=row, grounds="Klopt niet", by=person, today=NEXT_WEEK)
    with pytest.raises(Refused, match="al bezwaar"):
        services.file_objection(row=row, grounds="Nog eens", by=person, today=NEXT_WEEK)
    for involved in (c.chair, c.vice, c.secretary):
        with pytest.raises(NotFound):
            services_decision.decide_objection(
                row=row,
                objection=objection,
                outcome="upheld",
                reasons="Ja",
                by=involved,
                today=NEXT_WEEK,
            )
    services_decision.decide_objection(
        row=row, objection=objection, outcome="upheld", reasons="Ja", by=c.admin, today=NEXT_WEEK
    )
    assert (row.state, row.round) == (State.SUBMITTED, 2)
    assert queries_decisions.decisions(row)[0].withdrawn_on == NEXT_WEEK
    later = NEXT_WEEK + timedelta(days=7)
    assert decide_again(c, row, later).outcome == "admitted"
    assert queries_check.broken() == []


def test_a_rejected_objection_leaves_the_decision(app: Flask) -> None:
    c = make_committee()
    row, person = make_announced(c, outcome="refused")
    objection = services.file_objection(row=row, grounds="Nee", by=person, today=NEXT_WEEK)
    services_decision.decide_objection(
        row=row, objection=objection, outcome="rejected", reasons="Nee", by=c.admin, today=NEXT_WEEK
    )
    assert row.state == State.ANNOUNCED
    assert queries_decisions.decisions(row)[0].withdrawn_on is None


def test_an_admission_holds_until_the_next_round_is_decided(app: Flask) -> None:
    c = make_committee()
    row, person = make_announced(c, badge="none")
    objection = services.file_objection(row=row, grounds="Badge", by=person, today=NEXT_WEEK)
    services_decision.decide_objection(
        row=row, objection=objection, outcome="upheld", reasons="Ja", by=c.admin, today=NEXT_WEEK
    )
    assert queries_decisions.decisions(row)[0].withdrawn_on is None
    later = NEXT_WEEK + timedelta(days=7)
    decide_again(c, row, later)
    assert [d.withdrawn_on for d in queries_decisions.decisions(row)] == [later, None]


def test_the_decision_names_the_item_it_follows(app: Flask) -> None:
    c = make_committee()
    make_announced(c)
    decision = db.session.scalars(select(Decision)).one()
    item = db.session.scalars(select(AgendaItem)).one()
    assert decision.item_id == item.id
