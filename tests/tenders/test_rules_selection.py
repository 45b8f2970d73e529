"""Who is a candidate and why not; the draw, replay of a record, and a fair chance for all."""

import copy
import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core.errors import Refused
from impactmakelaar.tenders import rules_replay as replaying
from impactmakelaar.tenders.rules_selection import (
    CRITERIA,
    Activity,
    Asked,
    Enterprise,
    asked_of,
    check_criteria,
    check_outside_firm,
    enterprise_of,
    judge,
    same_work,
    select,
    supply,
)

ALL = ("work", "form", "place", "capacity", "size")
ASKED = Asked(("77310000",), "services", ("GM0392",), 80_000_00, 80_000_00, ALL)
GREEN = Activity(
    "Groenonderhoud", ("77311000",), "service", ("GM0392",), "available", 5_000_00, 100_000_00
)


def enterprise(kvk: str = "99990001", *activities: Activity, **fields: Any) -> Enterprise:
    values: dict[str, Any] = {
        "name": f"Bedrijf {kvk}",
        "public_id": f"id{kvk}",
        "version": "v1",
        "sha256": "0" * 64,
        "activities": activities or (GREEN,),
        "certificates": (),
        "social_return": (),
        "references": 0,
        "standing": "",
        "limited": "",
    }
    return Enterprise(kvk=kvk, **(values | fields))


def test_a_candidate_has_a_reason_for_every_criterion() -> None:
    found = judge(ASKED, enterprise())

    assert found.fits
    assert [code for code, _ in found.reasons] == list(ALL)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"cpv": ("90910000",)}, "work"),
        ({"form": "goods"}, "form"),
        ({"covers": ("GM0453",)}, "place"),
        ({"capacity": "full"}, "capacity"),
        ({"order_max": 79_999_99}, "size"),
        ({"order_min": 80_000_01}, "size"),
    ],
)
def test_the_first_failed_criterion_is_named(change: dict[str, Any], failed: str) -> None:
    found = judge(ASKED, enterprise("99990001", replace(GREEN, **change)))

    assert found.failed == failed
    assert found.sentence


def test_criteria_hold_within_one_activity() -> None:
    elsewhere = replace(GREEN, covers=("GM0453",))
    other_work = replace(GREEN, cpv=("90910000",))

    found = judge(ASKED, enterprise("99990001", elsewhere, other_work))

    assert found.failed == "place"


@pytest.mark.parametrize(
    ("wanted", "offered", "same"),
    [
        ("77310000", "77314000", True),
        ("77310000", "77200000", False),
        ("77000000", "77314000", True),
        ("77310000", "77000000", True),
        ("77310000", "90910000", False),
        ("77310000", "77300000", True),
        ("77300000", "77341000", True),
        ("77310000", "77341000", False),
        ("98392000", "98371110", False),
    ],
)
def test_work_is_the_same_within_a_group(wanted: str, offered: str, same: bool) -> None:
    assert bool(same_work([wanted], [offered])) is same


@pytest.mark.parametrize(
    ("limited", "fits", "words"),
    [("verified", True, "nagekeken"), ("stated", True, "nog niet nagekeken"), ("", False, "geen")],
)
def test_article_282_shows_unverified_proof_as_such(limited: str, fits: bool, words: str) -> None:
    found = judge(replace(ASKED, criteria=(*ALL, "limited")), enterprise(limited=limited))

    assert found.fits is fits
    assert words in (dict(found.reasons).get("limited") or found.sentence)


def test_supply_counts_who_could_serve_and_with_which_proof() -> None:
    known = [
        enterprise(f"9999{n:04d}", limited=w) for n, w in enumerate(("", "stated", "verified"))
    ]
    known.append(enterprise("99990009", replace(GREEN, capacity="full"), limited="verified"))
    limited = replace(ASKED, criteria=(*ALL, "limited"))

    found = supply(limited, known)

    assert (found.able, found.stated, found.verified, found.proven) == (3, 1, 1, 2)
    assert supply(ASKED, known) == found


@pytest.mark.parametrize(
    ("standing", "fits"),
    [("certified", True), ("in_grace", True), ("lapsed", True), ("suspended", False), ("", False)],
)
def test_standing_when_asked(standing: str, fits: bool) -> None:
    assert (
        judge(replace(ASKED, criteria=(*ALL, "standing")), enterprise(standing=standing)).fits
        is fits
    )


def test_being_local_is_not_on_the_list() -> None:
    assert not {"local", "lokaal", "contact"} & set(CRITERIA)
    with pytest.raises(Refused) as refusal:
        check_criteria(["work", "local"])
    assert refusal.value.field == "criteria"
    with pytest.raises(Refused):
        check_criteria(["form"])
    assert check_criteria(["size", "work"]) == ("work", "size")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        (("", "99990001", "a@b.example", "x" * 20), "name"),
        (("Firma", "", "a@b.example", "x" * 20), "kvk_number"),
        (("Firma", "99990001", "geen", "x" * 20), "email"),
        (("Firma", "99990001", "a@b.example", "kort"), "reason"),
    ],
)
def test_a_firm_from_outside_needs_a_reason(values: tuple[str, ...], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_outside_firm(*values)
    assert refusal.value.field == field


def record(count: int = 8, places: int = 3, seed: str = "ab" * 32) -> dict[str, Any]:
    """A whole record: some candidates, two left out."""
    pool = [enterprise(f"9999{n:04d}") for n in range(count)]
    pool += [enterprise("99980001", replace(GREEN, capacity="full"))]
    pool += [enterprise("99980002", replace(GREEN, form="goods"))]
    fits, left = select(ASKED, pool)
    frozen = {
        "asked": ASKED.record(),
        "places": places,
        "commitment": replaying.commitment(seed),
        "candidates": [
            {
                "enterprise": j.enterprise.record(),
                "reasons": [list(r) for r in j.reasons],
                "last_invited_on": "" if n % 2 else f"2026-0{1 + n // 2}-01",
            }
            for n, j in enumerate(fits)
        ],
        "left_out": [
            {"enterprise": j.enterprise.record(), "criterion": j.failed, "sentence": j.sentence}
            for j in left
        ],
    }
    return replaying.whole(frozen, replaying.draw_of(frozen, seed))


def test_replay_of_an_untouched_record_finds_nothing() -> None:
    assert replaying.replay(record()) == []


def test_facts_survive_the_record() -> None:
    one = record()["frozen"]
    assert asked_of(one["asked"]) == ASKED
    assert (
        enterprise_of(one["candidates"][0]["enterprise"]).record()
        == one["candidates"][0]["enterprise"]
    )


def test_the_least_recently_invited_come_first() -> None:
    draw = record()["draw"]

    dates = [turn["last_invited_on"] for turn in draw["order"]]
    assert dates == sorted(dates)
    assert draw["chosen"] == [turn["kvk"] for turn in draw["order"][:3]]


def rehashed(changed: dict[str, Any]) -> dict[str, Any]:
    """A record whose outer hash was made anew, as a careful forger would."""
    body = {k: v for k, v in changed.items() if k != "sha256"}
    return {**body, "sha256": replaying.fingerprint(body)}


@given(st.integers(0, 7), st.dates(date(2020, 1, 1), date(2026, 12, 31)))
def test_a_changed_date_changes_the_list_or_is_named(place: int, day: date) -> None:
    whole = record()
    changed = copy.deepcopy(whole)
    changed["frozen"]["candidates"][place]["last_invited_on"] = day.isoformat()
    if changed == whole:
        return

    assert replaying.replay(changed)
    assert replaying.replay(rehashed(changed))


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        (("draw", "seed"), "cd" * 32, "vingerafdruk"),
        (("draw", "chosen"), ["99990001", "99990002", "99990003"], "gekozen volgens"),
        (("frozen", "places"), 4, "andere vastgelegde selectie"),
        (("frozen", "places"), -1, "aantal plaatsen"),
        (("frozen", "left_out", 0, "enterprise", "kvk"), "99990001", "twee keer"),
        (
            ("frozen", "candidates", 0, "enterprise", "activities", 0, "capacity"),
            "full",
            "voldoet niet",
        ),
        (("frozen", "left_out", 0, "criterion"), "size", "eerste gemiste criterium"),
        (("frozen", "candidates", 0, "reasons"), [], "redenen"),
        (("format",), "iets anders", "geen selectiedossier"),
    ],
)
def test_whatever_is_changed_is_named(path: tuple[Any, ...], value: Any, part: str) -> None:
    changed = copy.deepcopy(record())
    inner: Any = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value

    assert any(part in sentence for sentence in replaying.replay(rehashed(changed)))


def test_a_record_without_a_draw_says_so() -> None:
    assert "er is nog niet geloot" in replaying.replay(replaying.whole(record()["frozen"], None))


def test_after_a_decline_the_next_in_the_drawn_order_follows() -> None:
    order = ["a", "b", "c", "d"]

    assert replaying.next_in_turn(order, ["a", "b", "c"]) == "d"
    assert replaying.next_in_turn(order, order) is None


def simulate(requests: int, pool: int, newcomers: int) -> tuple[Counter[str], int]:
    """How often each is invited in so many requests for 3; newcomers join half way."""
    chance = random.Random(20261124)
    last: dict[str, str] = {f"{n:08d}": "" for n in range(pool)}
    times: Counter[str] = Counter()
    day = date(2026, 1, 1)
    for number in range(requests):
        if number == requests // 2:
            last |= {f"9{n:07d}": "" for n in range(newcomers)}
        seed = f"{chance.getrandbits(256):064x}"
        for kvk in replaying.chosen(replaying.rotation(seed, last), 3):
            last[kvk] = (day + timedelta(days=number)).isoformat()
            if number >= requests // 2:
                times[kvk] += 1
    return times, requests // 2 * 3


def test_newcomers_get_at_least_an_equal_chance_over_200_requests() -> None:
    times, invitations = simulate(200, 20, 5)
    share = invitations / 25
    new = [times[f"9{n:07d}"] for n in range(5)]

    assert min(new) >= int(share)
    assert max(times.values()) - min(times.values()) <= 2


def test_among_equals_the_kvk_number_gives_no_advantage() -> None:
    chance = random.Random(7)
    pool = {f"{n:08d}": "" for n in range(10)}
    first: Counter[str] = Counter()
    for _ in range(2000):
        seed = f"{chance.getrandbits(256):064x}"
        first.update(replaying.chosen(replaying.rotation(seed, pool), 3))

    # 600 expected each, standard deviation about 20.5: five of those is beyond chance.
    assert all(abs(first[kvk] - 600) < 103 for kvk in pool)


def test_name_version_and_length_of_profile_do_not_enter_the_order() -> None:
    pool = [enterprise(f"9999{n:04d}") for n in range(6)]
    dressed = [replace(e, name="Aaa " + e.name, version="v9", references=50) for e in pool]

    def order(enterprises: list[Enterprise]) -> list[str]:
        fits, _ = select(ASKED, enterprises)
        return [t.kvk for t in replaying.rotation("s", {j.enterprise.kvk: "" for j in fits})]

    assert order(pool) == order(list(reversed(dressed)))
