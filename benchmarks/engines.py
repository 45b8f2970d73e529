"""The other engines, given the same terms: SQLite FTS5 with SQL facets, and tantivy.

Both get the stems that the product's own analysis makes, so that totals and counts must agree.
"""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tantivy

from impactmakelaar.core import text
from impactmakelaar.core.search import Document
from impactmakelaar.register.catalogue import EVERYWHERE, Entry
from impactmakelaar.register.rules import ACTIVITY_FACETS, PROFILE_FACETS
from region import Query

Counts = dict[str, dict[str, int]]
ZONES = ("name", "words", "body")
WEIGHTS = (4.0, 2.0, 1.0)


@dataclass(frozen=True)
class Answer:
    """What every engine gives: how many, counts per facet, the first twenty ids."""

    total: int
    counts: Counts
    first: list[int]


def alternatives(word: str) -> list[list[str]]:
    """The stems to ask for: the word's own, or all parts of a compound."""
    parts = [text.stem(part) for part in text.parts(word)]
    return [[text.stem(word)], *([parts] if parts else [])]


def codes_of(entry: Entry, facet: str, towns: list[str]) -> list[set[str]]:
    """The codes of a facet, per activity; a profile's own facets count as one activity."""
    if facet in PROFILE_FACETS:
        return [set(entry.profile[facet])]
    place = ACTIVITY_FACETS.index(facet)
    found = []
    for activity in entry.activities:
        codes = {activity[place]} if isinstance(activity[place], str) else set(activity[place])
        if facet == "gemeente":
            codes = set(towns) if EVERYWHERE in codes else codes & set(towns)
        found.append(codes)
    return found


class Fts:
    """FTS5 with a table of (facet, code, activity, enterprise), indexed both ways."""

    def __init__(
        self, path: Path, documents: list[Document], entries: list[Entry], towns: list[str]
    ) -> None:
        self.db = sqlite3.connect(path)
        self.db.executescript(
            """
            PRAGMA journal_mode=WAL; PRAGMA mmap_size=1000000000; PRAGMA cache_size=-64000;
            PRAGMA temp_store=MEMORY;
            CREATE VIRTUAL TABLE doc USING fts5(name, words, body, detail=full,
                tokenize="unicode61 remove_diacritics 0");
            CREATE TABLE enterprise (id INTEGER PRIMARY KEY, themes TEXT, target_groups TEXT,
                certificates TEXT, legal_form TEXT, name TEXT, body TEXT);
            CREATE TABLE own (facet INTEGER, code TEXT, enterprise INTEGER,
                PRIMARY KEY (enterprise, facet, code)) WITHOUT ROWID;
            CREATE TABLE act (facet INTEGER, code TEXT, activity INTEGER, enterprise INTEGER,
                PRIMARY KEY (enterprise, facet, code, activity)) WITHOUT ROWID;
            CREATE TEMP TABLE hit (enterprise INTEGER PRIMARY KEY, score REAL);
            """
        )
        self.facets = (*PROFILE_FACETS, *ACTIVITY_FACETS)
        own, act, number = [], [], 0
        for entry in entries:
            for place, facet in enumerate(self.facets):
                sets = codes_of(entry, facet, towns)
                if facet in PROFILE_FACETS:
                    own += [(place, code, entry.id) for code in sets[0]]
                else:
                    act += [
                        (place, code, number + n, entry.id)
                        for n, codes in enumerate(sets)
                        for code in codes
                    ]
            number += len(entry.activities)
        stems = {
            d.id: tuple(" ".join(text.index_terms(d.zones[zone])) for zone in ZONES)
            for d in documents
        }
        with self.db:
            self.db.executemany(
                "INSERT INTO doc (rowid, name, words, body) VALUES (?, ?, ?, ?)",
                ((i, *zones) for i, zones in stems.items()),
            )
            self.db.executemany("INSERT INTO own VALUES (?, ?, ?)", own)
            self.db.executemany("INSERT INTO act VALUES (?, ?, ?, ?)", act)
            self.db.executemany(
                "INSERT INTO enterprise VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        e.id,
                        *(json.dumps(e.profile[f]) for f in ("thema", "doelgroep", "keurmerk")),
                        next(iter(e.profile["rechtsvorm"]), ""),
                        d.zones["name"],
                        d.zones["body"],
                    )
                    for e, d in zip(entries, documents, strict=True)
                ),
            )
            self.db.execute("CREATE INDEX own_code ON own (facet, code, enterprise)")
            self.db.execute("CREATE INDEX act_code ON act (facet, code, enterprise, activity)")
            self.db.execute("CREATE INDEX act_row ON act (activity, facet, code)")
            self.db.execute("CREATE INDEX legal ON enterprise (legal_form)")
            self.db.execute("INSERT INTO doc (doc) VALUES ('optimize')")
            self.db.execute("ANALYZE")

    def ask(self, query: Query) -> Answer:
        """Hits with all filters in a temporary table; the rest are counts over it."""
        run = self.db.execute
        run("DELETE FROM hit")
        run(f"INSERT INTO hit {self._hits(query, '')[0]}", self._hits(query, "")[1])
        total = run("SELECT count(*) FROM hit").fetchone()[0]
        first = [r[0] for r in run("SELECT enterprise FROM hit ORDER BY score LIMIT 20")]
        counts: Counts = {}
        for facet in self.facets:
            if facet in query.chosen:
                sql, values = self._hits(query, facet)
                run("CREATE TEMP TABLE IF NOT EXISTS wide (enterprise INTEGER PRIMARY KEY, s REAL)")
                run("DELETE FROM wide")
                run(f"INSERT INTO wide {sql}", values)
                counts[facet] = self._count(facet, "wide", query)
            else:
                counts[facet] = self._count(facet, "hit", query)
        return Answer(total, counts, first)

    def _hits(self, query: Query, leave_out: str) -> tuple[str, list[Any]]:
        where, values = [], []
        if query.words:
            asked = " AND ".join(
                "(" + " OR ".join(
                    "(" + " AND ".join(f'"{stem}"' for stem in stems) + ")"
                    for stems in alternatives(word)
                ) + ")"
                for word in query.words
            )  # fmt: skip
            sql = f"SELECT rowid, bm25(doc, {', '.join(map(str, WEIGHTS))}) FROM doc"
            where.append("doc MATCH ?")
            values.append(asked)
            key = "doc.rowid"
        else:
            sql, key = "SELECT id, 0 FROM enterprise", "enterprise.id"
        for facet, codes in query.chosen.items():
            if facet == leave_out:
                continue
            table = "own" if facet in PROFILE_FACETS else "act"
            marks = ", ".join("?" * len(codes))
            where.append(
                f"EXISTS (SELECT 1 FROM {table} WHERE enterprise = {key} AND facet = ? "
                f"AND code IN ({marks}))"
            )
            values += [self.facets.index(facet), *codes]
        return sql + (" WHERE " + " AND ".join(where) if where else ""), values

    def _count(self, facet: str, table: str, query: Query) -> dict[str, int]:
        place = self.facets.index(facet)
        if facet in PROFILE_FACETS:
            sql = f"SELECT code, count(*) FROM {table} JOIN own USING (enterprise) WHERE facet = ?"
            return dict(self.db.execute(sql + " GROUP BY code", [place]).fetchall())
        others = [f for f in ACTIVITY_FACETS if f in query.chosen and f != facet]
        sql = (
            f"SELECT a.code, count(DISTINCT a.enterprise) FROM {table} "
            "JOIN act a USING (enterprise) WHERE a.facet = ?"
        )
        values: list[Any] = [place]
        for other in others:
            marks = ", ".join("?" * len(query.chosen[other]))
            sql += (
                " AND EXISTS (SELECT 1 FROM act b WHERE b.activity = a.activity AND b.facet = ? "
                f"AND b.code IN ({marks}))"
            )
            values += [self.facets.index(other), *query.chosen[other]]
        return dict(self.db.execute(sql + " GROUP BY a.code", values).fetchall())


class Tantivy:
    """tantivy with its own aggregations; pairs of activity codes are fields of their own.

    It has no rows within a document: one filter on activities is looked up in (filter, code)
    pairs, which is why a query has at most one of those.
    """

    def __init__(
        self, path: Path, documents: list[Document], entries: list[Entry], towns: list[str]
    ) -> None:
        path.mkdir()
        self.facets = (*PROFILE_FACETS, *ACTIVITY_FACETS)
        self.pairs = [(a, b) for a in ACTIVITY_FACETS for b in ACTIVITY_FACETS if a != b]
        builder = tantivy.SchemaBuilder()
        for zone in ZONES:
            builder.add_text_field(zone, tokenizer_name="whitespace", index_option="freq")
        for facet in self.facets:
            builder.add_text_field(facet, tokenizer_name="raw", index_option="basic", fast=True)
        for a, b in self.pairs:
            builder.add_text_field(
                f"{a}_{b}", tokenizer_name="raw", index_option="basic", fast=True
            )
        builder.add_integer_field("id", stored=True, fast=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(path))
        writer = self.index.writer(heap_size=100_000_000, num_threads=1)
        for document, entry in zip(documents, entries, strict=True):
            made = tantivy.Document()
            made.add_integer("id", document.id)
            for zone in ZONES:
                made.add_text(zone, " ".join(text.index_terms(document.zones[zone])))
            sets = {facet: codes_of(entry, facet, towns) for facet in self.facets}
            for facet in self.facets:
                for code in set().union(*sets[facet]):
                    made.add_text(facet, code)
            for a, b in self.pairs:
                rows = zip(sets[a], sets[b], strict=True)
                for pair in {f"{x}|{y}" for xs, ys in rows for x in xs for y in ys}:
                    made.add_text(f"{a}_{b}", pair)
            writer.add_document(made)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def ask(self, query: Query) -> Answer:
        """One search for the first twenty and every count; one more per facet with a choice."""
        asked = self._query(query, "")
        found = self.searcher.search(asked, limit=20, count=True)
        first = [self.searcher.doc(address)["id"][0] for _, address in found.hits]
        counts: Counts = {}
        plain = [f for f in self.facets if f not in query.chosen]
        fields = {f: self._field(f, query) for f in plain}
        counts |= self._counts(asked, fields, query)
        for facet in query.chosen:
            counts |= self._counts(self._query(query, facet), {facet: facet}, query)
        return Answer(found.count, counts, first)

    def _field(self, facet: str, query: Query) -> str:
        other = next((f for f in ACTIVITY_FACETS if f in query.chosen), None)
        if facet not in ACTIVITY_FACETS or other is None or other == facet:
            return facet
        return f"{other}_{facet}"

    def _counts(self, asked: Any, fields: dict[str, str], query: Query) -> Counts:
        spec = {f: {"terms": {"field": name, "size": 2000}} for f, name in fields.items()}
        result = self.searcher.aggregate(asked, spec)
        counts: Counts = {}
        for facet, name in fields.items():
            buckets = {b["key"]: b["doc_count"] for b in result[facet]["buckets"]}
            if name != facet:
                other = name.split("_")[0]
                start = f"{query.chosen[other][0]}|"
                buckets = {k[len(start) :]: n for k, n in buckets.items() if k.startswith(start)}
            counts[facet] = buckets
        return counts

    def _query(self, query: Query, leave_out: str) -> Any:
        must = tantivy.Occur.Must
        parts = [(must, self._word(word)) for word in query.words]
        for facet, codes in query.chosen.items():
            if facet != leave_out:
                asked = tantivy.Query.term_set_query(self.schema, facet, list(codes))
                parts.append((must, tantivy.Query.const_score_query(asked, 0.0)))
        if not parts:
            return tantivy.Query.all_query()
        return tantivy.Query.boolean_query(parts)

    def _word(self, word: str) -> Any:
        query, occur = tantivy.Query, tantivy.Occur
        found = []
        for stems in alternatives(word):
            every = [
                (
                    occur.Must,
                    query.boolean_query(
                        [
                            (
                                occur.Should,
                                query.boost_query(
                                    query.term_query(self.schema, zone, stem, "freq"), weight
                                ),
                            )
                            for zone, weight in zip(ZONES, WEIGHTS, strict=True)
                        ]
                    ),
                )
                for stem in stems
            ]
            found.append((occur.Should, query.boolean_query(every)))
        return query.boolean_query(found)
