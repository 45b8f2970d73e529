"""Workbooks on both databases: nothing typed is lost, and nobody sees a stranger's."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from docx import Document
from pypdf import PdfReader
from sqlalchemy import select
from tests.conftest import on_both
from tests.makers import make_member, make_organisation, make_person, make_region
from weasyprint.urls import FatalURLFetchingError

from impactmakelaar.core import clock, documents
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.queries import active_memberships
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.organisations.services import end_membership
from impactmakelaar.toolbox import (
    permissions,
    queries_workbook,
    services,
    services_export,
    services_workbook,
)
from impactmakelaar.toolbox.rules_workbook import Access

Q = "m1-doelen"


class Team:
    """A workbook of a region with two colleagues, and a stranger."""

    def __init__(self) -> None:
        self.region = make_region()
        self.sanne = make_member(self.region, Role.BROKER, person=make_person("Sanne"))
        self.omar = make_member(self.region, Role.REGION_ADMIN, person=make_person("Omar"))
        self.stranger = make_member(make_organisation(Kind.COMPANY), Role.BUYER)
        self.book = services_workbook.create(
            organisation=self.region, name="Onze aanpak", purpose="Oefenen", by=self.sanne
        )

    def save(self, text: str, by: Any, based_on: int = 0, question: str = Q, **more: Any) -> Any:
        return services.save_answer(
            book=self.book,
            question_id=question,
            data={"antwoord": [text]} if text else {},
            based_on=based_on,
            by=by,
            **more,
        )

    def text(self, question: str = Q) -> str:
        row = queries_workbook.answer(self.book, question)
        return row.value.get("text", "") if row else ""

    def beside(self) -> list[str]:
        rows = queries_workbook.answers(self.book).values()
        found = queries_workbook.beside(rows)
        return [version.value.get("text", "") for one in found.values() for version in one]


@pytest.fixture
def team(app: Any) -> Team:
    return Team()


@on_both
def test_two_people_at_once_keep_both_texts(team: Team) -> None:
    first, other = team.save("Van Sanne", team.sanne)
    assert (first.version, other) == (1, None)
    _, other = team.save("Van Omar", team.omar, based_on=0)
    assert other is not None
    assert team.text() == "Van Sanne"
    assert team.beside() == ["Van Omar"]
    team.save("Van Omar, verder", team.omar, based_on=1, beside_id=other.id)
    assert (team.text(), team.beside()) == ("Van Sanne", ["Van Omar, verder"])


@on_both
@pytest.mark.parametrize(
    ("choice", "text"),
    [("use", "Omar"), ("drop", "Sanne"), ("join", "Sanne\n\nOmar")],
)
def test_a_choice_keeps_the_other_text_in_the_history(team: Team, choice: str, text: str) -> None:
    team.save("Sanne", team.sanne)
    _, other = team.save("Omar", team.omar)
    services.settle(book=team.book, version_id=other.id, choice=choice, by=team.sanne)
    assert (team.text(), team.beside()) == (text, [])
    rows = list(queries_workbook.answers(team.book).values())
    kept = {v.value.get("text") for v in queries_workbook.history(rows)[rows[0].id]}
    assert {"Omar"} <= kept
    with pytest.raises(Refused):
        services.settle(book=team.book, version_id=other.id, choice="use", by=team.sanne)


@on_both
def test_typing_on_is_one_line_of_history_and_a_colleague_makes_another(team: Team) -> None:
    for number, text in enumerate(("a", "ab", "abc")):
        team.save(text, team.sanne, based_on=number)
    team.save("abcd", team.omar, based_on=3)
    row = queries_workbook.answer(team.book, Q)
    assert row is not None
    texts = [v.value["text"] for v in queries_workbook.history([row])[row.id]]
    assert texts == ["abcd", "abc"]
    older = queries_workbook.history([row])[row.id][1]
    services.restore(book=team.book, version_id=older.id, by=team.omar)
    assert team.text() == "abc"


@on_both
def test_reset_of_a_module_can_be_undone_and_meets_what_was_typed_since(team: Team) -> None:
    team.save("Doel", team.sanne)
    team.save("Mens", team.sanne, question="m1-overtuigen")
    team.save("Elders", team.sanne, question="m4-nu")
    row = services.reset(book=team.book, scope="draagvlak", by=team.omar)
    assert (team.text(), team.text("m4-nu")) == ("", "Elders")
    answer = queries_workbook.answer(team.book, "m1-overtuigen")
    assert answer is not None
    team.save("Nieuw", team.sanne, based_on=answer.version, question="m1-overtuigen")
    assert services.undo_reset(book=team.book, row=row, by=team.omar) == (1, 1)
    assert (team.text(), team.text("m1-overtuigen")) == ("Doel", "Nieuw")
    assert team.beside() == ["Mens"]
    with pytest.raises(Refused):
        services.undo_reset(book=team.book, row=row, by=team.omar)


@on_both
def test_undo_ends_after_thirty_days(team: Team) -> None:
    team.save("Doel", team.sanne)
    row = services.reset(book=team.book, scope=Q, by=team.sanne)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert queries_workbook.resets(team.book, clock.now()) == []
        with pytest.raises(Refused):
            services.undo_reset(book=team.book, row=row, by=team.sanne)
    services.undo_reset(book=team.book, row=row, by=team.sanne)
    assert team.text() == "Doel"


@on_both
def test_only_a_manager_empties_everything(team: Team) -> None:
    team.save("Doel", team.sanne)
    with pytest.raises(Refused):
        services.reset(book=team.book, scope="alles", by=team.omar)
    services.reset(book=team.book, scope="alles", by=team.sanne)
    with pytest.raises(Refused):
        services.reset(book=team.book, scope="alles", by=team.sanne)


@on_both
def test_a_stranger_finds_nothing(team: Team) -> None:
    assert permissions.access_to(team.stranger, team.book) is Access.NONE
    assert queries_workbook.workbooks_of(team.stranger) == []
    with pytest.raises(NotFound):
        team.save("x", team.stranger)
    with pytest.raises(NotFound):
        services.remark(book=team.book, question_id=Q, text="x", by=team.stranger)
    with pytest.raises(NotFound):
        services_export.export(book=team.book, kind="json", by=team.stranger)


@on_both
def test_a_guest_joins_by_mail_with_his_role_alone(team: Team) -> None:
    services_workbook.invite(
        book=team.book, email="gast@elders.example", role="read", by=team.sanne
    )
    letter = db.session.scalars(select(OutboxMail)).one()
    token = letter.text.split("/toolbox/uitnodiging/")[1].split()[0]
    with pytest.raises(Refused):
        services_workbook.valid_invitation(token + "x")
    services_workbook.accept(token=token, person=team.stranger)
    assert permissions.access_to(team.stranger, team.book) is Access.READ
    assert queries_workbook.workbooks_of(team.stranger) == [team.book]
    with pytest.raises(Refused):
        team.save("x", team.stranger)
    with pytest.raises(Refused):
        services_workbook.accept(token=token, person=team.omar)


@on_both
def test_a_workbook_keeps_a_manager_and_can_be_closed_for_colleagues(team: Team) -> None:
    with pytest.raises(Refused):
        services_workbook.set_role(
            book=team.book, person_id=team.sanne.public_id, role="read", by=team.sanne
        )
    with pytest.raises(Refused):
        services_workbook.change(
            book=team.book, name="x", purpose="", everyone="read", by=team.omar
        )
    services_workbook.change(book=team.book, name="x", purpose="", everyone="none", by=team.sanne)
    assert not permissions.may_read(team.omar, team.book)
    services_workbook.put_away(book=team.book, away=True, by=team.sanne)
    with pytest.raises(Refused):
        team.save("x", team.sanne)


@on_both
def test_assigning_writes_one_letter_to_a_colleague_of_the_workbook(team: Team) -> None:
    omar, stranger = team.omar.public_id, team.stranger.public_id
    services.assign(book=team.book, question_id=Q, person_id=omar, by=team.sanne)
    services.assign(book=team.book, question_id=Q, person_id=omar, by=team.sanne)
    letters = list(db.session.scalars(select(OutboxMail)))
    assert [letter.recipient for letter in letters] == [team.omar.email]
    with pytest.raises(Refused):
        services.assign(book=team.book, question_id=Q, person_id=stranger, by=team.sanne)


@on_both
def test_done_remark_and_skip(team: Team) -> None:
    services.mark_done(book=team.book, question_id=Q, done=True, by=team.omar)
    comment = services.remark(book=team.book, question_id=Q, text="Mooi", by=team.omar)
    services_workbook.skip(book=team.book, slug="visie", skipped=True, by=team.omar)
    rows = queries_workbook.answers(team.book)
    assert queries_workbook.done(rows) == {Q}
    assert team.book.skipped == ["visie"]
    services.take_back(book=team.book, comment=comment, by=team.sanne)
    assert queries_workbook.comments(rows.values()) == {}


@on_both
def test_file_goes_out_and_comes_in_another_workbook(team: Team) -> None:
    team.save("Drie doelen", team.sanne)
    team.save("Andere", team.sanne, question="m1-overtuigen")
    other = services_workbook.create(
        organisation=team.region, name="Kopie", purpose="", by=team.sanne
    )
    services.save_answer(
        book=other, question_id=Q, data={"antwoord": ["Al iets"]}, based_on=0, by=team.sanne
    )
    for kind in ("json", "md"):
        data = services_export.export(book=team.book, kind=kind, by=team.omar)
        filled, aside, wrong = services_export.take_in_file(
            book=other, data=data, name=f"x.{kind}", by=team.sanne
        )
        assert (filled, aside, wrong) == ((1, 1, []) if kind == "json" else (0, 1, []))
    row = queries_workbook.answer(other, Q)
    assert row is not None
    assert row.value == {"text": "Al iets"}


@on_both
def test_hostile_file_is_told_and_the_rest_goes_in(team: Team) -> None:
    document = {
        "format": "impactmakelaar-werkboek",
        "answers": {
            Q: {"text": "<script>alert(1)</script>"},
            "m1-weg": {},
            "m2-vorm": {"choice": "x"},
        },
    }
    filled, _, wrong = services_export.take_in_file(
        book=team.book, data=json.dumps(document).encode(), name="x.json", by=team.sanne
    )
    assert filled == 1
    assert len(wrong) == 2
    with pytest.raises(Refused):
        services_export.take_in_file(book=team.book, data=b"\xff\xfe", name="x", by=team.sanne)


def test_word_and_pdf_hold_the_answers(team: Team) -> None:
    team.save("Drie doelen voor <b>mei</b>", team.sanne)
    data = services_export.export(book=team.book, kind="docx", by=team.sanne)
    words = "\n".join(p.text for p in Document(io.BytesIO(data)).paragraphs)
    assert "Drie doelen voor <b>mei</b>" in words
    made = services_export.export(
        book=team.book, kind="pdf", by=team.sanne, html="<h1>Drie doelen</h1>"
    )
    assert "Drie doelen" in PdfReader(io.BytesIO(made)).pages[0].extract_text()


def test_pdf_opens_no_file_and_no_address(tmp_path: Path) -> None:
    picture = tmp_path / "plaatje.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="20">geheim</text></svg>')

    with pytest.raises(FatalURLFetchingError):
        documents.pdf(f"<p>tekst</p><img src='{picture.as_uri()}'>")


@on_both
def test_a_colleague_who_leaves_loses_the_workbook_and_the_organisation_keeps_it(
    team: Team,
) -> None:
    services_workbook.change(
        book=team.book, name="Onze aanpak", purpose="", everyone="none", by=team.sanne
    )
    assert permissions.access_to(team.omar, team.book) is Access.NONE
    (membership,) = active_memberships(team.sanne)
    end_membership(membership=membership, by=team.sanne, successor=None)
    assert permissions.access_to(team.sanne, team.book) is Access.NONE
    assert queries_workbook.workbooks_of(team.sanne) == []
    assert permissions.access_to(team.omar, team.book) is Access.MANAGE


@on_both
def test_a_guest_cannot_take_a_workbook_from_the_organisation(team: Team) -> None:
    services_workbook.invite(
        book=team.book, email="gast@elders.example", role="manage", by=team.sanne
    )
    letter = db.session.scalars(select(OutboxMail)).one()
    token = letter.text.split("/toolbox/uitnodiging/")[1].split()[0]
    services_workbook.accept(token=token, person=team.stranger)
    services_workbook.set_role(
        book=team.book, person_id=team.sanne.public_id, role="", by=team.stranger
    )
    services_workbook.change(
        book=team.book, name="Van mij", purpose="", everyone="none", by=team.stranger
    )
    assert permissions.access_to(team.sanne, team.book) is Access.MANAGE
    services_workbook.set_role(
        book=team.book, person_id=team.sanne.public_id, role="manage", by=team.sanne
    )
    services_workbook.set_role(
        book=team.book, person_id=team.stranger.public_id, role="", by=team.sanne
    )
    assert permissions.access_to(team.stranger, team.book) is Access.NONE


@on_both
def test_typing_on_beside_touches_no_other_text(team: Team) -> None:
    team.save("Eigen tekst", team.omar, question="m1-overtuigen")
    row = queries_workbook.answer(team.book, "m1-overtuigen")
    assert row is not None
    kept = queries_workbook.history([row])[row.id][0]
    team.save("Van Sanne", team.sanne)
    _, other = team.save("Van Omar", team.omar, beside_id=kept.id)
    assert other is not None
    assert other.id != kept.id
    assert queries_workbook.history([row])[row.id][0].value == {"text": "Eigen tekst"}


@on_both
def test_characters_that_no_database_keeps_are_left_out_of_a_file(team: Team) -> None:
    text = json.dumps(
        {"format": "impactmakelaar-werkboek", "answers": {Q: {"text": "a\ud800\u0000b\u202ec"}}}
    )
    filled, _, wrong = services_export.take_in_file(
        book=team.book, data=text.encode(), name="x.json", by=team.sanne
    )
    assert (filled, wrong) == (1, [])
    assert team.text() == "abc"
    deep = '{"format": "impactmakelaar-werkboek", "answers": ' + "[" * 100_000
    for data in (deep.encode(), b'{"answers": {"m1-doelen": NaN}}', b"{" * 1000):
        with pytest.raises(Refused):
            services_export.take_in_file(book=team.book, data=data, name="x.json", by=team.sanne)
