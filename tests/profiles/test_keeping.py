"""An enterprise sees who looked at its contact details, but not for ever."""

from datetime import timedelta

from flask import Flask
from tests.makers import make, make_enterprise, make_person, make_region

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.profiles import services_keeping
from impactmakelaar.profiles.models import ContactReveal
from impactmakelaar.profiles.rules import OLD_REVEAL


def test_only_who_looked_long_ago_is_forgotten(app: Flask) -> None:
    enterprise = make_enterprise(make_region())
    reader = make_person()
    now = clock.now()
    recent = now - OLD_REVEAL + timedelta(minutes=1)
    for at in (recent, now - OLD_REVEAL - timedelta(minutes=1)):
        make(ContactReveal(enterprise_id=enterprise.id, person_id=reader.id, at=at))

    assert list(services_keeping.expire(now=now, for_real=False).values()) == [1]
    assert db.session.query(ContactReveal).count() == 2
    assert list(services_keeping.expire(now=now, for_real=True).values()) == [1]

    assert [row.at for row in db.session.query(ContactReveal)] == [recent]
