"""Rules of organisations as tables."""

import pytest

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import rules
from impactmakelaar.organisations.rules import Kind, Role


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("01234567", "01234567"),
        ("00000001", "00000001"),
        ("12 34 56 78", "12345678"),
        ("1234.5678", "12345678"),
        ("1234-5678", "12345678"),
        ("1234\u00a05678", "12345678"),
    ],
)
def test_kvk_number_keeps_its_leading_zeros(typed, number):
    assert rules.kvk_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "8 cijfers"),
        ("1234567", "8 cijfers"),
        ("123456789", "8 cijfers"),
        ("1234567a", "8 cijfers"),
        ("١٢٣٤٥٦٧٨", "8 cijfers"),
        ("１２３４５６７８", "8 cijfers"),
        ("1234567\u202e8", "8 cijfers"),
        ("000012345678", "vestigingsnummer"),
    ],
)
def test_kvk_number_refuses_with_a_sentence_at_its_field(typed, word):
    with pytest.raises(Refused) as caught:
        rules.kvk_number(typed)
    assert word in caught.value.sentence
    assert caught.value.field == "kvk_number"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Van Hulley", "Vanhulley", True),
        ("Van Hulley B.V.", "van hulley bv", True),
        ("Stichting De Ploeg", "de ploeg", True),
        ("Schoonmaak Coöperatie", "schoonmaak", True),
        ("Café 't Hoekje", "cafe t hoekje", True),
        ("Groen-Werk", "Groenwerk", True),
        ("Groenwerk", "Groenwerken", False),
        ("De BV", "De Stichting", False),
        ("日本", "中国", False),
    ],
)
def test_comparable_name_shows_near_duplicates(one, other, same):
    assert (rules.comparable_name(one) == rules.comparable_name(other)) is same


@pytest.mark.parametrize("role", list(Role))
def test_buyers_assessors_committee_sroi_and_staff_need_a_second_factor(role):
    exempt = {Role.ENTREPRENEUR, Role.CONTRACTOR}
    assert rules.needs_second_factor(frozenset({role})) is (role not in exempt)


def test_a_second_role_does_not_take_the_second_factor_away():
    assert rules.needs_second_factor(frozenset({Role.ENTREPRENEUR, Role.BUYER}))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_exists_only_in_its_kind_of_organisation(kind, role):
    if role in rules.ROLES_OF[kind]:
        rules.may_have_role(kind, role)
    else:
        with pytest.raises(Refused, match="bestaat niet"):
            rules.may_have_role(kind, role)


def test_every_kind_and_role_has_a_dutch_name():
    assert set(rules.KIND_LABELS) == set(Kind)
    assert set(rules.ROLE_LABELS) == set(Role)
