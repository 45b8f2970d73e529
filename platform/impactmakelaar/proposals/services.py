"""Verbs of the waiting room: keep a proposal, and end it.

Who may propose and who may decide is known by the features on both sides; they ask before they
call these, inside a transaction of their own.
"""

from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.proposals import permissions, queries
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import MAX_RESULT, Outcome, Target, check_waiting

REPLACED = "Vervangen door een nieuwer voorstel."


class About(TypedDict):
    """Where a proposal goes and comes from; see ``models.Proposal``."""

    region: Organisation
    organisation: Organisation
    title: str
    source: str
    origin: str
    by: Person


def keep(
    *, target: Target, lines: Sequence[str], value: dict[str, Any], **about: Unpack[About]
) -> Proposal:
    """Let something wait. The same again gives the one that waits; another text replaces it."""
    organisation, source, by = about["organisation"], about["source"], about["by"]
    with transaction():
        lock(organisation)
        old = queries.waiting_of(source)
        if old is not None:
            if old.value == value and old.target == target:
                return old
            old.outcome, old.decided_at, old.result = Outcome.REPLACED, clock.now(), REPLACED
            db.session.flush()
        row = Proposal(
            region_id=about["region"].id,
            organisation_id=organisation.id,
            target=target,
            title=about["title"][:300],
            lines=list(lines),
            value=value,
            source=source,
            origin=about["origin"][:200],
            by_id=by.id,
            at=clock.now(),
        )
        db.session.add(row)
        audit.record("proposal.made", row, by=by, organisation=organisation, target=target)
        return row


def settle(*, row: Proposal, accepted: bool, by: Person, result: str) -> Proposal:
    """End a proposal; ``result`` says what came of it, for whoever offered it.

    :raises Conflict: when somebody decided already.
    """
    with transaction():
        row = lock(row)
        check_waiting(row.outcome)
        row.decided_by_id, row.decided_at = by.id, clock.now()
        row.outcome = Outcome.ACCEPTED if accepted else Outcome.DECLINED
        row.result = result[:MAX_RESULT]
        audit.record(
            "proposal.decided", row, by=by, organisation=row.organisation, outcome=row.outcome
        )
        return row


def leave(*, row: Proposal, by: Person) -> Proposal:
    """Say no: nothing is taken over."""
    return settle(row=row, accepted=False, by=by, result="Niet overgenomen.")


def note_progress(*, row: Proposal, accepted: bool, by: Person) -> Proposal:
    """Keep a choice about seeing impact, with its days, for a later progress report; or not."""
    if not permissions.may_note_progress(by, row):
        raise NotFound
    if not accepted:
        return leave(row=row, by=by)
    result = "Bewaard voor de voortgangsrapportage."
    return settle(row=row, accepted=True, by=by, result=result)
