"""How often an enterprise was found: noted in a file by the page, added to the table later."""

import json
import logging
import os
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select

from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.register.models import (
    FoundCount,
)

log = logging.getLogger(__name__)


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
