"""``flask tenders …``: replay a record, take notices in, write Open Contracting Data."""

import json
import sys
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from impactmakelaar.core import clock
from impactmakelaar.organisations.queries import by_public_id
from impactmakelaar.tenders import queries, queries_ocds, rules_ocds, rules_replay, services

group = AppGroup("tenders", help="Requests below the threshold.")
PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


@group.command("replay", with_appcontext=False)
@click.argument("file", type=PATH)
def replay(file: Path) -> None:
    """Do the selection of an exported record again, from the file alone; exit 1 on a mismatch."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        wrong = rules_replay.replay(record)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        click.echo("Dit bestand is geen selectiedossier.")
        sys.exit(2)
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        sys.exit(1)
    draw = record["draw"]
    click.echo("Het dossier klopt. Volgorde:")
    for number, turn in enumerate(draw["order"], 1):
        mark = "*" if turn["kvk"] in draw["chosen"] else " "
        click.echo(f"{mark} {number}. {turn['kvk']} {turn['last_invited_on'] or 'nooit'}")


@group.command("import")
@click.argument("file", type=PATH)
@click.option("--organisation", required=True, help="Public id of the buying organisation.")
def take_in(file: Path, organisation: str) -> None:
    """Take notices (JSON lines) in as drafts; what is there already stays as it is."""
    buyer = by_public_id(organisation)
    if buyer is None:
        raise click.ClickException("no such organisation")
    added = known = 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            notice = json.loads(line)
            values = rules_ocds.notice_values(notice)
        except (ValueError, AttributeError, TypeError) as error:
            click.echo(f"line {number}: {error}", err=True)
            continue
        source = values["source"] or f"{file.name}:{number}"
        if services.import_notice(
            organisation=buyer, values=values, source_id=source, now=clock.now()
        ):
            added += 1
        else:
            known += 1
    click.echo(f"{added} requests, {known} known already.")


@group.command("ocds")
@click.option("--organisation", required=True, help="Public id of the buying organisation.")
def ocds(organisation: str) -> None:
    """Write an organisation's requests as one OCDS 1.1 release package."""
    buyer = by_public_id(organisation)
    rows = queries.tenders_of(buyer) if buyer is not None else []
    if not rows:
        raise click.ClickException("no such organisation, or no requests")
    click.echo(json.dumps(queries_ocds.package(rows, clock.now()), ensure_ascii=False, indent=1))


def init_app(app: Flask) -> None:
    """Register the commands."""
    app.cli.add_command(group)
