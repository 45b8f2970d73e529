"""The tables of facts: municipalities, places, postcodes, CPV codes, code lists."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impactmakelaar.core import reference
from impactmakelaar.core.reference import Ambiguous, Reference, cpv_ancestors

CONTENT = Path(__file__).resolve().parents[2] / "content"
FACTS = Reference(CONTENT, Path("nowhere"))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Haarlem", "GM0392"),
        ("  HAARLEM ", "GM0392"),
        ("gemeente Haarlem", "GM0392"),
        ("Den Haag", "GM0518"),
        ("'s-Gravenhage", "GM0518"),
        ("’s Gravenhage", "GM0518"),
        ("Bergen (NH.)", "GM0373"),
        ("Bergen (NH)", "GM0373"),
        ("Bergen NH", "GM0373"),
        ("Bergen (L.)", "GM0893"),
        ("Bergen L", "GM0893"),
        ("Sudwest-Fryslan", "GM1900"),
        ("GM0392", "GM0392"),
        ("0392", "GM0392"),
        ("392", "GM0392"),
    ],
)
def test_a_municipality_is_found_under_the_names_people_use(typed, code):
    assert FACTS.municipality_by_name(typed).code == code


@pytest.mark.parametrize("typed", ["", "Utopia", "Weesp", "GM9999", "٣٩٢", "\x00"])
def test_what_is_no_municipality_is_none(typed):
    assert FACTS.municipality_by_name(typed) is None


def test_bergen_alone_is_ambiguous():
    with pytest.raises(Ambiguous) as caught:
        FACTS.municipality_by_name("Bergen")
    assert len(caught.value.labels) == 2


def test_there_are_342_municipalities_with_all_their_facts():
    assert len(FACTS.municipalities) == 342
    for m in FACTS.municipalities.values():
        assert m.province
        assert m.labour_market_region in FACTS.regions
        assert 50.7 < m.latitude < 53.6
        assert 3.3 < m.longitude < 7.3


@pytest.mark.parametrize(
    ("code", "day", "existed"),
    [
        ("GM1980", date(2021, 12, 31), False),
        ("GM1980", date(2022, 1, 1), True),
        ("GM0392", date(1990, 1, 1), True),
    ],
)
def test_a_municipality_exists_from_a_day(code, day, existed):
    assert FACTS.municipalities[code].existed(day) is existed


def test_what_vanished_names_its_day_and_successor():
    assert FACTS.vanished("Heerhugowaard")[1].name == "Dijk en Waard"
    assert FACTS.vanished("haaren") == ("2021-01-01", None)
    assert FACTS.vanished("Haarlem") is None


def test_no_vanished_municipality_exists_and_its_successor_began_by_then():
    for row in FACTS._rows("successors.csv"):
        assert FACTS.municipality_by_name(row["name"]) is None, row
        if row["successor"]:
            successor = FACTS.municipalities[row["successor"]]
            assert successor.existed(date.fromisoformat(row["ended_on"])), row


@pytest.mark.parametrize("typed", ["2011", "2011 AB", "2011ab"])
def test_a_postcode_is_a_place_with_coordinates(typed):
    spot = FACTS.locate(typed)
    assert spot.label == "2011 Haarlem"
    assert (round(spot.latitude, 1), round(spot.longitude, 1)) == (52.4, 4.6)


@pytest.mark.parametrize("typed", ["9999999", "0000", "٢٠١١", "", "Utopia"])
def test_a_place_that_does_not_exist_is_none(typed):
    assert FACTS.locate(typed) is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("77310000-6", "77310000"),
        ("77310000", "77310000"),
        (" 7731 0000 ", "77310000"),
        ("77", "77000000"),
        ("909", "90900000"),
        ("77310000-99", None),
        ("7", None),
        ("773100001", None),
        ("groen", None),
        ("٧٧٣١٠٠٠٠", None),
        ("", None),
    ],
)
def test_cpv_codes_with_and_without_check_digit(typed, code):
    assert FACTS.cpv_code(typed) == code


@pytest.mark.parametrize(("typed", "known"), [("00000000", None), ("99", None), ("77", "77000000")])
def test_a_cpv_code_of_no_division_is_unknown(typed, known):
    assert FACTS.known_cpv_code(typed) == known


@given(st.integers(10_000_000, 99_999_999))
def test_ancestors_of_a_code_lead_from_its_division_down(number):
    above = cpv_ancestors(str(number))
    assert above == sorted(set(above))
    for one in above:
        assert str(number).startswith(one.rstrip("0")) or one == str(number)[:2] + "000000"


@pytest.mark.parametrize(
    ("word", "division"),
    [
        ("groenonderhoud", "77"),
        ("hovenier", "77"),
        ("catering", "55"),
        ("koeriersdienst", "6"),
        ("schoonmaak", "9"),
    ],
)
def test_everyday_words_lead_to_codes(word, division):
    found = FACTS.cpv_search(word)
    assert found
    assert found[0].code.startswith(division)


def test_a_code_that_is_not_loaded_has_the_label_of_its_ancestor():
    assert FACTS.cpv_label("77310009") == FACTS.cpv["77310000"].label
    assert FACTS.cpv_label("00000000") == "00000000"


@pytest.mark.parametrize("name", ["themes", "sdgs", "target_groups", "certificates", "sectors"])
def test_code_lists_have_unique_codes_and_labels(name):
    entries = FACTS.codes(name)
    rows = FACTS._rows(f"{name}.csv")
    assert len(entries) == len(rows)
    assert all(entry.label for entry in entries.values())
    assert FACTS.label(name, "bestaat niet") == "bestaat niet"


# Loading the full list --------------------------------------------------------------------


def load(app, tmp_path, content, name="cpv.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return app.test_cli_runner().invoke(args=["reference", "load-cpv", str(path)])


XML = '<c><entry key="code|name|cpv.77310000">Plantsoenen &amp; parken</entry></c>'


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("code,label_nl\n77310000,Plantsoenen\n", "Plantsoenen"),
        ("\ufeffcode,label\n77310000-6,Plantsoenen\n", "Plantsoenen"),
        ('code,label\n77310000,"Plant,\n soenen"\n', "Plant, soenen"),
        (XML, "Plantsoenen & parken"),
    ],
)
def test_load_cpv_reads_csv_and_xml(app, tmp_path, content, label):
    result = load(app, tmp_path, content)
    assert result.exit_code == 0, result.output
    assert "1 codes" in result.output
    written = reference.reference().full_cpv.read_text(encoding="utf-8")
    assert label in written


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"\xff\xfe\x00", b"a,b\n1,2\n", b"code,label\nx,y\n,\n", b"<x/>"],
)
def test_load_cpv_refuses_what_holds_no_codes_and_keeps_what_was(app, tmp_path, content):
    load(app, tmp_path, "code,label\n77310000,Plantsoenen\n")
    before = reference.reference().full_cpv.read_bytes()
    result = load(app, tmp_path, content)
    assert result.exit_code == 1
    assert "Error" in result.output
    assert reference.reference().full_cpv.read_bytes() == before
