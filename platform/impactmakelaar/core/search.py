"""The text index: put, delete, find, rebuild, check. The only file that knows Whoosh.

The index is a private cache of the database: any fault in it means that it is made anew, and
nothing but words ever reaches it (never a query language). One process writes, under a file lock;
every process reads through its own cache of decoded postings.

On disk: ``CURRENT`` names the folder in use, ``state.json`` in it holds the analysis version and
the number of the last change that was applied. Whoosh unpickles what it reads, so nobody else may
write here (mode 0700).
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import os
import shutil
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA
from whoosh import index as whoosh_index
from whoosh.fields import NUMERIC, STORED, FieldType, Schema
from whoosh.formats import Existence

from impactmakelaar.core import text

log = logging.getLogger(__name__)

FORMAT = 2
WEIGHTS = {"name": 4, "words": 2, "body": 1}
"""Zones of a document and how much a word in them counts (times its frequency)."""
CACHE_BYTES = 32 * 1024 * 1024
VIEW_BYTES = 16 * 1024 * 1024
SATURATION = 3.0
MIN_CORRECTED = 4
BATCH = 2000
BROKEN = "BROKEN"
"""A file of this name says that a reader could not use the index."""

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Posting = tuple[bytes, int, float, bytes]
"""(term, frequency, weight, nothing more)."""


class IndexUnavailable(Exception):  # noqa: N818
    """The index is missing, broken, outdated or foreign; it will be made anew."""


@dataclass(frozen=True)
class Document:
    """What is indexed of one object: its id and the text of each zone."""

    id: int
    zones: dict[str, str]


@dataclass
class Found:
    """Object ids with their scores, and how the words were understood."""

    ids: Ids
    scores: Scores
    stems: frozenset[str] = frozenset()
    corrected: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    only_stop_words: bool = False
    partial: bool = False
    """Nobody has all the words: these have at least half of the most that anybody has."""
    slots: Ids = field(default_factory=lambda: _none())
    """The places of ``ids`` among those who could be found."""


class Weighted(FieldType):  # type: ignore[misc]
    """A field that is given its terms with their weights: term -> weight, a whole number."""

    def __init__(self) -> None:
        # Scorable: of other fields Whoosh asks the disk for a length at every single posting.
        super().__init__(format=Existence(), analyzer=None, scorable=True)

    def index(self, value: Mapping[str, int], **_: Any) -> Iterator[Posting]:
        """What a writer asks of a field."""
        for term, weight in value.items():
            yield term.encode(), weight, float(weight), b""


def schema() -> Schema:
    """One posting list per term, with the weights of all zones added up."""
    return Schema(
        id=NUMERIC(int, 64, unique=True, stored=True, signed=False),
        terms=Weighted(),
        forms=Weighted(),
        stamp=STORED,
    )


def terms_of(document: Document) -> tuple[dict[str, int], dict[str, int]]:
    """(term -> weight, unstemmed form -> 1) of a document, as the schema wants them."""
    terms: Counter[str] = Counter()
    forms: set[str] = set()
    for zone, content in document.zones.items():
        for word, times in Counter(text.words(content)).items():
            found = text.terms_of_word(word)
            for term in found:
                terms[term] += WEIGHTS[zone] * times
            if found and len(word) > 2:
                forms.add(word)
    return dict(terms), dict.fromkeys(forms, 1)


class TextIndex:
    """The index in a directory. Reading is safe from several threads."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._stamp: tuple[str, int] | None = None
        self._reader: Reader | None = None
        self._current: tuple[tuple[int, int, int], Path] | None = None

    # Reading -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What the index in use says of itself.

        :raises IndexUnavailable: when there is none, or it is not ours to use.
        """
        try:
            if (self.directory / BROKEN).exists():
                raise ValueError("found broken")
            folder = self._folder()
            state = json.loads((folder / "state.json").read_text())
            fits = state["analysis"] == text.VERSION and state["format"] == FORMAT
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexUnavailable(str(error)) from error
        if not fits:
            raise IndexUnavailable("made by another version")
        return dict(state)

    def applied(self) -> int:
        """The number of the last change that the index holds; -1 when it must be made anew."""
        try:
            return int(self.state()["applied"])
        except (IndexUnavailable, KeyError, ValueError):
            return -1

    def mark(self) -> str:
        """What ``applied`` was said to belong to: another database has other marks."""
        return str(self.state().get("mark", ""))

    def _folder(self) -> Path:
        path = self.directory / "CURRENT"
        # Another folder comes into use by a new file in place of this one, never by writing in it.
        seen = path.stat()
        key = (seen.st_ino, seen.st_mtime_ns, seen.st_size)
        if self._current is None or self._current[0] != key:
            name = path.read_text().strip()
            if not name or "/" in name or name.startswith("."):
                raise ValueError("CURRENT names no folder")
            self._current = (key, self.directory / name)
        return self._current[1]

    def reader(self) -> "Reader":
        """The decoded postings of the index as it is now; kept until it changes."""
        try:
            folder = self._folder()
            stamp = (folder.name, (folder / "state.json").stat().st_mtime_ns)
        except (OSError, ValueError) as error:
            raise IndexUnavailable(str(error)) from error
        if self._reader is not None and stamp == self._stamp:
            return self._reader
        with self._lock:
            if self._reader is None or stamp != self._stamp:
                self.state()
                self._reader, self._stamp = self._open(self._reader)
            return self._reader

    def _open(self, old: "Reader | None") -> tuple["Reader", tuple[str, int]]:
        """(reader, its stamp). Each try looks anew which folder is in use."""
        last: Exception | None = None
        for _ in range(3):
            try:
                folder = self._folder()
                stamp = (folder.name, (folder / "state.json").stat().st_mtime_ns)
                opened = whoosh_index.open_dir(str(folder), schema=schema())
                return Reader(opened.reader(), old), stamp
            except Exception as error:  # noqa: BLE001
                # A commit may remove a segment while it is opened; a broken index raises anything.
                last = error
        self._mark_broken()
        raise IndexUnavailable(str(last)) from last

    def _mark_broken(self) -> None:
        """Tell every process, the writing one above all, that this index must be made anew."""
        with contextlib.suppress(OSError):
            (self.directory / BROKEN).touch()

    def find(self, typed: str, alive: Ids | None = None) -> Found:
        """Every document that has all the words; a word without hits is corrected once.

        ``alive`` are the ids (ascending) that may still be found: a word that only others have
        counts as one without hits, and nothing is corrected into it.
        """
        words, only_stop = text.query_words(typed)
        if not words:
            return Found(_none(), np.empty(0, np.float32), only_stop_words=only_stop)
        try:
            return self.reader().find(words, alive)
        except IndexUnavailable:
            raise
        except Exception as error:
            log.warning("index failed", extra={"error": type(error).__name__})
            self._mark_broken()
            raise IndexUnavailable(str(error)) from error

    def suggest(self, typed: str, limit: int = 8) -> list[str]:
        """Words of the index that begin with the last word typed."""
        words, _ = text.query_words(typed)
        return self.reader().starting_with(words[-1], limit) if words else []

    # Writing -----------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.directory / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def apply(
        self, documents: Iterable[Document], gone: Iterable[int], applied: int, mark: str = ""
    ) -> None:
        """Put these documents (old ones of the same id go) and delete ``gone``; one commit.

        :raises IndexUnavailable: when there is no usable index; rebuild it.
        """
        documents, drop = list(documents), set(gone)
        drop |= {document.id for document in documents}
        with self._writing():
            self.state()
            try:
                folder = self._folder()
                opened = whoosh_index.open_dir(str(folder), schema=schema())
                if drop:
                    writer = opened.writer(timeout=5.0)
                    reader = writer.reader()
                    for object_id in drop:
                        docnum = (
                            reader.first_id("id", _key(object_id))
                            if _has(reader, object_id)
                            else None
                        )
                        if docnum is not None:
                            writer.delete_document(docnum)
                    for document in documents:
                        _add(writer, document)
                    writer.commit()
                self._write_state(folder, applied, mark)
            except Exception as error:
                raise IndexUnavailable(str(error)) from error

    def rebuild(
        self,
        documents: Iterable[Document],
        applied: int,
        progress: Callable[[int], None] = lambda _count: None,
        mark: str = "",
    ) -> int:
        """Make the index anew beside the old one, then switch; returns the number of documents."""
        with self._writing():
            number = 1 + max(
                (int(p.name[3:]) for p in self.directory.glob("ix-*") if p.name[3:].isdigit()),
                default=0,
            )
            folder = self.directory / f"ix-{number}"
            folder.mkdir(mode=0o700)
            opened = whoosh_index.create_in(str(folder), schema())
            writer = opened.writer(limitmb=128)
            count = 0
            for document in documents:
                _add(writer, document)
                count += 1
                if count % BATCH == 0:
                    progress(count)
            writer.commit(optimize=True)
            self._write_state(folder, applied, mark)
            _replace(self.directory / "CURRENT", folder.name)
            (self.directory / BROKEN).unlink(missing_ok=True)
            progress(count)
            for old in self.directory.glob("ix-*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
            return count

    def _write_state(self, folder: Path, applied: int, mark: str) -> None:
        state = {"analysis": text.VERSION, "format": FORMAT, "applied": applied, "mark": mark}
        _replace(folder / "state.json", json.dumps(state))

    def ids(self) -> set[int]:
        """Every object id in the index."""
        return {int(i) for i in self.reader().all_ids()}

    def terms_by_id(self) -> dict[int, str]:
        """Object id -> a digest of its indexed terms, for comparing with the database."""
        return self.reader().stamps()


def stamp(terms: Mapping[str, int]) -> str:
    """A short digest of what was indexed; the same in every process, unlike ``hash``."""
    told = " ".join(f"{term}:{weight}" for term, weight in sorted(terms.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _add(writer: Any, document: Document) -> None:
    terms, forms = terms_of(document)
    writer.add_document(id=document.id, terms=terms, forms=forms, stamp=stamp(terms))


def _key(object_id: int) -> bytes:
    return bytes(schema()["id"].to_bytes(object_id))


def _has(reader: Any, object_id: int) -> bool:
    return ("id", _key(object_id)) in reader


def _replace(path: Path, content: str) -> None:
    partial = path.with_name(path.name + ".partial")
    with partial.open("w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _none() -> Ids:
    return np.empty(0, np.int64)


class Reader:
    """Decoded postings of one state of the index. Segments that did not change keep theirs."""

    def __init__(self, reader: Any, old: "Reader | None") -> None:
        self._reader = reader
        self._segments: dict[str, Segment] = {}
        known = old._segments if old is not None else {}
        for leaf, _offset in reader.leaf_readers():
            if leaf.segment() is None:
                continue  # An empty index has one leaf that is no segment.
            key = f"{leaf.segment().segment_id()}-{leaf.doc_count()}"
            self._segments[key] = known.get(key) or Segment(leaf)
        self._lexicon: list[str] | None = None
        self._view: View | None = None
        self._mutex = threading.Lock()

    def all_ids(self) -> Ids:
        """Object ids of every document."""
        found = [segment.object_ids[segment.docnums] for segment in self._segments.values()]
        return np.concatenate(found) if found else _none()

    def stamps(self) -> dict[int, str]:
        """Object id -> stored digest."""
        found: dict[int, str] = {}
        for segment in self._segments.values():
            found.update(segment.stamps)
        return found

    def find(self, words: list[str], alive: Ids | None = None) -> Found:
        """All words must match; scores add up. When nobody has them all: who has most."""
        if alive is None:
            alive = np.sort(self.all_ids())
        view = self._view
        if view is None or view.alive is not alive:
            view = self._view = View(self, alive)
        return view.find(words)

    def postings(self, term: str) -> tuple[Ids, Scores]:
        """(object ids ascending, weighted frequencies) of a term in all segments."""
        found = [segment.postings(term) for segment in self._segments.values()]
        found = [pair for pair in found if len(pair[0])]
        if not found:
            return _none(), np.empty(0, np.float32)
        if len(found) == 1:
            ids, weights = found[0]
        else:
            ids = np.concatenate([pair[0] for pair in found])
            weights = np.concatenate([pair[1] for pair in found])
            order = np.argsort(ids, kind="stable")
            ids, weights = ids[order], weights[order]
        return ids, weights

    @property
    def lexicon(self) -> list[str]:
        """Every unstemmed word of the index, sorted; read once."""
        if self._lexicon is None:
            with self._mutex:
                self._lexicon = [
                    word.decode() if isinstance(word, bytes) else str(word)
                    for word in (self._reader.lexicon("forms") if self._segments else ())
                ]
        return self._lexicon

    def nearest(self, word: str, accept: Callable[[str], bool]) -> str | None:
        """The nearest acceptable word: one slip in short words, two in long ones."""
        if len(word) < MIN_CORRECTED or any(c.isdigit() for c in word):
            return None
        most = 1 if len(word) < 8 else 2
        near = [
            form
            for form in self.lexicon
            if abs(len(form) - len(word)) <= most and form[0] == word[0]
        ]
        best = process.extract(word, near, scorer=OSA.distance, score_cutoff=most, limit=20)
        return next((str(form) for form, _distance, _place in best if accept(form)), None)

    def starting_with(self, start: str, limit: int) -> list[str]:
        """Words that begin like this, shortest first."""
        found = [form for form in self.lexicon if form.startswith(start)]
        return sorted(found, key=lambda form: (len(form), form))[:limit]


class View:
    """The postings of a reader for those who may be found: places in ``alive``, and scores.

    Words that only others have count for nothing: not as hits, not as corrections, not as rarity.
    """

    def __init__(self, reader: Reader, alive: Ids) -> None:
        self.reader = reader
        self.alive = alive
        self._terms: OrderedDict[str, tuple[Ids, Scores]] = OrderedDict()
        self._bytes = 0
        self._mutex = threading.Lock()

    def find(self, words: list[str]) -> Found:
        """Who has all the words, else who has most of them."""
        corrected: list[tuple[str, str]] = []
        stems: set[str] = set()
        hits: list[tuple[Ids, Scores]] = []
        missing: list[str] = []
        for word in words:
            slots, scores, used = self._word(word)
            if not len(slots):
                better = self.reader.nearest(word, self._has) or text.head(word)
                if better:
                    slots, scores, used = self._word(better)
                    if len(slots):
                        corrected.append((word, better))
            if not len(slots):
                missing.append(word)
            stems |= used
            hits.append((slots, scores))
        slots, scores, partial = self._together(hits)
        return Found(
            self.alive[slots],
            scores,
            frozenset(stems),
            corrected,
            missing,
            partial=partial,
            slots=slots,
        )

    def _together(self, hits: list[tuple[Ids, Scores]]) -> tuple[Ids, Scores, bool]:
        """(places, scores, whether nobody has all the words)."""
        if len(hits) == 1:
            return *hits[0], False
        total = np.zeros(len(self.alive), np.float32)
        count = np.zeros(len(self.alive), np.int8)
        for slots, scores in hits:
            total[slots] += scores
            count[slots] += 1
        found = np.flatnonzero(count == len(hits))
        partial = False
        if not len(found):
            found = np.flatnonzero((count > 0) & (count * 2 >= count.max(initial=0)))
            partial = len(found) > 0
        return found, total[found], partial

    def _has(self, form: str) -> bool:
        return len(self._word(form)[0]) > 0

    def _word(self, word: str) -> tuple[Ids, Scores, frozenset[str]]:
        """Documents with the word itself, or with all parts of it when it is a compound."""
        stemmed = text.stem(word)
        slots, scores = self._term(stemmed)
        pieces = [text.stem(part) for part in text.parts(word)]
        if not pieces:
            return slots, scores, frozenset((stemmed,))
        both, both_scores = self._term(pieces[0])
        for piece in pieces[1:]:
            more, more_scores = self._term(piece)
            both, a, b = np.intersect1d(both, more, assume_unique=True, return_indices=True)
            both_scores = both_scores[a] + more_scores[b]
        if not len(both):
            return slots, scores, frozenset((stemmed,))
        union = np.union1d(slots, both)
        total = np.zeros(len(union), np.float32)
        total[np.searchsorted(union, slots)] += scores
        total[np.searchsorted(union, both)] += both_scores / len(pieces)
        return union, total, frozenset((stemmed, *pieces))

    def _term(self, term: str) -> tuple[Ids, Scores]:
        with self._mutex:
            kept = self._terms.get(term)
            if kept is not None:
                self._terms.move_to_end(term)
                return kept
        ids, weights = self.reader.postings(term)
        if len(ids) and len(self.alive):
            slots = np.minimum(np.searchsorted(self.alive, ids), len(self.alive) - 1)
            fits = self.alive[slots] == ids
            slots, weights = slots[fits], weights[fits]
        else:
            slots, weights = _none(), np.empty(0, np.float32)
        rarity = np.log(1 + (len(self.alive) - len(slots) + 0.5) / (len(slots) + 0.5))
        found = (slots, np.float32(rarity) * weights / (weights + np.float32(SATURATION)))
        with self._mutex:
            if term not in self._terms:
                self._terms[term] = found
                self._bytes += found[0].nbytes + found[1].nbytes + 200
            while self._bytes > VIEW_BYTES and len(self._terms) > 1:
                _, old = self._terms.popitem(last=False)
                self._bytes -= old[0].nbytes + old[1].nbytes + 200
        return found


class Segment:
    """One segment: document numbers to object ids, and postings decoded on first use."""

    def __init__(self, leaf: Any) -> None:
        self._leaf = leaf
        self._cache: OrderedDict[str, tuple[Ids, Scores]] = OrderedDict()
        self._bytes = 0
        self._mutex = threading.Lock()
        stored = [(docnum, fields) for docnum, fields in leaf.iter_docs()]
        self.docnums = np.array([docnum for docnum, _ in stored], np.int64)
        size = int(self.docnums.max()) + 1 if stored else 0
        self.object_ids = np.full(size, -1, np.int64)
        for docnum, fields in stored:
            self.object_ids[docnum] = fields["id"]
        self.stamps = {int(fields["id"]): str(fields.get("stamp", "")) for _, fields in stored}

    def postings(self, term: str) -> tuple[Ids, Scores]:
        """(object ids ascending, weighted frequencies) of a term."""
        with self._mutex:
            kept = self._cache.get(term)
            if kept is not None:
                self._cache.move_to_end(term)
                return kept
            found = self._decode(term)
            self._cache[term] = found
            self._bytes += found[0].nbytes + found[1].nbytes + 200
            while self._bytes > CACHE_BYTES and len(self._cache) > 1:
                _, old = self._cache.popitem(last=False)
                self._bytes -= old[0].nbytes + old[1].nbytes + 200
            return found

    def _decode(self, term: str) -> tuple[Ids, Scores]:
        if ("terms", term) not in self._leaf:
            return _none(), np.empty(0, np.float32)
        matcher = self._leaf.postings("terms", term)
        docnums: list[int] = []
        weights: list[float] = []
        while matcher.is_active():
            docnums.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
        ids = self.object_ids[np.array(docnums, np.int64)] if docnums else _none()
        order = np.argsort(ids)
        return ids[order], np.array(weights, np.float32)[order]
