"""Measure the selection of candidates: a register of suppliers against open requests.

``.venv/bin/python benchmarks/tenders.py`` (``--suppliers 500 --requests 200 --seed 7``). Every
request asks the whole register anew, from the database: who is listed, everybody's facts, who
fits and who fails which criterion, when each was last invited. The number of statements must be
the same for a tenth of the suppliers and for all of them, or the run fails.
"""

import argparse
import copy
import platform
import random
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "platform"), str(ROOT)]

from tests.databases import create_tables  # noqa: E402
from tests.makers import make_admitted, make_enterprise, make_organisation, make_region  # noqa: E402
from tests.queries_counted import counted  # noqa: E402
from tests.register.makers import publish  # noqa: E402

from impactmakelaar.app import create_app  # noqa: E402
from impactmakelaar.core import clock  # noqa: E402
from impactmakelaar.core.db import db, transaction  # noqa: E402
from impactmakelaar.core.reference import reference  # noqa: E402
from impactmakelaar.organisations.models import Organisation  # noqa: E402
from impactmakelaar.organisations.rules import Kind  # noqa: E402
from impactmakelaar.tenders import queries_selection, rules  # noqa: E402
from impactmakelaar.tenders.models import Tender  # noqa: E402
from impactmakelaar.tenders.models_selection import TenderInvitation  # noqa: E402
from impactmakelaar.tenders.rules_selection import FORM_OF_CATEGORY, select  # noqa: E402
from program import settings  # noqa: E402
from region import Region  # noqa: E402  (the path above comes first)

TOWNS = ("GM0375", "GM0377", "GM0392", "GM0396", "GM0397", "GM0453", "GM0473")
THEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
INVITED = 3
CATEGORY = {form: category for category, forms in FORM_OF_CATEGORY.items() for form in forms}


def supply(region: Organisation, profiles: Region, count: int) -> list[Organisation]:
    """So many admitted enterprises with a published profile."""
    found = []
    for number in range(count):
        enterprise = make_admitted(make_enterprise(region, f"Leverancier {number}"))
        publish(enterprise, profiles.profile())
        found.append(enterprise)
    return found


def open_requests(
    authority: Organisation, suppliers: list[Organisation], count: int, chance: random.Random
) -> list[Tender]:
    """So many running requests, each for work that somebody does, with three invited."""
    asked = [a for _, d in published() for a in d["activities"] if a["cpv"]]
    rows = []
    for number in range(count):
        wanted = chance.choice(asked)
        low = chance.choice((8_000_00, 30_000_00, 80_000_00, 150_000_00))
        row = Tender(
            organisation_id=authority.id,
            kind="request",
            stage="invited",
            title=f"Aanvraag {number}",
            cpv=wanted["cpv"][0],
            category=CATEGORY.get(wanted["form"], "services"),
            value_low=low,
            value_high=low,
            deadline_at=clock.now() + timedelta(days=20),
            invited_at=clock.now() - timedelta(days=number),
            document=copy.deepcopy(rules.EMPTY) | {"municipalities": [chance.choice(TOWNS)]},
            created_at=THEN,
            updated_at=THEN,
        )
        db.session.add(row)
        db.session.flush()
        for one in chance.sample(suppliers, INVITED):
            db.session.add(
                TenderInvitation(
                    tender_id=row.id,
                    enterprise_id=one.id,
                    name=one.name,
                    kvk_number=one.kvk_number or "",
                    email="",
                    origin="drawn",
                    token_hash=secrets.token_hex(32),
                    invited_at=clock.now() - timedelta(days=number),
                )
            )
        rows.append(row)
    return rows


def published() -> list[tuple[str, dict[str, Any]]]:
    """(name, document) of everybody."""
    found = queries_selection.published(clock.today())
    return [(organisation.name, version.document) for organisation, version in found]


def candidates(row: Tender) -> tuple[int, int]:
    """(candidates, left out) of one request, all of it read anew."""
    asked = queries_selection.asked(row)
    fits, left = select(asked, queries_selection.pool(asked, clock.today()).enterprises)
    queries_selection.last_invited(row.organisation_id, row.cpv, but=row.id)
    return len(fits), len(left)


def statements(row: Tender) -> int:
    """How many statements one selection sends."""
    db.session.expire_all()
    with counted() as seen:
        candidates(row)
    return len(seen)


def main() -> None:
    """Fill, measure, print a row for docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suppliers", type=int, default=500)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings(Path(folder)))
        with app.app_context():
            create_tables()
            measure(given.suppliers, given.requests, given.seed)
            db.engine.dispose()


def measure(suppliers: int, requests: int, seed: int) -> None:
    """One row; stops when the number of statements grows with the register."""
    chance = random.Random(seed)
    region = make_region()
    authority = make_organisation(Kind.AUTHORITY, "Meetgemeente", region_id=region.id)
    profiles = Region(seed, suppliers, reference(), list(TOWNS))
    found = supply(region, profiles, suppliers // 10)
    with transaction():
        rows = open_requests(authority, found, 1, chance)
    few = statements(rows[0])
    found += supply(region, profiles, suppliers - len(found))
    with transaction():
        rows += open_requests(authority, found, requests - 1, chance)
    many = statements(rows[0])
    if few != many:
        raise SystemExit(f"{few} statements with few suppliers, {many} with many")
    times, processor, fitting = [], [], []
    for row in rows:
        db.session.expire_all()
        start, cpu = time.perf_counter(), time.process_time()
        fits, left = candidates(row)
        times.append((time.perf_counter() - start) * 1000)
        processor.append((time.process_time() - cpu) * 1000)
        fitting.append(fits)
        assert fits + left == suppliers
    cuts = quantiles(times, n=20)
    print(f"{platform.python_version()}, {platform.machine()}, seed {seed}")
    print("| suppliers | requests | statements each | p50 ms | p95 ms | cpu ms | candidates |")
    print(
        f"| {suppliers} | {requests} | {many} | {cuts[9]:.0f} | {cuts[18]:.0f} "
        f"| {sum(processor) / len(processor):.0f} | {min(fitting)} to {max(fitting)} |"
    )


if __name__ == "__main__":
    main()
