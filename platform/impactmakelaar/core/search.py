"""The text index: put, delete, find, rebuild, check. The only file that knows Whoosh.

The index is a private cache of the database: any fault in it means that it is made anew, and
nothing but words ever reaches it (never a query language). One process writes, under a file lock;
every process reads through its own cache of decoded postings (``search_reader``).

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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from whoosh import index as whoosh_index
from whoosh.fields import NUMERIC, STORED, FieldType, Schema
from whoosh.formats import Existence

from impactmakelaar.core import text
from impactmakelaar.core.search_reader import Found, Ids, Reader, none

log = logging.getLogger(__name__)

FORMAT = 2
WEIGHTS = {"name": 4, "words": 2, "body": 1}
"""Zones of a document and how much a word in them counts (times its frequency)."""
BATCH = 2000
BROKEN = "BROKEN"
"""A file of this name says that a reader could not use the index."""

Posting = tuple[bytes, int, float, bytes]
"""(term, frequency, weight, nothing more)."""


class IndexUnavailable(Exception):  # noqa: N818
    """The index is missing, broken, outdated or foreign; it will be made anew."""


@dataclass(frozen=True)
class Document:
    """What is indexed of one object: its id and the text of each zone."""

    id: int
    zones: dict[str, str]


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

    def reader(self) -> Reader:
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

    def _open(self, old: Reader | None) -> tuple[Reader, tuple[str, int]]:
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
            return Found(none(), np.empty(0, np.float32), only_stop_words=only_stop)
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
