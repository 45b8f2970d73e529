"""Verbs about agreements with enterprises: booked under locks, never more than the limits.

An agreement that stopped gives back what its efforts do not count for. A later correction upwards
of an effort is a fact of the past and no booking: the limits stop bookings, not facts.
"""

from dataclasses import dataclass
from datetime import date

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import audit, clock, links, mail
from impactmakelaar.core.db import db, lock, transaction
from impactmakelaar.core.dutch import euros
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind
from impactmakelaar.social_return import (
    mails,
    permissions,
    queries,
    queries_agreement,
    queries_grounds,
    queries_versions,
)
from impactmakelaar.social_return.models import Agreement, Contract, ContractTerms
from impactmakelaar.social_return.queries import Account
from impactmakelaar.social_return.rules import (
    EFFORT_LABELS,
    Effort,
    Phase,
    Step,
    refuse_bsn,
)
from impactmakelaar.social_return.rules_agreement import Agreed, can_go_on, set_free
from impactmakelaar.social_return.rules_obligation import RegionRules, cap_of
from impactmakelaar.social_return.rules_prices import PriceList, would_count
from impactmakelaar.social_return.rules_worth import (
    Claim,
    Grounds,
    Invoice,
    Worth,
    purchase,
)
from impactmakelaar.social_return.services_ledger import base_of_caps


@dataclass(frozen=True)
class Limits:
    """What an offer and an enterprise can take in all; None means that nobody limits it."""

    units: int | None = None
    cents: int | None = None
    enterprise_cents: int | None = None


NO_LIMITS = Limits()


def unit_worth(
    rules: RegionRules,
    prices: PriceList,
    grounds: Grounds,
    *,
    effort: Effort,
    item: str,
    amount: int,
    day: date,
) -> Worth:
    """What one unit would count for: a whole unit of the list, or a purchase of ``amount`` cents.

    :raises Refused: when the kind may not, or the list has no such row.
    """
    if effort not in rules.efforts:
        raise Refused(f"Bij deze opdracht mag dat niet met: {EFFORT_LABELS[effort].lower()}.")
    if effort == Effort.PURCHASE:
        invoice = Invoice(day, day, day)
        return purchase(rules, prices, Claim("", amount=amount), invoice, grounds)
    price = prices.price(item)
    if price is None or price.effort != effort:
        raise Refused("De prijslijst van de opdrachtgever kent deze vorm niet.", "item")
    counts = would_count(price)
    return Worth(counts, (Step(f"“{price.name}” telt voor {euros(counts)}.", counts),))


def book_agreement(
    *,
    contract: Contract,
    enterprise: Organisation,
    effort: Effort,
    units: int,
    starts_on: date,
    ends_on: date,
    by: Person,
    today: date,
    item: str = "",
    amount: int = 0,
    offer: str = "",
    limits: Limits = NO_LIMITS,
    note: str = "",
    reference: str | None = None,
) -> Agreement:
    """Keep what a contractor and an enterprise agreed: ``units`` of a row of the list, or so many
    purchases of ``amount`` cents. The same ``reference`` gives the same agreement.

    :raises Refused: when the obligation, a cap, the offer or the enterprise has not that much left.
    """
    if not permissions.may_declare(by, contract):
        raise NotFound
    return confirm_agreement(
        contract=contract,
        enterprise=enterprise,
        effort=effort,
        units=units,
        starts_on=starts_on,
        ends_on=ends_on,
        by=by,
        today=today,
        item=item,
        amount=amount,
        offer=offer,
        limits=limits,
        note=note,
        reference=reference,
    )


def confirm_agreement(
    *,
    contract: Contract,
    enterprise: Organisation,
    effort: Effort,
    units: int,
    starts_on: date,
    ends_on: date,
    by: Person,
    today: date,
    item: str = "",
    amount: int = 0,
    offer: str = "",
    limits: Limits = NO_LIMITS,
    note: str = "",
    reference: str | None = None,
) -> Agreement:
    """As ``book_agreement``, for a feature above that has asked itself who may confirm."""
    if units < 1:
        raise Refused("Vul in om hoeveel het gaat: 1 of meer.", "units")
    if ends_on < starts_on:
        raise Refused("De laatste dag ligt vóór de eerste.", "ends_on")
    if enterprise.kind != Kind.ENTERPRISE or enterprise.ended_on is not None:
        raise Refused("Deze onderneming doet niet meer mee.", "enterprise")
    refuse_bsn({"note": note})
    with transaction():
        # One order for everybody: organisation, contract.
        enterprise = lock(enterprise)
        contract = lock(contract)
        if reference is not None:
            known = queries_agreement.by_reference(reference)
            if known is not None:
                return known
        if contract.phase != Phase.ACTIVE:
            raise Refused("Deze verplichting loopt niet.")
        found = queries.account(contract, today)
        if ends_on < found.terms.starts_on or starts_on > found.terms.ends_on:
            raise Refused("De afspraak valt buiten de looptijd van de opdracht.", "starts_on")
        cents = units * _unit(contract, enterprise, effort, item, amount, today)
        _check_room(contract, found, effort, cents)
        _check_offer(enterprise, offer, units, cents, limits)
        row = Agreement(
            contract_id=contract.id,
            enterprise_id=enterprise.id,
            offer=offer,
            effort=effort,
            item=item,
            units=units,
            cents=cents,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note,
            reference=reference,
            created_at=clock.now(),
            created_by_id=by.id,
        )
        db.session.add(row)
        audit.record("agreement.booked", row, by=by, organisation=contract.contractor, cents=cents)
        return row


def _unit(
    contract: Contract, enterprise: Organisation, effort: Effort, item: str, amount: int, day: date
) -> int:
    grounds = queries_grounds.grounds_on(enterprise, contract.region, day)
    found = unit_worth(
        queries_versions.rules_of(contract),
        queries_versions.prices_of(contract),
        grounds,
        effort=effort,
        item=item,
        amount=amount,
        day=day,
    )
    if found.amount <= 0:
        raise Refused(f"Dit telt nu niet mee. {found.steps[-1].text}", "enterprise")
    return found.amount


def _check_room(contract: Contract, found: Account, effort: Effort, cents: int) -> None:
    if cents > found.room:
        raise Refused(
            f"Dit telt voor {euros(cents)}, en er is nog {euros(found.room)} te vullen.", "units"
        )
    cap = cap_of(queries_versions.rules_of(contract), effort, base_of_caps(found))
    if cap is not None and found.committed_by_effort[effort] + cents > cap:
        left = max(0, cap - found.committed_by_effort[effort])
        raise Refused(f"{EFFORT_LABELS[effort]}: hiervan mag nog {euros(left)} meetellen.", "units")


def _check_offer(
    enterprise: Organisation, offer: str, units: int, cents: int, limits: Limits
) -> None:
    taken = queries_agreement.taken_of([enterprise.id])
    used_units, used_cents = taken.get((enterprise.id, offer), (0, 0))
    if limits.units is not None and used_units + units > limits.units:
        left = max(0, limits.units - used_units)
        raise Refused(f"{enterprise.name} heeft hiervan nog {left} beschikbaar.", "units")
    if limits.cents is not None and used_cents + cents > limits.cents:
        left = max(0, limits.cents - used_cents)
        raise Refused(f"{enterprise.name} heeft hiervan nog {euros(left)} beschikbaar.", "units")
    total = sum(used for _, used in taken.values())
    if limits.enterprise_cents is not None and total + cents > limits.enterprise_cents:
        left = max(0, limits.enterprise_cents - total)
        raise Refused(f"{enterprise.name} kan in totaal nog {euros(left)} aan.", "units")


def close_agreement(*, row: Agreement, done: bool, reason: str, by: Person) -> None:
    """An agreement was carried out, or stops: what does not count of it comes free."""
    if not permissions.may_declare(by, row.contract):
        raise NotFound
    refuse_bsn({"reason": reason})
    if not done and not reason.strip():
        raise Refused("Geef de reden.", "reason")
    with transaction():
        lock(row.enterprise)
        lock(row.contract)
        row = lock(row)
        if row.state != Agreed.AGREED:
            raise Refused("Deze afspraak is al afgesloten.")
        row.state = Agreed.DONE if done else Agreed.CANCELLED
        row.closed_at, row.closed_reason = clock.now(), reason
        audit.record(f"agreement.{row.state}", row, by=by, organisation=row.contract.contractor)


def stop_agreements(
    *, contract: Contract, why: str, by: Person, within: ContractTerms | None = None
) -> int:
    """Stop the open agreements of a contract that can go on no longer, and write to both parties.

    That is all of them when it was settled, and those wholly outside ``within`` when its days
    changed. Belongs inside the transaction that holds the lock on the contract. Returns how many.
    """
    stopped = []
    for row in queries_agreement.agreements(contract)[::-1]:
        row = lock(row)
        if row.state != Agreed.AGREED or (
            within is not None
            and can_go_on(
                row.starts_on, row.ends_on, starts_on=within.starts_on, ends_on=within.ends_on
            )
        ):
            continue
        row.state, row.closed_at, row.closed_reason = Agreed.CANCELLED, clock.now(), why
        audit.record("agreement.lapsed", row, by=by, organisation=contract.contractor)
        stopped.append(row)
    counts = queries_agreement.counted(stopped)
    for row in stopped:
        _tell_stopped(row, contract, f"{why} {set_free(row.cents, counts.get(row.id, 0))}")
    return len(stopped)


def _tell_stopped(row: Agreement, contract: Contract, what: str) -> None:
    url = links.address("social_return.contract", public_id=contract.public_id)
    own = links.address("social_return.own_agreements")
    for people, other, page in (
        (queries.entrepreneurs_of(row.enterprise_id), contract.contractor.name, own),
        (queries.contacts_of(contract.contractor_id), row.enterprise.name, url),
    ):
        for person in people:
            letter = mails.stopped(person.email, person.name, other, contract.title, what, page)
            mail.post(letter, person=person)
