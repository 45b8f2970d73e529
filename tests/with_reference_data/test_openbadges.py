"""Our credentials against the published model and context of Open Badges 3.0."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from impactmakelaar.badges import rules
from impactmakelaar.core import clock

pytestmark = pytest.mark.reference

JWT_CLAIMS = {"iss", "jti", "sub", "nbf", "exp"}
PROPERTY = re.compile(r"^        Property (\S+) (\S+) (\S+)( array-compacted)?", re.MULTILINE)
PARTS = {
    (): ("VerifiableCredential", "AchievementCredential"),
    ("issuer",): ("Profile",),
    ("credentialStatus",): ("CredentialStatus",),
    ("credentialSubject",): ("AchievementSubject",),
    ("credentialSubject", "achievement"): ("Achievement",),
    ("credentialSubject", "achievement", "creator"): ("Profile",),
    ("credentialSubject", "achievement", "criteria"): ("Criteria",),
    ("credentialSubject", "achievement", "image"): ("Image",),
    ("credentialSubject", "identifier", 0): ("IdentityObject",),
}
"""Where an object stands in a credential, and the classes whose properties it may have."""


@pytest.fixture(scope="module")
def model(reference_data: Path) -> dict[str, dict[str, tuple[str, bool]]]:
    """Class -> property -> (cardinality, whether a list of one may stand for it)."""
    text = (reference_data / "openbadges" / "common_credentials.lines").read_text()
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for part in re.split(r"^    Class ", text, flags=re.MULTILINE)[1:]:
        name = part.split()[0]
        properties = {n: (count, bool(list_)) for n, _, count, list_ in PROPERTY.findall(part)}
        found.setdefault(name, properties)
    return found


@pytest.fixture
def ours() -> dict[str, Any]:
    """A credential of a certified enterprise."""
    at = rules.Addresses(*(f"https://site.example/{n}" for n in "abcde"))
    return rules.credential(
        rules.Terms("certified", date(2027, 3, 1), date(2029, 2, 28)),
        rules.Holder("Klimop", "90000001", "https://site.example/o", "Regio", "https://x.example"),
        at,
        begin=datetime(2027, 3, 1, tzinfo=clock.AMSTERDAM),
        end=datetime(2029, 2, 28, 23, 59, 59, tzinfo=clock.AMSTERDAM),
        issued=datetime(2027, 3, 1, 9, tzinfo=clock.AMSTERDAM),
        list_index=140_000,
    )


def part(value: Any, path: tuple[str | int, ...]) -> dict[str, Any]:
    """The object at a place."""
    for step in path:
        value = value[step]
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("path", PARTS, ids=lambda p: ".".join(map(str, p)) or "credential")
def test_every_part_is_as_the_model_has_it(
    path: tuple[str | int, ...], model: dict[str, dict[str, tuple[str, bool]]], ours: dict[str, Any]
) -> None:
    known: dict[str, tuple[str, bool]] = {}
    for name in PARTS[path]:
        known |= model[name]
    value = part(ours, path)
    extra = JWT_CLAIMS if not path else set()
    if path == ("credentialStatus",):
        # The model leaves these to the status method: Bitstring Status List 1.0.
        extra = {"statusPurpose", "statusListIndex", "statusListCredential"}
    assert set(value) - set(known) - extra == set()
    missing = {name for name, (count, _) in known.items() if count[0] == "1" and name not in value}
    assert missing - {"proof"} == set()
    for name in set(value) & set(known):
        many = known[name][0].endswith("*")
        assert isinstance(value[name], list) <= many, name


def test_the_context_is_the_one_that_was_published(
    reference_data: Path, ours: dict[str, Any]
) -> None:
    context = json.loads((reference_data / "openbadges" / "context-3.0.3.json").read_text())
    terms = context["@context"]
    assert ours["@context"][1].endswith("context-3.0.3.json")
    for name in ("OpenBadgeCredential", "AchievementSubject", "Achievement", "IdentityObject"):
        assert name in terms
    subject = terms["AchievementSubject"]["@context"]
    assert set(ours["credentialSubject"]) - {"id", "type"} <= set(subject)
    achievement = set(terms["Achievement"]["@context"]) | set(terms)
    assert set(ours["credentialSubject"]["achievement"]) <= achievement
