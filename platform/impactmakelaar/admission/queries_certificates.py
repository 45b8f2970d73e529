"""Reads of certificates, suspensions and recognitions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission.models import Application, ConflictDeclaration
from impactmakelaar.admission.models_certificates import (
    CertificateCheck,
    CertificateClaim,
    CertificateEnd,
)
from impactmakelaar.admission.models_standing import DailyRun, Recognition, Reminder, Suspension
from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations.models import Organisation, Succession


@dataclass(frozen=True)
class Dossier:
    """A certificate with every check of it, newest first, and what ended a check."""

    claim: CertificateClaim
    checks: list[CertificateCheck]
    ends: dict[int, CertificateEnd]

    @property
    def current(self) -> CertificateCheck | None:
        """The check of the claim as it is now."""
        return next((c for c in self.checks if c.revision == self.claim.revision), None)

    @property
    def waiting(self) -> bool:
        """Whether staff still have to look."""
        return self.current is None and self.claim.removed_at is None

    @property
    def verified(self) -> CertificateCheck | None:
        """The newest verification that still counts."""
        return next(
            (c for c in self.checks if c.outcome == "verified" and c.id not in self.ends), None
        )


def claim(public_id: str) -> CertificateClaim | None:
    """One certificate as its enterprise states it."""
    return db.session.scalars(
        select(CertificateClaim).where(CertificateClaim.public_id == public_id)
    ).first()


def check(public_id: str) -> CertificateCheck | None:
    """One check."""
    return db.session.scalars(
        select(CertificateCheck).where(CertificateCheck.public_id == public_id)
    ).first()


def dossiers(enterprise: Organisation) -> list[Dossier]:
    """Every certificate of an enterprise that was not taken back, newest first."""
    claims = list(
        db.session.scalars(
            select(CertificateClaim)
            .options(joinedload(CertificateClaim.evidence))
            .where(CertificateClaim.enterprise_id == enterprise.id)
            .order_by(CertificateClaim.id.desc())
        )
    )
    return [d for d in _with_checks(claims) if d.claim.removed_at is None or d.checks]


def dossier(row: CertificateClaim) -> Dossier:
    """One certificate with its checks."""
    return _with_checks([row])[0]


def _with_checks(claims: list[CertificateClaim]) -> list[Dossier]:
    ids = [row.id for row in claims]
    checks: dict[int, list[CertificateCheck]] = {number: [] for number in ids}
    for row in db.session.scalars(
        select(CertificateCheck)
        .options(joinedload(CertificateCheck.checked_by))
        .where(CertificateCheck.claim_id.in_(ids))
        .order_by(CertificateCheck.id.desc())
    ):
        checks[row.claim_id].append(row)
    known = [row.id for rows in checks.values() for row in rows]
    ends = {
        row.check_id: row
        for row in db.session.scalars(
            select(CertificateEnd).where(CertificateEnd.check_id.in_(known))
        )
    }
    return [Dossier(row, checks[row.id], ends) for row in claims]


def waiting_claims(region: Organisation) -> list[CertificateClaim]:
    """What staff of a region still have to look up, oldest first."""
    checked = (
        select(CertificateCheck.id)
        .where(
            CertificateCheck.claim_id == CertificateClaim.id,
            CertificateCheck.revision == CertificateClaim.revision,
        )
        .exists()
    )
    return list(
        db.session.scalars(
            select(CertificateClaim)
            .join(CertificateClaim.enterprise)
            .options(joinedload(CertificateClaim.enterprise))
            .where(
                Organisation.region_id == region.id,
                Organisation.ended_on.is_(None),
                CertificateClaim.removed_at.is_(None),
                ~checked,
            )
            .order_by(CertificateClaim.changed_at, CertificateClaim.id)
        )
    )


def waiting_enterprises(region: Organisation) -> set[int]:
    """Enterprises with evidence that staff have not looked up yet."""
    return {row.enterprise_id for row in waiting_claims(region)}


def evidence(public_id: str) -> tuple[StoredFile, Organisation] | None:
    """A file handed in with a certificate (now or earlier), and whose it is."""
    file = db.session.scalars(select(StoredFile).where(StoredFile.public_id == public_id)).first()
    if file is None:
        return None
    enterprise_id = db.session.scalar(
        select(CertificateClaim.enterprise_id).where(CertificateClaim.evidence_id == file.id)
    ) or db.session.scalar(
        select(CertificateCheck.enterprise_id).where(CertificateCheck.evidence_id == file.id)
    )
    enterprise = db.session.get(Organisation, enterprise_id) if enterprise_id else None
    return (file, enterprise) if enterprise else None


def suspensions(enterprise: Organisation) -> list[Suspension]:
    """Every suspension of an enterprise, proposed ones included, newest first."""
    return list(
        db.session.scalars(
            select(Suspension)
            .where(Suspension.enterprise_id == enterprise.id)
            .order_by(Suspension.id.desc())
        )
    )


def suspension(public_id: str) -> Suspension | None:
    """One suspension."""
    return db.session.scalars(select(Suspension).where(Suspension.public_id == public_id)).first()


def recognitions(enterprise: Organisation) -> list[Recognition]:
    """Every recognition of another region's decision, newest first."""
    return list(
        db.session.scalars(
            select(Recognition)
            .where(Recognition.enterprise_id == enterprise.id)
            .order_by(Recognition.id.desc())
        )
    )


def recognition(public_id: str) -> Recognition | None:
    """One recognition."""
    return db.session.scalars(select(Recognition).where(Recognition.public_id == public_id)).first()


def written(region_id: int) -> dict[tuple[int, str, date], set[int]]:
    """(enterprise id, term, last day) -> days of the letters written or skipped."""
    found: dict[tuple[int, str, date], set[int]] = {}
    for row in db.session.scalars(select(Reminder).where(Reminder.region_id == region_id)):
        found.setdefault((row.enterprise_id, row.term, row.last_day), set()).add(row.days)
    return found


def last_run() -> date | None:
    """The newest day whose letters were looked at to the end."""
    return db.session.scalar(select(func.max(DailyRun.day)))


def enterprises(ids: Collection[int]) -> list[Organisation]:
    """Enterprises by their own numbers, by name."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(Organisation.id.in_(list(ids)))
            .order_by(Organisation.name, Organisation.id)
        )
    )


def recused_enterprises(person: Person) -> set[int]:
    """Enterprises in which somebody has a recorded interest: for him they are not there."""
    return set(
        db.session.scalars(
            select(Application.enterprise_id)
            .join(ConflictDeclaration, ConflictDeclaration.application_id == Application.id)
            .where(ConflictDeclaration.person_id == person.id, ConflictDeclaration.recused)
        )
    )


def with_successors(enterprise_id: int) -> list[int]:
    """An enterprise and all in which it went on: what is known of it counts for them too."""
    found = [enterprise_id]
    for number in found:
        following = db.session.scalars(
            select(Succession.successor_id).where(Succession.predecessor_id == number)
        )
        found += [one for one in following if one not in found]
    return found


def regions() -> list[Organisation]:
    """Every region of this installation."""
    return list(
        db.session.scalars(
            select(Organisation).where(Organisation.kind == "region").order_by(Organisation.id)
        )
    )
