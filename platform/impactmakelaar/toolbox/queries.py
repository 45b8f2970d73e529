"""The toolbox as it stands in content/toolbox, read once and again when a file changes."""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from impactmakelaar.toolbox.rules import (
    TARGETS,
    ContentProblems,
    Module,
    Problem,
    Question,
    Sign,
)
from impactmakelaar.toolbox.rules_guide import KINDS, Entry, parse_guide
from impactmakelaar.toolbox.rules_html import plain_text
from impactmakelaar.toolbox.rules_reading import parse_module
from impactmakelaar.toolbox.rules_search import Hit, Piece, PieceIndex
from impactmakelaar.toolbox.rules_yaml import parse_rows

log = logging.getLogger(__name__)
SOURCE_KEYS = ("id", "title", "makers")
THEME_KEYS = ("id", "title", "summary")
CONTENT = Path(__file__).resolve().parents[3] / "content" / "toolbox"


@dataclass(frozen=True)
class Theme:
    """A theme with its modules in reading order."""

    id: str
    title: str
    summary: str
    modules: tuple[Module, ...]

    @property
    def minutes(self) -> int:
        """Time for all its modules."""
        return sum(module.minutes for module in self.modules)


@dataclass
class Library:
    """Everything of content/toolbox, and what is wrong with it."""

    themes: list[Theme] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    index: PieceIndex = field(default_factory=lambda: PieceIndex(()))

    def module(self, slug: str) -> Module | None:
        """The module with this address."""
        return next((one for one in self.modules if one.slug == slug), None)

    def theme(self, theme_id: str) -> Theme | None:
        """The theme with this id."""
        return next((one for one in self.themes if one.id == theme_id), None)

    def question(self, question_id: str) -> tuple[Module, Question] | None:
        """A question and its module."""
        for module in self.modules:
            question = module.question(question_id)
            if question:
                return module, question
        return None

    @property
    def flowing(self) -> list[str]:
        """The questions whose answer can be offered to another part of the platform."""
        return [q.id for module in self.modules for q in module.questions if q.to]

    def beside(self, module: Module) -> tuple[Module | None, Module | None]:
        """The module before and after this one."""
        at = self.modules.index(module)
        before = self.modules[at - 1] if at else None
        after = self.modules[at + 1] if at + 1 < len(self.modules) else None
        return before, after

    def find(self, typed: str) -> list[Hit]:
        """Full-text search."""
        return self.index.find(typed)


def library(folder: Path = CONTENT) -> Library:
    """The toolbox; files that changed are read anew."""
    paths = [*folder.glob("*.md"), *folder.glob("*.yml"), *folder.glob("directory/*.yml")]
    stamp = tuple(sorted((str(path), path.stat().st_mtime_ns) for path in paths))
    return _read(folder, stamp)


@lru_cache(maxsize=4)
def _read(folder: Path, _stamp: tuple[tuple[str, int], ...]) -> Library:
    """Read all files; one that is wrong is left out and noted, the others stay readable."""
    found = Library()
    for path in sorted(folder.glob("[0-9]*.md")):
        try:
            found.modules.append(parse_module(path.read_text(encoding="utf-8"), path.name))
        except ContentProblems as error:
            found.problems += error.problems
    found.modules.sort(key=lambda module: module.number)
    for path in sorted((folder / "directory").glob("*.yml")):
        try:
            name = f"directory/{path.name}"
            found.entries += parse_guide(path.read_text(encoding="utf-8"), name)
        except ContentProblems as error:
            found.problems += error.problems
    found.sources = {row["id"]: row for row in _rows(found, folder / "sources.yml", SOURCE_KEYS)}
    for row in _rows(found, folder / "themes.yml", THEME_KEYS):
        modules = tuple(one for one in found.modules if one.theme == row["id"])
        found.themes.append(Theme(row["id"], row["title"], row["summary"], modules))
    found.problems += _between_files(found)
    for problem in found.problems:
        log.warning("toolbox: %s", problem)
    found.index = PieceIndex(pieces(found))
    return found


def _rows(found: Library, path: Path, needed: tuple[str, ...]) -> list[dict[str, Any]]:
    """The rows of a list file; none when it is not there or wrong, and then it is noted."""
    if not path.is_file():
        return []
    try:
        return parse_rows(path.read_text(encoding="utf-8"), path.name, needed)
    except ContentProblems as error:
        found.problems += error.problems
        return []


def _between_files(found: Library) -> list[Problem]:
    """What can only be seen with all files side by side."""
    problems = []
    themes = {theme.id for theme in found.themes}
    numbers: dict[int, str] = {}
    for module in found.modules:
        file = f"{module.number:02}-{module.slug}.md"
        if module.theme not in themes:
            problems.append(Problem(file, 1, f"Het thema “{module.theme}” bestaat niet."))
        problems += [
            Problem(file, 1, f"De bron “{source}” staat niet in sources.yml.")
            for source in module.sources
            if source not in found.sources
        ]
        if module.number in numbers:
            problems.append(
                Problem(file, 1, f"Nummer {module.number} is ook {numbers[module.number]}.")
            )
        numbers[module.number] = file
    return problems


def pieces(found: Library) -> list[Piece]:
    """Every section, every question and every entry of the guide."""
    result = []
    for module in found.modules:
        where = f"{module.number}. {module.title}"
        result.append(Piece(module.slug, "", where, module.title, module.summary))
        for section in module.sections:
            text = plain_text(section.text)
            titles = " ".join(b.title for b in section.blocks if b.sign is not Sign.QUESTION)
            result.append(
                Piece(module.slug, section.anchor, where, section.title, f"{titles} {text}".strip())
            )
        for question in module.questions:
            words = " ".join([question.hint, *(label for _, label in question.options)])
            result.append(Piece(module.slug, question.id, where, question.label, words))
    result += [
        Piece("", entry.kind, "Gids", entry.name, f"{entry.what} {entry.region}")
        for entry in found.entries
    ]
    return result


def guide_choices(found: Library) -> dict[str, list[tuple[str, str]]]:
    """What the guide can be filtered on: (value, label) per filter."""
    regions = sorted({entry.region for entry in found.entries})
    people = sorted({one for entry in found.entries for one in entry.for_whom})
    return {
        "soort": list(KINDS.items()),
        "regio": [(one, one) for one in regions],
        "voor": [(one, one) for one in people],
    }


def target_label(question: Question) -> str:
    """Where the answer of a question may go, in words; "" when nowhere."""
    return TARGETS.get(question.to, "")
