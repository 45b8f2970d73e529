"""The coverage of the source, held over content/toolbox: every pointer leads to substance."""

import hashlib
import re

import pytest

from impactmakelaar.toolbox.queries import CONTENT, guide_choices, library
from impactmakelaar.toolbox.rules import Module, Question, Sign, Type
from impactmakelaar.toolbox.rules_guide import KINDS
from impactmakelaar.toolbox.rules_words import plain_words, readability

LIBRARY = library(CONTENT)
ENOUGH_WORDS = 25
"""So many words stand at least behind a pointer: an answer, not a title."""

WANTED = {
    # number: (learning goals, items of the list in the plan with their counts)
    1: (2, {"Drie open vragen": 3, "Vijf manieren": 5, "Zes manieren": 6}),
    2: (2, {"Drie vragen": 3, "Twee richtingen": 2, "Elf": 11, "Vijf taken": 5, "Zes taken": 6}),
    3: (2, {"Twaalf": 12, "Vier stappen": 4, "Overzicht": None, "Eigen definitie": None}),
    4: (2, {"Hoe ziet uw": None, "Verbeterpunten": None, "De gids": 7}),
    5: (3, {"Ja of nee": 2, "Drie beleidsvragen": 3, "Werkblad": 9, "Brede welvaart": 3}),
    6: (2, {"Vier visies": 4, "Welke inspireert": 2, "Eerste eigen": None, "Vier tips": 4}),
    7: (4, {"Zes teams": 6, "Eigen tekening": None, "Weg 1": 4, "Weg 2": 4, "Weg 3": 4,
            "Keuze uit drie": 3, "Zeven": 7, "Vijf voordelen": 5, "Keuze over": 1}),
    8: (2, {"Zes schakels invullen": 6, "Controle": 4, "Leesopdracht": None}),
    9: (5, {"Vier beleidsvragen": 4, "Vier oorzaken": 4, "Zeven acties om": 7, "Platform ja": 1,
            "Opdracht": None}),
    10: (3, {"Vraag": None, "Place-based": None, "Betalen": None, "Opdracht": None}),
    11: (2, {"Ja of nee": 1, "Drie manieren": 3, "Opdracht": None}),
    12: (2, {"Vraag of": 1, "Zes factoren": 6, "Samenwerking per": None, "Drie vragen": 3}),
    13: (3, {"Twee keer": 2, "Vraag over": 1, "Vijf acties": 5}),
}  # fmt: skip
READINGS = {3: 2, 5: 1, 6: 1, 7: 1, 8: 1}
LIST_ITEM = re.compile(r"^(?:[-*]|\d+\.) ", re.MULTILINE)


def ids(module: Module) -> str:
    return f"{module.number:02}-{module.slug}"


def behind(module: Module, pointer: str) -> str:
    """The text that a pointer leads to."""
    section = module.section(pointer)
    if section is not None:
        return section.text
    question = module.question(pointer)
    assert question is not None, pointer
    labels = [label for _, label in (*question.options, *question.columns)]
    return " ".join([question.label, question.hint, *labels])


def counted(module: Module, pointers: tuple[str, ...]) -> int:
    """List items, blocks or options behind the pointers; several questions count one each."""
    questions = [q for p in pointers if (q := module.question(p))]
    if questions and len(pointers) > 1:
        return len(questions)
    if questions:
        return max(1, len(questions[0].options))
    section = module.section(pointers[0])
    assert section is not None
    examples = sum(block.sign is Sign.EXAMPLE for block in section.blocks)
    return max(len(LIST_ITEM.findall(section.text)), examples)


def test_all_thirteen_modules_are_readable_and_nothing_is_wrong() -> None:
    assert LIBRARY.problems == []
    assert [module.number for module in LIBRARY.modules] == list(range(1, 14))
    assert [len(theme.modules) for theme in LIBRARY.themes] == [2, 3, 1, 6, 1]


@pytest.mark.parametrize("module", LIBRARY.modules, ids=ids)
def test_every_learning_goal_is_answered_by_substance(module: Module) -> None:
    assert len(module.goals) == WANTED[module.number][0]
    for goal in module.goals:
        assert goal.source, goal.id
        for pointer in goal.answered_by:
            section = module.section(pointer)
            if section is not None:
                assert len(plain_words(section.text)) >= ENOUGH_WORDS, (goal.id, pointer)
            else:
                assert len(plain_words(behind(module, pointer))) >= 8, (goal.id, pointer)


@pytest.mark.parametrize("module", LIBRARY.modules, ids=ids)
def test_every_item_of_the_source_has_its_place_and_its_number(module: Module) -> None:
    for item in module.coverage:
        assert item.source, item.item
        for pointer in item.answered_by:
            words = len(plain_words(behind(module, pointer)))
            enough = 4 if module.question(pointer) else ENOUGH_WORDS
            assert words >= enough, (item.item, pointer)
        if item.count is not None:
            assert counted(module, item.answered_by) >= item.count, item.item


@pytest.mark.parametrize("module", LIBRARY.modules, ids=ids)
def test_the_plan_of_the_toolbox_is_listed_in_the_front_matter(module: Module) -> None:
    for start, count in WANTED[module.number][1].items():
        found = [item for item in module.coverage if item.item.startswith(start)]
        assert found, start
        if count is not None:
            assert found[0].count == count, start
    signs = [block.sign for section in module.sections for block in section.blocks]
    assert signs.count(Sign.READING) >= READINGS.get(module.number, 0)


PEOPLE = frozenset(
    (
        "065d4efa8e37",
        "72b936c64371",
        "94132118ee73",
        "9f41b859c9a7",
        "b3f92f2cb8c7",
        "b5d07412ba93",
        "ddec0886129b",
    )
)
"""Digests of the surnames that the source quotes: real people, who are not to stand here either."""


@pytest.mark.parametrize("module", LIBRARY.modules, ids=ids)
def test_page_names_its_source_and_no_person(module: Module) -> None:
    assert module.sources[0] == "toolbox"
    source = LIBRARY.sources["toolbox"]
    assert source["makers"] == "Platform31 en KplusV"
    assert source["client"] == "City Deal Impact Ondernemen"
    assert source["year"] == 2023
    text = " ".join(section.text for section in module.sections)
    words = set(re.findall(r"\w+", text))
    assert PEOPLE.isdisjoint(hashlib.sha256(w.encode()).hexdigest()[:12] for w in words)


@pytest.mark.parametrize("module", LIBRARY.modules, ids=ids)
def test_page_reads_easily(module: Module) -> None:
    figures = readability("\n\n".join(section.text for section in module.sections))
    assert figures.mean <= 12
    assert figures.longest <= 30, figures.longest_sentence


def test_question_ids_are_unique_over_all_modules() -> None:
    found = [q.id for module in LIBRARY.modules for q in module.questions]
    assert len(found) == len(set(found))


def test_special_questions_are_there() -> None:
    def one(question_id: str) -> Question:
        found = LIBRARY.question(question_id)
        assert found is not None
        return found[1]

    team = one("m7-team")
    assert team.type is Type.TEAM_DIAGRAM
    assert [example.id for example in team.examples] == [
        "amersfoort", "emmen", "haarlem", "rotterdam", "groningen", "overijssel",
    ]  # fmt: skip
    assert len(one("m8-kaart").options) == 6
    assert one("m5-werkblad").type is Type.TABLE


def test_answers_flow_to_the_features_that_the_plan_names() -> None:
    targets = {q.id: q.to for module in LIBRARY.modules for q in module.questions if q.to}
    assert targets["m3-definitie"] == "admission_criteria"
    assert targets["m3-overzicht"] == "leads"
    assert targets["m5-sroi"] == "social_return_rules"
    assert targets["m8-kaart"] == targets["m12-buren"] == "region_page"
    assert targets["m9-acties"] == targets["m9-platform"] == "requests"
    assert targets["m13-instrument"] == "progress_report"


def test_links_inside_the_toolbox_lead_somewhere() -> None:
    slugs = {module.slug for module in LIBRARY.modules}
    for module in LIBRARY.modules:
        text = "\n".join(section.text for section in module.sections)
        for target in re.findall(r"\]\(/toolbox/([a-z0-9-]+)", text):
            assert target in slugs | {"gids"}, (module.slug, target)
        for kind in re.findall(r"/toolbox/gids\?soort=([a-z]+)", text):
            assert kind in KINDS


def test_guide_holds_every_kind_and_names_no_date_that_nobody_checked() -> None:
    assert {entry.kind for entry in LIBRARY.entries} == set(KINDS)
    assert len(LIBRARY.entries) >= 55
    assert ("landelijk", "landelijk") in guide_choices(LIBRARY)["regio"]
    assert all(entry.checked_on is None for entry in LIBRARY.entries)
