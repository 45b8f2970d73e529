"""Rules of the register: who is listed, what an address asks, how it is said, in which order."""

import hashlib
from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.admission.rules_standing import Reason, Standing, State
from impactmakelaar.register.rules import (
    FACETS,
    MAX_QUERY,
    MAX_VALUES,
    Filters,
    ListingFacts,
    listed,
    pairs_of,
    parse,
    seed_of,
    sentence,
    turn,
)

DAY = date(2026, 11, 24)
ADMITTED = Standing(State.NONE, Reason.REGISTER_ONLY, admitted=True)
KNOWN = {
    "gemeente": {"GM0392": "Haarlem", "GM0453": "Velsen"},
    "sector": {"green": "Groen en tuin", "cleaning": "Schoonmaak"},
    "vorm": {"service": "Dienst"},
    "keurmerk": {"pso": "PSO"},
}


def known(facet: str, value: str) -> bool:
    return value in KNOWN.get(facet, ())


def label(facet: str, value: str) -> str:
    return KNOWN.get(facet, {}).get(value, value)


def asked(query: str) -> Filters:
    return parse(pairs_of(query), known)


@pytest.mark.parametrize(
    ("approved", "published", "paused", "withdrawn"), list(product([True, False], repeat=4))
)
def test_listed_asks_all_of_it(
    approved: bool, published: bool, paused: bool, withdrawn: bool
) -> None:
    facts = ListingFacts(approved, published, paused, withdrawn, None, ADMITTED)

    assert listed(facts, DAY) == (approved and published and not paused and not withdrawn)


@pytest.mark.parametrize(("days", "expected"), [(-1, False), (0, False), (1, True), (400, True)])
def test_listed_until_the_day_it_ends(days: int, expected: bool) -> None:
    facts = ListingFacts(True, True, False, False, DAY + timedelta(days), ADMITTED)

    assert listed(facts, DAY) is expected


@pytest.mark.parametrize(
    ("state", "admitted", "unlists", "expected"),
    [
        (State.IN_GRACE, True, False, True),
        (State.CERTIFIED, True, True, True),
        (State.NONE, True, True, True),
        (State.NONE, False, False, False),
        (State.LAPSED, True, False, True),
        (State.LAPSED, True, True, False),
        (State.LAPSED, False, False, False),
        (State.SUSPENDED, True, False, False),
        (State.APPLIED, False, False, False),
        (State.REFUSED, False, False, False),
        (State.WITHDRAWN, False, False, False),
        (State.ENDED, False, False, False),
        (State.ENDED, True, False, False),
    ],
)
def test_listed_asks_admission_and_the_policy_about_a_lapse(
    state: State, admitted: bool, unlists: bool, expected: bool
) -> None:
    standing = Standing(state, Reason.NOTHING, admitted)
    facts = ListingFacts(True, True, False, False, None, standing, unlists)

    assert listed(facts, DAY) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", Filters()),
        ("q=fiets", Filters(q="fiets")),
        ("q=%20fiets%09%20boom%00", Filters(q="fiets boom")),
        (
            "gemeente=GM0453&gemeente=GM0392&gemeente=GM0392",
            Filters(chosen={"gemeente": ("GM0392", "GM0453")}),
        ),
        ("cpv=77310000-6", Filters(cpv="77310000")),
        ("cpv=7731", Filters(cpv="77310000")),
        ("plaats=Haarlem&straal=10", Filters(place="Haarlem", radius=10)),
        ("pagina=3", Filters(page=3)),
        ("pagina=0", Filters(page=1)),
        ("pagina=-4", Filters(page=1)),
        ("pagina=x", Filters(page=1)),
        ("pagina=99999999999999999999", Filters(page=1)),
        ("onbekend=1&status=draft&id=4", Filters()),
    ],
)
def test_address_is_read(query: str, expected: Filters) -> None:
    assert asked(query) == expected


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("gemeente=GM9999", "kennen wij niet"),
        ("cpv=abc", "geen CPV-code"),
        ("cpv=7", "geen CPV-code"),
        ("straal=0", "straal"),
        ("straal=ver", "straal"),
        ("straal=9999", "straal"),
        ("q=" + "a" * (MAX_QUERY + 1), "erg lang"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_said(query: str, words: str) -> None:
    found = asked(query)

    assert any(words in remark for remark in found.remarks)
    assert not found.cpv
    assert not any(found.chosen.values())
    assert len(found.q) <= MAX_QUERY


def test_no_more_values_than_reasonable() -> None:
    pairs = [("gemeente", f"GM{n:04d}") for n in range(500)]

    assert len(parse(pairs, lambda *_: True).values("gemeente")) == MAX_VALUES


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["q", "plaats", "straal", "cpv", "pagina", *FACETS, "x"]),
            st.text(max_size=40) | st.sampled_from(["GM0392", "green", "pso", "77310000"]),
        ),
        max_size=12,
    )
)
def test_canonical_address_gives_the_same_search(pairs: list[tuple[str, str]]) -> None:
    first = parse(pairs, known)
    again = asked(first.query(first.page))

    assert (again.q, again.chosen, again.cpv, again.place) == (
        first.q,
        first.chosen,
        first.cpv,
        first.place,
    )
    assert again.page == first.page
    assert again.query() == first.query()


@pytest.mark.parametrize(
    ("query", "total", "expected"),
    [
        ("", 52, "52 ondernemingen in het register."),
        ("", 1, "1 onderneming in het register."),
        ("", 1234, "1.234 ondernemingen in het register."),
        ("q=fiets", 3, "3 ondernemingen met “fiets”."),
        (
            "q=gras&gemeente=GM0392&gemeente=GM0453&sector=green",
            2,
            "2 ondernemingen met “gras”, in groen en tuin, die werken in Haarlem of Velsen.",
        ),
        (
            "keurmerk=pso&plaats=Haarlem&straal=10",
            0,
            "0 ondernemingen met PSO, binnen 10 kilometer van Haarlem.",
        ),
    ],
)
def test_search_is_said_in_one_sentence(query: str, total: int, expected: str) -> None:
    assert sentence(asked(query), total, label) == expected


def test_turn_is_what_the_page_says_it_is() -> None:
    # Anybody can compute it: the first 8 bytes of SHA-256 of the day and the id.
    digest = hashlib.sha256(b"2026-11-24:abc").hexdigest()

    assert turn(seed_of(DAY), "abc") == int(digest[:16], 16)


def test_every_enterprise_comes_first_about_as_often() -> None:
    ids = [f"onderneming{n}" for n in range(10)]
    first = dict.fromkeys(ids, 0)
    for day in range(2000):
        seed = seed_of(DAY + timedelta(day))
        first[min(ids, key=lambda i: turn(seed, i))] += 1

    assert all(130 < count < 280 for count in first.values())
