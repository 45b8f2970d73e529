"""Reading the text index: decoded postings, and what words find among those who may be found.

Takes what Whoosh gives as it is and never calls the library itself. ``Segment`` decodes, ``Reader``
joins the segments of one state of the index, ``View`` is a reader for those listed now.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from impactmakelaar.core import text

CACHE_BYTES = 32 * 1024 * 1024
"""How much of decoded postings a segment keeps."""
VIEW_BYTES = 16 * 1024 * 1024
"""How much of scored postings a view keeps."""
SATURATION = 3.0
"""At this weight a word counts for half of what it can."""
MIN_CORRECTED = 4
"""Shorter words are never corrected."""

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]


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
    slots: Ids = field(default_factory=lambda: none())
    """The places of ``ids`` among those who could be found."""


def none() -> Ids:
    """No ids."""
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
        return np.concatenate(found) if found else none()

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
            return none(), np.empty(0, np.float32)
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
            slots, weights = none(), np.empty(0, np.float32)
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
            return none(), np.empty(0, np.float32)
        matcher = self._leaf.postings("terms", term)
        docnums: list[int] = []
        weights: list[float] = []
        while matcher.is_active():
            docnums.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
        ids = self.object_ids[np.array(docnums, np.int64)] if docnums else none()
        order = np.argsort(ids)
        return ids[order], np.array(weights, np.float32)[order]
