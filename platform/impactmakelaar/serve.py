"""Commands that run and look after an installation: serve, work, backup, restore, check."""

import shutil
import signal
import sys
from datetime import timedelta
from pathlib import Path

import click
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import inspect, text

from impactmakelaar import demonstration, processes
from impactmakelaar.core import backup, clock
from impactmakelaar.core.db import db

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
ORPHAN_AGE = timedelta(hours=1)


@click.command("serve")
@click.option("--bind", default="127.0.0.1:8000", help="Address and port to listen on.")
@click.option("--workers", default=2, help="Processes that answer requests.")
@click.option("--prepare", is_flag=True, help="Migrate first, and load the demonstration.")
def serve_command(bind: str, workers: int, prepare: bool) -> None:
    """Run the web server and the worker until stopped."""
    processes.check_free(bind)
    if prepare:
        prepare_database()
    for sentence in known_passwords():
        raise click.ClickException(f"refusing to start: {sentence}")
    db.session.remove()
    db.engine.dispose()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    sys.exit(processes.run(app, bind, workers, lambda: announce(bind)))


def announce(bind: str) -> None:
    """Say where it runs and how to sign in."""
    click.echo(f"\n  Impactmakelaar: http://{bind}\n")
    if current_app.config["DEMONSTRATION"]:
        click.echo("  Demonstratie-accounts (wachtwoord voor alle: ", nl=False)
        click.echo(f"{demonstration.PASSWORD})")
        for label, email in demonstration.accounts():
            click.echo(f"    {label:<42} {email}")
        click.echo(f"\n  Mail: {Path(current_app.instance_path) / 'mail'}")
    click.echo("  Stoppen: Ctrl+C\n")


def prepare_database() -> None:
    """Migrate (after a backup of what there is) and load the demonstration into an empty one."""
    here, newest = current_revision(), head_revision()
    if here and here not in known_revisions():
        raise click.ClickException(
            f"The database is of version {here}, which this program does not know. "
            "Use a newer program, or restore a backup."
        )
    if here != newest:
        if here:
            stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
            target = Path(current_app.instance_path) / "backups" / f"before-{newest}-{stamp}.tar"
            click.echo(f"Backup: {backup.make_backup(target)}")
        upgrade(directory=str(MIGRATIONS))
    if current_app.config["DEMONSTRATION"] and demonstration.is_empty():
        click.echo("Loading the demonstration region ...")
        demonstration.load(clock.now())


def known_passwords() -> list[str]:
    """In production: that there are demonstration accounts, whose password is in this program."""
    if current_app.config["MODE"] != "production" or not inspect(db.engine).has_table("person"):
        return []
    if not demonstration.accounts():
        return []
    return ["this database holds demonstration accounts; production needs one of its own"]


def current_revision() -> str:
    """The version of the database; empty when it has no tables yet."""
    if not inspect(db.engine).has_table("alembic_version"):
        return ""
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else ""


def known_revisions() -> set[str]:
    """Every version that this program has a migration for."""
    return {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}


def head_revision() -> str:
    """The version that this program expects."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


@click.command("work")
@click.option("--once", is_flag=True, help="Do one round and stop.")
def work_command(once: bool) -> None:
    """Send mail, keep the index, run long jobs."""
    worker = current_app.extensions["worker"]
    if once:
        worker.work_once()
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: worker.stopping.set())
    worker.run(current_app._get_current_object())  # type: ignore[attr-defined]


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path), required=False)
def backup_command(target: Path | None) -> None:
    """Write a consistent backup (database and uploads) to one file."""
    stamp = clock.local(clock.now()).strftime("%Y%m%d-%H%M%S")
    target = target or Path(current_app.instance_path) / "backups" / f"backup-{stamp}.tar"
    try:
        click.echo(backup.make_backup(target))
    except backup.BackupFailed as error:
        raise click.ClickException(str(error)) from error


@click.command("restore")
@click.argument("source", type=click.Path(exists=True, path_type=Path))
def restore_command(source: Path) -> None:
    """Put a backup back where there is no database yet; the index is made anew by the worker."""
    try:
        revision = backup.verify_backup(source)["revision"]
        if revision and revision not in known_revisions():
            raise backup.BackupFailed(
                f"{source} is of version {revision}, which this program does not know"
            )
        manifest = backup.restore_backup(source)
    except backup.BackupFailed as error:
        raise click.ClickException(str(error)) from error
    shutil.rmtree(current_app.config["SEARCH_DIR"], ignore_errors=True)
    click.echo(f"Restored the backup of {manifest['made_at']}.")


@click.command("check")
@click.option("--sweep", is_flag=True, help="Remove uploads that belong to nothing.")
def check_command(sweep: bool) -> None:
    """Check settings, database and files; exit 1 when something is wrong."""
    wrong = [*backup.check_installation(), *known_passwords()]
    for path in backup.left_behind(ORPHAN_AGE):
        click.echo(f"note: {path.name} belongs to nothing" + (", removed" if sweep else ""))
        if sweep:
            path.unlink()
    here, newest = current_revision(), head_revision()
    if here != newest:
        wrong.append(f"database: version {here or 'none'}, this program expects {newest}")
    for sentence in wrong:
        click.echo(sentence)
    if wrong:
        sys.exit(1)
    click.echo("All is well.")


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (
        serve_command,
        work_command,
        backup_command,
        restore_command,
        check_command,
    ):
        app.cli.add_command(command)
