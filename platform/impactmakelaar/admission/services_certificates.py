"""Verbs of certificates: hand in, change, take back; verify, refuse, end."""

from dataclasses import dataclass
from datetime import date
from typing import IO

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import mails_standing as mails
from impactmakelaar.admission import permissions_standing as permissions
from impactmakelaar.admission import queries_certificates as queries
from impactmakelaar.admission import rules_certificates as rules
from impactmakelaar.admission.models_certificates import (
    CertificateCheck,
    CertificateClaim,
    CertificateEnd,
)
from impactmakelaar.admission.services_letters import note_changed, tell_members
from impactmakelaar.core import audit, clock, files
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations.models import Organisation

CHANGED = (
    "De onderneming heeft dit keurmerk gewijzigd terwijl u keek. "
    "Bekijk de nieuwe gegevens en controleer opnieuw."
)
MAX_CLAIMS = 40


@dataclass(frozen=True)
class Stated:
    """What the enterprise says stands on its certificate."""

    kind: str
    level: str
    number: str
    valid_from: date | None
    valid_until: date | None
    url: str = ""


@dataclass(frozen=True)
class Found:
    """What stands in the issuer's register."""

    kind: str
    level: str
    number: str
    kvk_number: str
    valid_from: date | None
    valid_until: date | None
    register_url: str


def certificate_label(kind: str, level: str) -> str:
    """``Code Sociale Ondernemingen, Geregistreerd``."""
    name = reference().label("certificates", kind)
    return f"{name}, {level}" if level else name


def level_of(kind: str, typed: str) -> str:
    """A level as the issuer of this certificate spells it."""
    entry = reference().codes("certificates").get(kind)
    levels = entry.extra.get("levels", "") if entry else ""
    return rules.level_of([one for one in levels.split("|") if one], typed)


def hand_in(
    *,
    enterprise: Organisation,
    stated: Stated,
    stream: IO[bytes],
    name: str,
    by: Person,
    today: date,
) -> CertificateClaim:
    """Enter a certificate with its evidence; the day of handing in is written down.

    :raises Refused: when the term cannot be true or the file is not what it should be.
    """
    if not permissions.may_hand_in(by, enterprise):
        raise NotFound
    valid_from, valid_until = _checked(stated, today)
    accepted = files.accept_evidence(stream)
    with transaction():
        enterprise = lock(enterprise)
        if len(queries.dossiers(enterprise)) >= MAX_CLAIMS:
            raise Refused(f"U hebt al {MAX_CLAIMS} keurmerken opgegeven. Verwijder er eerst een.")
        evidence = files.keep(accepted, name=name, organisation_id=None, by_id=by.id)
        row = CertificateClaim(
            enterprise_id=enterprise.id,
            kind=stated.kind,
            level=level_of(stated.kind, stated.level),
            number=stated.number,
            valid_from=valid_from,
            valid_until=valid_until,
            url=stated.url,
            evidence_id=evidence.id,
            handed_in_on=today,
            revision=1,
            changed_at=clock.now(),
            changed_by_id=by.id,
        )
        db.session.add(row)
        audit.record("certificate.handed_in", row, by=by, organisation=enterprise, kind=stated.kind)
        return row


def _checked(stated: Stated, today: date) -> tuple[date, date]:
    rules.check_term(stated.valid_from, stated.valid_until)
    assert stated.valid_from is not None
    assert stated.valid_until is not None
    rules.check_handed_in(stated.valid_until, today)
    return stated.valid_from, stated.valid_until


def change(
    *,
    row: CertificateClaim,
    stated: Stated,
    stream: IO[bytes] | None,
    name: str,
    revision: int,
    by: Person,
    today: date,
) -> None:
    """Correct what was stated, or replace the evidence; staff have to look again.

    What was verified before stays verified, with the values and the file it was given for.

    :raises Conflict: when a colleague changed it meanwhile.
    """
    if not permissions.may_hand_in(by, row.enterprise) or row.removed_at is not None:
        raise NotFound
    valid_from, valid_until = _checked(stated, today)
    accepted = files.accept_evidence(stream) if stream is not None else None
    with transaction():
        row = lock(row)
        if row.revision != revision:
            raise Conflict("Een collega heeft dit keurmerk intussen gewijzigd. Kijk nog eens.")
        if accepted is not None:
            evidence = files.keep(accepted, name=name, organisation_id=None, by_id=by.id)
            row.evidence_id = evidence.id
            row.handed_in_on = today
        row.kind, row.number = stated.kind, stated.number
        row.level = level_of(stated.kind, stated.level)
        row.valid_from, row.valid_until, row.url = valid_from, valid_until, stated.url
        row.revision += 1
        row.changed_at, row.changed_by_id = clock.now(), by.id
        audit.record("certificate.changed", row, by=by, organisation=row.enterprise)


def take_back(*, row: CertificateClaim, by: Person) -> None:
    """No longer state a certificate; what was verified of it stays in the history."""
    if not permissions.may_hand_in(by, row.enterprise):
        raise NotFound
    with transaction():
        row = lock(row)
        if row.removed_at is None:
            row.removed_at = clock.now()
            audit.record("certificate.taken_back", row, by=by, organisation=row.enterprise)


def verify(
    *,
    row: CertificateClaim,
    revision: int,
    evidence_sha256: str,
    found: Found,
    by: Person,
) -> CertificateCheck:
    """Keep what was found in the issuer's register, bound to the evidence that was looked at.

    :raises Conflict: when the claim or its file is no longer what the page showed.
    """
    rules.check_term(found.valid_from, found.valid_until)
    url = rules.safe_link(found.register_url)
    with transaction():
        row = _seen(row, revision, evidence_sha256, by)
        check = _check(row, "verified", by)
        check.kind, check.number = found.kind, found.number
        check.level = level_of(found.kind, found.level)
        check.kvk_number = found.kvk_number
        check.valid_from, check.valid_until = found.valid_from, found.valid_until
        check.register_url = url
        _keep(check)
        label = certificate_label(check.kind, check.level)
        until = check.valid_until
        assert until is not None
        note_changed(row.enterprise)
        audit.record(
            "certificate.verified",
            check,
            by=by,
            organisation=row.enterprise,
            kind=found.kind,
            valid_until=str(until),
            sha256=evidence_sha256,
        )
        tell_members(
            row.enterprise,
            lambda to, name, org, url: mails.certificate_verified(to, name, org, label, until, url),
        )
        return check


def refuse(
    *, row: CertificateClaim, revision: int, evidence_sha256: str, reason: str, by: Person
) -> CertificateCheck:
    """Write down why a certificate could not be confirmed.

    :raises Conflict: when the claim or its file is no longer what the page showed.
    """
    if not reason.strip():
        raise Refused("Schrijf op waarom u dit keurmerk niet kunt bevestigen.", "reason")
    with transaction():
        row = _seen(row, revision, evidence_sha256, by)
        check = _check(row, "refused", by)
        check.kind, check.level, check.number = row.kind, row.level, row.number
        check.reason = reason
        _keep(check)
        label = certificate_label(row.kind, row.level)
        audit.record("certificate.refused", check, by=by, organisation=row.enterprise)
        tell_members(
            row.enterprise,
            lambda to, name, org, url: mails.certificate_refused(to, name, org, label, reason, url),
        )
        return check


def _seen(
    row: CertificateClaim, revision: int, evidence_sha256: str, by: Person
) -> CertificateClaim:
    """The claim, locked, when it is still what the member of staff had before him."""
    row = lock(row)
    if not permissions.may_check(by, row.enterprise) or row.removed_at is not None:
        raise NotFound
    if row.revision != revision or row.evidence.sha256 != evidence_sha256:
        raise Conflict(CHANGED, row)
    if queries.dossier(row).current is not None:
        raise Conflict("Een collega heeft dit keurmerk intussen al gecontroleerd.", row)
    return row


def _check(row: CertificateClaim, outcome: str, by: Person) -> CertificateCheck:
    region_id = row.enterprise.region_id
    if region_id is None:
        raise NotFound
    return CertificateCheck(
        claim_id=row.id,
        revision=row.revision,
        enterprise_id=row.enterprise_id,
        region_id=region_id,
        outcome=outcome,
        handed_in_on=row.handed_in_on,
        evidence_id=row.evidence_id,
        evidence_sha256=row.evidence.sha256,
        checked_at=clock.now(),
        checked_by_id=by.id,
    )


def _keep(check: CertificateCheck) -> None:
    try:
        db.session.add(check)
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("Een collega heeft dit keurmerk intussen al gecontroleerd.") from error


def end(
    *, check: CertificateCheck, kind: str, from_day: date | None, reason: str, by: Person
) -> None:
    """A verified certificate stopped counting: its issuer withdrew it, or the check was wrong.

    ``kind`` is ``issuer`` (from a day on) or ``mistake`` (it never counted).
    """
    enterprise = db.session.get_one(Organisation, check.enterprise_id)
    if not permissions.may_check(by, enterprise) or check.outcome != "verified":
        raise NotFound
    if kind not in ("issuer", "mistake"):
        raise Refused("Kies wat er aan de hand is.", "kind")
    if not reason.strip():
        raise Refused("Schrijf de reden op; de onderneming leest die.", "reason")
    assert check.valid_from is not None
    assert check.valid_until is not None
    day = check.valid_from if kind == "mistake" else from_day
    if day is None or not check.valid_from <= day <= check.valid_until:
        raise Refused("Kies een dag waarop het keurmerk gold.", "from_day")
    label = certificate_label(check.kind, check.level)
    try:
        with transaction():
            db.session.add(
                CertificateEnd(
                    check_id=check.id,
                    kind=kind,
                    from_day=day,
                    reason=reason,
                    recorded_at=clock.now(),
                    recorded_by_id=by.id,
                )
            )
            note_changed(enterprise)
            audit.record(
                "certificate.ended", check, by=by, organisation=enterprise, kind=kind, day=str(day)
            )
            tell_members(
                enterprise,
                lambda to, name, org, url: mails.certificate_ended(
                    to, name, org, label, day, reason, url
                ),
            )
    except IntegrityError as error:
        raise Conflict("Dit is al vastgelegd.") from error
