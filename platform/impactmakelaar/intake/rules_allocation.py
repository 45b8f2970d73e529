"""Who fulfils how much of which obligation: the problem, its limits, and a check of any answer.

A *problem* is a set of obligations, offers and eligible pairs in the order of their ids, so that
the same input gives the same answer whatever the order of its rows. Money is integer cents. An
*answer* gives whole units per pair; ``faults`` checks it in integer arithmetic, ``bound`` proves
from any set of prices how far it can be from the best. ``greedy`` needs no solver and is what a
session falls back on.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from math import inf

HANDLING_CENTS = 25_000
"""What one more agreement must at least bring to be worth its paperwork: 250 euros."""
FIT_SCALE = 1000
"""A euro at full fit (100 points) is worth 1.1 euro: fit decides between equals, not sums."""


@dataclass(frozen=True)
class Obligation:
    """What is left of an obligation: ``room`` in cents, ``caps`` per group of kinds, partners."""

    id: str
    room: int
    caps: tuple[tuple[str, int], ...] = ()
    partners: int = 8


@dataclass(frozen=True)
class Enterprise:
    """What one enterprise can take on in all: cents and number of partners."""

    id: str
    euros: int
    partners: int = 5


@dataclass(frozen=True)
class Offer:
    """One thing an enterprise offers: whole units, cents, and the smallest order in units."""

    id: str
    enterprise: str
    group: str
    units: int
    euros: int
    minimum: int = 1


@dataclass(frozen=True)
class Pair:
    """An eligible (obligation, offer): what a unit counts for there, in cents, and its fit."""

    obligation: str
    offer: str
    unit: int
    fit: int


class Problem:
    """The problem by number: pairs in canonical order, and the limits each of them touches.

    ``limits`` are capacities; ``touches[i]`` are (limit, weight) of pair ``i`` per unit, and
    ``partner_rows[i]`` the two limits that count one agreement each.
    """

    def __init__(
        self,
        obligations: Iterable[Obligation],
        enterprises: Iterable[Enterprise],
        offers: Iterable[Offer],
        pairs: Iterable[Pair],
    ) -> None:
        self.obligations = sorted(obligations, key=lambda o: o.id)
        self.enterprises = sorted(enterprises, key=lambda e: e.id)
        self.offers = sorted(offers, key=lambda f: f.id)
        number_of = {o.id: i for i, o in enumerate(self.obligations)}
        offer_of = {f.id: i for i, f in enumerate(self.offers)}
        enterprise_of = {e.id: i for i, e in enumerate(self.enterprises)}
        self.limits: list[int] = []
        self.names: list[str] = []
        room = [self._limit(f"room {o.id}", o.room) for o in self.obligations]
        partners = [self._limit(f"partners {o.id}", o.partners) for o in self.obligations]
        caps = {
            (i, group): self._limit(f"cap {group} {o.id}", cents)
            for i, o in enumerate(self.obligations)
            for group, cents in o.caps
        }
        units = [self._limit(f"units {f.id}", f.units) for f in self.offers]
        euros = [self._limit(f"euros {f.id}", f.euros) for f in self.offers]
        total = [self._limit(f"euros {e.id}", e.euros) for e in self.enterprises]
        company = [self._limit(f"partners {e.id}", e.partners) for e in self.enterprises]
        self.pairs: list[Pair] = []
        self.obligation: list[int] = []
        self.offer: list[int] = []
        self.enterprise: list[int] = []
        self.touches: list[tuple[tuple[int, int], ...]] = []
        self.partner_rows: list[tuple[int, int]] = []
        self.minimum: list[int] = []
        self.maximum: list[int] = []
        for pair in sorted(pairs, key=lambda p: (p.obligation, p.offer)):
            o, f = number_of[pair.obligation], offer_of[pair.offer]
            offer = self.offers[f]
            e = enterprise_of[offer.enterprise]
            if pair.unit <= 0 or self.obligations[o].partners < 1:
                continue
            touches = [(room[o], pair.unit), (units[f], 1), (euros[f], pair.unit)]
            touches.append((total[e], pair.unit))
            if (o, offer.group) in caps:
                touches.append((caps[o, offer.group], pair.unit))
            most = min(self.limits[row] // weight for row, weight in touches)
            if most < max(1, offer.minimum):
                continue
            self.pairs.append(pair)
            self.obligation.append(o)
            self.offer.append(f)
            self.enterprise.append(e)
            self.touches.append(tuple(touches))
            self.partner_rows.append((partners[o], company[e]))
            self.minimum.append(max(1, offer.minimum))
            self.maximum.append(most)

    def _limit(self, name: str, capacity: int) -> int:
        self.limits.append(max(0, capacity))
        self.names.append(name)
        return len(self.limits) - 1

    def profit(self, i: int) -> int:
        """What a unit of pair ``i`` is worth, in thousandths of a cent."""
        return self.pairs[i].unit * (FIT_SCALE + self.pairs[i].fit)

    @property
    def handling(self) -> int:
        """What an agreement costs, in thousandths of a cent."""
        return HANDLING_CENTS * FIT_SCALE

    def fingerprint(self) -> str:
        """SHA-256 of the canonical input: kept with a plan to show what it was made from."""
        data = {
            "obligations": [asdict(o) for o in self.obligations],
            "enterprises": [asdict(e) for e in self.enterprises],
            "offers": [asdict(f) for f in self.offers],
            "pairs": [[p.obligation, p.offer, p.unit, p.fit] for p in self.pairs],
        }
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def value(problem: Problem, units: Sequence[int]) -> int:
    """The worth of an answer in thousandths of a cent."""
    return sum(problem.profit(i) * x - problem.handling for i, x in enumerate(units) if x > 0)


def euros(problem: Problem, units: Sequence[int]) -> int:
    """The cents of obligation that an answer fulfils."""
    return sum(problem.pairs[i].unit * x for i, x in enumerate(units) if x > 0)


def faults(problem: Problem, units: Sequence[int]) -> list[str]:
    """Every limit that an answer breaks, by name; empty when it may be carried out."""
    wrong = []
    used = [0] * len(problem.limits)
    for i, x in enumerate(units):
        if x == 0:
            continue
        pair = problem.pairs[i]
        if x < problem.minimum[i] or x > problem.maximum[i]:
            wrong.append(f"{pair.obligation} x {pair.offer}: {x} units")
        for row, weight in problem.touches[i]:
            used[row] += weight * x
        for row in problem.partner_rows[i]:
            used[row] += 1
    wrong += [
        f"{problem.names[row]}: {used[row]} of {capacity}"
        for row, capacity in enumerate(problem.limits)
        if used[row] > capacity
    ]
    return wrong


class Filling:
    """An answer that grows: knows what is left of every limit, and which pairs are ``taken``."""

    def __init__(self, problem: Problem, units: Sequence[int] | None = None) -> None:
        self.problem = problem
        self.left = list(problem.limits)
        self.units = [0] * len(problem.pairs)
        self.taken: set[int] = set()
        for i, x in enumerate(units or ()):
            if x:
                self.add(i, x)

    def add(self, i: int, more: int) -> None:
        """Give pair ``i`` so many units more (or fewer)."""
        before = self.units[i]
        self.units[i] = before + more
        for row, weight in self.problem.touches[i]:
            self.left[row] -= weight * more
        change = (self.units[i] > 0) - (before > 0)
        if change:
            (self.taken.add if change > 0 else self.taken.discard)(i)
            for row in self.problem.partner_rows[i]:
                self.left[row] -= change

    def headroom(self, i: int) -> int:
        """How many units more pair ``i`` could get now; 0 when that is under its minimum."""
        problem = self.problem
        left = self.left
        if self.units[i] == 0:
            first, second = problem.partner_rows[i]
            if left[first] < 1 or left[second] < 1:
                return 0
        more = problem.maximum[i] - self.units[i]
        for row, weight in problem.touches[i]:
            fits = left[row] // weight
            more = min(more, fits)
        if more <= 0 or self.units[i] + more < problem.minimum[i]:
            return 0
        if self.units[i] == 0 and problem.profit(i) * more <= problem.handling:
            return 0
        return more

    def fill(self, order: Iterable[int]) -> None:
        """Give each pair in turn all it can still get."""
        for i in order:
            more = self.headroom(i)
            if more:
                self.add(i, more)


def by_worth(problem: Problem, among: Iterable[int] | None = None) -> list[int]:
    """Pairs with the largest possible worth first; equals in the order of their ids."""
    indexes = range(len(problem.pairs)) if among is None else among
    return sorted(indexes, key=lambda i: (-problem.profit(i) * problem.maximum[i], i))


def greedy(problem: Problem) -> list[int]:
    """An answer without a solver: the most valuable pairs first, each as large as it can be."""
    filling = Filling(problem)
    filling.fill(by_worth(problem))
    return filling.units


def bound(problem: Problem, prices: Sequence[float]) -> float:
    """An upper bound on every answer, from prices per limit (weak duality).

    Any prices >= 0 give a valid bound, so it rests on no solver's word: capacity times price, plus
    what each pair would still earn at its maximum after paying for what it uses. In thousandths of
    a cent; ``inf`` when a price is no number.
    """
    total = 0.0
    for price, capacity in zip(prices, problem.limits, strict=True):
        if not price >= 0 or price == inf:
            return inf
        total += price * capacity
    for i, most in enumerate(problem.maximum):
        cost = sum(prices[row] * weight for row, weight in problem.touches[i])
        first, second = problem.partner_rows[i]
        left = problem.profit(i) - problem.handling / most - cost
        left -= (prices[first] + prices[second]) / most
        if left > 0:
            total += left * most
    return total
