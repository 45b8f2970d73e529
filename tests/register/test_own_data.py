"""Shortlists, notes, searches and lines that somebody can take along."""

from flask import Flask
from tests.makers import THEN, make, make_enterprise, make_person, make_region
from tests.own_data import CANARY, OTHER, taken_along

from impactmakelaar.register.models import SavedSearch, Shortlist, ShortlistItem
from impactmakelaar.register.models_region import RegionParty


def test_somebody_takes_his_lists_notes_and_searches_along(app: Flask) -> None:
    region = make_region()
    enterprise, person, other = make_enterprise(region, "Bakker"), make_person(), make_person()
    for who, word in ((person, CANARY), (other, OTHER)):
        shortlist = make(
            Shortlist(
                organisation_id=region.id,
                name=f"Lijst {word}",
                created_by_id=who.id,
                created_at=THEN,
            )
        )
        make(
            ShortlistItem(
                shortlist_id=shortlist.id,
                enterprise_id=enterprise.id,
                note=f"Notitie {word}",
                added_by_id=who.id,
                added_at=THEN,
            )
        )
        make(SavedSearch(person_id=who.id, name=word, query=f"q={word}", created_at=THEN))
        make(
            RegionParty(
                region_id=region.id,
                kind="neighbour",
                name=f"Buur {word}",
                added_by_id=who.id,
                added_at=THEN,
            )
        )

    found = taken_along(person, "register")

    assert [one["naam"] for one in found["shortlists"]] == [f"Lijst {CANARY}"]
    assert [one["notitie"] for one in found["op een shortlist gezet"]] == [f"Notitie {CANARY}"]
    assert [one["zoekopdracht"] for one in found["bewaarde zoekopdrachten"]] == [f"q={CANARY}"]
    lines = found["regels op de pagina van een regio"]
    assert [one["naam"] for one in lines] == [f"Buur {CANARY}"]
