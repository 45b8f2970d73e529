"""Verbs of a profile: save a part, publish, pause, withdraw, restore, reveal contacts."""

import copy
import secrets
from datetime import date, datetime, timedelta
from typing import IO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, changes, clock, files, limits, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused, TooMany
from impactmakelaar.core.files import StoredFile
from impactmakelaar.organisations import queries as organisations_queries
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.profiles import mails, permissions, queries, rules
from impactmakelaar.profiles.models import (
    ContactReveal,
    ProfileDraft,
    ProfileVersion,
    Publication,
)
from impactmakelaar.profiles.rules import Document

REVEALS_PER_DAY = 30
UPLOADS_PER_DAY = 60
MAX_KEPT_BYTES = 200 * 1024 * 1024
DAY = timedelta(days=1)
CHANGED = "Iemand anders heeft dit onderdeel intussen gewijzigd. Bekijk beide versies hieronder."


def start_draft(*, organisation: Organisation, by: Person | None) -> ProfileDraft:
    """The draft of an enterprise; an empty one with its name when there was none."""
    row = queries.draft(organisation)
    if row is not None:
        return row
    with transaction():
        organisation = lock(organisation)
        row = queries.draft(organisation)
        if row is not None:
            return row
        row = ProfileDraft(
            organisation_id=organisation.id,
            document=rules.complete({"trade_name": organisation.name}),
            revision=1,
            updated_at=clock.now(),
            updated_by_id=by.id if by else None,
        )
        db.session.add(row)
        return row


def save_section(
    *,
    organisation: Organisation,
    section: str,
    values: Document,
    seen: Document,
    by: Person,
    today: date,
) -> Document:
    """Save one part of the draft; ``seen`` holds that part as the writer had it before him.

    Another part may have changed meanwhile: both are kept. The same part changed: nothing is
    overwritten.

    :raises Conflict: ``current`` holds the part as it is now.
    :raises Refused: when the values cannot be true.
    """
    if not permissions.may_draft(by, organisation):
        raise NotFound
    rules.check_section(section, values, today)
    start_draft(organisation=organisation, by=by)
    with transaction():
        row = lock(db.session.get_one(ProfileDraft, organisation.id))
        document = rules.complete(row.document)
        keys = rules.SECTIONS[section][1]
        current = {key: document[key] for key in keys}
        before = {key: seen.get(key, current[key]) for key in keys}
        if current != before and any(current[k] != values.get(k, current[k]) for k in keys):
            raise Conflict(CHANGED, current)
        rules.check_new_rows(values, document)
        changed = [key for key in values if document[key] != values[key]]
        if changed:
            document.update(copy.deepcopy(values))
            row.document = document
            row.revision += 1
            row.updated_at = clock.now()
            row.updated_by_id = by.id
            audit.record(
                "profile.saved", organisation, by=by, organisation=organisation, parts=changed
            )
        return document


def new_activity_id() -> str:
    """An id that stays with an activity through its versions."""
    return secrets.token_hex(4)


def publish(*, organisation: Organisation, by: Person) -> ProfileVersion:
    """Make the draft public as a new, immutable version."""
    if not permissions.may_publish(by, organisation):
        raise NotFound
    start_draft(organisation=organisation, by=by)
    with transaction():
        draft = lock(db.session.get_one(ProfileDraft, organisation.id))
        document = rules.complete(draft.document)
        rules.check_publishable(document)
        return _publish(organisation, document, by)


def publish_lead(*, organisation: Organisation, by: Person) -> ProfileVersion:
    """Staff publish what is known of an approved enterprise that has no people here yet."""
    if not permissions.may_staff_see(by, organisation) or organisation.kvk_approved_at is None:
        raise NotFound
    with transaction():
        draft = queries.draft(organisation)
        if draft is None:
            raise Refused("Van deze onderneming is nog geen profiel bekend.")
        return _publish(organisation, rules.complete(draft.document), by)


def _publish(organisation: Organisation, document: Document, by: Person) -> ProfileVersion:
    organisation = lock(organisation)
    if organisation.ended_on is not None:
        raise NotFound
    current = queries.publication(organisation)
    digest = rules.digest(document)
    if current is not None and current.version.sha256 == digest:
        if current.withdrawn_at is None:
            return current.version
        version = current.version
    else:
        version = ProfileVersion(
            organisation_id=organisation.id,
            number=queries.newest_number(organisation) + 1,
            document=document,
            sha256=digest,
            published_at=clock.now(),
            published_by_id=by.id,
        )
        db.session.add(version)
        db.session.flush()
    if current is None:
        db.session.add(Publication(organisation_id=organisation.id, version_id=version.id))
    else:
        current.version_id = version.id
        current.withdrawn_at = None
    organisation.name = document["trade_name"] or organisation.name
    changes.note(changes.ENTERPRISE, organisation.id)
    audit.record(
        "profile.published", organisation, by=by, organisation=organisation, number=version.number
    )
    return version


def set_paused(*, organisation: Organisation, paused: bool, by: Person) -> None:
    """Pause: nobody finds the enterprise until it resumes. Doing it twice is the same as once."""
    if not permissions.may_publish(by, organisation):
        raise NotFound
    with transaction():
        row = _public_row(organisation)
        if row.withdrawn_at is None and (row.paused_at is not None) != paused:
            row.paused_at = clock.now() if paused else None
            changes.note(changes.ENTERPRISE, organisation.id)
            action = "profile.paused" if paused else "profile.resumed"
            audit.record(action, organisation, by=by, organisation=organisation)


def withdraw(*, organisation: Organisation, by: Person) -> None:
    """Take the profile out of the register; its versions stay, to account for choices made."""
    if not permissions.may_publish(by, organisation):
        raise NotFound
    with transaction():
        row = _public_row(organisation)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.paused_at = clock.now(), None
            changes.note(changes.ENTERPRISE, organisation.id)
            audit.record("profile.withdrawn", organisation, by=by, organisation=organisation)


def _public_row(organisation: Organisation) -> Publication:
    row = queries.publication(organisation)
    if row is None:
        raise Refused("Dit profiel is nog niet gepubliceerd.")
    return lock(row)


def restore(
    *, organisation: Organisation, number: int, by: Person, revision: int | None = None
) -> None:
    """Put an older version back as the draft; the public version stays what it is.

    ``revision`` is the draft that the reader knew of: he decided to replace that one.

    :raises Conflict: when a colleague saved something since.
    """
    if not permissions.may_draft(by, organisation):
        raise NotFound
    version = queries.version(organisation, number)
    if version is None:
        raise NotFound
    start_draft(organisation=organisation, by=by)
    with transaction():
        row = lock(db.session.get_one(ProfileDraft, organisation.id))
        if revision is not None and revision != row.revision:
            raise Conflict(
                "Een collega heeft het concept intussen gewijzigd. Er is niets teruggezet. "
                "Bekijk eerst het concept."
            )
        row.document = rules.complete(version.document)
        row.revision += 1
        row.updated_at, row.updated_by_id = clock.now(), by.id
        audit.record(
            "profile.restored", organisation, by=by, organisation=organisation, number=number
        )


def confirm_capacity(
    *, organisation: Organisation, capacities: dict[str, str], by: Person, today: date
) -> None:
    """Say for activities how much room there is now: at once, in draft and public version alike.

    Capacity is a fact of the day that buyers rely on, so it does not wait for other edits.
    """
    if not permissions.may_draft(by, organisation):
        raise NotFound
    start_draft(organisation=organisation, by=by)
    with transaction():
        row = lock(db.session.get_one(ProfileDraft, organisation.id))
        row.document = _with_capacity(row.document, capacities, today)
        row.revision += 1
        row.updated_at, row.updated_by_id = clock.now(), by.id
        public = queries.publication(organisation)
        if public is not None and public.withdrawn_at is None:
            if not permissions.may_publish(by, organisation):
                raise NotFound
            _publish(organisation, _with_capacity(public.version.document, capacities, today), by)
        audit.record("profile.capacity_confirmed", organisation, by=by, organisation=organisation)


def _with_capacity(document: Document, capacities: dict[str, str], today: date) -> Document:
    whole = rules.complete(document)
    for activity in whole["activities"]:
        chosen = capacities.get(activity["id"])
        if chosen in rules.CAPACITIES:
            activity["capacity"] = chosen
            activity["capacity_confirmed_on"] = today.isoformat()
    return whole


def keep_file(
    *, organisation: Organisation, kind: str, stream: IO[bytes], name: str, by: Person
) -> StoredFile:
    """Examine and keep an upload: ``kind`` is ``logo`` or ``evidence``.

    :raises Refused: with a Dutch reason, when the content is not what it should be, or when the
        enterprise has no room left.
    :raises TooMany: after 60 files of one person in a day, refused ones included.
    """
    if not permissions.may_draft(by, organisation):
        raise NotFound
    _take_upload(organisation, by)
    accept = files.accept_image if kind == "logo" else files.accept_evidence
    accepted = accept(stream)
    with transaction():
        row = files.keep(accepted, name=name, organisation_id=organisation.id, by_id=by.id)
        audit.record("file.uploaded", row, by=by, organisation=organisation)
        return row


def _take_upload(organisation: Organisation, by: Person) -> None:
    """Count this try; the disk is everybody's, and looking into a file costs time."""
    if queries.bytes_kept(organisation) >= MAX_KEPT_BYTES:
        raise Refused(
            "Uw onderneming heeft al 200 MB aan bestanden bewaard. Meer past er niet bij. "
            "Vraag de makelaar van uw regio om hulp."
        )
    limits.take("upload", str(by.id), at_most=UPLOADS_PER_DAY, window=DAY, now=clock.now())


def reveal_contacts(
    *, organisation: Organisation, by: Person, acting_for: Organisation | None
) -> list[Document]:
    """The contact persons of a listed enterprise; who asked is written down and shown to it.

    The same person asking for the same enterprise again within a day counts once.

    :raises TooMany: after 30 enterprises in a day.
    """
    document = queries.published_document(organisation)
    if document is None or organisation.kvk_approved_at is None or organisation.ended_on:
        raise NotFound
    now = clock.now()
    with transaction():
        lock(by)
        if queries.revealed_since(organisation, by.id, now - DAY):
            return rules.public_contacts(document)
        if limits.count("reveal", str(by.id), now=now, window=DAY) >= REVEALS_PER_DAY:
            raise TooMany(
                f"U hebt vandaag de contactgegevens van {REVEALS_PER_DAY} ondernemingen bekeken. "
                "Morgen kunt u verder.",
                retry_after=int(DAY.total_seconds()),
            )
        limits.note("reveal", str(by.id), now=now)
        db.session.add(
            ContactReveal(
                enterprise_id=organisation.id,
                person_id=by.id,
                organisation_id=acting_for.id if acting_for else None,
                at=now,
            )
        )
        audit.record("contact.revealed", organisation, by=by, organisation=organisation)
    return rules.public_contacts(document)


def own_data(*, organisation: Organisation, by: Person) -> Document:
    """Everything the platform holds of an enterprise, for taking along."""
    if not permissions.may_draft(by, organisation):
        raise NotFound
    with transaction():
        audit.record("profile.exported", organisation, by=by, organisation=organisation)
    draft = queries.draft(organisation)
    return {
        "name": organisation.name,
        "kvk_number": organisation.kvk_number,
        "people": [
            {"name": member.person.name, "email": member.person.email, "role": member.role}
            for member in organisations_queries.members(organisation)
        ],
        "draft": draft.document if draft else None,
        "versions": [
            {
                "number": version.number,
                "published_at": version.published_at.isoformat(),
                "sha256": version.sha256,
                "document": version.document,
            }
            for version in queries.versions(organisation)
        ],
        "contact_details_seen_by": [
            {"person": person, "organisation": name, "at": str(at)}
            for person, name, at in queries.reveals(organisation, limit=10_000)
        ],
    }


def carry_draft(newcomer: Organisation, known: Organisation) -> None:
    """What an applicant wrote while waiting goes along when his record goes on in a known one.

    Where people already act for the known enterprise, their draft stays as it is.
    """
    written = queries.draft(newcomer)
    if written is None or organisations_queries.members(known):
        return
    with transaction():
        row = queries.draft(known)
        if row is None:
            row = ProfileDraft(organisation_id=known.id, revision=0, document={})
            db.session.add(row)
        row.document = rules.filled_in(row.document, written.document)
        row.revision += 1
        row.updated_at, row.updated_by_id = clock.now(), written.updated_by_id


def remind_of_capacity(now: datetime) -> int:
    """Write to those whose capacity was confirmed too long ago; returns how many enterprises."""
    today = clock.local(now).date()
    due = [
        row.organisation_id
        for row in queries.public_not_reminded(today, rules.REMIND_EVERY)
        if rules.reminder_due(row.version.document, row.capacity_reminded_on, today)
    ]
    return sum(_remind(organisation_id, today) for organisation_id in due)


def _remind(organisation_id: int, today: date) -> int:
    with transaction():
        row = lock(db.session.get_one(Publication, organisation_id))
        document = row.version.document
        if not rules.reminder_due(document, row.capacity_reminded_on, today):
            return 0
        members = organisations_queries.members(row.organisation)
        row.capacity_reminded_on = today
        titles = [a["title"] for a in document["activities"] if rules.capacity_stale(a, today)]
        url = links.address("profiles.overview", public_id=row.organisation.public_id)
        for member in members:
            mail.post(
                mails.capacity_reminder(
                    member.person.email, member.person.name, row.organisation.name, titles, url
                ),
                person=member.person,
            )
        return 1 if members else 0


def add_lead(
    *,
    region: Organisation,
    source: str,
    source_id: str,
    kvk_number: str | None,
    name: str,
    document: Document,
    by: Person | None,
    is_example: bool = False,
) -> tuple[Organisation, bool]:
    """An enterprise known from a list only; (record, whether it is new).

    The same KVK number, or the same source and source id, is the same lead: its draft is renewed
    as long as nobody acts for it or approved it.
    """
    try:
        with transaction():
            row = _known_lead(region, source, source_id, kvk_number)
            new = row is None
            if row is None:
                row = Organisation(
                    kind="enterprise",
                    name=name,
                    kvk_number=kvk_number,
                    region_id=region.id,
                    source=source,
                    source_id=source_id,
                    created_at=clock.now(),
                    is_example=is_example,
                )
                db.session.add(row)
                db.session.flush()
            elif row.kvk_approved_at is not None:
                return row, False
            draft = queries.draft(row)
            if draft is None:
                draft = ProfileDraft(organisation_id=row.id, revision=0, document={})
                db.session.add(draft)
            draft.document = rules.complete(document)
            draft.revision += 1
            draft.updated_at = clock.now()
            draft.updated_by_id = by.id if by else None
            return row, new
    except IntegrityError as error:
        raise Refused("Deze onderneming wordt op dit moment al toegevoegd.") from error


def _known_lead(
    region: Organisation, source: str, source_id: str, kvk_number: str | None
) -> Organisation | None:
    query = select(Organisation).where(
        Organisation.kind == "enterprise", Organisation.ended_on.is_(None)
    )
    if kvk_number:
        same = query.where(
            Organisation.kvk_number == kvk_number, Organisation.region_id == region.id
        )
        found = db.session.scalars(same.order_by(Organisation.kvk_approved_at.desc())).first()
        if found is not None and (found.source or found.kvk_approved_at):
            return found
    found = db.session.scalars(
        query.where(Organisation.source == source, Organisation.source_id == source_id)
    ).first()
    if found is not None and found.region_id != region.id:
        raise Refused(
            "Een andere lijst heeft deze bron en dit bronnummer al. Geef de bron een eigen naam."
        )
    return found
