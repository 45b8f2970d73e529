"""Verbs of secretary and reviewers: check, ask, assign, declare an interest, review, discuss."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import (
    mails,
    permissions,
    queries_interests,
    queries_meetings,
    queries_policy,
    queries_reviews,
)
from impactmakelaar.admission.models import (
    Application,
    ConflictDeclaration,
    MoreRequest,
    Remark,
    Review,
    ReviewAssignment,
)
from impactmakelaar.admission.models_meeting import AgendaItem, ItemAttendance, Meeting
from impactmakelaar.admission.rules import Seat, State, Step
from impactmakelaar.admission.rules_conflict import Interest, spread
from impactmakelaar.admission.rules_policy import Policy
from impactmakelaar.admission.services import (
    annul_round,
    dossier_url,
    own_url,
    post,
    post_to_applicant,
    record,
    step,
)
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused

LATE = "Een lid bleek een belang te hebben."


def ask_more(
    *, row: Application, questions: Sequence[tuple[str, str]], by: Person, today: date
) -> None:
    """Put questions, each about one part, to the applicant; the clock stands still from today.

    :raises Refused: when there is no question, or the state does not allow it.
    """
    if not permissions.may_check(by, row):
        raise NotFound
    kept = [(part, text.strip()) for part, text in questions if text.strip()]
    with transaction():
        row = lock(row)
        if not kept:
            raise Refused("Schrijf ten minste één vraag op.")
        step(row, Step.ASK)
        for part, text in kept:
            db.session.add(
                MoreRequest(
                    application_id=row.id,
                    round=row.round,
                    part=part,
                    question=text,
                    asked_on=today,
                    asked_by_id=by.id,
                )
            )
        record("application.more_asked", row, by, questions=len(kept))
        name, texts = row.enterprise.name, [text for _, text in kept]
        post_to_applicant(row, lambda to, who: mails.more_asked(to, who, name, texts, own_url(row)))


def find_complete(*, row: Application, by: Person, today: date) -> Application:
    """Find an application complete: the committee meets it from now on."""
    if not permissions.may_check(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        step(row, Step.COMPLETE)
        row.completed_on = today
        record("application.complete", row, by)
        return row


@dataclass(frozen=True)
class Assigned:
    """What automatic assignment did: how many people were added, for which dossiers it lacked."""

    added: int
    short: tuple[Application, ...]


def assign(*, row: Application, people: Sequence[Person], by: Person, today: date) -> None:
    """Let these people, and nobody else, review an application.

    :raises Refused: when one of them has an interest, is no member, or wrote his review already
        and is left out.
    """
    if not permissions.may_check(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        if row.state != State.REVIEW:
            raise Refused("Beoordelaars wijst u toe als de aanvraag compleet is.")
        wanted = {p.id for p in people}
        members = {m.person_id for m in queries_policy.committee(row.region_id, today)}
        if wanted - members or wanted & queries_interests.recused_people(row):
            raise Refused("Kies uit de leden die op de lijst staan.", "people")
        for one, name, done in queries_reviews.assignments(row):
            if one.person_id not in wanted:
                if done:
                    raise Refused(f"{name} heeft al beoordeeld en blijft beoordelaar.", "people")
                one.ended_at = clock.now()
        _assign(row, wanted, by)


def assign_evenly(*, rows: Sequence[Application], by: Person, today: date) -> Assigned:
    """Spread reviewers over applications around interests (see ``rules_conflict.spread``)."""
    for row in rows:
        if not permissions.may_check(by, row):
            raise NotFound
    with transaction():
        locked = [lock(row) for row in sorted(rows, key=lambda r: r.id)]
        waiting = [row for row in locked if row.state == State.REVIEW]
        if not waiting:
            return Assigned(0, ())
        added, short = 0, []
        region_id = waiting[0].region_id
        policy = queries_policy.policy_for(waiting[0], today)
        members = [
            m.person_id
            for m in queries_policy.committee(region_id, today)
            if m.seat != Seat.SUBSTITUTE
        ]
        kept = {
            row.id: frozenset(one.person_id for one, _, _ in queries_reviews.assignments(row))
            for row in waiting
        }
        found = spread(
            [row.id for row in waiting],
            members,
            per=policy.reviewers,
            conflicts=frozenset(
                (row.id, p) for row in waiting for p in queries_interests.recused_people(row)
            ),
            load=queries_reviews.review_load(region_id),
            kept=kept,
        )
        for row in waiting:
            new = found.reviewers[row.id] - kept[row.id]
            added += len(new)
            _assign(row, found.reviewers[row.id], by)
            if found.short[row.id]:
                short.append(row)
        return Assigned(added, tuple(short))


def _assign(row: Application, wanted: set[int], by: Person) -> None:
    present = {one.person_id for one, _, _ in queries_reviews.assignments(row)}
    now, by_id = clock.now(), by.id
    for person_id in sorted(wanted - present):
        known = db.session.get(ReviewAssignment, (row.id, row.round, person_id))
        if known is None:
            db.session.add(
                ReviewAssignment(
                    application_id=row.id,
                    round=row.round,
                    person_id=person_id,
                    assigned_at=now,
                    assigned_by_id=by_id,
                )
            )
        else:
            known.assigned_at, known.assigned_by_id, known.ended_at = now, by_id, None
    new = wanted - present
    record("application.assigned", row, by, reviewers=len(wanted))
    name, url = row.enterprise.name, dossier_url(row)
    people = [db.session.get_one(Person, person_id) for person_id in sorted(new)]
    post(row, people, lambda to, who: mails.to_review(to, who, name, url))


def declare(
    *,
    row: Application,
    person: Person,
    kind: Interest,
    explanation: str,
    by: Person,
    today: date,
) -> bool:
    """Say whether somebody has an interest in an application; returns whether he must leave it.

    From then on the dossier does not exist for him. A review of his counts no longer and another
    reviewer is sought; a vote in which he could take part is annulled, and so is the decision
    that was prepared on it. The secretary may record an interest of somebody else.
    """
    if not permissions.may_declare(by, row):
        raise NotFound
    if by.id != person.id and not permissions.may_check(by, row):
        raise NotFound
    if by.id != person.id and (kind == Interest.NONE or not permissions.may_declare(person, row)):
        raise Refused("Dat iemand geen belang heeft, verklaart hij zelf.")
    if kind == Interest.NONE and permissions.acts_for_applicant(person, row):
        raise Refused(
            "U werkt op dit platform voor deze onderneming. U hebt dus een belang.", "kind"
        )
    try:
        with transaction():
            meeting = _meeting_of(row)
            row = lock(row)
            if row.state == State.WITHDRAWN:
                raise Refused("Deze aanvraag is ingetrokken.")
            db.session.add(
                ConflictDeclaration(
                    application_id=row.id,
                    round=row.round,
                    person_id=person.id,
                    kind=kind,
                    explanation=explanation.strip(),
                    recused=kind != Interest.NONE,
                    declared_at=clock.now(),
                    recorded_by_id=by.id,
                )
            )
            record("interest.declared", row, by, recused=kind != Interest.NONE)
            if kind == Interest.NONE:
                return False
            _leave_reviews(row, person, by, today)
            _leave_vote(row, person, meeting, by)
            return True
    except IntegrityError as error:
        raise Refused("Dit belang is al vastgelegd.") from error


def _meeting_of(row: Application) -> Meeting | None:
    """Lock the meeting at which the application is being decided: before the application."""
    item = queries_meetings.live_item(row)
    return lock(item.meeting) if item is not None else None


def _leave_reviews(row: Application, person: Person, by: Person, today: date) -> None:
    assigned = db.session.get(ReviewAssignment, (row.id, row.round, person.id))
    if assigned is None or assigned.ended_at is not None:
        return
    assigned.ended_at = clock.now()
    db.session.flush()
    if row.state == State.REVIEW:
        policy = queries_policy.policy_for(row, today)
        kept = {one.person_id for one, _, _ in queries_reviews.assignments(row)}
        members = [m.person_id for m in queries_policy.committee(row.region_id, today)]
        found = spread(
            [row.id],
            members,
            per=policy.reviewers,
            conflicts=frozenset((row.id, p) for p in queries_interests.recused_people(row)),
            load=queries_reviews.review_load(row.region_id),
            kept={row.id: frozenset(kept)},
        )
        _assign(row, found.reviewers[row.id], by)


def _leave_vote(row: Application, person: Person, meeting: Meeting | None, by: Person) -> None:
    """Annul the vote that somebody with an interest could take part in; put it on again."""
    item = queries_meetings.live_item(row)
    if item is None or item.state == "waiting":
        return
    seat = db.session.get(ItemAttendance, (item.id, person.id))
    if seat is None or not seat.entitled:
        return
    annulled = annul_round(row, LATE, by)
    assert annulled is not None
    if row.state == State.PREPARED:
        step(row, Step.UNPREPARE)
        record("decision.unprepared", row, by)
    if meeting is not None and meeting.closed_at is None and meeting.cancelled_at is None:
        if row.state == State.REVIEW:
            step(row, Step.PUT_ON_AGENDA)
        db.session.add(
            AgendaItem(
                meeting_id=meeting.id,
                application_id=row.id,
                round=row.round,
                position=annulled.position,
                secret=annulled.secret,
            )
        )
    elif row.state == State.DELIBERATION:
        step(row, Step.TAKE_OFF_AGENDA)


def save_review(
    *,
    row: Application,
    scores: dict[str, tuple[int | None, str]],
    advice: str,
    submit: bool,
    by: Person,
    today: date,
) -> Review:
    """Keep a review, and hand it in when ``submit``: criterion key -> (score or None, reason).

    :raises Refused: at handing in, when a criterion has no reason; or when it is in already.
    """
    if not permissions.may_review(by, row):
        raise NotFound
    policy = queries_policy.policy_for(row, today)
    with transaction():
        row = lock(row)
        if row.state != State.REVIEW or not queries_reviews.is_assigned(row, by.id):
            raise Refused("De beoordeling van deze aanvraag is gesloten.")
        review = queries_reviews.review(row, by.id)
        if review is not None and review.submitted_at is not None:
            raise Refused("U hebt uw beoordeling al ingeleverd.")
        if submit:
            _check_review(scores, policy)
        if review is None:
            review = Review(
                application_id=row.id,
                round=row.round,
                person_id=by.id,
                scores={},
                saved_at=clock.now(),
            )
            db.session.add(review)
        review.scores = {
            one.key: {
                "score": scores.get(one.key, (None, ""))[0],
                "reason": scores.get(one.key, (None, ""))[1].strip(),
            }
            for one in policy.criteria
        }
        review.advice = advice.strip()
        review.saved_at = clock.now()
        if submit:
            review.submitted_at = clock.now()
            record("review.submitted", row, by)
        return review


def _check_review(scores: dict[str, tuple[int | None, str]], policy: Policy) -> None:
    for one in policy.criteria:
        score, reason = scores.get(one.key, (None, ""))
        if score is not None and not 0 <= score <= one.scale:
            raise Refused(f"{one.title}: kies een score van 0 tot en met {one.scale}.", one.key)
        if not reason.strip():
            raise Refused(
                f"{one.title}: schrijf op waarom u deze score geeft, of waarom u geen score geeft.",
                one.key,
            )


def say(*, row: Application, text: str, by: Person) -> None:
    """Add to the committee's discussion."""
    if not permissions.may_discuss(by, row):
        raise NotFound
    if not text.strip():
        raise Refused("Schrijf eerst iets op.", "text")
    with transaction():
        row = lock(row)
        if row.state not in (State.REVIEW, State.DELIBERATION):
            raise Refused("Het gesprek over deze aanvraag is gesloten.")
        db.session.add(
            Remark(
                application_id=row.id,
                round=row.round,
                person_id=by.id,
                text=text.strip(),
                at=clock.now(),
            )
        )
