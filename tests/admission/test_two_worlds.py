"""Who has an interest, or may not know yet, reads the same bytes with and without the secret.

A reader asks every page that there is, with every id that there is, in both worlds; every answer
must be equal: status, headers and body.
"""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from impactmakelaar.admission import (
    queries_decisions,
    queries_meetings,
    queries_reviews,
)
from impactmakelaar.admission.models import Application
from impactmakelaar.core.db import db
from tests.admission.asking import differences
from tests.admission.two_worlds import BAIT, World, application_on


@pytest.mark.parametrize("reader", ["recused", "recused-buyer", "buyer", "elsewhere", "anonymous"])
def test_the_application_does_not_exist_for(
    worlds: dict[str, World], reader: str, tmp_path: Path
) -> None:
    assert differences(worlds, "without", "with", reader, tmp_path) == []


def test_the_applicant_learns_nothing_of_who_judged_and_how(
    worlds: dict[str, World], tmp_path: Path
) -> None:
    assert differences(worlds, "with", "other", "applicant", tmp_path) == []


def test_an_undeclared_member_reads_nothing_of_the_dossier(
    worlds: dict[str, World], tmp_path: Path
) -> None:
    assert differences(worlds, "with", "other", "undeclared", tmp_path) == []


def test_the_worlds_do_differ_for_who_may_know(worlds: dict[str, World], tmp_path: Path) -> None:
    pages = ("admission.own", "admission.application", "admission.own_interests")
    found = differences(worlds, "without", "with", "applicant", tmp_path, only=pages)
    assert any(path.startswith("GET /toelating") for path in found)


def test_no_letter_reaches_who_may_not_know(worlds: dict[str, World]) -> None:
    for reader in ("recused", "elsewhere"):
        assert worlds["with"].mails[reader] == worlds["without"].mails[reader]


def test_bait_stands_where_it_should(worlds: dict[str, World], tmp_path: Path) -> None:
    """The secret really is in the database, in every field that the worlds are about."""
    shutil.copy(worlds["with"].path, tmp_path / "look.db")
    app = application_on(tmp_path / "look.db", tmp_path)
    with app.app_context():
        row = db.session.scalars(
            select(Application).where(Application.public_id == worlds["with"].secret_ids[0])
        ).one()
        assert BAIT in json.dumps(row.document)
        assert all(BAIT in r.advice for r in queries_reviews.submitted_reviews(row))
        assert BAIT in queries_reviews.remarks(row)[0].text
        assert BAIT in (queries_meetings.live_item(row) or row).minutes  # type: ignore[union-attr]
        assert (queries_decisions.decision(row) or row).summary.startswith(BAIT)  # type: ignore[union-attr]
        db.session.remove()
        db.engine.dispose()
