"""What the register holds of somebody, for him to take along."""

from typing import Any

from sqlalchemy import select

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.own_data import told
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.register.models import SavedSearch, Shortlist, ShortlistItem
from impactmakelaar.register.models_region import RegionParty


def of_person(person: Person) -> dict[str, Any]:
    """His shortlists, what he put on one with his note, his searches, lines of a region's page."""
    lists = (
        select(Organisation.name, Shortlist.name, Shortlist.created_at)
        .join(Organisation, Organisation.id == Shortlist.organisation_id)
        .where(Shortlist.created_by_id == person.id)
        .order_by(Shortlist.id)
    )
    items = (
        select(Shortlist.name, Organisation.name, ShortlistItem.note, ShortlistItem.added_at)
        .join(Shortlist, Shortlist.id == ShortlistItem.shortlist_id)
        .join(Organisation, Organisation.id == ShortlistItem.enterprise_id)
        .where(ShortlistItem.added_by_id == person.id)
        .order_by(ShortlistItem.id)
    )
    searches = (
        select(SavedSearch.name, SavedSearch.query, SavedSearch.alerts, SavedSearch.created_at)
        .where(SavedSearch.person_id == person.id)
        .order_by(SavedSearch.id)
    )
    lines = (
        select(Organisation.name, RegionParty.name, RegionParty.note, RegionParty.added_at)
        .join(Organisation, Organisation.id == RegionParty.region_id)
        .where(RegionParty.added_by_id == person.id)
        .order_by(RegionParty.id)
    )
    return {
        "shortlists": told(lists, "organisatie", "naam", "op"),
        "op een shortlist gezet": told(items, "shortlist", "onderneming", "notitie", "op"),
        "bewaarde zoekopdrachten": told(searches, "naam", "zoekopdracht", "mail bij nieuws", "op"),
        "regels op de pagina van een regio": told(lines, "regio", "naam", "toelichting", "op"),
    }
