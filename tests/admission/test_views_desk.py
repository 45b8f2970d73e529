"""What admission puts on "mijn bureau", for whom, and what it must not put there."""

from collections.abc import Callable
from datetime import date
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.admission import (
    queries,
    queries_work,
    services,
    services_committee,
    services_decision,
    services_vote,
)
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.organisations.rules import Role
from tests.admission.makers import (
    DAY,
    declare_none,
    make_announced,
    make_applicant,
    make_committee,
    make_complete,
    make_draft,
    make_submitted,
    prepare,
    put_to_vote,
    review_all,
    vote_all,
    write_review,
)
from tests.makers import make_admitted, make_claim, make_member

SignIn = Callable[..., FlaskClient]


def desk(browser: FlaskClient) -> str:
    """The page."""
    answer = browser.get("/bureau")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_committee_and_secretary_find_their_work(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    waits, _ = make_submitted(c, "Nog Controleren")
    judged, _ = make_complete(c, "Nog Beoordelen")
    secretary, member = as_person(c.secretary, c.region), as_person(c.members[0], c.region)
    assert f'href="/commissie/dossiers/{waits.public_id}">Nog Controleren' in desk(secretary)
    assert "beoordelaars kiezen" in desk(secretary)
    assert "belang aangeven" in desk(member)
    assert "Nog Controleren" not in desk(member)
    services_committee.declare(
        row=judged,
        person=c.members[0],
        kind=Interest.RIVAL,
        explanation="",
        by=c.members[0],
        today=DAY,
    )
    assert "Nog Beoordelen" not in desk(member)
    assert "Wat op u wacht" not in desk(member)


def kinds(person: Any, c: Any) -> list[str]:
    """What waits for somebody in the region, by kind."""
    work = queries_work.to_do(queries.reader(person, c.region), DAY)
    return [one.kind for one in work]


def test_each_step_waits_for_who_must_take_it(app: Flask) -> None:
    c = make_committee()
    row, applicant = make_complete(c)
    assert kinds(c.secretary, c) == ["assign"]
    services_committee.assign(row=row, people=[c.vice, *c.members[:2]], by=c.secretary, today=DAY)
    assert kinds(c.secretary, c) == []
    assert kinds(c.vice, c) == ["declare"]
    declare_none(c, row)
    assert [kinds(p, c) for p in (c.vice, c.members[2])] == [["review"], []]
    for person in (c.vice, *c.members[:2]):
        write_review(row, person)
    assert [kinds(p, c) for p in (c.vice, c.secretary)] == [[], ["schedule"]]
    item = put_to_vote(c, row, outcome="refused")
    assert [kinds(p, c) for p in (c.vice, c.substitute, c.secretary)] == [["vote"], [], []]
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    assert [kinds(p, c) for p in (c.chair, c.vice)] == [["prepare"], []]
    prepare(c, row)
    assert [kinds(p, c) for p in (c.chair, c.vice)] == [["announce"], []]
    services_decision.announce(row=row, by=c.chair, today=DAY)
    services.file_objection(row=row, grounds="Nee", by=applicant, today=DAY)
    assert [kinds(p, c) for p in (c.admin, c.chair, c.secretary)] == [["objection"], [], []]


def test_who_stands_in_for_a_recused_chair_finds_the_decision(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    services_committee.declare(
        row=row, person=c.chair, kind=Interest.TRADE, explanation="", by=c.chair, today=DAY
    )
    review_all(c, row)
    item = put_to_vote(c, row)
    vote_all(c, item)
    services_vote.close_vote(item=item, by=c.secretary, today=DAY)
    assert [kinds(p, c) for p in (c.chair, c.vice)] == [[], ["prepare"]]


def test_an_administrator_who_had_a_part_is_not_asked_about_the_objection(app: Flask) -> None:
    c = make_committee()
    make_member(c.region, Role.REGION_ADMIN, person=c.chair)
    row, applicant = make_announced(c, outcome="refused")
    services.file_objection(row=row, grounds="Nee", by=applicant, today=DAY)
    assert kinds(c.chair, c) == []
    assert kinds(c.admin, c) == ["objection"]


def test_more_work_than_fits_is_counted(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    for number in range(12):
        make_submitted(c, f"Aanvraag {number}")
    html = desk(as_person(c.secretary, c.region))
    assert html.count('href="/commissie/dossiers/') == 10
    assert "Nog 2 andere dossiers" in html


def test_staff_find_certificates_to_look_up(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    enterprise, owner = make_applicant(c)
    make_claim(enterprise, date(2027, 1, 1), date(2029, 1, 1), by=owner)
    broker = make_member(c.region, Role.BROKER)
    assert "Keurmerken van 1 onderneming" in desk(as_person(broker, c.region))
    assert "Keurmerken van" not in desk(as_person(c.members[0], c.region))
    assert "Keurmerken van" not in desk(as_person(owner, enterprise))


def test_applicant_finds_draft_and_questions(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, person = make_draft(c)
    assert "Maak uw aanvraag af" in desk(as_person(person, row.enterprise))
    row, person = make_submitted(c)
    browser = as_person(person, row.enterprise)
    assert "Wat op u wacht" not in desk(browser)
    services_committee.ask_more(row=row, questions=[("social", "Wat?")], by=c.secretary, today=DAY)
    assert f"/toelating/{row.public_id}/vragen" in desk(browser)


def test_holder_is_told_to_send_a_certificate_in_time(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    enterprise, person = make_applicant(c)
    make_admitted(enterprise, date(2027, 3, 1), "grace")
    for day, told in (("2027-11-20", False), ("2027-12-10", True), ("2028-03-02", False)):
        with time_machine.travel(f"{day}T12:00:00Z", tick=False):
            html = desk(as_person(person, enterprise))
        assert ("Stuur uw keurmerk in" in html) is told
    make_claim(enterprise, date(2027, 3, 1), date(2029, 1, 1), by=person)
    with time_machine.travel("2027-12-10T12:00:00Z", tick=False):
        assert "Stuur uw keurmerk in" not in desk(as_person(person, enterprise))
