"""The letters of the day: each once, none after recovery, whatever goes wrong in between."""

from datetime import date, timedelta

import pytest
from flask import Flask

from impactmakelaar import daily
from impactmakelaar.admission import services_standing as services
from impactmakelaar.admission.models_standing import DailyRun, Reminder
from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Role
from tests.conftest import on_both
from tests.makers import (
    make_admitted,
    make_certificate,
    make_claim,
    make_enterprise,
    make_member,
    make_policy,
    make_region,
)

D = date(2027, 3, 1)
LAST = date(2028, 3, 1)


@pytest.fixture
def region(app: Flask) -> Organisation:
    """A region with its policy."""
    found = make_region()
    make_policy(found)
    return found


def holder(region: Organisation, on: date = D) -> Organisation:
    """An enterprise in grace with one owner."""
    one = make_admitted(make_enterprise(region), on, "grace")
    make_member(one, Role.ENTREPRENEUR)
    return one


def letters() -> list[str]:
    """The subjects of all reminders, oldest first."""
    rows = db.session.query(OutboxMail).filter_by(kind="term_ends").order_by(OutboxMail.id)
    return [row.subject for row in rows]


def run(today: date, **options: bool) -> int:
    """The letters of a day."""
    return daily.run(today, **{"dry_run": False, "confirm": False} | options)


@on_both
def test_each_letter_goes_out_once(region: Organisation) -> None:
    holder(region)
    for days in (180, 90, 30, 7, 0, -30):
        for _ in range(2):
            assert run(LAST - timedelta(days=days), confirm=True) == 0
    assert letters() == [
        "Uw SROI-badge geldt nog 180 dagen",
        "Uw SROI-badge geldt nog 90 dagen",
        "Uw SROI-badge geldt nog 30 dagen",
        "Uw SROI-badge geldt nog 7 dagen",
        "Vandaag is de laatste dag van uw SROI-badge",
        "Uw SROI-badge is verlopen",
    ]


def test_after_downtime_only_the_most_urgent_letter(region: Organisation) -> None:
    holder(region)
    assert run(LAST - timedelta(days=5), confirm=True) == 0
    assert letters() == ["Uw SROI-badge geldt nog 5 dagen"]
    rows = {row.days: row.sent for row in db.session.query(Reminder)}
    assert rows == {180: False, 90: False, 30: False, 7: True}


def test_none_after_recovery_and_then_about_the_new_term(region: Organisation) -> None:
    one = holder(region)
    run(LAST - timedelta(days=30), confirm=True)
    make_certificate(one, LAST - timedelta(days=20), date(2030, 1, 31))
    for days in (7, 0, -30):
        run(LAST - timedelta(days=days), confirm=True)
    assert letters() == ["Uw SROI-badge geldt nog 30 dagen"]
    run(date(2030, 1, 1), confirm=True)
    assert letters()[1:] == ["Uw SROI-badge geldt nog 30 dagen"]


def test_what_recovered_between_plan_and_letter_gets_none(region: Organisation) -> None:
    one = holder(region)
    today = LAST - timedelta(days=7)
    plan = services.plan_reminders(today)
    make_certificate(one, today, date(2030, 1, 31))
    assert services.send_reminder(planned=plan.letters[0], today=today) == 0
    assert letters() == []


@on_both
def test_a_run_that_was_killed_halfway_goes_on(region: Organisation) -> None:
    for _ in range(3):
        holder(region)
    today = LAST - timedelta(days=7)
    plan = services.plan_reminders(today)
    services.send_reminder(planned=plan.letters[0], today=today)
    # Killed here; a second worker that made the same plan writes no second letter.
    assert services.send_reminder(planned=plan.letters[0], today=today) == 0
    assert run(today) == 0
    assert len(letters()) == 3


def test_dry_run_names_recipients_and_writes_nothing(
    region: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    one = holder(region)
    assert run(LAST - timedelta(days=7), dry_run=True) == 0
    said = capsys.readouterr().out
    assert one.name in said
    assert "eerste jaar, 7 dagen voor 2028-03-01" in said
    assert "@test.example" in said
    assert letters() == []
    assert db.session.query(DailyRun).count() == 0


def test_a_clock_that_jumped_stops_and_asks(
    region: Organisation, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(12):
        holder(region)
    assert run(D + timedelta(days=1)) == 0
    assert run(LAST) == 3
    assert "--confirm" in capsys.readouterr().err
    assert letters() == []
    assert run(LAST, confirm=True) == 0
    assert len(letters()) == 12
    assert run(D + timedelta(days=2)) == 3


def test_everybody_at_once_is_asked_about_even_on_the_next_day(region: Organisation) -> None:
    for _ in range(12):
        holder(region)
    run(LAST - timedelta(days=8), confirm=True)
    sent = len(letters())
    assert run(LAST - timedelta(days=7)) == 3
    assert len(letters()) == sent


def test_the_letter_says_when_evidence_waits(region: Organisation) -> None:
    one = holder(region)
    make_claim(one, date(2028, 1, 1), date(2030, 1, 1))
    run(LAST - timedelta(days=7))
    text = db.session.query(OutboxMail).filter_by(kind="term_ends").one().text
    assert "Wij hebben uw bewijs ontvangen" in text
    assert "tot en met 1 maart 2028" in text


def test_the_command_uses_today(app: Flask, region: Organisation) -> None:
    result = app.test_cli_runner().invoke(args=["daily", "--dry-run"])
    assert result.exit_code == 0
    assert "er is niets verstuurd" in result.output
