"""The record of a selection: its text, its hash, the lot, the rotation, and doing it all again.

The record is one JSON value. ``frozen`` holds everything on which the outcome depends and has the
fingerprint of the seed in it; ``draw`` holds the seed and the outcome. ``replay`` needs nothing
but this value: no database, no clock, no network.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from impactmakelaar.tenders.rules_selection import asked_of, enterprise_of, select

FORMAT = "impactmakelaar-selectie-1"
NEVER = ""
"""Last invited: never. It sorts before every date."""

Record = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """A candidate's place in the rotation: last invited (ISO date or ""), then by lot."""

    kvk: str
    last_invited_on: str
    lot: str


def canonical(value: Any) -> str:
    """The one text of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(value: Any) -> str:
    """SHA-256 over the canonical text."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def new_seed() -> str:
    """A seed nobody can guess: 32 random bytes as hexadecimal text."""
    return secrets.token_hex(32)


def commitment(seed: str) -> str:
    """What is shown of a seed before the draw: SHA-256 of its text."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot(seed: str, kvk: str) -> str:
    """An enterprise's lot: SHA-256 of seed and KVK number, as hexadecimal text."""
    return hashlib.sha256(f"{seed}:{kvk}".encode()).hexdigest()


def rotation(seed: str, last_invited: Mapping[str, str]) -> list[Turn]:
    """Everybody in turn: least recently invited first, equals by lot.

    ``last_invited`` maps a KVK number to the ISO date on which this authority last invited it for
    this CPV group, or "".
    """
    turns = [Turn(kvk, on, lot(seed, kvk)) for kvk, on in last_invited.items()]
    return sorted(turns, key=lambda turn: (turn.last_invited_on, turn.lot, turn.kvk))


def chosen(turns: Sequence[Turn], places: int) -> list[str]:
    """The KVK numbers of the first so many in turn."""
    return [turn.kvk for turn in turns[:places]]


def next_in_turn(order: Sequence[str], invited: Sequence[str]) -> str | None:
    """Who follows after a decline or no answer: the first in the drawn order not yet invited."""
    return next((kvk for kvk in order if kvk not in invited), None)


def draw_of(frozen: Record, seed: str) -> Record:
    """The draw over a frozen selection: the seed, the whole order and who is chosen."""
    last = {c["enterprise"]["kvk"]: c["last_invited_on"] for c in frozen["candidates"]}
    turns = rotation(seed, last)
    return {
        "frozen_sha256": fingerprint(frozen),
        "seed": seed,
        "order": [
            {"kvk": t.kvk, "last_invited_on": t.last_invited_on, "lot": t.lot} for t in turns
        ],
        "chosen": chosen(turns, frozen["places"]),
    }


def whole(frozen: Record, draw: Record | None) -> Record:
    """The record as it is exported, with a hash over all of it."""
    found = {"format": FORMAT, "frozen": frozen, "draw": draw}
    return {**found, "sha256": fingerprint(found)}


def replay(record: Mapping[str, Any]) -> list[str]:
    """Do the selection again from the record alone; every mismatch as a sentence, none: it holds.

    :raises KeyError, TypeError: when the value is no record at all.
    """
    wrong: list[str] = []
    if record.get("format") != FORMAT:
        return [f"dit is geen selectiedossier van de soort {FORMAT}"]
    frozen, draw = record["frozen"], record["draw"]
    if fingerprint({k: v for k, v in record.items() if k != "sha256"}) != record["sha256"]:
        wrong.append("de hash over het hele dossier klopt niet: er is iets in gewijzigd")
    wrong += _replay_counts(frozen)
    wrong += _replay_selection(frozen)
    if draw is None:
        return [*wrong, "er is nog niet geloot"]
    if draw["frozen_sha256"] != fingerprint(frozen):
        wrong.append("de loting hoort bij een andere vastgelegde selectie (hash verschilt)")
    if commitment(draw["seed"]) != frozen["commitment"]:
        wrong.append("het lot past niet bij de vingerafdruk die vooraf is vastgelegd")
    again = draw_of(frozen, draw["seed"])
    for number, (now, then) in enumerate(zip(again["order"], draw["order"], strict=False), 1):
        if now != then:
            wrong.append(
                f"plaats {number} in de volgorde: {then['kvk']}, na te rekenen {now['kvk']}"
            )
            break
    if len(again["order"]) != len(draw["order"]):
        wrong.append("de volgorde telt een ander aantal ondernemingen dan er kandidaten zijn")
    if again["chosen"] != draw["chosen"]:
        wrong.append(
            f"gekozen volgens dossier: {', '.join(draw['chosen'])}; "
            f"na te rekenen: {', '.join(again['chosen'])}"
        )
    return wrong


def _replay_counts(frozen: Mapping[str, Any]) -> list[str]:
    """Every enterprise stands there once, and somebody was to be chosen."""
    numbers = [c["enterprise"]["kvk"] for c in [*frozen["candidates"], *frozen["left_out"]]]
    wrong = [f"{kvk} staat er twee keer in" for kvk, n in Counter(numbers).items() if n > 1]
    places = frozen["places"]
    if not isinstance(places, int) or places < 1:
        wrong.append("het aantal plaatsen is geen heel getal van 1 of meer")
    return wrong


def _replay_selection(frozen: Mapping[str, Any]) -> list[str]:
    """Judge every enterprise in the record again."""
    asked = asked_of(frozen["asked"])
    stored_in = {c["enterprise"]["kvk"]: c for c in frozen["candidates"]}
    stored_out = {c["enterprise"]["kvk"]: c for c in frozen["left_out"]}
    facts = [enterprise_of(c["enterprise"]) for c in [*stored_in.values(), *stored_out.values()]]
    fits, left = select(asked, facts)
    wrong = []
    for judgement in fits:
        kvk = judgement.enterprise.kvk
        if kvk not in stored_in:
            wrong.append(f"{kvk} staat bij de afvallers, maar voldoet aan alle criteria")
        elif [list(r) for r in judgement.reasons] != stored_in[kvk]["reasons"]:
            wrong.append(f"de redenen bij {kvk} zijn niet die van de criteria")
    for judgement in left:
        kvk = judgement.enterprise.kvk
        if kvk not in stored_out:
            wrong.append(f"{kvk} staat bij de kandidaten, maar voldoet niet: {judgement.failed}")
        elif judgement.failed != stored_out[kvk]["criterion"]:
            wrong.append(f"bij {kvk} is het eerste gemiste criterium {judgement.failed}")
    return wrong
