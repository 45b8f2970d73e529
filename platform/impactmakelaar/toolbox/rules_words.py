"""Words of the pages: no runs shared with the source, and how easy a page reads."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

RUN = 8
"""So many words in a row shared with the source is copying, titles and names excepted."""
LONG_WORD = 13
"""Letters from which a word counts as long; the limit of our own style guide."""

BREAK_HYPHEN = re.compile(r"-\s*\n\s*")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
WORD = re.compile(r"[^\W_]+")
SENTENCE_END = re.compile(r"[.!?:]+(?:\s|\Z)|\n\s*\n|\n\s*(?:[-*]|\d+\.)\s")


def plain_words(text: str) -> list[str]:
    """Lower-case words; hyphens and broken lines inside a word do not count."""
    text = BREAK_HYPHEN.sub("", text)
    text = ADDRESS.sub(" ", text)
    text = re.sub(r"(?<=\w)[-‑’'](?=\w)", "", text)
    return WORD.findall(text.lower())


def shared_runs(text: str, source: str, exempt: Iterable[str] = (), length: int = RUN) -> list[str]:
    """Each run of ``length`` words that stands in both texts; titles and names in ``exempt``
    count as one unknown word."""
    theirs = plain_words(source)
    known = {tuple(theirs[i : i + length]) for i in range(len(theirs) - length + 1)}
    ours = " ".join(plain_words(text))
    for number, title in enumerate(sorted(exempt, key=len, reverse=True)):
        words = " ".join(plain_words(title))
        if words:
            ours = f" {ours} ".replace(f" {words} ", f" uitgezonderd{number} ").strip()
    words_of_ours = ours.split()
    return [
        " ".join(words_of_ours[i : i + length])
        for i in range(len(words_of_ours) - length + 1)
        if tuple(words_of_ours[i : i + length]) in known
    ]


@dataclass(frozen=True)
class Readability:
    """Figures of one page: words, sentences, longest sentence, share of long words (0 to 1)."""

    words: int
    sentences: int
    longest: int
    longest_sentence: str
    long_words: int

    @property
    def mean(self) -> float:
        """Words per sentence."""
        return self.words / self.sentences if self.sentences else 0.0

    @property
    def long_share(self) -> float:
        """Long words per word."""
        return self.long_words / self.words if self.words else 0.0


def readability(markdown: str) -> Readability:
    """The figures of a Markdown text; headings, addresses and table lines are no sentences."""
    lines = [
        line for line in markdown.split("\n") if not line.lstrip().startswith(("#", "|", ":::"))
    ]
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", "\n".join(lines))
    text = ADDRESS.sub(" ", text)
    sentences = [s for s in SENTENCE_END.split(text) if WORD.search(s)]
    counts = [(len(WORD.findall(s)), " ".join(s.split())) for s in sentences]
    words = WORD.findall(text)
    longest = max(counts, default=(0, ""))
    return Readability(
        words=len(words),
        sentences=len(counts),
        longest=longest[0],
        longest_sentence=longest[1],
        long_words=sum(len(word) >= LONG_WORD for word in words),
    )
