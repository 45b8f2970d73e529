"""Reading a module's file: what is found, and what is wrong with its line."""

import pytest

from impactmakelaar.toolbox.rules import ContentProblems, Sign, Type, anchor_of
from impactmakelaar.toolbox.rules_guide import filtered, parse_guide
from impactmakelaar.toolbox.rules_html import plain_text, safe_html
from impactmakelaar.toolbox.rules_reading import parse_module, spans_of
from impactmakelaar.toolbox.rules_search import Piece, PieceIndex
from impactmakelaar.toolbox.rules_words import readability, shared_runs
from impactmakelaar.toolbox.rules_yaml import parse_rows

GOOD = """---
number: 1
slug: proef
theme: opstarten
title: Een proef
summary: Een korte proef.
audience: [makelaar]
reading_minutes: 5
working_minutes: 10
sources: [toolbox]
goals:
  - id: "1.1"
    text: U weet iets.
    answered_by: [de-kop]
    source: 1-3, 7
coverage:
  - item: Een lijst
    count: 2
    answered_by: [m1-keuze]
    source: 4
questions:
  - id: m1-keuze
    type: one
    label: Wat kiest u?
    options:
      a: Het een
      b: Het ander
  - id: m1-waarom
    type: long
    label: Waarom?
    when: {m1-keuze: a}
---

## De kop

::: uitleg
Tekst met **nadruk**.
:::

::: vraag m1-keuze
:::

::: vraag m1-waarom
:::
"""


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(ContentProblems) as caught:
        parse_module(text, "proef.md")
    return [(problem.line, problem.sentence) for problem in caught.value.problems]


def test_module_is_read_with_sections_blocks_and_questions() -> None:
    module = parse_module(GOOD, "proef.md")
    assert (module.number, module.minutes, module.audience) == (1, 15, ("makelaar",))
    assert module.goals[0].source == ((1, 3), (7, 7))
    assert module.questions[0].type is Type.ONE
    assert module.questions[1].when == ("m1-keuze", "a")
    (section,) = module.sections
    assert [block.sign for block in section.blocks] == [
        Sign.EXPLANATION,
        Sign.QUESTION,
        Sign.QUESTION,
    ]
    assert section.text == "Tekst met **nadruk**."


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("number: 1", "number: een", 2, "heel getal"),
        ("title: Een proef", "title:", 5, "“title” ontbreekt"),
        ("type: one", "type: radio", 23, "geen soort vraag"),
        ("id: m1-waarom", "id: m2-waarom", 28, "geen id"),
        ("answered_by: [de-kop]", "answered_by: [weg]", 14, "geen kop en geen vraag"),
        ("source: 4", "source: vier", 20, "regels van de bron"),
        ("when: {m1-keuze: a}", "when: {m1-niets: a}", 28, "onbekende vraag"),
        ("::: vraag m1-waarom\n:::\n", "", 28, "0 keer"),
        ("::: uitleg", "::: muziek", 36, "geen soort blok"),
        ("nadruk**.\n:::", "nadruk**.", 36, "niet gesloten"),
        ("theme: opstarten", "theme: [", 6, "YAML"),
    ],
)
def test_mistake_is_told_with_its_line(old: str, new: str, line: int, part: str) -> None:
    assert old in GOOD
    found = problems(GOOD.replace(old, new, 1))
    assert any(part in sentence for _, sentence in found), found
    assert line in [at for at, sentence in found if part in sentence], found


def test_a_file_without_front_matter_is_refused() -> None:
    assert problems("## Kop\n\nTekst")[0][0] == 1


def test_two_mistakes_are_told_at_once() -> None:
    found = problems(GOOD.replace("number: 1", "number: 0").replace("slug: proef", "slug:"))
    assert len(found) >= 2


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [("Vier tips", "vier-tips"), ("Eén of twee?", "een-of-twee"), ("De SDG's", "de-sdg-s")],
)
def test_anchor_of_a_heading(heading: str, anchor: str) -> None:
    assert anchor_of(heading) == anchor


@pytest.mark.parametrize("written", ["", "a", "9-3", "1-2-3"])
def test_no_span_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        spans_of(written)


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[klik](javascript:alert(1))",
        "<a href='javascript:alert(1)'>x</a>",
        "![x](x onerror=alert(1))",
        "<svg onload=alert(1)><a xlink:href='javascript:1'>x</a></svg>",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<img src=x onerror="alert(1)">',
        "<style>*{display:none}</style>",
    ],
)
def test_hostile_text_stays_inert(hostile: str) -> None:
    html = safe_html(hostile)
    for tag in ("<script", "<svg", "<img", "<style", 'href="javascript', 'href="data'):
        assert tag not in html.lower()


def test_plain_text_has_no_marks() -> None:
    assert plain_text("Een **woord** en [link](https://a.example).") == "Een woord en link."


SOURCE = "Een twee drie vier vijf zes zeven acht ne-\ngen tien."


@pytest.mark.parametrize(
    ("text", "exempt", "runs"),
    [
        ("een twee drie vier vijf zes zeven", (), 0),
        ("Een twee, drie vier vijf zes ‘zeven’ acht", (), 1),
        ("twee drie vier vijf zes zeven acht negen", (), 1),
        ("een twee drie vier vijf zes zeven acht", ("Een twee drie vier",), 0),
    ],
)
def test_shared_runs(text: str, exempt: tuple[str, ...], runs: int) -> None:
    assert len(shared_runs(text, SOURCE, exempt)) == runs


def test_readability_counts_sentences_and_long_words() -> None:
    figures = readability("# Kop\n\nEen korte zin. Nog een ondernemersdienstverlening hier!\n")
    assert (figures.words, figures.sentences, figures.longest, figures.long_words) == (7, 2, 4, 1)


GUIDE = """kind: netwerk
entries:
  - name: B-net
    region: Utrecht
    what: Netwerk van makers.
    for_whom: [ondernemers]
    link: https://b.example
  - name: A-net
    region: Haarlem
    what: Nog een netwerk.
    for_whom: [inkopers]
"""


def test_guide_is_filtered_by_all_that_is_asked() -> None:
    entries = parse_guide(GUIDE, "netwerk.yml")
    assert [e.name for e in filtered(entries)] == ["A-net", "B-net"]
    assert [e.name for e in filtered(entries, region="Utrecht")] == ["B-net"]
    assert [e.name for e in filtered(entries, words="MAKERS")] == ["B-net"]
    assert filtered(entries, region="Utrecht", whom="inkopers") == []


def test_guide_tells_a_bad_link_with_its_line() -> None:
    with pytest.raises(ContentProblems) as caught:
        parse_guide(GUIDE.replace("https://b", "javascript:b"), "netwerk.yml")
    assert caught.value.problems[0].line == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- id: a\n  title: [", 2),
        ("id: a", 1),
        ("- id: a\n  title: A\n- id: b\n", 3),
        ("- id: a\n  title: A\n- los woord\n", 3),
    ],
)
def test_list_file_tells_what_is_wrong_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ContentProblems) as caught:
        parse_rows(text, "sources.yml", ("id", "title"))
    assert caught.value.problems[0].line == line


@pytest.mark.parametrize("link", ["https://", "https://b", "http://a b.example", "//b.example"])
def test_guide_refuses_an_address_that_leads_nowhere(link: str) -> None:
    with pytest.raises(ContentProblems):
        parse_guide(GUIDE.replace("https://b.example", link), "netwerk.yml")


def test_search_finds_stems_and_prefers_headings() -> None:
    index = PieceIndex(
        [
            Piece("een", "a", "1. Een", "Inkoop", "Hoe gemeenten kopen."),
            Piece("twee", "b", "2. Twee", "Iets anders", "De gemeente doet aan inkopen en inkoop."),
        ]
    )
    assert [hit.piece.module for hit in index.find("inkoop")] == ["een", "twee"]
    assert len(index.find("gemeente")) == 2
    assert index.find("gemeente raadhuis") == []
    assert index.find("de") == []
