"""Quotes: what may be handed in and until when, who opens the box, how quotes are compared.

Prices are integer cents excluding VAT; points are Decimal and are rounded once, for showing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders.rules import Document, is_closed

OPEN_TOGETHER_WITHIN = timedelta(minutes=10)
SETTLING = timedelta(seconds=30)
"""Between the deadline and the first possible opening: what came in on time is stored by then."""
MAX_TEXT = 8000
MAX_FILES = 3
POINTS_MOST = 10
MIN_REASON = 10
HUNDREDTH = Decimal("0.01")

PRICE_FORMULA = "laagste prijs ÷ deze prijs × gewicht"
POINTS_FORMULA = "gezamenlijke punten ÷ 10 × gewicht"

TOO_LATE = "De sluiting is voorbij. Uw offerte is niet aangenomen."
STILL_SHUT = "De kluis is nog dicht. Niemand kan offertes zien vóór de sluiting."


def check_submission(
    *, deadline: datetime | None, received_at: datetime, stage: str, answered: str
) -> None:
    """Refuse what comes too late or from somebody who declined; the very second counts."""
    if stage != "invited" or deadline is None:
        raise Refused("Op deze aanvraag kunt u geen offerte meer doen.")
    if is_closed(deadline, received_at):
        raise Refused(TOO_LATE)
    if answered != "accepted":
        # A quote must not be what tells the buyer that somebody takes part.
        raise Refused("Laat eerst weten dat u meedoet. Daarna kunt u een offerte doen.")


def check_quote(quote: Document, criteria: Sequence[Document]) -> None:
    """A quote has a price when price counts, and an answer to every other criterion."""
    if any(c["kind"] == "price" for c in criteria) and not quote["price"]:
        raise Refused("Vul uw totaalprijs in, zonder btw.", "price")
    for criterion in criteria:
        if criterion["kind"] == "price":
            continue
        answer = quote["answers"].get(criterion["code"], "")
        if not answer:
            raise Refused(
                f"Schrijf iets bij “{criterion['title']}”.", f"answer_{criterion['code']}"
            )
        if len(answer) > MAX_TEXT:
            raise Refused(f"Hoogstens {MAX_TEXT} tekens.", f"answer_{criterion['code']}")
    if len(quote["files"]) > MAX_FILES:
        raise Refused(f"U kunt hoogstens {MAX_FILES} bestanden meesturen.", "files")


@dataclass(frozen=True)
class Hand:
    """Somebody who put a key in the lock, and when."""

    person_id: int
    at: datetime


def check_may_open(*, deadline: datetime | None, stage: str, now: datetime) -> None:
    """Refuse before the deadline, and when there is nothing to open."""
    if stage != "invited" or deadline is None:
        raise Refused("Er valt bij deze aanvraag niets te openen.")
    if not is_closed(deadline, now):
        raise Refused(STILL_SHUT)
    if now < deadline + SETTLING:
        raise Refused("Wacht nog een halve minuut: wat op tijd binnenkwam wordt nog opgeslagen.")


def opens(hands: Sequence[Hand], *, now: datetime, people: int) -> bool:
    """Whether enough different people put their key in within ten minutes."""
    recent = {hand.person_id for hand in hands if now - hand.at <= OPEN_TOGETHER_WITHIN}
    return len(recent) >= people


@dataclass(frozen=True)
class Given:
    """An assessor's points for one criterion of one quote."""

    assessor_id: int
    criterion: str
    points: int
    reason: str


@dataclass(frozen=True)
class Offer:
    """A quote as the ranking sees it; ``points`` are those given together, per criterion."""

    key: str
    price: int | None
    points: Mapping[str, int]


@dataclass(frozen=True)
class Line:
    """One step of the arithmetic: the criterion, the sum in words, what it gives."""

    criterion: str
    title: str
    weight: int
    sum: str
    score: Decimal


@dataclass(frozen=True)
class Ranked:
    """A quote with its place; equals share a place."""

    key: str
    place: int
    total: Decimal
    lines: tuple[Line, ...]


def check_points(points: int | None, reason: str, field: str) -> None:
    """Points of 0 to 10 with a reason."""
    if points is None or not 0 <= points <= POINTS_MOST:
        raise Refused("Geef een heel cijfer van 0 tot en met 10.", field)
    if len(reason.strip()) < MIN_REASON:
        raise Refused("Schrijf waarom u dit cijfer geeft.", field)


def may_see_others(
    mine: Sequence[Given], offers: Sequence[str], criteria: Sequence[Document], scored: int
) -> bool:
    """Others' points show once one's own are complete; ``scored``: how many one has given."""
    wanted = len(offers) * sum(c["kind"] != "price" for c in criteria)
    return scored >= wanted or (wanted == 0 and not mine)


def _shown(score: Decimal) -> str:
    return f"{score.quantize(HUNDREDTH, ROUND_HALF_UP)}".replace(".", ",")


def rank(offers: Sequence[Offer], criteria: Sequence[Document]) -> list[Ranked]:
    """The quotes in order with their arithmetic; scores are compared unrounded.

    :raises Refused: when a criterion has no points yet for a quote.
    """
    prices = [o.price for o in offers if o.price]
    lowest = min(prices) if prices else 0
    found: list[tuple[Decimal, str, tuple[Line, ...]]] = []
    for offer in offers:
        lines = tuple(_line(offer, criterion, lowest) for criterion in criteria)
        found.append((sum((line.score for line in lines), Decimal(0)), offer.key, lines))
    found.sort(key=lambda entry: (-entry[0], entry[1]))
    return [
        Ranked(key, 1 + sum(other[0] > total for other in found), total, lines)
        for total, key, lines in found
    ]


def _line(offer: Offer, criterion: Document, lowest: int) -> Line:
    weight = Decimal(criterion["weight"])
    if criterion["kind"] == "price":
        if not offer.price:
            score, words = Decimal(0), "geen prijs: 0"
        else:
            score = Decimal(lowest) / Decimal(offer.price) * weight
            least, asked = euros(lowest, decimals=True), euros(offer.price, decimals=True)
            words = f"{least} ÷ {asked} × {weight} = {_shown(score)}"
    else:
        points = offer.points.get(criterion["code"])
        if points is None:
            raise Refused(f"Bij “{criterion['title']}” ontbreken nog gezamenlijke punten.")
        score = Decimal(points) / POINTS_MOST * weight
        words = f"{points} ÷ {POINTS_MOST} × {weight} = {_shown(score)}"
    return Line(criterion["code"], criterion["title"], criterion["weight"], words, score)


def average(points: Sequence[int]) -> Decimal | None:
    """The mean of the assessors' points, to start the talk with."""
    return Decimal(sum(points)) / len(points) if points else None


def empty_quote() -> Document:
    """A quote with nothing in it yet: price in cents, answers per criterion, files as values."""
    return {"price": None, "price_note": "", "answers": {}, "files": []}


def letter_reasons(
    mine: Ranked, winner: Ranked | None, motivation: str, titles: Mapping[str, str]
) -> str:
    """What a tenderer reads about its own quote: own score per criterion, and the winner's.

    It names no other price, no other file and no other loser.
    """
    lines = [f"Uw plaats: {mine.place}. Uw score: {_shown(mine.total)} van 100."]
    best: dict[str, Any] = {line.criterion: line for line in winner.lines} if winner else {}
    for line in mine.lines:
        text = f"- {titles.get(line.criterion, line.title)}: {_shown(line.score)} van {line.weight}"
        if winner is not None and winner.key != mine.key:
            text += f" (gekozen offerte: {_shown(best[line.criterion].score)})"
        lines.append(text)
    return "\n".join([*lines, "", motivation])
