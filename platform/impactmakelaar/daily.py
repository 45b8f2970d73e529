"""``flask daily``: the letters of the day, and what is past its term of keeping.

What is due follows from the day alone, so a run may be repeated, killed or missed: each letter
is written once, in a transaction of its own, and after a pause only the most urgent one. No
standing and no right depends on a run: it writes letters, and erases what may no longer be kept.
A day that looks strange stops both: a wrong clock must not erase seven years of records.
"""

import sys
from datetime import date, timedelta

import click
from flask import Flask

from impactmakelaar.admission import services_standing as admission
from impactmakelaar.admission.queries_certificates import last_run
from impactmakelaar.admission.rules_reminders import strange_day
from impactmakelaar.core import backup, clock
from impactmakelaar.core.dutch import long_date
from impactmakelaar.intake import services_outcome as intake
from impactmakelaar.social_return import services_letters as social_return
from impactmakelaar.tenders import queries_keeping as keeping
from impactmakelaar.tenders import services_keeping as tenders

ORPHAN_AGE = timedelta(hours=1)
"""A younger upload without a row may belong to a transaction that is still going on."""


@click.command("daily")
@click.option("--dry-run", is_flag=True, help="Only show who would get which letter.")
@click.option("--confirm", is_flag=True, help="Send although the day looks strange.")
def daily_command(dry_run: bool, confirm: bool) -> None:
    """Write the letters that are due today."""
    sys.exit(run(clock.today(), dry_run=dry_run, confirm=confirm))


def run(today: date, *, dry_run: bool, confirm: bool) -> int:
    """The letters of a day; 0 when done, 3 when a person must confirm first."""
    plan = admission.plan_reminders(today)
    for letter in plan.letters if dry_run else ():
        people = ", ".join(letter.recipients) or "niemand"
        click.echo(f"{letter.enterprise}: {describe(letter)} -> {people}")
    past_term = keeping.past_term(today)
    doubt = plan.doubt or (strange_day(last_run(), today) if past_term else "")
    if doubt and not confirm:
        click.echo(f"Gestopt: {doubt}", err=True)
        click.echo("Klopt de datum? Bekijk de lijst met --dry-run en gebruik --confirm.", err=True)
        return 3
    if dry_run:
        due = social_return.plan_reminders(today)
        for contract, kind in due:
            click.echo(f"{contract.contractor.name}: social return, {contract.title} ({kind})")
        asked = intake.plan_follow_ups(today)
        for outcome, days in asked:
            sides = (outcome.meeting.contractor, outcome.meeting.enterprise)
            names = " en ".join(one.organisation.name for one in sides)
            click.echo(f"{names}: hoe gaat het, {days} dagen na hun gesprek")
        count = len(plan.letters) + len(due) + len(asked)
        click.echo(f"{count} brieven; er is niets verstuurd.")
        for past in past_term:
            click.echo(
                f"{past.row.organisation.name}: “{past.row.title}” hoefde bewaard te worden tot en "
                f"met {long_date(past.kept_until)} en wordt gewist."
            )
        return 0
    sent = sum(admission.send_reminder(planned=letter, today=today) for letter in plan.letters)
    sent += social_return.send_reminders(today)
    sent += intake.send_follow_ups(today)
    admission.finish_day(today=today, letters=sent)
    erased = tenders.erase_past_term(today)
    for path in backup.left_behind(ORPHAN_AGE) if erased else ():
        path.unlink(missing_ok=True)
    click.echo(f"{today}: {sent} brieven klaargezet, {erased} opdrachten gewist.")
    return 0


def describe(letter: admission.Planned) -> str:
    """Which letter, in words."""
    what = "eerste jaar" if letter.term.kind == "grace" else "keurmerk"
    days = letter.due.send
    when = f"{days} dagen voor" if days > 0 else "op" if days == 0 else f"{-days} dagen na"
    return f"{what}, {when} {letter.term.last_day}"


def init_app(app: Flask) -> None:
    """Add the command."""
    app.cli.add_command(daily_command)
