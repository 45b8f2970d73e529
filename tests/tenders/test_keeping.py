"""Terms of keeping: what is past its term is erased, what is not stays, a dry run only tells."""

import io
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError
from tests.conftest import on_both
from tests.tenders.makers import (
    AFTER,
    NOW,
    TODAY,
    hand_in,
    make_draft,
    make_scene,
    make_selected,
    make_sent,
    open_box,
    quote_of,
)

from impactmakelaar import daily
from impactmakelaar.core import audit, clock, files, mail, mail_keeping, sealing
from impactmakelaar.core.db import db, transaction
from impactmakelaar.core.files import Accepted, StoredFile
from impactmakelaar.tenders import (
    queries,
    queries_invitations,
    queries_keeping,
    services,
    services_award,
    services_documents,
    services_keeping,
    services_quotes,
)
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.rules import counted_from, kept_until

CANARY = "KANARIE91c2"
YEARS = 2
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def drafted(scene: object) -> Tender:
    """A draft with a document."""
    row = make_draft(scene, description=CANARY)  # type: ignore[arg-type]
    services_documents.add_documents(
        row=row,
        uploads=[(io.BytesIO(PDF), f"{CANARY}.pdf")],
        by=scene.buyer,  # type: ignore[attr-defined]
        now=NOW,
    )
    return row


def awarded(scene: object) -> Tender:
    """A request that was awarded on the day after its deadline, with a file in a quote."""
    services.save_settings(
        organisation=scene.authority,  # type: ignore[attr-defined]
        open_with=2,
        keep_years=YEARS,
        standstill_days=0,
        by=scene.buyer,  # type: ignore[attr-defined]
        now=NOW,
    )
    row = make_sent(scene, description=CANARY)  # type: ignore[arg-type]
    one, two = queries_invitations.invitations(row)[:2]
    value = services_quotes.file_value(Accepted(PDF, "application/pdf", ".pdf"), f"{CANARY}.pdf")
    services_quotes.submit(
        invitation=one,
        quote=quote_of(text=CANARY) | {"files": [value]},
        submission="s",
        by=scene.owner(one),  # type: ignore[attr-defined]
        received_at=NOW,
    )
    hand_in(scene, two, text=CANARY)  # type: ignore[arg-type]
    open_box(scene, row)  # type: ignore[arg-type]
    services_award.award(
        row=row,
        quote_id="",
        motivation=f"Wij gunnen niet: {CANARY}.",
        by=scene.buyer,  # type: ignore[attr-defined]
        now=AFTER,
        today=AFTER.date(),
    )
    return row


def tables_with(word: str) -> list[str]:
    """Tables in which a word stands anywhere."""
    found = []
    with db.engine.connect() as connection:
        for table in inspect(db.engine).get_table_names():
            rows = connection.execute(text(f'SELECT * FROM "{table}"'))
            if any(word in str(value) for row in rows for value in row):
                found.append(table)
    return found


@on_both
def test_past_the_term_nothing_of_it_is_left_but_figures(app: Flask, tmp_path: Path) -> None:
    scene = make_scene(4)
    row = awarded(scene)
    key, name = row.public_id, row.box_name
    last = kept_until(AFTER.date(), YEARS)
    assert queries_keeping.past_term(last) == []
    assert services_keeping.erase_past_term(last) == 0
    assert queries.tender(key) is not None

    assert services_keeping.erase_past_term(last + timedelta(days=1)) == 1

    assert queries.tender(key) is None
    assert queries.tenders_of(scene.authority) == []
    assert queries_invitations.invitations_of(scene.enterprises[0]) == []
    # The letters have a term of their own, and the trail is that of the organisation.
    assert set(tables_with(CANARY)) <= {"outbox_mail"}
    mail.send_waiting(mail.FileTransport(tmp_path), clock.now(), limit=500)
    later = clock.now() + timedelta(days=mail_keeping.LETTER_DAYS + 1)
    mail_keeping.expire(now=later, for_real=True)
    assert tables_with(CANARY) == []
    assert not sealing.has_key(name or "")
    assert db.session.query(StoredFile).count() == 0
    [line] = [
        one for one in audit.of_organisation(scene.authority) if one.action == "tender.erased"
    ]
    assert line.details == {"kept_until": last.isoformat()}
    kept = db.session.query(Tender).one()
    assert (kept.value_high, kept.cpv, kept.title) == (80_000_00, "77310000", "")
    assert services_keeping.erase_past_term(last + timedelta(days=2)) == 0


@on_both
def test_the_database_keeps_the_record_within_the_term(app: Flask) -> None:
    scene = make_scene(4)
    awarded(scene)
    for statement in (
        "DELETE FROM draw",
        "DELETE FROM opening_minutes",
        "INSERT INTO tender_erasure SELECT id, '2026-12-11', '2026-12-11' FROM tender",
    ):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


def test_a_request_that_runs_is_never_past_its_term(app: Flask) -> None:
    scene = make_scene(4)
    make_sent(scene)
    selected, draft = make_selected(scene), make_draft(scene)
    later = TODAY + timedelta(days=365 * 9)

    due = {past.row.id for past in queries_keeping.past_term(later)}

    assert due == {selected.id, draft.id}


def test_a_document_that_a_copy_still_uses_stays(app: Flask) -> None:
    scene = make_scene(1)
    row = drafted(scene)
    fresh = services.copy_request(row=row, by=scene.buyer, now=NOW + timedelta(days=365 * 6))
    [past] = queries_keeping.past_term(TODAY + timedelta(days=365 * 8))

    services_keeping.erase(past=past, today=TODAY + timedelta(days=365 * 8))

    assert past.row.id == row.id
    assert db.session.query(StoredFile).count() == 1
    assert fresh.document["description"] == CANARY


def test_the_dry_run_tells_and_the_daily_run_erases(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = make_scene(4)
    row = awarded(scene)
    stored = db.session.query(StoredFile).one()
    path = files.path_of(stored.sha256)
    day = kept_until(AFTER.date(), YEARS) + timedelta(days=1)

    assert daily.run(day, dry_run=True, confirm=True) == 0
    assert f"“{row.title}” hoefde bewaard te worden" in capsys.readouterr().out
    assert queries.tender(row.public_id) is not None
    old(path)
    assert daily.run(day, dry_run=False, confirm=True) == 0
    assert "1 opdrachten gewist" in capsys.readouterr().out
    assert not path.exists()


def old(path: Path) -> None:
    """A file that was written long ago."""
    os.utime(path, (0, 0))


@pytest.mark.parametrize(
    ("later", "counted"),
    [
        ((), date(2026, 12, 10)),
        ((None, date(2027, 3, 1)), date(2027, 3, 1)),
        ((date(2026, 1, 1),), date(2026, 12, 10)),
    ],
)
def test_the_term_counts_from_the_end_of_what_came_of_it(
    later: tuple[date | None, ...], counted: date
) -> None:
    assert counted_from(date(2026, 12, 10), *later) == counted
