"""``flask reference load-cpv FILE``: take in the complete official CPV list."""

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from impactmakelaar.core import reference

group = AppGroup("reference", help="Tables of facts.")


@group.command("load-cpv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load_cpv(file: Path) -> None:
    """Load the official list of CPV codes (CSV or XML of the EU Publications Office)."""

    def progress(pairs):  # type: ignore[no-untyped-def]
        with click.progressbar(list(pairs), label="CPV-codes") as bar:
            yield from bar

    try:
        count = reference.write_full_cpv(file, Path(current_app.instance_path), progress)
    except (ValueError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from error
    click.echo(
        f"{count} codes. Restart the server and run `flask search rebuild`, "
        "so that pages and search know the labels."
    )


def init_app(app: Flask) -> None:
    """Register the command."""
    app.cli.add_command(group)
