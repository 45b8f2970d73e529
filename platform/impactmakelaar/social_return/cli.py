"""``flask social-return``: prove the ledger, write the letters of the day."""

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.social_return import services_ledger, services_letters

group = AppGroup("social-return", help="Social return: prove the ledger.")


@group.command("check")
def check() -> None:
    """Recompute every balance from its entries, and every entry from what it stands for."""
    wrong = services_ledger.check(clock.today())
    for line in wrong:
        click.echo(line, err=True)
    click.echo("The ledger adds up." if not wrong else f"{len(wrong)} things do not add up.")
    sys.exit(1 if wrong else 0)


@group.command("remind")
@click.option("--dry-run", is_flag=True, help="Only show which letters are due.")
def remind(dry_run: bool) -> None:
    """Write the letters that are due today; each is sent once."""
    today = clock.today()
    if dry_run:
        for contract, kind in services_letters.plan_reminders(today):
            click.echo(f"{contract.public_id} {contract.title}: {kind}")
        return
    click.echo(f"{services_letters.send_reminders(today)} letters wait in the outbox.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
