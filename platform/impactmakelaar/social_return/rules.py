"""Social return: words and states of the field, sums in words, time, and what may be typed.

Money is integer cents excluding VAT, percentages
are basis points (500 is 5 %). Every sum is exact and rounded once, at its end.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from impactmakelaar.core.errors import Refused

WHOLE = 10_000
"""Basis points of all of something."""


class Category(StrEnum):
    """What is bought (GGM: opdrachtcategorie)."""

    WORKS = "works"
    SERVICES = "services"
    SUPPLIES = "supplies"
    SOCIAL = "social"


class Base(StrEnum):
    """Of which amount the percentage is taken."""

    VALUE = "value"
    INVOICED = "invoiced"
    WAGES = "wages"


class Effort(StrEnum):
    """How an obligation may be fulfilled."""

    PLACEMENT = "placement"
    LEARNING = "learning"
    PURCHASE = "purchase"
    TRAINING = "training"
    KNOWLEDGE = "knowledge"
    OTHER = "other"


class Deciding(StrEnum):
    """Which date of an invoice decides whether its supplier was recognised."""

    INVOICE = "invoice"
    DELIVERY = "delivery"
    PAYMENT = "payment"


class Unmet(StrEnum):
    """What happens with what is left at the end."""

    DISCUSS = "discuss"
    PAY = "pay"
    CARRY = "carry"


class Phase(StrEnum):
    """Where a contract is in the ledger."""

    DRAFT = "draft"
    REGISTERED = "registered"
    ACTIVE = "active"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """Where a declared effort stands. Declared is not approved."""

    DECLARED = "declared"
    APPROVED = "approved"
    REFUSED = "refused"
    RETRACTED = "retracted"


class Booking(StrEnum):
    """Kinds of ledger entries. The balance of a contract is the sum of its entries."""

    OBLIGATION = "obligation"
    FULFILMENT = "fulfilment"
    CAP = "cap"
    SETTLEMENT = "settlement"
    CARRIED = "carried"


CATEGORY_LABELS = {
    Category.WORKS: "Werken",
    Category.SERVICES: "Diensten",
    Category.SUPPLIES: "Leveringen",
    Category.SOCIAL: "Sociale en specifieke diensten",
}
BASE_LABELS = {
    Base.VALUE: "opdrachtwaarde",
    Base.INVOICED: "gefactureerd bedrag",
    Base.WAGES: "loonsom",
}
EFFORT_LABELS = {
    Effort.PLACEMENT: "Werkplek",
    Effort.LEARNING: "Leerwerkplek of stage",
    Effort.PURCHASE: "Sociaal inkopen",
    Effort.TRAINING: "Opleiding",
    Effort.KNOWLEDGE: "Kennis of maatschappelijke activiteit",
    Effort.OTHER: "Maatwerk",
}
DECIDING_LABELS = {
    Deciding.INVOICE: "factuurdatum",
    Deciding.DELIVERY: "datum van levering",
    Deciding.PAYMENT: "datum van betaling",
}
UNMET_LABELS = {
    Unmet.DISCUSS: "In overleg met de SROI-adviseur",
    Unmet.PAY: "De opdrachtnemer betaalt het restant",
    Unmet.CARRY: "Het restant gaat mee naar een volgende opdracht",
}
PHASE_LABELS = {
    Phase.DRAFT: "concept",
    Phase.REGISTERED: "wacht op vaststelling",
    Phase.ACTIVE: "loopt",
    Phase.SETTLED: "afgesloten",
    Phase.WITHDRAWN: "ingetrokken",
}
VERDICT_LABELS = {
    Verdict.DECLARED: "opgegeven",
    Verdict.APPROVED: "goedgekeurd",
    Verdict.REFUSED: "afgekeurd",
    Verdict.RETRACTED: "ingetrokken",
}
BOOKING_LABELS = {
    Booking.OBLIGATION: "Verplichting",
    Booking.FULFILMENT: "Invulling",
    Booking.CAP: "Boven het maximum",
    Booking.SETTLEMENT: "Afsluiting",
    Booking.CARRIED: "Meegenomen",
}

PHASES = {
    Phase.DRAFT: {Phase.REGISTERED, Phase.WITHDRAWN},
    Phase.REGISTERED: {Phase.ACTIVE, Phase.DRAFT, Phase.WITHDRAWN},
    Phase.ACTIVE: {Phase.SETTLED},
    Phase.SETTLED: set(),
    Phase.WITHDRAWN: set(),
}
VERDICTS = {
    Verdict.DECLARED: {Verdict.APPROVED, Verdict.REFUSED, Verdict.RETRACTED},
    Verdict.APPROVED: {Verdict.APPROVED, Verdict.REFUSED},
    Verdict.REFUSED: set(),
    Verdict.RETRACTED: set(),
}
"""An approval can be corrected (another amount, or refused after all): always a new entry."""
PEOPLE = frozenset({Effort.PLACEMENT, Effort.LEARNING})
"""Efforts that are about a person: they ask a code, hours, a period and a signed statement."""


def move(now: str, to: Phase) -> Phase:
    """The next phase of a contract.

    :raises Refused: when the table of transitions does not have it.
    """
    if to not in PHASES[Phase(now)]:
        raise Refused(f"Dit kan niet: deze verplichting is al {PHASE_LABELS[Phase(now)]}.")
    return to


def judge(now: str, to: Verdict) -> Verdict:
    """The next verdict about an effort.

    :raises Refused: when the table of transitions does not have it.
    """
    if to not in VERDICTS[Verdict(now)]:
        raise Refused(f"Deze invulling is al {VERDICT_LABELS[Verdict(now)]}.")
    return to


# Amounts in words --------------------------------------------------------------------------


def cents(exact: Fraction) -> int:
    """An exact number of cents as a whole one, half a cent upwards (away from zero)."""
    above, below = abs(exact.numerator), exact.denominator
    rounded = (2 * above + below) // (2 * below)
    return -rounded if exact < 0 else rounded


def part(amount: int, points: int) -> Fraction:
    """So many basis points of an amount, exact."""
    return Fraction(amount) * points / WHOLE


def percent(points: int) -> str:
    """``5 %``, ``2,5 %``."""
    return f"{decimal(Fraction(points, 100))} %"


def decimal(number: Fraction | Decimal | int) -> str:
    """A number with a comma and at most two decimals: ``7,5``."""
    exact = number if isinstance(number, Fraction) else Fraction(number)
    hundredths = cents(exact * 100)
    text = f"{abs(hundredths) // 100}"
    if hundredths % 100:
        text += f",{abs(hundredths) % 100:02d}".rstrip("0")
    return f"-{text}" if hundredths < 0 else text


@dataclass(frozen=True)
class Step:
    """One line of a calculation: what was asked or done, and the amount after it if there is."""

    text: str
    amount: int | None = None

    def as_list(self) -> list[Any]:
        """As it is kept with what was computed."""
        return [self.text, self.amount]


# Time ------------------------------------------------------------------------------------------


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last day of that month where it does not exist."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


def months_between(first: date, last: date) -> Fraction:
    """Months from the first up to and including the last day; the rest in parts of its month.

    1 January up to 30 June is 6; 15 January up to 14 February is 1.
    """
    if last < first:
        return Fraction(0)
    after = last + timedelta(days=1)
    whole = (after.year - first.year) * 12 + after.month - first.month
    while whole and add_months(first, whole) > after:
        whole -= 1
    begun = add_months(first, whole)
    length = (add_months(first, whole + 1) - begun).days
    return whole + Fraction((after - begun).days, length)


def prognosis(
    *, open_amount: int, declared: int, agreed: int, starts_on: date, ends_on: date, today: date
) -> tuple[int, str]:
    """(what will be left at the end as far as is known, how it stands: "late", "risk", "good").

    ``agreed`` is what agreements still have to bring. Late: the last day is past and something
    is open. Risk: more of the time than of the fulfilment is behind us and it is not agreed.
    """
    left = max(0, open_amount - declared - agreed)
    if today > ends_on:
        return left, "late" if open_amount > 0 else "good"
    if left == 0:
        return 0, "good"
    days = max(1, (ends_on - starts_on).days)
    return left, "risk" if 2 * (today - starts_on).days > days else "good"


def reminders_due(
    *, confirmed_on: date, starts_on: date, ends_on: date, open_amount: int, today: date
) -> list[str]:
    """Which letters are due on a day, each at most once for a contract: the most urgent last."""
    if open_amount <= 0:
        return []
    found = []
    middle = starts_on + (ends_on - starts_on) / 2
    if today >= middle and (ends_on - starts_on).days >= 120 and confirmed_on < middle:
        found.append("half")
    if today >= ends_on - timedelta(days=90):
        found.append("90")
    if today >= ends_on - timedelta(days=30):
        found.append("30")
    if today > ends_on:
        found.append("over")
    return found


# What may be typed -------------------------------------------------------------------------------

NINE_DIGITS = re.compile(
    r"(?<!\d)(?=((?:\d[\s.,·/_\-\u00ad\u200b-\u200d\u2010-\u2015\u2060\u2212]{0,2}){8}\d)(?!\d))"
)
"""Nine digits, whatever stands between them; also where another number comes just before."""
CANDIDATE_CODE = re.compile(r"[A-Za-z]{1,4}-?[0-9]{1,5}")


def is_bsn(digits: str) -> bool:
    """Whether nine digits pass the test of a citizen service number ("elfproef")."""
    if len(digits) != 9 or not digits.isascii() or not digits.isdigit() or not int(digits):
        return False
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 == 0


STATED = re.compile(
    r"(artikel|contract|dossier|factuur|inkoop|kenmerk|klant|kvk|offerte|order|project|rekening"
    r"|rsin|telefoon|zaak)[\w-]{0,20}[\s:]{0,3}$",
    re.IGNORECASE,
)
"""Words that say, just before nine digits, that they are something else."""


def refuse_bsn(texts: Mapping[str, str], stated: str = "") -> None:
    """Refuse free text that may hold a BSN, unless the writer states what the digits are.

    He does so in a field of its own (``stated``) or just before them: "zaaknummer 123456782".

    :raises Refused: on the field in which they stand.
    """
    if stated:
        return
    for name, text in texts.items():
        for found in NINE_DIGITS.finditer(text or ""):
            digits = "".join(str(int(c)) for c in found.group(1) if c.isdecimal())
            if is_bsn(digits) and not STATED.search(text[: found.start()]):
                raise Refused(
                    "Hier staat een getal dat een burgerservicenummer (BSN) kan zijn. Haal het "
                    "weg. Is het iets anders? Zet ervoor wat het is, zoals “zaaknummer”.",
                    name,
                )


def candidate_code(text: str) -> str:
    """A code that the contractor chose for a person, in capitals: ``K-07``.

    :raises Refused: when it has another shape, so that no name and no number of a person fits.
    """
    if not CANDIDATE_CODE.fullmatch(text):
        raise Refused(
            "Kies een code van 1 tot 4 letters en een getal, zoals K-07. Geen naam en geen BSN.",
            "candidate_code",
        )
    return text.upper()


def invoice_key(number: str) -> str:
    """An invoice number as two writers share it: capitals, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())


def check_shares(shares: Iterable[int], new: int) -> None:
    """Refuse counting more than the whole of one invoice or one person's work.

    :raises Refused: on the field ``share``.
    """
    used = sum(shares)
    if used + new > WHOLE:
        left = WHOLE - used
        raise Refused(
            "Dit is al helemaal opgegeven: een inspanning telt één keer, in alle regio's samen."
            if left <= 0
            else f"Hiervan is al {percent(used)} opgegeven. U kunt nog {percent(left)} opgeven.",
            "share",
        )
