"""Answers of the workbook: their shapes, how a form is read, progress, and two people at once.

The value of an answer is JSON, by type of question:

========================  =========================================================
short, long               ``{"text": "..."}``
yes_no, one               ``{"choice": "ja"}``
many, checklist           ``{"chosen": ["a", "b"]}``
table                     ``{"rows": [{"column": "text"}]}``
ecosystem                 ``{"links": {"netwerk": ["partij", ...]}}``
team_diagram              ``{"parties": [{"name": "..", "x": 1, "y": 2}],
                          "lines": [["from", "to", "label"]]}``
========================  =========================================================
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from impactmakelaar.core.dutch import tidy
from impactmakelaar.core.errors import Refused
from impactmakelaar.toolbox.rules import Diagram, Question, Type

Value = dict[str, Any]
Data = Mapping[str, list[str]]

MAX_TEXT = 20_000
MAX_CELL = 500
MAX_ROWS = 100
MAX_PARTIES = 30
MAX_LINES = 60
EMPTY_ROWS = 3
UNDO_DAYS = 30
"""A reset can be undone for so many days."""

YES_NO = (("ja", "Ja"), ("nee", "Nee"))
EMPTY: Value = {}


# Reading a form ----------------------------------------------------------------------------


def read_answer(question: Question, data: Data) -> Value:
    """The value that was typed; nothing typed gives an empty value.

    ``data`` holds the tidied fields of one question's form.

    :raises Refused: when something is too long or is no choice of this question.
    """
    if question.type in (Type.SHORT, Type.LONG):
        text = _one(data, "antwoord")
        if len(text) > MAX_TEXT:
            raise Refused(
                f"Dit antwoord is te lang: hoogstens {MAX_TEXT} tekens, "
                f"{len(text) - MAX_TEXT} te veel."
            )
        return {"text": text} if text else {}
    if question.type in (Type.YES_NO, Type.ONE):
        choice = _one(data, "antwoord")
        if choice and choice not in dict(options_of(question)):
            raise Refused("Kies een van de antwoorden die er staan.")
        return {"choice": choice} if choice else {}
    if question.type in (Type.MANY, Type.CHECKLIST):
        chosen = data.get("antwoord", [])
        if not set(chosen) <= set(dict(question.options)):
            raise Refused("Kies uit de antwoorden die er staan.")
        kept = [key for key, _ in question.options if key in chosen]
        return {"chosen": kept} if kept else {}
    if question.type is Type.TABLE:
        return _read_table(question, data)
    if question.type is Type.ECOSYSTEM:
        return _read_ecosystem(question, data)
    return _read_team(data)


def _one(data: Data, name: str) -> str:
    """The first value of a field."""
    values = data.get(name) or [""]
    return values[0]


def _cell(text: str) -> str:
    """A short text; too long is refused, not cut."""
    if len(text) > MAX_CELL:
        raise Refused(f"Eén vakje is te lang: hoogstens {MAX_CELL} tekens.")
    return text


def _numbers(data: Data, start: str) -> list[int]:
    """The numbers n for which a field ``start-n...`` exists, in order."""
    pattern = re.compile(rf"{start}-(\d{{1,4}})(?:-|\Z)")
    return sorted({int(found[1]) for name in data if (found := pattern.match(name))})


def _read_table(question: Question, data: Data) -> Value:
    rows = []
    for number in _numbers(data, "cel"):
        row = {key: _cell(_one(data, f"cel-{number}-{key}")) for key, _ in question.columns}
        if any(row.values()):
            rows.append(row)
    if len(rows) > MAX_ROWS:
        raise Refused(f"Een tabel heeft hoogstens {MAX_ROWS} regels.")
    return {"rows": rows} if rows else {}


def _read_ecosystem(question: Question, data: Data) -> Value:
    links = {}
    for key, label in question.options:
        lines = [" ".join(line.split()) for line in _one(data, f"schakel-{key}").split("\n")]
        parties = list(dict.fromkeys(_cell(line) for line in lines if line))
        if len(parties) > MAX_PARTIES:
            raise Refused(f"{label}: hoogstens {MAX_PARTIES} partijen.")
        if parties:
            links[key] = parties
    return {"links": links} if links else {}


def _read_team(data: Data) -> Value:
    parties: dict[str, dict[str, Any]] = {}
    for number in _numbers(data, "partij"):
        name = _cell(_one(data, f"partij-{number}"))
        if name:
            party: dict[str, Any] = {"name": name}
            place = [_one(data, f"{axis}-{number}") for axis in ("x", "y")]
            if all(re.fullmatch(r"\d{1,4}", one) for one in place):
                party |= {"x": _inside(place[0], BOX_WIDTH, WIDTH)}
                party |= {"y": _inside(place[1], BOX_HEIGHT, HEIGHT)}
            parties.setdefault(name, party)
    lines = []
    for number in _numbers(data, "van"):
        one, other = _one(data, f"van-{number}"), _one(data, f"naar-{number}")
        label = _cell(_one(data, f"lijn-{number}"))
        if one and other and one != other:
            for name in (one, other):
                parties.setdefault(_cell(name), {"name": name})
            lines.append([one, other, label])
        elif one or other or label:
            raise Refused("Een lijn loopt van de ene partij naar een andere: vul beide in.")
    if len(parties) > MAX_PARTIES or len(lines) > MAX_LINES:
        raise Refused(f"Hoogstens {MAX_PARTIES} partijen en {MAX_LINES} lijnen.")
    return {"parties": list(parties.values()), "lines": lines} if parties else {}


def as_typed(question: Question, data: Data) -> Value:
    """What was typed, whole and unchecked, to show again in a form that was refused."""
    if question.type in (Type.YES_NO, Type.ONE, Type.MANY, Type.CHECKLIST):
        chosen = data.get("antwoord", [])
        return {"choice": chosen[0] if chosen else "", "chosen": chosen}
    if question.type is Type.TABLE:
        return {
            "rows": [
                {key: _one(data, f"cel-{number}-{key}") for key, _ in question.columns}
                for number in _numbers(data, "cel")
            ]
        }
    if question.type is Type.ECOSYSTEM:
        return {
            "links": {key: _one(data, f"schakel-{key}").split("\n") for key, _ in question.options}
        }
    if question.type is Type.TEAM_DIAGRAM:
        names = [_one(data, f"partij-{number}") for number in _numbers(data, "partij")]
        fields = ("van", "naar", "lijn")
        lines = [[_one(data, f"{f}-{n}") for f in fields] for n in _numbers(data, "van")]
        return {
            "parties": [{"name": name} for name in names if name],
            "lines": [line for line in lines if any(line)],
        }
    return {"text": _one(data, "antwoord")}


def _inside(typed: str, size: int, whole: int) -> int:
    """A place at which the box stands wholly in the drawing."""
    return min(max(int(typed), size // 2), whole - size // 2)


def checked(question: Question, value: Any) -> Value:
    """A value from a file or a browser's store, in the shape of this question.

    :raises Refused: when it has another shape.
    """
    if not isinstance(value, dict):
        raise Refused(f"Het antwoord op “{question.label}” is onleesbaar.")
    try:
        fields = form_of(question, value)
        return read_answer(question, {k: [tidy(v) for v in vs] for k, vs in fields.items()})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refused(f"Het antwoord op “{question.label}” is onleesbaar.") from error


def form_of(question: Question, value: Value) -> dict[str, list[str]]:
    """The fields of a form that hold this value: the way back of ``read_answer``."""
    if "text" in value:
        return {"antwoord": [_word(value["text"])]}
    if "choice" in value:
        return {"antwoord": [_word(value["choice"])]}
    if "chosen" in value:
        return {"antwoord": [_word(one) for one in value["chosen"]]}
    found: dict[str, list[str]] = {}
    if len(value.get("rows", ())) > MAX_ROWS:
        raise Refused(f"Een tabel heeft hoogstens {MAX_ROWS} regels.")
    for number, row in enumerate(value.get("rows", ())):
        for key, _ in question.columns:
            found[f"cel-{number}-{key}"] = [_word(row.get(key, ""))]
    for key, parties in value.get("links", {}).items():
        found[f"schakel-{key}"] = ["\n".join(map(_word, parties))]
    for number, party in enumerate(value.get("parties", ())):
        found[f"partij-{number}"] = [_word(party["name"])]
        for axis in ("x", "y"):
            if axis in party:
                found[f"{axis}-{number}"] = [_word(party[axis])]
    for number, (one, other, label) in enumerate(value.get("lines", ())):
        found |= {f"van-{number}": [_word(one)], f"naar-{number}": [_word(other)]}
        found[f"lijn-{number}"] = [_word(label)]
    return found


def _word(value: Any) -> str:
    """A cell of a value; a list or mapping where a word belongs is a TypeError."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(value)
    return str(value)


def options_of(question: Question) -> tuple[tuple[str, str], ...]:
    """The choices of a question; yes and no have their own."""
    return YES_NO if question.type is Type.YES_NO else question.options


# Showing -----------------------------------------------------------------------------------


def lines_of(question: Question, value: Value) -> list[str]:
    """An answer as lines of plain text; none when it is empty."""
    labels = dict(options_of(question))
    if value.get("text"):
        return str(value["text"]).split("\n")
    if value.get("choice"):
        return [labels.get(value["choice"], str(value["choice"]))]
    if value.get("chosen"):
        return [labels.get(key, key) for key in value["chosen"]]
    if value.get("rows"):
        return [
            "; ".join(f"{label}: {row[key]}" for key, label in question.columns if row.get(key))
            for row in value["rows"]
        ]
    if value.get("links"):
        return [
            f"{labels.get(key, key)}: {', '.join(names)}" for key, names in value["links"].items()
        ]
    return diagram_lines(value)


def diagram_lines(value: Value) -> list[str]:
    """A team diagram in words: its text alternative."""
    lines = [
        f"{one} – {other}" + (f": {label}" if label else "")
        for one, other, label in value.get("lines", ())
    ]
    joined = {name for one, other, _ in value.get("lines", ()) for name in (one, other)}
    alone = [p["name"] for p in value.get("parties", ()) if p["name"] not in joined]
    return lines + [f"{name} (geen lijnen)" for name in alone]


WIDTH, HEIGHT = 640, 480
BOX_WIDTH, BOX_HEIGHT = 150, 54


@dataclass(frozen=True)
class Box:
    """A party in the drawing: its middle, and its name broken in lines."""

    name: str
    x: int
    y: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Drawing:
    """A team diagram with coordinates; lines are (x1, y1, x2, y2, label)."""

    boxes: tuple[Box, ...]
    lines: tuple[tuple[int, int, int, int, str], ...]


def drawing(value: Value) -> Drawing:
    """Where everything stands: the dragged place, else round the first party."""
    parties = value.get("parties", [])
    boxes = []
    for number, party in enumerate(parties):
        angle = 2 * math.pi * (number - 1) / max(len(parties) - 1, 1) - math.pi / 2
        away = 0 if number == 0 else 1
        x = party.get("x", round(WIDTH / 2 + away * 0.37 * WIDTH * math.cos(angle)))
        y = party.get("y", round(HEIGHT / 2 + away * 0.4 * HEIGHT * math.sin(angle)))
        boxes.append(Box(party["name"], x, y, _broken(party["name"])))
    at = {box.name: box for box in boxes}
    lines = [
        (at[one].x, at[one].y, at[other].x, at[other].y, label)
        for one, other, label in value.get("lines", ())
        if one in at and other in at
    ]
    return Drawing(tuple(boxes), tuple(lines))


def _broken(name: str, width: int = 20) -> tuple[str, ...]:
    """At most three short lines of a name."""
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    short = [line if len(line) <= width else line[: width - 1] + "…" for line in lines]
    return tuple(short[:3] if len(short) <= 3 else [*short[:2], short[2][: width - 1] + "…"])


def value_of_example(example: Diagram) -> Value:
    """An example's diagram as an answer to start from."""
    names = dict(example.parties)
    return {
        "parties": [{"name": name} for _, name in example.parties],
        "lines": [[names[one], names[other], label] for one, other, label in example.links],
    }


def is_shown(question: Question, values: Mapping[str, Value]) -> bool:
    """A follow-up question is asked only after the answer it belongs to."""
    if question.when is None:
        return True
    other, wanted = question.when
    return values.get(other, {}).get("choice") == wanted


# Two people at once ------------------------------------------------------------------------


def collides(stored: Value, version: int, typed: Value, based_on: int) -> bool:
    """Somebody else saved another text since this one was opened: both must be kept.

    A version that does not exist yet is no better ground to write over a colleague's text.
    """
    return based_on != version and typed != stored


def may_undo(reset_at: datetime, now: datetime) -> bool:
    """A reset can be taken back for thirty days."""
    return now <= reset_at + timedelta(days=UNDO_DAYS)
