"""Kinds of organisation, roles in them, the KVK number, and how people come to act for one."""

import unicodedata
from enum import StrEnum

from impactmakelaar.core.errors import Refused

KVK_DIGITS = 8


class Kind(StrEnum):
    """What an organisation is on this platform."""

    REGION = "region"
    AUTHORITY = "authority"
    COMPANY = "company"
    ENTERPRISE = "enterprise"
    CONTRACTOR = "contractor"


class Role(StrEnum):
    """What somebody does for an organisation. One person may have several."""

    BROKER = "broker"
    REGION_ADMIN = "region_admin"
    SECRETARY = "secretary"
    COMMITTEE_CHAIR = "committee_chair"
    COMMITTEE_MEMBER = "committee_member"
    ASSESSOR = "assessor"
    SROI_OFFICER = "sroi_officer"
    BUYER = "buyer"
    ENTREPRENEUR = "entrepreneur"
    CONTRACTOR = "contractor"


ROLES_OF: dict[Kind, tuple[Role, ...]] = {
    Kind.REGION: (
        Role.BROKER,
        Role.REGION_ADMIN,
        Role.SECRETARY,
        Role.COMMITTEE_CHAIR,
        Role.COMMITTEE_MEMBER,
        Role.ASSESSOR,
        Role.SROI_OFFICER,
    ),
    Kind.AUTHORITY: (Role.BUYER, Role.SROI_OFFICER),
    Kind.COMPANY: (Role.BUYER,),
    Kind.ENTERPRISE: (Role.ENTREPRENEUR,),
    Kind.CONTRACTOR: (Role.CONTRACTOR,),
}
"""Which roles exist in which kind of organisation."""

STAFF = (Role.BROKER, Role.REGION_ADMIN, Role.SECRETARY)
"""Region staff: they approve links, import lists and see leads."""

SECOND_FACTOR_ROLES = frozenset(
    {
        Role.BUYER,
        Role.ASSESSOR,
        Role.COMMITTEE_CHAIR,
        Role.COMMITTEE_MEMBER,
        Role.SROI_OFFICER,
        *STAFF,
    }
)
"""Roles that may not work with a password alone (ASVS 5.0 V6.3.3, BIO2 5.17.01)."""

KIND_LABELS = {
    Kind.REGION: "regio",
    Kind.AUTHORITY: "overheid",
    Kind.COMPANY: "bedrijf dat inkoopt",
    Kind.ENTERPRISE: "onderneming",
    Kind.CONTRACTOR: "opdrachtnemer",
}

ROLE_LABELS = {
    Role.BROKER: "makelaar",
    Role.REGION_ADMIN: "regiobeheerder",
    Role.SECRETARY: "secretaris",
    Role.COMMITTEE_CHAIR: "voorzitter selectiecommissie",
    Role.COMMITTEE_MEMBER: "lid selectiecommissie",
    Role.ASSESSOR: "beoordelaar",
    Role.SROI_OFFICER: "SROI-adviseur",
    Role.BUYER: "inkoper",
    Role.ENTREPRENEUR: "ondernemer",
    Role.CONTRACTOR: "opdrachtnemer",
}


def kvk_number(text: str) -> str:
    """The eight digits of a KVK number, leading zeros kept; spaces and dots are forgiven.

    :raises Refused: on the field ``kvk_number`` when there are not exactly eight digits.
    """
    digits = "".join(c for c in text if c not in " .-\u00a0")
    if digits.isascii() and digits.isdigit() and len(digits) == KVK_DIGITS:
        return digits
    if digits.isascii() and digits.isdigit() and len(digits) == 12:
        raise Refused(
            "Dit lijkt een vestigingsnummer (12 cijfers). Vul het KVK-nummer van 8 cijfers in.",
            "kvk_number",
        )
    raise Refused("Een KVK-nummer heeft 8 cijfers, bijvoorbeeld 01234567.", "kvk_number")


def needs_second_factor(roles: frozenset[str]) -> bool:
    """Whether somebody with these roles must use a second factor."""
    return bool(SECOND_FACTOR_ROLES & roles)


INVITATION_DAYS = 14
OLD_INVITATION_DAYS = 90
"""How long the address of who did not answer an invitation is kept after its term."""
INVITATIONS_PER_DAY = 50
MAX_WAITING = 10
"""How many questions to act for an organisation one person may have open."""


def may_have_role(kind: str, role: str) -> None:
    """Refuse a role that does not exist in this kind of organisation.

    :raises Refused: on the field ``role``.
    """
    if role not in ROLES_OF[Kind(kind)]:
        raise Refused("Deze rol bestaat niet bij deze organisatie. Kies een andere.", "role")


def comparable_name(name: str) -> str:
    """A name as near-duplicates share it: "Van Hulley B.V." and "Vanhulley" give ``vanhulley``."""
    decomposed = unicodedata.normalize("NFKD", name.lower())
    text = "".join(c for c in decomposed if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in text if c not in ".'’").split()
    kept = [w for w in words if w not in ("bv", "vof", "stichting", "nv", "cooperatie", "de")]
    return "".join(kept or words).encode("ascii", "ignore").decode() or name.lower()
