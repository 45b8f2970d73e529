"""``flask badges …``: look after the signing keys and give out what is due."""

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.badges import queries, services
from impactmakelaar.core import clock
from impactmakelaar.organisations.queries import home_region

group = AppGroup("badges", help="SROI badges and their signing keys.")


@group.command("issue")
def issue() -> None:
    """Give out and revoke what is due; the worker does the same."""
    region = home_region()
    count = services.follow(region=region, today=clock.today()) if region else 0
    click.echo(f"{count} badges bijgewerkt.")


@group.command("rotate-key")
@click.option("--region", "public_id", default="", help="Public id; the site's own by default.")
def rotate_key(public_id: str) -> None:
    """Sign with a new key; what was signed before can still be verified."""
    region = queries.region(public_id) if public_id else home_region()
    if region is None:
        raise click.ClickException("deze regio bestaat niet")
    click.echo(f"Nieuwe sleutel voor {region.name}: {services.rotate_key(region=region).id}")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)
