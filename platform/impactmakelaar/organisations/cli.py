"""``flask organisations …``: the first steps of a new installation."""

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.core.reference import reference
from impactmakelaar.organisations import queries, services, services_invitations

group = AppGroup("organisations", help="Regions and their first administrators.")


@group.command("add-region")
@click.argument("name")
@click.option("--labour-market-region", default="", help="Code of the CBS, e.g. AM37.")
def add_region(name: str, labour_market_region: str) -> None:
    """Add a region with the municipalities of its labour-market region."""
    codes = sorted(reference().region_members(labour_market_region))
    if not codes:
        raise click.ClickException("unknown labour-market region; expected a code such as AM37")
    services.create_region(
        name=name,
        labour_market_region=labour_market_region,
        municipalities=codes,
        since=clock.today(),
    )
    click.echo(f"{name}: {len(codes)} municipalities.")


@group.command("invite-admin")
@click.argument("email")
def invite_admin(email: str) -> None:
    """Mail the first administrator of the region an invitation."""
    region = queries.home_region()
    if region is None:
        raise click.ClickException("add a region first")
    services_invitations.invite_first_admin(region=region, email=email)
    click.echo(f"An invitation for {region.name} waits in the outbox for {email}.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
