"""Generated intake tables: obligations, enterprises and offers, as dense and tight as real ones.

Obligations lie in municipalities of a region with its own price list; offers are of nine kinds,
with lots, whole units, kinds capped at 35 % and 40 % small enterprises. ``SIZES`` gives the four
sizes; ``generate`` prints nothing and depends on its seed alone.
"""

import random
from dataclasses import dataclass

from impactmakelaar.intake.rules_allocation import Enterprise, Obligation, Offer, Pair, Problem

KINDS = {
    "pw": 333_300,
    "wia": 300_000,
    "banenafspraak": 400_000,
    "ww": 166_700,
    "bbl": 166_700,
    "stage": 75_000,
    "begeleiding": 10_000,
    "inkoop": 100_000,
    "detachering": 250_000,
}
"""Kind -> what a unit (mostly a month) counts for in cents, before a region's list changes it."""
LOTS = {"pw": 3, "wia": 3, "banenafspraak": 3, "ww": 3, "bbl": 5, "stage": 2, "detachering": 2}
"""Kind -> the usual smallest order in units."""
PURCHASING = {"inkoop", "detachering"}
SIZES = {
    "small": (10, 25),
    "regional": (60, 150),
    "large": (300, 800),
    "national": (2000, 5000),
}
THIN = {"small": 0.47, "regional": 0.65, "large": 0.665, "national": 0.665}
"""Which share of the pairs that could be eligible is not: a size then has its number of pairs."""
SCALE = {"small": 0.5, "regional": 1.0, "large": 1.0, "national": 1.0}
"""How large an offer is beside one of a regional table: at a small one they are half as large."""
SPREAD = {"small": 1, "regional": 3, "large": 10, "national": 34}
"""Number of regions in an instance: pairs are eligible within a region and its neighbour."""


@dataclass
class Facts:
    """What an instance is like: share of (obligation, enterprise) that may meet, and how tight."""

    obligations: int
    enterprises: int
    offers: int
    pairs: int
    density: float
    tightness: float


def generate(size: str, seed: int) -> tuple[Problem, Facts]:
    """An instance of a size: the problem and what it is like."""
    draw = random.Random(f"{size}:{seed}")
    count, companies = SIZES[size]
    regions = SPREAD[size]
    prices = [
        {kind: round(cents * draw.uniform(0.75, 1.3), -3) for kind, cents in KINDS.items()}
        for _ in range(regions)
    ]
    enterprises, offers, home = _supply(draw, companies, regions, SCALE[size])
    supply = sum(e.euros for e in enterprises)
    obligations, where, kinds = _demand(draw, count, regions, supply)
    pairs = []
    for o in obligations:
        for f in offers:
            if f.group not in kinds[o.id] and f.id.split(":")[1] not in kinds[o.id]:
                continue
            distance = abs(where[o.id] - home[f.enterprise]) % max(1, regions)
            if regions > 1 and distance not in (0, 1):
                continue
            if draw.random() < THIN[size]:
                continue
            kind = f.id.split(":")[1]
            unit = int(prices[where[o.id]][kind])
            pairs.append(Pair(o.id, f.id, unit, draw.randrange(0, 101)))
    problem = Problem(obligations, enterprises, offers, pairs)
    demand = sum(o.room for o in obligations)
    return problem, Facts(
        count,
        companies,
        len(offers),
        len(problem.pairs),
        len({(o, e) for o, e in zip(problem.obligation, problem.enterprise, strict=True)})
        / (count * companies),
        demand / supply,
    )


def _supply(
    draw: random.Random, companies: int, regions: int, scale: float
) -> tuple[list[Enterprise], list[Offer], dict[str, int]]:
    enterprises, offers, home = [], [], {}
    for number in range(companies):
        name = f"E{number:05d}"
        home[name] = draw.randrange(regions)
        small = draw.random() < 0.4
        total = 0
        for kind in draw.sample(sorted(KINDS), draw.choice((1, 1, 2, 2, 3))):
            worth = KINDS[kind]
            target = draw.uniform(3e5, 1.2e6) if small else draw.uniform(8e5, 4e6)
            units = max(1, round(target * scale / worth))
            euros = int(units * worth * 1.3)
            low = min(units, draw.choice((1, 1, 2)) * LOTS.get(kind, max(1, units // 8)))
            offers.append(
                Offer(
                    f"{name}:{kind}",
                    name,
                    "inkoop" if kind in PURCHASING else "",
                    units,
                    euros,
                    low,
                )
            )
            total += units * worth
        enterprises.append(
            Enterprise(name, int(total * draw.uniform(0.8, 1.0)), draw.choice((2, 3, 5)))
        )
    return enterprises, offers, home


def _demand(
    draw: random.Random, count: int, regions: int, supply: int
) -> tuple[list[Obligation], dict[str, int], dict[str, set[str]]]:
    weights = [draw.lognormvariate(0, 0.8) for _ in range(count)]
    scale = supply * draw.uniform(0.92, 0.95) / sum(weights)
    obligations, where, kinds = [], {}, {}
    for number, weight in enumerate(weights):
        name = f"O{number:05d}"
        room = int(weight * scale)
        where[name] = draw.randrange(regions)
        kinds[name] = set(draw.sample(sorted(KINDS), draw.randrange(6, 10)))
        caps = (("inkoop", int(room * 0.35)),)
        obligations.append(Obligation(name, room, caps, draw.choice((4, 6, 8))))
    return obligations, where, kinds
