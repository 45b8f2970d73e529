"""Backup, restore and check. A ``cp`` of a live database is no backup: it misses what is in the
write-ahead log and may tear a page in two.

A backup is one tar file: the database as the database itself hands it over, every upload, the
keys that badges are signed with, and a manifest with the SHA-256 of each member. The text index is
not in it (it is made from the database), and neither are the secrets of the settings and the keys
of sealed quotes: those belong in the operator's vault.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from flask import current_app
from sqlalchemy import inspect, make_url, select, text

from impactmakelaar.core import clock, files, signing
from impactmakelaar.core.db import db
from impactmakelaar.core.files import StoredFile

MANIFEST = "manifest.json"
SQLITE_MEMBER = "database.sqlite3"
POSTGRES_MEMBER = "database.pgdump"


class BackupFailed(Exception):  # noqa: N818
    """A backup could not be made, read or trusted; the message says why."""


def make_backup(target: Path) -> Path:
    """Write a backup of the running installation to ``target`` (a .tar file); safe under load."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        members = [_dump_database(Path(folder)), *_uploads(), *_keys()]
        manifest = {
            "made_at": clock.now().isoformat(),
            "revision": _revision(),
            "members": {name: _digest(path) for name, path in members},
        }
        partial = Path(folder) / "partial.tar"
        with tarfile.open(partial, "w") as tar:
            body = json.dumps(manifest, indent=1).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
            for name, path in members:
                tar.add(path, name)
        partial.chmod(0o600)
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(target)
    return target


def verify_backup(source: Path) -> dict[str, Any]:
    """The manifest of a backup whose every member has the digest that the manifest names."""
    try:
        with tarfile.open(source) as tar:
            member = tar.extractfile(MANIFEST)
            if member is None:
                raise BackupFailed(f"{source}: no manifest")
            manifest: dict[str, Any] = json.load(member)
            for name, digest in manifest["members"].items():
                stream = tar.extractfile(name)
                if stream is None or _digest_of(stream) != digest:
                    raise BackupFailed(f"{source}: {name} is missing or was changed")
    except (tarfile.TarError, KeyError, ValueError, OSError) as error:
        raise BackupFailed(f"{source}: not a readable backup ({error})") from error
    return manifest


def restore_backup(source: Path) -> dict[str, Any]:
    """Put a backup back on an installation without a database; returns its manifest.

    :raises BackupFailed: when the backup is damaged or there is a database with tables already.
    """
    manifest = verify_backup(source)
    if inspect(db.engine).get_table_names():
        raise BackupFailed("there is a database here already; move it away first")
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    db.session.remove()
    db.engine.dispose()
    with tempfile.TemporaryDirectory(dir=current_app.instance_path) as folder:
        with tarfile.open(source) as tar:
            tar.extractall(folder, filter="data")
        member = SQLITE_MEMBER if url.get_backend_name() == "sqlite" else POSTGRES_MEMBER
        if member not in manifest["members"]:
            raise BackupFailed(f"{source}: made with another kind of database")
        if url.get_backend_name() == "sqlite":
            if not url.database:
                raise BackupFailed("an in-memory database cannot be restored")
            _restore_files(Path(folder), manifest)
            for tail in ("-wal", "-shm"):
                Path(url.database + tail).unlink(missing_ok=True)
            (Path(folder) / SQLITE_MEMBER).chmod(0o600)
            shutil.move(Path(folder) / SQLITE_MEMBER, url.database)
        else:
            _restore_files(Path(folder), manifest)
            _run(
                *("pg_restore", "--no-owner", "--single-transaction", "--exit-on-error"),
                *("--dbname", _libpq(), f"{folder}/{POSTGRES_MEMBER}"),
            )
    return manifest


def _restore_files(folder: Path, manifest: dict[str, Any]) -> None:
    """The files first, the database last: a restore that breaks off can simply be done again."""
    for name in manifest["members"]:
        if name.startswith("uploads/"):
            path = files.path_of(Path(name).name)
        elif name.startswith("keys/"):
            path = signing.folder(Path(name).parent.name) / Path(name).name
        else:
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.unlink(missing_ok=True)
        shutil.move(folder / name, path)
        path.chmod(0o600)


def check_installation() -> list[str]:
    """What is wrong with the stored data, one sentence each; empty when all is well."""
    return [*_check_database(), *_check_uploads()]


def _check_database() -> Iterator[str]:
    if db.engine.dialect.name != "sqlite":
        return
    with db.engine.connect() as connection:
        for (line,) in connection.execute(text("PRAGMA integrity_check")):
            if line != "ok":
                yield f"database: {line}"
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"database: row {row[1]} of {row[0]} points at nothing in {row[2]}"


def _check_uploads() -> Iterator[str]:
    for row in db.session.scalars(select(StoredFile)):
        path = files.path_of(row.sha256)
        if not path.exists():
            yield f"file {row.public_id} ({row.name}): its bytes are gone"
        elif _digest(path) != row.sha256:
            yield f"file {row.public_id} ({row.name}): its bytes were changed"


def left_behind(older_than: timedelta) -> list[Path]:
    """Uploads that belong to no row: their transaction was rolled back. Harmless, but of no use.

    One that is young may belong to a transaction that is still going on.
    """
    known = set(db.session.scalars(select(StoredFile.sha256)))
    limit = (clock.now() - older_than).timestamp()
    return [p for _, p in _uploads() if p.name not in known and p.stat().st_mtime < limit]


def _dump_database(folder: Path) -> tuple[str, Path]:
    if db.engine.dialect.name == "sqlite":
        path = folder / SQLITE_MEMBER
        url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
        source = sqlite3.connect(str(url.database), timeout=30)
        target = sqlite3.connect(path)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        finally:
            target.close()
            source.close()
        return SQLITE_MEMBER, path
    path = folder / POSTGRES_MEMBER
    _run("pg_dump", "--format=custom", "--no-owner", "--file", str(path), _libpq())
    return POSTGRES_MEMBER, path


def _run(*command: str) -> None:
    # The password goes by the environment: other users of the machine can read a command line.
    password = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).password
    environment = os.environ | ({"PGPASSWORD": password} if password else {})
    try:
        subprocess.run(  # noqa: S603
            command, check=True, capture_output=True, text=True, env=environment
        )
    except FileNotFoundError as error:
        raise BackupFailed(f"{command[0]} is not installed (package postgresql-client)") from error
    except subprocess.CalledProcessError as error:
        raise BackupFailed(f"{command[0]}: {error.stderr.strip()}") from error


def _libpq() -> str:
    url = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"])
    return (
        url.set(drivername="postgresql")
        ._replace(password=None)
        .render_as_string(hide_password=False)
    )


def _uploads() -> list[tuple[str, Path]]:
    root = Path(current_app.config["UPLOAD_DIR"])
    found = sorted(p for p in root.glob("??/*") if len(p.name) == 64) if root.exists() else []
    return [(f"uploads/{path.name}", path) for path in found]


def _keys() -> list[tuple[str, Path]]:
    """Without them nobody could verify the badges that were given out."""
    found = sorted(signing.folder("").glob("*/*.json"))
    return [(f"keys/{path.parent.name}/{path.name}", path) for path in found]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return _digest_of(file)


def _digest_of(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(1024 * 1024):
        digest.update(piece)
    return digest.hexdigest()


def _revision() -> str:
    if not inspect(db.engine).has_table("alembic_version"):
        return ""
    with db.engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
