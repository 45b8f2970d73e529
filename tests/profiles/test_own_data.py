"""What profiles hold of a person, for him to take along."""

from flask import Flask
from tests.makers import THEN, make, make_enterprise, make_member, make_person, make_region
from tests.own_data import CANARY, OTHER, taken_along

from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles.models import ContactReveal, ProfileDraft, ProfileVersion


def test_somebody_takes_along_what_he_looked_at_and_published(app: Flask) -> None:
    region, other = make_region(), make_person()
    seen = make_enterprise(region, f"Bekeken {CANARY}")
    unseen = make_enterprise(region, f"Bekeken {OTHER}")
    own = make_enterprise(region, "Eigen bedrijf")
    person = make_member(own, Role.ENTREPRENEUR)
    contacts = [
        {"name": f"Ik {CANARY}", "email": person.email.upper()},
        {"name": f"Ander {OTHER}", "email": other.email},
    ]
    make(
        ProfileDraft(
            organisation_id=own.id,
            document={"contacts": contacts, "summary": OTHER},
            updated_at=THEN,
            updated_by_id=person.id,
        )
    )
    make(
        ProfileVersion(
            organisation_id=own.id,
            number=1,
            document={"summary": OTHER},
            sha256="0" * 64,
            published_at=THEN,
            published_by_id=person.id,
        )
    )
    for reader, enterprise in ((person, seen), (other, unseen)):
        make(ContactReveal(enterprise_id=enterprise.id, person_id=reader.id, at=THEN))

    found = taken_along(person, "profielen")

    looked = found["contactgegevens die u bekeek"]
    assert looked == [{"onderneming": f"Bekeken {CANARY}", "op": THEN.isoformat()}]
    assert [one["contact"]["name"] for one in found["u als contactpersoon"]] == [f"Ik {CANARY}"]
    assert [one["versie"] for one in found["profielen die u publiceerde"]] == [1]
    assert [one["onderneming"] for one in found["concepten die u bewaarde"]] == ["Eigen bedrijf"]
