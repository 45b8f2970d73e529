"""Shapes of answers, their way through a form and back, drawings and progress."""

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from impactmakelaar.core.errors import Refused
from impactmakelaar.toolbox.queries import library
from impactmakelaar.toolbox.rules import Question, Type
from impactmakelaar.toolbox.rules_answers import (
    MAX_TEXT,
    checked,
    collides,
    drawing,
    form_of,
    lines_of,
    may_undo,
    read_answer,
    value_of_example,
)
from impactmakelaar.toolbox.rules_export import as_json, as_markdown, from_json, from_markdown
from impactmakelaar.toolbox.rules_progress import State, progress
from impactmakelaar.toolbox.rules_workbook import Access, access

LONG = Question("m1-a", Type.LONG, "Waarom?")
YES = Question("m1-b", Type.YES_NO, "Klopt dit?")
MANY = Question("m1-c", Type.MANY, "Welke?", options=(("x", "Iks"), ("y", "Ei")))
TABLE = Question("m1-d", Type.TABLE, "Wie?", columns=(("naam", "Naam"), ("plaats", "Plaats")))
LINKS = Question("m1-e", Type.ECOSYSTEM, "Kaart", options=(("geld", "Geld"), ("net", "Netwerk")))
TEAM = Question("m1-f", Type.TEAM_DIAGRAM, "Team")
QUESTIONS = {q.id: q for q in (LONG, YES, MANY, TABLE, LINKS, TEAM)}

VALUES: list[tuple[Question, dict[str, Any]]] = [
    (LONG, {"text": "Een regel.\n\n## Geen kop <!-- vraag m1-b -->\n| pijp |"}),
    (YES, {"choice": "nee"}),
    (MANY, {"chosen": ["x", "y"]}),
    (TABLE, {"rows": [{"naam": "A | B", "plaats": "Haarlem\\"}, {"naam": "C", "plaats": ""}]}),
    (LINKS, {"links": {"net": ["Impact Noord", "Nieuw?"]}}),
    (TEAM, {"parties": [{"name": "Team"}, {"name": "Los"}, {"name": "Net"}],
            "lines": [["Team", "Net", "werkt samen"]]}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "value"), VALUES, ids=lambda v: getattr(v, "id", ""))
def test_value_survives_the_form(question: Question, value: dict[str, Any]) -> None:
    assert read_answer(question, form_of(question, value)) == value
    assert lines_of(question, value)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=lambda q: q.id)
def test_nothing_typed_is_empty(question: Question) -> None:
    assert read_answer(question, {}) == {}
    assert lines_of(question, {}) == []


@pytest.mark.parametrize(
    ("question", "data"),
    [
        (LONG, {"antwoord": ["x" * (MAX_TEXT + 1)]}),
        (YES, {"antwoord": ["misschien"]}),
        (MANY, {"antwoord": ["z"]}),
        (TABLE, {"cel-0-naam": ["x" * 501]}),
        (TABLE, {f"cel-{n}-naam": ["x"] for n in range(101)}),
        (TEAM, {"van-0": ["Team"]}),
        (TEAM, {f"partij-{n}": [f"p{n}"] for n in range(31)}),
    ],
)
def test_wrong_answer_is_refused_with_a_sentence(question: Question, data: Any) -> None:
    with pytest.raises(Refused) as caught:
        read_answer(question, data)
    assert caught.value.sentence.endswith(".")


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "x",
        {"rows": "x"},
        {"links": 3},
        {"parties": [1]},
        {"text": {"a": 1}},
        {"chosen": [["x"]]},
        {"choice": True},
        {"rows": [{"naam": "x"}] * 100_000},
        {"parties": [{"name": "a", "x": [], "y": {}}], "lines": []},
    ],
    ids=lambda raw: str(raw)[:30],
)
def test_unreadable_value_of_a_file_is_refused_or_empty(raw: Any) -> None:
    for question in QUESTIONS.values():
        with contextlib.suppress(Refused):
            assert checked(question, raw) == {}


def test_a_line_to_a_new_name_makes_the_party() -> None:
    value = read_answer(TEAM, {"van-0": ["A"], "naar-0": ["B"], "lijn-0": ["helpt"]})
    assert [party["name"] for party in value["parties"]] == ["A", "B"]
    assert lines_of(TEAM, value) == ["A – B: helpt"]


def test_dragged_place_is_kept_and_drawn() -> None:
    value = read_answer(TEAM, {"partij-0": ["A"], "x-0": ["9999"], "y-0": ["20"]})
    assert value["parties"] == [{"name": "A", "x": 565, "y": 27}]
    assert (drawing(value).boxes[0].x, drawing(value).boxes[0].y) == (565, 27)


def test_every_example_is_drawn_inside_the_picture() -> None:
    found = library().question("m7-team")
    assert found is not None
    for example in found[1].examples:
        picture = drawing(value_of_example(example))
        assert len(picture.boxes) == len(example.parties)
        assert len(picture.lines) == len(example.links)
        places = {(box.x, box.y) for box in picture.boxes}
        assert len(places) == len(picture.boxes)
        assert all(0 < box.x < 640 and 0 < box.y < 480 for box in picture.boxes)


MODULE = library().modules[4]  # five: holds a follow-up question


@pytest.mark.parametrize(
    ("values", "done", "skipped", "state", "asked"),
    [
        ({}, set(), set(), State.NOT_STARTED, 5),
        ({"m5-mvi": {"text": "x"}}, set(), set(), State.BUSY, 5),
        ({"m5-op-de-hoogte": {"choice": "nee"}}, set(), set(), State.BUSY, 6),
        ({"m5-op-de-hoogte": {"choice": "ja"}}, set(), set(), State.BUSY, 5),
        ({}, {"m5-mvi"}, set(), State.BUSY, 5),
        ({}, set(), {"andere-domeinen"}, State.SKIPPED, 0),
    ],
)
def test_progress(values: Any, done: set[str], skipped: set[str], state: State, asked: int) -> None:
    found = progress([MODULE], values, frozenset(done), frozenset(skipped))
    assert (found.state, found.asked) == (state, asked)


def test_filled_is_not_yet_done() -> None:
    values = {q.id: {"text": "x"} for q in MODULE.questions}
    shown = frozenset(q.id for q in MODULE.questions if q.when is None)
    assert progress([MODULE], values, frozenset()).state is State.FILLED
    assert progress([MODULE], values, shown).state is State.DONE


@pytest.mark.parametrize(
    ("version", "based_on", "same", "collision"),
    [
        (3, 3, False, False),
        (3, 2, False, True),
        (3, 2, True, False),
        (0, 0, False, False),
        (3, 9, False, True),
    ],
)
def test_collision(version: int, based_on: int, same: bool, collision: bool) -> None:
    typed = {"text": "a"} if same else {"text": "b"}
    assert collides({"text": "a"}, version, typed, based_on) is collision


def test_a_reset_can_be_undone_for_thirty_days() -> None:
    then = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert may_undo(then, then + timedelta(days=30))
    assert not may_undo(then, then + timedelta(days=30, seconds=1))


@pytest.mark.parametrize(
    ("own", "everyone", "member", "found"),
    [
        (None, "answer", True, Access.ANSWER),
        (None, "answer", False, Access.NONE),
        (None, "none", True, Access.NONE),
        ("read", "answer", True, Access.ANSWER),
        ("read", "answer", False, Access.READ),
        ("manage", "none", False, Access.MANAGE),
    ],
)
def test_access(own: str | None, everyone: str, member: bool, found: Access) -> None:
    assert access(own, everyone, member) is found


def test_json_and_markdown_come_back_the_same() -> None:
    all_values = {}
    for module in library().modules:
        for question in module.questions:
            if question.type in (Type.SHORT, Type.LONG):
                all_values[question.id] = {"text": f"Antwoord op {question.id}\n\n### Kop\n<!-- x"}
            elif question.type in (Type.YES_NO,):
                all_values[question.id] = {"choice": "ja"}
            elif question.type is Type.ONE:
                all_values[question.id] = {"choice": question.options[-1][0]}
            elif question.type in (Type.MANY, Type.CHECKLIST):
                all_values[question.id] = {"chosen": [question.options[0][0]]}
            elif question.type is Type.TABLE:
                row = {key: f"{key} | x" for key, _ in question.columns}
                all_values[question.id] = {"rows": [row]}
            elif question.type is Type.ECOSYSTEM:
                all_values[question.id] = {"links": {question.options[0][0]: ["A, B"]}}
            else:
                all_values[question.id] = VALUES[-1][1]
    questions = {q.id: q for module in library().modules for q in module.questions}
    text = as_markdown("Proef", library().modules, all_values)
    back = from_markdown(text, questions)
    assert {key: checked(questions[key], value) for key, value in back.items()} == all_values
    made = as_json("Proef", "", datetime(2026, 3, 1, tzinfo=UTC), all_values, ["m1-doelen"])
    assert from_json(made) == all_values


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": "x"}', '{"format": "impactmakelaar-werkboek"}', "1" * 5000],
    ids=["empty", "half", "a list", "another", "no answers", "a number without end"],
)
def test_another_json_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        from_json(text)


def test_a_markdown_file_without_answers_is_refused() -> None:
    with pytest.raises(Refused):
        from_markdown("# Iets anders", {})
