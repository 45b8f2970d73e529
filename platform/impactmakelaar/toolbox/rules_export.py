"""A workbook as JSON or Markdown, and back."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from impactmakelaar.core.errors import Refused
from impactmakelaar.toolbox.rules import Module, Question, Type
from impactmakelaar.toolbox.rules_answers import Value, options_of

FORMAT = "impactmakelaar-werkboek"
FORMAT_VERSION = 1
MAX_FILE = 2_000_000
START = re.compile(r"^<!-- vraag (m\d{1,2}-[a-z0-9-]+) -->$", re.MULTILINE)
END = "<!-- einde antwoord -->"
CELL_BREAK = re.compile(r"(?<!\\)\|")


def as_json(
    name: str, purpose: str, made_at: datetime, values: Mapping[str, Value], done: Iterable[str]
) -> str:
    """The answers with the ids of their questions."""
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "name": name,
        "purpose": purpose,
        "made_at": made_at.isoformat(timespec="seconds"),
        "answers": {key: value for key, value in sorted(values.items()) if value},
        "done": sorted(done),
    }
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def from_json(text: str) -> dict[str, Any]:
    """The answers of an exported file, unchecked.

    :raises Refused: when it is no such file.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        raise Refused("Dit bestand is geen JSON.", "file") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Refused("Dit bestand is niet met “Ophalen als JSON” gemaakt.", "file")
    answers = document.get("answers")
    if not isinstance(answers, dict):
        raise Refused("In dit bestand staan geen antwoorden.", "file")
    return answers


def as_markdown(name: str, modules: Iterable[Module], values: Mapping[str, Value]) -> str:
    """The questions with their answers, to read and to take in again."""
    lines = [f"# Werkboek: {name}", ""]
    for module in modules:
        if not module.questions:
            continue
        lines += [f"## {module.number}. {module.title}", ""]
        for question in module.questions:
            answer = _written(question, values.get(question.id) or {})
            answer = answer.replace("<!--", "<\\!--")
            lines += [f"### {question.label}", "", f"<!-- vraag {question.id} -->"]
            lines += [*([answer] if answer else []), END, ""]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return (
        "| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells) + " |"
    )


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(header), "|" + "---|" * len(header), *(_row(row) for row in rows)]


def _written(question: Question, value: Value) -> str:
    """One answer as Markdown."""
    if question.type in (Type.SHORT, Type.LONG):
        return str(value.get("text", ""))
    if question.type in (Type.YES_NO, Type.ONE, Type.MANY, Type.CHECKLIST):
        chosen = {value.get("choice"), *value.get("chosen", ())}
        return "\n".join(
            f"- [{'x' if key in chosen else ' '}] {label}" for key, label in options_of(question)
        )
    if question.type is Type.TABLE:
        rows = [[row.get(key, "") for key, _ in question.columns] for row in value.get("rows", ())]
        return "\n".join(_table([label for _, label in question.columns], rows))
    if question.type is Type.ECOSYSTEM:
        rows = [
            [label, name]
            for key, label in question.options
            for name in value.get("links", {}).get(key, ())
        ]
        return "\n".join(_table(["Schakel", "Partij"], rows))
    parties = [[party["name"]] for party in value.get("parties", ())]
    lines = [list(line) for line in value.get("lines", ())]
    return "\n".join([*_table(["Partij"], parties), "", *_table(["Van", "Naar", "Wat"], lines)])


def from_markdown(text: str, questions: Mapping[str, Question]) -> dict[str, Any]:
    """The answers of an exported Markdown file, unchecked.

    :raises Refused: when there is no answer in it at all.
    """
    found: dict[str, Any] = {}
    marks = list(START.finditer(text.replace("\r\n", "\n")))
    text = text.replace("\r\n", "\n")
    for mark in marks:
        end = text.find(END, mark.end())
        body = text[mark.end() : end if end >= 0 else len(text)].strip()
        question = questions.get(mark[1])
        body = body.replace("<\\!--", "<!--")
        found[mark[1]] = _read(question, body) if question else {"text": body}
    if not marks:
        raise Refused("In dit bestand staan geen antwoorden van een werkboek.", "file")
    return {key: value for key, value in found.items() if value}


def _cells(line: str) -> list[str]:
    parts = CELL_BREAK.split(line.strip())[1:-1]
    return [part.strip().replace("\\|", "|").replace("\\\\", "\\") for part in parts]


def _tables(body: str) -> list[list[list[str]]]:
    """The rows of each Markdown table, without its header."""
    found: list[list[list[str]]] = []
    inside = False
    for line in body.split("\n"):
        if not line.lstrip().startswith("|"):
            inside = False
        elif not inside:
            found.append([])
            inside = True
        elif not set(line.strip()) <= set("|-: "):
            found[-1].append(_cells(line))
    return found


def _read(question: Question, body: str) -> Value:
    """One answer back from Markdown."""
    if question.type in (Type.SHORT, Type.LONG):
        return {"text": body} if body else {}
    if question.type in (Type.YES_NO, Type.ONE, Type.MANY, Type.CHECKLIST):
        ticked = {
            line[6:].strip() for line in body.split("\n") if line.lower().startswith("- [x] ")
        }
        chosen = [key for key, label in options_of(question) if label in ticked]
        if question.type in (Type.YES_NO, Type.ONE):
            return {"choice": chosen[0]} if chosen else {}
        return {"chosen": chosen} if chosen else {}
    tables = [*_tables(body), [], []]
    if question.type is Type.TABLE:
        keys = [key for key, _ in question.columns]
        rows = [dict(zip(keys, cells, strict=False)) for cells in tables[0]]
        return {"rows": rows} if rows else {}
    if question.type is Type.ECOSYSTEM:
        by_label = {label: key for key, label in question.options}
        links: dict[str, list[str]] = {}
        for cells in tables[0]:
            if len(cells) == 2 and cells[0] in by_label:
                links.setdefault(by_label[cells[0]], []).append(cells[1])
        return {"links": links} if links else {}
    parties = [{"name": cells[0]} for cells in tables[0] if cells and cells[0]]
    lines = [cells for cells in tables[1] if len(cells) == 3]
    return {"parties": parties, "lines": lines} if parties else {}
