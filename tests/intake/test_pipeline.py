"""The whole way from what is on the table to a programme, and its repair: what always holds."""

import json
import random
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from impactmakelaar.intake import proposer, rules_proposal
from impactmakelaar.intake.rules import Failed, Need, Supply, failed, fit, most_units
from impactmakelaar.intake.rules_meetings import reachable
from impactmakelaar.intake.rules_proposal import Cell, Sheet
from impactmakelaar.intake.rules_schedule import (
    Plan,
    Presence,
    Slot,
    parties,
    plan_faults,
    repair,
)

DAY = date(2026, 12, 10)
TOWNS = ("GM0392", "GM0453", "GM0377")
KINDS = ("purchase", "placement", "learning")
MONEY = st.integers(0, 40).map(lambda n: n * 100_000)


@st.composite
def needs(draw: st.DrawFn, name: str, contractor: str, owner: str) -> Need:
    """An obligation of this contractor, who belongs to an owner."""
    room = draw(MONEY)
    return Need(
        id=name,
        contractor=contractor,
        owner=owner,
        room=room,
        required=room,
        municipality=draw(st.sampled_from(TOWNS)),
        starts_on=date(2026, 1, 1),
        ends_on=draw(st.sampled_from([date(2027, 1, 20), date(2027, 12, 31), date(2029, 1, 1)])),
        kinds=draw(st.frozensets(st.sampled_from(KINDS), min_size=1)),
        caps=(("purchase", draw(MONEY)),) if draw(st.booleans()) else (),
        confirmed=draw(st.integers(0, 9)) > 0,
    )


@st.composite
def supplies(draw: st.DrawFn, name: str, enterprise: str, most: int) -> Supply:
    """An offer of this enterprise, which takes on no more than ``most`` cents in all."""
    kind = draw(st.sampled_from(KINDS))
    return Supply(
        id=name,
        enterprise=enterprise,
        owner=enterprise,
        kind=kind,
        group=kind,
        units=draw(st.integers(0, 8)),
        euros=draw(MONEY),
        enterprise_euros=most,
        minimum=draw(st.integers(1, 3)),
        municipalities=draw(
            st.sampled_from([frozenset({"*"}), frozenset(TOWNS[:1]), frozenset(TOWNS[:2])])
        ),
        starts_on=DAY,
        ends_on=date(2027, 12, 31),
        listed=draw(st.integers(0, 9)) > 0,
        small=draw(st.booleans()),
    )


@st.composite
def sheets(draw: st.DrawFn, *, plain: bool = False) -> Sheet:
    """A table; ``plain`` is one at which everybody is there all the time and nothing is locked."""
    contractors = [f"c{n}" for n in range(draw(st.integers(0, 4)))]
    enterprises = [f"e{n}" for n in range(draw(st.integers(0, 5)))]
    sheet = Sheet(
        tables=draw(st.integers(1, 3)),
        rounds=draw(st.integers(1, 4)),
        most_contractor=draw(st.integers(1, 4)),
        most_enterprise=draw(st.integers(1, 3)),
        contractors=tuple(contractors),
        enterprises=tuple(enterprises),
    )
    for c in contractors:
        owner = c if plain else draw(st.sampled_from([c, c, c, "e0"]))
        for n in range(draw(st.integers(1, 2))):
            sheet.needs[f"{c}-n{n}"] = draw(needs(f"{c}-n{n}", c, owner))
    for e in enterprises:
        most = draw(MONEY)
        for n in range(draw(st.integers(0, 2))):
            sheet.supplies[f"{e}-o{n}"] = draw(supplies(f"{e}-o{n}", e, most))
    prices = {kind: draw(st.integers(0, 6)) * 50_000 for kind in KINDS}
    blocked = draw(st.sets(st.tuples(st.sampled_from(["c0", "c1"]), st.just("e1")), max_size=1))
    for key, need in sheet.needs.items():
        for other, supply in sheet.supplies.items():
            unit = prices[supply.kind]
            wrong = tuple(failed(need, supply, unit, blocked))
            sheet.cells[key, other] = Cell(unit, "", wrong, fit(need, supply, unit, 5.0, DAY))
    if not plain and contractors:
        sheet.away["c0"] = draw(st.frozensets(st.integers(0, sheet.rounds - 1), max_size=3))
        lockable = [t.pairing for t in rules_proposal.talks(sheet)]
        if lockable and draw(st.booleans()):
            one = draw(st.sampled_from(lockable))
            rounds = [n for n in range(sheet.rounds) if n not in sheet.away.get(one[0], ())]
            if rounds:
                sheet.locked[one] = Slot(draw(st.sampled_from(rounds)), 0)
    return sheet


def propose(sheet: Sheet) -> dict[str, Any]:
    """The result of a proposal."""
    return proposer.propose(sheet, iterations=3).result


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_agreements_break_no_rule_and_no_limit(sheet: Sheet) -> None:
    found = proposer.propose(sheet, iterations=3)
    taken: dict[Any, int] = {}
    for need_id, offer_id, units, cents in found.result["agreements"]:
        need, supply = sheet.needs[need_id], sheet.supplies[offer_id]
        cell = sheet.cells[need_id, offer_id]
        assert cell.failed == ()
        assert cents == units * cell.unit
        assert supply.minimum <= units <= most_units(need, supply, cell.unit)
        for key, amount, most in (
            (("room", need_id), cents, need.room),
            (("units", offer_id), units, supply.units),
            (("euros", offer_id), cents, supply.euros),
            (("all", supply.enterprise), cents, supply.enterprise_euros),
            *((("cap", need_id, g), cents, cap) for g, cap in need.caps if g == supply.group),
        ):
            taken[key] = taken.get(key, 0) + amount
            assert taken[key] <= most
    assert found.result["cents"] == sum(cents for *_, cents in found.result["agreements"])
    assert found.bound is None or found.allocation.value <= found.bound
    assert all(bool(cell.failed) or key in sheet.eligible() for key, cell in sheet.cells.items())


@settings(max_examples=60, deadline=None)
@given(sheets())
def test_programme_can_be_held_and_names_who_has_none(sheet: Sheet) -> None:
    result = propose(sheet)

    plan = proposer.slots(result)
    sensible = {t.pairing for t in rules_proposal.talks(sheet)}
    assert plan_faults(plan, rules_proposal.presence_of(sheet)) == []
    assert set(plan) <= sensible | set(sheet.locked)
    assert all(plan[pairing] == slot for pairing, slot in sheet.locked.items())
    without = dict(result["without"])
    assert set(without) == set(sheet.enterprises) - {e for _, e in plan}
    assert all(without.values())
    assert result["covered"] <= result["reachable"]


@settings(max_examples=60, deadline=None)
@given(sheets(plain=True))
def test_with_everybody_there_coverage_and_rounds_are_the_best_there_are(sheet: Sheet) -> None:
    result = propose(sheet)

    most = reachable(rules_proposal.talks(sheet), rules_proposal.room_of(sheet))
    assert result["covered"] == result["reachable"] == most
    assert result["placed"] == result["chosen"]
    assert result["rounds"] == result["fewest"] <= sheet.rounds


def shuffled(sheet: Sheet, draw: random.Random) -> Sheet:
    """The same table with every row in another place."""

    def mixed(rows: dict[Any, Any]) -> dict[Any, Any]:
        return {key: rows[key] for key in draw.sample(list(rows), len(rows))}

    return replace(
        sheet,
        needs=mixed(sheet.needs),
        supplies=mixed(sheet.supplies),
        cells=mixed(sheet.cells),
        away=mixed(sheet.away),
        contractors=tuple(draw.sample(sheet.contractors, len(sheet.contractors))),
        enterprises=tuple(draw.sample(sheet.enterprises, len(sheet.enterprises))),
    )


@settings(max_examples=30, deadline=None)
@given(sheets(), st.randoms(use_true_random=False))
def test_same_table_in_another_order_gives_the_same_bytes(
    sheet: Sheet, draw: random.Random
) -> None:
    other = shuffled(sheet, draw)

    assert other.fingerprint() == sheet.fingerprint()
    assert ordered(propose(other)) == ordered(propose(sheet))


def ordered(result: dict[str, Any]) -> str:
    """A result as text."""
    return json.dumps(result, sort_keys=True)


@settings(max_examples=60, deadline=None)
@given(sheets(), st.integers(0, 8), st.integers(0, 2))
def test_repair_leaves_who_is_not_touched_where_he_was(
    sheet: Sheet, who: int, started: int
) -> None:
    plan = proposer.slots(propose(sheet))
    people = [("c", c) for c in sheet.contractors] + [("e", e) for e in sheet.enterprises]
    if not people:
        return
    gone = people[who % len(people)]
    usual = rules_proposal.presence_of(sheet)
    away = {**usual.away, gone: set(range(started, sheet.rounds))}
    presence = Presence(away, usual.tables, usual.same)
    room = rules_proposal.room_of(sheet, extra=1)
    most = {("c", c): n for c, n in room.contractors.items()}
    most |= {("e", e): n for e, n in room.enterprises.items()}
    candidates = [t.pairing for t in rules_proposal.talks(sheet)]

    after, _, added = repair(plan, presence, candidates, most, started)

    assert_repaired(plan, after, gone, started)
    assert set(added) <= set(candidates) | set(plan)
    assert all(gone not in parties(meeting) for meeting in added)
    later = {m: slot for m, slot in after.items() if slot.round >= started}
    assert plan_faults(later, presence) == []
    again = repair(after, presence, candidates, most, started)
    assert again == (after, [], [])


def assert_repaired(plan: Plan, after: Plan, gone: tuple[str, str], started: int) -> None:
    """Meetings of others and of rounds that are over are where they were."""
    for meeting, slot in plan.items():
        if slot.round < started or gone not in parties(meeting):
            assert after[meeting] == slot
        else:
            assert meeting not in after


@settings(max_examples=40, deadline=None)
@given(sheets(), st.integers(0, 50))
def test_forcing_a_pair_never_earns_anything(sheet: Sheet, at: int) -> None:
    keys = sheet.eligible()
    if not keys:
        return
    need, offer = keys[at % len(keys)]

    cost = proposer.cost_of_forcing(sheet, need, offer)

    assert cost is None or cost.cents >= 0
    agreed = {(n, o) for n, o, *_ in propose(sheet)["agreements"]}
    if cost is not None and cost.exact and (need, offer) in agreed:
        assert cost.cents == 0


@settings(max_examples=60, deadline=None)
@given(sheets(), st.sampled_from(["c0", "c1"]), st.sampled_from(["e0", "e2"]))
def test_score_depends_on_the_two_alone(sheet: Sheet, contractor: str, enterprise: str) -> None:
    alone = replace(
        sheet,
        cells={
            key: cell
            for key, cell in sheet.cells.items()
            if sheet.needs[key[0]].contractor == contractor
            and sheet.supplies[key[1]].enterprise == enterprise
        },
    )

    pairing = (contractor, enterprise)
    assert rules_proposal.score(sheet, pairing) == rules_proposal.score(alone, pairing)


def test_one_owner_in_two_roles_is_never_at_two_tables_at_once() -> None:
    """A firm that has an obligation and offers work itself: two roles, one person at the table."""
    sheet = Sheet(3, 3, 2, 2, contractors=("c0", "c1"), enterprises=("e0", "e1"))
    for contractor, owner in (("c0", "own"), ("c1", "c1")):
        sheet.needs[contractor] = Need(
            contractor,
            contractor,
            owner,
            2_000_000,
            2_000_000,
            "GM0392",
            DAY,
            date(2028, 1, 1),
            {"purchase"},
        )
    for enterprise, owner in (("e0", "own"), ("e1", "e1")):
        sheet.supplies[enterprise] = Supply(
            enterprise,
            enterprise,
            owner,
            "purchase",
            "purchase",
            9,
            2_000_000,
            2_000_000,
            1,
            {"*"},
            DAY,
            date(2027, 12, 31),
        )
    for need in sheet.needs.values():
        for supply in sheet.supplies.values():
            wrong = tuple(failed(need, supply, 100_000))
            points = fit(need, supply, 100_000, 5.0, DAY)
            sheet.cells[need.id, supply.id] = Cell(100_000, "", wrong, points)

    plan = proposer.slots(propose(sheet))

    assert sheet.cells["c0", "e0"].failed == (Failed.SAME_OWNER,)
    assert set(plan) == {("c0", "e1"), ("c1", "e0"), ("c1", "e1")}
    assert plan["c0", "e1"].round != plan["c1", "e0"].round
