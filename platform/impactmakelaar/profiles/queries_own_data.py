"""What profiles hold of somebody, for him to take along."""

from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.core.own_data import told
from impactmakelaar.organisations import queries as organisations
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles.models import ContactReveal, ProfileDraft, ProfileVersion


def of_person(person: Person) -> dict[str, Any]:
    """Whose contact details he looked at, what he published, and himself as a contact.

    The profile itself is the enterprise's, which takes it along on a page of its own.
    """
    looked = (
        select(Organisation.name, ContactReveal.at)
        .join(Organisation, Organisation.id == ContactReveal.enterprise_id)
        .where(ContactReveal.person_id == person.id)
        .order_by(ContactReveal.id)
    )
    published = (
        select(Organisation.name, ProfileVersion.number, ProfileVersion.published_at)
        .join(Organisation, Organisation.id == ProfileVersion.organisation_id)
        .where(ProfileVersion.published_by_id == person.id)
        .order_by(ProfileVersion.id)
    )
    drafts = (
        select(Organisation.name, ProfileDraft.updated_at)
        .join(Organisation, Organisation.id == ProfileDraft.organisation_id)
        .where(ProfileDraft.updated_by_id == person.id)
        .order_by(Organisation.id)
    )
    return {
        "contactgegevens die u bekeek": told(looked, "onderneming", "op"),
        "profielen die u publiceerde": told(published, "onderneming", "versie", "op"),
        "concepten die u bewaarde": told(drafts, "onderneming", "op"),
        "u als contactpersoon": _as_contact(person),
    }


def _as_contact(person: Person) -> list[dict[str, Any]]:
    """The contacts with his address in the profiles of the enterprises that he works for."""
    ids = [m.organisation_id for m in organisations.active_memberships(person)]
    rows = db.session.execute(
        select(Organisation.name, ProfileDraft.document)
        .join(Organisation, Organisation.id == ProfileDraft.organisation_id)
        .where(ProfileDraft.organisation_id.in_(ids))
        .order_by(Organisation.id)
    )
    return [
        {"onderneming": name, "contact": contact}
        for name, document in rows
        for contact in document.get("contacts") or []
        if (contact.get("email") or "").lower() == person.email.lower()
    ]
