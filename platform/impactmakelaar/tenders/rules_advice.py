"""Threshold advice: which procedure, how many to invite, what says so, how far the next limit is.

A limit counts as reached at the very cent: an estimate equal to it is not below it (Aw 2012,
art. 2.1-2.6; Gids Proportionaliteit 3.4 A and B for what is below). The tables are data with a
start and an end: ``EuThreshold`` for Europe, ``Limits`` per authority.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders.rules import ALMOST_OVER, Category, Procedure, Value

SPLIT_MONTHS = 12
MIN_REASON = 15


@dataclass(frozen=True)
class EuThreshold:
    """A European threshold in cents for a category, from a day up to and including a day."""

    valid_from: date
    valid_until: date
    category: str
    cents: int
    source: str


@dataclass(frozen=True)
class Limits:
    """An authority's own limits for one category; ``multiple_below`` None: up to Europe's."""

    valid_from: date
    valid_until: date | None
    category: str
    single_below: int
    multiple_below: int | None
    invite_min: int
    invite_max: int
    source: str
    is_example: bool = False


@dataclass(frozen=True)
class Earlier:
    """Another request of the same authority in the same CPV group."""

    public_id: str
    title: str
    on: date
    value: Value


@dataclass(frozen=True)
class Question:
    """What advice is asked about. ``authority`` is False for a company that buys."""

    category: str
    value: Value
    on: date
    cpv: str
    authority: bool = True
    cross_border: str = ""


@dataclass(frozen=True)
class Advice:
    """The advice with its ground. ``procedure`` is None when none can be given; ``why`` says why.

    ``invite`` is (at least, at most) or None. ``next_limit`` and ``room`` are cents: the limit at
    which another procedure starts, and how far the highest estimate lies below it.
    ``together`` is the value with the earlier requests, when splitting is suspected.
    """

    procedure: Procedure | None
    why: str
    rule: str = ""
    invite: tuple[int, int] | None = None
    next_limit: int | None = None
    room: int | None = None
    next_procedure: Procedure | None = None
    between: tuple[Procedure, Procedure] | None = None
    cross_border: str = ""
    earlier: tuple[Earlier, ...] = ()
    together: int | None = None
    together_procedure: Procedure | None = None
    is_example: bool = False
    social_return: tuple[str, ...] = ()
    social_return_arises: bool = False


def in_force(rows: Sequence[EuThreshold], category: str, on: date) -> EuThreshold | None:
    """The European threshold of a category on a day."""
    for row in rows:
        if row.category == category and row.valid_from <= on <= row.valid_until:
            return row
    return None


def limits_in_force(rows: Sequence[Limits], category: str, on: date) -> Limits | None:
    """The authority's limits on a day: of those that hold, the one that began last."""
    holding = [
        row
        for row in rows
        if row.category == category
        and row.valid_from <= on
        and (row.valid_until is None or on <= row.valid_until)
    ]
    return max(holding, key=lambda row: row.valid_from, default=None)


def procedure_for(
    cents: int, europe: EuThreshold, limits: Limits
) -> tuple[Procedure, int | None, Procedure | None]:
    """(procedure, the next limit, what starts there) of one amount."""
    ladder: list[tuple[int, Procedure]] = [
        (min(limits.single_below, europe.cents), Procedure.SINGLE),
    ]
    national_from = europe.cents if limits.multiple_below is None else limits.multiple_below
    ladder.append((min(national_from, europe.cents), Procedure.MULTIPLE))
    ladder.append((europe.cents, Procedure.NATIONAL))
    for number, (below, procedure) in enumerate(ladder):
        if cents < below:
            after = [p for b, p in ladder[number + 1 :] if b > below]
            return procedure, below, after[0] if after else Procedure.EUROPEAN
    return Procedure.EUROPEAN, None, None


def invitations(procedure: Procedure, limits: Limits) -> tuple[int, int] | None:
    """How many to invite: one, the authority's 3 to 5, or whoever answers a publication."""
    if procedure is Procedure.SINGLE:
        return (1, 1)
    if procedure is Procedure.MULTIPLE:
        return (limits.invite_min, limits.invite_max)
    return None


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def recent(earlier: Sequence[Earlier], on: date) -> tuple[Earlier, ...]:
    """The requests that count as possible parts of the same need: those of the last 12 months."""
    start = months_before(on, SPLIT_MONTHS)
    return tuple(row for row in earlier if start < row.on <= on and row.value.known)


def advise(
    question: Question,
    *,
    europe: Sequence[EuThreshold],
    limits: Sequence[Limits],
    earlier: Sequence[Earlier] = (),
) -> Advice:
    """The advice for a question; the highest estimate decides."""
    if not question.authority:
        return Advice(
            None,
            "Uw organisatie is geen aanbestedende dienst: er gelden geen drempels. U kiest zelf "
            "hoeveel ondernemingen u vraagt.",
        )
    if not question.value.known:
        return Advice(
            None,
            "Zonder geraamde waarde kunnen wij geen procedure adviseren. Een bedrag van € 0, "
            "€ 0,01 of € 1 telt als onbekend.",
        )
    if question.category not in tuple(Category):
        return Advice(None, "Kies eerst of het om werken, leveringen of diensten gaat.")
    high, low = question.value.high, question.value.low
    assert high is not None
    assert low is not None
    threshold = in_force(europe, question.category, question.on)
    if threshold is None:
        return Advice(None, f"Voor {long_date(question.on)} kennen wij geen Europese drempel.")
    own = limits_in_force(limits, question.category, question.on)
    if own is None:
        if high >= threshold.cents:
            return Advice(
                Procedure.EUROPEAN, "De waarde bereikt de Europese drempel.", threshold.source
            )
        return Advice(
            None,
            "Uw organisatie heeft voor deze datum nog geen eigen grensbedragen. Stel die eerst in.",
        )
    procedure, limit, following = procedure_for(high, threshold, own)
    lowest, _, _ = procedure_for(low, threshold, own)
    parts = recent(earlier, question.on)
    together = high + sum(row.value.high or 0 for row in parts) if parts else None
    combined = procedure_for(together, threshold, own)[0] if together is not None else None
    suspected = combined is not None and combined is not procedure
    return Advice(
        procedure=procedure,
        why=WHY[procedure],
        rule=_rule(procedure, threshold, own),
        invite=invitations(procedure, own),
        next_limit=limit,
        room=None if limit is None else limit - high,
        next_procedure=following,
        between=(lowest, procedure) if lowest is not procedure else None,
        cross_border=_cross_border(question, procedure),
        earlier=parts if suspected else (),
        together=together if suspected else None,
        together_procedure=combined if suspected else None,
        is_example=own.is_example,
    )


WHY = {
    Procedure.SINGLE: "De waarde is laag genoeg om één onderneming te vragen.",
    Procedure.MULTIPLE: "De waarde is te hoog voor één aanbieder; vraag meer ondernemingen om een "
    "offerte.",
    Procedure.NATIONAL: "De waarde is te hoog voor een onderhandse procedure en lager dan de "
    "drempel.",
    Procedure.EUROPEAN: "De waarde bereikt de Europese drempel.",
}


def _rule(procedure: Procedure, threshold: EuThreshold, own: Limits) -> str:
    mine = f"{own.source}, geldig vanaf {long_date(own.valid_from)}"
    theirs = f"{threshold.source}, geldig tot en met {long_date(threshold.valid_until)}"
    return theirs if procedure is Procedure.EUROPEAN else f"{mine}; {theirs}"


def _cross_border(question: Question, procedure: Procedure) -> str:
    if procedure is Procedure.EUROPEAN:
        return ""
    if question.cross_border == "yes":
        return (
            "U ziet een duidelijk grensoverschrijdend belang. Maak de opdracht dan ook bekend aan "
            "ondernemingen uit andere landen."
        )
    if question.cross_border == "no":
        return ""
    return (
        "Beantwoord nog of er een duidelijk grensoverschrijdend belang is: zou een onderneming "
        "uit een ander EU-land deze opdracht willen, gezien bedrag, plaats en techniek?"
    )


def check_deviation(
    advice: Advice, procedure: Procedure, count: int | None, reason: str
) -> list[str]:
    """What deviates from the advice, as Dutch sentences.

    :raises Refused: on ``deviation`` when something deviates and no reason of substance is given.
    """
    found = []
    if advice.procedure is not None and procedure is not advice.procedure:
        found.append("een andere procedure dan geadviseerd")
    invite = advice.invite
    if (
        count is not None
        and invite is not None
        and procedure is advice.procedure
        and not invite[0] <= count <= invite[1]
    ):
        found.append(f"{count} uitnodigen in plaats van {_range(invite)}")
    if found and len(reason.strip()) < MIN_REASON:
        raise Refused(
            "U wijkt af van het advies: " + " en ".join(found) + ". Dat mag, met een reden.",
            "deviation",
        )
    return found


def _range(invite: tuple[int, int]) -> str:
    return str(invite[0]) if invite[0] == invite[1] else f"{invite[0]} tot {invite[1]}"


def table_warnings(
    europe: Sequence[EuThreshold], limits: Sequence[Limits], on: date, *, own: bool
) -> list[str]:
    """Sentences about tables that end soon and have no successor; ``own``: an authority asks."""
    found = []
    for category in Category:
        last = max((r.valid_until for r in europe if r.category == category), default=None)
        if last is not None and last - on <= ALMOST_OVER:
            found.append(f"De Europese drempels lopen tot en met {long_date(last)}.")
        mine = [r for r in limits if r.category == category]
        current = limits_in_force(mine, category, on)
        if own and current is not None and current.valid_until is not None:
            later = limits_in_force(mine, category, current.valid_until + timedelta(days=1))
            if later is None and current.valid_until - on <= ALMOST_OVER:
                found.append(
                    f"Uw eigen grensbedragen lopen tot en met {long_date(current.valid_until)}."
                )
    return [sentence + " Er is nog geen opvolger." for sentence in dict.fromkeys(found)]


def check_limits(rows: Sequence[Limits]) -> None:
    """Refuse limits that cannot be meant."""
    for row in rows:
        if row.valid_until is not None and row.valid_until < row.valid_from:
            raise Refused("De einddatum ligt voor de begindatum.", "valid_until")
        if row.multiple_below is not None and row.multiple_below < row.single_below:
            raise Refused(
                "De grens voor meervoudig ligt lager dan die voor enkelvoudig.",
                f"{row.category}_multiple",
            )
        if not 1 <= row.invite_min <= row.invite_max <= 20:
            raise Refused("Het aantal uit te nodigen ondernemingen klopt niet.", "invite_max")
