"""Documents with a request: safe to take in, the same for all invited, nobody else's to read."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from tests.conftest import on_both
from tests.makers import make_member, make_organisation
from tests.races import at_once
from tests.tenders.makers import AFTER, NOW, make_draft, make_scene, make_selected, make_sent

from impactmakelaar.accounts.models import Person
from impactmakelaar.core import files
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries,
    queries_documents,
    queries_invitations,
    services,
    services_documents,
    services_running,
)

SignIn = Callable[..., FlaskClient]
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
TYPES = b'<Types><Override PartName="/word/document.xml" ContentType="document"/></Types>'


def office(main: str = "word/document.xml", **parts: bytes) -> bytes:
    """An office file with these further parts; ``__`` in a name stands for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", parts.pop("types", TYPES))
        archive.writestr(main, b"<document/>")
        for name, body in parts.items():
            archive.writestr(name.replace("__", "/"), body)
    return out.getvalue()


def relation(kind: str) -> bytes:
    return b'<Relationship Type="x/relationships/%s" TargetMode="External"/>' % kind.encode()


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (PDF, ".pdf"),
        (office(), ".docx"),
        (office("xl/workbook.xml"), ".xlsx"),
        (office(rels=b"", word__document_rels=relation("hyperlink")), ".docx"),
    ],
)
def test_what_is_accepted_is_known_by_its_content(data: bytes, extension: str) -> None:
    assert files.accept_document(io.BytesIO(data)).extension == extension


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 half an archive",
        office("ppt/presentation.xml"),
        office(word__vbaProject=b"x"),
        office(word__embeddings__a=b"x"),
        office(types=b'<Types ContentType="application/x.macroEnabled.main+xml"/>'),
        office(types=TYPES.decode().encode("utf-16")),
        office("word/document.xml", word__big=b"\0" * (61 * 1024 * 1024)),
        b"<html><script>alert(1)</script></html>",
    ],
)
def test_what_may_do_something_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        files.accept_document(io.BytesIO(data))


def test_a_template_from_elsewhere_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", b"<document/>")
        archive.writestr("word/_rels/settings.xml.rels", relation("attachedTemplate"))
    with pytest.raises(Refused, match="koppelingen"):
        files.accept_document(io.BytesIO(out.getvalue()))


def add(scene: Any, row: Any, name: str = "tekening.pdf", data: bytes = PDF) -> Any:
    services_documents.add_documents(
        row=row, uploads=[(io.BytesIO(data), name)], by=scene.buyer, now=NOW
    )
    return queries_documents.documents(row)[-1]


@on_both
def test_documents_come_and_go_until_the_invitation(app: Flask) -> None:
    scene = make_scene(4)
    row = make_draft(scene)
    one, other = add(scene, row), add(scene, row, "eisen.docx", office())
    services_documents.remove_document(row=row, public_id=one.public_id, by=scene.buyer)
    assert [d.file.name for d in queries_documents.documents(row)] == ["eisen.docx"]
    copied = services.copy_request(row=row, by=scene.colleague, now=NOW)
    assert [d.file_id for d in queries_documents.documents(copied)] == [other.file_id]
    stranger = make_member(make_organisation(Kind.AUTHORITY, "Velsen"), Role.BUYER)
    for person in (stranger, scene.owners[scene.enterprises[0].id]):
        with pytest.raises(NotFound):
            services_documents.add_documents(row=row, uploads=[], by=person, now=NOW)

    sent = make_sent(scene)
    with pytest.raises(Refused, match="al verstuurd"):
        add(scene, sent)


@on_both
def test_what_is_added_later_reaches_all_at_once(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    with pytest.raises(Refused, match=r"kwaad\.pdf"):
        services_running.change(
            row=row,
            text="Een tekening erbij.",
            deadline=None,
            uploads=[(io.BytesIO(PDF), "goed.pdf"), (io.BytesIO(b"<html>"), "kwaad.pdf")],
            by=scene.buyer,
            now=NOW,
        )
    assert queries_documents.count(row) == 0
    services_running.change(
        row=row,
        text="Een tekening erbij.",
        deadline=None,
        uploads=[(io.BytesIO(PDF), "tekening.pdf")],
        by=scene.buyer,
        now=NOW,
    )
    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_changed"]
    assert len(letters) == 3
    assert queries_documents.count(row) == 1


def test_only_the_invited_read_documents(app: Flask, as_person: SignIn, client: Any) -> None:
    scene = make_scene(5)
    row = make_selected(scene)
    document = add(scene, row)
    url = f"/opdrachten/{row.public_id}"
    with time_machine.travel(NOW, tick=False):
        buyer = as_person(scene.buyer)
        buyer.post(f"{url}/uitnodigen")
        letter = next(
            m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_invited"
        )
        link = re.search(r"http://localhost(/aanvraag/\S+)", letter.text)
        assert link
        first = queries_invitations.invitations(row)[0]
        mine = f"/uitnodigingen/{first.public_id}/documenten/{document.public_id}"
        owner = as_person(scene.owner(first))
        html = owner.get(f"/uitnodigingen/{first.public_id}").get_data(as_text=True)
        assert mine in html
        for reader, address in (
            (owner, mine),
            (buyer, f"{url}/documenten/{document.public_id}"),
            (client, f"{link[1]}/documenten/{document.public_id}"),
        ):
            answer = reader.get(address)
            assert answer.data == PDF, address
            assert answer.headers["Content-Disposition"].startswith("attachment")
        invited = {i.enterprise_id for i in queries_invitations.invitations(row)}
        other = next(p for e, p in scene.owners.items() if e not in invited)
        stranger = as_person(other)
        assert stranger.get(mine).status_code == 404
        assert client.get(f"/aanvraag/verzonnen/documenten/{document.public_id}").status_code == 404
        assert client.get(f"/bestanden/{document.file.public_id}").status_code == 404
        assert owner.get(f"/bestanden/{document.file.public_id}").status_code == 404


def test_the_page_takes_files_and_names_what_it_refuses(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    row = make_draft(scene)
    with time_machine.travel(AFTER, tick=False):
        buyer = as_person(scene.buyer)
        url = f"/opdrachten/{row.public_id}/documenten"
        wrong = buyer.post(url, data={"files": (io.BytesIO(b"MZ"), "virus.exe")})
        assert "virus.exe" in wrong.get_data(as_text=True)
        both = [(io.BytesIO(PDF), "plan.pdf"), (io.BytesIO(office()), "eisen.docx")]
        assert buyer.post(url, data={"files": both}).status_code == 303
        html = buyer.get(url).get_data(as_text=True)
        assert "plan.pdf" in html
        assert "eisen.docx" in html
        weg = re.search(r'action="(/opdrachten/[^"]+/weg)"', html)
        assert weg
        assert buyer.post(weg[1]).status_code == 303
        assert queries_documents.count(row) == 1


@on_both
def test_the_same_documents_sent_at_once_are_there_once(app: Flask) -> None:
    scene = make_scene(1)
    key, buyer_id = make_draft(scene).public_id, scene.buyer.id

    def add() -> None:
        row = queries.tender(key)
        assert row is not None
        services_documents.add_documents(
            row=row,
            uploads=[(io.BytesIO(PDF), "bestek.pdf"), (io.BytesIO(PDF), "bestek.pdf")],
            by=db.session.get_one(Person, buyer_id),
            now=NOW,
        )

    answers = at_once(app, *[add] * 4)

    row = queries.tender(key)
    assert row is not None
    assert answers == [None] * 4
    assert [d.file.name for d in queries_documents.documents(row)] == ["bestek.pdf"]
    services_documents.add_documents(
        row=row, uploads=[(io.BytesIO(PDF), "bijlage.pdf")], by=scene.buyer, now=NOW
    )
    assert queries_documents.count(row) == 2
