"""Makers of the register: an enterprise as a buyer meets it."""

import copy
from datetime import UTC, datetime
from typing import Any

from tests.makers import make_admitted, make_enterprise

from impactmakelaar.core import changes
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles import rules
from impactmakelaar.profiles.models import ProfileVersion, Publication

THEN = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)


def document(**fields: Any) -> rules.Document:
    """A whole profile document with these fields; ``activities`` may be partial."""
    found = copy.deepcopy(rules.EMPTY) | fields
    found["address"] = rules.EMPTY["address"] | {"hidden": False} | fields.get("address", {})
    found["activities"] = [activity(number, **a) for number, a in enumerate(found["activities"])]
    return rules.complete(found)


def activity(number: int = 0, **fields: Any) -> rules.Document:
    """An activity with these fields."""
    area = rules.EMPTY_ACTIVITY["area"] | fields.pop("area", {})
    values = {"id": f"a{number + 1}", "title": "Werk"} | fields
    return copy.deepcopy(rules.EMPTY_ACTIVITY) | values | {"area": area}


def make_published(region: Organisation, name: str, **fields: Any) -> Organisation:
    """An admitted enterprise with a published profile."""
    row = make_admitted(make_enterprise(region, name))
    publish(row, document(trade_name=name, **fields))
    return row


def publish(row: Organisation, content: rules.Document) -> None:
    """Publish this document as the next version, as the profile's own service would."""
    with transaction():
        publication = db.session.get(Publication, row.id)
        number = 1
        if publication is not None:
            number = db.session.get_one(ProfileVersion, publication.version_id).number + 1
        version = ProfileVersion(
            organisation_id=row.id,
            number=number,
            document=content,
            sha256=rules.digest(content),
            published_at=THEN,
        )
        db.session.add(version)
        db.session.flush()
        if publication is None:
            db.session.add(Publication(organisation_id=row.id, version_id=version.id))
        else:
            publication.version_id = version.id
        changes.note(changes.ENTERPRISE, row.id)


def withdraw(row: Organisation) -> None:
    """Take it out of the register."""
    with transaction():
        db.session.get_one(Publication, row.id).withdrawn_at = THEN
        changes.note(changes.ENTERPRISE, row.id)
