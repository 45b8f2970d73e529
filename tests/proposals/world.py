"""What proposals add to the small world in which every route is asked."""

from typing import TYPE_CHECKING

from tests.makers import THEN, make

from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target
from impactmakelaar.register.models_region import RegionParty

if TYPE_CHECKING:
    from tests.architecture.world import Side

VALUES = {
    Target.CRITERIA: {"text": "Winst gaat terug naar het doel."},
    Target.LEADS: {
        "rows": [{"naam": "Wasserij Wit", "plaats": "Haarlem", "omschrijving": "", "email": ""}]
    },
    Target.SOCIAL_RULES: {
        "lines": [
            {
                "kind": "diensten",
                "threshold": "200.000",
                "percentage": "5",
                "base": "",
                "source": "",
            }
        ]
    },
    Target.REGION_PAGE: {
        "rows": [{"kind": "party", "link": "netwerk", "name": "Netwerk Samen", "note": ""}]
    },
    Target.REQUESTS: {"lines": ["Kennismaken"], "about": "Kennismaken met ondernemers"},
    Target.PROGRESS: {"question": "m13-onderzoek", "answer": {"choice": "nee"}},
}


def make_proposal(side: "Side", target: Target) -> Proposal:
    """Something that the authority of this side offered, still waiting."""
    return make(
        Proposal(
            region_id=side.region.id,
            organisation_id=side.authority.id,
            target=target,
            title=f"Voorstel van {side.name}",
            lines=["Een regel"],
            value=VALUES[target],
            source=f"test/{side.name}/{target}",
            origin="een test",
            by_id=side.buyer.id,
            at=THEN,
        )
    )


def add_objects(side: "Side") -> None:
    """One proposal for every part, and a line on the page of the region."""
    for target in Target:
        row = make_proposal(side, target)
        side.objects[f"for_{target}"] = {"proposal_id": row.public_id}
    make(
        RegionParty(
            region_id=side.region.id,
            kind="neighbour",
            name=f"Buur van {side.name}",
            added_by_id=side.buyer.id,
            added_at=THEN,
        )
    )
