"""The toolbox pages stand beside their source: own words, and nothing of it forgotten."""

from pathlib import Path

import pytest
import yaml

from impactmakelaar.toolbox.rules_reading import parse_module
from impactmakelaar.toolbox.rules_words import ADDRESS, shared_runs

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT.parent / "shared" / "source" / "toolbox-impact-ondernemen-2023.txt"
CONTENT = ROOT / "content" / "toolbox"
PAGES = sorted(CONTENT.rglob("*.md")) + sorted(CONTENT.rglob("*.yml"))
MODULES = sorted(CONTENT.glob("[0-9]*.md"))
SKIPPED_STARTS = ("Toolbox ondersteuning", "MODULE", "Foto:", "(address left out)", "http")


def source_path() -> Path:
    """The source text, wherever the repository is checked out beside it."""
    for folder in (ROOT, *ROOT.parents):
        found = folder / "shared" / "source" / SOURCE.name
        if found.is_file():
            return found
    pytest.fail("the source text does not lie beside the repository", pytrace=False)


def exempt() -> list[str]:
    """Titles of publications and names in the directory."""
    named = yaml.safe_load((CONTENT / "sources.yml").read_text())
    found = [title for row in named for title in (row["title"], *row.get("also", ()))]
    for path in (CONTENT / "directory").glob("*.yml"):
        found += [row["name"] for row in yaml.safe_load(path.read_text())["entries"]]
    return found


@pytest.mark.reference
@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_page_shares_no_run_of_words_with_the_source(page: Path) -> None:
    assert shared_runs(page.read_text(), source_path().read_text(), exempt()) == []


@pytest.mark.reference
def test_every_line_of_the_source_is_covered_by_a_module() -> None:
    lines = source_path().read_text().splitlines()
    covered = set[int]()
    for path in MODULES:
        module = parse_module(path.read_text(), path.name)
        for entry in (*module.goals, *module.coverage):
            for first, last in entry.source:
                assert 0 < first <= last <= len(lines), (path.name, entry)
                covered |= set(range(first, last + 1))
    start = next(i for i, line in enumerate(lines, 1) if "Hoe organiseer je (bestuurlijk)" in line)
    end = next(i for i, line in enumerate(lines, 1) if line.strip() == "Colofon")
    missed = [
        f"{number}: {line}"
        for number, line in enumerate(lines, 1)
        if start <= number < end - 2
        and number not in covered
        and len(ADDRESS.sub("", line).split()) > 3
        and not line.rstrip().endswith(("module", "module 1 2"))
        and not line.strip().startswith(SKIPPED_STARTS)
    ]
    assert missed == []
