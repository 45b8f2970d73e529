"""What intake tables put on "mijn bureau"."""

from collections.abc import Callable
from datetime import timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.intake import queries, services
from tests.intake.makers import invite_all, make_world

SignIn = Callable[..., FlaskClient]


def test_an_invitation_waits_until_it_is_answered_or_over(app: Flask, as_person: SignIn) -> None:
    world = make_world(1, 1)
    invite_all(world, confirm=False)
    one = queries.participants(world.table)[0]
    person = queries.people_of(one)[0]

    def desk() -> str:
        answer = as_person(person, one.organisation).get("/bureau")
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    waits = f'href="/intaketafel/deelname/{one.public_id}"'
    with time_machine.travel(world.table.held_on, tick=False):
        assert waits in desk()
    with time_machine.travel(world.table.held_on + timedelta(days=1), tick=False):
        assert waits not in desk()
    with time_machine.travel(world.table.held_on, tick=False):
        services.answer(one=one, comes=True, by=world.officer)
        assert waits not in desk()
