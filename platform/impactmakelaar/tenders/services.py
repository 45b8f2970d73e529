"""Making a request: the wizard's steps, a copy, withdrawing, and what an organisation set."""

import copy
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, mail
from impactmakelaar.core.db import db, lock, made_just_now, transaction
from impactmakelaar.core.errors import Conflict, NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.tenders import (
    mails,
    permissions,
    queries,
    queries_advice,
    queries_invitations,
    queries_selection,
    rules,
)
from impactmakelaar.tenders.models import BuyerSettings, LimitVersion, Mandate, Tender
from impactmakelaar.tenders.models_selection import Lot
from impactmakelaar.tenders.rules_advice import Limits, check_limits
from impactmakelaar.tenders.rules_replay import commitment, new_seed
from impactmakelaar.tenders.services_checks import must_see, record
from impactmakelaar.tenders.services_documents import copy_documents

COLUMNS = ("title", "cpv", "category", "value_low", "value_high", "value_unknown", "deadline_at")


def start(*, organisation: Organisation, kind: str, by: Person, now: datetime) -> Tender:
    """Begin a request or a sounding, with a lot laid ready."""
    if not permissions.may_buy(by, organisation):
        raise NotFound
    with transaction():
        row = _new(organisation, rules.Kind(kind), by, now)
        document = copy.deepcopy(rules.EMPTY)
        row.document = document | {"contact_name": by.name, "contact_email": by.email}
        db.session.add(row)
        db.session.flush()
        lay_lot(row, now)
        audit.record("tender.started", row, by=by, organisation=organisation, kind=kind)
    return row


def start_once(*, organisation: Organisation, kind: str, by: Person, now: datetime) -> Tender:
    """As ``start``; a form that is sent twice begins one draft, as long as nothing is in it."""
    if not permissions.may_buy(by, organisation):
        raise NotFound
    with transaction():
        lock(organisation)
        same = {"organisation_id": organisation.id, "kind": kind, "created_by_id": by.id}
        made = made_just_now(Tender, now, stage=rules.Stage.DRAFT, revision=1, **same)
        return made or start(organisation=organisation, kind=kind, by=by, now=now)


def _new(organisation: Organisation, kind: rules.Kind, by: Person | None, now: datetime) -> Tender:
    return Tender(
        organisation_id=organisation.id,
        kind=kind,
        stage=rules.Stage.DRAFT,
        document=copy.deepcopy(rules.EMPTY),
        created_at=now,
        created_by_id=by.id if by else None,
        updated_at=now,
    )


def lay_lot(row: Tender, now: datetime) -> Lot:
    """Lay a lot ready for the next selection: its seed stays hidden until the draw."""
    newest = queries_selection.newest_lot_number(row)
    seed = new_seed()
    lot = Lot(
        tender_id=row.id,
        number=newest + 1,
        seed=seed,
        commitment=commitment(seed),
        prepared_at=now,
    )
    db.session.add(lot)
    db.session.flush()
    return lot


def copy_request(*, row: Tender, by: Person, now: datetime) -> Tender:
    """A new draft with the content of an earlier request; dates and outcomes stay behind."""
    must_see(by, row)
    with transaction():
        fresh = _new(row.organisation, rules.Kind(row.kind), by, now)
        for name in COLUMNS[:-1]:
            setattr(fresh, name, getattr(row, name))
        fresh.title = (row.title + rules.COPY_SUFFIX)[: rules.TITLE_MOST]
        fresh.document = rules.complete(row.document) | {
            "open_with": None,
            "start_on": "",
            "end_on": "",
            "contact_name": by.name,
            "contact_email": by.email,
            "source": "",
            "source_values": [],
        }
        fresh.copied_from_id = row.id
        db.session.add(fresh)
        db.session.flush()
        lay_lot(fresh, now)
        copy_documents(row, fresh, by, now)
        record("tender.copied", fresh, by, source=row.public_id)
    return fresh


def save_step(
    *, row: Tender, values: dict[str, Any], revision: int, by: Person, now: datetime
) -> Tender:
    """Keep one step of the wizard; ``values`` holds columns and keys of the document.

    :raises Conflict: when a colleague saved meanwhile.
    """
    if not permissions.may_edit(by, row):
        raise NotFound
    with transaction():
        row = lock(row)
        if row.stage != rules.Stage.DRAFT:
            raise Refused("Deze aanvraag is al vastgelegd en kan zo niet meer wijzigen.")
        if row.revision != revision:
            raise Conflict(
                "Een collega heeft deze aanvraag intussen gewijzigd. Bekijk de wijziging en sla "
                "opnieuw op."
            )
        _apply(row, values, now)
        record("tender.saved", row, by, fields=sorted(values))
    return row


def _apply(row: Tender, values: dict[str, Any], now: datetime) -> None:
    document = rules.complete(row.document)
    for name, value in values.items():
        if name in COLUMNS:
            if name == "deadline_at" and value is not None:
                rules.check_deadline(value, now)
            setattr(row, name, value)
        elif name in document:
            document[name] = value
        else:
            raise KeyError(name)
    row.document = document
    row.revision += 1
    row.updated_at = now


def withdraw(*, row: Tender, reason: str, by: Person, now: datetime, today: date) -> None:
    """Call a request off; whoever was invited hears why."""
    must_see(by, row)
    with transaction():
        row = lock(row)
        rules.check_stage(row.stage, rules.Stage.WITHDRAWN)
        invited = queries_invitations.invitations(row)
        if invited and not reason:
            raise Refused("Schrijf waarom u de aanvraag intrekt: dat gaat naar iedereen.", "reason")
        row.stage = rules.Stage.WITHDRAWN
        row.ended_on, row.end_reason, row.updated_at = today, reason, now
        for invitation in invited:
            for address in addresses(invitation):
                mail.post(mails.withdrawn(address, row.title, row.organisation.name, reason))
        record("tender.withdrawn", row, by)


def addresses(invitation: Any) -> list[str]:
    """Where letters to an invited firm go: its contact address and whoever acts for it."""
    found = [invitation.email] if invitation.email else []
    if invitation.enterprise_id is not None:
        people = queries_invitations.members_of([invitation.enterprise_id]).get(
            invitation.enterprise_id, []
        )
        found += [person.email for person in people]
    return list(dict.fromkeys(found))


# What an organisation set ----------------------------------------------------------------


def save_settings(
    *,
    organisation: Organisation,
    open_with: int,
    keep_years: int,
    standstill_days: int,
    by: Person,
    now: datetime,
) -> None:
    """How many people open a box, how long requests are kept, how long one stands still."""
    _may_buy(by, organisation)
    with transaction():
        lock(organisation)
        row = db.session.get(BuyerSettings, organisation.id)
        if row is None:
            row = BuyerSettings(organisation_id=organisation.id, updated_at=now)
            db.session.add(row)
        row.open_with, row.keep_years, row.standstill_days = open_with, keep_years, standstill_days
        row.updated_at, row.updated_by_id = now, by.id
        audit.record(
            "buyer_settings.saved",
            organisation,
            by=by,
            organisation=organisation,
            open_with=open_with,
            keep_years=keep_years,
            standstill_days=standstill_days,
        )


def add_limits(
    *, organisation: Organisation, rows: list[Limits], by: Person | None, now: datetime
) -> None:
    """Add a version of the organisation's own limits; what was there stays as it was."""
    if by is not None:
        _may_buy(by, organisation)
    check_limits(rows)
    with transaction():
        lock(organisation)
        known = {(r.category, r.valid_from) for r in queries_advice.limits(organisation.id)}
        for one in rows:
            if (one.category, one.valid_from) in known:
                raise Refused(
                    "Voor deze begindatum zijn er al grensbedragen. Kies een andere datum.",
                    "valid_from",
                )
            db.session.add(
                LimitVersion(
                    organisation_id=organisation.id,
                    recorded_at=now,
                    recorded_by_id=by.id if by else None,
                    **asdict(one),
                )
            )
        audit.record(
            "limits.added",
            organisation,
            by=by,
            organisation=organisation,
            valid_from=rows[0].valid_from.isoformat(),
        )


def set_mandate(
    *,
    organisation: Organisation,
    procedure: str,
    person_id: int,
    granted: bool,
    by: Person,
    now: datetime,
) -> None:
    """Let somebody do a procedure, or no longer. Whoever has the mandate himself may give it."""
    _may_buy(by, organisation)
    if person_id not in {p.id for p in queries.buyers(organisation)}:
        raise Refused("Kies iemand die voor uw organisatie inkoopt.", "person")
    with transaction():
        lock(organisation)
        named = [p.id for what, p in queries.mandates(organisation.id) if what == procedure]
        still_here = {person.id for person in queries.buyers(organisation)}.intersection(named)
        if still_here and by.id not in still_here:
            raise Refused("Alleen wie deze procedure zelf mag doen, kan dit wijzigen.", "person")
        row = db.session.get(Mandate, (organisation.id, procedure, person_id))
        if granted and row is None:
            db.session.add(
                Mandate(
                    organisation_id=organisation.id,
                    procedure=procedure,
                    person_id=person_id,
                    granted_at=now,
                    granted_by_id=by.id,
                )
            )
        elif not granted and row is not None:
            db.session.delete(row)
        audit.record(
            "mandate.granted" if granted else "mandate.ended",
            organisation,
            by=by,
            organisation=organisation,
            procedure=procedure,
            person=person_id,
        )


def _may_buy(by: Person, organisation: Organisation) -> None:
    if not permissions.may_buy(by, organisation):
        raise NotFound


# Import ----------------------------------------------------------------------------------


def import_notice(
    *, organisation: Organisation, values: dict[str, Any], source_id: str, now: datetime
) -> bool:
    """Add a request from a notice as a draft; False when it is there already."""
    with transaction():
        lock(organisation)
        if queries.tender_by_source(organisation.id, source_id) is not None:
            return False
        row = _new(organisation, rules.Kind.REQUEST, None, now)
        row.source_id = source_id
        db.session.add(row)
        db.session.flush()
        _apply(row, values, now)
        lay_lot(row, now)
        record("tender.imported", row, None, source=source_id)
    return True


def today_of(now: datetime) -> date:
    """The day of an instant in the Netherlands."""
    return clock.local(now).date()
