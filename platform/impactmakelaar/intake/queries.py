"""Reads of intake tables: tables, who is invited, meetings, proposals, outcomes."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.core.jobs import Job
from impactmakelaar.intake.models import (
    FollowUpLetter,
    Forbidden,
    IntakeMeeting,
    IntakeTable,
    Need,
    Offer,
    Outcome,
    Participant,
    Proposal,
)
from impactmakelaar.intake.rules_table import Result, Side
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return.models import Agreement, Contract
from impactmakelaar.social_return.rules_agreement import Agreed

PROPOSE = "intake_propose"
"""Kind of the job that makes a proposal."""


def table(public_id: str) -> IntakeTable | None:
    """One table."""
    return db.session.scalars(select(IntakeTable).where(IntakeTable.public_id == public_id)).first()


def tables_of(region: Organisation) -> list[IntakeTable]:
    """The tables of a region, newest day first."""
    return list(
        db.session.scalars(
            select(IntakeTable)
            .where(IntakeTable.region_id == region.id)
            .order_by(IntakeTable.held_on.desc(), IntakeTable.id.desc())
        )
    )


def invitations_of(organisation: Organisation) -> list[Participant]:
    """Where an organisation was invited, newest day first."""
    return list(
        db.session.scalars(
            select(Participant)
            .join(Participant.table)
            .options(joinedload(Participant.table))
            .where(Participant.organisation_id == organisation.id)
            .order_by(IntakeTable.held_on.desc(), Participant.id.desc())
        )
    )


def participant(public_id: str) -> Participant | None:
    """One participant."""
    return db.session.scalars(select(Participant).where(Participant.public_id == public_id)).first()


def participants(row: IntakeTable) -> list[Participant]:
    """Who was invited, contractors first, by name."""
    return list(
        db.session.scalars(
            select(Participant)
            .join(Participant.organisation)
            .options(joinedload(Participant.organisation), joinedload(Participant.table))
            .where(Participant.table_id == row.id)
            .order_by(Participant.side, Organisation.name, Participant.id)
        )
    )


def needs(row: IntakeTable) -> list[Need]:
    """The obligations on the table."""
    return list(
        db.session.scalars(
            select(Need)
            .join(Need.participant)
            .options(
                joinedload(Need.contract).joinedload(Contract.authority),
                joinedload(Need.contract).joinedload(Contract.rules_version),
                joinedload(Need.contract).joinedload(Contract.prices_version),
                joinedload(Need.participant),
            )
            .where(Participant.table_id == row.id)
            .order_by(Need.public_id)
        )
    )


def needs_of(one: Participant) -> list[Need]:
    """The obligations that a contractor brings."""
    return list(
        db.session.scalars(
            select(Need)
            .options(joinedload(Need.contract).joinedload(Contract.authority))
            .where(Need.participant_id == one.id)
            .order_by(Need.id)
        )
    )


def offers(row: IntakeTable) -> list[Offer]:
    """What the enterprises offer at a table."""
    return list(
        db.session.scalars(
            select(Offer)
            .join(Offer.participant)
            .options(joinedload(Offer.participant))
            .where(Participant.table_id == row.id, Offer.withdrawn.is_(False))
            .order_by(Offer.public_id)
        )
    )


def offers_of(one: Participant) -> list[Offer]:
    """What an enterprise offers at a table."""
    return list(
        db.session.scalars(
            select(Offer)
            .where(Offer.participant_id == one.id, Offer.withdrawn.is_(False))
            .order_by(Offer.id)
        )
    )


def offer(public_id: str) -> Offer | None:
    """One offer."""
    return db.session.scalars(select(Offer).where(Offer.public_id == public_id)).first()


def need(public_id: str) -> Need | None:
    """One obligation on a table."""
    return db.session.scalars(select(Need).where(Need.public_id == public_id)).first()


def forbidden(row: IntakeTable) -> list[Forbidden]:
    """The pairs that the organiser keeps apart."""
    return list(
        db.session.scalars(
            select(Forbidden)
            .join(Participant, Participant.id == Forbidden.contractor_id)
            .where(Participant.table_id == row.id)
        )
    )


def meetings(row: IntakeTable) -> list[IntakeMeeting]:
    """The meetings of a table, by round and seat."""
    return _meetings(IntakeMeeting.table_id == row.id)


def meetings_of(one: Participant) -> list[IntakeMeeting]:
    """The meetings of one participant, by round."""
    return _meetings(
        or_(IntakeMeeting.contractor_id == one.id, IntakeMeeting.enterprise_id == one.id)
    )


def _meetings(*conditions: object) -> list[IntakeMeeting]:
    return list(
        db.session.scalars(
            select(IntakeMeeting)
            .options(
                joinedload(IntakeMeeting.contractor).joinedload(Participant.organisation),
                joinedload(IntakeMeeting.enterprise).joinedload(Participant.organisation),
            )
            .where(*conditions)  # type: ignore[arg-type]
            .order_by(IntakeMeeting.round, IntakeMeeting.seat)
        )
    )


def meeting(public_id: str) -> IntakeMeeting | None:
    """One meeting."""
    return db.session.scalars(
        select(IntakeMeeting).where(IntakeMeeting.public_id == public_id)
    ).first()


def proposal(row: IntakeTable) -> Proposal | None:
    """The newest proposal that was put on the table."""
    return db.session.scalars(
        select(Proposal)
        .where(Proposal.table_id == row.id, Proposal.used.is_(True))
        .order_by(Proposal.number.desc())
        .limit(1)
    ).first()


def next_number(row: IntakeTable) -> int:
    """The number of the next proposal."""
    newest = db.session.scalar(select(func.max(Proposal.number)).where(Proposal.table_id == row.id))
    return (newest or 0) + 1


def job(row: IntakeTable) -> Job | None:
    """The newest job that makes a proposal for a table."""
    query = select(Job).where(Job.kind == PROPOSE).order_by(Job.id.desc()).limit(200)
    return next(
        (one for one in db.session.scalars(query) if one.arguments.get("table") == row.public_id),
        None,
    )


def outcomes(ids: Collection[int]) -> dict[int, list[Outcome]]:
    """Meeting id -> what came of it, oldest first."""
    found: dict[int, list[Outcome]] = defaultdict(list)
    query = (
        select(Outcome)
        .options(joinedload(Outcome.agreement), joinedload(Outcome.recorded_by))
        .where(Outcome.meeting_id.in_(ids))
        .order_by(Outcome.number)
    )
    for row in db.session.scalars(query):
        found[row.meeting_id].append(row)
    return found


def to_follow_up(until: date) -> list[tuple[Outcome, list[int]]]:
    """(deal or appointment of up to a day, letters already sent), oldest first.

    What was called off, and an appointment of which the outcome is known, need no letter.
    """
    later = aliased(Outcome)
    query = (
        select(Outcome)
        .outerjoin(Outcome.agreement)
        .options(contains_eager(Outcome.agreement))
        .where(
            Outcome.recorded_on <= until,
            or_(
                and_(Outcome.kind == Result.DEAL, Agreement.state != Agreed.CANCELLED),
                and_(
                    Outcome.kind == Result.FOLLOW_UP,
                    ~select(later.id)
                    .where(later.meeting_id == Outcome.meeting_id, later.number > Outcome.number)
                    .exists(),
                ),
            ),
        )
        .order_by(Outcome.id)
    )
    rows = list(db.session.scalars(query))
    sent: dict[int, list[int]] = defaultdict(list)
    letters = select(FollowUpLetter).where(FollowUpLetter.outcome_id.in_([r.id for r in rows]))
    for letter in db.session.scalars(letters):
        sent[letter.outcome_id].append(letter.days)
    return [(row, sent[row.id]) for row in rows]


def people_of(one: Participant) -> list[Person]:
    """Who speaks for a participant."""
    role = Role.CONTRACTOR if one.side == Side.CONTRACTOR else Role.ENTREPRENEUR
    return list(
        db.session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.organisation_id == one.organisation_id,
                Membership.role == role,
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Person.id)
        )
    )


def enterprises_in(ids: Collection[int]) -> list[Organisation]:
    """These organisations, by name."""
    return list(
        db.session.scalars(
            select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.name)
        )
    )
