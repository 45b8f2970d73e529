"""Likely interests, and reviewers spread around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.admission.rules_conflict import (
    ApplicantFacts,
    Interest,
    PersonFacts,
    address_key,
    likely,
    spread,
)

APPLICANT = ApplicantFacts(
    organisation_id=7,
    names=("Van Hulley B.V.", "Vanhulley"),
    emails=frozenset({"info@vanhulley.example", "iemand@gmail.com"}),
    address=address_key("Kerkstraat 1-a", "2011 ab"),
)


@pytest.mark.parametrize(
    ("facts", "kinds"),
    [
        (PersonFacts("a@gemeente.example"), []),
        (PersonFacts("a@gemeente.example", frozenset({7})), [Interest.WORK]),
        (PersonFacts("a@gemeente.example", employers=("VanHulley BV",)), [Interest.WORK]),
        (PersonFacts("a@gemeente.example", employers=("Van Hul",)), []),
        (PersonFacts("a@VANHULLEY.example"), [Interest.WORK]),
        (PersonFacts("a@gmail.com"), []),
        (
            PersonFacts(
                "a@b.example", addresses=frozenset({address_key("kerkstraat 1 A", "2011AB")})
            ),
            [Interest.TRADE],
        ),
        (PersonFacts("a@b.example", addresses=frozenset({address_key("", "")})), []),
    ],
)
def test_likely_interests(facts: PersonFacts, kinds: list[Interest]) -> None:
    assert [one.kind for one in likely(facts, APPLICANT)] == kinds


def test_an_application_without_an_address_suggests_none() -> None:
    applicant = ApplicantFacts(1, ("Zaadgoed",))
    assert likely(PersonFacts("a@b.example", addresses=frozenset({""})), applicant) == []


def test_work_moves_along_a_chain_of_people() -> None:
    # Only 1 and 2 can take 10; only 2 and 3 can take 11 and 12: 2 must not end with two.
    conflicts = frozenset({(10, 3), (11, 1), (12, 1)})
    found = spread([10, 11, 12], [1, 2, 3], per=1, conflicts=conflicts)
    assert sorted(found.load.values()) == [1, 1, 1]


def test_kept_reviewers_stay_and_too_few_are_counted() -> None:
    found = spread([10], [1, 2], per=3, conflicts=frozenset({(10, 2)}), kept={10: frozenset({1})})
    assert found.reviewers[10] == {1}
    assert found.short[10] == 2


members = st.lists(st.integers(1, 9), min_size=1, max_size=9, unique=True)


@given(
    members,
    st.integers(1, 12),
    st.integers(1, 4),
    st.frozensets(st.tuples(st.integers(100, 111), st.integers(1, 9)), max_size=30),
    st.dictionaries(st.integers(1, 9), st.integers(0, 5)),
)
def test_spread_is_fair_complete_and_repeatable(
    people: list[int],
    count: int,
    per: int,
    conflicts: frozenset[tuple[int, int]],
    load: dict[int, int],
) -> None:
    applications = list(range(100, 100 + count))
    found = spread(applications, people, per=per, conflicts=conflicts, load=load)
    again = spread(applications, people[::-1], per=per, conflicts=conflicts, load=load)
    assert found == again
    for a in applications:
        able = {p for p in people if (a, p) not in conflicts}
        assert found.reviewers[a] <= able
        assert len(found.reviewers[a]) == min(per, len(able))
        assert found.short[a] == per - len(found.reviewers[a])
        for giver in found.reviewers[a]:
            for taker in able - found.reviewers[a]:
                assert found.load[giver] - found.load[taker] < 2
    for p in people:
        assigned = sum(p in found.reviewers[a] for a in applications)
        assert found.load[p] == load.get(p, 0) + assigned
