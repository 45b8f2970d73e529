"""The objects of the intake table for the table of routes: a published table with one meeting."""

from datetime import date
from typing import Any

from impactmakelaar.intake.models import IntakeMeeting, IntakeTable, Offer, Participant
from tests.makers import THEN, make

DAY = date(2026, 1, 5)


def add_objects(side: Any) -> None:
    """A contractor and an enterprise of this side at one table of its region."""
    table = make(
        IntakeTable(
            region_id=side.region.id,
            title=f"Intaketafel {side.name}",
            place="Stadhuis",
            held_on=DAY,
            starts_at=13 * 60,
            tables=2,
            rounds=3,
            minutes=20,
            state="published",
            published_at=THEN,
            created_at=THEN,
        )
    )
    both = [
        make(
            Participant(
                table_id=table.id,
                organisation_id=organisation.id,
                side=name,
                state="confirmed",
                invited_at=THEN,
            )
        )
        for name, organisation in (
            ("contractor", side.contractor),
            ("enterprise", side.enterprise),
        )
    ]
    offer = make(
        Offer(
            participant_id=both[1].id,
            title="Groenonderhoud",
            effort="purchase",
            units=10,
            amount=100_000,
            starts_on=DAY,
            ends_on=DAY,
            municipalities=["*"],
        )
    )
    meeting = make(
        IntakeMeeting(
            table_id=table.id,
            contractor_id=both[0].id,
            enterprise_id=both[1].id,
            round=0,
            seat=0,
        )
    )
    side.objects["intake_table"] = {"public_id": table.public_id, "kind": "rondes"}
    side.objects["intake_contr"] = {"public_id": both[0].public_id}
    side.objects["intake_entrep"] = {"public_id": both[1].public_id}
    side.objects["intake_offer"] = {"public_id": offer.public_id}
    side.objects["intake_meeting"] = {"public_id": meeting.public_id}
