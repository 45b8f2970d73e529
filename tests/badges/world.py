"""Admission, certificates and a badge for each side of the world of routes."""

from datetime import date

from impactmakelaar.admission.models_standing import Recognition, Suspension
from impactmakelaar.badges import queries, services
from impactmakelaar.badges.models import BadgeCredential
from impactmakelaar.core import clock, files, signing
from impactmakelaar.core.db import db
from tests.architecture.world import Side
from tests.makers import THEN, make, make_admitted, make_certificate, make_claim, make_person

FIRST, LONG = date(2026, 1, 5), date(2090, 1, 5)


def add_objects(side: Side) -> None:
    """The side's enterprise is admitted, certified, and about to be suspended."""
    enterprise, region = side.enterprise, side.region
    make_admitted(enterprise, FIRST, "grace")
    check = make_certificate(enterprise, FIRST, LONG)
    side.objects["certificate_check"] = {"public_id": check.public_id}
    claim = make_claim(enterprise, FIRST, LONG, kind="bcorp")
    path = files.path_of(claim.evidence.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"evidence")
    side.objects["claim"] = {"public_id": claim.public_id}
    side.objects["claim_evidence"] = {"public_id": claim.evidence.public_id}
    person = make_person("Beheerder")
    keys = {"enterprise_id": enterprise.id, "region_id": region.id}
    suspension = make(
        Suspension(
            **keys,
            reason="Klachten",
            proposed_at=THEN,
            proposed_by_id=person.id,
            answer_by=LONG,
        )
    )
    side.objects["suspension"] = {"public_id": suspension.public_id}
    recognition = make(
        Recognition(
            **keys,
            other_region="Rivierenland",
            badge="none",
            from_day=FIRST,
            last_day=LONG,
            source="Besluit 12",
            recorded_at=THEN,
            recorded_by_id=person.id,
        )
    )
    side.objects["recognition"] = {"public_id": recognition.public_id}
    services.follow(region=region, today=clock.today())
    badge = queries.of_enterprise(enterprise.id, region.id)
    assert badge is not None
    side.objects["badge"] = {"number": badge.number, "size": "klein", "kind": "svg"}
    credential = db.session.query(BadgeCredential).filter_by(badge_id=badge.id).one()
    side.objects["credential"] = {"uuid": credential.uuid}
    side.objects["issuer"] = {
        "region_id": region.public_id,
        "key_id": signing.keys(region.public_id)[0].id,
        "kind": "in_grace",
        "number": "0",
    }
