"""What may be proposed, and how a proposal ends.

A proposal is a copy that waits. Whoever offers it changes nothing; a person of the part to which
it is offered takes it over, in a form that he can still change, or leaves it.
"""

from enum import StrEnum

from impactmakelaar.core.errors import Conflict
from impactmakelaar.organisations.rules import STAFF, Role


class Target(StrEnum):
    """For which part of the platform something is meant."""

    CRITERIA = "admission_criteria"
    LEADS = "leads"
    SOCIAL_RULES = "social_return_rules"
    REGION_PAGE = "region_page"
    REQUESTS = "requests"
    PROGRESS = "progress_report"


TARGET_LABELS = {
    Target.CRITERIA: "criteria voor toelating van de regio",
    Target.LEADS: "ondernemingen om uit te nodigen voor het register",
    Target.SOCIAL_RULES: "regels voor social return",
    Target.REGION_PAGE: "pagina van de regio",
    Target.REQUESTS: "aanvragen bij ondernemers",
    Target.PROGRESS: "voortgangsrapportage",
}

DECIDED_BY: dict[Target, tuple[Role, ...]] = {
    Target.CRITERIA: (Role.REGION_ADMIN,),
    Target.SOCIAL_RULES: (Role.REGION_ADMIN, Role.SROI_OFFICER),
    Target.REQUESTS: (Role.BUYER,),
}
"""Target -> who decides, where that is not any of the region's staff."""


def decided_by(target: Target) -> tuple[Role, ...]:
    """In which roles somebody decides about a proposal."""
    return DECIDED_BY.get(target, STAFF)


class Outcome(StrEnum):
    """How a proposal stands or ended."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"


OUTCOME_LABELS = {
    Outcome.WAITING: "wacht",
    Outcome.ACCEPTED: "overgenomen",
    Outcome.DECLINED: "niet overgenomen",
    Outcome.REPLACED: "vervangen",
}

MAX_RESULT = 300
LEFT_DAYS = 365
"""A proposal that was left or replaced goes after so many days."""


def check_waiting(outcome: str) -> None:
    """Refuse to decide twice.

    :raises Conflict: when somebody decided already.
    """
    if outcome != Outcome.WAITING:
        raise Conflict(f"Hierover is al besloten: {OUTCOME_LABELS[Outcome(outcome)]}.")
