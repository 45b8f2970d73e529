"""The life of an application, and what makes a decision of the committee valid."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from impactmakelaar.admission.rules_policy import Majority
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.holidays import end_of_term
from impactmakelaar.organisations.rules import Role

COMMITTEE = (Role.COMMITTEE_CHAIR, Role.COMMITTEE_MEMBER)
CARETAKERS = (Role.SECRETARY, Role.REGION_ADMIN)
DOSSIER_ROLES = (*COMMITTEE, *CARETAKERS)
"""Roles in a region that meet applications. The others (broker, SROI officer) do not."""


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ASKED = "asked"
    REVIEW = "review"
    DELIBERATION = "deliberation"
    PREPARED = "prepared"
    ANNOUNCED = "announced"
    OBJECTION = "objection"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What can happen to an application."""

    SUBMIT = "submit"
    ASK = "ask"
    ANSWER = "answer"
    COMPLETE = "complete"
    PUT_ON_AGENDA = "put_on_agenda"
    TAKE_OFF_AGENDA = "take_off_agenda"
    PREPARE = "prepare"
    UNPREPARE = "unprepare"
    ANNOUNCE = "announce"
    OBJECT = "object"
    REJECT_OBJECTION = "reject_objection"
    NEW_ROUND = "new_round"
    WITHDRAW = "withdraw"


class Outcome(StrEnum):
    """What the committee decides."""

    ADMITTED = "admitted"
    CONDITIONAL = "conditional"
    REFUSED = "refused"
    DEFERRED = "deferred"


class Badge(StrEnum):
    """Whether the decision gives the badge: not, for the grace, or on a verified certificate."""

    NONE = "none"
    GRACE = "grace"
    CERTIFICATE = "certificate"


ADMITTING = frozenset({Outcome.ADMITTED, Outcome.CONDITIONAL})

STATE_LABELS = {
    State.DRAFT: "concept",
    State.SUBMITTED: "ingediend",
    State.ASKED: "aanvulling gevraagd",
    State.REVIEW: "in beoordeling",
    State.DELIBERATION: "op de agenda",
    State.PREPARED: "besluit in voorbereiding",
    State.ANNOUNCED: "besloten",
    State.OBJECTION: "bezwaar",
    State.WITHDRAWN: "ingetrokken",
}
APPLICANT_LABELS = STATE_LABELS | {
    State.DELIBERATION: "in beoordeling",
    State.PREPARED: "in beoordeling",
}
"""What the applicant reads: steps within the committee all look the same from outside."""

OUTCOME_LABELS = {
    Outcome.ADMITTED: "Toegelaten",
    Outcome.CONDITIONAL: "Toegelaten onder voorwaarden",
    Outcome.REFUSED: "Afgewezen",
    Outcome.DEFERRED: "Aangehouden",
}
BADGE_LABELS = {
    Badge.NONE: "In het register, zonder badge",
    Badge.GRACE: "Badge, keurmerk volgt binnen de termijn",
    Badge.CERTIFICATE: "Badge op grond van een keurmerk",
}

TRANSITIONS: dict[Step, tuple[frozenset[State], State]] = {
    Step.SUBMIT: (frozenset({State.DRAFT}), State.SUBMITTED),
    Step.ASK: (frozenset({State.SUBMITTED, State.ASKED, State.REVIEW}), State.ASKED),
    Step.ANSWER: (frozenset({State.ASKED}), State.SUBMITTED),
    Step.COMPLETE: (frozenset({State.SUBMITTED}), State.REVIEW),
    Step.PUT_ON_AGENDA: (frozenset({State.REVIEW}), State.DELIBERATION),
    Step.TAKE_OFF_AGENDA: (frozenset({State.DELIBERATION}), State.REVIEW),
    Step.PREPARE: (frozenset({State.DELIBERATION}), State.PREPARED),
    Step.UNPREPARE: (frozenset({State.PREPARED}), State.REVIEW),
    Step.ANNOUNCE: (frozenset({State.PREPARED}), State.ANNOUNCED),
    Step.OBJECT: (frozenset({State.ANNOUNCED}), State.OBJECTION),
    Step.REJECT_OBJECTION: (frozenset({State.OBJECTION}), State.ANNOUNCED),
    Step.NEW_ROUND: (frozenset({State.ANNOUNCED, State.OBJECTION}), State.SUBMITTED),
    Step.WITHDRAW: (
        frozenset(
            {
                State.DRAFT,
                State.SUBMITTED,
                State.ASKED,
                State.REVIEW,
                State.DELIBERATION,
                State.PREPARED,
            }
        ),
        State.WITHDRAWN,
    ),
}
"""Step -> the states in which it may be taken, and the state it leads to."""

OPEN = frozenset(State) - {State.ANNOUNCED, State.WITHDRAWN}
"""An enterprise has at most one application in these states per region."""

BEFORE_COMMITTEE = frozenset({State.DRAFT, State.SUBMITTED, State.ASKED})
"""Members of the committee meet an application once it is complete (or was so before)."""


def next_state(state: str, step: Step) -> State:
    """Where this step leads from here.

    :raises Refused: when it cannot be taken in this state.
    """
    allowed, target = TRANSITIONS[step]
    if state not in allowed:
        label = STATE_LABELS[State(state)]
        raise Refused(f"Dit kan nu niet: deze aanvraag heeft de stand “{label}”.")
    return target


@dataclass(frozen=True)
class Tally:
    """Votes of one ballot; ``present`` counts who was entitled, whether they voted or not."""

    present: int
    in_favour: int
    against: int
    blank: int

    @property
    def cast(self) -> int:
        """All votes, blank ones included."""
        return self.in_favour + self.against + self.blank


def needed_in_favour(in_favour: int, against: int, majority: str) -> int:
    """The fewest votes in favour that adopt a proposal, given how many voted for or against."""
    counted = in_favour + against
    share = Fraction(2, 3) if majority == Majority.TWO_THIRDS else Fraction(1, 2)
    exact = share * counted
    if majority == Majority.TWO_THIRDS:
        return max(1, -(-exact.numerator // exact.denominator))
    return counted // 2 + 1


def adopted(tally: Tally, quorum: int, majority: str) -> bool:
    """Whether a proposal is adopted; equal votes are not enough.

    :raises Refused: when fewer are present, or fewer voted, than the quorum asks.
    """
    if tally.present < quorum:
        raise Refused(
            f"Er zijn {tally.present} stemgerechtigde leden aanwezig. "
            f"Voor een geldig besluit zijn er {quorum} nodig."
        )
    if tally.cast < quorum:
        raise Refused(
            f"Er zijn pas {tally.cast} stemmen uitgebracht. Het quorum is {quorum} stemmen."
        )
    return tally.in_favour >= needed_in_favour(tally.in_favour, tally.against, majority)


def check_outcome(outcome: str, badge: str, conditions: str) -> None:
    """Refuse a combination that means nothing.

    :raises Refused: with the field concerned.
    """
    if outcome not in ADMITTING and badge != Badge.NONE:
        raise Refused("Wie niet wordt toegelaten, krijgt geen badge.", "badge")
    if outcome == Outcome.CONDITIONAL and not conditions.strip():
        raise Refused("Schrijf op welke voorwaarden gelden.", "conditions")


class Seat(StrEnum):
    """A place in the committee. A substitute votes when others may not or cannot."""

    CHAIR = "chair"
    VICE_CHAIR = "vice_chair"
    MEMBER = "member"
    SUBSTITUTE = "substitute"


SEAT_LABELS = {
    Seat.CHAIR: "voorzitter",
    Seat.VICE_CHAIR: "plaatsvervangend voorzitter",
    Seat.MEMBER: "lid",
    Seat.SUBSTITUTE: "plaatsvervanger",
}


@dataclass(frozen=True)
class Member:
    """Somebody of the committee on a day. ``since`` is the first day of the seat."""

    person_id: int
    seat: Seat
    since: date


def leads(members: Iterable[Member], away: frozenset[int]) -> Member | None:
    """Who is in the chair when these people are away or must leave.

    The chair, else the vice-chair, else the member who has sat longest (the lowest number of two
    who began on one day); never a substitute. None when nobody is left.
    """
    order = {Seat.CHAIR: 0, Seat.VICE_CHAIR: 1, Seat.MEMBER: 2}
    able = [m for m in members if m.person_id not in away and m.seat in order]
    return min(able, key=lambda m: (order[m.seat], m.since, m.person_id), default=None)


def voters(
    members: Sequence[Member], present: frozenset[int], recused: frozenset[int], substitutes: int
) -> frozenset[int]:
    """Who votes on a dossier: present full members without a conflict, then substitutes.

    Substitutes fill the places of full members who are away or recused, longest seat first, up to
    the number that the region allows.
    """
    full = [m for m in members if m.seat != Seat.SUBSTITUTE]
    here = {m.person_id for m in full if m.person_id in present and m.person_id not in recused}
    empty = min(len(full) - len(here), substitutes)
    waiting = sorted(
        (
            m
            for m in members
            if m.seat == Seat.SUBSTITUTE and m.person_id in present and m.person_id not in recused
        ),
        key=lambda m: (m.since, m.person_id),
    )
    return frozenset(here | {m.person_id for m in waiting[: max(empty, 0)]})


class QuorumWay(StrEnum):
    """How a dossier can be decided, given who may take part."""

    MEETING = "meeting"
    SUBSTITUTES = "substitutes"
    WRITTEN = "written"
    OTHER_COMMITTEE = "other_committee"


def quorum_way(
    members: Sequence[Member], recused: frozenset[int], quorum: int, substitutes: int, fallback: str
) -> QuorumWay:
    """The lightest way that leaves a quorum: members, with substitutes, then the region's rule.

    A written round asks everybody, substitutes beyond the number for a meeting included; when
    even they are too few, only another committee remains.
    """
    full = [m for m in members if m.seat != Seat.SUBSTITUTE and m.person_id not in recused]
    if len(full) >= quorum:
        return QuorumWay.MEETING
    spare = [m for m in members if m.seat == Seat.SUBSTITUTE and m.person_id not in recused]
    if len(full) + min(len(spare), substitutes) >= quorum:
        return QuorumWay.SUBSTITUTES
    if fallback == QuorumWay.WRITTEN and len(full) + len(spare) >= quorum:
        return QuorumWay.WRITTEN
    return QuorumWay.OTHER_COMMITTEE


@dataclass(frozen=True)
class Pause:
    """The clock stood still from the day of asking until the day of the answer (None: still)."""

    asked_on: date
    answered_on: date | None


def target_day(submitted_on: date, days: int, pauses: Iterable[Pause], today: date) -> date:
    """The day on which the region wants to have decided.

    Every day on which at least one question was open is added once, however many questions.
    """
    standing_still: set[date] = set()
    for pause in pauses:
        end = pause.answered_on or today
        day = max(pause.asked_on, submitted_on)
        while day < end:
            standing_still.add(day)
            day += timedelta(days=1)
    return submitted_on + timedelta(days=days + len(standing_still))


def objection_until(announced_on: date, days: int) -> date:
    """The last day on which an objection is in time (article 6:7 and 6:8 Awb: from the day after).

    A term that ends in a weekend or on a public holiday runs on to the next day that is neither
    (article 1 Algemene termijnenwet).
    """
    return end_of_term(announced_on + timedelta(days=days))


DECIDE_OBJECTION_DAYS = 42
"""Six weeks from the day after the term for objecting ended (article 7:10 Awb)."""


def decide_objection_until(announced_on: date, days: int) -> date:
    """The day by which an objection must be decided, in time or not."""
    return end_of_term(objection_until(announced_on, days) + timedelta(days=DECIDE_OBJECTION_DAYS))
