"""Who may do what in a workbook, and its limits."""

from enum import IntEnum, StrEnum


class Access(IntEnum):
    """What somebody may do; a higher one includes the lower."""

    NONE = 0
    READ = 1
    ANSWER = 2
    MANAGE = 3


ACCESS_OF = {
    "none": Access.NONE,
    "read": Access.READ,
    "answer": Access.ANSWER,
    "manage": Access.MANAGE,
}
ACCESS_LABELS = {
    "none": "niets, alleen wie een eigen rol heeft",
    "read": "lezen",
    "answer": "lezen en invullen",
    "manage": "beheren",
}


class Kept(StrEnum):
    """Why a text is kept among the versions of an answer."""

    SAVED = "saved"
    BESIDE = "beside"
    RESET = "reset"
    IMPORTED = "imported"


KEPT_LABELS = {
    Kept.SAVED: "bewaard",
    Kept.BESIDE: "tegelijk geschreven",
    Kept.RESET: "gewist",
    Kept.IMPORTED: "ingelezen",
}

MAX_WORKBOOKS = 50
MAX_COMMENT = 2000
MAX_MEMBERS = 200
INVITATION_DAYS = 14
JOINING_MINUTES = 10
"""Saves of one person within so many minutes are one version in the history."""


PUT_AWAY_DAYS = 365
"""A workbook that was put away goes, with everything in it, after so many days."""
TAKEN_BACK_DAYS = 30
"""The text of a remark that was taken back goes after so many days."""
OLD_INVITATION_DAYS = 90
"""The address of a guest who was asked goes so many days after his invitation ended."""


def access(own_role: str | None, everyone: str, is_member: bool) -> Access:
    """One's own role, or what the people of the organisation may do; the higher counts."""
    given = ACCESS_OF[own_role] if own_role else Access.NONE
    shared = ACCESS_OF[everyone] if is_member else Access.NONE
    return max(given, shared)
