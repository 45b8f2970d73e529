"""Dutch words: which forms are one word, which are not, and how compounds come apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core.text import (
    fold,
    highlight,
    index_terms,
    parts,
    query_words,
    stem,
    words,
)

TOGETHER = [
    "bedrijf bedrijven",
    "huis huizen",
    "sociaal sociale",
    "groen groene",
    "fiets fietsen",
    "geld gelden",
    "boom bomen",
    "school scholen",
    "brief brieven",
    "werkplaats werkplaatsen",
    "hovenier hoveniers",
    "koerier koeriers",
    "schilder schilders",
    "drukkerij drukkerijen",
    "bakkerij bakkerijen",
    "cooperatie cooperaties",
    "laadpaal laadpalen",
    "gemeente gemeenten",
    "duurzaam duurzame",
    "tuin tuinen",
    "dak daken",
    "weg wegen",
    "glas glazen",
    "jas jassen",
    "stoel stoelen",
    "lunch lunches",
    "dienst diensten",
    "gebouw gebouwen",
    "circulair circulaire",
    "maaltijd maaltijden",
    "cafe cafes",
    "website websites",
    "route routes",
    "machine machines",
    "adres adressen",
    "proces processen",
    "garage garages",
]
APART = [
    "gemeente mening",
    "gezond zon",
    "bakker bakkerij",
    "fiets fiet",
    "werk week",
    "post postuur",
    "lift liefde",
    "tuin tuit",
    "druk dru",
    "hout houding",
    "glas gelach",
    "hulp hulpeloosheid",
    "was wasserij",
    "boot bood",
    "stoel stoet",
]


@pytest.mark.parametrize("pair", TOGETHER)
def test_forms_of_one_word_share_a_stem(pair: str) -> None:
    one, other = pair.split()

    assert stem(one) == stem(other)


@pytest.mark.parametrize("pair", APART)
def test_different_words_do_not_share_a_stem(pair: str) -> None:
    one, other = pair.split()

    assert stem(one) != stem(other)


@pytest.mark.parametrize(
    ("compound", "expected"),
    [
        ("schoonmaakbedrijf", ["schoonmaak", "bedrijf"]),
        ("groenonderhoud", ["groen", "onderhoud"]),
        ("fietskoerier", ["fiets", "koerier"]),
        ("kantoormeubilair", ["kantoor", "meubilair"]),
        ("bedrijfscatering", ["bedrijf", "catering"]),
        ("schoonmaakdiensten", ["schoonmaak", "diensten"]),
        ("boom", []),
        ("gemeente", []),
        ("onbekendewoorden", []),
    ],
)
def test_compound_comes_apart_when_all_of_it_is_known(compound: str, expected: list[str]) -> None:
    assert list(parts(compound)) == expected


@pytest.mark.parametrize("word", ["schoonmaak", "bedrijf", "bedrijven", "schoonmaakbedrijven"])
def test_compound_is_found_by_itself_and_by_its_parts(word: str) -> None:
    assert stem(word) in index_terms("Ons schoonmaakbedrijf werkt overdag.")


@pytest.mark.parametrize(
    "typed", ["re-integratie", "reïntegratie", "re integratie", "Reintegratie"]
)
def test_hyphen_space_and_accent_do_not_matter(typed: str) -> None:
    found = set(index_terms("Hulp bij re-integratie naar werk"))
    other = set(index_terms("Hulp bij reïntegratie naar werk"))

    asked, _ = query_words(typed)
    assert {stem(word) for word in asked} <= found
    assert {stem(word) for word in asked} <= other


@pytest.mark.parametrize(
    ("typed", "kept", "only_stop_words"),
    [
        ("de het een", [], True),
        ("", [], False),
        ("   ", [], False),
        ("!!! ---", [], False),
        ("status:draft", ["status", "draft"], False),
        ("fiets AND boom OR NOT glas", ["fiets", "and", "boom", "or", "not", "glas"], False),
        ("[a TO z]", ["a", "to", "z"], False),
        ("*a*", ["a"], False),
        ("groen^9 +boom -fiets", ["groen", "9", "boom", "fiets"], False),
        ("fiets fiets FIETS", ["fiets"], False),
    ],
)
def test_operators_are_words_and_stop_words_are_told(
    typed: str, kept: list[str], only_stop_words: bool
) -> None:
    assert query_words(typed) == (kept, only_stop_words)


@given(st.text(max_size=400))
def test_any_text_can_be_indexed_and_asked(text: str) -> None:
    for word in words(text):
        assert stem(word)
    asked, _ = query_words(text)
    assert len(asked) <= 24
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcdefgh fietsénbomen-'", max_size=120))
def test_highlight_gives_the_text_back(text: str) -> None:
    pieces = highlight(text, frozenset({stem("fiets"), stem("boom")}), around=10_000)

    if pieces:
        assert "".join(piece for piece, _ in pieces) == text
        assert any(hit for _, hit in pieces)


def test_highlight_marks_every_form() -> None:
    pieces = highlight("Wij snoeien bomen. Een boom valt om.", frozenset({stem("boom")}))

    assert [piece for piece, hit in pieces if hit] == ["bomen", "boom"]
