"""Reads of proposals."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.proposals.rules import OUTCOME_LABELS, TARGET_LABELS, Outcome, Target


def _rows(query: Select[Proposal]) -> list[Proposal]:
    wanted = (joinedload(Proposal.by), joinedload(Proposal.organisation))
    return list(db.session.scalars(query.options(*wanted)))


def by_public_id(public_id: str, target: Target) -> Proposal | None:
    """A proposal for this part of the platform."""
    return db.session.scalars(
        select(Proposal).where(Proposal.public_id == public_id, Proposal.target == target)
    ).first()


def waiting(region: Organisation, *targets: Target) -> list[Proposal]:
    """What waits in a region, oldest first; of every target when none is named."""
    query = select(Proposal).where(
        Proposal.region_id == region.id, Proposal.outcome == Outcome.WAITING
    )
    if targets:
        query = query.where(Proposal.target.in_(targets))
    return _rows(query.order_by(Proposal.id))


def waiting_for(organisation: Organisation, target: Target) -> list[Proposal]:
    """What waits for the people of one organisation, oldest first."""
    return _rows(
        select(Proposal)
        .where(
            Proposal.organisation_id == organisation.id,
            Proposal.target == target,
            Proposal.outcome == Outcome.WAITING,
        )
        .order_by(Proposal.id)
    )


def accepted(region: Organisation, target: Target) -> list[Proposal]:
    """What was taken over, newest first."""
    return _rows(
        select(Proposal)
        .where(
            Proposal.region_id == region.id,
            Proposal.target == target,
            Proposal.outcome == Outcome.ACCEPTED,
        )
        .order_by(Proposal.decided_at.desc(), Proposal.id.desc())
    )


def waiting_of(source: str) -> Proposal | None:
    """The proposal of this source that still waits."""
    return db.session.scalars(
        select(Proposal).where(Proposal.source == source, Proposal.outcome == Outcome.WAITING)
    ).first()


def of_sources(sources: Sequence[str]) -> list[Proposal]:
    """Everything that came from these sources, newest first."""
    return _rows(select(Proposal).where(Proposal.source.in_(sources)).order_by(Proposal.id.desc()))


def of_person(person: Person) -> list[dict[str, Any]]:
    """What somebody proposed, for him to take along."""
    rows = db.session.scalars(
        select(Proposal).where(Proposal.by_id == person.id).order_by(Proposal.id)
    )
    return [
        {
            "voor": TARGET_LABELS[Target(row.target)],
            "titel": row.title,
            "regels": row.lines,
            "op": row.at.isoformat(),
            "afloop": OUTCOME_LABELS[Outcome(row.outcome)],
        }
        for row in rows
    ]
