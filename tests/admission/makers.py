"""A region with a committee, and applications brought as far as a test needs them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
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
from impactmakelaar.admission.models import Application, CommitteeSeat, PolicyVersion
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules import Seat, State
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.admission.rules_policy import DEFAULT
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles.models import ProfileDraft
from tests.makers import THEN, make, make_enterprise, make_member, make_person, make_region

DAY = date(2026, 3, 2)
CRITERIA = [one["key"] for one in DEFAULT["criteria"]]


@dataclass
class Committee:
    """A region with its rules, five full members, a substitute, a secretary and two admins."""

    region: Organisation
    chair: Person
    vice: Person
    members: list[Person]
    substitute: Person
    secretary: Person
    admin: Person
    version: PolicyVersion
    other: list[Person] = field(default_factory=list)

    @property
    def full(self) -> list[Person]:
        """Everybody with a full seat."""
        return [self.chair, self.vice, *self.members]

    @property
    def everybody(self) -> list[Person]:
        """All who sit in the committee, the substitute too."""
        return [*self.full, self.substitute]


def make_policy(region: Organisation, valid_from: date = date(2026, 1, 1), **changes: Any) -> Any:
    """A version of the rules: the start's, with these changes."""
    number = len(queries_policy.policy_versions(region)) + 1
    return make(
        PolicyVersion(
            region_id=region.id,
            number=number,
            valid_from=valid_from,
            document={**DEFAULT, **changes},
            created_at=THEN,
        )
    )


def make_seat(region: Organisation, person: Person, seat: Seat, employers: str = "") -> None:
    """A seat for years."""
    make(
        CommitteeSeat(
            region_id=region.id,
            person_id=person.id,
            seat=seat,
            valid_from=date(2025, 1, 1),
            valid_until=date(2030, 12, 31),
            employers=employers,
        )
    )


def make_committee(region: Organisation | None = None, **policy: Any) -> Committee:
    """See ``Committee``; keywords change the rules."""
    region = region or make_region()
    people = {}
    for name, role, seat in (
        ("Vera Voorzitter", Role.COMMITTEE_CHAIR, Seat.CHAIR),
        ("Wim Vice", Role.COMMITTEE_MEMBER, Seat.VICE_CHAIR),
        ("Lia Lid", Role.COMMITTEE_MEMBER, Seat.MEMBER),
        ("Lex Lid", Role.COMMITTEE_MEMBER, Seat.MEMBER),
        ("Lot Lid", Role.COMMITTEE_MEMBER, Seat.MEMBER),
        ("Piet Plaatsvervanger", Role.COMMITTEE_MEMBER, Seat.SUBSTITUTE),
    ):
        person = make_member(region, role, person=make_person(name))
        make_seat(region, person, seat)
        people[name] = person
    found = list(people.values())
    return Committee(
        region=region,
        chair=found[0],
        vice=found[1],
        members=found[2:5],
        substitute=found[5],
        secretary=make_member(region, Role.SECRETARY, person=make_person("Sem Secretaris")),
        admin=make_member(region, Role.REGION_ADMIN, person=make_person("Ada Admin")),
        version=make_policy(region, **policy),
    )


def make_applicant(committee: Committee, name: str = "", **fields: Any) -> tuple[Any, Person]:
    """(approved enterprise with a draft profile, the person who acts for it)."""
    profile = fields.pop("profile", {})
    enterprise = make_enterprise(committee.region, name, approved_by=committee.secretary, **fields)
    person = make_member(enterprise, Role.ENTREPRENEUR, person=make_person("Olga Ondernemer"))
    document = {"trade_name": enterprise.name, "legal_form": "bv", "summary": "Wij doen goed."}
    make(
        ProfileDraft(
            organisation_id=enterprise.id, document=document | profile, revision=1, updated_at=THEN
        )
    )
    return enterprise, person


def make_draft(committee: Committee, name: str = "", **fields: Any) -> tuple[Application, Person]:
    """A filled-in application that was not handed in, and its applicant."""
    enterprise, person = make_applicant(committee, name, **fields)
    row = services.start(enterprise=enterprise, by=person, today=DAY)
    for key in CRITERIA:
        services.save(row=row, part=key, values={"answer": f"Antwoord {key}"}, seen="", by=person)
    plan = {"certificate_plan": "plan", "certificate": "pso_30"}
    services.save(row=row, part="keurmerk", values=plan, seen="", by=person)
    return row, person


def make_submitted(c: Committee, name: str = "", **fields: Any) -> tuple[Application, Person]:
    """An application that was handed in."""
    row, person = make_draft(c, name, **fields)
    services.submit(row=row, by=person, today=DAY)
    return row, person


def make_complete(c: Committee, name: str = "", **fields: Any) -> tuple[Application, Person]:
    """An application that the committee has."""
    row, person = make_submitted(c, name, **fields)
    services_committee.find_complete(row=row, by=c.secretary, today=DAY)
    return row, person


def declare_none(c: Committee, row: Application, people: list[Person] | None = None) -> None:
    """These people (or all but the recused) say that they have no interest."""
    recused = queries_interests.recused_people(row)
    for person in people or c.everybody:
        if person.id not in recused and not queries_interests.has_declared(row, person.id):
            services_committee.declare(
                row=row, person=person, kind=Interest.NONE, explanation="", by=person, today=DAY
            )


def write_review(row: Application, person: Person, score: int = 3) -> None:
    """Hand in a review with this score everywhere."""
    services_committee.save_review(
        row=row,
        scores={key: (score, f"Reden {key}") for key in CRITERIA},
        advice="Advies",
        submit=True,
        by=person,
        today=DAY,
    )


def make_reviewed(c: Committee, name: str = "", **fields: Any) -> tuple[Application, Person]:
    """Three members have reviewed."""
    row, person = make_complete(c, name, **fields)
    review_all(c, row)
    return row, person


def review_all(c: Committee, row: Application) -> None:
    """Assign evenly, declare and review."""
    services_committee.assign_evenly(rows=[row], by=c.secretary, today=DAY)
    declare_none(c, row)
    people = {p.id: p for p in c.everybody}
    for one, _, done in queries_reviews.assignments(row):
        if not done:
            write_review(row, people[one.person_id])


def make_meeting(c: Committee, on: date = DAY) -> Meeting:
    """A planned meeting."""
    return services_meeting.plan(
        region=c.region, planned_on=on, place="Stadhuis", by=c.secretary, today=DAY
    )


def put_to_vote(
    c: Committee,
    row: Application,
    meeting: Meeting | None = None,
    *,
    outcome: str = "admitted",
    badge: str = "grace",
    secret: bool = False,
    present: list[Person] | None = None,
) -> AgendaItem:
    """On the agenda of an open meeting, with a proposal that is being voted on."""
    meeting = meeting or make_meeting(c)
    if queries_meetings.live_item(row) is None:
        services_meeting.put_on_agenda(meeting=meeting, rows=[row], by=c.secretary)
    services_meeting.open_meeting(
        meeting=meeting,
        present=[p.id for p in (present or c.full)],
        by=c.secretary,
        today=meeting.planned_on,
    )
    item = queries_meetings.live_item(row)
    assert item is not None
    return services_vote.propose(
        item=item,
        outcome=outcome,
        badge=badge if outcome in ("admitted", "conditional") else "none",
        conditions="Eerst statuten." if outcome == "conditional" else "",
        secret=secret,
        by=c.secretary,
        today=meeting.planned_on,
    )


def vote_all(c: Committee, item: AgendaItem, choice: str = "in_favour") -> None:
    """Everybody entitled votes the same."""
    people = {p.id: p for p in c.everybody}
    for seat in queries_meetings.item_attendance([item]).get(item.id, ()):
        if seat.entitled:
            services_vote.cast(
                item=item, choice=choice, by=people[seat.person_id], today=item.meeting.planned_on
            )


def make_adopted(c: Committee, name: str = "", **vote: Any) -> tuple[Application, Person]:
    """A proposal was adopted."""
    fields = {k: vote.pop(k) for k in ("profile",) if k in vote}
    row, person = make_reviewed(c, name, **fields)
    item = put_to_vote(c, row, **vote)
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    return row, person


def prepare(c: Committee, row: Application, by: Person | None = None, today: date = DAY) -> Any:
    """Write the decision down."""
    return services_decision.prepare(
        row=row,
        reasons={key: f"Commissie over {key}" for key in CRITERIA},
        summary="Kort.",
        warning_answer="Wij weten het.",
        by=by or c.chair,
        today=today,
    )


def make_announced(c: Committee, name: str = "", **vote: Any) -> tuple[Application, Person]:
    """A decision was announced on ``DAY``."""
    row, person = make_adopted(c, name, **vote)
    prepare(c, row)
    services_decision.announce(row=row, by=c.chair, today=DAY)
    return row, person


def decide_again(
    c: Committee, row: Application, today: date, outcome: str = "admitted"
) -> Decision:
    """Bring the present round of a submitted application to an announced decision."""
    assert row.state == State.SUBMITTED
    services_committee.find_complete(row=row, by=c.secretary, today=today)
    review_all(c, row)
    item = put_to_vote(c, row, make_meeting(c, today), outcome=outcome)
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.secretary, today=today)
    prepare(c, row, today=today)
    return services_decision.announce(row=row, by=c.chair, today=today)


NEXT_WEEK = DAY + timedelta(days=7)


def mails(kind: str) -> list[str]:
    """Who gets a letter of this kind."""
    query = select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.recipient)
    return [row.recipient for row in db.session.scalars(query)]
