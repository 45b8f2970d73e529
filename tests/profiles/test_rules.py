"""Rules of the profile as tables, and as properties that hold for any document."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles.documents import HOME, activity, certificate, contact, document

from impactmakelaar.core.errors import Refused
from impactmakelaar.profiles import rules

TODAY = date(2026, 11, 24)

texts = st.text(max_size=40)
documents = st.fixed_dictionaries(
    {},
    optional={
        "trade_name": texts,
        "summary": texts,
        "legal_form": st.sampled_from(["", "eenmanszaak", "bv"]),
        "founded_year": st.none() | st.integers(1600, 2026),
        "themes": st.lists(st.sampled_from(["work", "care"]), max_size=2),
        "sdgs": st.lists(st.integers(1, 17), max_size=3),
        "contacts": st.lists(
            st.fixed_dictionaries(
                {
                    "name": texts,
                    "role": texts,
                    "email": texts,
                    "phone": texts,
                    "public": st.booleans(),
                }
            ),
            max_size=3,
        ),
        "address": st.fixed_dictionaries(
            {},
            optional={"street": texts, "postcode": texts, "place": texts, "hidden": st.booleans()},
        ),
        "activities": st.lists(
            st.fixed_dictionaries({"id": texts, "title": texts}, optional={"area": st.just({})}),
            max_size=3,
        ),
        "unknown": texts,
    },
)


@given(documents)
def test_complete_has_every_key_once_and_stays_what_it_is(given_document):
    whole = rules.complete(given_document)
    assert set(whole) == set(rules.EMPTY)
    assert rules.complete(whole) == whole
    assert rules.digest(rules.complete(whole)) == rules.digest(whole)
    assert 0 <= rules.completeness(whole) <= 100


@given(documents)
def test_complete_shares_nothing_with_the_empty_document(given_document):
    whole = rules.complete(given_document)
    whole["themes"].append("x")
    whole["address"]["place"] = "x"
    assert rules.EMPTY["themes"] == []
    assert rules.EMPTY["address"]["place"] == ""


@given(documents)
def test_the_public_view_holds_no_contact_and_no_hidden_street(given_document):
    whole = rules.complete(given_document)
    seen = rules.public_view(whole)
    assert seen["contacts"] == []
    given_address = whole["address"]
    if given_address["hidden"] and (given_address["street"] or given_address["postcode"]):
        kept = {key for key, value in seen["address"].items() if value}
        assert kept <= {"municipality", "hidden"}
    else:
        assert seen["address"] == given_address


@given(documents, documents)
def test_what_is_blank_in_a_newcomers_draft_wipes_nothing_out(known, newcomer):
    merged = rules.filled_in(known, newcomer)
    told = rules.complete(newcomer)
    for key in rules.EMPTY:
        if key != "address":
            assert merged[key] == (told[key] or rules.complete(known)[key])


def test_a_hidden_address_is_the_default_and_showing_it_is_a_choice():
    assert rules.complete({})["address"]["hidden"] is True
    shown = rules.public_view(document(address=HOME | {"hidden": False}))
    assert shown["address"]["street"] == "Geheimstraat 12"


def test_the_public_view_hides_numbers_and_evidence_of_certificates():
    seen = rules.public_view(document(certificates=[certificate(evidence="abc")]))
    assert seen["certificates"][0] | {"level": "x"} == certificate(
        number="", evidence="", level="x"
    )


def test_only_contacts_that_are_public_are_given():
    private = contact(name="Privé", public=False)
    assert rules.public_contacts(document(contacts=[contact(), private])) == [contact()]


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ({"trade_name": ""}, "handelsnaam"),
        ({"legal_form": ""}, "rechtsvorm"),
        ({"summary": ""}, "één zin"),
        ({"address": {}}, "gevestigd"),
        ({"contacts": []}, "contactpersoon"),
        ({"contacts": [contact(email="", phone="")]}, "contactpersoon"),
        ({"activities": []}, "activiteit"),
    ],
)
def test_publishing_asks_for_what_a_buyer_needs(missing, sentence):
    rules.check_publishable(document())
    with pytest.raises(Refused, match=sentence):
        rules.check_publishable(document(**missing))


def test_the_list_names_what_helps_most_first():
    weights = [(h.required, h.weight) for h in rules.hints(rules.complete({}))]
    assert weights == sorted(weights, key=lambda pair: (not pair[0], -pair[1]))
    assert rules.completeness(rules.complete({})) == 0
    full = document(
        description="Wij doen groen. " * 20,
        activities=[activity(order_min=1, order_max=2)],
        themes=["work"],
        social_return_forms=["jobs"],
        references=[{"client": "Haarlem", "year": 2025, "description": ""}],
        certificates=[certificate()],
        logo="x",
        sdgs=[8],
        website="https://groen.example",
    )
    assert rules.hints(full) == []
    assert rules.completeness(full) == 100


def area(kind, **fields):
    return {"kind": kind, "municipalities": [], "radius_km": None, "region": ""} | fields


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"cpv": [], "sector": ""}, "sector"),
        ({"area": area("municipalities")}, "municipalities"),
        ({"area": area("radius")}, "radius_km"),
        ({"area": area("region")}, "region"),
        ({"order_min": 200, "order_max": 100}, "order_min"),
    ],
)
def test_an_activity_that_cannot_be_found_is_refused_at_its_field(fields, field):
    rules.check_activity(activity())
    with pytest.raises(Refused) as caught:
        rules.check_activity(activity(**fields))
    assert caught.value.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"area": area("country")},
        {"area": area("radius", radius_km=10)},
        {"area": area("region", region="AM37")},
        {"cpv": [], "sector": "groen"},
        {"order_min": 100, "order_max": 100},
        {"order_min": 100},
    ],
)
def test_an_activity_that_can_be_found_is_fine(fields):
    rules.check_activity(activity(**fields))


@pytest.mark.parametrize(
    ("confirmed", "stale"),
    [("", True), ("2026-11-24", False), ("2026-08-26", False), ("2026-08-25", True)],
)
def test_capacity_is_trusted_for_ninety_days(confirmed, stale):
    assert rules.capacity_stale(activity(capacity_confirmed_on=confirmed), TODAY) is stale


@pytest.mark.parametrize(
    ("confirmed", "days_since_letter", "due"),
    [
        ("2026-11-01", None, False),
        ("2026-01-01", None, True),
        ("2026-01-01", 0, False),
        ("2026-01-01", 29, False),
        ("2026-01-01", 30, True),
    ],
)
def test_a_reminder_is_due_for_stale_capacity_and_at_most_monthly(
    confirmed, days_since_letter, due
):
    reminded = None if days_since_letter is None else TODAY - timedelta(days=days_since_letter)
    whole = document(activities=[activity(capacity_confirmed_on=confirmed)])
    assert rules.reminder_due(whole, reminded, TODAY) is due


@pytest.mark.parametrize(
    ("section", "values", "word"),
    [
        ("basis", {"founded_year": 2027}, "toekomst"),
        ("basis", {"logo": "x"}, "velden"),
        ("adres", {"contacts": [contact()] * 6}, "5 contactpersonen"),
        ("activiteiten", {"activities": [activity()] * 31}, "30 activiteiten"),
        ("keurmerken", {"certificates": [certificate()] * 21}, "20 keurmerken"),
        ("referenties", {"references": [{}] * 21}, "20 referenties"),
    ],
)
def test_a_part_that_cannot_be_true_is_refused(section, values, word):
    with pytest.raises(Refused, match=word):
        rules.check_section(section, values, TODAY)


def test_a_row_that_was_there_already_is_not_examined_again():
    odd = activity(cpv=[], sector="")
    rules.check_new_rows({"activities": [odd]}, document(activities=[odd]))
    with pytest.raises(Refused):
        rules.check_new_rows({"activities": [odd]}, document())
    with pytest.raises(Refused, match="begindatum"):
        rules.check_new_rows({"certificates": [certificate(valid_until="2025-01-01")]}, document())


def test_changed_keys_names_what_differs():
    assert rules.changed_keys(document(), document(summary="Anders", logo="x")) == [
        "summary",
        "logo",
    ]
