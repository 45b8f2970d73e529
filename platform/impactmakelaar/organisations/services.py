"""Verbs about organisations: register, approve, invite, leave, succeed."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, changes, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations import mails, permissions, queries, rules
from impactmakelaar.organisations.models import (
    Membership,
    Organisation,
    RegionMunicipality,
    Succession,
)
from impactmakelaar.organisations.rules import STAFF, Kind, Role

TAKEN = "Er is al een goedgekeurde onderneming met dit KVK-nummer. Koppel de aanvrager daaraan."
FIRST_ROLE = {Kind.ENTERPRISE: Role.ENTREPRENEUR, Kind.CONTRACTOR: Role.CONTRACTOR}

Takeover = Callable[[Organisation, Person, Person], None]
TAKEOVERS: list[Takeover] = []
"""What features do with open work when somebody leaves: (organisation, from, to). See app.py."""
Merge = Callable[[Organisation, Organisation], None]
MERGES: list[Merge] = []
"""What features keep of a record that goes on in a known one: (newcomer, known). See app.py."""


def create_region(
    *, name: str, labour_market_region: str, municipalities: list[str], since: date
) -> Organisation:
    """A new region with its municipalities."""
    with transaction():
        region = Organisation(
            kind=Kind.REGION,
            name=name,
            labour_market_region=labour_market_region,
            created_at=clock.now(),
        )
        db.session.add(region)
        db.session.flush()
        for code in municipalities:
            db.session.add(
                RegionMunicipality(region_id=region.id, municipality_code=code, valid_from=since)
            )
        audit.record("organisation.created", region, by=None, organisation=region)
        return region


def create_organisation(
    *,
    region: Organisation,
    kind: Kind,
    name: str,
    by: Person,
    kvk_number: str = "",
    municipality_code: str | None = None,
) -> Organisation:
    """Region staff add an authority, a company that buys or a contractor."""
    if not permissions.is_staff_of(by, region):
        raise NotFound
    if kind not in (Kind.AUTHORITY, Kind.COMPANY, Kind.CONTRACTOR):
        raise Refused("Ondernemingen en regio's ontstaan op een andere manier.", "kind")
    number = rules.kvk_number(kvk_number) if kvk_number else None
    with transaction():
        organisation = Organisation(
            kind=kind,
            name=name,
            kvk_number=number,
            region_id=region.id,
            municipality_code=municipality_code,
            created_at=clock.now(),
        )
        db.session.add(organisation)
        audit.record("organisation.created", organisation, by=by, organisation=organisation)
        return organisation


def register(
    *, person: Person, region: Organisation, kind: Kind, name: str, kvk_number: str
) -> Organisation:
    """Somebody registers an enterprise or contractor and asks to act for it.

    A new record is made even when there is one with this number: what exists already is for
    staff to see, not for whoever types a number.
    """
    number = rules.kvk_number(kvk_number)
    with transaction():
        person = lock(person)
        waiting = queries.waiting_of(person)
        for asked in waiting:
            if asked.organisation.kvk_number == number and asked.organisation.kind == kind:
                return asked.organisation
        for member in queries.active_memberships(person):
            if member.organisation.kvk_number == number and member.organisation.kind == kind:
                raise Refused("U werkt al voor de organisatie met dit KVK-nummer.", "kvk_number")
        if len(waiting) >= rules.MAX_WAITING:
            raise Refused(
                f"U hebt al {len(waiting)} aanmeldingen die op controle wachten. "
                "Wacht tot de regio die heeft behandeld."
            )
        organisation = Organisation(
            kind=kind,
            name=name,
            kvk_number=number,
            region_id=region.id,
            created_at=clock.now(),
        )
        db.session.add(organisation)
        db.session.flush()
        db.session.add(
            Membership(
                person_id=person.id,
                organisation_id=organisation.id,
                role=FIRST_ROLE[kind],
                asked_at=clock.now(),
            )
        )
        url = links.address("organisations.staff_desk")
        for member in queries.members(region):
            if member.role in STAFF:
                mail.post(mails.link_asked(member.person.email, name, url), person=member.person)
        audit.record("link.asked", organisation, by=person, organisation=organisation)
        return organisation


def approve_link(*, asked: Membership, by: Person, into: Organisation | None = None) -> None:
    """Staff approve that somebody may act: for the new record, or for one that existed (``into``).

    :raises Refused: when the number is taken by an approved enterprise, or the approver asked.
    """
    if not permissions.is_staff_of(by, asked.organisation):
        raise NotFound
    if asked.person_id == by.id:
        raise Refused("Uw eigen aanvraag keurt een collega goed.")
    try:
        with transaction():
            asked = lock(asked)
            if asked.approved_at or asked.refused_at or asked.ended_at:
                raise Refused("Deze aanvraag is al behandeld.")
            candidate = lock(asked.organisation)
            target = candidate if into is None else lock(into)
            if candidate.ended_on is not None:
                raise Refused("Deze organisatie doet niet meer mee.")
            if into is not None:
                _merge(asked, candidate, target)
            if target.kvk_number is None:
                target.kvk_number = candidate.kvk_number
            if target.kvk_approved_at is None:
                _approve(target, by)
            asked.decided_by_id = by.id
            asked.approved_at = clock.now()
            _note(target)
            url = links.address("home.desk")
            mail.post(
                mails.link_approved(asked.person.email, asked.person.name, target.name, url),
                person=asked.person,
            )
            audit.record(
                "link.approved", target, by=by, organisation=target, person=asked.person.name
            )
    except IntegrityError as error:
        raise _taken(error) from error


def _taken(error: IntegrityError) -> Exception:
    """The refusal for a number that is taken; any other broken rule is a mistake of ours."""
    return Refused(TAKEN) if "kvk" in str(error.orig) else error


def _approve(organisation: Organisation, by: Person) -> None:
    """Set who and when together: reading ``by`` first, for that may write out what is pending."""
    approver = by.id
    organisation.kvk_approved_by_id = approver
    organisation.kvk_approved_at = clock.now()
    db.session.flush()


def _merge(asked: Membership, candidate: Organisation, target: Organisation) -> None:
    same_number = target.kvk_number in (None, candidate.kvk_number)
    if (
        target.kind != Kind.ENTERPRISE
        or candidate.kind != Kind.ENTERPRISE
        or target.region_id != candidate.region_id
        or target.ended_on is not None
        or not same_number
    ):
        raise Refused("Deze twee ondernemingen kunnen niet worden samengevoegd.")
    if asked.role in permissions.roles_at(asked.person, target):
        raise Refused("Deze persoon werkt al voor deze onderneming. Wijs de aanvraag af.")
    for keep in MERGES:
        keep(candidate, target)
    asked.organisation = target
    db.session.flush()
    still = db.session.scalars(
        select(Membership.id).where(
            Membership.organisation_id == candidate.id, Membership.ended_at.is_(None)
        )
    ).first()
    if still is None:
        candidate.ended_on = clock.today()


def refuse_link(*, asked: Membership, by: Person, reason: str) -> None:
    """Staff refuse a question to act for an organisation, with a reason that is mailed."""
    if not permissions.is_staff_of(by, asked.organisation):
        raise NotFound
    if not reason.strip():
        raise Refused("Geef een reden. De aanvrager krijgt die te lezen.", "reason")
    with transaction():
        asked = lock(asked)
        if asked.approved_at or asked.refused_at or asked.ended_at:
            raise Refused("Deze aanvraag is al behandeld.")
        asked.refused_at = clock.now()
        asked.decided_by_id = by.id
        organisation = asked.organisation
        mail.post(
            mails.link_refused(asked.person.email, asked.person.name, organisation.name, reason),
            person=asked.person,
        )
        audit.record("link.refused", organisation, by=by, organisation=organisation, reason=reason)


def approve_lead(*, lead: Organisation, by: Person) -> None:
    """Staff vouch for an imported enterprise, so that its profile can be shown without members."""
    if not permissions.is_staff_of(by, lead) or lead.kind != Kind.ENTERPRISE:
        raise NotFound
    try:
        with transaction():
            lead = lock(lead)
            if lead.kvk_approved_at is None:
                _approve(lead, by)
                _note(lead)
                audit.record("lead.approved", lead, by=by, organisation=lead)
    except IntegrityError as error:
        raise _taken(error) from error


def end_membership(*, membership: Membership, by: Person, successor: Person | None = None) -> None:
    """Somebody no longer acts for an organisation; a colleague takes over what is open."""
    if not permissions.may_end(by, membership):
        raise NotFound
    with transaction():
        organisation = lock(membership.organisation)
        membership = lock(membership)
        if membership.ended_at is not None:
            return
        others = [m for m in queries.members(organisation) if m.id != membership.id]
        if membership.role == Role.REGION_ADMIN and not any(
            m.role == Role.REGION_ADMIN for m in others
        ):
            raise Refused("Een regio houdt altijd een beheerder over. Wijs eerst een ander aan.")
        if successor is not None and not any(m.person_id == successor.id for m in others):
            raise Refused("Kies een collega die nu voor deze organisatie werkt.", "successor")
        membership.ended_at = clock.now()
        leaver = membership.person
        if successor is not None:
            for take_over in TAKEOVERS:
                take_over(organisation, leaver, successor)
        audit.record(
            "membership.ended",
            membership,
            by=by,
            organisation=organisation,
            person=leaver.name,
            successor=successor.name if successor else "",
        )


def link_successor(
    *,
    old: Organisation,
    new: Organisation,
    effective_on: date,
    reason: str,
    by: Person,
    today: date,
) -> None:
    """Staff link an enterprise to the one in which it goes on; the old one ends that day.

    Who acted for the old one does not thereby act for the new one: staff approve that link too.
    """
    for one in (old, new):
        if one.kind != Kind.ENTERPRISE or not permissions.is_staff_of(by, one):
            raise NotFound
    if old.id == new.id or _leads_to(new, old):
        raise Refused("Deze ondernemingen volgen elkaar dan in een kring op.", "successor")
    if effective_on > today:
        raise Refused(
            "Deze datum ligt in de toekomst. Koppel de opvolger op of na die dag.", "effective_on"
        )
    try:
        with transaction():
            first, second = sorted((old, new), key=lambda one: one.id)
            lock(first)
            lock(second)
            if new.kvk_approved_at is None or new.ended_on is not None:
                raise Refused("De opvolger moet een goedgekeurde onderneming zijn.", "successor")
            db.session.add(
                Succession(
                    predecessor_id=old.id,
                    successor_id=new.id,
                    effective_on=effective_on,
                    reason=reason,
                    linked_at=clock.now(),
                    linked_by_id=by.id,
                )
            )
            old.ended_on = effective_on
            _note(old)
            _note(new)
            audit.record("enterprise.succeeded", old, by=by, organisation=old, successor=new.name)
            audit.record("enterprise.succeeds", new, by=by, organisation=new, predecessor=old.name)
    except IntegrityError as error:
        raise Refused("Deze onderneming heeft al een opvolger.", "successor") from error


def _leads_to(start: Organisation, goal: Organisation) -> bool:
    seen: set[int] = set()
    here: int | None = start.id
    while here is not None and here not in seen:
        if here == goal.id:
            return True
        seen.add(here)
        here = db.session.scalar(
            select(Succession.successor_id).where(Succession.predecessor_id == here)
        )
    return False


def end_organisation(*, organisation: Organisation, by: Person, today: date) -> None:
    """An organisation stops taking part; its people act for it no more and its history stays."""
    may = permissions.is_staff_of(by, organisation) or (
        organisation.kind == Kind.ENTERPRISE and permissions.may_act_for(by, organisation)
    )
    if not may or organisation.kind == Kind.REGION:
        raise NotFound
    with transaction():
        organisation = lock(organisation)
        if organisation.ended_on is None:
            organisation.ended_on = today
            db.session.execute(
                update(Membership)
                .where(Membership.organisation_id == organisation.id, Membership.ended_at.is_(None))
                .values(ended_at=clock.now())
            )
            _note(organisation)
            audit.record("organisation.ended", organisation, by=by, organisation=organisation)


def _note(organisation: Any) -> None:
    if organisation.kind == Kind.ENTERPRISE:
        changes.note(changes.ENTERPRISE, organisation.id)
