"""An application from start to objection, on both databases."""

import io
from datetime import timedelta

import pytest
from flask import Flask

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
    services_meeting,
)
from impactmakelaar.admission.rules import State
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from tests.admission.makers import (
    CRITERIA,
    DAY,
    NEXT_WEEK,
    declare_none,
    mails,
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
    write_review,
)
from tests.conftest import on_both
from tests.makers import make_person, make_region

PDF = b"%PDF-1.4\n1 0 obj << >> endobj\ntrailer << >>\n%%EOF\n"


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


def test_another_regions_secretary_finds_nothing(app: Flask) -> None:
    c, other = make_committee(), make_committee(make_region("Elders"))
    row, _ = make_submitted(c)
    reader = queries.reader(other.secretary, other.region)
    assert queries.application(reader, row.public_id) is None
    assert queries.applications(reader) == ([], 0)
    with pytest.raises(NotFound):
        services_committee.find_complete(row=row, by=other.secretary, today=DAY)
