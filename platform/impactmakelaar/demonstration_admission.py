"""The demonstration committee at work: seats, and an application in every state.

Made by the services themselves, so that what a visitor finds is what the platform would make;
the mails they wrote are taken out again.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    queries,
    queries_interests,
    queries_meetings,
    queries_policy,
    queries_reviews,
    services,
    services_committee,
    services_decision,
    services_meeting,
    services_vote,
)
from impactmakelaar.admission.models import Application, CommitteeSeat
from impactmakelaar.admission.models_decision import AdmissionLetter
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation

STAGES = (
    "draft",
    "submitted",
    "asked",
    "review",
    "reviewed",
    "agenda",
    "prepared",
    "objection",
)
SCORES = (3, 4, 2, 3)
OPINIONS = (
    "Duidelijk beschreven, met voorbeelden.",
    "Overtuigend, en ook terug te zien in de cijfers.",
    "Kan beter: ik mis bewijs.",
    "Voldoende.",
)
SAID = {
    "admitted": "De commissie vindt dit goed onderbouwd.",
    "refused": "De commissie mist hier bewijs. De tekst noemt geen vast doel en geen cijfers.",
}


class Dossiers:
    """Brings the applications of ``admission.yml`` as far as the file says."""

    def __init__(
        self,
        today: date,
        region: Organisation,
        people: dict[str, Person],
        organisations: dict[str, Organisation],
        read: Callable[[str], Any],
    ) -> None:
        self.today, self.region, self.people = today, region, people
        self.organisations = organisations
        self.file = read("admission.yml")
        self.secretary = people["secretaris"]
        self.chair = people["voorzitter"]
        self.planned: Meeting | None = None

    def run(self) -> None:
        """Everything; the letters that the services wrote go again."""
        self.add_seats()
        for entry in self.file["dossiers"]:
            self.dossier(entry)
        db.session.flush()
        db.session.execute(delete(AdmissionLetter))
        db.session.execute(delete(OutboxMail).where(OutboxMail.kind.startswith("admission_")))

    def add_seats(self) -> None:
        """Who sits in the committee, and where they worked."""
        for entry in self.file["seats"]:
            db.session.add(
                CommitteeSeat(
                    region_id=self.region.id,
                    person_id=self.people[entry["person"]].id,
                    seat=entry["seat"],
                    valid_from=self.today - timedelta(days=900),
                    valid_until=self.today + timedelta(days=400),
                    employers=entry.get("employers", ""),
                )
            )
        db.session.flush()

    def dossier(self, entry: dict[str, Any]) -> None:
        """One application, stage after stage."""
        stage = STAGES.index(entry["until"])
        day = self.today - timedelta(days=entry.get("started", 0))
        row, applicant = self.fill_in(entry, day)
        if stage < 1:
            return
        services.submit(row=row, by=applicant, today=day)
        if entry["until"] == "asked":
            services_committee.ask_more(
                row=row,
                questions=[(q["part"], q["question"]) for q in entry["questions"]],
                by=self.secretary,
                today=day + timedelta(days=3),
            )
        if stage < 3:
            return
        day += timedelta(days=4)
        services_committee.find_complete(row=row, by=self.secretary, today=day)
        self.review(row, entry, day, everybody=stage > 3)
        if stage >= 5:
            self.to_the_committee(row, entry, day, stage)

    def fill_in(self, entry: dict[str, Any], day: date) -> tuple[Application, Person]:
        """A draft with the answers of the file."""
        enterprise = self.organisations[entry["enterprise"]]
        applicant = organisations.members(enterprise)[0].person
        self.forget(enterprise)
        row = services.start(enterprise=enterprise, by=applicant, today=day)
        for key, text in entry["answers"].items():
            services.save(row=row, part=key, values={"answer": text}, seen="", by=applicant)
        if "plan" in entry:
            plan = {
                "certificate_plan": entry["plan"],
                "certificate": entry.get("certificate", ""),
            }
            services.save(row=row, part="keurmerk", values=plan, seen="", by=applicant)
        return row, applicant

    def forget(self, enterprise: Organisation) -> None:
        """An open application of before makes room."""
        open_one = queries.open_application(enterprise, self.region.id)
        if open_one is not None:
            open_one.state, open_one.withdrawn_on = "withdrawn", self.today
            db.session.flush()

    def review(
        self, row: Application, entry: dict[str, Any], day: date, *, everybody: bool
    ) -> None:
        """Interests declared, reviewers chosen, reviews in (all, or the first only)."""
        interest = entry.get("interest", {})
        if interest:
            person = self.people[interest["person"]]
            services_committee.declare(
                row=row,
                person=person,
                kind=Interest(interest["kind"]),
                explanation=interest["explanation"],
                by=person,
                today=day,
            )
        services_committee.assign_evenly(rows=[row], by=self.secretary, today=day)
        assigned = [one.person_id for one, _, _ in queries_reviews.assignments(row)]
        members = [m.person_id for m in queries_policy.committee(self.region.id, self.today)]
        # The second has declared and still has to write: his form is there to be seen.
        declaring = members if everybody else assigned[:2]
        for person_id in declaring:
            if person_id not in queries_interests.recused_people(row):
                person = db.session.get_one(Person, person_id)
                services_committee.declare(
                    row=row,
                    person=person,
                    kind=Interest.NONE,
                    explanation="",
                    by=person,
                    today=day,
                )
        for number, person_id in enumerate(assigned if everybody else assigned[:1]):
            self.write(row, number, person_id, day, low=entry.get("outcome") == "refused")
        for said in entry.get("discussion", ()):
            services_committee.say(row=row, text=said["text"], by=self.people[said["person"]])

    def write(self, row: Application, number: int, person_id: int, day: date, low: bool) -> None:
        """One review."""
        keys = [one.key for one in queries_policy.policy_for(row, day).criteria]
        services_committee.save_review(
            row=row,
            scores={
                key: (
                    max(SCORES[(n + number) % 4] - 2 * low, 0),
                    OPINIONS[2 if low else (n + number) % 4],
                )
                for n, key in enumerate(keys)
            },
            advice="Niet toelaten." if low else "Toelaten.",
            submit=True,
            by=db.session.get_one(Person, person_id),
            today=day,
        )

    def to_the_committee(
        self, row: Application, entry: dict[str, Any], day: date, stage: int
    ) -> None:
        """On an agenda; for those further on also the vote, the decision and the objection."""
        if stage == 5:
            self.put(self.next_meeting(), row)
            return
        held = min(day + timedelta(days=25), self.today - timedelta(days=2))
        meeting = services_meeting.plan(
            region=self.region,
            planned_on=held,
            place="Stadhuis Haarlem",
            by=self.secretary,
            today=held,
        )
        item = self.put(meeting, row)
        outcome = entry.get("outcome", "admitted")
        self.vote(meeting, item, outcome, held)
        services_decision.prepare(
            row=row,
            reasons={c.key: SAID[outcome] for c in queries_policy.policy_for(row, held).criteria},
            summary="",
            warning_answer="De vereniging kan lid worden van een coöperatie met keurmerk.",
            by=self.chair,
            today=held,
        )
        if entry["until"] == "objection":
            services_decision.announce(row=row, by=self.chair, today=held)
            services.file_objection(
                row=row,
                grounds=entry["grounds"],
                by=organisations.members(row.enterprise)[0].person,
                today=held + timedelta(days=14),
            )

    def next_meeting(self) -> Meeting:
        """A meeting that still has to be held; made once."""
        if self.planned is None:
            self.planned = services_meeting.plan(
                region=self.region,
                planned_on=self.today,
                place="Stadhuis Haarlem, Commissiekamer",
                by=self.secretary,
                today=self.today,
            )
        return self.planned

    def put(self, meeting: Meeting, row: Application) -> AgendaItem:
        """On the agenda."""
        services_meeting.put_on_agenda(meeting=meeting, rows=[row], by=self.secretary)
        item = queries_meetings.live_item(row)
        assert item is not None
        return item

    def vote(self, meeting: Meeting, item: AgendaItem, outcome: str, day: date) -> None:
        """The meeting is held: everybody is there, one votes against."""
        members = [m.person_id for m in queries_policy.committee(self.region.id, self.today)]
        services_meeting.open_meeting(
            meeting=meeting, present=members, by=self.secretary, today=day
        )
        services_vote.propose(
            item=item,
            outcome=outcome,
            badge="grace" if outcome == "admitted" else "none",
            conditions="",
            secret=False,
            by=self.secretary,
            today=day,
        )
        for number, person_id in enumerate(members):
            services_vote.cast(
                item=item,
                choice="against" if number == 3 else "in_favour",
                by=db.session.get_one(Person, person_id),
                today=day,
            )
        services_vote.close_vote(item=item, by=self.secretary, today=day)
        services_vote.write_minutes(
            item=item,
            text="De beoordelaars lichten hun scores toe. Eén lid vindt het bewijs te mager.",
            by=self.secretary,
            today=day,
        )
        services_meeting.close_meeting(meeting=meeting, by=self.secretary)
