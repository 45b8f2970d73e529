"""A module of the toolbox: what it consists of. How its file is read: ``rules_reading``."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from impactmakelaar.proposals.rules import TARGET_LABELS


class Sign(StrEnum):
    """What kind of block a piece of text is; the reader sees it as a label."""

    TEXT = "tekst"
    EXPLANATION = "uitleg"
    QUESTION = "vraag"
    DEEPENING = "verdieping"
    READING = "leesopdracht"
    ASSIGNMENT = "opdracht"
    INFORMATION = "informatie"
    CHECKLIST = "checklist"
    EXAMPLE = "praktijkvoorbeeld"
    CHANGED = "veranderd"


SIGN_LABELS = {
    Sign.TEXT: "",
    Sign.EXPLANATION: "Uitleg",
    Sign.QUESTION: "Invulvraag",
    Sign.DEEPENING: "Verdieping",
    Sign.READING: "Leesopdracht",
    Sign.ASSIGNMENT: "Opdracht",
    Sign.INFORMATION: "Nadere informatie",
    Sign.CHECKLIST: "Checklist",
    Sign.EXAMPLE: "Praktijkvoorbeeld",
    Sign.CHANGED: "Veranderd sinds 2023",
}


class Type(StrEnum):
    """What an answer looks like."""

    SHORT = "short"
    LONG = "long"
    YES_NO = "yes_no"
    ONE = "one"
    MANY = "many"
    CHECKLIST = "checklist"
    TABLE = "table"
    TEAM_DIAGRAM = "team_diagram"
    ECOSYSTEM = "ecosystem"


TARGETS: dict[str, str] = {str(key): label for key, label in TARGET_LABELS.items()}
"""Where an answer may be proposed; a person there confirms before anything takes effect."""


@dataclass(frozen=True)
class Problem:
    """Something wrong in a content file; lines count from 1."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class ContentProblems(Exception):  # noqa: N818
    """A content file cannot be used; ``problems`` lists everything that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Goal:
    """A learning goal, and where on the page it is answered."""

    id: str
    text: str
    answered_by: tuple[str, ...]
    source: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Covered:
    """An item of the source that the page must hold; ``count`` when it is a list of that many."""

    item: str
    answered_by: tuple[str, ...]
    source: tuple[tuple[int, int], ...]
    count: int | None = None


@dataclass(frozen=True)
class Diagram:
    """Parties and the links between them: (id, name) and (from id, to id, label)."""

    id: str
    title: str
    parties: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Question:
    """A question of the workbook. ``when`` is (question, answer): shown only after that answer."""

    id: str
    type: Type
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()
    when: tuple[str, str] | None = None
    to: str = ""
    examples: tuple[Diagram, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Block:
    """A piece of a section: Markdown text under a sign, or the place of a question."""

    sign: Sign
    title: str
    text: str
    line: int


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """All words of the section, without its heading."""
        return "\n\n".join(block.text for block in self.blocks if block.sign is not Sign.QUESTION)


@dataclass(frozen=True)
class Module:
    """One module of the toolbox."""

    number: int
    slug: str
    theme: str
    title: str
    summary: str
    audience: tuple[str, ...]
    reading_minutes: int
    working_minutes: int
    goals: tuple[Goal, ...]
    sources: tuple[str, ...]
    coverage: tuple[Covered, ...]
    questions: tuple[Question, ...]
    sections: tuple[Section, ...]

    @property
    def minutes(self) -> int:
        """Reading and working together."""
        return self.reading_minutes + self.working_minutes

    def question(self, question_id: str) -> Question | None:
        """The question with this id."""
        return next((q for q in self.questions if q.id == question_id), None)

    def section(self, anchor: str) -> Section | None:
        """The section with this anchor."""
        return next((s for s in self.sections if s.anchor == anchor), None)


def anchor_of(heading: str) -> str:
    """The address of a heading on its page: lower case words with hyphens."""
    plain = unicodedata.normalize("NFKD", heading.lower())
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
