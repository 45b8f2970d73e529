"""The address of who never answered an invitation is not kept for ever."""

from datetime import timedelta

from flask import Flask
from tests.makers import make, make_organisation

from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.organisations import services_keeping
from impactmakelaar.organisations.models import Invitation
from impactmakelaar.organisations.rules import OLD_INVITATION_DAYS, Kind, Role


def test_only_old_unanswered_invitations_go(app: Flask) -> None:
    organisation = make_organisation(Kind.AUTHORITY)
    for name, days, accepted in (
        ("oud", OLD_INVITATION_DAYS + 1, False),
        ("nieuw", OLD_INVITATION_DAYS - 1, False),
        ("aangenomen", OLD_INVITATION_DAYS + 1, True),
    ):
        then = clock.now() - timedelta(days=days)
        make(
            Invitation(
                email=f"{name}@test.example",
                organisation_id=organisation.id,
                role=Role.BUYER,
                token_hash=name,
                created_at=then,
                expires_at=then,
                accepted_at=then if accepted else None,
            )
        )

    assert list(services_keeping.expire(now=clock.now(), for_real=False).values()) == [1]
    assert list(services_keeping.expire(now=clock.now(), for_real=True).values()) == [1]

    left = [one.token_hash for one in db.session.query(Invitation).order_by(Invitation.id)]
    assert left == ["nieuw", "aangenomen"]
