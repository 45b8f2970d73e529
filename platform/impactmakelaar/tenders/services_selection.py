"""From criteria to a draw: criteria, firms of one's own, the frozen selection."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import kvk_number
from impactmakelaar.tenders import (
    permissions,
    queries,
    queries_advice,
    queries_selection,
    rules,
    rules_replay,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.models_selection import Draw, OutsideFirm, Selection
from impactmakelaar.tenders.rules import Kind, Procedure, Stage
from impactmakelaar.tenders.rules_advice import Advice, check_deviation
from impactmakelaar.tenders.rules_selection import (
    CRITERIA,
    check_criteria,
    check_outside_firm,
    select,
)
from impactmakelaar.tenders.services import lay_lot
from impactmakelaar.tenders.services_checks import must_see, record

MAX_OUTSIDE = 3


MAX_PLACES = 20


INVITE_AT_SOUNDING = 200


def choose_criteria(
    *,
    row: Tender,
    criteria: list[str],
    certificates: list[str],
    why_register: str,
    by: Person,
    now: datetime,
) -> None:
    """Which objective criteria hold, and why this register is where one looks."""
    must_see(by, row)
    chosen = check_criteria(criteria)
    if "certificate" in chosen and not certificates:
        raise Refused("Kies minstens één keurmerk.", "certificates")
    with transaction():
        row = lock(row)
        _check_open_for_selection(row)
        row.document = rules.complete(row.document) | {
            "selection": list(chosen),
            "certificates": certificates if "certificate" in chosen else [],
            "why_register": why_register,
        }
        row.revision += 1
        row.updated_at = now
        record("tender.criteria_chosen", row, by, criteria=list(chosen))


def add_firm(
    *, row: Tender, name: str, kvk: str, email: str, reason: str, by: Person, now: datetime
) -> None:
    """Add a firm of the buyer's own, with the reason; the same KVK number once."""
    must_see(by, row)
    check_outside_firm(name, kvk, email, reason)
    number = kvk_number(kvk)
    with transaction():
        row = lock(row)
        _check_open_for_selection(row)
        known = queries_selection.outside_firms(row)
        if any(firm.kvk_number == number for firm in known):
            raise Refused("Deze onderneming staat er al bij.", "kvk_number")
        if len(known) >= MAX_OUTSIDE:
            raise Refused(f"U kunt hoogstens {MAX_OUTSIDE} eigen ondernemingen toevoegen.")
        db.session.add(
            OutsideFirm(
                tender_id=row.id,
                name=name,
                kvk_number=number,
                email=email,
                reason=reason,
                added_at=now,
                added_by_id=by.id,
            )
        )
        # Without its number: the trail outlives the request, and a number may be a person's.
        record("tender.firm_added", row, by)


def remove_firm(*, row: Tender, public_id: str, by: Person) -> None:
    """Take a firm of one's own off the list again, before the selection is frozen anew."""
    must_see(by, row)
    with transaction():
        row = lock(row)
        _check_open_for_selection(row)
        firm = queries_selection.outside_firm(row, public_id)
        if firm is None:
            raise NotFound
        record("tender.firm_removed", row, by)
        db.session.delete(firm)


def freeze(
    *,
    row: Tender,
    procedure: str,
    places: int,
    deviation: str,
    reason: str,
    by: Person,
    now: datetime,
    today: date,
) -> Selection:
    """Freeze the selection: what was asked, everybody's facts, who fits, who not and why.

    A second one needs a reason; the first stays. The lot that lay ready belongs to it from now.

    :raises Refused: something is missing, the advice is left without a reason, nobody fits.
    """
    chosen = Procedure(procedure)
    if not permissions.may_do(by, row, chosen):
        if permissions.may_see(by, row):
            raise Refused("U hebt geen mandaat voor deze procedure.", "procedure")
        raise NotFound
    with transaction():
        row = lock(row)
        _check_open_for_selection(row)
        _check_complete(row, now)
        earlier = queries_selection.selections(row)
        if earlier and len(reason.strip()) < 10:
            raise Refused("Schrijf waarom u de selectie opnieuw doet.", "reason")
        most = INVITE_AT_SOUNDING if row.kind == Kind.SOUNDING else MAX_PLACES
        if not 1 <= places <= most:
            raise Refused(f"Kies een aantal van 1 tot en met {most}.", "places")
        advice = queries_advice.advice(row, today)
        firms = queries_selection.outside_firms(row)
        total = places + len(firms)
        deviates = check_deviation(
            advice, chosen, total if row.kind == Kind.REQUEST else None, deviation
        )
        frozen = _frozen(row, advice, chosen, places, deviation, deviates, firms, by, now, today)
        if not frozen["candidates"] and not firms:
            raise Refused(
                "Geen enkele onderneming voldoet aan alle criteria. Laat een criterium vallen of "
                "voeg een eigen onderneming toe."
            )
        lot = queries_selection.ready_lot(row)
        assert lot is not None
        found = Selection(
            tender_id=row.id,
            number=len(earlier) + 1,
            lot_id=lot.id,
            frozen=frozen,
            sha256=rules_replay.fingerprint(frozen),
            reason=reason,
            frozen_at=now,
            frozen_by_id=by.id,
        )
        db.session.add(found)
        rules.check_stage(row.stage, Stage.SELECTED)
        row.stage, row.procedure, row.deviation = Stage.SELECTED, chosen, deviation
        row.updated_at = now
        db.session.flush()
        lay_lot(row, now)
        record("tender.selected", row, by, number=found.number, sha256=found.sha256)
    return found


def _frozen(
    row: Tender,
    advice: Advice,
    procedure: Procedure,
    places: int,
    deviation: str,
    deviates: list[str],
    firms: list[OutsideFirm],
    by: Person,
    now: datetime,
    today: date,
) -> dict[str, Any]:
    """Everything the outcome depends on, as one JSON value without anybody's contact details."""
    asked = queries_selection.asked(row)
    fits, left = select(asked, queries_selection.pool(asked, today).enterprises)
    own = {firm.kvk_number for firm in firms}
    last = queries_selection.last_invited(row.organisation_id, row.cpv, but=row.id)
    document = rules.complete(row.document)
    lot = queries_selection.ready_lot(row)
    assert lot is not None
    return {
        "request": {
            "id": row.public_id,
            "kind": row.kind,
            "title": row.title,
            "organisation": row.organisation.name,
            "number": len(queries_selection.selections(row)) + 1,
        },
        "why_register": document["why_register"],
        "procedure": procedure,
        "advice": {
            "procedure": advice.procedure or "",
            "why": advice.why,
            "rule": advice.rule,
            "invite": list(advice.invite) if advice.invite else None,
        },
        "deviates": deviates,
        "deviation": deviation,
        "asked": asked.record(),
        "criteria": [
            {"code": c, "label": CRITERIA[c].label, "explanation": CRITERIA[c].explanation}
            for c in asked.criteria
        ],
        "places": places,
        "commitment": lot.commitment,
        "frozen_at": now.isoformat(),
        "frozen_on": today.isoformat(),
        "decided_by": by.name,
        "candidates": [
            {
                "enterprise": j.enterprise.record(),
                "reasons": [list(reason) for reason in j.reasons],
                "last_invited_on": last.get(j.enterprise.kvk, rules_replay.NEVER),
            }
            for j in fits
            if j.enterprise.kvk not in own
        ],
        "left_out": [
            {"enterprise": j.enterprise.record(), "criterion": j.failed, "sentence": j.sentence}
            for j in left
            if j.enterprise.kvk not in own
        ],
        "own_choice": [{"name": f.name, "kvk": f.kvk_number, "reason": f.reason} for f in firms],
    }


def _check_complete(row: Tender, now: datetime) -> None:
    missing = rules.missing(queries.facts_of(row))
    if missing:
        step, sentence = next(iter(missing.items()))
        raise Refused(f"{rules.STEPS[step][0]}: {sentence}")
    if not rules.complete(row.document)["why_register"]:
        raise Refused("Schrijf waarom u in dit register zoekt.", "why_register")
    assert row.deadline_at is not None
    rules.check_deadline(row.deadline_at, now)


def draw(*, row: Tender, number: int, by: Person, now: datetime) -> Draw:
    """Draw over a frozen selection, once: the seed becomes known, and with it the order."""
    must_see(by, row)
    try:
        with transaction():
            row = lock(row)
            newest = queries_selection.selections(row)
            if not newest or newest[0][0].number != number or row.stage != Stage.SELECTED:
                raise Refused("Er ligt geen selectie klaar om over te loten.")
            selection, known = newest[0]
            if known is not None:
                return known
            found = Draw(
                selection_id=selection.id,
                document=rules_replay.draw_of(selection.frozen, selection.lot.seed),
                drawn_at=now,
                drawn_by_id=by.id,
            )
            db.session.add(found)
            record("tender.drawn", row, by, number=number)
    except IntegrityError:
        # A colleague drew at the same moment: there is one draw, and it is this.
        kept = queries_selection.selection(row, number)
        assert kept is not None
        assert kept[1] is not None
        return kept[1]
    return found


def record_of(selection: Selection, drawn: Draw | None) -> dict[str, Any]:
    """The record as it is exported."""
    return rules_replay.whole(selection.frozen, drawn.document if drawn else None)


def _check_open_for_selection(row: Tender) -> None:
    if row.stage not in (Stage.DRAFT, Stage.SELECTED):
        raise Refused("De selectie staat vast: er zijn al ondernemingen uitgenodigd.")
