"""Verbs of a vote on one dossier: propose, cast, count, stop, minutes.

As in ``services_meeting``: each locks the meeting first and the application after it.
"""

from datetime import date

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    permissions,
    queries_interests,
    queries_meetings,
    queries_policy,
    queries_reviews,
    rules,
    services_meeting,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.admission.models_meeting import (
    AgendaItem,
    BallotCount,
    ItemAttendance,
    Meeting,
    Vote,
)
from impactmakelaar.admission.rules import COMMITTEE, QuorumWay, State, Step, Tally
from impactmakelaar.admission.rules_policy import Policy
from impactmakelaar.admission.services import record, step
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused

CHOICES = {"in_favour": "Voor", "against": "Tegen", "blank": "Blanco"}


def propose(
    *,
    item: AgendaItem,
    outcome: str,
    badge: str,
    conditions: str,
    secret: bool,
    by: Person,
    today: date,
) -> AgendaItem:
    """Put a proposal to the vote: who is present and has no interest may vote from now on.

    Who is away, who leaves and who votes is written down for this item.

    :raises Refused: when a review is missing, or recusals leave no quorum; the sentence says what
        can be done then.
    """
    rules.check_outcome(outcome, badge, conditions)
    if not permissions.may_lead_item(by, item, today):
        raise NotFound
    with transaction():
        meeting = lock(item.meeting)
        row = lock(item.application)
        item = lock(item)
        if meeting.opened_at is None:
            raise Refused("Open eerst de vergadering en noteer wie er zijn.")
        services_meeting.check_running(meeting)
        if item.state != "waiting":
            raise Refused("Over dit dossier is de stemming al begonnen.")
        if not all(done for _, _, done in queries_reviews.assignments(row)):
            raise Refused("Nog niet alle beoordelingen zijn binnen.")
        policy = queries_policy.policy_for(row, today)
        _check_reviewed(row, policy, today)
        entitled = _write_attendance(item, meeting, row, policy, today)
        if len(entitled) < policy.quorum:
            raise Refused(_no_quorum(row, policy, len(entitled), today))
        away = (
            frozenset(m.person_id for m in queries_policy.committee(row.region_id, today))
            - entitled
        )
        item.outcome, item.badge, item.conditions = outcome, badge, conditions.strip()
        item.secret, item.present = secret, len(entitled)
        item.chaired_by_id = permissions.leader_id(row, away, today)
        if item.chaired_by_id is None:
            raise Refused("Er is niemand die de vergadering voor dit dossier kan leiden.")
        db.session.flush()
        if secret:
            for choice in CHOICES:
                db.session.add(BallotCount(item_id=item.id, choice=choice, votes=0))
            db.session.flush()
        item.state = "voting"
        record("item.proposed", row, by, outcome=outcome, secret=secret)
        return item


def _check_reviewed(row: Application, policy: Policy, today: date) -> None:
    """As many reviews as the region asks, or as there are members without an interest."""
    members = {m.person_id for m in queries_policy.committee(row.region_id, today)}
    needed = min(policy.reviewers, len(members - queries_interests.recused_people(row)))
    count = queries_reviews.handed_in(row)
    if count < needed:
        raise Refused(
            f"Voor dit dossier zijn {needed} beoordelingen nodig. Er zijn er {count}. Haal het van "
            "de agenda en wijs beoordelaars toe."
        )


def _write_attendance(
    item: AgendaItem, meeting: Meeting, row: Application, policy: Policy, today: date
) -> frozenset[int]:
    members = queries_policy.committee(row.region_id, today)
    recused = queries_interests.recused_people(row)
    present = queries_meetings.present_people(meeting)
    spare = len(members) if meeting.kind == "written" else policy.substitutes
    entitled = rules.voters(members, present, recused, spare)
    db.session.execute(delete(ItemAttendance).where(ItemAttendance.item_id == item.id))
    for member in members:
        person_id = member.person_id
        db.session.add(
            ItemAttendance(
                item_id=item.id,
                person_id=person_id,
                present=person_id in present,
                recused=person_id in recused,
                entitled=person_id in entitled,
            )
        )
    db.session.flush()
    return entitled


def _no_quorum(row: Application, policy: Policy, count: int, today: date) -> str:
    way = rules.quorum_way(
        queries_policy.committee(row.region_id, today),
        queries_interests.recused_people(row),
        policy.quorum,
        policy.substitutes,
        policy.no_quorum,
    )
    start = (
        f"Over dit dossier mogen {count} aanwezige leden stemmen. Er zijn er {policy.quorum} nodig."
    )
    return (
        start
        + {
            QuorumWay.MEETING: " Zet het op de agenda van een volgende vergadering.",
            QuorumWay.SUBSTITUTES: " Vraag een plaatsvervanger om mee te doen.",
            QuorumWay.WRITTEN: " Haal het van de agenda en beslis in een schriftelijke ronde.",
            QuorumWay.OTHER_COMMITTEE: " Te veel leden hebben een belang. Vraag de regiobeheerder "
            "om leden van de commissie van een andere regio als plaatsvervanger te benoemen.",
        }[way]
    )


def cast(*, item: AgendaItem, choice: str, by: Person, today: date) -> None:
    """Vote once on the proposal.

    :raises Refused: twice, after closing, when not entitled, or for a choice that does not exist.
    """
    if choice not in CHOICES:
        raise Refused("Kies voor, tegen of blanco.")
    if not permissions.has_role(by, item.application, *COMMITTEE):
        raise NotFound
    try:
        with transaction():
            meeting = lock(item.meeting)
            item = lock(item)
            if by.id in queries_interests.recused_people(item.application):
                raise NotFound
            if not queries_interests.has_declared(item.application, by.id):
                raise Refused("Geef eerst aan of u een belang hebt bij dit dossier.")
            if item.state != "voting":
                raise Refused("De stemming over dit dossier is gesloten.")
            if meeting.closes_on is not None and today > meeting.closes_on:
                raise Refused(f"U kon stemmen tot en met {long_date(meeting.closes_on)}.")
            seat = db.session.get(ItemAttendance, (item.id, by.id))
            if seat is None or not seat.entitled:
                raise Refused("U staat voor dit dossier niet als stemgerechtigd op de lijst.")
            if db.session.get(Vote, (item.id, by.id)) is not None:
                raise Refused("U hebt al gestemd. Een stem kunt u niet wijzigen.")
            db.session.add(
                Vote(
                    item_id=item.id,
                    person_id=by.id,
                    entitled=True,
                    secret=item.secret,
                    choice=None if item.secret else choice,
                )
            )
            if item.secret:
                count = lock(db.session.get_one(BallotCount, (item.id, choice)))
                count.votes += 1
            record("vote.cast", item.application, by)
    except IntegrityError as error:
        raise Refused("U hebt al gestemd. Een stem kunt u niet wijzigen.") from error


def close_vote(*, item: AgendaItem, by: Person, today: date) -> AgendaItem:
    """Count the votes: the proposal is adopted or rejected, or the quorum is missed (refused)."""
    if not permissions.may_lead_item(by, item, today):
        raise NotFound
    with transaction():
        meeting = lock(item.meeting)
        row = lock(item.application)
        item = lock(item)
        if item.state != "voting":
            raise Refused("De stemming over dit dossier is al gesloten.")
        policy = queries_policy.policy_for(row, today)
        tally = queries_meetings.recount(item)
        everybody = tally.cast == tally.present
        if meeting.closes_on is not None and today <= meeting.closes_on and not everybody:
            raise Refused(f"De leden kunnen nog stemmen tot en met {long_date(meeting.closes_on)}.")
        yes = rules.adopted(tally, policy.quorum, policy.majority)
        if item.secret:
            _rewrite_ballots(item, tally)
        item.present = tally.present
        item.in_favour, item.against, item.blank = tally.in_favour, tally.against, tally.blank
        item.state = "adopted" if yes else "rejected"
        db.session.flush()
        record("item.closed", row, by, adopted=yes)
        if not yes:
            _after_rejection(item, meeting, row)
        return item


def _rewrite_ballots(item: AgendaItem, tally: Tally) -> None:
    """Write the counts anew, all in this transaction: what the database keeps beside a row tells
    then nothing about the last vote."""
    db.session.execute(delete(BallotCount).where(BallotCount.item_id == item.id))
    for choice in CHOICES:
        db.session.add(BallotCount(item_id=item.id, choice=choice, votes=getattr(tally, choice)))
    db.session.flush()


def _after_rejection(item: AgendaItem, meeting: Meeting, row: Application) -> None:
    """A rejected proposal leaves the round open: another one at this meeting, or back."""
    if meeting.closed_at is None and meeting.kind == "meeting":
        db.session.add(
            AgendaItem(
                meeting_id=meeting.id,
                application_id=row.id,
                round=row.round,
                position=item.position,
                secret=item.secret,
            )
        )
    else:
        step(row, Step.TAKE_OFF_AGENDA)


def stop_vote(*, item: AgendaItem, by: Person, today: date) -> None:
    """Stop a vote that cannot reach the quorum: it counts for nothing and the dossier goes back."""
    if not permissions.may_lead_item(by, item, today):
        raise NotFound
    with transaction():
        lock(item.meeting)
        row = lock(item.application)
        item = lock(item)
        if item.state != "voting":
            raise Refused("De stemming over dit dossier is al gesloten.")
        item.state = "annulled"
        item.annulled_reason = "De stemming is afgebroken."
        step(row, Step.TAKE_OFF_AGENDA)
        record("item.annulled", row, by, reason=item.annulled_reason)


def write_minutes(*, item: AgendaItem, text: str, by: Person, today: date) -> None:
    """Keep the minutes of one dossier; until its decision is announced."""
    if not permissions.may_lead_item(by, item, today):
        raise NotFound
    with transaction():
        lock(item.meeting)
        row = lock(item.application)
        item = lock(item)
        if row.state == State.ANNOUNCED:
            raise Refused("Het besluit is bekend. De notulen liggen vast.")
        item.minutes = text.strip()
        record("item.minutes", row, by)
