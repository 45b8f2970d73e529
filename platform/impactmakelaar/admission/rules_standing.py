"""Standing: where an enterprise stands in a region on a day, computed from dated facts.

One function, ``standing``, used by search, register, badge, mail and export alike. Nothing here
is stored: facts are, and this reads them. A day is a calendar day in Europe/Amsterdam and holds
to its end. The rules are the region's own and stand in its printed terms (docs/decisions).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

GRACE_MONTHS = 12
"""Months of grace where a region has no policy yet: the example of Haarlem in the toolbox."""
ONE_DAY = timedelta(days=1)


class State(StrEnum):
    """Where an enterprise stands. Badge and admission are told apart by ``Standing.admitted``."""

    NONE = "none"
    APPLIED = "applied"
    IN_GRACE = "in_grace"
    CERTIFIED = "certified"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class Reason(StrEnum):
    """Why it stands there."""

    NOTHING = "nothing"
    OPEN = "open"
    APPLICATION_WITHDRAWN = "application_withdrawn"
    DECISION_WITHDRAWN = "decision_withdrawn"
    REFUSED = "refused"
    REGISTER_ONLY = "register_only"
    GRACE = "grace"
    CERTIFICATE = "certificate"
    RECOGNITION = "recognition"
    GRACE_OVER = "grace_over"
    CERTIFICATE_OVER = "certificate_over"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    SUSPENSION = "suspension"
    OWN_WISH = "own_wish"
    ORGANISATION_ENDED = "organisation_ended"


@dataclass(frozen=True)
class Recognised:
    """A certificate on a region's list; no levels means every level.

    ``not_for`` names legal forms that cannot obtain it: advice to the committee, no condition.
    """

    kind: str
    levels: frozenset[str] = frozenset()
    counts_for_badge: bool = True
    not_for: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """What a region decided from a day on, until its next version."""

    valid_from: date
    grace_months: int = GRACE_MONTHS
    certificates: tuple[Recognised, ...] = ()
    lapsed_unlists: bool = False


@dataclass(frozen=True)
class Application:
    """An enterprise asked to be admitted."""

    key: int
    submitted_on: date
    withdrawn_on: date | None = None
    inherited_on: date = date.min


@dataclass(frozen=True)
class Decision:
    """What was announced on ``announced_on`` (day D): admitted or refused, with or without badge.

    ``withdrawn_on`` is the first day on which it no longer holds; ``inherited_on`` the first day
    on which a successor carries what was decided about the enterprise before it.
    """

    announced_on: date
    admitted: bool
    badge: bool = True
    application: int = 0
    withdrawn_on: date | None = None
    inherited_on: date = date.min

    def holds(self, on: date) -> bool:
        """Whether it was announced, is this enterprise's, and was not withdrawn."""
        return max(self.announced_on, self.inherited_on) <= on and (
            self.withdrawn_on is None or on < self.withdrawn_on
        )


@dataclass(frozen=True)
class Certificate:
    """A certificate as a person verified it in the issuer's register.

    ``handed_in_on`` is the day the evidence came; ``withdrawn_on`` the first day on which the
    issuer no longer recognises it.
    """

    kind: str
    kvk_number: str
    valid_from: date
    valid_until: date
    handed_in_on: date
    level: str = ""
    withdrawn_on: date | None = None
    key: int = 0


@dataclass(frozen=True)
class Suspension:
    """Not in the register and no badge from a day, up to and including ``last_day`` if known.

    ``lifted_on`` is the first day on which it no longer holds.
    """

    from_day: date
    last_day: date | None = None
    lifted_on: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is in force."""
        return (
            self.from_day <= on
            and (self.last_day is None or on <= self.last_day)
            and (self.lifted_on is None or on < self.lifted_on)
        )


@dataclass(frozen=True)
class Recognition:
    """This region recognises another region's decision, with an end of its own.

    ``badge`` is the state it gives: in grace, certified, or none (in the register only).
    """

    region: str
    from_day: date
    last_day: date
    badge: State = State.NONE
    ended_on: date | None = None

    def holds(self, on: date) -> bool:
        """Whether it is in force."""
        return self.from_day <= on <= self.last_day and (
            self.ended_on is None or on < self.ended_on
        )


@dataclass(frozen=True)
class Identity:
    """The KVK number under which the enterprise worked, from the first to the last day."""

    kvk_number: str
    first_day: date = date.min
    last_day: date = date.max


@dataclass(frozen=True)
class Facts:
    """All that is known of one enterprise in one region, its predecessors' history included."""

    identities: tuple[Identity, ...] = ()
    applications: tuple[Application, ...] = ()
    decisions: tuple[Decision, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    wishes: tuple[date, ...] = ()
    """First days on which the enterprise no longer wanted to take part."""
    organisation_ended_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """The answer for one day.

    ``last_day`` is the last day on which this holds as far as is known; of what lapsed or ended,
    the last day on which it did hold. ``since`` is the first day of the badge as it is.
    """

    state: State
    reason: Reason
    admitted: bool = False
    last_day: date | None = None
    since: date | None = None
    certificate: Certificate | None = None
    region: str = ""
    """The region whose decision is recognised."""

    @property
    def has_badge(self) -> bool:
        """Whether purchases count as with a holder of the badge on this day."""
        return self.state in (State.IN_GRACE, State.CERTIFIED)


def add_months(day: date, months: int) -> date:
    """The same date so many months later; the last day of that month where it does not exist.

    29 February 2028 and 12 months give 28 February 2029. Weekends extend nothing.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def policy_on(policy: Sequence[Policy], on: date) -> Policy:
    """The version in force on a day; before the first one, the first."""
    known = [version for version in policy if version.valid_from <= on]
    if known:
        return max(known, key=lambda version: version.valid_from)
    return min(policy, key=lambda version: version.valid_from, default=Policy(date.min))


def recognises(version: Policy, kind: str, level: str) -> bool:
    """Whether a certificate of this kind and level counts for the badge under a version."""
    return any(
        entry.kind == kind
        and entry.counts_for_badge
        and (not entry.levels or level in entry.levels)
        for entry in version.certificates
    )


def grace_period(
    facts: Facts, policy: Sequence[Policy], on: date
) -> tuple[date, date] | tuple[None, None]:
    """First and last day of the one period of grace, begun by ``on``; Nones when none began.

    The first badge counts: a later decision, or a withdrawn one, never brings a second period.
    """
    begun = [d.announced_on for d in facts.decisions if d.admitted and d.badge]
    first = min((day for day in begun if day <= on), default=None)
    if first is None:
        return None, None
    return first, add_months(first, policy_on(policy, first).grace_months)


@dataclass(frozen=True)
class Span:
    """Days, both included, on which a certificate carries the badge."""

    first: date
    last: date
    certificate: Certificate


def spans(
    facts: Facts, policy: Sequence[Policy], decided_on: date, grace_last: date | None
) -> list[Span]:
    """When which certificate carries the badge after the decision of ``decided_on``.

    The list of that day or of the certificate's start counts, whichever favours the enterprise.
    Evidence of what was obtained within the grace but handed in after it counts from that day.
    """
    found = []
    for one in facts.certificates:
        versions = (policy_on(policy, decided_on), policy_on(policy, one.valid_from))
        if not any(recognises(version, one.kind, one.level) for version in versions):
            continue
        first = max(one.valid_from, decided_on)
        if grace_last is not None and one.valid_from <= grace_last < one.handed_in_on:
            first = max(first, one.handed_in_on)
        last = one.valid_until
        if one.withdrawn_on is not None:
            last = min(last, _before(one.withdrawn_on))
        for identity in facts.identities:
            if identity.kvk_number == one.kvk_number:
                begin, end = max(first, identity.first_day), min(last, identity.last_day)
                if begin <= end:
                    found.append(Span(begin, end, one))
    return sorted(found, key=lambda span: (span.first, span.last, span.certificate.key))


def standing(facts: Facts, policy: Sequence[Policy], on: date) -> Standing:
    """Where the enterprise stands in the region on a day."""
    if facts.organisation_ended_on is not None and facts.organisation_ended_on <= on:
        last = _before(facts.organisation_ended_on)
        return Standing(State.ENDED, Reason.ORGANISATION_ENDED, last_day=last)
    wish = max((day for day in facts.wishes if day <= on), default=date.min)
    decision = _in_force(facts, wish, on)
    recognition = _recognised(facts, wish, decision, on)
    if (decision is not None and decision.admitted) or recognition is not None:
        return _admitted(facts, policy, decision, recognition, on)
    return _outside(facts, decision, wish, on)


def _before(day: date) -> date:
    return day - ONE_DAY if day > date.min else day


def _in_force(facts: Facts, wish: date, on: date) -> Decision | None:
    """The newest announced decision that was not withdrawn and not ended at the own wish."""
    known = [d for d in facts.decisions if d.announced_on > wish and d.holds(on)]
    return max(known, key=lambda d: d.announced_on, default=None)


def _recognised(
    facts: Facts, wish: date, decision: Decision | None, on: date
) -> Recognition | None:
    """The recognition in force; a refusal of this region that came later goes before it."""
    refused_on = decision.announced_on if decision and not decision.admitted else date.min
    known = [
        r
        for r in facts.recognitions
        if r.holds(on) and r.from_day > wish and r.from_day > refused_on
    ]
    return max(known, key=lambda r: (r.badge == State.CERTIFIED, r.last_day), default=None)


def _admitted(
    facts: Facts,
    policy: Sequence[Policy],
    decision: Decision | None,
    recognition: Recognition | None,
    on: date,
) -> Standing:
    for suspension in facts.suspensions:
        if suspension.holds(on):
            last = min(
                filter(None, (suspension.last_day, _day_before(suspension.lifted_on))), default=None
            )
            return Standing(
                State.SUSPENDED,
                Reason.SUSPENSION,
                admitted=True,
                last_day=last,
                since=suspension.from_day,
            )
    own = _by_decision(facts, policy, decision, on) if decision and decision.admitted else None
    if own is not None and (recognition is None or own.has_badge):
        return own
    assert recognition is not None
    _, used = grace_period(facts, policy, on)
    badge = recognition.badge
    if badge == State.IN_GRACE and used is not None and used < on:
        badge = State.NONE
    if own is not None and badge == State.NONE:
        return own
    last = min(recognition.last_day, _stop(facts, None, recognition.ended_on, on))
    return Standing(
        badge,
        Reason.RECOGNITION,
        admitted=True,
        last_day=last,
        since=recognition.from_day,
        region=recognition.region,
    )


def _day_before(day: date | None) -> date | None:
    return None if day is None else _before(day)


def _stop(facts: Facts, decision: Decision | None, ended_on: date | None, on: date) -> date:
    """The day before the first stop that is known to come after ``on``."""
    stops: list[date | None] = [facts.organisation_ended_on, ended_on, *facts.wishes]
    stops += [decision.withdrawn_on] if decision else []
    stops += [s.from_day for s in facts.suspensions if s.holds(s.from_day)]
    return min((_before(day) for day in stops if day is not None and day > on), default=date.max)


def _by_decision(facts: Facts, policy: Sequence[Policy], decision: Decision, on: date) -> Standing:
    if not decision.badge:
        return Standing(
            State.NONE, Reason.REGISTER_ONLY, admitted=True, since=decision.announced_on
        )
    stop = _stop(facts, decision, None, on)
    grace_first, grace_last = grace_period(facts, policy, on)
    assert grace_first is not None
    assert grace_last is not None
    carried = spans(facts, policy, decision.announced_on, grace_last)
    covering = [span for span in carried if span.first <= on <= span.last]
    if covering:
        first, last = _stretch(carried, covering)
        shown = max(covering, key=lambda span: (span.last, span.certificate.key)).certificate
        return Standing(State.CERTIFIED, Reason.CERTIFICATE, True, min(last, stop), first, shown)
    # A certificate once closed the grace, also one of before an earlier ending: it never returns.
    begun = [*carried, *spans(facts, policy, grace_first, grace_last)]
    past = [span for span in begun if span.first <= on]
    if not past and on <= grace_last:
        return Standing(
            State.IN_GRACE, Reason.GRACE, True, min(grace_last, stop), decision.announced_on
        )
    if not past:
        return Standing(State.LAPSED, Reason.GRACE_OVER, True, grace_last)
    newest = max(past, key=lambda span: (span.last, span.certificate.key))
    withdrawn = newest.certificate.withdrawn_on
    taken = withdrawn is not None and newest.last == _before(withdrawn)
    reason = Reason.CERTIFICATE_WITHDRAWN if taken else Reason.CERTIFICATE_OVER
    last = min(newest.last, _before(on))
    return Standing(State.LAPSED, reason, True, last, certificate=newest.certificate)


def _stretch(carried: Iterable[Span], covering: list[Span]) -> tuple[date, date]:
    """First and last day of the unbroken row of certificates around the covering ones."""
    first = min(span.first for span in covering)
    last = max(span.last for span in covering)
    ordered = list(carried)
    for span in ordered:
        if _before(span.first) <= last:
            last = max(last, span.last)
    for span in sorted(ordered, key=lambda one: one.last, reverse=True):
        if _before(first) <= span.last:
            first = min(first, span.first)
    return first, last


def _outside(facts: Facts, decision: Decision | None, wish: date, on: date) -> Standing:
    """Not admitted: refused, waiting, withdrawn, ended at the own wish, or nothing yet."""
    newest = max(
        (a for a in facts.applications if wish < a.submitted_on <= on and a.inherited_on <= on),
        key=lambda a: (a.submitted_on, a.key),
        default=None,
    )
    given_up = newest is not None and newest.withdrawn_on is not None and newest.withdrawn_on <= on
    if decision is not None and (
        newest is None or newest.submitted_on <= decision.announced_on or given_up
    ):
        return Standing(State.REFUSED, Reason.REFUSED, since=decision.announced_on)
    taken_back = max(
        (
            d
            for d in facts.decisions
            if wish < d.announced_on
            and d.admitted
            and d.withdrawn_on is not None
            and d.withdrawn_on <= on
        ),
        key=lambda d: d.announced_on,
        default=None,
    )
    if taken_back is not None and (
        newest is None or newest.submitted_on <= taken_back.announced_on
    ):
        assert taken_back.withdrawn_on is not None
        last = _before(taken_back.withdrawn_on)
        return Standing(State.WITHDRAWN, Reason.DECISION_WITHDRAWN, last_day=last)
    if newest is not None and given_up:
        return Standing(State.WITHDRAWN, Reason.APPLICATION_WITHDRAWN, since=newest.withdrawn_on)
    if newest is not None:
        return Standing(State.APPLIED, Reason.OPEN, since=newest.submitted_on)
    past = [r for r in facts.recognitions if wish < r.from_day <= on]
    if past:
        over = max(past, key=lambda r: r.last_day)
        last = (
            over.last_day if over.ended_on is None else min(over.last_day, _before(over.ended_on))
        )
        return Standing(State.LAPSED, Reason.RECOGNITION, last_day=last, region=over.region)
    if wish > date.min:
        return Standing(State.ENDED, Reason.OWN_WISH, last_day=_before(wish))
    return Standing(State.NONE, Reason.NOTHING)
