"""Reads of admission. What somebody may know of applications goes through ``visible_applications``.

Who has an interest in an application (a recused declaration) does not find it anywhere in the
region's work, whatever roles he has there: no row, no count, no number, no name of a file. Two
things stay: his own declaration, and, for somebody who acts for the applicant, the applicant's
own side, which holds nothing of the committee.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import (
    AdmissionLetter,
    AgendaItem,
    Application,
    ApplicationFile,
    BallotCount,
    CommitteeSeat,
    ConflictDeclaration,
    Decision,
    ItemAttendance,
    Meeting,
    MeetingAttendance,
    MoreRequest,
    Objection,
    PolicyVersion,
    Remark,
    Review,
    ReviewAssignment,
    Vote,
)
from impactmakelaar.admission.rules import Member, Pause, Seat, State, Tally, target_day
from impactmakelaar.admission.rules_application import complete
from impactmakelaar.admission.rules_conflict import (
    ApplicantFacts,
    Likely,
    PersonFacts,
    address_key,
    likely,
)
from impactmakelaar.admission.rules_policy import DEFAULT, Policy, policy_of
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.profiles.models import ProfileDraft

COMMITTEE = (Role.COMMITTEE_CHAIR, Role.COMMITTEE_MEMBER)
CARETAKERS = (Role.SECRETARY, Role.REGION_ADMIN)
DOSSIER_ROLES = (*COMMITTEE, *CARETAKERS)
"""Roles in a region that meet applications. The others (broker, SROI officer) do not."""

PAGE_SIZE = 50


@dataclass(frozen=True)
class Reader:
    """Somebody who acts for one organisation, in these roles."""

    person_id: int
    organisation_id: int
    roles: frozenset[str]

    def has(self, *roles: str) -> bool:
        """Whether he acts in one of these roles."""
        return bool(self.roles.intersection(roles))


def reader(person: Person, organisation: Organisation) -> Reader:
    """Somebody as he acts for an organisation today."""
    roles = frozenset(
        m.role
        for m in organisations.active_memberships(person)
        if m.organisation_id == organisation.id
    )
    return Reader(person.id, organisation.id, roles)


def _recused(person_id: int) -> Any:
    return exists().where(
        ConflictDeclaration.application_id == Application.id,
        ConflictDeclaration.person_id == person_id,
        ConflictDeclaration.recused,
    )


def visible_applications(reader: Reader) -> Select[Application]:
    """The applications that exist for this reader: the only way to one.

    The applicant: those of the enterprise. In the region: what was submitted there, for members
    of the committee once it was complete; never one in which the reader has an interest.
    """
    conditions = []
    if reader.has(Role.ENTREPRENEUR):
        conditions.append(Application.enterprise_id == reader.organisation_id)
    if reader.has(*DOSSIER_ROLES):
        inside = [
            Application.region_id == reader.organisation_id,
            Application.submitted_on.is_not(None),
            ~_recused(reader.person_id),
        ]
        if not reader.has(*CARETAKERS):
            inside.append(Application.completed_on.is_not(None))
        conditions.append(and_(*inside))
    return select(Application).where(or_(*conditions) if conditions else false())


def _visible_ids(reader: Reader) -> Any:
    return visible_applications(reader).with_only_columns(Application.id)


def application(reader: Reader, public_id: str) -> Application | None:
    """One application, when it exists for this reader."""
    query = (
        visible_applications(reader)
        .where(Application.public_id == public_id)
        .options(joinedload(Application.enterprise), joinedload(Application.policy_version))
    )
    return db.session.scalars(query).first()


def applications(
    reader: Reader, states: Iterable[str] = (), page: int = 1, size: int = PAGE_SIZE
) -> tuple[list[Application], int]:
    """A page of the applications and how many there are: open ones first, then the oldest."""
    query = visible_applications(reader)
    wanted = list(states)
    if wanted:
        query = query.where(Application.state.in_(wanted))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    query = (
        query.join(Application.enterprise)
        .options(contains_eager(Application.enterprise), joinedload(Application.policy_version))
        .order_by(
            Application.state.in_((State.ANNOUNCED, State.WITHDRAWN)),
            Application.submitted_on,
            Organisation.name,
            Application.id,
        )
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(db.session.scalars(query)), total


def counts_by_state(reader: Reader) -> dict[str, int]:
    """State -> how many of the reader's applications have it."""
    found = visible_applications(reader).subquery()
    rows = db.session.execute(select(found.c.state, func.count()).group_by(found.c.state))
    return {str(state): int(count) for state, count in rows}


def own_applications(reader: Reader) -> list[Application]:
    """Those of the enterprise, newest first."""
    query = visible_applications(reader).order_by(Application.id.desc())
    return list(db.session.scalars(query))


def open_application(enterprise: Organisation, region_id: int) -> Application | None:
    """The application of an enterprise that has not been decided or withdrawn."""
    return db.session.scalars(
        select(Application).where(
            Application.enterprise_id == enterprise.id,
            Application.region_id == region_id,
            Application.state.not_in((State.ANNOUNCED, State.WITHDRAWN)),
        )
    ).first()


# Policy and committee


def policy_versions(region: Organisation) -> list[PolicyVersion]:
    """Every version, the latest start first."""
    return list(
        db.session.scalars(
            select(PolicyVersion)
            .where(PolicyVersion.region_id == region.id)
            .order_by(PolicyVersion.valid_from.desc(), PolicyVersion.number.desc())
        )
    )


def policy_version(region_id: int, on: date) -> PolicyVersion | None:
    """The version in force on a day."""
    return db.session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.region_id == region_id, PolicyVersion.valid_from <= on)
        .order_by(PolicyVersion.valid_from.desc(), PolicyVersion.number.desc())
        .limit(1)
    ).first()


def policy(region_id: int, on: date) -> Policy:
    """The rules in force on a day; what a region starts with when it has set none."""
    version = policy_version(region_id, on)
    return policy_of(version.document if version else DEFAULT)


def policy_for(row: Application, on: date) -> Policy:
    """The rules under which an application is judged: those of the day it was submitted."""
    if row.policy_version is not None:
        return policy_of(row.policy_version.document)
    return policy(row.region_id, on)


def seats(region: Organisation) -> list[CommitteeSeat]:
    """Every seat there is or was, the latest end first."""
    return list(
        db.session.scalars(
            select(CommitteeSeat)
            .where(CommitteeSeat.region_id == region.id)
            .options(joinedload(CommitteeSeat.person))
            .order_by(CommitteeSeat.valid_until.desc(), CommitteeSeat.id)
        )
    )


def committee(region_id: int, on: date) -> list[Member]:
    """Who sits in the committee on a day: a seat that holds and the role to go with it.

    Somebody with the role for whom no seat was ever recorded counts as member (or chair).
    """
    roles: dict[int, set[str]] = {}
    rows = db.session.execute(
        select(Membership.person_id, Membership.role).where(
            Membership.organisation_id == region_id,
            Membership.role.in_(COMMITTEE),
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    for person_id, role in rows:
        roles.setdefault(person_id, set()).add(role)
    found: dict[int, Member] = {}
    known = set()
    for row in db.session.scalars(
        select(CommitteeSeat).where(CommitteeSeat.region_id == region_id)
    ):
        known.add(row.person_id)
        if row.valid_from <= on <= row.valid_until and row.person_id in roles:
            found[row.person_id] = Member(row.person_id, Seat(row.seat), row.valid_from)
    for person_id, held in roles.items():
        if person_id not in known:
            seat = Seat.CHAIR if Role.COMMITTEE_CHAIR in held else Seat.MEMBER
            found[person_id] = Member(person_id, seat, date.min)
    return sorted(found.values(), key=lambda m: m.person_id)


def people_with_role(region_id: int, *roles: str) -> list[Person]:
    """Who has one of these roles in a region today."""
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == region_id,
                Membership.role.in_(roles),
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .distinct()
            .order_by(Person.id)
        )
    )


# Interests


def recused_people(row: Application) -> frozenset[int]:
    """Who has an interest in an application."""
    return frozenset(
        db.session.scalars(
            select(ConflictDeclaration.person_id).where(
                ConflictDeclaration.application_id == row.id, ConflictDeclaration.recused
            )
        )
    )


def has_declared(row: Application, person_id: int) -> bool:
    """Whether somebody said, for the present round, that he has no interest."""
    query = select(ConflictDeclaration.id).where(
        ConflictDeclaration.application_id == row.id,
        ConflictDeclaration.person_id == person_id,
        ConflictDeclaration.round == row.round,
    )
    return db.session.scalar(query.limit(1)) is not None


def declared_ids(reader: Reader, rows: Sequence[Application]) -> set[int]:
    """Of these applications, those for whose present round the reader declared."""
    rounds = {row.id: row.round for row in rows}
    found = db.session.execute(
        select(ConflictDeclaration.application_id, ConflictDeclaration.round).where(
            ConflictDeclaration.person_id == reader.person_id,
            ConflictDeclaration.application_id.in_(list(rounds)),
        )
    )
    return {a for a, number in found if rounds[a] == number}


def own_declarations(person: Person, region_id: int) -> list[tuple[ConflictDeclaration, str]]:
    """(declaration, name of the applicant) of what somebody himself declared, newest first."""
    rows = db.session.execute(
        select(ConflictDeclaration, Organisation.name)
        .join(Application, Application.id == ConflictDeclaration.application_id)
        .join(Organisation, Organisation.id == Application.enterprise_id)
        .where(
            ConflictDeclaration.person_id == person.id,
            ConflictDeclaration.recused,
            Application.region_id == region_id,
        )
        .order_by(ConflictDeclaration.id.desc())
    )
    return [(row, str(name)) for row, name in rows]


def declarations(row: Application) -> list[tuple[ConflictDeclaration, str]]:
    """(declaration, name) of everybody about one application, oldest first."""
    rows = db.session.execute(
        select(ConflictDeclaration, Person.name)
        .join(Person, Person.id == ConflictDeclaration.person_id)
        .where(ConflictDeclaration.application_id == row.id)
        .order_by(ConflictDeclaration.id)
    )
    return [(one, str(name)) for one, name in rows]


def likely_interests(person: Person, row: Application) -> list[Likely]:
    """Interests that the records suggest (see ``rules_conflict.likely``)."""
    held = [
        m.organisation
        for m in organisations.active_memberships(person)
        if m.organisation.kind != Kind.REGION
    ]
    drafts = {
        draft.organisation_id: draft.document
        for draft in db.session.scalars(
            select(ProfileDraft).where(
                ProfileDraft.organisation_id.in_([o.id for o in held] + [row.enterprise_id])
            )
        )
    }
    employers = db.session.scalars(
        select(CommitteeSeat.employers).where(
            CommitteeSeat.person_id == person.id, CommitteeSeat.region_id == row.region_id
        )
    )
    applicant = drafts.get(row.enterprise_id, {})
    emails = db.session.scalars(
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organisation_id == row.enterprise_id,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
        )
    )
    return likely(
        PersonFacts(
            email=person.email,
            organisation_ids=frozenset(o.id for o in held),
            addresses=frozenset(_address(drafts.get(o.id, {})) for o in held),
            employers=tuple(
                line.strip() for text in employers for line in text.split("\n") if line.strip()
            ),
        ),
        ApplicantFacts(
            organisation_id=row.enterprise_id,
            names=(
                row.enterprise.name,
                applicant.get("trade_name") or "",
                applicant.get("legal_name") or "",
            ),
            emails=frozenset(emails)
            | {contact.get("email") or "" for contact in applicant.get("contacts") or []},
            address=_address(applicant),
        ),
    )


def _address(document: dict[str, Any]) -> str:
    address = document.get("address") or {}
    return address_key(address.get("street") or "", address.get("postcode") or "")


# The dossier: callers have the application from ``application``.


def files(row: Application) -> list[ApplicationFile]:
    """Evidence that was not removed, in the order in which it came."""
    return list(
        db.session.scalars(
            select(ApplicationFile)
            .where(ApplicationFile.application_id == row.id, ApplicationFile.removed_at.is_(None))
            .options(joinedload(ApplicationFile.file))
            .order_by(ApplicationFile.id)
        )
    )


def file(reader: Reader, public_id: str) -> ApplicationFile | None:
    """One piece of evidence of an application that exists for the reader."""
    return db.session.scalars(
        select(ApplicationFile)
        .where(
            ApplicationFile.public_id == public_id,
            ApplicationFile.removed_at.is_(None),
            ApplicationFile.application_id.in_(_visible_ids(reader)),
        )
        .options(joinedload(ApplicationFile.file))
    ).first()


def application_by_id(reader: Reader, application_id: int) -> Application | None:
    """One application by its own number, when it exists for this reader."""
    query = visible_applications(reader).where(Application.id == application_id)
    return db.session.scalars(query.options(joinedload(Application.enterprise))).first()


def requests(row: Application) -> list[MoreRequest]:
    """Every question to the applicant, oldest first."""
    return list(
        db.session.scalars(
            select(MoreRequest).where(MoreRequest.application_id == row.id).order_by(MoreRequest.id)
        )
    )


def open_requests(row: Application) -> list[MoreRequest]:
    """Questions without an answer."""
    return [one for one in requests(row) if one.answered_on is None]


def targets(rows: Sequence[Application], today: date) -> dict[int, date]:
    """Application id -> the day by which the region wants to have decided."""
    pauses: dict[int, list[Pause]] = {}
    found = db.session.execute(
        select(MoreRequest.application_id, MoreRequest.asked_on, MoreRequest.answered_on).where(
            MoreRequest.application_id.in_([row.id for row in rows])
        )
    )
    for application_id, asked_on, answered_on in found:
        pauses.setdefault(application_id, []).append(Pause(asked_on, answered_on))
    return {
        row.id: target_day(
            row.round_started_on or row.submitted_on,
            policy_for(row, today).target_days,
            pauses.get(row.id, ()),
            today,
        )
        for row in rows
        if row.submitted_on is not None
    }


def assignments(row: Application) -> list[tuple[ReviewAssignment, str, bool]]:
    """(assignment, name, whether the review is in) of the present round, by name."""
    found = db.session.execute(
        select(ReviewAssignment, Person.name, Review.submitted_at)
        .join(Person, Person.id == ReviewAssignment.person_id)
        .outerjoin(
            Review,
            and_(
                Review.application_id == ReviewAssignment.application_id,
                Review.round == ReviewAssignment.round,
                Review.person_id == ReviewAssignment.person_id,
            ),
        )
        .where(
            ReviewAssignment.application_id == row.id,
            ReviewAssignment.round == row.round,
            ReviewAssignment.ended_at.is_(None),
        )
        .order_by(Person.name, Person.id)
    )
    return [(one, str(name), submitted is not None) for one, name, submitted in found]


def is_assigned(row: Application, person_id: int) -> bool:
    """Whether somebody reviews an application in the present round."""
    return any(one.person_id == person_id for one, _, _ in assignments(row))


def review(row: Application, person_id: int) -> Review | None:
    """Somebody's own review of the present round."""
    return db.session.get(Review, (row.id, row.round, person_id))


def submitted_reviews(row: Application) -> list[Review]:
    """The reviews of the present round that are in, of those who still are reviewers."""
    return list(
        db.session.scalars(
            select(Review)
            .join(
                ReviewAssignment,
                and_(
                    ReviewAssignment.application_id == Review.application_id,
                    ReviewAssignment.round == Review.round,
                    ReviewAssignment.person_id == Review.person_id,
                ),
            )
            .where(
                Review.application_id == row.id,
                Review.round == row.round,
                Review.submitted_at.is_not(None),
                ReviewAssignment.ended_at.is_(None),
            )
            .options(joinedload(Review.person))
            .order_by(Review.person_id)
        )
    )


def review_load(region_id: int) -> dict[int, int]:
    """Person -> reviews that he still has to write."""
    rows = db.session.execute(
        select(ReviewAssignment.person_id, func.count())
        .join(
            Application,
            and_(
                Application.id == ReviewAssignment.application_id,
                Application.round == ReviewAssignment.round,
            ),
        )
        .where(
            Application.region_id == region_id,
            Application.state == State.REVIEW,
            ReviewAssignment.ended_at.is_(None),
        )
        .group_by(ReviewAssignment.person_id)
    )
    return {int(person_id): int(count) for person_id, count in rows}


def remarks(row: Application) -> list[Remark]:
    """The discussion of the present round, oldest first."""
    return list(
        db.session.scalars(
            select(Remark)
            .where(Remark.application_id == row.id, Remark.round == row.round)
            .options(joinedload(Remark.person))
            .order_by(Remark.id)
        )
    )


def letters(row: Application) -> list[OutboxMail]:
    """The mails about an application, newest first."""
    return list(
        db.session.scalars(
            select(OutboxMail)
            .join(AdmissionLetter, AdmissionLetter.mail_id == OutboxMail.id)
            .where(AdmissionLetter.application_id == row.id)
            .order_by(OutboxMail.id.desc())
        )
    )


@dataclass(frozen=True)
class Work:
    """One thing that waits for the reader: what, about whom, where, and by when."""

    kind: str
    application: Application
    target: date | None


def to_do(reader: Reader, today: date) -> list[Work]:
    """What the reader still must do, most urgent first."""
    wanted: list[tuple[str, Application]] = []
    if reader.has(*COMMITTEE):
        rows, _ = applications(reader, (State.REVIEW, State.DELIBERATION), size=10_000)
        declared = declared_ids(reader, rows)
        mine = {
            (a, number)
            for a, number in db.session.execute(
                select(ReviewAssignment.application_id, ReviewAssignment.round)
                .outerjoin(
                    Review,
                    and_(
                        Review.application_id == ReviewAssignment.application_id,
                        Review.round == ReviewAssignment.round,
                        Review.person_id == ReviewAssignment.person_id,
                    ),
                )
                .where(
                    ReviewAssignment.person_id == reader.person_id,
                    ReviewAssignment.ended_at.is_(None),
                    Review.submitted_at.is_(None),
                )
            )
        }
        for row in rows:
            if row.id not in declared:
                wanted.append(("declare", row))
            elif (row.id, row.round) in mine and row.state == State.REVIEW:
                wanted.append(("review", row))
    if reader.has(Role.SECRETARY):
        rows, _ = applications(reader, (State.SUBMITTED,), size=10_000)
        wanted += [("check", row) for row in rows]
    if reader.has(Role.COMMITTEE_CHAIR):
        rows, _ = applications(reader, (State.PREPARED,), size=10_000)
        wanted += [("announce", row) for row in rows]
    if reader.has(Role.REGION_ADMIN):
        rows, _ = applications(reader, (State.OBJECTION,), size=10_000)
        wanted += [("objection", row) for row in rows]
    days = targets([row for _, row in wanted], today)
    found = [Work(kind, row, days.get(row.id)) for kind, row in wanted]
    return sorted(found, key=lambda w: (w.target or date.max, w.application.enterprise.name))


# Meetings


def meetings(reader: Reader) -> list[tuple[Meeting, int]]:
    """(meeting, how many dossiers the reader finds on it), newest first.

    A written round is made for its dossiers: without one that exists for the reader it does not
    exist either.
    """
    found = visible_applications(reader).subquery()
    counts = (
        select(AgendaItem.meeting_id, func.count().label("dossiers"))
        .join(found, found.c.id == AgendaItem.application_id)
        .where(AgendaItem.state.not_in(("annulled", "postponed")))
        .group_by(AgendaItem.meeting_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Meeting, func.coalesce(counts.c.dossiers, 0))
        .outerjoin(counts, counts.c.meeting_id == Meeting.id)
        .where(
            Meeting.region_id == reader.organisation_id,
            or_(Meeting.kind == "meeting", counts.c.dossiers > 0),
        )
        .order_by(Meeting.planned_on.desc(), Meeting.public_id)
    )
    return [(row, int(count)) for row, count in rows]


def meeting(reader: Reader, public_id: str) -> Meeting | None:
    """One meeting that exists for this reader."""
    if not reader.has(*DOSSIER_ROLES):
        return None
    row = db.session.scalars(
        select(Meeting).where(
            Meeting.public_id == public_id, Meeting.region_id == reader.organisation_id
        )
    ).first()
    if row is None or (row.kind == "written" and not agenda(reader, row)):
        return None
    return row


def agenda(reader: Reader, row: Meeting) -> list[AgendaItem]:
    """The items of a meeting that exist for the reader, in order; their numbers are his own."""
    found = visible_applications(reader).subquery()
    return list(
        db.session.scalars(
            select(AgendaItem)
            .join(found, found.c.id == AgendaItem.application_id)
            .where(AgendaItem.meeting_id == row.id)
            .options(joinedload(AgendaItem.application).joinedload(Application.enterprise))
            .order_by(AgendaItem.position, AgendaItem.id)
        )
    )


def item(reader: Reader, public_id: str) -> AgendaItem | None:
    """One item whose application exists for the reader."""
    return db.session.scalars(
        select(AgendaItem)
        .where(
            AgendaItem.public_id == public_id,
            AgendaItem.application_id.in_(_visible_ids(reader)),
        )
        .options(joinedload(AgendaItem.application), joinedload(AgendaItem.meeting))
    ).first()


def live_item(row: Application) -> AgendaItem | None:
    """The item on which the present round is (being) decided."""
    return db.session.scalars(
        select(AgendaItem).where(
            AgendaItem.application_id == row.id,
            AgendaItem.round == row.round,
            AgendaItem.state.in_(("waiting", "voting", "adopted")),
        )
    ).first()


def items_of(row: Application) -> list[AgendaItem]:
    """Every item of an application, annulled ones included, oldest first."""
    return list(
        db.session.scalars(
            select(AgendaItem)
            .where(AgendaItem.application_id == row.id)
            .options(joinedload(AgendaItem.meeting))
            .order_by(AgendaItem.id)
        )
    )


def present_people(row: Meeting) -> frozenset[int]:
    """Who is at a meeting."""
    return frozenset(
        db.session.scalars(
            select(MeetingAttendance.person_id).where(
                MeetingAttendance.meeting_id == row.id, MeetingAttendance.present
            )
        )
    )


def item_attendance(items: Sequence[AgendaItem]) -> dict[int, list[ItemAttendance]]:
    """Item id -> who was there, who left and who could vote, by name."""
    found: dict[int, list[ItemAttendance]] = {}
    rows = db.session.scalars(
        select(ItemAttendance)
        .join(ItemAttendance.person)
        .where(ItemAttendance.item_id.in_([one.id for one in items]))
        .options(contains_eager(ItemAttendance.person))
        .order_by(Person.name, Person.id)
    )
    for row in rows:
        found.setdefault(row.item_id, []).append(row)
    return found


def votes(items: Sequence[AgendaItem]) -> dict[int, dict[int, str | None]]:
    """Item id -> person -> choice (None: a secret vote) of who voted."""
    found: dict[int, dict[int, str | None]] = {}
    rows = db.session.scalars(select(Vote).where(Vote.item_id.in_([one.id for one in items])))
    for row in rows:
        found.setdefault(row.item_id, {})[row.person_id] = row.choice
    return found


def recount(row: AgendaItem) -> Tally:
    """The votes of one item, counted from the votes themselves."""
    names = ("in_favour", "against", "blank")
    total = dict.fromkeys(names, 0)
    if row.secret:
        for choice, count in db.session.execute(
            select(BallotCount.choice, BallotCount.votes).where(BallotCount.item_id == row.id)
        ):
            total[choice] += count
    else:
        for named, count in db.session.execute(
            select(Vote.choice, func.count()).where(Vote.item_id == row.id).group_by(Vote.choice)
        ):
            total[str(named)] += count
    present = (
        db.session.scalar(
            select(func.count()).where(ItemAttendance.item_id == row.id, ItemAttendance.entitled)
        )
        or 0
    )
    return Tally(present, total["in_favour"], total["against"], total["blank"])


# Decisions and objections


def decision(row: Application, number: int | None = None) -> Decision | None:
    """The decision on a round (the present one unless named)."""
    return db.session.scalars(
        select(Decision).where(
            Decision.application_id == row.id, Decision.round == (number or row.round)
        )
    ).first()


def decisions(row: Application) -> list[Decision]:
    """Every decision on an application, oldest round first."""
    return list(
        db.session.scalars(
            select(Decision).where(Decision.application_id == row.id).order_by(Decision.round)
        )
    )


def announced_decisions(row: Application) -> list[Decision]:
    """What the applicant may know: decisions that were announced, newest round first."""
    return [one for one in reversed(decisions(row)) if one.announced_on is not None]


def objections(row: Application) -> list[Objection]:
    """Every objection against a decision on an application, oldest first."""
    return list(
        db.session.scalars(
            select(Objection)
            .join(Objection.decision)
            .where(Decision.application_id == row.id)
            .options(contains_eager(Objection.decision))
            .order_by(Objection.id)
        )
    )


def open_objection(row: Application) -> Objection | None:
    """The objection that waits for a decision."""
    return next((one for one in objections(row) if one.decided_on is None), None)


def took_part(one: Decision) -> frozenset[int]:
    """Who had a hand in a decision and so may not decide on an objection to it."""
    people = {one.prepared_by_id, one.announced_by_id}
    people |= set(
        db.session.scalars(
            select(ItemAttendance.person_id).where(
                ItemAttendance.item_id == one.item_id, ItemAttendance.entitled
            )
        )
    )
    people |= set(
        db.session.scalars(
            select(ReviewAssignment.person_id).where(
                ReviewAssignment.application_id == one.application_id,
                ReviewAssignment.round == one.round,
            )
        )
    )
    return frozenset(p for p in people if p is not None)


def document(row: Application) -> dict[str, Any]:
    """The application with every key present."""
    return complete(row.document)
