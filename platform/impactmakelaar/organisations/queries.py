"""Reads about organisations and memberships."""

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from impactmakelaar.accounts.identity import Acting
from impactmakelaar.accounts.models import Person
from impactmakelaar.core import mail
from impactmakelaar.core.db import db
from impactmakelaar.organisations.models import (
    Invitation,
    Membership,
    Organisation,
    RegionMunicipality,
    Succession,
)
from impactmakelaar.organisations.rules import Kind, comparable_name, needs_second_factor


def active_memberships(person: Person) -> list[Membership]:
    """What somebody may act for now: approved and not ended, in a fixed order."""
    query = (
        select(Membership)
        .join(Membership.organisation)
        .options(contains_eager(Membership.organisation))
        .where(
            Membership.person_id == person.id,
            Membership.approved_at.is_not(None),
            Membership.ended_at.is_(None),
            Organisation.ended_on.is_(None),
        )
        .order_by(Organisation.name, Membership.id)
    )
    return list(db.session.scalars(query))


def acting(person: Person, wanted_id: int | None) -> Acting:
    """For whom somebody acts: the organisation chosen earlier if still allowed, else the first."""
    memberships = active_memberships(person)
    if not memberships:
        return Acting()
    organisations = {m.organisation_id: m.organisation for m in memberships}
    chosen = wanted_id if wanted_id in organisations else next(iter(organisations))
    return Acting(
        organisation=organisations[chosen],
        roles=frozenset(m.role for m in memberships if m.organisation_id == chosen),
        others=len(organisations) - 1,
        second_factor=needs_second_factor(frozenset(m.role for m in memberships)),
    )


def home_region() -> Organisation | None:
    """The region of this site: the first one, until an installation names another."""
    query = select(Organisation).where(Organisation.kind == Kind.REGION).order_by(Organisation.id)
    return db.session.scalars(query.limit(1)).first()


def by_public_id(public_id: str) -> Organisation | None:
    """One organisation."""
    return db.session.scalars(
        select(Organisation).where(Organisation.public_id == public_id)
    ).first()


def waiting_membership(person: Person, organisation: Organisation) -> Membership | None:
    """The question of somebody to act for an organisation, when it has not been answered."""
    return db.session.scalars(
        select(Membership).where(
            Membership.person_id == person.id,
            Membership.organisation_id == organisation.id,
            Membership.approved_at.is_(None),
            Membership.refused_at.is_(None),
            Membership.ended_at.is_(None),
        )
    ).first()


def waiting_of(person: Person) -> list[Membership]:
    """What somebody asked and has no answer to yet."""
    return list(
        db.session.scalars(
            select(Membership)
            .options(joinedload(Membership.organisation))
            .where(
                Membership.person_id == person.id,
                Membership.approved_at.is_(None),
                Membership.refused_at.is_(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Membership.id)
        )
    )


def waiting_in_region(region: Organisation) -> list[Membership]:
    """Questions to act for an enterprise or contractor that staff must answer, oldest first."""
    return list(
        db.session.scalars(
            select(Membership)
            .join(Membership.organisation)
            .options(joinedload(Membership.person), contains_eager(Membership.organisation))
            .where(
                Organisation.region_id == region.id,
                Organisation.ended_on.is_(None),
                Membership.approved_at.is_(None),
                Membership.refused_at.is_(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Membership.asked_at)
        )
    )


def membership(public_id: str) -> Membership | None:
    """One membership."""
    return db.session.scalars(select(Membership).where(Membership.public_id == public_id)).first()


def members(organisation: Organisation) -> list[Membership]:
    """Who acts for an organisation today."""
    return list(
        db.session.scalars(
            select(Membership)
            .options(joinedload(Membership.person))
            .where(
                Membership.organisation_id == organisation.id,
                Membership.approved_at.is_not(None),
                Membership.ended_at.is_(None),
            )
            .order_by(Membership.id)
        )
    )


def open_invitations(organisation: Organisation) -> list[Invitation]:
    """Invitations that can still be accepted or withdrawn."""
    return list(
        db.session.scalars(
            select(Invitation)
            .where(
                Invitation.organisation_id == organisation.id,
                Invitation.accepted_at.is_(None),
                Invitation.withdrawn_at.is_(None),
            )
            .order_by(Invitation.id.desc())
        )
    )


def invitation(public_id: str) -> Invitation | None:
    """One invitation, for who may withdraw it."""
    return db.session.scalars(select(Invitation).where(Invitation.public_id == public_id)).first()


def similar_enterprises(organisation: Organisation) -> list[Organisation]:
    """Other records in the region with the same KVK number or nearly the same name."""
    name = comparable_name(organisation.name)
    rows = db.session.scalars(
        select(Organisation).where(
            Organisation.kind == Kind.ENTERPRISE,
            Organisation.region_id == organisation.region_id,
            Organisation.id != organisation.id,
            Organisation.ended_on.is_(None),
        )
    )
    return [
        row
        for row in rows
        if (row.kvk_number and row.kvk_number == organisation.kvk_number)
        or comparable_name(row.name) == name
    ]


def known_enterprises(region: Organisation) -> list[Organisation]:
    """Every enterprise and lead of the region that has not ended, for comparing with a list."""
    return list(
        db.session.scalars(
            select(Organisation)
            .where(
                Organisation.kind == Kind.ENTERPRISE,
                Organisation.region_id == region.id,
                Organisation.ended_on.is_(None),
            )
            .order_by(Organisation.id)
        )
    )


def approved_by_kvk(region: Organisation, kvk_number: str) -> Organisation | None:
    """The approved enterprise of the region that has this KVK number."""
    return db.session.scalars(
        select(Organisation).where(
            Organisation.kind == Kind.ENTERPRISE,
            Organisation.region_id == region.id,
            Organisation.kvk_number == kvk_number,
            Organisation.kvk_approved_at.is_not(None),
            Organisation.ended_on.is_(None),
        )
    ).first()


def organisations_of_region(
    region: Organisation, kind: str = "", text: str = "", page: int = 1, size: int = 50
) -> tuple[list[Organisation], int]:
    """A page of the region's organisations and how many there are in all."""
    conditions = [Organisation.region_id == region.id]
    if kind:
        conditions.append(Organisation.kind == kind)
    if text:
        like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(
            Organisation.name.ilike(like, escape="\\") | (Organisation.kvk_number == text)
        )
    total = db.session.scalar(select(func.count(Organisation.id)).where(*conditions)) or 0
    rows = db.session.scalars(
        select(Organisation)
        .where(*conditions)
        .order_by(Organisation.name, Organisation.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def region_municipalities(region: Organisation) -> list[RegionMunicipality]:
    """The municipalities that take or took part in a region."""
    return list(
        db.session.scalars(
            select(RegionMunicipality)
            .where(RegionMunicipality.region_id == region.id)
            .order_by(RegionMunicipality.municipality_code)
        )
    )


def successor(organisation: Organisation) -> Organisation | None:
    """The enterprise in which this one goes on."""
    return db.session.scalars(
        select(Organisation)
        .join(Succession, Succession.successor_id == Organisation.id)
        .where(Succession.predecessor_id == organisation.id)
    ).first()


def lineage(organisation: Organisation) -> list[Organisation]:
    """All enterprises that went on in this one, directly or through others; nearest first."""
    found: list[Organisation] = []
    waiting = predecessors(organisation)
    while waiting:
        one = waiting.pop(0)
        if one.id not in {known.id for known in found}:
            found.append(one)
            waiting += predecessors(one)
    return found


def predecessors(organisation: Organisation) -> list[Organisation]:
    """The enterprises that went on in this one."""
    return list(
        db.session.scalars(
            select(Organisation)
            .join(Succession, Succession.predecessor_id == Organisation.id)
            .where(Succession.successor_id == organisation.id)
        )
    )


def failed_mails(region: Organisation, limit: int = 200) -> list[mail.OutboxMail]:
    """Letters that did not arrive, to people of a region's organisations and to its invited.

    Who belongs to no organisation at all is looked after by the site's own region.
    """
    own = or_(Organisation.region_id == region.id, Organisation.id == region.id)
    people = select(Membership.person_id).join(Membership.organisation)
    invited = select(Invitation.email).join(Invitation.organisation)
    letter = mail.OutboxMail
    whose = or_(
        letter.person_id.in_(people.where(own)),
        and_(letter.person_id.is_(None), letter.recipient.in_(invited.where(own))),
    )
    home = home_region()
    if home is not None and home.id == region.id:
        nobodys = or_(
            letter.person_id.not_in(people),
            and_(letter.person_id.is_(None), letter.recipient.not_in(invited)),
        )
        whose = or_(whose, nobodys)
    return mail.failed_mails(limit, whose)


def names_of(person_ids: set[int | None]) -> dict[int, str]:
    """Person id -> name, for a page that lists who did what."""
    wanted = [i for i in person_ids if i is not None]
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {int(i): str(name) for i, name in rows}


def by_id(organisation_id: int | None) -> Organisation | None:
    """One organisation by its own number, for rows that point at it."""
    return db.session.get(Organisation, organisation_id) if organisation_id else None
