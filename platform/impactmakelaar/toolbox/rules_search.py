"""Full-text search over the toolbox: some two hundred short pieces, so an index in memory.

It uses the words and stems of the register's search; every word must be found, a word in a
heading weighs more.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from impactmakelaar.core.text import highlight, index_terms, query_words, stem

HEADING_WEIGHT = 4


@dataclass(frozen=True)
class Piece:
    """Something that can be found: a section of a module, a question or an entry of the guide."""

    module: str
    anchor: str
    where: str
    title: str
    text: str


@dataclass(frozen=True)
class Hit:
    """A piece that was found, and its text round the first hit as (text, is a hit)."""

    piece: Piece
    score: float
    shown: tuple[tuple[str, bool], ...]


class PieceIndex:
    """All pieces with the stems of their words."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._rows = [
            (piece, Counter(index_terms(piece.title)), Counter(index_terms(piece.text)))
            for piece in pieces
        ]

    def find(self, typed: str, limit: int = 40) -> list[Hit]:
        """The pieces in which all words stand, best first; equal ones in reading order."""
        words, _ = query_words(typed)
        stems = [stem(word) for word in words]
        if not stems:
            return []
        found = []
        for piece, title, text in self._rows:
            if not all(title[one] or text[one] for one in stems):
                continue
            score = sum(
                HEADING_WEIGHT * min(title[one], 1) + text[one] / (text[one] + 2) for one in stems
            )
            shown = highlight(piece.text, frozenset(stems)) or [(piece.text[:160], False)]
            found.append(Hit(piece, score, tuple(shown)))
        return sorted(found, key=lambda hit: -hit.score)[:limit]
