"""What a certificate that an enterprise states must look like, and when to renew it."""

from collections.abc import Sequence
from datetime import date, timedelta

from impactmakelaar.core.errors import Refused

EARLIEST = date(2000, 1, 1)
LONGEST = timedelta(days=11 * 366)
RENEWAL = timedelta(days=180)
"""So long before the end of a certificate its holder is asked for the next one."""


def check_term(valid_from: date | None, valid_until: date | None) -> None:
    """Refuse a term that cannot be true.

    :raises Refused: on the field concerned.
    """
    if valid_from is None:
        raise Refused("Vul de begindatum in die op het keurmerk staat.", "valid_from")
    if valid_until is None:
        raise Refused("Vul de einddatum in die op het keurmerk staat.", "valid_until")
    if valid_from < EARLIEST:
        raise Refused("Deze begindatum ligt te ver terug. Klopt het jaar?", "valid_from")
    if valid_until < valid_from:
        raise Refused("De einddatum ligt voor de begindatum.", "valid_until")
    if valid_until - valid_from > LONGEST:
        raise Refused("Geen keurmerk geldt zo lang. Klopt het jaar?", "valid_until")


def check_handed_in(valid_until: date, today: date) -> None:
    """Refuse a certificate that is over already: it can carry nothing any more.

    :raises Refused: on the field ``valid_until``.
    """
    if valid_until < today:
        raise Refused("Dit keurmerk is al afgelopen. Geef het nieuwe keurmerk op.", "valid_until")


def renewable(valid_until: date, on: date) -> bool:
    """Whether the holder should see about the next certificate."""
    return valid_until - on <= RENEWAL


def safe_link(text: str) -> str:
    """An address in an issuer's register: https, on one line.

    :raises Refused: on the field ``register_url``.
    """
    if not text.startswith("https://") or any(c.isspace() for c in text) or len(text) > 300:
        raise Refused(
            "Plak het adres van de bladzijde in het register; het begint met https://.",
            "register_url",
        )
    return text


def level_of(known: Sequence[str], typed: str) -> str:
    """A level as the issuer spells it: capitals and spaces aside; the only one when none is typed.

    A level that is not known stays as it was typed: an issuer may have a new one.
    """
    if not typed.strip() and len(known) == 1:
        return known[0]
    bare = "".join(typed.split()).casefold()
    return next(
        (one for one in known if "".join(one.split()).casefold() == bare), " ".join(typed.split())
    )
