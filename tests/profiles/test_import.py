"""Taking in lists: what each row becomes, what is said of it, and that twice is once."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from tests.conftest import on_both
from tests.makers import make_enterprise, make_member, make_region

from impactmakelaar.core import exports
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.reference import configure
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from impactmakelaar.profiles import queries, rules_import, rules_import_files, services_import
from impactmakelaar.profiles.rules import EMPTY

CONTENT = Path(__file__).resolve().parents[2] / "content"


@pytest.fixture(autouse=True)
def facts(tmp_path):
    configure(CONTENT, tmp_path)


def rows_of(text, name="lijst.csv", **chosen):
    data = text if isinstance(text, bytes) else text.encode()
    raw = rules_import_files.read(data, name)
    mapping = rules_import.guess_mapping(services_import._header(raw))
    mapping = rules_import.with_choices(mapping, chosen)
    return rules_import.rows_of(raw, mapping, services_import.lookups())


def only(text, **chosen):
    rows = rows_of(text, **chosen)
    assert len(rows) == 1
    return rows[0]


def xlsx(*lines):
    book = Workbook()
    for line in lines:
        book.active.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# One row --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("Groen;1234567;Haarlem", "had 7 cijfers; er is een 0 voor gezet"),
        ("Groen;123;Haarlem", "KVK-nummer “123”: Een KVK-nummer heeft 8 cijfers"),
        ("Groen;000012345678;Haarlem", "vestigingsnummer"),
        ("Groen;;Utopia", "kennen wij niet als gemeente of plaats"),
        ("Groen;;Bergen", "kan Bergen (L) of Bergen (NH) zijn"),
        ("Groen;;Heerhugowaard", "bestaat niet meer sinds 2022; zij hoort nu bij Dijk en Waard"),
        ("Groen;;Haaren", "bestaat niet meer sinds 2021 en is verdeeld"),
        ("Groen;;", "Geen plaats of gemeente."),
        (";12345678;Haarlem", "Geen naam: deze regel wordt overgeslagen."),
        ("onbekend;12345678;Haarlem", "Geen naam"),
        ("Groen;12345678;Haarlem;te;veel", "meer vakken dan de kopregel"),
        (f"Groen;;Haarlem{'m' * 300}", "Gemeente: 307 tekens is te lang"),
    ],
)
def test_each_problem_of_a_row_is_said_in_plain_dutch(line, remark):
    row = only(f"naam;kvk;gemeente\n{line}\n")
    assert remark in " ".join(row.remarks)
    assert row.number == 2


def test_a_good_row_has_no_remarks_and_becomes_a_document():
    row = only(
        "Naam;KVK-nummer;Plaats;E-mail;Website;CPV;Rechtsvorm;Keurmerken;Omschrijving\n"
        "Groen Werkt;01234567;Haarlem;x@groen.example;groen.example;77310000-6, 909;"
        "Stichting;PSO Trede 2, PSO 30+;Wij doen groen\n"
    )
    assert row.remarks == []
    assert row.kvk_number == "01234567"
    document = row.document
    assert document["website"] == "https://groen.example"
    assert document["legal_form"] == "stichting"
    assert document["address"]["municipality"] == "GM0392"
    assert document["address"]["hidden"] is True
    assert document["contacts"][0]["public"] is False
    assert document["activities"][0]["cpv"] == ["77310000", "90900000"]
    assert [(c["kind"], c["level"]) for c in document["certificates"]] == [
        ("pso", "Trede 2"),
        ("pso_30", ""),
    ]


@pytest.mark.parametrize(
    ("typed", "codes", "remark"),
    [
        ("3100000", ["03100000"], "had 7 cijfers"),
        ("77310000-6; 77310000", ["77310000"], ""),
        ("00000000", [], "geen CPV-code"),
        ("groen", [], "geen CPV-code"),
    ],
)
def test_cpv_codes_of_a_list(typed, codes, remark):
    row = only(f'naam;gemeente;cpv\nGroen;Haarlem;"{typed}"\n')
    assert row.document["activities"][0]["cpv"] == codes
    assert remark in " ".join(row.remarks)


def test_a_long_text_is_shortened_and_said_so():
    row = only(f"naam;gemeente;omschrijving\nGroen;Haarlem;{'x' * 6000}\n")
    assert len(row.document["description"]) == 5000
    assert "Omschrijving: 6000 tekens is te lang; na 5000 afgekapt." in row.remarks


def test_odd_characters_go_and_the_rest_stays():
    row = only("naam;gemeente\nGr\u202eoen\x00 Wérkt;Haarlem\n")
    assert row.name == "Groen Wérkt"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encodings_and_delimiters_are_recognised(encoding, delimiter):
    text = f"naam{delimiter}gemeente\r\nCafé{delimiter}Haarlem\r\n"
    assert only(text.encode(encoding)).name == "Café"


# Several rows ----------------------------------------------------------------------------------


def test_rows_about_one_enterprise_come_together():
    row = only(
        "sociale werkvoorziening;gemeente\nPaswerk;Haarlem\nPaswerk;Bloemendaal\n"
        "Paswerk;Haarlemmerliede en Spaarnwoude\n"
    )
    activity = row.document["activities"][0]
    assert activity["area"]["municipalities"] == ["GM0392", "GM0377", "GM0394"]
    assert activity["description"] == "Zoals in de lijst: Haarlemmerliede en Spaarnwoude."
    assert row.unknown_places == ["Haarlemmerliede en Spaarnwoude"]


def test_the_same_name_in_two_places_stays_two():
    rows = rows_of("naam;plaats\nDe Werkplaats;Haarlem\nDe Werkplaats;Groningen\n")
    assert len(rows) == 2
    assert "Lijkt op “De Werkplaats” in dezelfde lijst." in rows[1].remarks


def test_near_duplicates_and_one_number_under_two_names_are_shown():
    rows = rows_of("naam;kvk;plaats\nVan Hulley;;Haarlem\nVanhulley B.V.;;Haarlem\n")
    assert len(rows) == 1
    assert "noemt dezelfde onderneming “Vanhulley B.V.”" in " ".join(rows[0].remarks)
    rows = rows_of("naam;kvk;plaats\nVan Hulley;;Haarlem\nVanhulley;;Velsen\n")
    assert "Lijkt op “Van Hulley” in dezelfde lijst." in rows[1].remarks
    row = only("naam;kvk;plaats\nA;01234567;Haarlem\nB;01234567;Haarlem\n")
    assert "Regel 3 noemt dezelfde onderneming “B”; samengevoegd." in row.remarks


def test_a_person_chooses_the_columns():
    text = "wie;waar\nGroen;Haarlem\n"
    with pytest.raises(Refused, match="kolom met de naam"):
        rows_of(text)
    assert only(text, wie="name", waar="municipality").name == "Groen"
    for chosen, word in (
        ({"niets": "name"}, "geen kolom"),
        ({"wie": "schoenmaat"}, "kennen wij niet"),
        ({"wie": "name", "waar": "name"}, "twee kolommen"),
    ):
        with pytest.raises(Refused, match=word):
            rows_of(text, **chosen)


def test_a_choice_takes_the_place_of_a_guess():
    row = only("naam;merk;gemeente\nBV Groen;Groen Werkt;Haarlem\n", merk="name")
    assert row.name == "Groen Werkt"


def test_a_column_that_comes_twice_is_shown_twice():
    raw = rules_import_files.read(b"naam;naam\nA;B\n", "x.csv")
    assert raw == [{"naam": "A", "naam (2)": "B"}]


# Files -----------------------------------------------------------------------------------------


def bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (rules_import_files.MAX_UNPACKED + 1))
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "word"),
    [
        (b"", "x.csv", "leeg"),
        (b"\x00" * 1000, "x.csv", "leeg"),
        (b" \r\n\r\n", "x.csv", "leeg"),
        (b"naam;kvk\n", "x.csv", "geen regels"),
        (b"PK\x03\x04 geen excel", "x.xlsx", "niet lezen"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "x.png", "geen regels|niet lezen|naam"),
        (b"naam\n" + b"x" * 200_000 + b"\n", "x.csv", "te groot"),
        (b"naam\n" + b"x\n" * 20_001, "x.csv", "20.000 regels"),
        (b'{"name": "A", "name": "B"}\n', "x.jsonl", "Regel 1 noemt “name” twee keer"),
        (b'{"name": "A"}\n[1, 2]\n', "x.jsonl", "Regel 2 is geen record"),
        (b'{"name": "A"\n', "x.jsonl", "niet lezen"),
        (b"[" * 100_000, "x.jsonl", "niet lezen"),
        (b"x\n", "x.csv", "geen regels"),
    ],
)
def test_a_list_that_cannot_be_read_gets_a_clear_answer(data, name, word):
    with pytest.raises(Refused, match=word) as caught:
        rows_of(data, name)
    assert caught.value.field == "file"


def test_an_excel_file_that_would_swell_is_refused():
    with pytest.raises(Refused, match="niet lezen"):
        rules_import_files.read(bomb(), "x.xlsx")


def test_excel_cells_of_any_type_are_read():
    row = only(xlsx(["Naam", "KVK", "Plaats", None], ["Groen", 1234567.0, "Haarlem", 3], [None]))
    assert row.kvk_number == "01234567"


@pytest.mark.parametrize("value", [True, 7, 1.5, None, [], ["x"], {}, {"a": 1}, "x" * 10_000_000])
@pytest.mark.parametrize("key", ["name", "kvk", "place", "certificates", "cpv", "description"])
def test_wrong_types_in_json_give_a_row_or_a_remark_and_never_a_trace(key, value):
    record = {"name": "Groen", "place": "Haarlem", key: value}
    rows = rows_of(json.dumps(record), "x.jsonl")
    assert len(rows) == 1


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["naam", "kvk", "gemeente", "plaats", "cpv", "website", "keurmerken"]),
            st.text(max_size=30),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_text_in_a_list_is_survived(told):
    records = [{"naam": "A"} | record for record in told]
    rows = rows_of("\n".join(json.dumps(record) for record in records), "x.jsonl")
    assert sum(row.usable for row in rows) <= len(records)
    for row in rows:
        assert row.usable or row.remarks
        if row.usable:
            assert set(row.document) <= set(EMPTY)


cells = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" =+-@;\",'"),
    min_size=1,
    max_size=25,
).filter(lambda text: text == " ".join(text.split()) and not text.startswith("'"))


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_what_is_exported_comes_back_as_it_was_and_computes_nothing(pairs):
    header = ("Naam", "Korte omschrijving")
    for data, name in (
        (exports.csv_bytes(header, pairs), "x.csv"),
        (exports.xlsx(header, pairs, "lijst"), "x.xlsx"),
    ):
        raw = rules_import_files.read(data, name)
        back = [(r["Naam"], r["Korte omschrijving"]) for r in raw]
        assert [tuple(c.removeprefix("'") for c in row) for row in back] == pairs
        for row in back:
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_an_excel_export_holds_text_only():
    data = exports.xlsx(("Naam",), [("=1+1",), ("http://x.example",), ("12",)], "lijst")
    sheet = load_workbook(io.BytesIO(data)).active
    assert {cell.data_type for (cell,) in sheet.iter_rows()} == {"s"}


# Storing ---------------------------------------------------------------------------------------

LIST = "naam;kvk;gemeente\nGroen;01234567;Haarlem\nVan Hulley;;Velsen\n;;\nFiets;123;Utopia\n"


def take_in(region, by=None, *, text=LIST, for_real=True, source="lijst", **more):
    return services_import.import_enterprises(
        data=text.encode(),
        name="x.csv",
        source=source,
        region=region,
        by=by,
        for_real=for_real,
        **more,
    )


def enterprises():
    query = select(func.count(Organisation.id)).where(Organisation.kind == "enterprise")
    return db.session.scalar(query)


@on_both
def test_a_dry_run_stores_nothing_and_the_real_one_twice_is_once(app):
    region = make_region()
    dry = take_in(region, for_real=False)
    assert (enterprises(), dry.ready, dry.problems) == (0, 3, 1)
    assert dry.vanished == [("Utopia", ["Fiets"])]
    assert take_in(region).ready == 3
    assert enterprises() == 3
    again = take_in(region)
    assert enterprises() == 3
    assert "Deze lead was er al en wordt bijgewerkt." in again.rows[0].remarks
    elsewhere = take_in(region, source="andere lijst", for_real=False)
    assert "Lijkt op “Van Hulley”, die er al was." in elsewhere.rows[1].remarks


@on_both
def test_the_dry_run_shows_who_is_known_and_who_looks_alike(app):
    region = make_region()
    make_enterprise(region, "Groen Werkt", kvk_number="01234567")
    make_enterprise(region, "Vanhulley")
    remarks = [row.remarks for row in take_in(region, for_real=False).rows]
    assert "“Groen Werkt” is al goedgekeurd; daaraan verandert niets." in remarks[0]
    assert "Lijkt op “Vanhulley”, die er al was." in remarks[1]


def test_nobody_but_staff_takes_in_a_list(app):
    region, elsewhere = make_region(), make_region("Elders")
    with pytest.raises(NotFound):
        take_in(region, make_member(elsewhere, Role.BROKER))


def test_a_lead_is_seen_by_staff_alone(app, client, as_person):
    region = make_region()
    staff = make_member(region, Role.BROKER)
    take_in(region, staff)
    lead = db.session.scalars(select(Organisation).where(Organisation.name == "Groen")).one()
    assert "Groen" not in client.get("/ondernemingen").text
    assert client.get(f"/ondernemingen/{lead.public_id}").status_code == 404
    assert queries.published_document(lead) is None
    page = as_person(staff, region).get("/regio/organisaties?q=Groen")
    assert "Groen" in page.text


# The page --------------------------------------------------------------------------------------


def upload(browser, text=LIST, name="x.csv", **fields):
    data = {"file": (io.BytesIO(text.encode()), name), "source": "lijst"} | fields
    return browser.post("/regio/importeren", data=data)


def token_of(page):
    return page.text.split('name="token" value="')[1].split('"')[0]


def test_the_page_runs_dry_first_and_for_good_on_a_button(app, as_person):
    region = make_region()
    browser = as_person(make_member(region, Role.BROKER), region)
    page = upload(browser)
    assert page.status_code == 200
    assert "er is nog niets opgeslagen" in page.text
    assert "8 cijfers" in page.text
    assert "Utopia" in page.text
    assert enterprises() == 0
    fields = {"token": token_of(page), "source": "lijst", "wat": "echt"}
    done = browser.post("/regio/importeren", data=fields)
    assert "Geïmporteerd" in done.text
    assert enterprises() == 3
    twice = browser.post("/regio/importeren", data=fields)
    assert twice.status_code == 400
    assert "niet meer bewaard" in twice.text
    assert enterprises() == 3


def test_the_page_lets_a_person_choose_the_columns(app, as_person):
    region = make_region()
    browser = as_person(make_member(region, Role.BROKER), region)
    page = upload(browser, "wie;waar\nGroen;Haarlem\n")
    assert page.status_code == 400
    assert "Kies de kolommen" in page.text
    fields = {"token": token_of(page), "source": "lijst", "wat": "proef"}
    chosen = {"kolom": ["wie", "waar"], "betekenis": ["name", "municipality"]}
    again = browser.post("/regio/importeren", data=fields | chosen)
    assert again.status_code == 200
    assert enterprises() == 0
    done = {"token": token_of(again), "source": "lijst", "wat": "echt"}
    assert browser.post("/regio/importeren", data=done | chosen).status_code == 200
    assert enterprises() == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "leeg"), ("\x00\x00", "leeg"), ("naam\n", "geen regels")],
)
def test_the_page_refuses_in_dutch_and_keeps_the_source(app, as_person, text, sentence):
    region = make_region()
    browser = as_person(make_member(region, Role.BROKER), region)
    page = upload(browser, text)
    assert page.status_code == 400
    assert sentence in page.text
    assert 'value="lijst"' in page.text
    assert browser.post("/regio/importeren", data={"source": "x"}).status_code == 400
    for token in ("../../etc/passwd", "x" * 32 + ".csv", "é" * 32 + ".csv"):
        answer = browser.post("/regio/importeren", data={"token": token, "wat": "echt"})
        assert answer.status_code == 400


def test_the_page_is_for_staff(app, as_person, client):
    region = make_region()
    other = as_person(make_member(region, Role.ASSESSOR), region)
    assert other.get("/regio/importeren").status_code == 403
    assert upload(other).status_code == 403
    assert client.get("/regio/importeren").status_code == 302
