"""The trail: who did what, and that no one changes it afterwards; on both databases."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.accounts.people import sign_in, with_password
from tests.conftest import on_both
from tests.makers import make_organisation, make_person

from impactmakelaar.core import audit, trail, triggers
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.rules import Kind

PACKAGE = Path(audit.__file__).resolve().parents[1]


def record() -> audit.AuditEvent:
    person, organisation = make_person(), make_organisation(Kind.COMPANY)
    with transaction():
        return audit.record(
            "profile.saved", organisation, by=person, organisation=organisation, fields=["name"]
        )


@on_both
def test_a_line_is_found_by_object_person_and_organisation(app: Flask) -> None:
    line = record()
    organisation = db.session.get_one(audit.AuditEvent, line.id)
    assert organisation.details == {"fields": ["name"]}
    with transaction():
        audit.record("person.renamed", make_person(), by=None)

    class Row:
        def __init__(self, table: str, row_id: int | None) -> None:
            self.__tablename__, self.id = table, row_id

    assert [x.id for x in audit.about(Row("organisation", line.object_id))] == [line.id]
    assert [x.id for x in audit.about(Row("person", line.object_id))] != [line.id]
    assert [x.id for x in audit.by_person(Row("person", line.person_id))] == [line.id]
    assert [x.id for x in audit.of_organisation(Row("", line.organisation_id))] == [line.id]


@on_both
def test_a_line_of_undone_work_is_not_there(app: Flask) -> None:
    person = make_person()

    def fail() -> None:
        with transaction():
            audit.record("person.renamed", person, by=person)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert audit.by_person(person) == []


@on_both
@pytest.mark.parametrize(
    "table", [table for tables in triggers.APPEND_ONLY.values() for table in tables]
)
@pytest.mark.parametrize(
    "verb", ["UPDATE {0} SET id = id", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"]
)
def test_append_only_tables_refuse_change(app: Flask, table: str, verb: str) -> None:
    if table == "audit_event":
        record()
    else:
        # No row is needed to see that the trigger is there; a row is, to see it refuse.
        names = _triggers()
        assert {f"{table}_no_update", f"{table}_no_delete"} <= names
        return
    if "TRUNCATE" in verb and db.engine.dialect.name == "sqlite":
        verb = "REPLACE INTO {0} SELECT * FROM {0}"
    with pytest.raises(IntegrityError, match="never change"), db.engine.begin() as connection:
        connection.execute(text(verb.format(table)))


def _triggers() -> set[str]:
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if db.engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    with db.engine.connect() as connection:
        return {str(row[0]) for row in connection.execute(text(query))}


ACTION = re.compile(r"[a-z_]+\.[a-z_]+")


def recorded_actions() -> set[str]:
    """Every action that the code writes, through a helper of a feature too."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name.strip("_") not in ("record", "note_attempt"):
                continue
            first = node.args[0]
            said = (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,)
            found |= {str(one.value) for one in said if isinstance(one, ast.Constant)}
    return {action for action in found if ACTION.fullmatch(action)}


def test_every_action_has_a_dutch_sentence() -> None:
    actions = recorded_actions()
    assert {"tender.saved", "box.refused", "intake.unlocked"} <= actions
    assert actions - set(trail.SENTENCES) == set()


def test_an_action_without_a_sentence_is_found_where_it_is_written(app: Flask) -> None:
    with pytest.raises(LookupError, match="teleported"), transaction():
        audit.record("person.teleported", make_person(), by=None)


def test_a_line_carries_the_id_of_its_request(app: Flask) -> None:
    person = with_password()
    answer = app.test_client().post("/inloggen", data={"email": person.email, "password": "x"})
    assert answer.headers["X-Request-Id"]
    browser = sign_in(app, person)
    answer = browser.post("/account/naam", data={"name": "Sanne Nieuw"})
    newest = audit.by_person(person)[0]
    assert newest.action == "person.renamed"
    assert newest.request_id == answer.headers["X-Request-Id"]
    with transaction():
        line = audit.record("person.renamed", person, by=person)
    assert line.request_id == "", "the worker has no request"


def test_trail_pages_are_for_those_concerned(
    app: Flask, client: FlaskClient, as_person: Callable[..., FlaskClient]
) -> None:
    person, stranger = with_password(), make_person()
    organisation = make_organisation(Kind.COMPANY)
    with transaction():
        audit.record("person.renamed", person, by=person)
    assert "wijzigde de naam" in as_person(person).get("/account/logboek").text
    path = f"/organisaties/{organisation.public_id}/logboek"
    assert as_person(stranger).get(path).status_code == 404
    assert client.get(path).location == "/inloggen"
