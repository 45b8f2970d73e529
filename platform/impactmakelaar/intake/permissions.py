"""Who may do what at an intake table: predicates of (person, object), state included."""

from impactmakelaar.accounts.models import Person
from impactmakelaar.intake.models import IntakeMeeting, IntakeTable, Participant
from impactmakelaar.intake.rules_table import State
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role

ORGANISERS = (Role.SROI_OFFICER, Role.BROKER, Role.REGION_ADMIN)
PARTICIPANTS = (Role.CONTRACTOR, Role.ENTREPRENEUR)


def may_organise_in(person: Person, region: Organisation) -> bool:
    """Plan tables in a region: its SROI officers, brokers and administrators."""
    return (
        region.kind == Kind.REGION
        and region.ended_on is None
        and any(
            m.organisation_id == region.id and m.role in ORGANISERS
            for m in organisations.active_memberships(person)
        )
    )


def organises(person: Person, table: IntakeTable) -> bool:
    """An organiser of the table's region."""
    return may_organise_in(person, table.region)


def may_change(person: Person, table: IntakeTable) -> bool:
    """Invite, propose, lock, move: while it is being prepared or held."""
    return table.state in (State.DRAFT, State.PUBLISHED) and organises(person, table)


def speaks_for(person: Person, participant: Participant) -> bool:
    """Somebody of the participant's organisation, in the role of its side."""
    role = Role.CONTRACTOR if participant.side == "contractor" else Role.ENTREPRENEUR
    return any(
        m.organisation_id == participant.organisation_id and m.role == role
        for m in organisations.active_memberships(person)
    )


def may_see(person: Person, participant: Participant) -> bool:
    """Its own page: its people, and the organisers."""
    return speaks_for(person, participant) or organises(person, participant.table)


def may_answer(person: Person, participant: Participant) -> bool:
    """Confirm, wish, block and offer: until the table is over."""
    return participant.table.state in (State.DRAFT, State.PUBLISHED) and may_see(
        person, participant
    )


def may_record(person: Person, meeting: IntakeMeeting) -> bool:
    """Say what came of a meeting: both parties and the organisers, once the table is public."""
    if meeting.table.state not in (State.PUBLISHED, State.CLOSED):
        return False
    return (
        organises(person, meeting.table)
        or speaks_for(person, meeting.contractor)
        or speaks_for(person, meeting.enterprise)
    )


def may_book(person: Person, meeting: IntakeMeeting) -> bool:
    """Book a deal: the contractor, whose obligation it is, or an organiser."""
    return may_record(person, meeting) and (
        organises(person, meeting.table) or speaks_for(person, meeting.contractor)
    )
