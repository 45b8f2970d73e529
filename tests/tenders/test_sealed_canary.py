"""Nothing of a quote is anywhere before the opening: files, backup, logs, every table."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, text
from tests.conftest import on_both
from tests.tenders.makers import (
    AFTER,
    DEADLINE,
    NOW,
    first,
    hand_in,
    make_scene,
    make_sent,
    quote_of,
)

from impactmakelaar.core import backup, mail, sealing
from impactmakelaar.core.db import db
from impactmakelaar.core.files import Accepted
from impactmakelaar.tenders import (
    services_quotes,
)

CANARY = "KANARIE7f3a9"
CANARY_PRICE = 91_827_364_55


def everywhere(app: Flask, tmp_path: Path, log_text: str) -> dict[str, bytes]:
    """Every file of the installation, a backup, the logs, and every text in the database."""
    found = {"log": log_text.encode()}
    if db.engine.dialect.name == "sqlite":
        archive = backup.make_backup(tmp_path / "backup.tar")
    else:
        # Its files lie with the server; what stands in them is what the tables hold.
        archive = tmp_path / "tables.txt"
        archive.write_bytes(b"\n".join(rows_of_all_tables()))
    mail.send_waiting(mail.transport_from_config(), AFTER)
    for path in [*Path(app.instance_path).rglob("*"), *tmp_path.rglob("*"), archive]:
        if path.is_file():
            found[str(path)] = path.read_bytes()
    return found


def rows_of_all_tables() -> list[bytes]:
    """Every value of every table, bytes as they are."""
    found = []
    with db.engine.connect() as connection:
        for table in inspect(db.engine).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                found += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    return found


@on_both
def test_no_trace_of_a_quote_before_the_opening(
    app: Flask,
    as_person: Callable[..., FlaskClient],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    values = quote_of(CANARY_PRICE, CANARY)
    name = f"{CANARY}-bestand"
    body = b"%PDF-1.7\n" + CANARY.encode() + b"\n%%EOF\n"
    values["files"] = [services_quotes.file_value(Accepted(body, "application/pdf", ".pdf"), name)]
    services_quotes.save_draft(invitation=one, quote=values, by=scene.owner(one), now=NOW)
    services_quotes.submit(
        invitation=one,
        quote=values,
        submission="s",
        by=scene.owner(one),
        received_at=DEADLINE - timedelta(hours=1),
    )
    as_person(scene.buyer).get(f"/opdrachten/{row.public_id}")
    places = everywhere(app, tmp_path, caplog.text)

    assert any(name.endswith(".eml") for name in places)
    assert any(name.endswith(("test.db", "tables.txt")) for name in places)
    for needle in (CANARY.encode(), b"9182736455", str(CANARY_PRICE).encode()):
        assert not [name for name, data in places.items() if needle in data]
    keys = [name for name in places if name.endswith(".key")]
    assert len(keys) == 1
    key = Path(keys[0]).read_bytes()
    assert not [name for name, data in places.items() if key in data and name not in keys]


@on_both
def test_the_scan_would_find_a_quote_that_is_not_sealed(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    monkeypatch.setattr(sealing, "seal", lambda content, **_: content)
    hand_in(scene, first(row), text=CANARY)

    places = everywhere(app, tmp_path, caplog.text)

    assert [name for name, data in places.items() if CANARY.encode() in data]
