"""What intake tables hold of a person, for him to take along."""

from flask import Flask

from impactmakelaar.intake import services, services_outcome, services_publish
from impactmakelaar.intake.models import Forbidden
from impactmakelaar.intake.rules_table import Result
from impactmakelaar.organisations.rules import Role
from tests.intake.makers import DAY, TODAY, VALUES, invite_all, make_world, propose
from tests.makers import THEN, make, make_member
from tests.own_data import CANARY, OTHER, taken_along


def test_organiser_and_participant_take_along_what_each_wrote(app: Flask) -> None:
    world = make_world(1, 2, note=f"Tafel {CANARY}")
    other = make_member(world.place.region, Role.SROI_OFFICER)
    services.plan_table(
        region=world.place.region, values=VALUES | {"note": OTHER}, by=other, today=TODAY
    )
    invite_all(world)
    first, second = (world.of(enterprise) for enterprise in world.enterprises)
    for one, by, word in (
        (first, world.entrepreneurs[0], CANARY),
        (second, world.entrepreneurs[1], OTHER),
    ):
        services.answer(one=one, comes=True, note=f"Antwoord {word}", by=by)
    propose(world)
    services_publish.publish(row=world.table, by=world.officer)
    meetings = {m.enterprise_id: m for m in world.meetings()}
    for one, by, word in ((first, world.officer, CANARY), (second, other, OTHER)):
        services_outcome.record_outcome(
            meeting=meetings[one.id], kind=Result.NONE, reason=f"Reden {word}", by=by, today=DAY
        )
        make(
            Forbidden(
                contractor_id=world.of(world.place.contractor).id,
                enterprise_id=one.id,
                reason=f"Apart {word}",
                created_at=THEN,
                created_by_id=by.id,
            )
        )

    found = taken_along(world.officer, "intaketafels")
    mine = taken_along(world.entrepreneurs[0], "intaketafels")

    assert [one["toelichting"] for one in found["intaketafels"]] == [f"Tafel {CANARY}"]
    assert [one["reden"] for one in found["uitkomsten"]] == [f"Reden {CANARY}"]
    assert [one["reden"] for one in found["uit elkaar gehouden"]] == [f"Apart {CANARY}"]
    assert [(one["bericht"], one["organisatie"]) for one in mine["antwoorden"]] == [
        (f"Antwoord {CANARY}", "Groenbedrijf 1")
    ]
    assert mine["uitkomsten"] == []
