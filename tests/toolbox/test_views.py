"""The pages to read."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.toolbox import cli, queries

SLUGS = [module.slug for module in queries.library().modules]


def test_overview_shows_all_themes_and_modules(client: FlaskClient) -> None:
    page = client.get("/toolbox").text
    assert all(f'href="/toolbox/{slug}"' in page for slug in SLUGS)
    assert "Platform31 en KplusV" in page


@pytest.mark.parametrize("slug", SLUGS)
def test_module_page_names_its_source_and_its_neighbours(client: FlaskClient, slug: str) -> None:
    answer = client.get(f"/toolbox/{slug}")
    assert answer.status_code == 200
    assert "Platform31 en KplusV, in opdracht van City Deal Impact Ondernemen, 2023" in answer.text
    at = SLUGS.index(slug)
    for neighbour in SLUGS[max(0, at - 1) : at + 2]:
        assert neighbour == slug or f'href="/toolbox/{neighbour}"' in answer.text
    module = queries.library().modules[at]
    assert all(f'id="{question.id}"' in answer.text for question in module.questions)


def test_unknown_module_is_not_found(client: FlaskClient) -> None:
    assert client.get("/toolbox/bestaat-niet").status_code == 404
    assert client.get("/toolbox/afdrukken/bestaat-niet").status_code == 404


def test_everything_can_be_printed(client: FlaskClient) -> None:
    page = client.get("/toolbox/afdrukken").text
    assert page.count('class="im-printpage"') == 13
    assert client.get("/toolbox/afdrukken/visie").text.count('class="im-printpage"') == 1


def test_search_leads_to_the_section(client: FlaskClient) -> None:
    page = client.get("/toolbox/zoeken?q=didam").text
    assert "/toolbox/vastgoed#drie-manieren" in page
    assert client.get("/toolbox/zoeken?q=<script>alert(1)</script>").text.count("<script>") == 0
    assert "Niets gevonden" in client.get("/toolbox/zoeken?q=zeppelin").text


def test_register_search_links_to_the_toolbox(client: FlaskClient) -> None:
    assert 'href="/toolbox/zoeken?q=groen"' in client.get("/ondernemingen?q=groen").text


def test_guide_filters_and_ignores_unknown_values(client: FlaskClient) -> None:
    page = client.get("/toolbox/gids?soort=netwerk&regio=Amersfoort").text
    assert "Impact033" in page
    assert "Saxion" not in page
    assert "Saxion" in client.get("/toolbox/gids?soort=onzin").text


def test_check_tells_file_and_line(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "01-kapot.md").write_text("---\nnumber: een\n---\n\n## Kop\n")
    result = app.test_cli_runner().invoke(args=["toolbox", "check", "--folder", str(tmp_path)])
    assert result.exit_code == 1
    assert "01-kapot.md:2:" in result.output


def test_check_is_satisfied_with_the_content(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["toolbox", "check"])
    assert result.exit_code == 0, result.output
    assert "13 modules" in result.output


def test_a_broken_file_leaves_the_others_readable(tmp_path: Path) -> None:
    (tmp_path / "01-kapot.md").write_text("geen front matter")
    source = queries.CONTENT / "06-visie.md"
    (tmp_path / "06-visie.md").write_text(source.read_text())
    found = queries.library(tmp_path)
    assert [module.slug for module in found.modules] == ["visie"]
    assert any(problem.file == "01-kapot.md" for problem in found.problems)


def test_a_broken_list_leaves_the_pages_readable(tmp_path: Path) -> None:
    for name in ("06-visie.md", "themes.yml"):
        (tmp_path / name).write_text((queries.CONTENT / name).read_text())
    (tmp_path / "sources.yml").write_text("- id: [")
    found = queries.library(tmp_path)
    assert [module.slug for module in found.modules] == ["visie"]
    assert ("sources.yml", 1) in {(problem.file, problem.line) for problem in found.problems}


def test_links_of_guide_sources_and_pages_are_asked_once() -> None:
    found = [link for _, link in cli.links(queries.library())]
    assert len(found) == len(set(found))
    assert "https://stadmakersfonds.nl/" in found
    assert "https://sifr.nl/wat-maakt-ons-anders/impact" in found


def test_readability_report_has_every_module() -> None:
    report = cli.readability_report(queries.library())
    assert report.count("\n| ") == 14
    committed = (Path(queries.CONTENT).parents[1] / "docs" / "toolbox-readability.md").read_text()
    assert committed == report


def test_dead_link_is_reported_without_failing(app: Flask) -> None:
    assert cli.dead_because("ftp://oud.example", 1) == "geen webadres"
    assert "geen verbinding" in cli.dead_because("http://127.0.0.1:9/weg", 1)
