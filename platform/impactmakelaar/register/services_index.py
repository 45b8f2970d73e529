"""The text index follows the database, and how often an enterprise was found is counted."""

import json
import logging
import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from impactmakelaar.core import changes, clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.reference import reference
from impactmakelaar.core.search import IndexUnavailable, stamp, terms_of
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.register import queries, search
from impactmakelaar.register.models import (
    FoundCount,
)

log = logging.getLogger(__name__)

INDEX_BATCH = 500


def update_index(now: datetime) -> int:
    """Bring the text index up to the newest change; make it anew when it is not usable."""
    index = queries.text_index()
    newest = changes.last(changes.ENTERPRISE)
    applied = index.applied()
    if applied == newest and _same_database(applied):
        return 0
    today = clock.local(now).date()
    if applied < 0 or applied > newest or not _same_database(applied):
        rebuild_index(today)
        return 1
    found = changes.since(changes.ENTERPRISE, applied, limit=INDEX_BATCH)
    ids = sorted({object_id for _, object_id in found})
    rows = list(queries.indexed(today, ids))
    facts = reference()
    try:
        index.apply(
            [search.document_of(row, facts) for row in rows],
            set(ids) - {row.id for row in rows},
            (last := found[-1][0] if found else newest),
            changes.mark(changes.ENTERPRISE, last) or "",
        )
    except IndexUnavailable:
        rebuild_index(today)
    return len(ids)


def _same_database(applied: int) -> bool:
    """Whether change ``applied`` of the index is the one that this database knows."""
    known = changes.mark(changes.ENTERPRISE, applied)
    return known is None or known == queries.text_index().mark()


def rebuild_index(today: date, progress: Callable[[int], None] = lambda _count: None) -> int:
    """Make the text index anew from the database; the old one answers meanwhile."""
    newest = changes.last(changes.ENTERPRISE)
    facts = reference()
    documents = (search.document_of(row, facts) for row in queries.indexed(today))
    mark = changes.mark(changes.ENTERPRISE, newest) or ""
    return queries.text_index().rebuild(documents, newest, progress, mark)


def check_index(today: date) -> list[str]:
    """Every difference between the text index and the database, one sentence each."""
    try:
        kept = queries.text_index().terms_by_id()
    except IndexUnavailable as error:
        return [f"the index cannot be used: {error}"]
    facts = reference()
    wrong = []
    seen = set()
    for row in queries.indexed(today):
        seen.add(row.id)
        terms, _ = terms_of(search.document_of(row, facts))
        if row.id not in kept:
            wrong.append(f"{row.public_id} is published and not in the index")
        elif kept[row.id] != stamp(terms):
            wrong.append(f"{row.public_id} has another text in the index")
    wrong += [f"object {i} is in the index and not published" for i in sorted(set(kept) - seen)]
    return wrong


def note_found(ids: list[int], today: date) -> None:
    """Write down who stood on a page of results: one line in a file, for GET changes no table."""
    if not ids:
        return
    line = f"[{','.join(map(str, ids))}]\n"
    path = Path(current_app.instance_path) / "found" / f"{today.isoformat()}.log"
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Straight to the system: this happens at every page of results.
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)
    except OSError:
        # A count is worth less than the page: with a full disk the search goes on.
        log.warning("found count not kept")


def fold_found(now: datetime) -> int:
    """Add the lines of finished minutes to the table; a line counts once or is lost, never twice.

    The file is moved aside before it is read, so that writers start a new one.
    """
    folder = Path(current_app.instance_path) / "found"
    minute = clock.local(now).strftime("%Y%m%d%H%M")
    count = 0
    for path in sorted(folder.glob("????-??-??.log")) if folder.exists() else []:
        aside = path.with_suffix(f".{minute}")
        if aside.exists():
            continue
        path.rename(aside)
        day = date.fromisoformat(path.stem)
        totals: Counter[int] = Counter()
        for line in aside.read_text().splitlines():
            if line.startswith("[") and line.endswith("]"):
                totals.update(json.loads(line))
        aside.unlink()
        count += _add_counts(totals, day)
    return count


def _add_counts(totals: Counter[int], day: date) -> int:
    if not totals:
        return 0
    with transaction():
        known = set(
            db.session.scalars(select(Organisation.id).where(Organisation.id.in_(list(totals))))
        )
        for enterprise_id in sorted(known):
            row = db.session.get(FoundCount, (enterprise_id, day), with_for_update=True)
            if row is None:
                db.session.add(
                    FoundCount(enterprise_id=enterprise_id, day=day, times=totals[enterprise_id])
                )
            else:
                row.times += totals[enterprise_id]
    return len(known)
