"""The documents say what the program is: map, glossary, decisions, root files."""

import re
from enum import EnumType
from importlib import import_module

import pytest
import yaml
from tests.architecture.test_imports import FEATURES, FURTHER_KINDS, KINDS, PACKAGE, ROOT

from impactmakelaar import config

DOCS = ROOT / "docs"
MAP = (DOCS / "map.md").read_text()
GLOSSARY = (DOCS / "glossary.md").read_text()
CODES = set(re.findall(r"`([a-z_]+)`", GLOSSARY))
BUILT = [name for name in FEATURES if (PACKAGE / name / "__init__.py").exists()]
VOCABULARY = ("Kind", "Role", "State", "Outcome")
"""Names of the lists whose members are words of the field."""
ENUMS = [
    (name, thing)
    for feature in BUILT
    for path in sorted((PACKAGE / feature).glob("rules*.py"))
    for name, thing in vars(import_module(f"impactmakelaar.{feature}.{path.stem}")).items()
    if isinstance(thing, EnumType)
    and name in VOCABULARY
    and thing.__module__.startswith(f"impactmakelaar.{feature}.")
]


def test_map_lists_the_features_in_their_order() -> None:
    assert tuple(re.findall(r"^\d+\. `([a-z_]+)`", MAP, re.MULTILINE)) == FEATURES


def test_map_says_what_each_kind_of_file_may_import() -> None:
    rows = re.findall(r"^\| `([a-z]+)` \|[^|]*\|([^|]*)\|$", MAP, re.MULTILINE)

    assert {kind: set(allowed.strip().split(", ")) for kind, allowed in rows} == KINDS


def test_map_gives_a_reason_for_every_further_name() -> None:
    named = {
        tuple(n.split("/")) for n in re.findall(r"^\| `([a-z]+/[a-z]+)` \|", MAP, re.MULTILINE)
    }

    assert named == set(FURTHER_KINDS)


def test_map_names_every_file_of_the_package_itself() -> None:
    for path in PACKAGE.glob("*.py"):
        if path.name != "__init__.py":
            assert f"  {path.name} " in MAP, path.name


@pytest.mark.parametrize("feature", FEATURES)
def test_glossary_has_every_feature(feature: str) -> None:
    assert feature in CODES


@pytest.mark.parametrize(
    "code", sorted({str(member) for _, thing in ENUMS for member in thing}), ids=str
)
def test_glossary_has_every_state_role_and_kind(code: str) -> None:
    assert code in CODES, f"docs/glossary.md: add the Dutch word for `{code}`"


def test_glossary_gives_every_dutch_word_once() -> None:
    words = re.findall(r"^\| ([^|`]+?) \| `", GLOSSARY, re.MULTILINE)

    assert len(words) > 30
    assert sorted(words) == sorted(set(words))


def test_every_decision_is_numbered_dated_and_short() -> None:
    paths = sorted((DOCS / "decisions").glob("*.md"))

    assert [int(path.name[:4]) for path in paths] == list(range(1, len(paths) + 1))
    for path in paths:
        text = path.read_text()
        assert re.match(r"# \d{4}\. .+\n\n\d{4}-\d{2}-\d{2}\n", text), path.name
        assert len(text.splitlines()) <= 60, path.name


def test_operations_name_every_setting() -> None:
    text = (DOCS / "operations.md").read_text()
    missing = [name for name in config.DEFAULTS if f"`IMPACT_{name}`" not in text]

    assert not missing, f"docs/operations.md: {missing}"


def test_links_between_documents_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_commands_of_the_readme_exist() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"`make ([a-z-]+)", readme)) <= targets


def test_licence_is_the_same_everywhere() -> None:
    publiccode = yaml.safe_load((ROOT / "publiccode.yml").read_text())

    assert publiccode["legal"]["license"] == "EUPL-1.2"
    assert 'license = "EUPL-1.2"' in (ROOT / "pyproject.toml").read_text()
    licence = (ROOT / "LICENSE").read_text()
    assert "EUROPEAN UNION PUBLIC LICENCE v. 1.2" in licence
    assert "Appendix" in licence


def test_version_is_the_same_everywhere() -> None:
    publiccode = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)

    assert version is not None
    assert publiccode["softwareVersion"] == version[1]


def test_nothing_of_one_machine_is_in_the_documents() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.yml"), *DOCS.rglob("*.md")]:
        assert not re.search(r"(?<![\w.])/(?:work|tmp|root|home/\w+)/", path.read_text()), path
