"""Old sign-ins and links go, and who never confirmed an address is forgotten."""

from datetime import datetime, timedelta

from flask import Flask
from tests.conftest import on_both
from tests.makers import make, make_person

from impactmakelaar.accounts import rules, services, services_keeping
from impactmakelaar.accounts.models import MailToken, Person, SignInSession
from impactmakelaar.core import clock
from impactmakelaar.core.db import db


def sign_in(person: Person, days_ago: int) -> None:
    day = clock.now() - timedelta(days=days_ago)
    make(
        SignInSession(
            token_hash=f"{person.id} {days_ago}",
            person_id=person.id,
            created_at=day,
            last_seen_at=day,
        )
    )


def sign_up(email: str) -> None:
    services.sign_up(
        email=email, name="Kanarie", password="een lang wachtwoord", aim="", address="192.0.2.1"
    )


def forgotten(day: datetime) -> int:
    return services_keeping.expire(now=day, for_real=True)["accounts die nooit zijn bevestigd"]


@on_both
def test_old_sign_ins_and_links_go(app: Flask) -> None:
    person = make_person()
    sign_in(person, rules.SIGN_IN_DAYS - 1)
    sign_in(person, rules.SIGN_IN_DAYS + 1)
    for days in (rules.OLD_LINK_DAYS - 1, rules.OLD_LINK_DAYS + 1):
        then = clock.now() - timedelta(days=days)
        make(
            MailToken(
                purpose="reset",
                person_id=person.id,
                token_hash=str(days),
                created_at=then,
                expires_at=then,
            )
        )

    counts = services_keeping.expire(now=clock.now(), for_real=False)
    assert list(counts.values()) == [1, 1, 0]
    assert db.session.query(SignInSession).count() == 2
    services_keeping.expire(now=clock.now(), for_real=True)

    assert db.session.query(SignInSession).count() == db.session.query(MailToken).count() == 1


@on_both
def test_who_never_confirmed_is_forgotten_and_may_come_back(app: Flask) -> None:
    confirmed = make_person()
    sign_up("kanarie@test.example")
    soon = clock.now() + timedelta(days=rules.UNCONFIRMED_DAYS - 1)
    assert forgotten(soon) == 0
    later = clock.now() + timedelta(days=rules.UNCONFIRMED_DAYS + 1)

    assert forgotten(later) == 1

    people = db.session.query(Person).order_by(Person.id).all()
    assert people[0].email == confirmed.email
    assert (people[1].name, people[1].password_hash) == ("Niet bevestigd", "")
    assert "kanarie" not in people[1].email
    assert forgotten(later) == 0
    sign_up("kanarie@test.example")
    assert db.session.query(Person).count() == 3


def test_who_signs_up_anew_is_not_forgotten_before_his_link_ends(app: Flask) -> None:
    sign_up("kanarie@test.example")
    old = db.session.query(Person).one()
    old.created_at = clock.now() - timedelta(days=rules.UNCONFIRMED_DAYS + 5)
    db.session.commit()

    services_keeping.expire(now=clock.now(), for_real=True)

    assert db.session.query(Person).one().email == "kanarie@test.example"
