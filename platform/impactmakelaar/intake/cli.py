"""``flask intake``: the letters that ask how an agreement goes."""

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.intake import services_outcome

group = AppGroup("intake", help="Intake tables: letters afterwards.")


@group.command("remind")
def remind() -> None:
    """Ask how agreements of 30 and 90 days ago go; each letter is sent once."""
    click.echo(f"{services_outcome.send_follow_ups(clock.today())} letters")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
