"""``flask import enterprises``: take in lists from the command line; dry unless told."""

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core.errors import Refused
from impactmakelaar.organisations import queries
from impactmakelaar.profiles import services_import

group = AppGroup("import", help="Lists that others keep.")


@group.command("enterprises")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--for-real", is_flag=True, help="Store; without it only tell what would happen.")
@click.option("--source", default="", help="Name of the source; the file's name when left out.")
def enterprises(files: tuple[Path, ...], for_real: bool, source: str) -> None:
    """Take in enterprises as leads from CSV, XLSX or JSONL files."""
    region = queries.home_region()
    if region is None:
        raise click.ClickException("add a region first: flask organisations add-region")
    for path in files:
        try:
            result = services_import.import_enterprises(
                data=path.read_bytes(),
                name=path.name,
                source=source or path.stem[:80],
                region=region,
                by=None,
                for_real=for_real,
            )
        except Refused as refusal:
            raise click.ClickException(f"{path}: {refusal.sentence}") from refusal
        for row in result.rows:
            for remark in row.remarks:
                click.echo(f"{path.name} regel {row.number}: {row.name or '—'}: {remark}")
        verb = "opgeslagen" if for_real else "klaar om op te slaan (gebruik --for-real)"
        click.echo(f"{path.name}: {result.ready} ondernemingen {verb}.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
