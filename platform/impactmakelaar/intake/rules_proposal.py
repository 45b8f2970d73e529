"""A table as the solver sees it, and its proposal: plain values, the same for the same input.

Everything is known by public ids and sorted by them, so that neither the order of rows nor the
day on which somebody presses the button changes a plan.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from impactmakelaar.intake.rules import REASONS, Failed, Fit, Need, Supply
from impactmakelaar.intake.rules_allocation import (
    Enterprise,
    Obligation,
    Offer,
    Pair,
    Problem,
)
from impactmakelaar.intake.rules_meetings import Pairing, Room, Talk
from impactmakelaar.intake.rules_schedule import Presence, Slot
from impactmakelaar.social_return.rules import Step

WISH_POINTS = 10
"""A wish of one side is worth 10 points, of both 20; the sum never passes 100."""
PLANNED = 100
"""A conversation for which the allocation has an agreement goes before every other."""


@dataclass(frozen=True)
class Cell:
    """A need and an offer: what a unit counts for, why they may not talk, how well they fit."""

    unit: int
    item: str
    failed: tuple[Failed, ...]
    fit: Fit
    steps: tuple[Step, ...] = ()


@dataclass
class Sheet:
    """All that a proposal is made from. Participants, needs and offers by public id."""

    tables: int
    rounds: int
    most_contractor: int
    most_enterprise: int
    needs: dict[str, Need] = field(default_factory=dict)
    supplies: dict[str, Supply] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    wishes: dict[Pairing, int] = field(default_factory=dict)
    away: dict[str, frozenset[int]] = field(default_factory=dict)
    locked: dict[Pairing, Slot] = field(default_factory=dict)
    contractors: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    begun: int = 0

    def eligible(self) -> list[tuple[str, str]]:
        """The pairs (need, offer) that break no rule."""
        return sorted(key for key, cell in self.cells.items() if not cell.failed)

    def between(self, pairing: Pairing) -> list[tuple[str, str]]:
        """All pairs (need, offer) of a contractor and an enterprise."""
        return self._by_pairing.get(pairing, [])

    @cached_property
    def _by_pairing(self) -> dict[Pairing, list[tuple[str, str]]]:
        found: dict[Pairing, list[tuple[str, str]]] = defaultdict(list)
        for need, offer in sorted(self.cells):
            found[self.needs[need].contractor, self.supplies[offer].enterprise].append(
                (need, offer)
            )
        return found

    def fingerprint(self) -> str:
        """SHA-256 of the whole input, whatever the order of its rows."""
        data: dict[str, Any] = {
            "table": [self.tables, self.rounds, self.most_contractor, self.most_enterprise],
            "needs": [_plain(asdict(self.needs[key])) for key in sorted(self.needs)],
            "supplies": [_plain(asdict(self.supplies[key])) for key in sorted(self.supplies)],
            "cells": [
                [*key, cell.unit, cell.item, list(cell.failed), _plain(asdict(cell.fit))]
                for key, cell in sorted(self.cells.items())
            ],
            "wishes": sorted([*key, count] for key, count in self.wishes.items()),
            "away": sorted([key, *sorted(found)] for key, found in self.away.items() if found),
            "locked": sorted([*key, s.round, s.table] for key, s in self.locked.items()),
            "who": [sorted(self.contractors), sorted(self.enterprises), self.begun],
        }
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: sorted(value) if isinstance(value, set | frozenset) else str(value)
        for key, value in values.items()
    }


def problem_of(sheet: Sheet, without: AbstractSet[Pairing] = frozenset()) -> Problem:
    """Who could fulfil how much of what: the eligible pairs with their limits."""
    pairs = [
        Pair(need, offer, sheet.cells[need, offer].unit, sheet.cells[need, offer].fit.total)
        for need, offer in sheet.eligible()
        if (sheet.needs[need].contractor, sheet.supplies[offer].enterprise) not in without
    ]
    supplies = sheet.supplies.values()
    return Problem(
        [Obligation(n.id, n.room, n.caps, sheet.most_contractor) for n in sheet.needs.values()],
        [
            Enterprise(one, max(s.enterprise_euros for s in mine), sheet.most_enterprise)
            for one in sorted({s.enterprise for s in supplies})
            for mine in [[s for s in supplies if s.enterprise == one]]
        ],
        [Offer(s.id, s.enterprise, s.group, s.units, s.euros, s.minimum) for s in supplies],
        pairs,
    )


def score(sheet: Sheet, pairing: Pairing) -> int | None:
    """How well two parties fit, 0 to 100: their best pair and what they wished; None: not at all.

    It depends on these two alone.
    """
    fits = [
        sheet.cells[key].fit.total for key in sheet.between(pairing) if not sheet.cells[key].failed
    ]
    if not fits:
        return None
    return min(100, max(fits) + WISH_POINTS * sheet.wishes.get(pairing, 0))


def talks(sheet: Sheet) -> list[Talk]:
    """Every conversation that makes sense, with its score."""
    best: dict[Pairing, int] = defaultdict(int)
    for need, offer in sheet.eligible():
        pairing = (sheet.needs[need].contractor, sheet.supplies[offer].enterprise)
        best[pairing] = max(best[pairing], sheet.cells[need, offer].fit.total)
    return [
        Talk(c, e, min(100, points + WISH_POINTS * sheet.wishes.get((c, e), 0)))
        for (c, e), points in sorted(best.items())
    ]


def room_of(sheet: Sheet, extra: int = 0) -> Room:
    """How many meetings fit for whom; small and new enterprises come first."""
    free = {
        who: sheet.rounds - len(sheet.away.get(who, ()))
        for who in (*sheet.contractors, *sheet.enterprises)
    }
    return Room(
        {c: min(sheet.most_contractor + extra, free[c]) for c in sheet.contractors},
        {e: min(sheet.most_enterprise + extra, free[e]) for e in sheet.enterprises},
        sheet.rounds * sheet.tables,
        frozenset(s.enterprise for s in sheet.supplies.values() if s.small or s.new),
    )


def presence_of(sheet: Sheet) -> Presence:
    """Who is away when, and who sits there in two roles; every round has all tables."""
    away: dict[tuple[str, str], AbstractSet[int]] = {}
    for side, who in (("c", sheet.contractors), ("e", sheet.enterprises)):
        for one in who:
            if sheet.away.get(one):
                away[side, one] = sheet.away[one]
    contractor_of = {need.owner: need.contractor for need in sheet.needs.values()}
    same = {
        ("e", supply.enterprise): ("c", contractor_of[supply.owner])
        for supply in sheet.supplies.values()
        if supply.owner in contractor_of
    }
    return Presence(away, [sheet.tables] * sheet.rounds, same)


def planned_pairings(problem: Problem, units: Sequence[int]) -> dict[Pairing, int]:
    """(obligation, enterprise) -> cents that the allocation agrees between them."""
    found: dict[Pairing, int] = defaultdict(int)
    for i, count in enumerate(units):
        if count:
            key = (problem.pairs[i].obligation, problem.enterprises[problem.enterprise[i]].id)
            found[key] += count * problem.pairs[i].unit
    return dict(found)


def why_without(sheet: Sheet, enterprise: str) -> str:
    """Why an enterprise has no meeting, in one sentence."""
    mine = [key for key in sheet.cells if sheet.supplies[key[1]].enterprise == enterprise]
    if not any(s.enterprise == enterprise for s in sheet.supplies.values()):
        return "Deze onderneming heeft nog geen aanbod aan deze tafel."
    if any(not sheet.cells[key].failed for key in mine):
        return "Er waren te weinig rondes of tafels om iedereen een gesprek te geven."
    closest = min(
        (sheet.cells[key].failed for key in mine),
        key=lambda failed: (len(failed), failed),
        default=(),
    )
    if not closest:
        return "Er is geen verplichting om over te praten."
    return REASONS[closest[0]]


def reasons(cells: Iterable[Cell]) -> list[str]:
    """Why none of these pairs may talk: the rules broken by the pair that comes closest."""
    failed = [cell.failed for cell in cells]
    if not failed:
        return ["Een van beide heeft niets op tafel gelegd."]
    if any(not one for one in failed):
        return []
    closest = min(failed, key=lambda one: (len(one), one))
    return [REASONS[one] for one in closest]


def closeness(value: int, bound: float | None) -> int | None:
    """How many tenths of a per cent of the bound a value reaches, rounded down; None: no bound."""
    if bound is None or bound <= 0 or bound == float("inf"):
        return None
    return min(1000, int(1000 * value / bound + 1e-6))


def as_result(
    sheet: Sheet,
    problem: Problem,
    units: Sequence[int],
    plan: Mapping[Pairing, Slot],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The proposal as it is kept: ids, whole numbers and nothing that depends on the day."""
    planned = planned_pairings(problem, units)
    by_talk: dict[Pairing, int] = defaultdict(int)
    for (need, enterprise), cents in planned.items():
        by_talk[sheet.needs[need].contractor, enterprise] += cents
    met = {enterprise for _, enterprise in plan}
    return {
        "agreements": [
            [problem.pairs[i].obligation, problem.pairs[i].offer, x, x * problem.pairs[i].unit]
            for i, x in enumerate(units)
            if x
        ],
        "meetings": [
            [c, e, slot.round, slot.table, score(sheet, (c, e)) or 0, by_talk.get((c, e), 0)]
            for (c, e), slot in sorted(plan.items(), key=lambda one: (one[1].round, one[1].table))
        ],
        "without": [[e, why_without(sheet, e)] for e in sorted(sheet.enterprises) if e not in met],
        **facts,
    }
