"""``flask admission check``: do the decisions agree with the votes?"""

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.admission import queries_check

group = AppGroup("admission", help="Toelating: controles.")


@group.command("check")
def check() -> None:
    """Recount every vote and name what breaks a rule; exit code 1 when anything does."""
    found = queries_check.broken()
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} afwijkingen")
    if found:
        raise SystemExit(1)


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(group)
