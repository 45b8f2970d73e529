"""What colleagues propose for the rules of social return: kept until an officer has read it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.social_return import permissions, rules_proposals, services_rules
from impactmakelaar.social_return.models import RulesVersion


def propose_rules(
    *,
    lines: Sequence[Mapping[str, str]],
    **about: Unpack[proposals.About],
) -> Proposal:
    """Propose rules for a region or authority. ``value`` is ``{"lines": [...]}``; a line holds
    free text under ``rules_proposals.KEYS``.

    :raises Refused: for an organisation that has no rules here.
    """
    if about["organisation"].kind not in (Kind.REGION, Kind.AUTHORITY):
        raise Refused("Alleen een regio of gemeente heeft hier regels voor social return.")
    kept = [{key: line.get(key, "") for key in rules_proposals.KEYS} for line in lines]
    return proposals.keep(
        target=Target.SOCIAL_RULES,
        lines=rules_proposals.lines_of(kept),
        value={"lines": kept},
        **about,
    )


def take_rules(
    *,
    row: Proposal,
    document: Mapping[str, Any],
    valid_from: date,
    source: str,
    by: Person,
    seen: int,
) -> RulesVersion:
    """Lay down the next version of the rules of the proposal's organisation; see ``set_rules``.

    :raises Refused: when it was decided already, the rules cannot work or somebody was first.
    """
    if not permissions.may_set_rules(by, row.organisation):
        raise NotFound
    with transaction():
        result = f"Overgenomen in de regels vanaf {long_date(valid_from)}."
        row = proposals.settle(row=row, accepted=True, by=by, result=result)
        return services_rules.set_rules(
            owner=row.organisation,
            document=document,
            valid_from=valid_from,
            source=source,
            by=by,
            seen=seen,
        )


def leave(*, row: Proposal, by: Person) -> None:
    """Change nothing."""
    if not permissions.may_set_rules(by, row.organisation):
        raise NotFound
    proposals.leave(row=row, by=by)
