"""How the Markdown file of a module is read, and what is wrong with it.

A file has front matter (YAML: number, theme, title, goals, questions, coverage ...) and a text of
sections (``## heading``) with blocks::

    ::: praktijkvoorbeeld Haarlem
    Text in Markdown.
    :::

    ::: vraag m1-voorstanders
    :::

Reading is pure: text in, dataclasses out. Everything wrong is found in one go and told with its
line, so that an editor can repair a file without reading code.
"""

import re
from typing import Any

import yaml

from impactmakelaar.toolbox.rules import (
    TARGETS,
    Block,
    ContentProblems,
    Covered,
    Diagram,
    Goal,
    Module,
    Problem,
    Question,
    Section,
    Sign,
    Type,
    anchor_of,
)
from impactmakelaar.toolbox.rules_yaml import Lines, broken_yaml, split_front_matter

NEEDS_OPTIONS = {Type.ONE, Type.MANY, Type.CHECKLIST, Type.ECOSYSTEM}
QUESTION_ID = re.compile(r"m\d{1,2}-[a-z0-9]+(?:-[a-z0-9]+)*\Z")
SPAN = re.compile(r"(\d+)(?:-(\d+))?\Z")
FENCE = re.compile(r":::+\s*(\S+)?\s*(.*?)\s*\Z")
HEADING = re.compile(r"(#{2,3})\s+(.+?)\s*\Z")
MAX_CONTENT = 200_000


def spans_of(written: str) -> tuple[tuple[int, int], ...]:
    """``"12-15, 20"`` -> ((12, 15), (20, 20)); ValueError when it is no such list."""
    found = []
    for part in str(written).split(","):
        match = SPAN.match(part.strip())
        if match is None:
            raise ValueError(written)
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(written)
        found.append((first, last))
    return tuple(found)


# Front matter with lines -------------------------------------------------------------------


class Reader:
    """Reads one front matter and gathers what is wrong with it."""

    def __init__(self, file: str, data: dict[str, Any], lines: Lines) -> None:
        self.file, self.data, self.lines = file, data, lines
        self.problems: list[Problem] = []

    def wrong(self, path: tuple[Any, ...], sentence: str) -> None:
        """Note a problem at a key."""
        self.problems.append(Problem(self.file, self.lines.of(path), sentence))

    def text(
        self, row: dict[str, Any], key: str, path: tuple[Any, ...], needed: bool = True
    ) -> str:
        """A text of one line; missing is a problem when it is needed."""
        value = row.get(key)
        if value is None or value == "":
            if needed:
                self.wrong((*path, key), f"“{key}” ontbreekt.")
            return ""
        if not isinstance(value, str | int | float):
            self.wrong((*path, key), f"“{key}” moet een tekst zijn.")
            return ""
        return str(value).strip()

    def whole(self, key: str) -> int:
        """A whole number above zero."""
        value = self.data.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.wrong((key,), f"“{key}” moet een heel getal boven nul zijn.")
            return 0
        return value

    def texts(self, row: dict[str, Any], key: str, path: tuple[Any, ...]) -> tuple[str, ...]:
        """A list of texts; one text may stand alone."""
        value = row.get(key)
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            self.wrong((*path, key), f"“{key}” moet een lijst van teksten zijn.")
            return ()
        return tuple(value)

    def rows(self, key: str) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
        """The entries of a list of mappings, each with its path."""
        value = self.data.get(key) or []
        if not isinstance(value, list):
            self.wrong((key,), f"“{key}” moet een lijst zijn.")
            return []
        found = []
        for number, row in enumerate(value):
            if isinstance(row, dict):
                found.append(((key, number), row))
            else:
                self.wrong((key, number), f"Een regel van “{key}” heeft geen velden.")
        return found

    def spans(self, row: dict[str, Any], path: tuple[Any, ...]) -> tuple[tuple[int, int], ...]:
        """The lines of the source that an entry stands for."""
        try:
            return spans_of(str(row.get("source", "")))
        except ValueError:
            self.wrong((*path, "source"), "“source” moet regels van de bron noemen, zoals 12-15.")
            return ()

    def pairs(
        self, row: dict[str, Any], key: str, path: tuple[Any, ...]
    ) -> tuple[tuple[str, str], ...]:
        """A mapping id -> label."""
        value = row.get(key) or {}
        if not isinstance(value, dict):
            self.wrong((*path, key), f"“{key}” moet uit regels “id: tekst” bestaan.")
            return ()
        return tuple((str(k), str(v)) for k, v in value.items())

    def diagrams(self, row: dict[str, Any], path: tuple[Any, ...]) -> tuple[Diagram, ...]:
        """The starting points of a team diagram; a link may only join parties that exist."""
        found = []
        for number, one in enumerate(row.get("examples") or []):
            here = (*path, "examples", number)
            if not isinstance(one, dict):
                self.wrong(here, "Een voorbeeld heeft “id”, “title”, “parties” en “links” nodig.")
                continue
            parties = self.pairs(one, "parties", here)
            known = {party for party, _ in parties}
            links = []
            for link in one.get("links") or []:
                if not isinstance(link, list) or len(link) != 3 or not set(link[:2]) <= known:
                    self.wrong((*here, "links"), "Een lijn is: [van, naar, tekst], met partijen.")
                    continue
                links.append((str(link[0]), str(link[1]), str(link[2])))
            found.append(
                Diagram(
                    self.text(one, "id", here), self.text(one, "title", here), parties, tuple(links)
                )
            )
        return tuple(found)

    def question(self, path: tuple[Any, ...], row: dict[str, Any], number: int) -> Question | None:
        """One question."""
        question_id = self.text(row, "id", path)
        if not QUESTION_ID.match(question_id) or not question_id.startswith(f"m{number}-"):
            self.wrong((*path, "id"), f"“{question_id}” is geen id zoals m{number}-woorden.")
            return None
        if row.get("type") not in set(Type):
            self.wrong((*path, "type"), f"“{row.get('type')}” is geen soort vraag.")
            return None
        kind = Type(row["type"])
        options = self.pairs(row, "options", path)
        columns = self.pairs(row, "columns", path)
        if kind in NEEDS_OPTIONS and len(options) < 2:
            self.wrong(path, f"{question_id}: deze soort vraag heeft “options” nodig.")
        if kind is Type.TABLE and not columns:
            self.wrong(path, f"{question_id}: een tabel heeft “columns” nodig.")
        when = self.pairs(row, "when", path)
        target = self.text(row, "to", path, needed=False)
        if target and target not in TARGETS:
            self.wrong((*path, "to"), f"“{target}” is geen plek waar een antwoord heen kan.")
        return Question(
            id=question_id,
            type=kind,
            label=self.text(row, "label", path),
            hint=self.text(row, "hint", path, needed=False),
            options=options,
            columns=columns,
            when=when[0] if when else None,
            to=target,
            examples=self.diagrams(row, path),
            line=self.lines.of((*path, "id")),
        )


# The text ----------------------------------------------------------------------------------


def read_sections(file: str, body: str, first: int) -> tuple[list[Section], list[Problem]]:
    """The body as sections of blocks, and what is wrong with it."""
    sections: list[Section] = []
    problems: list[Problem] = []
    title, blocks = "", list[Block]()
    sign, name, gathered, since = Sign.TEXT, "", list[str](), first

    def end_block() -> None:
        nonlocal gathered
        text = "\n".join(gathered).strip()
        if text or sign is Sign.QUESTION:
            blocks.append(Block(sign, name, text, since))
        gathered = []

    def end_section() -> None:
        nonlocal blocks
        if title or blocks:
            sections.append(Section(anchor_of(title) or "inleiding", title, tuple(blocks)))
        blocks = []

    for number, line in enumerate(body.split("\n"), start=first):
        fence, heading = FENCE.match(line), HEADING.match(line)
        if fence and fence[1]:
            if sign is not Sign.TEXT:
                problems.append(Problem(file, since, f"Het blok “{sign}” is niet gesloten."))
            end_block()
            if fence[1] not in set(Sign):
                problems.append(Problem(file, number, f"“{fence[1]}” is geen soort blok."))
            sign = Sign(fence[1]) if fence[1] in set(Sign) else Sign.EXPLANATION
            name, since = fence[2], number
        elif fence:
            if sign is Sign.TEXT:
                problems.append(Problem(file, number, "Hier sluit een blok dat niet open is."))
            end_block()
            sign, name, since = Sign.TEXT, "", number + 1
        elif heading and len(heading[1]) == 2 and sign is Sign.TEXT:
            end_block()
            end_section()
            title, since = heading[2], number + 1
        else:
            gathered.append(line)
    if sign is not Sign.TEXT:
        problems.append(Problem(file, since, f"Het blok “{sign}” is niet gesloten."))
    end_block()
    end_section()
    anchors = [section.anchor for section in sections]
    problems += [
        Problem(file, first, f"Twee koppen heten “{section.title}”.")
        for section in sections
        if anchors.count(section.anchor) > 1
    ]
    return sections, problems


def parse_module(text: str, file: str) -> Module:
    """A module from its file's text.

    :raises ContentProblems: with everything that is wrong, each with its line.
    """
    front, body, first = split_front_matter(text[:MAX_CONTENT])
    try:
        data = yaml.safe_load(front) if front else None
        lines = Lines(front, 2)
    except yaml.YAMLError as error:
        raise broken_yaml(file, error, 2) from error
    if not isinstance(data, dict):
        raise ContentProblems([Problem(file, 1, "Er staat geen front matter tussen twee ---.")])
    reader = Reader(file, data, lines)
    number = reader.whole("number")
    goals = tuple(
        Goal(
            reader.text(row, "id", path),
            reader.text(row, "text", path),
            reader.texts(row, "answered_by", path),
            reader.spans(row, path),
        )
        for path, row in reader.rows("goals")
    )
    covered = tuple(
        Covered(
            reader.text(row, "item", path),
            reader.texts(row, "answered_by", path),
            reader.spans(row, path),
            row.get("count"),
        )
        for path, row in reader.rows("coverage")
    )
    asked = [reader.question(path, row, number) for path, row in reader.rows("questions")]
    sections, problems = read_sections(file, body, first)
    module = Module(
        number=number,
        slug=reader.text(data, "slug", ()),
        theme=reader.text(data, "theme", ()),
        title=reader.text(data, "title", ()),
        summary=reader.text(data, "summary", ()),
        audience=reader.texts(data, "audience", ()),
        reading_minutes=reader.whole("reading_minutes"),
        working_minutes=reader.whole("working_minutes"),
        goals=goals,
        sources=reader.texts(data, "sources", ()),
        coverage=covered,
        questions=tuple(q for q in asked if q is not None),
        sections=tuple(sections),
    )
    problems = reader.problems + problems + _loose_ends(module, file, lines)
    if problems:
        raise ContentProblems(sorted(problems, key=lambda p: p.line))
    return module


def _loose_ends(module: Module, file: str, lines: Lines) -> list[Problem]:
    """References inside a module that lead nowhere, and questions that stand nowhere or twice."""
    found = []
    ids = [q.id for q in module.questions]
    places = [
        (block.title, block.line)
        for section in module.sections
        for block in section.blocks
        if block.sign is Sign.QUESTION
    ]
    for place, line in places:
        if place not in ids:
            found.append(Problem(file, line, f"De vraag “{place}” bestaat niet."))
    for question in module.questions:
        line = question.line
        stands = [place for place, _ in places].count(question.id)
        if ids.count(question.id) > 1:
            found.append(Problem(file, line, f"De id {question.id} komt twee keer voor."))
        if stands != 1:
            found.append(Problem(file, line, f"{question.id} staat {stands} keer in de tekst."))
        if question.when and question.when[0] not in ids:
            found.append(Problem(file, line, f"{question.id}: “when” noemt een onbekende vraag."))
    pointers = [("goals", n, goal.answered_by) for n, goal in enumerate(module.goals)]
    pointers += [("coverage", n, item.answered_by) for n, item in enumerate(module.coverage)]
    known = {section.anchor for section in module.sections} | set(ids)
    for key, number, targets in pointers:
        for target in targets:
            if target not in known:
                line = lines.of((key, number, "answered_by"))
                found.append(Problem(file, line, f"“{target}” is geen kop en geen vraag."))
    if not module.goals:
        found.append(Problem(file, 1, "Een module heeft leerdoelen nodig (“goals”)."))
    return found
