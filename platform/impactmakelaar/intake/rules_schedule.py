"""When everybody meets: rounds and tables, in the fewest rounds that can be.

A session has meetings (a contractor and an enterprise each) and a number of tables. When everyone
is there all the time, the fewest rounds are ``max(most meetings of one party, meetings / tables)``
(König's theorem with balanced colours), and ``schedule`` reaches them: alternating paths give a
round to each meeting, and alternating chains move meetings from a full round to one with a table
free. ``repair`` leaves every meeting that is not touched where it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

Meeting = tuple[str, str]
"""(contractor, enterprise)."""
Party = tuple[str, str]
"""("c" or "e", id)."""


@dataclass(frozen=True)
class Slot:
    """Round and table, both from 0."""

    round: int
    table: int


Plan = dict[Meeting, Slot]


def fewest_rounds(meetings: Iterable[Meeting], tables: int) -> int:
    """The least number of rounds in which these meetings fit: the formula above.

    :raises ValueError: without a table there is no meeting.
    """
    if tables < 1:
        raise ValueError("a session needs a table")
    degree: dict[tuple[str, str], int] = defaultdict(int)
    count = 0
    for contractor, enterprise in meetings:
        degree["c", contractor] += 1
        degree["e", enterprise] += 1
        count += 1
    return max(max(degree.values(), default=0), -(-count // tables))


class Rounds:
    """A growing schedule: which meeting each party has in each round."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.at: dict[tuple[str, str], dict[int, Meeting]] = defaultdict(dict)
        self.round_of: dict[Meeting, int] = {}
        self.sizes = [0] * number

    def put(self, meeting: Meeting, number: int) -> None:
        """Place a meeting in a round where both are free."""
        for party in parties(meeting):
            assert number not in self.at[party]
            self.at[party][number] = meeting
        self.round_of[meeting] = number
        self.sizes[number] += 1

    def take(self, meeting: Meeting) -> int:
        """Take a meeting out; gives the round it had."""
        number = self.round_of.pop(meeting)
        for party in parties(meeting):
            del self.at[party][number]
        self.sizes[number] -= 1
        return number

    def free(self, party: tuple[str, str]) -> list[int]:
        """Rounds in which a party meets nobody."""
        busy = self.at[party]
        return [n for n in range(self.number) if n not in busy]

    def chain(self, party: tuple[str, str], first: int, second: int) -> list[Meeting]:
        """The meetings reached from a party by going back and forth between two rounds."""
        found: list[Meeting] = []
        look = first
        while look in self.at[party]:
            meeting = self.at[party][look]
            found.append(meeting)
            one, other = parties(meeting)
            party = other if party == one else one
            look = second if look == first else first
        return found

    def swap(self, chain: Sequence[Meeting], first: int, second: int) -> None:
        """Exchange two rounds along a chain."""
        before = [(meeting, self.take(meeting)) for meeting in chain]
        for meeting, number in before:
            self.put(meeting, second if number == first else first)


def parties(meeting: Meeting) -> tuple[tuple[str, str], tuple[str, str]]:
    """Both sides of a meeting, told apart even when their ids are the same."""
    return ("c", meeting[0]), ("e", meeting[1])


def colour(meetings: Iterable[Meeting], number: int) -> Rounds:
    """A round for each meeting so that nobody has two at once; ``number`` >= the highest degree."""
    rounds = Rounds(number)
    for meeting in sorted(set(meetings)):
        contractor, enterprise = parties(meeting)
        open_c, open_e = rounds.free(contractor), rounds.free(enterprise)
        both = sorted(set(open_c) & set(open_e), key=lambda n: (rounds.sizes[n], n))
        if both:
            rounds.put(meeting, both[0])
            continue
        first, second = open_c[0], open_e[0]
        # The enterprise is busy in ``first``; along that chain the two rounds change places. In a
        # graph of two sides the chain never comes back to the contractor.
        rounds.swap(rounds.chain(enterprise, first, second), first, second)
        rounds.put(meeting, first)
    return rounds


def balance(rounds: Rounds, tables: int) -> None:
    """Move meetings from rounds that need too many tables to rounds that have one free."""
    while True:
        full = [n for n in range(rounds.number) if rounds.sizes[n] > tables]
        if not full:
            return
        spare = min(range(rounds.number), key=lambda n: (rounds.sizes[n], n))
        if rounds.sizes[spare] >= tables:
            raise ValueError("more meetings than rounds times tables")
        rounds.swap(_longer_chain(rounds, full[0], spare), full[0], spare)


def _longer_chain(rounds: Rounds, full: int, spare: int) -> list[Meeting]:
    """A chain with one meeting more in the full round; it exists when that round is larger."""
    seen: set[Meeting] = set()
    for meeting in sorted(m for m, n in rounds.round_of.items() if n == full):
        if meeting in seen:
            continue
        one, other = parties(meeting)
        behind = rounds.chain(one, spare, full)
        ahead = rounds.chain(other, spare, full)
        chain = [*behind, meeting, *(m for m in ahead if m not in behind)]
        seen.update(chain)
        extra = sum(1 if rounds.round_of[m] == full else -1 for m in chain)
        if extra == 1:
            return chain
    raise AssertionError("a larger round always has such a chain")


def schedule(meetings: Iterable[Meeting], tables: int) -> Plan:
    """A plan in ``fewest_rounds``: nobody twice in a round, no table twice in a round."""
    wanted = sorted(set(meetings))
    rounds = colour(wanted, fewest_rounds(wanted, tables))
    balance(rounds, tables)
    return seat(rounds, tables)


def seat(rounds: Rounds, tables: int) -> Plan:
    """Give each meeting a table; a contractor keeps his own as far as that goes."""
    plan: Plan = {}
    last: dict[str, int] = {}
    for number in range(rounds.number):
        here = sorted(m for m, n in rounds.round_of.items() if n == number)
        open_tables = set(range(tables))
        waiting = []
        for meeting in here:
            table = last.get(meeting[0])
            if table in open_tables:
                plan[meeting] = Slot(number, table)
                open_tables.discard(table)
            else:
                waiting.append(meeting)
        for meeting in waiting:
            table = min(open_tables)
            open_tables.discard(table)
            plan[meeting] = Slot(number, table)
            last[meeting[0]] = table
    return plan


@dataclass(frozen=True)
class Presence:
    """What is not as usual: rounds in which a party is away, and tables per round.

    ``same`` names who sits at the table in two roles, as enterprise and as contractor: it cannot
    be at two tables at once (its role as enterprise -> its role as contractor).
    """

    away: Mapping[Party, AbstractSet[int]]
    tables: Sequence[int]
    same: Mapping[Party, Party] = field(default_factory=dict)

    def people(self, meeting: Meeting) -> tuple[Party, Party]:
        """Who is taken by a meeting, whatever the role."""
        one, other = parties(meeting)
        return self.same.get(one, one), self.same.get(other, other)

    def can(self, meeting: Meeting, number: int) -> bool:
        """Whether both parties are there in a round."""
        return all(number not in self.away.get(party, ()) for party in parties(meeting))


def repair(
    plan: Plan,
    presence: Presence,
    candidates: Iterable[Meeting],
    most: Mapping[tuple[str, str], int],
    started: int = 0,
) -> tuple[Plan, list[Meeting], list[Meeting]]:
    """(plan, meetings that fell out, meetings that came in) after somebody is away.

    A meeting with both parties present keeps its round and table; rounds before ``started`` are
    over and stay as they were. Freed places are filled from ``candidates`` in their order, up to
    ``most`` meetings per party. Repairing twice gives the same plan as once.
    """
    kept = {
        meeting: slot
        for meeting, slot in plan.items()
        if slot.round < started
        or (presence.can(meeting, slot.round) and slot.table < presence.tables[slot.round])
    }
    lost = sorted(meeting for meeting in plan if meeting not in kept)
    if not lost:
        return dict(kept), [], []
    result, added = fill(kept, presence, [*lost, *candidates], most, started)
    return result, [m for m in lost if m not in result], added


def fill(
    kept: Plan,
    presence: Presence,
    candidates: Iterable[Meeting],
    most: Mapping[tuple[str, str], int],
    started: int = 0,
) -> tuple[Plan, list[Meeting]]:
    """(plan, meetings that came in): free places are given to ``candidates`` in their order.

    Nothing that was there moves; rounds before ``started`` are over.
    """
    busy: dict[Party, set[int]] = defaultdict(set)
    had: dict[Party, int] = defaultdict(int)
    used: dict[int, set[int]] = defaultdict(set)
    for meeting, slot in kept.items():
        used[slot.round].add(slot.table)
        for party in presence.people(meeting):
            busy[party].add(slot.round)
        for party in parties(meeting):
            had[party] += 1
    result = dict(kept)
    added = []
    for meeting in candidates:
        if meeting in result:
            continue
        if any(had[party] >= most.get(party, 0) for party in parties(meeting)):
            continue
        one, other = presence.people(meeting)
        if one == other:
            continue
        for number in range(started, len(presence.tables)):
            if number in busy[one] or number in busy[other] or not presence.can(meeting, number):
                continue
            tables = set(range(presence.tables[number])) - used[number]
            if tables:
                result[meeting] = Slot(number, min(tables))
                used[number].add(min(tables))
                busy[one].add(number)
                busy[other].add(number)
                for party in parties(meeting):
                    had[party] += 1
                added.append(meeting)
                break
    return result, added


def plan_faults(plan: Plan, presence: Presence) -> list[str]:
    """Everything wrong with a plan, one sentence each; empty when it can be held."""
    wrong = []
    seen: set[tuple[object, ...]] = set()
    for meeting, slot in sorted(plan.items()):
        if not 0 <= slot.round < len(presence.tables):
            wrong.append(f"{meeting}: no round {slot.round}")
            continue
        if not 0 <= slot.table < presence.tables[slot.round]:
            wrong.append(f"{meeting}: no table {slot.table} in round {slot.round}")
        if not presence.can(meeting, slot.round):
            wrong.append(f"{meeting}: somebody is away in round {slot.round}")
        for key in (
            ("table", slot.round, slot.table),
            *((slot.round, p) for p in presence.people(meeting)),
        ):
            if key in seen:
                wrong.append(f"{meeting}: {key} twice")
            seen.add(key)
    return wrong
