"""Hostile and mistaken input: a clear answer, and nothing typed is lost."""

import pytest
from tests.profiles.pages import ACTIVITY, BASICS, CERTIFICATE, address, saved

TYPED = "Dit heb ik getypt"


@pytest.mark.parametrize(
    ("tail", "fields", "sentence"),
    [
        ("/basis", BASICS | {"trade_name": ""}, "Vul uw handelsnaam in."),
        ("/basis", BASICS | {"legal_form": "gmbh"}, "Rechtsvorm"),
        ("/basis", BASICS | {"founded_year": "3000"}, "heel getal"),
        ("/basis", BASICS | {"founded_year": "2099"}, "toekomst"),
        ("/basis", BASICS | {"founded_year": "٢٠٢٠"}, "heel getal"),
        ("/basis", BASICS | {"employees": "veel"}, "heel getal"),
        ("/basis", BASICS | {"employees": "-1"}, "heel getal"),
        ("/basis", BASICS | {"website": "javascript://x.y"}, "webadres"),
        ("/basis", BASICS | {"website": "geen adres"}, "webadres"),
        ("/basis", BASICS | {"description": "é" * 5001}, "hoogstens 5000"),
        ("/adres", {"place": TYPED, "municipality": "Utopia"}, "kennen wij niet"),
        ("/adres", {"place": TYPED, "municipality": "Bergen"}, "Bergen (L"),
        ("/adres", {"place": TYPED, "municipality": "Heerhugowaard"}, "Dijk en Waard"),
        ("/adres", {"place": TYPED, "municipality": "Haarlem", "postcode": "0123"}, "2011 AB"),
        ("/adres", {"place": TYPED, "municipality": "\x00\u202e"}, "gemeente"),
        ("/missie", {"themes": ["werk", "bestaat niet"]}, "lijst"),
        ("/missie", {"sdgs": ["18"]}, "lijst"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "00000000"}, "geen CPV-code"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "٧٧٣١٠٠٠٠"}, "geen CPV-code"),
        ("/activiteiten/nieuw", ACTIVITY | {"cpv": "", "sector": ""}, "gevonden"),
        ("/activiteiten/nieuw", ACTIVITY | {"municipalities": ""}, "gemeente"),
        ("/activiteiten/nieuw", ACTIVITY | {"area_kind": "maan"}, "Waar werkt u"),
        ("/activiteiten/nieuw", ACTIVITY | {"area_kind": "radius"}, "kilometer"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "veel"}, "bedrag"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "NaN"}, "bedrag"),
        ("/activiteiten/nieuw", ACTIVITY | {"order_min": "10", "order_max": "9"}, "groter dan"),
        ("/keurmerken/nieuw", CERTIFICATE | {"valid_from": "31-02-2026"}, "bestaande datum"),
        ("/keurmerken/nieuw", CERTIFICATE | {"valid_until": "1-1-2020"}, "begindatum"),
        ("/keurmerken/nieuw", CERTIFICATE | {"kind": ""}, "Kies het keurmerk."),
        ("/logo", {}, "Kies een bestand."),
    ],
)
def test_what_is_wrong_is_said_in_dutch_and_what_was_typed_stays(
    browser, enterprise, tail, fields, sentence
):
    before = saved(enterprise)
    answer = browser.post(address(enterprise, tail), data=fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    for value in fields.values():
        listed = value in ("gmbh", "maan")
        if isinstance(value, str) and value.isascii() and value.isprintable() and not listed:
            assert value in answer.text.replace("&#39;", "'")
    assert saved(enterprise) == before


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("gewoon", "gewoon"),
        ("met\x00nul", "metnul"),
        ("rechts\u202elinks", "rechtslinks"),
        ("  spaties   weg ", "spaties weg"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("e\u0301e\u0301n", "één"),
        ("🌱 groen", "🌱 groen"),
    ],
)
def test_odd_characters_are_tidied_and_shown_as_text(browser, enterprise, typed, kept):
    browser.post(address(enterprise, "/basis"), data=BASICS | {"summary": typed})
    assert saved(enterprise)["summary"] == kept
    page = browser.get(address(enterprise, "/basis"))
    assert page.status_code == 200
    assert "<script>alert" not in page.text


def test_ten_megabytes_of_description_get_a_clear_answer(browser, enterprise):
    answer = browser.post(
        address(enterprise, "/basis"), data=BASICS | {"description": "x" * 10_000_000}
    )
    assert answer.status_code in (400, 413)
    assert "te lang" in answer.text or "te groot" in answer.text


@pytest.mark.parametrize("seen", ["", "geen json", "[]", "null", "7", '{"activities": 3}'])
def test_a_garbled_memory_of_what_was_seen_harms_nothing(browser, enterprise, seen):
    data = BASICS | {"summary": "Nieuw", "seen": seen}
    assert browser.post(address(enterprise, "/basis"), data=data).status_code == 303
    answer = browser.post(
        address(enterprise, "/activiteiten/nieuw"), data=ACTIVITY | {"seen": seen}
    )
    assert answer.status_code == 303
    assert len(saved(enterprise)["activities"]) == 2


@pytest.mark.parametrize("tail", ["/basis", "/activiteiten/nieuw", "/activiteiten/aaaa1111"])
def test_a_garbled_memory_of_what_was_seen_breaks_nothing(browser, enterprise, tail):
    for seen in ("[" * 100_000, "{", "null", '{"activity": 3, "id": [1]}'):
        answer = browser.post(address(enterprise, tail), data={"seen": seen})
        assert answer.status_code in (303, 400), (tail, seen[:20])


@pytest.mark.parametrize("name", ["a_1", "aaaa11111", "%3Cb%3Ehoi%3C", "aaaa-111"])
def test_an_activity_gets_no_id_of_a_strangers_making(browser, enterprise, name):
    answer = browser.post(address(enterprise, f"/activiteiten/{name}"), data=ACTIVITY)
    assert answer.status_code == 404
    assert [a["id"] for a in saved(enterprise)["activities"]] == ["aaaa1111"]
