"""Who meets whom: first everybody once, then the best conversations, never more than fits.

``choose`` gives each enterprise that can have a meeting at all a first one before anybody gets a
second, small and new enterprises first, and fills the other places by score. ``reachable`` counts
independently how many enterprises can have a meeting. ``unstable`` counts pairs that would both
rather meet each other: a figure and a list of swaps, not a rule, because coverage goes before it.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Pairing = tuple[str, str]
"""(contractor, enterprise)."""


@dataclass(frozen=True)
class Talk:
    """A meeting that would make sense: score 0..100, the same for both sides."""

    contractor: str
    enterprise: str
    score: int

    @property
    def pairing(self) -> Pairing:
        """Who meets whom."""
        return self.contractor, self.enterprise


@dataclass(frozen=True)
class Room:
    """How many meetings fit: per contractor, per enterprise, and in all (rounds x tables)."""

    contractors: Mapping[str, int]
    enterprises: Mapping[str, int]
    places: int
    first: AbstractSet[str] = field(default_factory=frozenset)
    """Small and new enterprises: they come first when not everybody can be reached."""


def ordered(talks: Iterable[Talk], room: Room) -> list[Talk]:
    """The talks that fit at all, in the order of their ids."""
    return sorted(
        {
            t
            for t in talks
            if room.contractors.get(t.contractor, 0) > 0
            and room.enterprises.get(t.enterprise, 0) > 0
        },
        key=lambda t: t.pairing,
    )


def reachable(talks: Iterable[Talk], room: Room) -> int:
    """The largest number of enterprises that can each have a meeting at once."""
    return len(_cover(ordered(talks, room), room, {}))


def _cover(talks: Sequence[Talk], room: Room, fixed: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Enterprise -> contractor of a largest set of first meetings, priority enterprises kept in.

    Augmenting paths (a transversal matroid): who was reached once stays reached, so handling the
    priority enterprises first reaches the most of them without reaching fewer in all.
    """
    options: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        options[talk.enterprise].append(talk)
    for found in options.values():
        found.sort(key=lambda t: (-t.score, t.contractor))
    left = dict(room.contractors)
    places = room.places
    done: set[str] = set()
    for contractor, enterprises in fixed.items():
        for enterprise in enterprises:
            left[contractor] = left.get(contractor, 0) - 1
            places -= 1
            done.add(enterprise)
    taken: dict[str, str] = {}
    holders: dict[str, set[str]] = defaultdict(set)
    order = sorted(options, key=lambda e: (e not in room.first, len(options[e]), e))
    for enterprise in order:
        if enterprise in done or len(taken) >= places:
            continue
        path = _augment(enterprise, options, left, holders)
        for mover, contractor in path:
            if mover in taken:
                holders[taken[mover]].discard(mover)
            taken[mover] = contractor
            holders[contractor].add(mover)
    return taken


def _augment(
    start: str,
    options: Mapping[str, Sequence[Talk]],
    left: Mapping[str, int],
    holders: Mapping[str, set[str]],
) -> list[tuple[str, str]]:
    """(enterprise, new contractor) along a shortest path to a contractor with room; else empty."""
    came: dict[str, tuple[str, str | None]] = {}
    queue = deque([start])
    asked = {start}
    while queue:
        enterprise = queue.popleft()
        for talk in options[enterprise]:
            contractor = talk.contractor
            if contractor in came:
                continue
            came[contractor] = (enterprise, None)
            if left.get(contractor, 0) > len(holders.get(contractor, ())):
                path = []
                at: str | None = contractor
                while at is not None:
                    mover = came[at][0]
                    path.append((mover, at))
                    at = next((c for c, held in holders.items() if mover in held), None)
                return path
            for other in sorted(holders.get(contractor, ())):
                if other not in asked:
                    asked.add(other)
                    queue.append(other)
    return []


def choose(talks: Iterable[Talk], room: Room, fixed: Iterable[Pairing] = ()) -> list[Pairing]:
    """Meetings without a solver: ``fixed`` ones, then everybody once, then by score."""
    usable = ordered(talks, room)
    by_contractor: dict[str, list[str]] = defaultdict(list)
    chosen = sorted(set(fixed))
    for contractor, enterprise in chosen:
        by_contractor[contractor].append(enterprise)
    chosen += [(c, e) for e, c in _cover(usable, room, by_contractor).items()]
    return sorted(filled(chosen, usable, room))


def filled(chosen: Iterable[Pairing], talks: Iterable[Talk], room: Room) -> set[Pairing]:
    """The chosen meetings and, by score, all others that still fit."""
    result = set(chosen)
    busy: dict[tuple[str, str], int] = defaultdict(int)
    for contractor, enterprise in result:
        busy["c", contractor] += 1
        busy["e", enterprise] += 1
    for talk in sorted(talks, key=lambda t: (-t.score, t.pairing)):
        if len(result) >= room.places:
            break
        if (
            talk.pairing not in result
            and busy["c", talk.contractor] < room.contractors[talk.contractor]
            and busy["e", talk.enterprise] < room.enterprises[talk.enterprise]
        ):
            result.add(talk.pairing)
            busy["c", talk.contractor] += 1
            busy["e", talk.enterprise] += 1
    return result


def pairing_faults(chosen: Iterable[Pairing], talks: Iterable[Talk], room: Room) -> list[str]:
    """Every limit that a choice breaks, by name."""
    known = {t.pairing for t in talks}
    busy: dict[tuple[str, str], int] = defaultdict(int)
    wrong = []
    chosen = list(chosen)
    for contractor, enterprise in chosen:
        busy["c", contractor] += 1
        busy["e", enterprise] += 1
        if (contractor, enterprise) not in known:
            wrong.append(f"{contractor} and {enterprise} have nothing to discuss")
    for (side, who), count in sorted(busy.items()):
        most = (room.contractors if side == "c" else room.enterprises).get(who, 0)
        if count > most:
            wrong.append(f"{who} has {count} meetings of {most}")
    if len(chosen) > room.places:
        wrong.append(f"{len(chosen)} meetings for {room.places} places")
    return wrong


def unstable(chosen: Iterable[Pairing], talks: Iterable[Talk], room: Room) -> list[Talk]:
    """Talks that both sides would rather have than the least of what they have; best first.

    A side with room to spare would rather have it than nothing.
    """
    talks = ordered(talks, room)
    score = {t.pairing: t.score for t in talks}
    chosen = set(chosen)
    worst: dict[tuple[str, str], int] = {}
    busy: dict[tuple[str, str], int] = defaultdict(int)
    for contractor, enterprise in chosen:
        for party in (("c", contractor), ("e", enterprise)):
            busy[party] += 1
            worst[party] = min(worst.get(party, 101), score.get((contractor, enterprise), 0))
    found = []
    for talk in talks:
        if talk.pairing in chosen:
            continue
        sides = (
            (("c", talk.contractor), room.contractors[talk.contractor]),
            (("e", talk.enterprise), room.enterprises[talk.enterprise]),
        )
        if all(busy[p] < most or worst[p] < talk.score for p, most in sides):
            found.append(talk)
    return sorted(found, key=lambda t: (-t.score, t.pairing))
