"""Who meets whom: everybody once before anyone twice, and the limits always kept."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.intake.rules_meetings import (
    Room,
    Talk,
    choose,
    pairing_faults,
    reachable,
    unstable,
)
from impactmakelaar.intake.solver_meetings import choose_meetings

CONTRACTORS = [f"c{n}" for n in range(5)]
ENTERPRISES = [f"e{n}" for n in range(8)]
TALKS = st.dictionaries(
    st.tuples(st.sampled_from(CONTRACTORS), st.sampled_from(ENTERPRISES)),
    st.integers(0, 100),
    max_size=30,
).map(lambda d: [Talk(c, e, s) for (c, e), s in d.items()])


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    return Room(
        {c: draw(st.integers(0, 4)) for c in CONTRACTORS},
        {e: draw(st.integers(0, 3)) for e in ENTERPRISES},
        draw(st.integers(0, 20)),
        draw(st.frozensets(st.sampled_from(ENTERPRISES))),
    )


def met(pairings: list[tuple[str, str]]) -> set[str]:
    return {e for _, e in pairings}


def brute_force_reach(talks: list[Talk], room: Room) -> int:
    """The most enterprises with a meeting, by trying every set of them."""
    usable = {e for e in ENTERPRISES if room.enterprises[e] > 0}
    for size in range(min(len(usable), room.places), 0, -1):
        for group in combinations(sorted(usable), size):
            if seated(list(group), talks, dict(room.contractors)):
                return size
    return 0


def seated(group: list[str], talks: list[Talk], left: dict[str, int]) -> bool:
    if not group:
        return True
    for talk in talks:
        if talk.enterprise == group[0] and left[talk.contractor] > 0:
            left[talk.contractor] -= 1
            if seated(group[1:], talks, left):
                return True
            left[talk.contractor] += 1
    return False


@settings(max_examples=150, deadline=None)
@given(TALKS, rooms())
def test_as_many_enterprises_meet_as_can(talks: list[Talk], room: Room) -> None:
    best = brute_force_reach(talks, room)

    plain = choose(talks, room)
    solved, method = choose_meetings(talks, room)

    assert reachable(talks, room) == best
    assert len(met(plain)) == len(met(solved)) == best
    assert method == "optimal"
    assert pairing_faults(plain, talks, room) == pairing_faults(solved, talks, room) == []


@settings(max_examples=150, deadline=None)
@given(TALKS, rooms(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    talks: list[Talk], room: Room, random: object
) -> None:
    mixed = list(talks)
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert choose(mixed, room) == choose(talks, room)
    assert choose_meetings(mixed, room) == choose_meetings(talks, room)


@settings(max_examples=150, deadline=None)
@given(TALKS, rooms())
def test_the_solver_scores_no_less_than_the_plain_way(talks: list[Talk], room: Room) -> None:
    score = {t.pairing: t.score for t in talks}
    plain, (solved, _) = choose(talks, room), choose_meetings(talks, room)
    first = room.first

    assert len(met(solved) & first) >= len(met(plain) & first)
    if len(met(solved) & first) == len(met(plain) & first):
        assert sum(score[p] for p in solved) >= sum(score[p] for p in plain)


def naive_unstable(chosen: set[tuple[str, str]], talks: list[Talk], room: Room) -> int:
    score = {t.pairing: t.score for t in talks}
    count = 0
    for t in talks:
        if t.pairing in chosen:
            continue
        mine = [score[p] for p in chosen if p[0] == t.contractor]
        theirs = [score[p] for p in chosen if p[1] == t.enterprise]
        c, e = room.contractors[t.contractor], room.enterprises[t.enterprise]
        if (
            c
            and e
            and (len(mine) < c or min(mine) < t.score)
            and (len(theirs) < e or min(theirs) < t.score)
        ):
            count += 1
    return count


@settings(max_examples=150, deadline=None)
@given(TALKS, rooms())
def test_unstable_counts_what_a_naive_count_does(talks: list[Talk], room: Room) -> None:
    chosen = set(choose(talks, room))

    assert len(unstable(chosen, talks, room)) == naive_unstable(chosen, talks, room)


def test_a_fixed_meeting_stays() -> None:
    talks = [Talk("c0", "e0", 90), Talk("c0", "e1", 80)]
    room = Room({"c0": 1}, {"e0": 1, "e1": 1}, 5)

    assert choose(talks, room, [("c0", "e1")]) == [("c0", "e1")]
    assert choose_meetings(talks, room, [("c0", "e1")])[0] == [("c0", "e1")]


@pytest.mark.parametrize(("first", "who"), [({"e0"}, "e0"), ({"e1"}, "e1")])
def test_small_and_new_come_first_when_not_everybody_fits(first: set[str], who: str) -> None:
    talks = [Talk("c0", "e0", 50), Talk("c0", "e1", 50)]
    room = Room({"c0": 1}, {"e0": 1, "e1": 1}, 5, frozenset(first))

    assert met(choose(talks, room)) == {who}
    assert met(choose_meetings(talks, room)[0]) == {who}
