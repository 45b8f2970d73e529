"""The pages of admission: the whole road through the browser's eyes, refusals, strangers."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from impactmakelaar.admission import (
    queries,
    queries_meetings,
    queries_policy,
    queries_reviews,
    services_meeting,
)
from impactmakelaar.admission.models import Application, PolicyVersion
from impactmakelaar.admission.rules import State
from impactmakelaar.admission.rules_policy import DEFAULT
from impactmakelaar.core import clock
from impactmakelaar.core.db import db
from tests.admission.makers import (
    CRITERIA,
    DAY,
    make_announced,
    make_applicant,
    make_committee,
    make_complete,
    make_draft,
    make_meeting,
    make_reviewed,
    make_submitted,
)
from tests.admission.test_services import PDF
from tests.makers import make_region

SignIn = Callable[..., FlaskClient]


def page(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def post(browser: FlaskClient, path: str, status: int = 303, **data: Any) -> str:
    answer = browser.post(path, data=data)
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return answer.get_data(as_text=True) if status != 303 else answer.headers["Location"]


def test_the_applicants_road(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    enterprise, person = make_applicant(c)
    browser = as_person(person, enterprise)
    assert "Aanvraag beginnen" in page(browser, "/toelating")
    place = post(browser, "/toelating")
    assert "nog invullen" in page(browser, place)
    for key in CRITERIA:
        post(browser, f"{place}/deel/{key}", answer=f"Antwoord {key}")
    assert "Vertel wat u met een keurmerk doet" in post(browser, f"{place}/indienen", 400)
    post(browser, f"{place}/deel/keurmerk", certificate_plan="plan", certificate="pso_30")
    browser.post(f"{place}/deel/social/bewijs", data={"file": (io.BytesIO(PDF), "statuten.pdf")})
    assert "statuten.pdf" in page(browser, f"{place}/indienen")
    post(browser, f"{place}/indienen")
    assert "compleet is" in page(browser, place)
    row = db.session.scalars(select(Application)).one()
    assert (row.state, row.submitted_on) == (State.SUBMITTED, clock.today())
    page(browser, f"{place}/deel/social", 404)
    page(browser, f"{place}/intrekken")
    post(browser, f"{place}/intrekken")
    assert "ingetrokken" in page(browser, place)


def test_typing_is_saved_quietly_and_a_colleague_is_noticed(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, person = make_draft(c)
    browser = as_person(person, row.enterprise)
    path = f"/toelating/{row.public_id}/deel/social"
    seen = re.search(r'id="seen" value="([^"]+)"', page(browser, path))
    assert seen
    data = {"answer": "Half", "seen": seen[1]}
    quiet = browser.post(path, data=data, headers={"HX-Request": "true"})
    assert quiet.status_code == 200
    assert "Bewaard op" in quiet.get_data(as_text=True)
    assert "hx-swap-oob" in quiet.get_data(as_text=True)
    html = post(browser, path, 400, answer="Anders", seen=seen[1])
    assert "collega" in html
    assert "Half" in html
    assert "Anders" in html
    post(browser, path, answer="Anders", seen=seen[1], toch="1")
    assert queries.document(db.session.get_one(Application, row.id))["answers"]["social"] == (
        "Anders"
    )


def test_the_secretarys_and_reviewers_road(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, person = make_submitted(c)
    secretary, place = as_person(c.secretary, c.region), f"/commissie/dossiers/{row.public_id}"
    assert row.enterprise.name in page(secretary, "/commissie")
    post(secretary, f"{place}/aanvulling", social="Wat bedoelt u?")
    applicant = as_person(person, row.enterprise)
    own = f"/toelating/{row.public_id}"
    assert "Wat bedoelt u?" in page(applicant, f"{own}/vragen")
    name = queries.open_requests(row)[0].public_id
    assert "Geef op deze vraag" in post(applicant, f"{own}/vragen", 400)
    post(applicant, f"{own}/vragen", **{name: "Dit."})
    post(secretary, f"{place}/compleet")
    post(secretary, f"{place}/toewijzen", stap="verdelen")
    db.session.expire_all()
    reviewer = next(
        p for p in c.everybody if p.id == queries_reviews.assignments(row)[0][0].person_id
    )
    browser = as_person(reviewer, c.region)
    html = page(browser, place)
    assert "Geef eerst aan of u een belang hebt" in html
    assert "Antwoord social" not in html
    post(browser, f"{place}/belang", kind="none")
    assert "Antwoord social" in page(browser, place)
    form: dict[str, Any] = {f"score_{key}": "3" for key in CRITERIA}
    html = post(browser, f"{place}/beoordelen", 400, stap="inleveren", **form, reason_social="Typ")
    assert "schrijf op waarom" in html
    assert "Typ</textarea>" in html
    form |= {f"reason_{key}": "Goed" for key in CRITERIA}
    post(browser, f"{place}/beoordelen", stap="inleveren", **form)
    post(browser, f"{place}/gesprek", text="Sterk")
    assert "Sterk" in page(browser, place)


def test_an_interest_makes_the_dossier_vanish(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, _ = make_reviewed(c, "Verdwijnt")
    browser, place = as_person(c.vice, c.region), f"/commissie/dossiers/{row.public_id}"
    page(browser, place)
    post(browser, f"{place}/belang", kind="family")
    assert "Dank u" in page(browser, "/commissie")
    page(browser, place, 404)
    assert "Verdwijnt" not in page(browser, "/commissie")
    assert "Verdwijnt" in page(browser, "/commissie/belangen")
    assert "Verdwijnt" not in page(browser, "/commissie/dossiers")


def test_the_meetings_and_chairs_road(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, person = make_reviewed(c)
    secretary, chair = as_person(c.secretary, c.region), as_person(c.chair, c.region)
    today = clock.today()
    place = post(
        secretary,
        "/commissie/vergaderingen/nieuw",
        planned_on=today.strftime("%d-%m-%Y"),
        place="Hier",
    )
    page(secretary, "/commissie/vergaderingen")
    bulk = post(secretary, "/commissie/samen", 200, stap="agenda", dossier=row.public_id)
    assert row.enterprise.name in bulk
    post(
        secretary,
        "/commissie/samen",
        stap="agenda",
        dossier=row.public_id,
        zeker="1",
        vergadering=place.rsplit("/", 1)[1],
    )
    post(secretary, f"{place}/openen", people=[str(p.id) for p in c.full])
    item = queries_meetings.live_item(db.session.get_one(Application, row.id))
    assert item is not None
    point = f"/commissie/agendapunten/{item.public_id}"
    post(secretary, f"{point}/voorstel", outcome="admitted", badge="grace")
    for member in c.full:
        post(as_person(member, c.region), f"{point}/stem", stem="in_favour")
    post(chair, f"{point}/tellen")
    post(chair, f"{point}/notulen", text="Kort besproken")
    html = page(chair, place)
    assert "5 voor, 0 tegen, 0 blanco" in html
    dossier = f"/commissie/dossiers/{row.public_id}"
    assert "Schrijf op wat de commissie vindt" in post(chair, f"{dossier}/besluit", 400)
    post(chair, f"{dossier}/besluit", **{f"reason_{key}": "Goed" for key in CRITERIA})
    html = page(chair, f"{dossier}/brief")
    assert "nog niet bekend" in html
    seen = re.search(r'name="seen"[^>]* value="(\w+)"', html)
    assert seen
    applicant = as_person(person, row.enterprise)
    assert "Toegelaten" not in page(applicant, f"/toelating/{row.public_id}")
    post(chair, f"{dossier}/bekendmaken", seen=seen[1])
    assert "Toegelaten" in page(applicant, f"/toelating/{row.public_id}")
    letter = applicant.get(f"/toelating/{row.public_id}/besluit/1.pdf")
    assert letter.data.startswith(b"%PDF-")
    assert not any(p.name.encode() in letter.data for p in c.everybody)
    file = secretary.get(f"{dossier}/dossierstuk.pdf")
    assert file.data.startswith(b"%PDF-")
    html = page(secretary, f"{dossier}/dossierstuk")
    assert not any(p.name in html.split("im-letter")[1] for p in c.everybody)


def test_objection_decided_by_others(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    row, person = make_announced(c, outcome="refused")
    applicant = as_person(person, row.enterprise)
    page(applicant, f"/toelating/{row.public_id}/bezwaar")
    post(applicant, f"/toelating/{row.public_id}/bezwaar", grounds="Niet eens")
    place = f"/commissie/dossiers/{row.public_id}/bezwaar"
    page(as_person(c.chair, c.region), place, 404)
    admin = as_person(c.admin, c.region)
    assert "Niet eens" in page(admin, place)
    post(admin, place, outcome="upheld", reasons="Klopt")
    assert "Gegrond" in page(applicant, f"/toelating/{row.public_id}")


def test_the_administrator_lays_down_rules_and_seats(app: Flask, as_person: SignIn) -> None:
    c = make_committee()
    admin = as_person(c.admin, c.region)
    html = page(admin, "/regio/toelatingsregels/nieuw")
    data = dict(re.findall(r'<input[^>]* name="([ck]\d+_\w+)"[^>]* value="([^"]*)"', html))
    texts = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', html)
    data |= dict(texts)
    data = {k: v for k, v in data.items() if not k.endswith(("obligatory", "counts_for_badge"))}
    for key in ("quorum", "reviewers", "substitutes", "seat_months", "target_days"):
        data[key] = str(DEFAULT[key])
    data |= {"objection_days": "42", "grace_months": "6", "majority": "simple", "awb": "y"}
    data |= {"no_quorum": "written", "valid_from": "1-1-2020"}
    assert "terugwerkende kracht" in post(admin, "/regio/toelatingsregels/nieuw", 400, **data)
    later = clock.today() + timedelta(days=30)
    data["valid_from"] = later.strftime("%d-%m-%Y")
    post(admin, "/regio/toelatingsregels/nieuw", **data)
    assert queries_policy.policy(c.region.id, later).grace_months == 6
    assert queries_policy.policy(c.region.id, clock.today()).grace_months == 12
    assert [one.key for one in queries_policy.policy(c.region.id, later).criteria] == CRITERIA
    newest = db.session.scalars(select(PolicyVersion).order_by(PolicyVersion.id.desc())).first()
    assert newest is not None
    assert "6" in page(admin, f"/regio/toelatingsregels/{newest.public_id}")
    page(admin, "/regio/commissieleden")
    html = post(
        admin,
        "/regio/commissieleden",
        400,
        person=str(c.chair.id),
        seat="member",
        valid_from="1-1-2026",
        valid_until="1-1-2027",
    )
    assert "al een zetel" in html


@pytest.mark.parametrize("path", ["/commissie", "/commissie/dossiers", "/regio/toelatingsregels"])
def test_a_stranger_signs_in_first(app: Flask, client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 302


def test_strangers_find_nothing(app: Flask, as_person: SignIn) -> None:
    c, other = make_committee(), make_committee(make_region("Elders"))
    row, _ = make_announced(c)
    item = queries_meetings.items_of(row)[0]
    elsewhere = as_person(other.chair, other.region)
    page(elsewhere, f"/commissie/dossiers/{row.public_id}", 404)
    page(elsewhere, f"/commissie/vergaderingen/{item.meeting.public_id}", 404)
    post(elsewhere, f"/commissie/agendapunten/{item.public_id}/stem", 404, stem="blank")
    enterprise, stranger = make_applicant(c)
    browser = as_person(stranger, enterprise)
    page(browser, f"/toelating/{row.public_id}", 404)
    page(browser, f"/toelating/{row.public_id}/besluit/1", 404)
    page(browser, f"/toelating/{row.public_id}/besluit/1.pdf", 404)
    page(browser, "/commissie", 403)


def test_a_refused_proposal_and_refused_minutes_lose_nothing_typed(
    app: Flask, as_person: SignIn
) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    meeting = make_meeting(c)
    services_meeting.put_on_agenda(meeting=meeting, rows=[row], by=c.secretary)
    item = queries_meetings.live_item(row)
    assert item is not None
    secretary, point = as_person(c.secretary, c.region), f"/commissie/agendapunten/{item.public_id}"
    html = post(
        secretary,
        f"{point}/voorstel",
        400,
        outcome="conditional",
        badge="grace",
        conditions="Eerst een raad van toezicht.",
    )
    assert "Open eerst de vergadering" in html
    services_meeting.open_meeting(
        meeting=meeting, present=[p.id for p in c.full], by=c.secretary, today=DAY
    )
    html = post(
        secretary,
        f"{point}/voorstel",
        400,
        outcome="conditional",
        badge="grace",
        conditions="Eerst een raad van toezicht.",
    )
    assert "zijn 3 beoordelingen nodig. Er zijn er 0." in html
    assert "Eerst een raad van toezicht.</textarea>" in html
    assert '<option value="conditional" selected>' in html
    done, _ = make_announced(c)
    late = f"/commissie/agendapunten/{queries_meetings.items_of(done)[0].public_id}/notulen"
    html = post(secretary, late, 400, text="Wij bespraken dit lang.")
    assert "De notulen liggen vast" in html
    assert "Wij bespraken dit lang.</textarea>" in html
