"""Verbs of the region administrator: a new version of the rules, seats in the committee."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.admission import permissions, queries_policy, rules_policy
from impactmakelaar.admission.models import CommitteeSeat, PolicyVersion
from impactmakelaar.admission.rules import COMMITTEE, Seat
from impactmakelaar.core import audit, clock
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation


def set_policy(
    *,
    region: Organisation,
    document: Mapping[str, Any],
    valid_from: date,
    note: str,
    by: Person,
    today: date,
) -> PolicyVersion:
    """Lay down a new version of the rules, from today or a later day on.

    :raises Refused: when the rules cannot work or the day lies in the past.
    """
    if not permissions.may_set_policy(by, region):
        raise NotFound
    whole = {key: document.get(key, value) for key, value in rules_policy.DEFAULT.items()}
    rules_policy.check(whole)
    if valid_from < today:
        raise Refused(
            "Regels gelden niet met terugwerkende kracht. Kies vandaag of een latere dag.",
            "valid_from",
        )
    try:
        with transaction():
            lock(region)
            number = db.session.scalar(
                select(func.max(PolicyVersion.number)).where(PolicyVersion.region_id == region.id)
            )
            version = PolicyVersion(
                region_id=region.id,
                number=(number or 0) + 1,
                valid_from=valid_from,
                document=whole,
                note=note,
                created_at=clock.now(),
                created_by_id=by.id,
            )
            db.session.add(version)
            audit.record("policy.set", version, by=by, organisation=region, number=version.number)
            return version
    except IntegrityError as error:
        raise Refused("Een collega legde net een versie vast. Bekijk die eerst.") from error


def give_seat(
    *,
    region: Organisation,
    person: Person,
    seat: Seat,
    valid_from: date,
    valid_until: date,
    employers: str,
    by: Person,
) -> CommitteeSeat:
    """Give somebody who has a role in the committee a seat for a term.

    :raises Refused: when two seats of one person, or of two chairs, fall on one day.
    """
    if not permissions.may_set_policy(by, region):
        raise NotFound
    if valid_until < valid_from:
        raise Refused("De laatste dag ligt vóór de eerste.", "valid_until")
    if person.id not in {p.id for p in queries_policy.people_with_role(region.id, *COMMITTEE)}:
        raise Refused("Geef deze persoon eerst een rol in de selectiecommissie.", "person")
    with transaction():
        lock(region)
        for other in queries_policy.seats(region):
            if other.valid_until < valid_from or other.valid_from > valid_until:
                continue
            if other.person_id == person.id:
                raise Refused("Deze persoon heeft in die tijd al een zetel.", "valid_from")
            if seat in (Seat.CHAIR, Seat.VICE_CHAIR) and other.seat == seat:
                raise Refused(f"In die tijd is {other.person.name} dat al.", "seat")
        row = CommitteeSeat(
            region_id=region.id,
            person_id=person.id,
            seat=seat,
            valid_from=valid_from,
            valid_until=valid_until,
            employers=employers,
        )
        db.session.add(row)
        audit.record("seat.given", row, by=by, organisation=region)
        return row


def end_seat(*, row: CommitteeSeat, region: Organisation, by: Person, today: date) -> None:
    """End a seat with yesterday as its last day, or take it back when it had not begun."""
    if not permissions.may_set_policy(by, region) or row.region_id != region.id:
        raise NotFound
    with transaction():
        row = lock(row)
        if row.valid_until < today:
            raise Refused("Deze termijn is al voorbij.")
        if row.valid_from >= today:
            db.session.delete(row)
        else:
            row.valid_until = date.fromordinal(today.toordinal() - 1)
        audit.record("seat.ended", row, by=by, organisation=region)
