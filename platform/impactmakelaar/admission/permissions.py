"""Who may do what to an application: predicates of (person, object), role and state alike.

Whoever has an interest may do nothing in the region's work; that is asked first, everywhere.
"""

from collections.abc import Sequence
from datetime import date

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    queries,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_policy,
    queries_reviews,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_decision import Objection
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules import COMMITTEE, DOSSIER_ROLES, State, leads
from impactmakelaar.organisations import permissions as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role


def may_apply(person: Person, enterprise: Organisation) -> bool:
    """An approved member of an approved enterprise that has not ended."""
    return (
        enterprise.kind == Kind.ENTERPRISE
        and enterprise.kvk_approved_at is not None
        and enterprise.ended_on is None
        and organisations.may_act_for(person, enterprise)
    )


def is_applicant(person: Person, row: Application) -> bool:
    """Somebody who acts for the applicant."""
    return may_apply(person, row.enterprise)


def has_role(person: Person, row: Application, *roles: str) -> bool:
    """Somebody in one of these roles in the region for whom this application exists."""
    reader = queries.reader(person, row.region)
    return reader.has(*roles) and queries.application_by_id(reader, row.id) is not None


def acts_for_applicant(person: Person, row: Application) -> bool:
    """Whoever works for the applicant has an interest, whatever he declares."""
    return organisations.may_act_for(person, row.enterprise)


def may_see_dossier(person: Person, row: Application) -> bool:
    """A role that meets applications; a member of the committee after declaring, also when he is
    secretary or administrator besides."""
    if not has_role(person, row, *DOSSIER_ROLES):
        return False
    if has_role(person, row, *COMMITTEE) or acts_for_applicant(person, row):
        return queries_interests.has_declared(row, person.id)
    return True


def may_declare(person: Person, row: Application) -> bool:
    """Anybody in the region for whom the application exists."""
    return has_role(person, row, *DOSSIER_ROLES)


def may_check(person: Person, row: Application) -> bool:
    """The secretary, or the region administrator in his place."""
    return has_role(person, row, Role.SECRETARY, Role.REGION_ADMIN) and not acts_for_applicant(
        person, row
    )


def may_review(person: Person, row: Application) -> bool:
    """A reviewer of the present round who declared, until the dossier goes on an agenda."""
    return (
        row.state == State.REVIEW
        and has_role(person, row, *COMMITTEE)
        and queries_interests.has_declared(row, person.id)
        and queries_reviews.is_assigned(row, person.id)
    )


def may_see_reviews(person: Person, row: Application) -> bool:
    """A reviewer once his own is in; anybody else of the committee when all are in.

    The region administrator, who handles objections, sees them through the decision file only.
    """
    if not has_role(person, row, *COMMITTEE, Role.SECRETARY):
        return False
    found = queries_reviews.assignments(row)
    mine = [done for one, _, done in found if one.person_id == person.id]
    if mine:
        return mine[0]
    if has_role(person, row, *COMMITTEE) and not queries_interests.has_declared(row, person.id):
        return False
    return bool(found) and all(done for _, _, done in found)


def may_discuss(person: Person, row: Application) -> bool:
    """The committee and its secretary, while the round is open, as far as they see reviews."""
    return row.state in (State.REVIEW, State.DELIBERATION) and may_see_reviews(person, row)


def leader_id(row: Application, away: frozenset[int], on: date) -> int | None:
    """Who leads the deliberation on an application: the chair unless away or with an interest."""
    members = queries_policy.committee(row.region_id, on)
    found = leads(members, away | queries_interests.recused_people(row))
    return found.person_id if found else None


def led_items(
    person: Person, meeting: Meeting, items: Sequence[AgendaItem], on: date
) -> frozenset[int]:
    """The ids of those items of a meeting that somebody may lead, of items that exist for him.

    Whoever is in the chair for an item, or the secretary on his behalf.
    """
    reader = queries.reader(person, meeting.region)
    if reader.has(Role.SECRETARY):
        return frozenset(one.id for one in items)
    if not reader.has(*COMMITTEE):
        return frozenset()
    members = queries_policy.committee(meeting.region_id, on)
    away = {m.person_id for m in members} - queries_meetings.present_people(meeting)
    recused = queries_interests.recused_by_application({one.application_id for one in items})
    found = set()
    for one in items:
        first = leads(members, recused.get(one.application_id, frozenset()) | away)
        if first is not None and first.person_id == person.id:
            found.add(one.id)
    return frozenset(found)


def may_lead_item(person: Person, item: AgendaItem, on: date) -> bool:
    """Whether somebody may lead one item (see ``led_items``) of a dossier that exists for him."""
    return has_role(person, item.application, *COMMITTEE, Role.SECRETARY) and item.id in led_items(
        person, item.meeting, [item], on
    )


def may_decide(person: Person, row: Application, on: date) -> bool:
    """Prepare and announce: the chair, or who stands in when the chair has an interest."""
    return has_role(person, row, *COMMITTEE) and (
        leader_id(row, frozenset(), on) == person.id
        or (
            (item := queries_meetings.live_item(row)) is not None
            and item.chaired_by_id == person.id
            and person.id not in queries_interests.recused_people(row)
        )
    )


def may_decide_objection(person: Person, row: Application, objection: Objection) -> bool:
    """The region administrator, or a member, who took no part in the decision."""
    return (
        row.state == State.OBJECTION
        and objection.decided_on is None
        and has_role(person, row, Role.REGION_ADMIN, *COMMITTEE)
        and not acts_for_applicant(person, row)
        and person.id not in queries_decisions.took_part(objection.decision)
    )


def may_set_policy(person: Person, region: Organisation) -> bool:
    """The region administrator."""
    return region.kind == Kind.REGION and organisations.is_admin_of(person, region)


def may_plan(person: Person, region: Organisation) -> bool:
    """The secretary, the chair and the administrator plan meetings."""
    roles = organisations.roles_at(person, region)
    return bool(roles & {Role.SECRETARY, Role.COMMITTEE_CHAIR, Role.REGION_ADMIN})
