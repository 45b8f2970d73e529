"""Makers: the shortest way to a row in a test. They surprise nobody: what is asked for, is made."""

import hashlib
import itertools
from datetime import UTC, date, datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import Application, PolicyVersion
from impactmakelaar.admission.models_certificates import CertificateCheck, CertificateClaim
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules_policy import DEFAULT
from impactmakelaar.core import changes
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Membership, Organisation, RegionMunicipality
from impactmakelaar.organisations.rules import Kind, Role

THEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
REGION_MUNICIPALITIES = ("GM0375", "GM0377", "GM0392", "GM0396", "GM0397", "GM0453", "GM0473")
_numbers = itertools.count(1)


def make(row: Any) -> Any:
    """Store a row and give it back."""
    with transaction():
        db.session.add(row)
    return row


def make_person(name: str = "Sanne de Wit", email: str = "", **fields: Any) -> Person:
    """Somebody with a confirmed address."""
    values: dict[str, Any] = {"created_at": THEN, "email_confirmed_at": THEN} | fields
    return make(Person(name=name, email=email or f"persoon{next(_numbers)}@test.example", **values))


def make_organisation(kind: Kind, name: str = "", **fields: Any) -> Organisation:
    """An organisation of this kind."""
    values: dict[str, Any] = {"created_at": THEN} | fields
    return make(Organisation(kind=kind, name=name or f"{kind} {next(_numbers)}", **values))


def make_region(name: str = "Zuid-Kennemerland en IJmond") -> Organisation:
    """A region with its seven municipalities."""
    region = make_organisation(Kind.REGION, name, labour_market_region="AM37")
    for code in REGION_MUNICIPALITIES:
        make(
            RegionMunicipality(
                region_id=region.id, municipality_code=code, valid_from=date(2020, 1, 1)
            )
        )
    return region


def make_member(organisation: Organisation, role: Role, **fields: Any) -> Person:
    """Somebody who acts for this organisation in this role."""
    person = fields.pop("person", None) or make_person()
    values: dict[str, Any] = {"asked_at": THEN, "approved_at": THEN} | fields
    make(Membership(person_id=person.id, organisation_id=organisation.id, role=role, **values))
    return person


def make_enterprise(
    region: Organisation, name: str = "", *, approved: bool = True, **fields: Any
) -> Organisation:
    """An enterprise; approved unless said otherwise (``approved_by`` names who did it)."""
    number = next(_numbers)
    values: dict[str, Any] = {"kvk_number": f"{99000000 + number:08d}"}
    if approved:
        approver = fields.pop("approved_by", None) or make_person("Medewerker")
        values |= {"kvk_approved_at": THEN, "kvk_approved_by_id": approver.id}
    return make_organisation(
        Kind.ENTERPRISE,
        name or f"Onderneming {number}",
        region_id=region.id,
        **(values | fields),
    )


# Admission and standing ------------------------------------------------------------------------


def make_policy(region: Organisation, valid_from: date = SINCE, **document: Any) -> PolicyVersion:
    """The region's rules from a day on: the start's, with these keys changed."""
    known = db.session.query(PolicyVersion).filter_by(region_id=region.id).count()
    return make(
        PolicyVersion(
            region_id=region.id,
            number=known + 1,
            valid_from=valid_from,
            document={**DEFAULT, **document},
            created_at=THEN,
        )
    )


def policy_for(region: Organisation) -> PolicyVersion:
    """The region's first version; made when there is none."""
    known = db.session.query(PolicyVersion).filter_by(region_id=region.id).first()
    return known or make_policy(region)


def make_application(
    enterprise: Organisation, submitted_on: date = date(2026, 1, 2), **fields: Any
) -> Application:
    """An application that was submitted and is with the committee."""
    region = enterprise.region
    values: dict[str, Any] = {
        "enterprise_id": enterprise.id,
        "region_id": region.id,
        "state": "review",
        "document": {},
        "policy_version_id": policy_for(region).id,
        "created_at": THEN,
        "saved_at": THEN,
        "submitted_on": submitted_on,
    }
    return make(Application(**values | fields))


def make_decision(
    enterprise: Organisation,
    on: date,
    outcome: str = "admitted",
    badge: str = "grace",
    *,
    application: Application | None = None,
    withdrawn_on: date | None = None,
) -> Decision:
    """A decision that was announced on this day, after an adopted vote of three."""
    region = enterprise.region
    chair = make_person("Voorzitter")
    row = application or make_application(enterprise, submitted_on=on, state="announced")
    meeting = make(
        Meeting(region_id=region.id, planned_on=on, created_at=THEN, created_by_id=chair.id)
    )
    counts = {"present": 3, "in_favour": 3, "against": 0, "blank": 0}
    item = make(
        AgendaItem(
            meeting_id=meeting.id,
            application_id=row.id,
            round=row.round,
            position=1,
            state="adopted",
            outcome=outcome,
            badge=badge,
            **counts,
        )
    )
    made = make(
        Decision(
            application_id=row.id,
            round=row.round,
            enterprise_id=enterprise.id,
            region_id=region.id,
            policy_version_id=policy_for(region).id,
            item_id=item.id,
            outcome=outcome,
            badge=badge,
            conditions="Jaarlijks verslag." if outcome == "conditional" else "",
            reasons={},
            quorum=3,
            needed=2,
            prepared_on=on,
            prepared_by_id=chair.id,
            announced_on=on,
            announced_by_id=chair.id,
            withdrawn_on=withdrawn_on,
            **counts,
        )
    )
    note_changed(enterprise)
    return made


def make_admitted(
    enterprise: Organisation, on: date = SINCE, badge: str = "none", **fields: Any
) -> Organisation:
    """Admit an enterprise on a day: in the register without a badge, unless said otherwise."""
    make_decision(enterprise, on, "admitted", badge, **fields)
    return enterprise


def make_stored_file(text: str = "bewijs", by: Person | None = None) -> StoredFile:
    """A file of which only the row exists."""
    return make(
        StoredFile(
            uploaded_by_id=by.id if by else None,
            uploaded_at=THEN,
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            size=len(text),
            media_type="application/pdf",
            name="bewijs.pdf",
        )
    )


def make_claim(
    enterprise: Organisation, valid_from: date, valid_until: date, **fields: Any
) -> CertificateClaim:
    """A certificate as the enterprise states it; nobody looked at it yet."""
    person = fields.pop("by", None) or make_person("Ondernemer")
    values: dict[str, Any] = {
        "enterprise_id": enterprise.id,
        "kind": "code_social",
        "level": "Geregistreerd",
        "number": "C-1",
        "valid_from": valid_from,
        "valid_until": valid_until,
        "evidence_id": make_stored_file(f"bewijs {next(_numbers)}").id,
        "handed_in_on": valid_from,
        "changed_at": THEN,
        "changed_by_id": person.id,
    }
    return make(CertificateClaim(**values | fields))


def make_certificate(
    enterprise: Organisation, valid_from: date, valid_until: date, **fields: Any
) -> CertificateCheck:
    """A certificate that staff found in the issuer's register."""
    values: dict[str, Any] = {
        "kind": "code_social",
        "level": "Geregistreerd",
        "kvk_number": enterprise.kvk_number,
        "handed_in_on": valid_from,
    } | fields
    claim = make_claim(
        enterprise,
        valid_from,
        valid_until,
        kind=values["kind"],
        level=values["level"],
        handed_in_on=values["handed_in_on"],
    )
    made = make(
        CertificateCheck(
            claim_id=claim.id,
            revision=1,
            enterprise_id=enterprise.id,
            region_id=enterprise.region_id,
            outcome="verified",
            number="C-1",
            valid_from=valid_from,
            valid_until=valid_until,
            register_url="https://register.example/C-1",
            evidence_id=claim.evidence_id,
            evidence_sha256=claim.evidence.sha256,
            checked_at=THEN,
            checked_by_id=make_person("Makelaar").id,
            **values,
        )
    )
    note_changed(enterprise)
    return made


def note_changed(enterprise: Organisation) -> None:
    """Tell the register that an enterprise changed, as the services do."""
    with transaction():
        changes.note(changes.ENTERPRISE, enterprise.id)
