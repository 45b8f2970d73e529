"""What colleagues propose for the rules of admission: kept until the administrator has read it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import permissions, queries_policy, rules_policy, services_policy
from impactmakelaar.admission.models import PolicyVersion
from impactmakelaar.core.db import lock, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target


def propose_criteria(
    *,
    text: str,
    **about: Unpack[proposals.About],
) -> Proposal:
    """Propose a definition as a criterion of the region. ``value`` is ``{"text": ...}``."""
    return proposals.keep(
        target=Target.CRITERIA,
        lines=text.split("\n"),
        value={"text": text},
        **about,
    )


def take_criterion(
    *, row: Proposal, criterion: Mapping[str, Any], valid_from: date, by: Person, today: date
) -> PolicyVersion:
    """Lay down a new version of the rules with this criterion added at the end.

    ``criterion`` holds title, explanation, weight, scale and obligatory, as the administrator
    left them. Applications that were handed in keep the version that they had.

    :raises Refused: when it was decided already, the day lies in the past, or before the start of
        rules that lie ready.
    """
    if not permissions.may_set_policy(by, row.region):
        raise NotFound
    with transaction():
        region = lock(row.region)
        title = criterion["title"]
        result = f"Staat als criterium “{title}” in de regels vanaf {long_date(valid_from)}."
        row = proposals.settle(row=row, accepted=True, by=by, result=result)
        versions = queries_policy.policy_versions(region)
        if versions and valid_from < versions[0].valid_from:
            raise Refused(
                f"Er liggen al regels klaar vanaf {long_date(versions[0].valid_from)}. Kies die "
                "dag of een latere, anders valt het criterium daar weer weg.",
                "valid_from",
            )
        document = versions[0].document if versions else rules_policy.DEFAULT
        known = {one["key"] for one in document["criteria"]}
        key = next(k for n in range(len(known) + 1) if (k := f"voorstel{n}") not in known)
        return services_policy.set_policy(
            region=region,
            document={
                **document,
                "criteria": [*document["criteria"], {"key": key, **criterion}],
            },
            valid_from=valid_from,
            note=f"Criterium toegevoegd uit {row.origin}"[:500],
            by=by,
            today=today,
        )


def leave(*, row: Proposal, by: Person) -> None:
    """Change nothing."""
    if not permissions.may_set_policy(by, row.region):
        raise NotFound
    proposals.leave(row=row, by=by)
