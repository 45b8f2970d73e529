"""Measure search against other engines on the same generated profiles and queries.

``make bench`` (or ``make bench ARGS="--sizes 10000,100000 --queries 200 --seed 7"``). Every engine
answers each query with the total, the counts of all facets and the first twenty ids; totals and
counts must be equal or the run fails. The page is measured through a production server against
Datasette on the same rows. A second run of the same queries is the second pass; nothing is
repeated or left out of it.
"""

import argparse
import gc
import os
import platform
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "platform"))

import httpx  # noqa: E402  (the path above comes first)
import numpy as np  # noqa: E402
from sqlalchemy import insert  # noqa: E402

from engines import Answer, Fts, Tantivy  # noqa: E402
from impactmakelaar.accounts.models import Person  # noqa: E402
from impactmakelaar.admission.models import Application, PolicyVersion  # noqa: E402
from impactmakelaar.admission.models_decision import Decision  # noqa: E402
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting  # noqa: E402
from impactmakelaar.admission.rules_policy import DEFAULT  # noqa: E402
from impactmakelaar.app import create_app  # noqa: E402
from impactmakelaar.core import changes, clock, text  # noqa: E402
from impactmakelaar.core.db import db  # noqa: E402
from impactmakelaar.core.reference import reference  # noqa: E402
from impactmakelaar.organisations.models import Organisation, RegionMunicipality  # noqa: E402
from impactmakelaar.profiles.models import ProfileVersion, Publication  # noqa: E402
from impactmakelaar.profiles.rules import digest  # noqa: E402
from impactmakelaar.register import catalogue, queries, search, services_index  # noqa: E402
from impactmakelaar.register.rules import Filters  # noqa: E402
from program import settings  # noqa: E402
from region import Query, Region  # noqa: E402

TOWNS = ("GM0375", "GM0377", "GM0392", "GM0396", "GM0397", "GM0453", "GM0473")
THEN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CHUNK = 2000
PAGES = 60
"""Pages asked of the two servers; Datasette needs a second for some at 100,000."""

CPU = [0.0]
"""Mean milliseconds of processor time per query, second pass, one per engine: on a busy machine
this says more than the clock on the wall."""

Ask = Callable[[Query], Answer]


def fill(region: Region, size: int) -> list[dict[str, Any]]:
    """Put ``size`` published enterprises in the database; gives their documents."""
    db.create_all()
    values = {"created_at": THEN, "email_confirmed_at": THEN}
    db.session.add(Person(id=1, name="Meting", email="meting@example.org", **values))
    home = Organisation(
        id=1, kind="region", name="Meetregio", labour_market_region="AM37", created_at=THEN
    )
    db.session.add(home)
    db.session.flush()
    day = THEN.date()
    for code in TOWNS:
        db.session.add(RegionMunicipality(region_id=1, municipality_code=code, valid_from=day))
    documents = []
    for start in range(0, size, CHUNK):
        rows = [region.profile() for _ in range(min(CHUNK, size - start))]
        ids = range(start + 2, start + 2 + len(rows))
        db.session.execute(
            insert(Organisation),
            [
                {
                    "id": i,
                    "kind": "enterprise",
                    "name": d["trade_name"],
                    "region_id": 1,
                    "kvk_number": f"{i:08d}",
                    "kvk_approved_at": THEN,
                    "kvk_approved_by_id": 1,
                    "created_at": THEN,
                }
                for i, d in zip(ids, rows, strict=True)
            ],
        )
        db.session.execute(
            insert(ProfileVersion),
            [
                {
                    "id": i,
                    "organisation_id": i,
                    "number": 1,
                    "document": d,
                    "sha256": digest(d),
                    "published_at": THEN,
                }
                for i, d in zip(ids, rows, strict=True)
            ],
        )
        db.session.execute(
            insert(Publication), [{"organisation_id": i, "version_id": i} for i in ids]
        )
        admit(list(ids), day)
        documents += rows
    changes.note(changes.ENTERPRISE, 2)
    db.session.commit()
    return documents


def admit(ids: list[int], day: date) -> None:
    """Admit these enterprises without a badge, each by a decision of its own."""
    if db.session.get(PolicyVersion, 1) is None:
        db.session.add(
            PolicyVersion(
                id=1, region_id=1, number=1, valid_from=day, document=DEFAULT, created_at=THEN
            )
        )
        db.session.add(Meeting(id=1, region_id=1, planned_on=day, created_at=THEN, created_by_id=1))
        db.session.flush()
    common = {"enterprise_id": 0, "region_id": 1, "policy_version_id": 1}
    counts = {"present": 3, "in_favour": 3, "against": 0, "blank": 0}
    db.session.execute(
        insert(Application),
        [
            common
            | {
                "id": i,
                "enterprise_id": i,
                "state": "announced",
                "document": {},
                "round": 1,
                "submitted_on": day,
                "created_at": THEN,
                "saved_at": THEN,
            }
            for i in ids
        ],
    )
    db.session.execute(
        insert(AgendaItem),
        [
            {
                "id": i,
                "meeting_id": 1,
                "application_id": i,
                "round": 1,
                "position": i,
                "state": "adopted",
                "outcome": "admitted",
                "badge": "none",
            }
            | counts
            for i in ids
        ],
    )
    db.session.execute(
        insert(Decision),
        [
            common
            | {
                "id": i,
                "enterprise_id": i,
                "application_id": i,
                "round": 1,
                "item_id": i,
                "outcome": "admitted",
                "badge": "none",
                "conditions": "",
                "reasons": {},
                "quorum": 3,
                "needed": 2,
                "prepared_on": day,
                "prepared_by_id": 1,
                "announced_on": day,
                "announced_by_id": 1,
            }
            | counts
            for i in ids
        ],
    )


def ours(query: Query) -> Answer:
    """The service behind the page."""
    filters = Filters(q=" ".join(query.words), chosen=query.chosen)
    page = queries.find(filters, today=clock.today(), spot=None)
    if page.text_unavailable:
        raise SystemExit("the text index is not available")
    return Answer(page.total, page.counts, page.ids)


def passes(ask: Ask, asked: list[Query]) -> tuple[list[float], list[float], list[Answer]]:
    """Milliseconds of the first and the second time, and the answers."""
    found: list[list[float]] = []
    spent = time.process_time()
    answers: list[Answer] = []
    for _ in range(2):
        times, answers = [], []
        gc.collect()
        for query in asked:
            start = time.perf_counter()
            answer = ask(query)
            times.append((time.perf_counter() - start) * 1000)
            answers.append(answer)
        found.append(times)
        now = time.process_time()
        CPU[-1:] = [(now - spent) * 1000 / len(asked)]
        spent = now
    CPU.append(0.0)
    return found[0], found[1], answers


def compare(name: str, asked: list[Query], right: list[Answer], other: list[Answer]) -> None:
    """Totals and counts must be the same.

    :raises SystemExit: at the first difference.
    """
    for query, a, b in zip(asked, right, other, strict=True):
        theirs = {f: {k: n for k, n in c.items() if n} for f, c in b.counts.items()}
        shared = {f: c for f, c in a.counts.items() if f in theirs}
        if a.total != b.total or shared != theirs:
            wrong = {f: (shared[f], theirs[f]) for f in theirs if shared.get(f) != theirs[f]}
            raise SystemExit(f"{name} disagrees on {query}: {a.total} and {b.total}; {wrong}")


def quantiles(times: list[float]) -> tuple[float, float]:
    return float(np.quantile(times, 0.5)), float(np.quantile(times, 0.95))


def size_of(path: Path) -> float:
    """Megabytes on disk."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files) / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(command: list[str], url: str, environment: dict[str, str]) -> Iterator[int]:
    """A server that answers at ``url``; gives its process id, and stops it afterwards."""
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=quiet, stderr=quiet
    )
    try:
        for _ in range(300):
            try:
                httpx.get(url, timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.2)
        else:
            raise SystemExit(f"{command[2]} did not start")
        yield child.pid
    finally:
        child.terminate()
        child.wait(30)


def page_times(base: str, addresses: list[str]) -> list[float]:
    """Milliseconds of the second time that each page is asked."""
    times: list[float] = []
    with httpx.Client(timeout=120) as client:
        for _ in range(2):
            times = []
            for address in addresses:
                start = time.perf_counter()
                answer = client.get(base + address)
                times.append((time.perf_counter() - start) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"{address} answered {answer.status_code}")
    return times


def our_pages(folder: Path, asked: list[Query]) -> tuple[list[float], tuple[float, float]]:
    """(times, megabytes of a reader): the second are PSS and RSS of the largest that answers.

    The product's own command starts it. Its processes are forks of one that loaded the program:
    PSS counts each page that they share for its part, RSS counts it in full.
    """
    port = free_port()
    environment = {f"IMPACT_{k}": str(v) for k, v in settings(folder).items()}
    environment["IMPACT_TRUSTED_HOSTS"] = "127.0.0.1,localhost"
    environment["PYTHONPATH"] = str(ROOT / "platform")
    command = [sys.executable, "-m", "flask", "--app", "wsgi.py", "serve"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "1"]
    addresses = []
    for query in asked:
        pairs = [("q", " ".join(query.words))] if query.words else []
        pairs += [(facet, code) for facet, codes in query.chosen.items() for code in codes]
        addresses.append("/ondernemingen?" + urlencode(pairs))
    base = f"http://127.0.0.1:{port}"
    with server(command, f"{base}/health/live", environment) as pid:
        times = page_times(base, addresses)
        # The server is a child of the command, and who answers a child of the server.
        readers = [p for child in _children(pid) for p in _children(child)]
        return times, max((_megabytes(p, "Pss:"), _megabytes(p, "Rss:")) for p in readers)


def _children(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def _megabytes(pid: int, what: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(what))


def datasette_pages(fts: Fts, path: Path, asked: list[Query]) -> list[float]:
    """Datasette on the FTS5 table with seven facets; its time limits raised, or it drops them."""
    with fts.db:
        fts.db.executescript(
            """
            CREATE TABLE profile (id INTEGER PRIMARY KEY, name TEXT, body TEXT, themes TEXT,
                target_groups TEXT, certificates TEXT, legal_form TEXT, forms TEXT, towns TEXT,
                sectors TEXT, stems TEXT);
            CREATE VIRTUAL TABLE profile_fts USING fts5(stems, content="profile",
                content_rowid="id", tokenize="unicode61 remove_diacritics 0");
            """
        )
        columns = []
        for facet in ("vorm", "gemeente", "sector"):
            grouped = fts.db.execute(
                "SELECT enterprise, json_group_array(DISTINCT code) FROM act WHERE facet = ? "
                "GROUP BY enterprise",
                [fts.facets.index(facet)],
            )
            columns.append(dict(grouped.fetchall()))
        rows = fts.db.execute(
            "SELECT e.*, d.name || ' ' || d.words || ' ' || d.body FROM enterprise e "
            "JOIN doc d ON d.rowid = e.id"
        ).fetchall()
        fts.db.executemany(
            "INSERT INTO profile VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (i, name, body, themes, groups, marks, legal,
                 *(column.get(i, "[]") for column in columns), stems)
                for i, themes, groups, marks, legal, name, body, stems in rows
            ),
        )  # fmt: skip
        fts.db.execute("INSERT INTO profile_fts (profile_fts) VALUES ('rebuild')")
        fts.db.execute("CREATE INDEX profile_legal ON profile (legal_form)")
    port = free_port()
    limits = {"facet_time_limit_ms": "60000", "sql_time_limit_ms": "60000",
              "default_page_size": "20", "default_facet_size": "100",
              "suggest_facets": "off"}  # fmt: skip
    command = [sys.executable, "-m", "datasette", "serve", str(path), "--port", str(port)]
    for key, value in limits.items():
        command += ["--setting", key, value]
    facets = [("_facet", "legal_form")]
    facets += [("_facet_array", column) for column in ("themes", "target_groups", "certificates",
                                                       "forms", "towns", "sectors")]  # fmt: skip
    names = {"thema": "themes", "doelgroep": "target_groups", "keurmerk": "certificates",
             "vorm": "forms", "gemeente": "towns", "sector": "sectors"}  # fmt: skip
    addresses = []
    for query in asked:
        stems = [text.stem(word) for word in query.words]
        pairs = [("_search", " ".join(stems))] if stems else []
        for facet, codes in query.chosen.items():
            if facet == "rechtsvorm":
                pairs.append(("legal_form__in", ",".join(codes)))
            elif facet in names:
                pairs.append((f"{names[facet]}__arraycontains", codes[0]))
        addresses.append(f"/{path.stem}/profile?" + urlencode(pairs + facets))
    base = f"http://127.0.0.1:{port}"
    with server(command, f"{base}/-/versions.json", {}):
        return page_times(base, addresses)


def measure(size: int, seed: int, count: int, folder: Path) -> tuple[list[str], list[str]]:
    """(lines of the table, bars that were missed) at one size."""
    app = create_app(settings(folder))
    CPU[:] = [0.0]
    with app.app_context():
        facts = reference()
        region = Region(seed, size, facts, list(TOWNS))
        profiles = fill(region, size)
        asked = region.queries(profiles, count)
        before = time.perf_counter()
        services_index.rebuild_index(clock.today())
        ours_built = size / (time.perf_counter() - before)
        listings = sorted(queries.listings(clock.today()), key=lambda one: one.id)
        documents = [search.document_of(one, facts) for one in listings]
        entries = [catalogue.entry_of(one, facts) for one in listings]
        queries.table(clock.today())
        first, second, right = passes(ours, asked)
        rows = [
            ("Impactmakelaar", first, second, ours_built, size_of(Path(app.config["SEARCH_DIR"])))
        ]
        before = time.perf_counter()
        fts = Fts(folder / "fts.db", documents, entries, list(TOWNS))
        built = size / (time.perf_counter() - before)
        one, two, other = passes(fts.ask, asked)
        compare("FTS5", asked, right, other)
        rows.append(("SQLite FTS5 + SQL facets", one, two, built, size_of(folder / "fts.db")))
        before = time.perf_counter()
        tantivy = Tantivy(folder / "tantivy", documents, entries, list(TOWNS))
        built = size / (time.perf_counter() - before)
        one, two, other = passes(tantivy.ask, asked)
        compare("tantivy", asked, right, other)
        rows.append(("tantivy", one, two, built, size_of(folder / "tantivy")))
        del documents, entries, listings
        pages, memory = our_pages(folder, asked[:PAGES])
        theirs = datasette_pages(fts, folder / "fts.db", asked[:PAGES])
        fts.db.close()
        db.session.remove()
        db.engine.dispose()
    return report(size, count, rows, pages, theirs, memory)


def report(
    size: int,
    count: int,
    rows: list[tuple[str, list[float], list[float], float, float]],
    pages: list[float],
    theirs: list[float],
    memory: tuple[float, float],
) -> tuple[list[str], list[str]]:
    """The tables as Markdown, and what was not reached (bars hold at 10,000)."""
    lines = [
        f"### {size:,} profiles, {count} queries",
        "",
        (
            "| engine | first pass p50 / p95 ms | second pass p50 / p95 ms | CPU mean ms "
            "| build, profiles/s | MB |"
        ),
        "|---|---|---|---|---|---|",
    ]
    for cpu, (name, first, second, built, megabytes) in zip(CPU, rows, strict=False):
        a, b = quantiles(first), quantiles(second)
        lines.append(
            f"| {name} | {a[0]:.2f} / {a[1]:.2f} | {b[0]:.2f} / {b[1]:.2f} | {cpu:.2f} "
            f"| {built:,.0f} | {megabytes:.1f} |"
        )
    mine, fts, tantivy = (quantiles(row[2]) for row in rows)
    page, their_page = quantiles(pages), quantiles(theirs)
    lines += [
        "",
        "| whole page | p50 ms | p95 ms |",
        "|---|---|---|",
        f"| Impactmakelaar | {page[0]:.1f} | {page[1]:.1f} |",
        f"| Datasette | {their_page[0]:.1f} | {their_page[1]:.1f} |",
        "",
    ]
    bars = [
        ("p95 of FTS5 with SQL facets / ours", fts[1] / mine[1], 10 if size <= 10_000 else 40),
        ("p50 of tantivy / ours", tantivy[0] / mine[0], 1),
        ("page p50 of Datasette / ours", their_page[0] / page[0], 10 if size <= 10_000 else 50),
    ]
    lines += ["| ratio (second pass) | measured | bar or goal |", "|---|---|---|"]
    missed = []
    for name, ratio, wanted in bars:
        lines.append(f"| {name} | {ratio:.1f} | {wanted} |")
        if ratio < wanted:
            missed.append(f"{name}: {ratio:.1f}, wanted {wanted}")
    pss, rss = memory
    lines += [f"| memory of a reader, MB (PSS; RSS {rss:.0f}) | {pss:.0f} | 150 at 10,000 |", ""]
    if pss > 150:
        missed.append(f"memory: {pss:.0f} MB, wanted 150")
    return lines, missed if size <= 10_000 else []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    asked = parser.parse_args()
    print(f"seed {asked.seed}, Python {platform.python_version()}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    missed: list[str] = []
    for size in map(int, asked.sizes.split(",")):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            lines, short = measure(size, asked.seed, asked.queries, Path(folder))
        print("\n".join(lines), flush=True)
        missed += short
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"peak memory of the whole run, all engines: {peak:.0f} MB")
    if missed:
        raise SystemExit("bars missed:\n" + "\n".join(missed))


if __name__ == "__main__":
    main()
