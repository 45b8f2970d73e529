"""Reads about profiles."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

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


def newest_number(organisation: Organisation) -> int:
    """The number of the newest published version; 0 when there is none."""
    query = select(func.max(ProfileVersion.number)).where(
        ProfileVersion.organisation_id == organisation.id
    )
    return db.session.scalar(query) or 0


def version(organisation: Organisation, number: int) -> ProfileVersion | None:
    """One published version."""
    return db.session.scalars(
        select(ProfileVersion).where(
            ProfileVersion.organisation_id == organisation.id, ProfileVersion.number == number
        )
    ).first()


def revealed_since(organisation: Organisation, person_id: int, since: datetime) -> bool:
    """Whether somebody was shown the contact details of an enterprise after a moment."""
    query = select(ContactReveal.id).where(
        ContactReveal.enterprise_id == organisation.id,
        ContactReveal.person_id == person_id,
        ContactReveal.at > since,
    )
    return db.session.scalar(query.limit(1)) is not None


def times_revealed(organisation: Organisation) -> int:
    """How often the contact details were asked for."""
    query = select(func.count(ContactReveal.id)).where(
        ContactReveal.enterprise_id == organisation.id
    )
    return db.session.scalar(query) or 0


def public_not_reminded(today: date, every: timedelta) -> list[Publication]:
    """What is public now and was not written to about its capacity lately."""
    return list(
        db.session.scalars(
            select(Publication)
            .join(Publication.organisation)
            .join(Publication.version)
            .options(contains_eager(Publication.organisation), contains_eager(Publication.version))
            .where(
                Publication.paused_at.is_(None),
                Publication.withdrawn_at.is_(None),
                Organisation.ended_on.is_(None),
                Organisation.kvk_approved_at.is_not(None),
                or_(
                    Publication.capacity_reminded_on.is_(None),
                    Publication.capacity_reminded_on <= today - every,
                ),
            )
            .order_by(Publication.organisation_id)
        )
    )


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


def bytes_kept(organisation: Organisation) -> int:
    """How much an enterprise has uploaded; the same bytes twice lie there once."""
    once = (
        select(StoredFile.sha256, StoredFile.size)
        .where(StoredFile.organisation_id == organisation.id)
        .distinct()
        .subquery()
    )
    return int(db.session.scalar(select(func.sum(once.c.size))) or 0)


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
