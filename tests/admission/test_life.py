"""The whole life of an application with random people in any order: no invariant ever breaks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from impactmakelaar.admission import (
    queries,
    queries_check,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_reviews,
    services,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from tests.admission.makers import CRITERIA, DAY, make_committee, make_draft, make_meeting

person = st.integers(0, 8)


class Life(RuleBasedStateMachine):
    """Anybody tries anything; what the rules refuse changes nothing, what they allow is sound."""

    @initialize()
    def begin(self) -> None:
        self.c = make_committee(quorum=2, reviewers=2)
        self.row, self.applicant = make_draft(self.c)
        self.today = DAY
        self.people = [*self.c.everybody, self.c.secretary, self.c.admin, self.applicant]
        self.meeting = make_meeting(self.c)

    def attempt(self, verb: Callable[..., Any], **arguments: Any) -> None:
        try:
            verb(**arguments)
        except (Refused, NotFound):
            db.session.rollback()

    @rule(who=person)
    def hand_in(self, who: int) -> None:
        self.attempt(services.submit, row=self.row, by=self.people[who], today=self.today)

    @rule(who=person)
    def ask(self, who: int) -> None:
        questions = [("social", "Wat?")]
        self.attempt(
            services_committee.ask_more,
            row=self.row,
            questions=questions,
            by=self.people[who],
            today=self.today,
        )

    @rule()
    def answer(self) -> None:
        found = {r.public_id: "Dat." for r in queries.open_requests(self.row)}
        self.attempt(
            services.answer, row=self.row, answers=found, by=self.applicant, today=self.today
        )

    @rule()
    def go_on(self) -> None:
        """The secretary does what opens the committee's work."""
        by, today = self.c.secretary, self.today
        self.attempt(services.submit, row=self.row, by=self.applicant, today=today)
        self.attempt(services_committee.find_complete, row=self.row, by=by, today=today)
        self.attempt(services_committee.assign_evenly, rows=[self.row], by=by, today=today)

    @rule(who=person, recused=st.integers(0, 5).map(lambda n: n == 0))
    def declare(self, who: int, recused: bool) -> None:
        kind = Interest.TRADE if recused else Interest.NONE
        self.attempt(
            services_committee.declare,
            row=self.row,
            person=self.people[who],
            kind=kind,
            explanation="",
            by=self.people[who],
            today=self.today,
        )

    @rule()
    def review_all(self) -> None:
        for one, _, _ in queries_reviews.assignments(self.row):
            by = next(p for p in self.people if p.id == one.person_id)
            if not queries_interests.has_declared(self.row, by.id):
                self.attempt(
                    services_committee.declare,
                    row=self.row,
                    person=by,
                    kind=Interest.NONE,
                    explanation="",
                    by=by,
                    today=self.today,
                )
            self.attempt(
                services_committee.save_review,
                row=self.row,
                scores=dict.fromkeys(CRITERIA, (2, "Ja")),
                advice="",
                submit=True,
                by=by,
                today=self.today,
            )

    @rule(present=st.sets(st.integers(0, 5), min_size=2), secret=st.booleans())
    def put_to_vote(self, present: set[int], secret: bool) -> None:
        if self.meeting.closed_at is not None:
            self.meeting = make_meeting(self.c, max(self.today, DAY))
        by = self.c.secretary
        self.attempt(services_meeting.put_on_agenda, meeting=self.meeting, rows=[self.row], by=by)
        self.attempt(
            services_meeting.open_meeting,
            meeting=self.meeting,
            present=[self.people[n].id for n in present],
            by=by,
            today=self.today,
        )
        item = queries_meetings.live_item(self.row)
        if item is not None:
            self.attempt(
                services_vote.propose,
                item=item,
                outcome="refused" if secret else "deferred",
                badge="none",
                conditions="",
                secret=secret,
                by=by,
                today=self.today,
            )

    @rule(who=person, choice=st.sampled_from(["in_favour", "in_favour", "against", "blank"]))
    def vote(self, who: int, choice: str) -> None:
        item = queries_meetings.live_item(self.row)
        if item is not None:
            self.attempt(
                services_vote.cast,
                item=item,
                choice=choice,
                by=self.people[who],
                today=self.today,
            )

    @rule(everybody=st.booleans(), who=person)
    def count(self, everybody: bool, who: int) -> None:
        item = queries_meetings.live_item(self.row)
        if item is None:
            return
        for by in self.people if everybody else ():
            self.attempt(services_vote.cast, item=item, choice="in_favour", by=by, today=self.today)
        self.attempt(
            services_vote.close_vote,
            item=item,
            by=self.c.secretary if everybody else self.people[who],
            today=self.today,
        )

    @rule(who=person, announce=st.booleans())
    def decide(self, who: int, announce: bool) -> None:
        by = self.people[who]
        self.attempt(
            services_decision.prepare,
            row=self.row,
            reasons=dict.fromkeys(CRITERIA, "Ja"),
            summary="",
            warning_answer="",
            by=by,
            today=self.today,
        )
        if announce:
            self.attempt(services_decision.announce, row=self.row, by=by, today=self.today)

    @rule(who=person, outcome=st.sampled_from(["upheld", "rejected"]))
    def object(self, who: int, outcome: str) -> None:
        self.attempt(
            services.file_objection,
            row=self.row,
            grounds="Nee",
            by=self.applicant,
            today=self.today,
        )
        found = queries_decisions.open_objection(self.row)
        if found is not None:
            self.attempt(
                services_decision.decide_objection,
                row=self.row,
                objection=found,
                outcome=outcome,
                reasons="Ja",
                by=self.people[who],
                today=self.today,
            )

    @rule()
    def close_meeting(self) -> None:
        self.attempt(services_meeting.close_meeting, meeting=self.meeting, by=self.c.secretary)

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "row"):
            db.session.rollback()
            assert queries_check.broken() == []


def test_no_order_of_events_breaks_an_invariant(app: Flask) -> None:
    db.session.connection().exec_driver_sql("SELECT 1")
    db.session.rollback()
    case = Life.TestCase
    case.settings = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    case("runTest").runTest()
