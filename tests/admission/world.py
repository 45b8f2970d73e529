"""The objects of admission for the table of routes: a dossier on an agenda, rules, a seat."""

from datetime import date
from typing import Any

from impactmakelaar.admission.models import (
    Application,
    ApplicationFile,
    CommitteeSeat,
    PolicyVersion,
)
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules_policy import DEFAULT
from impactmakelaar.core import files
from impactmakelaar.organisations.rules import Role
from tests.makers import THEN, make, make_member, make_person

DAY = date(2026, 1, 5)


def add_objects(side: Any) -> None:
    """One application that was put on the agenda of a planned meeting, with evidence."""
    region, enterprise = side.region, side.enterprise
    secretary = make_member(region, Role.SECRETARY, person=make_person(f"Secretaris {side.name}"))
    policy = make(
        PolicyVersion(
            region_id=region.id,
            number={"own": 1, "near": 2, "far": 1}[side.name],
            valid_from=DAY,
            document=DEFAULT,
            created_at=THEN,
        )
    )
    row = make(
        Application(
            enterprise_id=enterprise.id,
            region_id=region.id,
            state="deliberation",
            document={},
            policy_version_id=policy.id,
            created_at=THEN,
            saved_at=THEN,
            submitted_on=DAY,
            round_started_on=DAY,
            completed_on=DAY,
        )
    )
    meeting = make(
        Meeting(region_id=region.id, planned_on=DAY, created_at=THEN, created_by_id=secretary.id)
    )
    item = make(AgendaItem(meeting_id=meeting.id, application_id=row.id, round=1, position=1))
    digest = "e" * 62 + f"{len(side.name):02d}"
    path = files.path_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"bewijs")
    stored = make(
        files.StoredFile(
            uploaded_at=THEN, sha256=digest, size=6, media_type="application/pdf", name="bewijs.pdf"
        )
    )
    added = make(
        ApplicationFile(application_id=row.id, part="social", file_id=stored.id, added_at=THEN)
    )
    seat = make(
        CommitteeSeat(
            region_id=region.id,
            person_id=secretary.id,
            seat="substitute",
            valid_from=DAY,
            valid_until=date(2030, 1, 1),
        )
    )
    application = {"public_id": row.public_id, "part": "social", "file_id": added.public_id}
    side.objects["application"] = application | {"number": 1}
    side.objects["meeting"] = {"public_id": meeting.public_id}
    side.objects["agenda_item"] = {"public_id": item.public_id}
    side.objects["application_file"] = {"public_id": added.public_id}
    side.objects["policy"] = {"public_id": policy.public_id}
    side.objects["seat"] = {"public_id": seat.public_id}
