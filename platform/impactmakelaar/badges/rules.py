"""The SROI badge: what may be said of it in public, as words and as Open Badges 3.0 credentials.

Open Badges 3.0 allows one ``credentialStatus``; it points at the issuer's revocation list. While
an enterprise is suspended its credential is revoked too, and it gets a new one afterwards.
"""

import base64
import gzip
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from impactmakelaar.admission.rules_standing import Reason, Standing, State
from impactmakelaar.core.errors import Refused

LIST_SIZE = 131_072
"""Bits of one status list: the least that the Bitstring Status List asks, for privacy."""
CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
LIST_CONTEXT = ["https://www.w3.org/ns/credentials/v2"]
ACHIEVEMENTS = {
    State.IN_GRACE: (
        "SROI-badge, eerste jaar",
        "De regio liet deze onderneming toe. Zij moet binnen de termijn een keurmerk halen.",
    ),
    State.CERTIFIED: (
        "SROI-badge, met keurmerk",
        "De regio liet deze onderneming toe en vond haar keurmerk bij de uitgever.",
    ),
}
"""The two achievements: title, and what somebody did for it."""
NO_QUALITY_MARK = (
    "De SROI-badge is geen keurmerk en zegt niets over de kwaliteit van het werk. Hij zegt alleen "
    "hoe inkoop bij deze onderneming telt voor social return."
)


def public(found: Standing) -> Standing:
    """What anybody may know of a badge: that it holds, lapsed, is suspended, or holds no more.

    Whether somebody applied again or was refused is between applicant and committee.
    """
    if found.has_badge or found.state in (State.LAPSED, State.SUSPENDED):
        return found
    return Standing(State.ENDED, Reason.OWN_WISH, admitted=found.admitted)


def had_badge(found: Standing) -> bool:
    """Whether there is (or was) a badge to have a page of: also one that lapsed or is suspended."""
    return found.has_badge or found.state in (State.LAPSED, State.SUSPENDED)


def headline(found: Standing) -> str:
    """The first line of the badge page."""
    seen = public(found)
    if seen.has_badge:
        return "Deze badge is geldig"
    if seen.state == State.LAPSED:
        return "Deze badge is verlopen"
    if seen.state == State.SUSPENDED:
        return "Deze badge geldt nu niet: de onderneming is geschorst"
    return "Deze badge geldt niet meer"


@dataclass(frozen=True)
class Terms:
    """What a credential says: which achievement, from and up to and including which day."""

    achievement: str
    first_day: date
    last_day: date


def terms(found: Standing) -> Terms | None:
    """What a credential of this standing should say; None when there is no badge."""
    if not found.has_badge or found.since is None or found.last_day is None:
        return None
    return Terms(found.state.value, found.since, found.last_day)


def still_true(given: Terms, found: Standing) -> bool:
    """Whether what a credential says holds today: the same achievement, no earlier end."""
    return (
        found.has_badge
        and found.state.value == given.achievement
        and found.last_day is not None
        and found.last_day >= given.last_day
    )


@dataclass(frozen=True)
class Addresses:
    """Where the parts of a credential can be fetched."""

    credential: str
    issuer: str
    achievement: str
    status_list: str
    image: str


@dataclass(frozen=True)
class Holder:
    """The organisation that has the badge, and the region that gave it."""

    name: str
    kvk_number: str
    url: str
    region: str
    region_url: str


def issuer_profile(name: str, url: str, issuer: str) -> dict[str, Any]:
    """The issuing region as a Profile."""
    return {"id": issuer, "type": ["Profile"], "name": name, "url": url}


def achievement(kind: str, region: str, address: str, issuer: str, image: str) -> dict[str, Any]:
    """One of the two achievements of a region."""
    title, narrative = ACHIEVEMENTS[State(kind)]
    return {
        "id": address,
        "type": ["Achievement"],
        "name": f"{title} ({region})",
        "description": NO_QUALITY_MARK,
        "criteria": {"narrative": narrative},
        "achievementType": "Badge",
        "creator": {"id": issuer, "type": ["Profile"], "name": region},
        "image": {"id": image, "type": "Image", "caption": title},
    }


def credential(
    given: Terms,
    holder: Holder,
    at: Addresses,
    *,
    begin: datetime,
    end: datetime,
    issued: datetime,
    list_index: int,
) -> dict[str, Any]:
    """An OpenBadgeCredential with its JWT claims; ``end`` is the last second of the last day."""
    title = ACHIEVEMENTS[State(given.achievement)][0]
    return {
        "@context": CONTEXT,
        "id": at.credential,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": f"{title}: {holder.name}",
        "issuer": issuer_profile(holder.region, holder.region_url, at.issuer),
        "validFrom": stamp(begin),
        "validUntil": stamp(end),
        "awardedDate": stamp(issued),
        "credentialSubject": {
            "id": holder.url,
            "type": ["AchievementSubject"],
            "identifier": [
                _identity(holder.name, "name"),
                *([_identity(holder.kvk_number, "ext:kvkNummer")] if holder.kvk_number else []),
            ],
            "achievement": achievement(
                given.achievement, holder.region, at.achievement, at.issuer, at.image
            ),
        },
        "credentialStatus": {
            "id": f"{at.status_list}#{list_index % LIST_SIZE}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(list_index % LIST_SIZE),
            "statusListCredential": at.status_list,
        },
        "iss": at.issuer,
        "jti": at.credential,
        "sub": holder.url,
        "nbf": int(begin.timestamp()),
        "exp": int(end.timestamp()),
    }


def _identity(value: str, kind: str) -> dict[str, Any]:
    return {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": value,
        "identityType": kind,
    }


def stamp(instant: datetime) -> str:
    """An instant as the data model writes it: ``2027-03-01T00:00:00+01:00``."""
    return instant.isoformat(timespec="seconds")


def encoded_list(revoked: set[int]) -> str:
    """The bits of one list: the leftmost is index 0; gzip, then base64url after a ``u``."""
    bits = bytearray(LIST_SIZE // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> (index % 8)
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def status_list(
    address: str, issuer: dict[str, Any], revoked: set[int], *, begin: datetime
) -> dict[str, Any]:
    """A BitstringStatusListCredential with its JWT claims."""
    return {
        "@context": LIST_CONTEXT,
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer["id"],
        "validFrom": stamp(begin),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded_list(revoked),
        },
        "iss": issuer["id"],
        "jti": address,
        "nbf": int(begin.timestamp()),
    }


class Verdict(StrEnum):
    """What the page says of something that was brought to it."""

    VALID = "valid"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"
    OVER = "over"
    REPLACED = "replaced"
    UNKNOWN = "unknown"
    FORGED = "forged"
    ALTERED = "altered"
    STRANGER = "stranger"
    NOTHING = "nothing"


VERDICTS = {
    Verdict.VALID: "Dit klopt: de badge is geldig.",
    Verdict.LAPSED: "Deze badge is echt, maar verlopen.",
    Verdict.SUSPENDED: "Deze badge is echt, maar de onderneming is nu geschorst.",
    Verdict.OVER: "Deze badge is echt geweest, maar geldt niet meer.",
    Verdict.REPLACED: "Dit is een oude versie van de badge. Hieronder staat wat er nu geldt.",
    Verdict.UNKNOWN: "Dit badgenummer bestaat niet. Controleer of u het goed hebt overgenomen.",
    Verdict.FORGED: "Dit is geen echte badge: de handtekening klopt niet.",
    Verdict.ALTERED: "Deze afbeelding is veranderd: zij ziet er anders uit dan de echte badge.",
    Verdict.STRANGER: "Deze badge is niet door deze regio of op deze site uitgegeven.",
    Verdict.NOTHING: "Hierin zit geen badge. Een schermafdruk of foto is niet te controleren.",
}


def verdict(found: Standing) -> Verdict:
    """What to say of a badge that is ours, by its standing."""
    seen = public(found)
    if seen.has_badge:
        return Verdict.VALID
    if seen.state == State.LAPSED:
        return Verdict.LAPSED
    return Verdict.SUSPENDED if seen.state == State.SUSPENDED else Verdict.OVER


def number_of(text: str) -> str:
    """A badge number from what was typed: the number itself or the address of its page.

    :raises Refused: when nothing is left.
    """
    kept = text.strip().rstrip("/").rsplit("/", 1)[-1].split("?")[0].lower()
    kept = "".join(c for c in kept if c.isascii() and c.isalnum())
    if not kept:
        raise Refused("Vul een badgenummer in, of kies een bestand.", "number")
    return kept[:40]
