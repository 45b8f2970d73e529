"""Enterprises that colleagues know: kept until staff take them in as leads."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import lock, transaction
from impactmakelaar.core.errors import NotFound
from impactmakelaar.organisations.permissions import is_staff_of
from impactmakelaar.profiles.services_import import Result, import_enterprises
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import Target, check_waiting

COLUMNS = ("naam", "plaats", "omschrijving", "email")


def propose_leads(
    *,
    rows: Sequence[Mapping[str, str]],
    **about: Unpack[proposals.About],
) -> Proposal:
    """Propose enterprises to invite. ``value`` is ``{"rows": [...]}``; a row has ``COLUMNS``."""
    kept = [{key: row.get(key, "") for key in COLUMNS} for row in rows]
    return proposals.keep(
        target=Target.LEADS,
        lines=[", ".join(filter(None, (row[key] for key in COLUMNS))) for row in kept],
        value={"rows": kept},
        **about,
    )


def dry_run(row: Proposal) -> Result:
    """The proposed enterprises as the import would read them; nothing is stored."""
    return _import(row, by=None, for_real=False)


def _import(row: Proposal, *, by: Person | None, for_real: bool) -> Result:
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for line in row.value["rows"]:
        writer.writerow([line[key] for key in COLUMNS])
    return import_enterprises(
        data=stream.getvalue().encode(),
        name="voorstel.csv",
        source=row.source[:80],
        region=row.region,
        by=by,
        for_real=for_real,
    )


def take_leads(*, row: Proposal, by: Person) -> int:
    """Make leads of them: staff see them, nobody else does. Gives how many can be invited.

    :raises Refused: when it was decided already, or no line can be read.
    """
    if not is_staff_of(by, row.region):
        raise NotFound
    with transaction():
        check_waiting(lock(row).outcome)
        count = _import(row, by=by, for_real=True).ready
        what = "1 onderneming staat" if count == 1 else f"{count} ondernemingen staan"
        result = f"{what} klaar om uit te nodigen voor het register."
        proposals.settle(row=row, accepted=True, by=by, result=result)
        return count


def leave(*, row: Proposal, by: Person) -> None:
    """Take in nothing."""
    if not is_staff_of(by, row.region):
        raise NotFound
    proposals.leave(row=row, by=by)
