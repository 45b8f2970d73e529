"""Reads about who was invited, and an enterprise's own turns."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import Membership, Organisation
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import rules
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import (
    TenderInvitation,
)


def invitations(row: Tender) -> list[TenderInvitation]:
    """Who was invited, in the order in which it happened."""
    return list(
        db.session.scalars(
            select(TenderInvitation)
            .where(TenderInvitation.tender_id == row.id)
            .order_by(TenderInvitation.id)
        )
    )


def invitation(public_id: str) -> TenderInvitation | None:
    """One invitation with its request."""
    return db.session.scalars(
        select(TenderInvitation)
        .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
        .where(TenderInvitation.public_id == public_id)
    ).first()


def invitation_by_token(token_hash: str) -> TenderInvitation | None:
    """The invitation behind a mailed link."""
    return db.session.scalars(
        select(TenderInvitation)
        .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
        .where(TenderInvitation.token_hash == token_hash)
    ).first()


def invitations_of(enterprise: Organisation) -> list[TenderInvitation]:
    """What an enterprise was asked: by itself or by its KVK number, the newest first."""
    own = TenderInvitation.enterprise_id == enterprise.id
    if enterprise.kvk_number and enterprise.kvk_approved_at is not None:
        own = or_(
            own,
            (TenderInvitation.enterprise_id.is_(None))
            & (TenderInvitation.kvk_number == enterprise.kvk_number),
        )
    return list(
        db.session.scalars(
            select(TenderInvitation)
            .options(joinedload(TenderInvitation.tender).joinedload(Tender.organisation))
            .where(own)
            .order_by(TenderInvitation.invited_at.desc(), TenderInvitation.id.desc())
        )
    )


def members_of(enterprise_ids: Sequence[int]) -> dict[int, list[Person]]:
    """Enterprise id -> who acts for it, for the letters."""
    rows = db.session.execute(
        select(Membership.organisation_id, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.organisation_id.in_(enterprise_ids),
            Membership.role == Role.ENTREPRENEUR,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
            Person.disabled_at.is_(None),
        )
        .order_by(Person.id)
    )
    found: dict[int, list[Person]] = {}
    for organisation_id, person in rows:
        found.setdefault(organisation_id, []).append(person)
    return found


def turn_of(enterprise: Organisation) -> list[tuple[str, str, date]]:
    """(organisation, CPV group, last invited on) of an enterprise: its place in the rotations."""
    group = func.substr(Tender.cpv, 1, 3)
    rows = db.session.execute(
        select(Organisation.name, group, func.max(TenderInvitation.invited_at))
        .join(Tender, Tender.organisation_id == Organisation.id)
        .join(TenderInvitation, TenderInvitation.tender_id == Tender.id)
        .where(
            TenderInvitation.enterprise_id == enterprise.id,
            Tender.kind == rules.Kind.REQUEST,
        )
        .group_by(Organisation.name, group)
        .order_by(Organisation.name, group)
    )
    return [(name, code, clock.local(at).date()) for name, code, at in rows]


def contractor_of(invitation: TenderInvitation) -> Organisation | None:
    """The firm as a party to a contract: as a contractor when it is one, else the enterprise."""
    known = db.session.scalars(
        select(Organisation).where(
            Organisation.kvk_number == invitation.kvk_number,
            Organisation.kvk_approved_at.is_not(None),
            Organisation.ended_on.is_(None),
            Organisation.kind.in_((Kind.CONTRACTOR, Kind.ENTERPRISE)),
        )
    ).all()
    return min(known, key=lambda one: (one.kind != Kind.CONTRACTOR, one.id), default=None)
