"""Lists take as many queries at 300 rows as at 3, with 40 members in the committee."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.admission import services_committee, services_meeting
from impactmakelaar.admission.models import Application, CommitteeSeat
from impactmakelaar.admission.models_certificates import CertificateClaim
from impactmakelaar.admission.models_decision import Decision
from impactmakelaar.admission.models_meeting import AgendaItem, Meeting
from impactmakelaar.admission.rules import State
from impactmakelaar.core import clock
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.models import Organisation
from impactmakelaar.organisations.rules import Kind, Role
from tests.admission.makers import (
    DAY,
    Committee,
    declare_none,
    make_committee,
    make_complete,
    make_meeting,
)
from tests.makers import THEN, make_member, make_person, make_stored_file
from tests.queries_counted import counted

SignIn = Callable[..., FlaskClient]


def queries_of(browser: FlaskClient, path: str) -> int:
    """How many statements one page takes."""
    with counted() as seen:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    return len(seen)


def grow(c: Committee, meeting: Meeting, count: int, start: int) -> None:
    """``count`` enterprises: each with an application in review or on the agenda, a badge in grace
    and a certificate that waits for staff."""
    now = clock.now()
    evidence = make_stored_file(f"bewijs {start}")
    with transaction():
        for number in range(start, start + count):
            enterprise = Organisation(
                kind=Kind.ENTERPRISE,
                name=f"Veel {number}",
                kvk_number=f"{97000000 + number}",
                region_id=c.region.id,
                created_at=now,
                kvk_approved_at=now,
                kvk_approved_by_id=c.secretary.id,
            )
            db.session.add(enterprise)
            db.session.flush()
            on_agenda = bool(number % 2)
            decided, row = (
                application_of(c, enterprise, State.ANNOUNCED),
                application_of(c, enterprise, State.DELIBERATION if on_agenda else State.REVIEW),
            )
            db.session.add_all([decided, row])
            db.session.flush()
            old = AgendaItem(
                meeting_id=meeting.id,
                application_id=decided.id,
                round=1,
                position=2 * number,
                state="adopted",
                outcome="admitted",
                badge="grace",
                present=3,
                in_favour=3,
            )
            db.session.add(old)
            db.session.flush()
            db.session.add(decision_of(c, enterprise, decided, old))
            if on_agenda:
                db.session.add(
                    AgendaItem(
                        meeting_id=meeting.id, application_id=row.id, round=1, position=2 * number
                    )
                )
            db.session.add(claim_of(c, enterprise, evidence.id))


def application_of(c: Committee, enterprise: Organisation, state: State) -> Application:
    """An application that the committee has."""
    return Application(
        enterprise_id=enterprise.id,
        region_id=c.region.id,
        state=state,
        document={},
        policy_version_id=c.version.id,
        created_at=THEN,
        saved_at=THEN,
        submitted_on=DAY,
        round_started_on=DAY,
        completed_on=DAY,
    )


def decision_of(c: Committee, enterprise: Organisation, row: Any, item: AgendaItem) -> Decision:
    """Admitted with a badge in grace."""
    return Decision(
        application_id=row.id,
        round=1,
        enterprise_id=enterprise.id,
        region_id=c.region.id,
        policy_version_id=c.version.id,
        item_id=item.id,
        outcome="admitted",
        badge="grace",
        conditions="",
        reasons={},
        quorum=3,
        needed=2,
        prepared_on=DAY,
        prepared_by_id=c.chair.id,
        announced_on=DAY,
        announced_by_id=c.chair.id,
        present=3,
        in_favour=3,
        against=0,
        blank=0,
    )


def claim_of(c: Committee, enterprise: Organisation, evidence_id: int) -> CertificateClaim:
    """A certificate that nobody looked up yet."""
    return CertificateClaim(
        enterprise_id=enterprise.id,
        kind="pso_30",
        level="30+",
        valid_from=DAY,
        valid_until=DAY.replace(year=2028),
        evidence_id=evidence_id,
        handed_in_on=DAY,
        changed_at=THEN,
        changed_by_id=c.secretary.id,
    )


def seat_forty(c: Committee) -> None:
    """The committee grows to forty members."""
    for number in range(40 - len(c.everybody)):
        person = make_member(
            c.region, Role.COMMITTEE_MEMBER, person=make_person(f"Lid {number:02d}")
        )
        with transaction():
            db.session.add(
                CommitteeSeat(
                    region_id=c.region.id,
                    person_id=person.id,
                    seat="member",
                    valid_from=DAY.replace(year=2025),
                    valid_until=DAY.replace(year=2030),
                )
            )


def test_lists_take_the_same_queries_at_3_and_at_300(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    meeting = make_meeting(c)
    watched, _ = make_complete(c, "Eigen Dossier")
    declare_none(c, watched)
    services_committee.assign_evenly(rows=[watched], by=c.secretary, today=DAY)
    broker = make_member(c.region, Role.BROKER)
    committee = (
        "/bureau",
        "/commissie",
        "/commissie/dossiers",
        "/commissie/vergaderingen",
        f"/commissie/vergaderingen/{meeting.public_id}",
        f"/commissie/dossiers/{watched.public_id}",
    )
    asked = [
        (as_person(person, c.region), path)
        for person, paths in (
            (c.secretary, committee),
            (c.vice, committee),
            (c.admin, ("/bureau", "/regio/commissieleden")),
            (broker, ("/bureau", "/regio/volglijst", "/regio/keurmerken", "/regio/volglijst.csv")),
        )
        for path in paths
    ]
    services_meeting.open_meeting(
        meeting=meeting, present=[p.id for p in c.full], by=c.secretary, today=DAY
    )
    grow(c, meeting, 3, start=0)
    before = {path_and_number(n, path): queries_of(b, path) for n, (b, path) in enumerate(asked)}
    grow(c, meeting, 297, start=3)
    seat_forty(c)
    after = {path_and_number(n, path): queries_of(b, path) for n, (b, path) in enumerate(asked)}
    assert after == before


def path_and_number(number: int, path: str) -> str:
    """A name for one reader's page."""
    return f"{number} {path}"
