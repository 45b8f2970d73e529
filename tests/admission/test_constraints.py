"""What the database refuses by itself, whoever writes to it; on both databases."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from impactmakelaar.admission import (
    queries_check,
    queries_decisions,
    services_committee,
    services_vote,
)
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import ItemAttendance, Vote
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db, transaction
from tests.admission.makers import (
    DAY,
    Committee,
    make_adopted,
    make_announced,
    make_committee,
    make_reviewed,
    prepare,
    put_to_vote,
    vote_all,
)
from tests.conftest import on_both


def refused(row: object) -> None:
    """The database refuses this row."""
    with pytest.raises(IntegrityError), transaction():
        db.session.add(row)


def refused_sql(statement: str, **values: object) -> None:
    """The database refuses this statement."""
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(text(statement), values)


def decision_like(known: Decision, **changes: object) -> Decision:
    """A second decision with the same facts but these."""
    names = [c.name for c in Decision.__table__.columns if c.name not in ("id", "public_id")]
    return Decision(**({name: getattr(known, name) for name in names} | changes))


def ballot(c: Committee, item_id: int, person_id: int, **changes: object) -> Vote:
    """A vote in favour, by name."""
    values: dict[str, object] = {
        "item_id": item_id,
        "person_id": person_id,
        "entitled": True,
        "secret": False,
        "choice": "in_favour",
    }
    return Vote(**(values | changes))


@on_both
def test_votes_that_the_database_refuses(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row, present=c.full[:4])
    number, voter = item.id, c.full[0].id
    services_vote.cast(item=item, choice="against", by=c.full[0], today=DAY)
    refused(ballot(c, number, voter))
    refused(ballot(c, number, c.full[4].id))
    refused(ballot(c, number, c.full[4].id, entitled=False))
    refused(ballot(c, number, c.secretary.id))
    refused(ballot(c, number, c.full[1].id, choice="perhaps"))
    refused(ballot(c, number, c.full[1].id, choice=None))
    refused(ballot(c, number, c.full[1].id, secret=True, choice=None))
    refused_sql("UPDATE vote SET choice = 'in_favour' WHERE item_id = :i", i=number)
    refused_sql("DELETE FROM vote WHERE item_id = :i", i=number)
    refused(
        ItemAttendance(
            item_id=number, person_id=c.secretary.id, present=False, recused=False, entitled=True
        )
    )
    for person in c.full[1:4]:
        services_vote.cast(item=item, choice="in_favour", by=person, today=DAY)
    refused_sql(
        "UPDATE agenda_item SET state = 'adopted', present = 4, in_favour = 4 WHERE id = :i",
        i=number,
    )
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    refused(ballot(c, number, c.full[1].id))
    assert queries_check.broken() == []


@on_both
def test_a_vote_of_who_has_an_interest_is_refused(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    services_committee.declare(
        row=row, person=c.substitute, kind=Interest.RIVAL, explanation="", by=c.secretary, today=DAY
    )
    item = put_to_vote(c, row)
    with transaction():
        db.session.execute(
            text("DELETE FROM item_attendance WHERE item_id = :i AND person_id = :p"),
            {"i": item.id, "p": c.substitute.id},
        )
        db.session.add(
            ItemAttendance(
                item_id=item.id,
                person_id=c.substitute.id,
                present=True,
                recused=False,
                entitled=True,
            )
        )
    refused(ballot(c, item.id, c.substitute.id))


@on_both
def test_ballots_of_a_closed_secret_vote_stay(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row, secret=True)
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    refused_sql("UPDATE ballot_count SET votes = 9 WHERE item_id = :i", i=item.id)
    refused_sql("DELETE FROM ballot_count WHERE item_id = :i", i=item.id)


@on_both
def test_decisions_that_the_database_refuses(app: Flask) -> None:
    c = make_committee()
    row, _ = make_adopted(c)
    known = prepare(c, row)
    refused(decision_like(known))
    with transaction():
        db.session.delete(db.session.get_one(Decision, known.id))
        row.state = "deliberation"
    again = prepare(c, row)
    number = again.id
    for change in (
        "present = 2",
        "quorum = 6",
        "in_favour = 2",
        "needed = 0",
        "against = 5",
        "outcome = 'refused'",
        "badge = 'gold'",
        "outcome = 'conditional'",
        "announced_on = '2026-03-03'",
        "withdrawn_on = '2026-03-03'",
    ):
        refused_sql(f"UPDATE decision SET {change} WHERE id = :i", i=number)
    queries_decisions.decision(row)


@on_both
def test_an_announced_decision_stays_as_it_is(app: Flask) -> None:
    c = make_committee()
    row, _ = make_announced(c)
    found = queries_decisions.decision(row)
    assert found is not None
    number = found.id
    for change in (
        "announced_on = '2026-03-03'",
        "badge = 'none'",
        "reasons = '{}'",
        "conditions = 'x'",
    ):
        refused_sql(f"UPDATE decision SET {change} WHERE id = :i", i=number)
    refused_sql("DELETE FROM decision WHERE id = :i", i=number)
    refused_sql("UPDATE policy_version SET valid_from = '2020-01-01'")
    assert queries_check.broken() == []


def test_the_check_finds_what_was_tampered_with(app: Flask) -> None:
    c = make_committee()
    make_announced(c)
    assert queries_check.broken() == []
    with transaction():
        db.session.execute(text("DROP TRIGGER vote_no_update"))
        db.session.execute(text("DROP TRIGGER decision_announced"))
        db.session.execute(
            text("UPDATE vote SET choice = 'against' WHERE person_id = :p"), {"p": c.chair.id}
        )
    assert queries_check.broken() != []
    assert app.test_cli_runner().invoke(args=["admission", "check"]).exit_code == 1
