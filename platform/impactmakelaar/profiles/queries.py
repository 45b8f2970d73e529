"""Reads about profiles."""

from sqlalchemy import select

from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles.models import (
    ContactReveal,
    ProfileDraft,
    ProfileVersion,
    Publication,
)


def draft(organisation: Organisation) -> ProfileDraft | None:
    """The draft, when there is one."""
    return db.session.get(ProfileDraft, organisation.id)


def publication(organisation: Organisation) -> Publication | None:
    """What is public of an enterprise, when anything was ever published."""
    return db.session.get(Publication, organisation.id)


def versions(organisation: Organisation) -> list[ProfileVersion]:
    """Every published version, newest first."""
    return list(
        db.session.scalars(
            select(ProfileVersion)
            .where(ProfileVersion.organisation_id == organisation.id)
            .order_by(ProfileVersion.number.desc())
        )
    )


def version(organisation: Organisation, number: int) -> ProfileVersion | None:
    """One published version."""
    return db.session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id == organisation.id, ProfileVersion.number == number
        )
    ).first()


def reveals(organisation: Organisation, limit: int = 100) -> list[tuple[str, str, object]]:
    """(person, for whom, when) of who looked at the contact details, newest first."""
    rows = db.session.execute(
        select(ContactReveal, Organisation.name)
        .outerjoin(Organisation, Organisation.id == ContactReveal.organisation_id)
        .where(ContactReveal.enterprise_id == organisation.id)
        .order_by(ContactReveal.id.desc())
        .limit(limit)
    )
    return [(row.person.name, name or "", row.at) for row, name in rows]


def file(public_id: str) -> StoredFile | None:
    """An uploaded file."""
    return db.session.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).first()


def enterprise(public_id: str) -> Organisation | None:
    """An enterprise."""
    return db.session.scalars(
        select(Organisation).where(
            Organisation.public_id == public_id, Organisation.kind == "enterprise"
        )
    ).first()


def published_document(organisation: Organisation) -> dict[str, object] | None:
    """The public version's document, when it is not paused or withdrawn."""
    row = publication(organisation)
    if row is None or row.paused_at or row.withdrawn_at:
        return None
    return row.version.document
