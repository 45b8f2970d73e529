"""``flask import enterprises``: take in lists from the command line; dry unless told."""

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import queries
from impactmakelaar.profiles import services_import

group = AppGroup("import", help="Lists that others keep.")


SUFFIXES = (".csv", ".xlsx", ".jsonl", ".ndjson")


@group.command("enterprises")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--for-real", is_flag=True, help="Store; without it only tell what would happen.")
@click.option("--source", default="", help="Name of the source; the file's name when left out.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=MEANING",
    help="What a column holds, e.g. “Sociale Werkvoorziening=name”; may be repeated.",
)
def enterprises(
    files: tuple[Path, ...], for_real: bool, source: str, columns: tuple[str, ...]
) -> None:
    """Take in enterprises as leads from CSV, XLSX or JSONL files, or a folder with such files."""
    region = queries.home_region()
    if region is None:
        raise click.ClickException("add a region first: flask organisations add-region")
    chosen = dict(column.rpartition("=")[::2] for column in columns)
    for path in files:
        within = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES) if path.is_dir() else []
        for one in within or [path]:
            try:
                take_in(one, region, source or one.stem[:80], chosen, for_real=for_real)
            except Refused as refusal:
                if not within:
                    raise click.ClickException(f"{one}: {refusal.sentence}") from refusal
                click.echo(f"{one.name}: overgeslagen. {refusal.sentence}")


def take_in(
    path: Path, region: Any, source: str, chosen: dict[str, str], *, for_real: bool
) -> None:
    """Take in one file and print what there is to know about each row."""
    if path.is_dir():
        raise Refused("In deze map staan geen lijsten.")
    with click.progressbar(length=100, label=path.name) as bar:
        result = services_import.import_enterprises(
            data=path.read_bytes(),
            name=path.name,
            source=source,
            region=region,
            by=None,
            for_real=for_real,
            chosen=chosen,
            progress=lambda done, total: bar.update(100 * done // total - bar.pos),
        )
    for row in result.rows:
        for remark in row.remarks:
            click.echo(f"{path.name} regel {row.number}: {row.name or '—'}: {remark}")
    for place, names in result.vanished:
        click.echo(f"{path.name}: gemeente {place} bestaat niet (meer): {', '.join(names)}")
    verb = "opgeslagen" if for_real else "klaar om op te slaan (gebruik --for-real)"
    click.echo(f"{path.name}: {result.ready} ondernemingen {verb}.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
