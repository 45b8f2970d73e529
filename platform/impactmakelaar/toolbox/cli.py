"""``flask toolbox …``: look after the pages in content/toolbox."""

import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.toolbox.queries import CONTENT, Library, library
from impactmakelaar.toolbox.rules_words import Readability, readability

group = AppGroup("toolbox", help="The pages of the toolbox.")
REPORT = Path(__file__).resolve().parents[3] / "docs" / "toolbox-readability.md"
NO_CONNECTION = "geen verbinding"
WRITTEN_LINK = re.compile(r"\]\((https?://[^)\s]+)\)")
MAX_MEAN = 15
MAX_LONGEST = 30


@group.command("check")
@click.option("--folder", type=click.Path(exists=True, path_type=Path), default=CONTENT)
def check(folder: Path) -> None:
    """Tell every mistake in the content files with file and line; exit 1 when there is one."""
    found = library(folder)
    for problem in found.problems:
        click.echo(str(problem))
    if found.problems:
        sys.exit(1)
    count = sum(len(module.questions) for module in found.modules)
    click.echo(
        f"{len(found.modules)} modules, {count} vragen, {len(found.entries)} in de gids: goed."
    )


@group.command("check-links")
@click.option("--timeout", default=10, help="Seconds per address.")
def check_links(timeout: int) -> None:
    """Open every link of guide, sources and pages; report the dead ones. It changes nothing.

    Without a network nothing can be said, and that is no failure.
    """
    asked = list(links(library()))
    dead = [(name, link, why) for name, link in asked if (why := dead_because(link, timeout))]
    if dead and len(dead) == len(asked) and all(NO_CONNECTION in why for _, _, why in dead):
        click.echo(f"Geen netwerk: {len(asked)} links zijn niet nagekeken.")
        return
    for name, link, why in dead:
        click.echo(f"{name}: {link}: {why}")
    click.echo(f"{len(asked)} links, {len(dead)} niet bereikbaar.")
    click.echo(f"Zet bij de goede regels van de gids: checked_on: {clock.today().isoformat()}")
    if dead:
        sys.exit(1)


def links(found: Library) -> Iterable[tuple[str, str]]:
    """(where it stands, address) of each link, once."""
    seen = set[str]()
    pairs = [(entry.name, entry.link) for entry in found.entries]
    pairs += [(row["title"], row.get("url", "")) for row in found.sources.values()]
    pairs += [
        (f"module {module.number}", link)
        for module in found.modules
        for section in module.sections
        for link in WRITTEN_LINK.findall(section.text)
    ]
    for name, link in pairs:
        if link and link not in seen:
            seen.add(link)
            yield name, link


def dead_because(link: str, timeout: int) -> str:
    """Why an address cannot be read; "" when it can."""
    if not link.startswith(("https://", "http://")):
        return "geen webadres"
    request = urllib.request.Request(link, headers={"User-Agent": "impactmakelaar link check"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310
            return "" if answer.status < 400 else f"antwoord {answer.status}"
    except urllib.error.HTTPError as error:
        return f"antwoord {error.code}"
    except (OSError, ValueError) as error:
        return f"{NO_CONNECTION} ({getattr(error, 'reason', error)})"


@group.command("readability")
@click.option("--output", type=click.Path(path_type=Path), default=REPORT)
def report(output: Path) -> None:
    """Write the readability report: sentence length and long words per page."""
    output.parent.mkdir(exist_ok=True)
    output.write_text(readability_report(library()), encoding="utf-8")
    click.echo(f"Geschreven: {output.name}")


def readability_report(found: Library) -> str:
    """The report as Markdown."""
    lines = [
        "# Readability of the toolbox",
        "",
        (
            f"Made by `flask toolbox readability`. Aim for level B1: at most {MAX_MEAN} words per "
            f"sentence on average, no sentence over {MAX_LONGEST} words, few words of 13 letters "
            "or more."
        ),
        "",
        "| Module | Words | Sentences | Words per sentence | Longest | Long words |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    longest = []
    for module in found.modules:
        figures: Readability = readability("\n\n".join(s.text for s in module.sections))
        lines.append(
            f"| {module.number}. {module.title} | {figures.words} | {figures.sentences} "
            f"| {figures.mean:.1f} | {figures.longest} | {figures.long_share:.0%} |"
        )
        longest.append(
            f"- Module {module.number} ({figures.longest} words): “{figures.longest_sentence}”"
        )
    return "\n".join([*lines, "", "## The longest sentence of each page", "", *longest, ""])


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
