"""An enterprise with a draft, somebody of its people, and his browser."""

import pytest
from tests.makers import (
    make,
    make_enterprise,
    make_member,
    make_region,
)
from tests.profiles.documents import document
from tests.profiles.pages import THEN

from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles.models import ProfileDraft


@pytest.fixture
def region(app):
    return make_region()


@pytest.fixture
def enterprise(region):
    row = make_enterprise(region, "Groen Werkt")
    make(ProfileDraft(organisation_id=row.id, document=document(), updated_at=THEN))
    return row


@pytest.fixture
def person(enterprise):
    return make_member(enterprise, Role.ENTREPRENEUR)


@pytest.fixture
def browser(person, enterprise, as_person):
    return as_person(person, enterprise)
