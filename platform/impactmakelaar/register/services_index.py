"""The text index follows the database: brought up to date, made anew, compared."""

from collections.abc import Callable
from datetime import date, datetime

from impactmakelaar.core import changes, clock
from impactmakelaar.core.reference import reference
from impactmakelaar.core.search import IndexUnavailable, stamp, terms_of
from impactmakelaar.register import queries, search

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
