"""How long an answer takes does not tell whether an account exists."""

import time
from collections.abc import Callable

import pytest
from flask import Flask
from tests.accounts.people import OTHER, with_password
from tests.makers import make_person

TRIES = 40


def area(known: list[float], unknown: list[float]) -> float:
    """The chance that a known address takes longer than an unknown one (0.5: nothing to see)."""
    longer = sum((k > u) + (k == u) / 2 for k in known for u in unknown)
    return longer / (len(known) * len(unknown))


@pytest.mark.parametrize("page", ["/inloggen", "/wachtwoord-vergeten"])
def test_time_tells_nothing(make_app: Callable[..., Flask], page: str) -> None:
    app = make_app(ARGON2_MEMORY_KIB=16384, ARGON2_TIME_COST=2, PROXY_COUNT=1)
    taken: dict[bool, list[float]] = {True: [], False: []}
    with app.app_context():
        person = with_password()
        kept = person.password_hash
        people = [make_person(password_hash=kept).email for _ in range(TRIES)]
        for number in range(-4, TRIES * 2):
            known = number % 2 == 0
            email = people[number // 2] if known else f"niemand{number}@test.example"
            browser = app.test_client()
            start = time.perf_counter()
            browser.post(
                page,
                data={"email": email, "password": OTHER},
                headers={"X-Forwarded-For": f"198.51.100.{number + 9}"},
            )
            if number >= 0:
                taken[known].append(time.perf_counter() - start)
    assert 0.25 <= area(taken[True], taken[False]) <= 0.75
