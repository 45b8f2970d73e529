"""``flask search …``: look after the text index and the mails of saved searches."""

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.register import services, services_index

group = AppGroup("search", help="The text index.")


@group.command("rebuild")
def rebuild() -> None:
    """Make the index anew from the database; the old one answers meanwhile."""
    last = [0]

    def show(count: int) -> None:
        click.echo(f"\r{count} ondernemingen", nl=False)
        last[0] = count

    count = services_index.rebuild_index(clock.today(), show)
    click.echo(f"\r{count} ondernemingen: klaar.")


@group.command("check")
def check() -> None:
    """Tell every difference between the index and the database; exit 1 when there is one."""
    wrong = services_index.check_index(clock.today())
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        sys.exit(1)
    click.echo("The index equals the database.")


@group.command("alerts")
def alerts() -> None:
    """Put the letters about new matches in the outbox; at most one a day per search."""
    click.echo(f"{services.send_alerts(clock.now())} letters.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
