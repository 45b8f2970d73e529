"""The table as the solver sees it, read from the ledger, the register and what people typed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from impactmakelaar.core.reference import distance_km, reference
from impactmakelaar.intake import queries, rules
from impactmakelaar.intake.models import IntakeTable, Need, Offer, Participant
from impactmakelaar.intake.rules import Failed, Supply
from impactmakelaar.intake.rules_offers import Counts, Unit, counts
from impactmakelaar.intake.rules_proposal import Cell, Sheet
from impactmakelaar.intake.rules_schedule import Slot
from impactmakelaar.intake.rules_table import Coming, Side, why_not_there
from impactmakelaar.register import queries as register
from impactmakelaar.register.catalogue import Listing, home_of
from impactmakelaar.social_return import queries as ledger
from impactmakelaar.social_return import queries_agreement, queries_grounds
from impactmakelaar.social_return import queries_versions as ledger_versions
from impactmakelaar.social_return.queries import Account
from impactmakelaar.social_return.rules import Effort
from impactmakelaar.social_return.rules_obligation import cap_of
from impactmakelaar.social_return.rules_worth import Grounds

PLENTY = 10**12
"""Cents of an enterprise that named no limit."""
SMALL_PEOPLE, NEW_YEARS = 10, 3


def sheet_of(table: IntakeTable) -> Sheet:
    """Everything about a table on the day it is held; the number of queries is fixed."""
    people = {one.id: one for one in queries.participants(table)}
    sheet = Sheet(table.tables, table.rounds, table.most_contractor, table.most_enterprise)
    sheet.begun = table.begun
    here = {n: one for n, one in people.items() if one.state in (Coming.CONFIRMED, Coming.ABSENT)}
    sheet.contractors = _side(here, Side.CONTRACTOR)
    sheet.enterprises = _side(here, Side.ENTERPRISE)
    everything = frozenset(range(table.begun, table.rounds))
    apart = kept_apart(table, people.values())
    for one in people.values():
        away = frozenset(one.away) & frozenset(range(table.rounds))
        sheet.away[one.public_id] = away | (everything if one.state == Coming.ABSENT else set())
    for row in queries.meetings(table):
        both = (row.contractor, row.enterprise)
        comes = not any(why_not_there(one.state, one.away, row.round) for one in both)
        pairing = (row.contractor.public_id, row.enterprise.public_id)
        # A lock cannot keep somebody at a table where he is not, or with whom he will not talk.
        if (row.locked and comes and pairing not in apart) or row.round < table.begun:
            sheet.locked[pairing] = Slot(row.round, row.seat)
    _add_wishes(sheet, people)
    _Filler(table, sheet, people).fill(apart)
    return sheet


def _side(here: Mapping[int, Participant], side: Side) -> tuple[str, ...]:
    return tuple(sorted(one.public_id for one in here.values() if one.side == side))


def _add_wishes(sheet: Sheet, people: Mapping[int, Participant]) -> None:
    for one in people.values():
        for other in one.wishes:
            contractor = one.side == Side.CONTRACTOR
            pairing = (one.public_id, other) if contractor else (other, one.public_id)
            sheet.wishes[pairing] = sheet.wishes.get(pairing, 0) + 1


def kept_apart(table: IntakeTable, people: Iterable[Participant]) -> set[tuple[str, str]]:
    """The pairs that do not meet: because the organiser says so, or one of the two."""
    people = list(people)
    names = {one.id: one.public_id for one in people}
    found = {
        (names[row.contractor_id], names[row.enterprise_id]) for row in queries.forbidden(table)
    }
    for one in people:
        for other in one.blocks:
            contractor = one.side == Side.CONTRACTOR
            found.add((one.public_id, other) if contractor else (other, one.public_id))
    return found


def owner_of(one: Participant) -> str:
    """Who stands behind a participant: its KVK number, else its own id."""
    return one.organisation.kvk_number or one.organisation.public_id


class _Filler:
    """Adds needs, supplies and their cells to a sheet."""

    def __init__(self, table: IntakeTable, sheet: Sheet, people: Mapping[int, Participant]) -> None:
        self.table, self.sheet, self.people, self.day = table, sheet, people, table.held_on
        self.needs = queries.needs(table)
        self.offers = queries.offers(table)
        enterprises = [p.organisation for p in people.values() if p.side == Side.ENTERPRISE]
        ids = [one.id for one in enterprises]
        self.grounds = queries_grounds.grounds_of(enterprises, table.region_id, self.day)
        self.listed: dict[int, Listing] = {one.id: one for one in register.listings(self.day, ids)}
        self.taken = queries_agreement.taken_of(ids)
        self.taken_all: dict[int, int] = defaultdict(int)
        for (enterprise, _), (_, cents) in self.taken.items():
            self.taken_all[enterprise] += cents
        contracts = [need.contract for need in self.needs]
        self.accounts = ledger.accounts(contracts, self.day) if contracts else {}
        self.known: dict[tuple[str, int, int], Counts] = {}

    def fill(self, blocked: set[tuple[str, str]]) -> None:
        """Needs, supplies, and what each pair of them is worth."""
        for need in self.needs:
            row = self._need(need)
            self.sheet.needs[row.id] = row
        for offer in self.offers:
            supply = self._supply(offer)
            self.sheet.supplies[supply.id] = supply
        for need in self.needs:
            for offer in self.offers:
                self.sheet.cells[need.public_id, offer.public_id] = self._cell(need, offer, blocked)

    def _need(self, need: Need) -> rules.Need:
        contract, account = need.contract, self.accounts[need.contract_id]
        found = ledger_versions.rules_of(contract)
        one = self.people[need.participant_id]
        return rules.Need(
            id=need.public_id,
            contractor=one.public_id,
            owner=owner_of(one),
            room=account.room,
            required=account.calculation.expected,
            municipality=contract.authority.municipality_code or "",
            starts_on=max(account.terms.starts_on, self.day),
            ends_on=account.terms.ends_on,
            kinds=frozenset(str(effort) for effort in found.efforts),
            caps=tuple(
                (effort, max(0, (cap or 0) - account.committed_by_effort[effort]))
                for effort in sorted(found.caps)
                for cap in [cap_of(found, effort, _base(account))]
            ),
            confirmed=one.state == Coming.CONFIRMED,
        )

    def _supply(self, offer: Offer) -> Supply:
        one = self.people[offer.participant_id]
        units, cents = self.taken.get((one.organisation_id, offer.key), (0, 0))
        listing = self.listed.get(one.organisation_id)
        document = listing.document if listing else {}
        founded = document.get("founded_year")
        people = document.get("employees")
        total = one.most_euros if one.most_euros is not None else PLENTY
        return Supply(
            id=offer.public_id,
            enterprise=one.public_id,
            owner=owner_of(one),
            kind=offer.effort,
            group=offer.effort,
            units=max(0, offer.units - units),
            euros=PLENTY - cents,
            enterprise_euros=max(0, total - self.taken_all.get(one.organisation_id, 0)),
            minimum=offer.minimum,
            municipalities=frozenset(offer.municipalities),
            starts_on=offer.starts_on,
            ends_on=offer.ends_on,
            sectors=frozenset(offer.sectors),
            listed=listing is not None,
            confirmed=one.state == Coming.CONFIRMED,
            small=people is not None and people < SMALL_PEOPLE,
            new=founded is not None and self.day.year - founded < NEW_YEARS,
        )

    def _cell(self, need: Need, offer: Offer, blocked: set[tuple[str, str]]) -> Cell:
        row, supply = self.sheet.needs[need.public_id], self.sheet.supplies[offer.public_id]
        found = self._counts(need, offer)
        failed = rules.failed(row, supply, found.cents, blocked)
        if not row.municipality:
            failed = [one for one in failed if one != Failed.PLACE]
        if offer.effort == Effort.PURCHASE:
            failed = [Failed.NOT_RECOGNISED if f == Failed.NO_PRICE else f for f in failed]
        points = rules.fit(row, supply, found.cents, self._km(need, offer), self.day)
        return Cell(found.cents, found.item, tuple(failed), points, found.steps)

    def _counts(self, need: Need, offer: Offer) -> Counts:
        contract = need.contract
        key = (offer.public_id, contract.prices_id, contract.rules_id)
        if key not in self.known:
            one = self.people[offer.participant_id]
            self.known[key] = counts(
                Unit(offer.effort, offer.item, offer.amount),
                ledger_versions.rules_of(contract),
                ledger_versions.prices_of(contract),
                self.grounds.get(one.organisation_id, Grounds()),
                self.day,
            )
        return self.known[key]

    def _km(self, need: Need, offer: Offer) -> float | None:
        listing = self.listed.get(self.people[offer.participant_id].organisation_id)
        spot = reference().coordinates.get(need.contract.authority.municipality_code or "")
        home = home_of(listing.document, reference()) if listing else None
        return distance_km(spot, home) if spot and home else None


def _base(account: Account) -> int:
    return max(account.calculation.amount, account.calculation.expected)


def with_everybody(sheet: Sheet) -> Sheet:
    """The same sheet as if everybody had confirmed: what the invited may expect."""
    cells = {
        key: replace(cell, failed=tuple(one for one in cell.failed if one != Failed.NOT_CONFIRMED))
        for key, cell in sheet.cells.items()
    }
    return replace(sheet, cells=cells)
