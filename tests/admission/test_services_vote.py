"""Votes: one each, secret ones, quorum, written rounds, a late interest."""

from datetime import timedelta

import pytest
from flask import Flask

from impactmakelaar.admission import (
    queries_check,
    queries_decisions,
    queries_meetings,
    queries_reviews,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_meeting import Vote
from impactmakelaar.admission.rules import State
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from tests.admission.makers import (
    CRITERIA,
    DAY,
    NEXT_WEEK,
    make_adopted,
    make_committee,
    make_reviewed,
    prepare,
    put_to_vote,
    review_all,
    vote_all,
)
from tests.conftest import on_both


@on_both
@pytest.mark.parametrize("secret", [False, True])
def test_a_late_interest_annuls_the_vote_and_the_prepared_decision(
    app: Flask, secret: bool
) -> None:
    c = make_committee()
    row, _ = make_adopted(c, secret=secret)
    prepare(c, row)
    first = queries_meetings.live_item(row)
    assert first is not None
    services_committee.declare(
        row=row, person=c.members[0], kind=Interest.MONEY, explanation="", by=c.secretary, today=DAY
    )
    db.session.expire_all()
    assert first.state == "annulled"
    assert queries_decisions.decision(row) is None
    assert row.state == State.DELIBERATION
    second = queries_meetings.live_item(row)
    assert second is not None
    assert (second.id != first.id, second.state) == (True, "waiting")
    review_all_again(c, row)
    again = put_to_vote(c, row, second.meeting)
    assert again.present == 4
    with pytest.raises(NotFound):
        services_vote.cast(item=again, choice="in_favour", by=c.members[0], today=DAY)
    vote_all(c, again)
    services_vote.close_vote(item=again, by=c.secretary, today=DAY)
    assert prepare(c, row).in_favour == 4
    assert queries_check.broken() == []


def review_all_again(c: object, row: Application) -> None:
    """The reviews of the others stand; nothing is missing when a non-reviewer left."""
    assert all(done for _, _, done in queries_reviews.assignments(row))


@on_both
def test_one_vote_each_and_only_while_voting(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row)
    services_vote.cast(item=item, choice="against", by=c.chair, today=DAY)
    with pytest.raises(Refused, match="al gestemd"):
        services_vote.cast(item=item, choice="in_favour", by=c.chair, today=DAY)
    with pytest.raises(Refused, match="niet als stemgerechtigd"):
        services_vote.cast(item=item, choice="in_favour", by=c.substitute, today=DAY)
    with pytest.raises(Refused, match="pas 1 stemmen"):
        services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    for person in c.members:
        services_vote.cast(item=item, choice="in_favour", by=person, today=DAY)
    closed = services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    assert (closed.state, closed.in_favour, closed.against) == ("adopted", 3, 1)
    with pytest.raises(Refused, match="gesloten"):
        services_vote.cast(item=item, choice="in_favour", by=c.vice, today=DAY)


@on_both
def test_a_secret_ballot_keeps_no_choice_beside_a_name(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row, secret=True)
    for person, choice in zip(
        c.full, ["in_favour", "against", "in_favour", "blank", "in_favour"], strict=True
    ):
        services_vote.cast(item=item, choice=choice, by=person, today=DAY)
    assert set(queries_meetings.votes([item])[item.id].values()) == {None}
    closed = services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    assert (closed.in_favour, closed.against, closed.blank) == (3, 1, 1)
    assert {c.name for c in Vote.__table__.columns} == {
        "item_id",
        "person_id",
        "entitled",
        "secret",
        "choice",
    }
    assert queries_check.broken() == []


def test_a_rejected_proposal_makes_room_for_another(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    item = put_to_vote(c, row)
    vote_all(c, item, "against")
    assert services_vote.close_vote(item=item, by=c.secretary, today=DAY).state == "rejected"
    again = put_to_vote(c, row, item.meeting, outcome="refused")
    vote_all(c, again)
    services_vote.close_vote(item=again, by=c.secretary, today=DAY)
    assert prepare(c, row).outcome == "refused"


def test_recusals_without_quorum_say_what_to_do(app: Flask) -> None:
    c = make_committee(no_quorum="written")
    row, _ = make_reviewed(c)
    for person in (c.chair, c.vice, c.members[0]):
        services_committee.declare(
            row=row, person=person, kind=Interest.TRADE, explanation="", by=person, today=DAY
        )
    review_all(c, row)
    with pytest.raises(Refused, match="Vraag een plaatsvervanger"):
        put_to_vote(c, row)
    item = put_to_vote(
        c, row, queries_meetings.live_item(row).meeting, present=[*c.members, c.substitute]
    )
    assert item.present == 3
    assert item.chaired_by_id == min(c.members[1].id, c.members[2].id)


def test_a_written_round_asks_everybody_and_waits_for_its_last_day(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    meeting = services_meeting.start_written_round(
        region=c.region,
        rows=[row],
        closes_on=NEXT_WEEK,
        reason="Vakantie",
        by=c.secretary,
        today=DAY,
    )
    item = queries_meetings.live_item(row)
    assert item is not None
    item = services_vote.propose(
        item=item,
        outcome="admitted",
        badge="grace",
        conditions="",
        secret=False,
        by=c.secretary,
        today=DAY,
    )
    for person in c.full[:3]:
        services_vote.cast(item=item, choice="in_favour", by=person, today=DAY)
    with pytest.raises(Refused, match="nog stemmen tot en met 9 maart 2026"):
        services_vote.close_vote(item=item, by=c.secretary, today=NEXT_WEEK)
    after = NEXT_WEEK + timedelta(days=1)
    with pytest.raises(Refused, match="U kon stemmen"):
        services_vote.cast(item=item, choice="in_favour", by=c.members[2], today=after)
    assert services_vote.close_vote(item=item, by=c.secretary, today=after).state == "adopted"
    assert meeting.kind == "written"


def test_the_vice_chair_decides_when_the_chair_has_an_interest(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    services_committee.declare(
        row=row, person=c.chair, kind=Interest.FAMILY, explanation="", by=c.chair, today=DAY
    )
    review_all(c, row)
    item = put_to_vote(c, row)
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.vice, today=DAY)
    with pytest.raises(NotFound):
        prepare(c, row, by=c.chair)
    assert prepare(c, row, by=c.vice).prepared_by_id == c.vice.id


def test_a_legal_form_without_a_certificate_is_warned_about(app: Flask) -> None:
    c = make_committee()
    row, _ = make_adopted(c, profile={"legal_form": "eenmanszaak"})
    arguments = {
        "row": row,
        "reasons": dict.fromkeys(CRITERIA, "Ja"),
        "summary": "",
        "by": c.chair,
        "today": DAY,
    }
    with pytest.raises(Refused, match=r"Geen enkel keurmerk.*rechtsvorm") as refusal:
        services_decision.prepare(warning_answer="", **arguments)  # type: ignore[arg-type]
    assert refusal.value.field == "warning_answer"
    decision = services_decision.prepare(warning_answer="Wordt een bv.", **arguments)  # type: ignore[arg-type]
    assert decision.warning_accepted == "Wordt een bv."
