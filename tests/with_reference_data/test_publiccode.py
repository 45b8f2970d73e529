"""publiccode.yml against the standard's own text and word lists."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
STANDARD = ROOT.parent / "shared" / "data" / "publiccode"

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    """The file as values."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    return found


def words(name: str) -> set[str]:
    """The words of a controlled list."""
    return set(re.findall(r"^- ([a-z0-9-]+)$", (STANDARD / name).read_text(), re.MULTILINE))


def keys() -> dict[str, str]:
    """Every key of the standard with its "Presence"."""
    text = (STANDARD / "schema.core.rst").read_text()
    parts = re.split(r"^Key ``([^`]+)``.*$", text, flags=re.MULTILINE)[1:]
    found = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        presence = re.search(r"-  Presence: (.+)", body)
        found[name] = presence[1] if presence else ""
    return found


def paths(value: Any, before: str = "") -> set[str]:
    """The keys of a file as the standard writes them: description/[lang]/features."""
    if not isinstance(value, dict):
        return set()
    found = set()
    for name, inner in value.items():
        path = f"{before}{'[lang]' if before == 'description/' else name}"
        found |= {path} | paths(inner, path + "/")
    return found


def test_every_mandatory_key_is_there(ours: dict[str, Any]) -> None:
    there = paths(ours)
    mandatory = {
        name
        for name, presence in keys().items()
        if presence.startswith("mandatory") and " if " not in presence
    }
    sections = {path.split("/")[0] for path in there}
    missing = {name for name in mandatory - there if name.split("/")[0] in sections}

    assert len(mandatory) > 8
    assert missing == set()


def test_no_key_is_unknown(ours: dict[str, Any]) -> None:
    known = set(keys())
    known |= {name.rsplit("/", n)[0] for name in keys() for n in range(1, name.count("/") + 1)}

    assert paths(ours) - known == set()


def test_words_come_from_the_lists(ours: dict[str, Any]) -> None:
    assert set(ours["categories"]) <= words("categories-list.rst")
    assert set(ours["intendedAudience"]["scope"]) <= words("scope-list.rst")


def test_texts_have_the_lengths_that_the_standard_asks(ours: dict[str, Any]) -> None:
    for text in ours["description"].values():
        assert len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10000
        assert text["features"]


def test_community_names_somebody_to_ask(ours: dict[str, Any]) -> None:
    assert ours["maintenance"]["type"] in ("internal", "community")
    assert ours["maintenance"]["contacts"]
