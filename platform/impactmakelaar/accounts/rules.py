"""Rules of signing in: passwords, terms of mailed links, codes of the second factor."""

import ipaddress
import unicodedata
from datetime import timedelta
from enum import StrEnum

from impactmakelaar.core.errors import Refused

MIN_PASSWORD = 12
MAX_PASSWORD = 256
TOTP_PERIOD_SECONDS = 30
TOTP_DRIFT_STEPS = 1
RECOVERY_CODES = 10

SESSION_TERM = timedelta(days=7)
"""After this long somebody signs in again, however busy he was (ASVS 5.0 V7.3.2)."""

CONFIRM_TERM = timedelta(days=14)
RESET_TERM = timedelta(hours=1)
SIGN_IN_DAYS, OLD_LINK_DAYS, UNCONFIRMED_DAYS = 180, 30, 30
"""How long sign-ins (after the last use), mailed links (after their term) and accounts that nobody
confirmed are kept."""
NOBODYS_DOMAIN = "@niet-bevestigd.invalid"
"""Stands for the address of who never confirmed it; no mail can go there (RFC 2606)."""

SIGN_IN_TRIES = 10
SIGN_IN_WINDOW = timedelta(minutes=15)
ADDRESS_TRIES = 60
MAIL_TRIES = 5
MAIL_WINDOW = timedelta(hours=1)

COMMON = (
    "123456789012",
    "wachtwoord123",
    "wachtwoord1234",
    "password1234",
    "welkom123456",
    "qwertyuiop12",
    "qwertyuiopas",
    "administrator",
    "iloveyou1234",
    "haarlemhaarlem",
)


class Purpose(StrEnum):
    """What a mailed link is for."""

    CONFIRM = "confirm"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"


class Aim(StrEnum):
    """Why somebody makes an account; it decides the first step afterwards."""

    ENTREPRENEUR = "entrepreneur"
    CONTRACTOR = "contractor"
    COLLEAGUE = "colleague"


AIM_LABELS = {
    Aim.ENTREPRENEUR: "Ik heb een onderneming met een maatschappelijke missie",
    Aim.CONTRACTOR: "Ik voer opdrachten uit met een social-returnverplichting",
    Aim.COLLEAGUE: "Ik wil alleen meewerken aan een werkboek",
}


def normal_email(text: str) -> str:
    """An e-mail address as we keep and compare it: NFC, lower case, no spaces around."""
    return unicodedata.normalize("NFC", text.strip()).lower()


def check_password(password: str, *, email: str, name: str) -> None:
    """Refuse a password that is short or easy to guess (ASVS 5.0 V6.2: length, not symbols).

    :raises Refused: on the field ``password``.
    """
    if len(password) < MIN_PASSWORD:
        raise Refused(
            f"Kies een wachtwoord van minstens {MIN_PASSWORD} tekens, "
            "bijvoorbeeld vier gewone woorden achter elkaar.",
            "password",
        )
    if len(password) > MAX_PASSWORD:
        raise Refused(f"Dit wachtwoord is langer dan {MAX_PASSWORD} tekens.", "password")
    low = password.lower()
    own = [part for part in (email.split("@")[0].lower(), *name.lower().split()) if len(part) >= 4]
    left = low
    for part in own:
        left = left.replace(part, "")
    if low in COMMON or len(set(low)) < 5 or len(left) < 6:
        raise Refused(
            "Dit wachtwoord is makkelijk te raden. Kies iets zonder uw naam of een vast rijtje.",
            "password",
        )


def network_of(address: str) -> str:
    """What counts as one visitor: an IPv4 address, or the /64 that an IPv6 user commands."""
    try:
        ip = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def accepted_step(code: str, expected: dict[int, str], last_step: int) -> int | None:
    """Which time step a code of the second factor belongs to; None when it is wrong or used.

    ``expected`` maps each step within the drift to its code; a step counts once (RFC 6238, 5.2).
    """
    digits = "".join(c for c in code if c.isdigit())
    for step, right in sorted(expected.items()):
        if step > last_step and digits == right:
            return step
    return None


def safe_next(target: str) -> str:
    """A path on our own site to go on to after signing in; ``""`` for anything else."""
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        return ""
    if any(ord(c) < 33 or c == "\\" for c in target):
        return ""
    return target
