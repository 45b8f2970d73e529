"""Terms of keeping of workbooks, and what somebody can take along."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from tests.conftest import on_both
from tests.makers import make_member, make_person, make_region

from impactmakelaar import retention
from impactmakelaar.admission.models_standing import DailyRun
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.rules import Role
from impactmakelaar.proposals import services as proposals
from impactmakelaar.proposals.models import Proposal
from impactmakelaar.toolbox import queries_workbook as books
from impactmakelaar.toolbox import services, services_flow, services_workbook
from impactmakelaar.toolbox.models import Workbook, WorkbookInvitation, WorkbookVersion

Q = "m13-instrument"


class Desk:
    """A workbook of a region, and who fills it in."""

    def __init__(self) -> None:
        self.region = make_region()
        self.sanne = make_member(self.region, Role.BROKER, person=make_person("Sanne"))
        self.omar = make_member(self.region, Role.BROKER, person=make_person("Omar"))
        self.book = services_workbook.create(
            organisation=self.region, name="Onze aanpak", purpose="", by=self.sanne
        )

    def save(self, text: str, by: Any, question: str = Q) -> None:
        row = books.answer(self.book, question)
        services.save_answer(
            book=self.book,
            question_id=question,
            data={"antwoord": [text]},
            based_on=row.version if row else 0,
            by=by,
        )


@pytest.fixture
def desk(app: Any) -> Desk:
    return Desk()


def later(days: int) -> dict[str, int]:
    """What goes so many days from now."""
    return retention.run(now=clock.now() + timedelta(days=days), for_real=True)


def texts() -> list[str]:
    return [v.value.get("text", "") for v in db.session.scalars(select(WorkbookVersion))]


@on_both
def test_a_workbook_put_away_goes_after_a_year_with_everything_in_it(desk: Desk) -> None:
    desk.save("Brede welvaart", desk.sanne)
    services.remark(book=desk.book, question_id=Q, text="Mooi", by=desk.omar)
    proposal = services_flow.offer(book=desk.book, question_id=Q, by=desk.sanne)
    services.reset(book=desk.book, scope=Q, by=desk.sanne)
    services_workbook.invite(book=desk.book, email="g@t.example", role="read", by=desk.sanne)
    services_workbook.put_away(book=desk.book, away=True, by=desk.sanne)
    later(364)
    assert db.session.scalars(select(Workbook)).all() != []
    dry = retention.run(now=clock.now() + timedelta(days=366), for_real=False)
    assert dry["weggelegde werkboeken"] == 1
    assert db.session.scalars(select(Workbook)).all() != []
    later(366)
    assert db.session.scalars(select(Workbook)).all() == []
    assert texts() == []
    assert db.session.get(Proposal, proposal.id) is not None


@on_both
def test_what_was_wiped_goes_after_thirty_days_and_what_was_written_since_stays(
    desk: Desk,
) -> None:
    desk.save("Geheim", desk.sanne)
    desk.save("Geheim, verder", desk.omar)
    services.reset(book=desk.book, scope=Q, by=desk.sanne)
    desk.save("Nieuw", desk.sanne)
    later(29)
    assert "Geheim" in texts()
    later(31)
    assert texts() == ["Nieuw"]
    row = books.answer(desk.book, Q)
    assert row is not None
    assert row.value == {"text": "Nieuw"}
    assert books.resets(desk.book, clock.now()) == []


@on_both
def test_an_undone_reset_keeps_everything(desk: Desk) -> None:
    desk.save("Toch nodig", desk.sanne)
    row = services.reset(book=desk.book, scope=Q, by=desk.sanne)
    services.undo_reset(book=desk.book, row=row, by=desk.sanne)
    later(400)
    answer = books.answer(desk.book, Q)
    assert answer is not None
    assert answer.value == {"text": "Toch nodig"}


@on_both
def test_addresses_remarks_and_left_proposals_go_in_their_time(desk: Desk) -> None:
    services_workbook.invite(book=desk.book, email="g@t.example", role="read", by=desk.sanne)
    comment = services.remark(book=desk.book, question_id=Q, text="Oeps", by=desk.omar)
    services.take_back(book=desk.book, comment=comment, by=desk.omar)
    desk.save("Eerst", desk.sanne)
    left = services_flow.offer(book=desk.book, question_id=Q, by=desk.sanne)
    proposals.note_progress(row=left, accepted=False, by=desk.omar)
    kept = services_flow.offer(book=desk.book, question_id=Q, by=desk.sanne)
    proposals.note_progress(row=kept, accepted=True, by=desk.omar)
    later(31)
    db.session.refresh(comment)
    assert comment.text == ""
    assert len(db.session.scalars(select(WorkbookInvitation)).all()) == 1
    later(14 + 91)
    assert db.session.scalars(select(WorkbookInvitation)).all() == []
    later(366)
    assert [p.id for p in db.session.scalars(select(Proposal))] == [kept.id]


@on_both
def test_somebody_takes_along_what_is_his_and_nothing_of_others(desk: Desk) -> None:
    with time_machine.travel(clock.now() - timedelta(days=1), tick=False):
        desk.save("Van Omar", desk.omar)
    desk.save("Van Sanne", desk.sanne)
    services.remark(book=desk.book, question_id=Q, text="Goed zo", by=desk.sanne)
    services_flow.offer(book=desk.book, question_id=Q, by=desk.sanne)
    data = retention.take_along(person=desk.sanne)
    found = json.loads(data)
    assert [one["tekst"] for one in found["werkboeken"]["teksten"]] == [{"text": "Van Sanne"}]
    assert [one["tekst"] for one in found["werkboeken"]["opmerkingen"]] == ["Goed zo"]
    assert [one["regels"] for one in found["voorstellen"]] == [["Van Sanne"]]
    assert found["organisaties"]["rollen"][0]["organisatie"] == desk.region.name
    assert b"Van Omar" not in data
    assert b"password" not in data


def test_the_command_counts_and_wipes_only_when_told(desk: Desk, app: Any) -> None:
    runner = app.test_cli_runner()
    assert "niets gewist" in runner.invoke(args=["retention"]).output
    assert "Gewist." in runner.invoke(args=["retention", "--for-real"]).output


def test_a_clock_that_jumped_erases_nothing(desk: Desk) -> None:
    services_workbook.put_away(book=desk.book, away=True, by=desk.sanne)
    with transaction():
        db.session.add(DailyRun(day=clock.today(), finished_at=clock.now(), letters=0))
    assert retention.daily_round(clock.now() + timedelta(days=400)) == 0
    assert retention.daily_round(clock.now() - timedelta(days=2)) == 0
    with transaction():
        yesterday = clock.today() + timedelta(days=399)
        db.session.add(DailyRun(day=yesterday, finished_at=clock.now(), letters=0))
    assert retention.daily_round(clock.now() + timedelta(days=400)) > 0
