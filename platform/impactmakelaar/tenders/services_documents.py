"""Documents with a request: added and taken away until the invitation, afterwards only added.

What is added to a request that runs comes with a change (``services_running.change``), so that
all invited hear of it at once.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import IO

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import files
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.tenders import queries_documents, rules
from impactmakelaar.tenders.models import Tender, TenderDocument
from impactmakelaar.tenders.rules import Stage
from impactmakelaar.tenders.services_checks import must_see, record

Upload = tuple[IO[bytes], str]
"""The bytes of an upload and the name that it came with."""


def examined(uploads: Sequence[Upload]) -> list[tuple[Accepted, str]]:
    """The uploads after the examination.

    :raises Refused: on ``files``, naming the file that is not accepted.
    """
    found = []
    for stream, name in uploads:
        try:
            found.append((files.accept_document(stream), name))
        except Refused as refusal:
            raise Refused(f"{name[:80]}: {refusal.sentence}", "files") from refusal
    return found


def add_documents(*, row: Tender, uploads: Sequence[Upload], by: Person, now: datetime) -> None:
    """Put documents with a request that has not been sent yet."""
    must_see(by, row)
    accepted = examined(uploads)
    if not accepted:
        raise Refused("Kies een bestand.", "files")
    with transaction():
        row = lock(row)
        _check_open(row)
        attach(row, accepted, by, now)


def attach(
    row: Tender, accepted: Sequence[tuple[Accepted, str]], by: Person, now: datetime
) -> None:
    """Keep the files with the request; belongs inside a transaction that holds its lock.

    The same file under the same name is there once, also when a form is sent twice.
    """
    known = {(d.file.sha256, d.file.name) for d in queries_documents.documents(row)}
    fresh = {
        (sha256(one.data).hexdigest(), files.clean_name(name, one.extension)): (one, name)
        for one, name in accepted
    }
    fresh = {key: upload for key, upload in fresh.items() if key not in known}
    if len(known) + len(fresh) > rules.MAX_DOCUMENTS:
        raise Refused(f"Er passen hoogstens {rules.MAX_DOCUMENTS} documenten bij.", "files")
    for one, name in fresh.values():
        stored = files.keep(one, name=name, organisation_id=row.organisation_id, by_id=by.id)
        db.session.add(
            TenderDocument(tender_id=row.id, file_id=stored.id, added_at=now, added_by_id=by.id)
        )
        db.session.flush()
        record("tender.document_added", row, by, file=stored.public_id)


def remove_document(*, row: Tender, public_id: str, by: Person) -> None:
    """Take a document away again, before the invitation."""
    must_see(by, row)
    with transaction():
        row = lock(row)
        _check_open(row)
        found = queries_documents.document(row, public_id)
        if found is None:
            raise NotFound
        record("tender.document_removed", row, by, file=found.file.public_id)
        db.session.delete(found)


def copy_documents(row: Tender, fresh: Tender, by: Person, now: datetime) -> None:
    """The documents of an earlier request, with its copy; belongs inside a transaction."""
    for one in queries_documents.documents(row):
        db.session.add(
            TenderDocument(tender_id=fresh.id, file_id=one.file_id, added_at=now, added_by_id=by.id)
        )


def _check_open(row: Tender) -> None:
    if row.stage not in (Stage.DRAFT, Stage.SELECTED):
        raise Refused(
            "De aanvraag is al verstuurd. Voeg een document toe bij een wijziging: dan hoort "
            "iedereen het tegelijk."
        )
