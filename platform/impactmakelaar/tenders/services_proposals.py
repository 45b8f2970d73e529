"""What colleagues propose to buy: kept until a buyer begins a request or a sounding with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Kind as OrganisationKind
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.tenders import permissions, rules, services
from impactmakelaar.tenders.models import Tender

NO_BUYERS = (
    "Uw organisatie koopt hier niet in. Leg dit voor vanuit een werkboek van een gemeente of een "
    "bedrijf dat inkoopt."
)


def propose_requests(
    *,
    lines: Sequence[str],
    start_from: str,
    **about: Unpack[proposals.About],
) -> Proposal:
    """Propose to the buyers of an organisation to begin something with these plans.

    ``value`` is ``{"lines": [...], "about": "..."}``: the plans, and the title to start from.

    :raises Refused: when the organisation has no buyers here.
    """
    if about["organisation"].kind not in (OrganisationKind.AUTHORITY, OrganisationKind.COMPANY):
        raise Refused(NO_BUYERS)
    return proposals.keep(
        target=Target.REQUESTS,
        lines=lines,
        value={"lines": list(lines), "about": start_from},
        **about,
    )


def begin(
    *, row: Proposal, kind: str, title: str, description: str, by: Person, now: datetime
) -> Tender:
    """Begin a request or a sounding with the text of a proposal; it is a draft like any other."""
    if not permissions.may_buy(by, row.organisation):
        raise NotFound
    with transaction():
        label = rules.KIND_LABELS[rules.Kind(kind)].lower()
        result = f"Een inkoper begon een {label}: “{title}”."
        row = proposals.settle(row=row, accepted=True, by=by, result=result)
        tender = services.start(organisation=row.organisation, kind=kind, by=by, now=now)
        return services.save_step(
            row=tender,
            values={"title": title, "description": description},
            revision=tender.revision,
            by=by,
            now=now,
        )


def leave(*, row: Proposal, by: Person) -> None:
    """Begin nothing."""
    if not permissions.may_buy(by, row.organisation):
        raise NotFound
    proposals.leave(row=row, by=by)
