"""An application from start to objection, on both databases."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from impactmakelaar.admission import (
    permissions,
    queries,
    queries_check,
    queries_decisions,
    queries_meetings,
    queries_policy,
    queries_reviews,
    services,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.models import AgendaItem, Application, Decision, Vote
from impactmakelaar.admission.rules import State
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from tests.admission.makers import (
    CRITERIA,
    DAY,
    NEXT_WEEK,
    decide_again,
    declare_none,
    make_adopted,
    make_announced,
    make_applicant,
    make_committee,
    make_complete,
    make_draft,
    make_meeting,
    make_policy,
    make_reviewed,
    make_submitted,
    prepare,
    put_to_vote,
    review_all,
    vote_all,
    write_review,
)
from tests.conftest import on_both
from tests.makers import make_person, make_region

PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


def mails(kind: str) -> list[str]:
    query = select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.recipient)
    return [row.recipient for row in db.session.scalars(query)]


@on_both
def test_from_application_to_announced_admission(app: Flask) -> None:
    c = make_committee()
    row, person = make_announced(c)
    decision = queries_decisions.decision(row)
    assert decision is not None
    assert (row.state, decision.outcome, decision.badge) == ("announced", "admitted", "grace")
    assert (decision.announced_on, decision.withdrawn_on) == (DAY, None)
    assert (decision.present, decision.in_favour, decision.quorum, decision.needed) == (5, 5, 3, 3)
    assert mails("admission_announced") == [person.email]
    assert mails("admission_submitted") == [person.email]
    assert mails("admission_to_check") == [c.secretary.email]
    assert len(mails("admission_to_review")) == 3
    assert queries_check.broken() == []


def test_starting_twice_gives_the_same_application(app: Flask) -> None:
    c = make_committee()
    enterprise, person = make_applicant(c)
    first = services.start(enterprise=enterprise, by=person, today=DAY)
    assert services.start(enterprise=enterprise, by=person, today=DAY).id == first.id
    assert first.document["about"] == "Wij doen goed."


def test_without_rules_nobody_applies(app: Flask) -> None:
    c = make_committee()
    enterprise, person = make_applicant(c)
    with pytest.raises(Refused, match="nog geen regels"):
        services.start(enterprise=enterprise, by=person, today=DAY - timedelta(days=365))


def test_a_stranger_finds_no_application(app: Flask) -> None:
    c = make_committee()
    row, _ = make_draft(c)
    stranger = make_person()
    with pytest.raises(NotFound):
        services.save(row=row, part="social", values={"answer": "x"}, seen="", by=stranger)
    with pytest.raises(NotFound):
        services.submit(row=row, by=stranger, today=DAY)
    with pytest.raises(NotFound):
        services_committee.find_complete(row=row, by=stranger, today=DAY)


def test_submitting_names_what_is_missing(app: Flask) -> None:
    c = make_committee()
    enterprise, person = make_applicant(c)
    row = services.start(enterprise=enterprise, by=person, today=DAY)
    with pytest.raises(Refused, match=r"Maatschappelijk doel.*keurmerk"):
        services.submit(row=row, by=person, today=DAY)
    assert row.state == State.DRAFT


def test_a_colleagues_change_is_not_overwritten_unseen(app: Flask) -> None:
    c = make_committee()
    row, person = make_draft(c)
    with pytest.raises(Conflict) as conflict:
        services.save(row=row, part="social", values={"answer": "B"}, seen="anders", by=person)
    assert conflict.value.current == {"answer": "Antwoord social"}
    other_part = queries.document(row)["answers"]["profit"]
    assert other_part == "Antwoord profit"


def test_evidence_is_kept_and_belongs_to_no_organisation(app: Flask) -> None:
    c = make_committee()
    row, person = make_draft(c)
    file = services.add_file(
        row=row, part="social", stream=io.BytesIO(PDF), name="statuten.pdf", by=person
    )
    assert file.file.organisation_id is None
    assert [f.id for f in queries.files(row)] == [file.id]
    services.remove_file(row=row, file=file, by=person)
    assert queries.files(row) == []


@on_both
def test_asking_stops_the_clock_until_the_answer(app: Flask) -> None:
    c = make_committee()
    row, person = make_submitted(c)
    before = queries.targets([row], DAY)[row.id]
    services_committee.ask_more(
        row=row, questions=[("social", "Wat?"), ("profit", "")], by=c.secretary, today=DAY
    )
    waiting = queries.open_requests(row)
    assert [(r.part, r.question) for r in waiting] == [("social", "Wat?")]
    with pytest.raises(Refused, match="elke vraag"):
        services.answer(row=row, answers={}, by=person, today=NEXT_WEEK)
    services.answer(row=row, answers={waiting[0].public_id: "Dat."}, by=person, today=NEXT_WEEK)
    assert row.state == State.SUBMITTED
    assert queries.targets([row], NEXT_WEEK)[row.id] == before + timedelta(days=7)


def test_reviews_stay_hidden_until_ones_own_is_in(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    services_committee.assign_evenly(rows=[row], by=c.secretary, today=DAY)
    declare_none(c, row)
    people = {p.id: p for p in c.everybody}
    reviewers = [people[one.person_id] for one, _, _ in queries_reviews.assignments(row)]
    outsider = next(p for p in c.full if p not in reviewers)
    write_review(row, reviewers[0])
    assert permissions.may_see_reviews(reviewers[0], row)
    assert not permissions.may_see_reviews(reviewers[1], row)
    assert not permissions.may_see_reviews(outsider, row)
    assert not permissions.may_see_reviews(c.secretary, row)
    for person in reviewers[1:]:
        write_review(row, person)
    assert permissions.may_see_reviews(outsider, row)
    assert permissions.may_see_reviews(c.secretary, row)
    with pytest.raises(Refused, match="al ingeleverd"):
        write_review(row, reviewers[0])


def test_a_review_needs_a_reason_and_a_declaration(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    services_committee.assign(row=row, people=[c.chair], by=c.secretary, today=DAY)
    with pytest.raises(NotFound):
        write_review(row, c.chair)
    declare_none(c, row, [c.chair])
    with pytest.raises(Refused, match="schrijf op waarom") as refusal:
        services_committee.save_review(
            row=row,
            scores=dict.fromkeys(CRITERIA, (2, "")),
            advice="",
            submit=True,
            by=c.chair,
            today=DAY,
        )
    assert refusal.value.field == "social"
    with pytest.raises(NotFound):
        write_review(row, c.vice)


@on_both
def test_an_interest_ends_a_review_and_finds_another_reviewer(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    services_committee.assign_evenly(rows=[row], by=c.secretary, today=DAY)
    declare_none(c, row)
    people = {p.id: p for p in c.everybody}
    leaver = people[queries_reviews.assignments(row)[0][0].person_id]
    write_review(row, leaver)
    services_committee.declare(
        row=row, person=leaver, kind=Interest.TRADE, explanation="", by=leaver, today=DAY
    )
    found = {one.person_id for one, _, _ in queries_reviews.assignments(row)}
    assert len(found) == 3
    assert leaver.id not in found
    assert leaver.id not in {r.person_id for r in queries_reviews.submitted_reviews(row)}
    with pytest.raises(NotFound):
        services_committee.declare(
            row=row, person=leaver, kind=Interest.NONE, explanation="", by=leaver, today=DAY
        )
    with pytest.raises(NotFound):
        services_committee.say(row=row, text="toch", by=leaver)


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


@pytest.mark.parametrize("stage", ["draft", "submitted", "complete", "reviewed", "adopted"])
def test_withdrawing_stops_everything(app: Flask, stage: str) -> None:
    c = make_committee()
    make = {
        "draft": make_draft,
        "submitted": make_submitted,
        "complete": make_complete,
        "reviewed": make_reviewed,
        "adopted": make_adopted,
    }[stage]
    row, person = make(c)
    services.withdraw(row=row, by=person, today=DAY)
    assert row.state == State.WITHDRAWN
    assert queries_meetings.live_item(row) is None
    with pytest.raises(Refused, match="ingetrokken"):
        services.withdraw(row=row, by=person, today=DAY)
    assert queries_check.broken() == []


def test_closing_a_meeting_sends_back_what_was_not_reached(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    meeting = make_meeting(c)
    services_meeting.put_on_agenda(meeting=meeting, rows=[row], by=c.secretary)
    services_meeting.open_meeting(
        meeting=meeting, present=[p.id for p in c.full], by=c.secretary, today=DAY
    )
    services_meeting.close_meeting(meeting=meeting, by=c.secretary)
    assert row.state == State.REVIEW
    services_meeting.put_on_agenda(meeting=make_meeting(c), rows=[row], by=c.secretary)
    assert row.state == State.DELIBERATION


def test_an_application_keeps_the_rules_of_its_day(app: Flask) -> None:
    c = make_committee()
    row, _ = make_reviewed(c)
    make_policy(c.region, valid_from=DAY, quorum=5)
    assert queries_policy.policy(c.region.id, DAY).quorum == 5
    assert queries_policy.policy_for(row, DAY).quorum == 3


def test_the_decision_names_the_item_it_follows(app: Flask) -> None:
    c = make_committee()
    make_announced(c)
    decision = db.session.scalars(select(Decision)).one()
    item = db.session.scalars(select(AgendaItem)).one()
    assert decision.item_id == item.id


def test_another_regions_secretary_finds_nothing(app: Flask) -> None:
    c, other = make_committee(), make_committee(make_region("Elders"))
    row, _ = make_submitted(c)
    reader = queries.reader(other.secretary, other.region)
    assert queries.application(reader, row.public_id) is None
    assert queries.applications(reader) == ([], 0)
    with pytest.raises(NotFound):
        services_committee.find_complete(row=row, by=other.secretary, today=DAY)
