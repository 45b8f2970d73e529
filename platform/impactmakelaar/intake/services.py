"""Verbs before the table: plan it, invite, answer, offer."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import Any

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, made_just_now, transaction
from impactmakelaar.core.dutch import long_date
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.reference import reference
from impactmakelaar.intake import mails, permissions, queries
from impactmakelaar.intake.models import IntakeTable, Need, Offer, Participant
from impactmakelaar.intake.rules_offers import LOT, LOTS, PLACES
from impactmakelaar.intake.rules_table import Coming, Side, State, check_plan, times_of
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.register import queries as register
from impactmakelaar.register.catalogue import EVERYWHERE, Listing, entry_of
from impactmakelaar.social_return.models import Contract
from impactmakelaar.social_return.rules import Effort, Phase, refuse_bsn

MAX_OFFERS = 20
OVER = "Deze intaketafel is intussen afgesloten of afgelast."


def when_text(row: IntakeTable) -> str:
    """``26 november 2026, 13.30–16.10 uur``."""
    times = times_of(row.starts_at, row.rounds, row.minutes, row.breaks)
    begin, end = times.text(0).split("–")[0], times.text(row.rounds - 1).split("–")[1]
    return f"{long_date(row.held_on)}, {begin}–{end} uur"


def url_of(one: Participant) -> str:
    """The page of a participant."""
    return links.address("intake.participation", public_id=one.public_id)


def touch(row: IntakeTable) -> None:
    """Note that something changed on which a plan depends."""
    row.revision += 1


def plan_table(
    *, region: Organisation, values: dict[str, Any], by: Person, today: date
) -> IntakeTable:
    """Plan a table; a form that is sent twice plans one.

    :raises Refused: when it cannot be held like this.
    """
    if not permissions.may_organise_in(by, region):
        raise NotFound
    check_plan(values, today)
    with transaction():
        lock(region)
        now = clock.now()
        plain = {name: values[name] for name in ("title", "held_on", "starts_at", "place")}
        same = {"region_id": region.id, "created_by_id": by.id, "state": State.DRAFT}
        made = made_just_now(IntakeTable, now, **same, **plain)
        if made is not None:
            return made
        row = IntakeTable(region_id=region.id, created_at=now, created_by_id=by.id, **values)
        db.session.add(row)
        audit.record("intake.planned", row, by=by, organisation=region)
        return row


def change_table(*, row: IntakeTable, values: dict[str, Any], by: Person, today: date) -> None:
    """Change day, place or size, as long as it was not published."""
    if not permissions.may_change(by, row):
        raise NotFound
    check_plan(values, today)
    with transaction():
        lock(row)
        if row.state != State.DRAFT:
            raise Refused("Het programma is al gepubliceerd.")
        if any(
            m.round >= values["rounds"] or m.seat >= values["tables"] for m in queries.meetings(row)
        ):
            raise Refused("Er staan al gesprekken in een ronde of aan een tafel die vervalt.")
        for name, value in values.items():
            setattr(row, name, value)
        touch(row)
        audit.record("intake.changed", row, by=by, organisation=row.region)


def invite(
    *,
    row: IntakeTable,
    contracts: Collection[Contract],
    enterprises: Collection[Organisation],
    by: Person,
    walk_in: bool = False,
) -> list[Participant]:
    """Invite contractors with their obligations, and enterprises with what their profile offers.

    Who was invited before is not written to again. A walk-in is there already.
    """
    if not permissions.may_change(by, row):
        raise NotFound
    if not contracts and not enterprises:
        raise Refused("Kies wie u wilt uitnodigen.")
    listed = {one.id: one for one in register.listings(row.held_on, [e.id for e in enterprises])}
    with transaction():
        hold(row, by)
        known = {(p.organisation_id, p.side): p for p in queries.participants(row)}
        had = {(n.participant_id, n.contract_id) for n in queries.needs(row)}
        new: list[Participant] = []
        for contract in contracts:
            if contract.region_id != row.region_id or contract.phase != Phase.ACTIVE:
                raise Refused("Een van de gekozen verplichtingen loopt niet (meer).")
            one = _participant(row, contract.contractor, Side.CONTRACTOR, known, new, walk_in)
            if (one.id, contract.id) not in had:
                db.session.add(Need(participant_id=one.id, contract_id=contract.id))
                had.add((one.id, contract.id))
        for enterprise in enterprises:
            if enterprise.kind != Kind.ENTERPRISE or enterprise.id not in listed:
                raise Refused(f"{enterprise.name} staat nu niet in het register.")
            fresh = (enterprise.id, Side.ENTERPRISE) not in known
            one = _participant(row, enterprise, Side.ENTERPRISE, known, new, walk_in)
            if fresh:
                _derive_offers(one, listed[enterprise.id], row)
        touch(row)
        for one in new:
            audit.record("intake.invited", one, by=by, organisation=one.organisation)
            if walk_in:
                continue
            for person in queries.people_of(one):
                letter = mails.invited(
                    person.email, person.name, row.title, when_text(row), row.place, url_of(one)
                )
                mail.post(letter, person=person)
        return new


def _participant(
    row: IntakeTable,
    organisation: Organisation,
    side: Side,
    known: dict[tuple[int, str], Participant],
    new: list[Participant],
    walk_in: bool,
) -> Participant:
    key = (organisation.id, str(side))
    if key not in known:
        one = Participant(
            table_id=row.id,
            organisation_id=organisation.id,
            side=side,
            state=Coming.CONFIRMED if walk_in else Coming.INVITED,
            walk_in=walk_in,
            invited_at=clock.now(),
            away=list(range(row.begun)),
        )
        db.session.add(one)
        db.session.flush()
        known[key] = one
        new.append(one)
    return known[key]


def _derive_offers(one: Participant, listing: Listing, row: IntakeTable) -> None:
    """One offer per activity of the profile that is not full; the enterprise corrects them."""
    places = entry_of(listing, reference()).activities
    for activity, (towns, sectors, form, _) in zip(
        listing.document["activities"], places, strict=True
    ):
        if activity["capacity"] == "full":
            continue
        placement = form == "placement"
        lots = activity["order_max"] // LOT if activity["order_max"] else LOTS
        least = -(-(activity["order_min"] or 0) // LOT)
        db.session.add(
            Offer(
                participant_id=one.id,
                activity=activity["id"],
                title=activity["title"],
                effort=Effort.PLACEMENT if placement else Effort.PURCHASE,
                units=PLACES if placement else max(1, lots, least),
                minimum=1 if placement else max(1, least),
                amount=None if placement else LOT,
                starts_on=row.held_on,
                ends_on=row.held_on + timedelta(days=365),
                municipalities=["*"] if towns == (EVERYWHERE,) else sorted(towns),
                sectors=list(sectors),
            )
        )


def answer(
    *,
    one: Participant,
    comes: bool,
    by: Person,
    away: Sequence[int] = (),
    wishes: Collection[str] = (),
    blocks: Collection[str] = (),
    note: str = "",
    most_euros: int | None = None,
) -> None:
    """Say whether it comes, when it is there, with whom it likes to talk and with whom not.

    After publication only staying away can be said here: the organiser repairs the programme.
    """
    if not permissions.may_answer(by, one):
        raise NotFound
    refuse_bsn({"note": note})
    with transaction():
        row = _hold_for_answer(one, by)
        lock(one)
        others = {p.public_id for p in queries.participants(row) if p.side != one.side}
        if set(wishes) & set(blocks):
            raise Refused("U kunt niet met iemand willen praten die u ook uitsluit.", "wishes")
        if row.state == State.PUBLISHED and comes and one.state == Coming.CONFIRMED:
            raise Refused(
                "Het programma staat vast. Bel de organisator als u iets wilt wijzigen.", "comes"
            )
        one.state = Coming.CONFIRMED if comes else Coming.DECLINED
        one.away = sorted({n for n in away if 0 <= n < row.rounds}) if comes else []
        if comes and len(one.away) == row.rounds:
            raise Refused("U bent dan in geen enkele ronde aanwezig.", "away")
        one.wishes, one.blocks = sorted(set(wishes) & others), sorted(set(blocks) & others)
        one.note, one.most_euros = note, most_euros
        one.answered_at, one.answered_by_id = clock.now(), by.id
        touch(row)
        audit.record(f"intake.{one.state}", one, by=by, organisation=one.organisation)
        if not comes and row.state == State.PUBLISHED:
            organiser = db.session.get(Person, row.created_by_id) if row.created_by_id else None
            if organiser is not None:
                url = links.address("intake.table", public_id=row.public_id)
                letter = mails.declined(
                    organiser.email, organiser.name, one.organisation.name, row.title, url
                )
                mail.post(letter, person=organiser)


def set_offer(
    *, one: Participant, by: Person, values: dict[str, Any], offer: Offer | None = None
) -> Offer:
    """Add an offer for this table, or correct one. What is offered already is not added again.

    :raises Refused: when it cannot be carried out.
    """
    if one.side != Side.ENTERPRISE or not permissions.may_answer(by, one):
        raise NotFound
    if values["ends_on"] < values["starts_on"]:
        raise Refused("De laatste dag ligt vóór de eerste.", "ends_on")
    if values["minimum"] > values["units"]:
        raise Refused("De kleinste afname is groter dan wat u aanbiedt.", "minimum")
    if values["effort"] == Effort.PURCHASE:
        values = values | {"amount": LOT, "item": ""}
    refuse_bsn({"title": values["title"]})
    with transaction():
        row = _hold_for_answer(one, by)
        if offer is None:
            offers = queries.offers_of(one)
            for known in offers:
                if all(getattr(known, name) == value for name, value in values.items()):
                    return known
            if len(offers) >= MAX_OFFERS:
                raise Refused(f"U kunt hoogstens {MAX_OFFERS} dingen aanbieden.")
            offer = Offer(participant_id=one.id, **values)
            db.session.add(offer)
        else:
            lock(offer)
            for name, value in values.items():
                setattr(offer, name, value)
        touch(row)
        audit.record("intake.offered", offer, by=by, organisation=one.organisation)
        return offer


def withdraw_offer(*, offer: Offer, by: Person) -> None:
    """Take an offer from the table."""
    if not permissions.may_answer(by, offer.participant):
        raise NotFound
    with transaction():
        row = _hold_for_answer(offer.participant, by)
        lock(offer).withdrawn = True
        touch(row)
        audit.record(
            "intake.offer_withdrawn", offer, by=by, organisation=offer.participant.organisation
        )


def hold(row: IntakeTable, by: Person) -> IntakeTable:
    """Lock a table and look again: a colleague may have closed it a moment ago.

    :raises Refused: when it may not any more.
    """
    if not permissions.may_change(by, lock(row)):
        raise Refused(OVER)
    return row


def _hold_for_answer(one: Participant, by: Person) -> IntakeTable:
    row = lock(one.table)
    if not permissions.may_answer(by, one):
        raise Refused(OVER)
    return row


def open_table(row: IntakeTable, by: Person) -> None:
    """Only an organiser, and only while it is being prepared or held."""
    if not permissions.may_change(by, row):
        raise NotFound
