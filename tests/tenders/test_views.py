"""The pages: a whole journey of buyers and suppliers, refusals, strangers."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select
from tests.makers import make_member, make_organisation
from tests.queries_counted import counted
from tests.social_return.makers import make_rules
from tests.tenders.makers import (
    AFTER,
    DEADLINE,
    NOW,
    hand_in,
    make_draft,
    make_scene,
    make_selected,
    make_sent,
    open_box,
)

from impactmakelaar.core.db import db
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.organisations.rules import Kind, Role
from impactmakelaar.tenders import (
    queries,
    queries_invitations,
    rules_replay,
    services_invite,
)
from impactmakelaar.tenders.models import Tender

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SignIn = Callable[..., FlaskClient]

WIZARD: dict[str, dict[str, Any]] = {
    "wat": {
        "title": "Groenonderhoud Schalkwijk",
        "description": "Plantsoenen in drie buurten.",
        "category": "services",
        "cpv": "77310000-6",
    },
    "waarde": {"value_low": "80.000"},
    "waar": {"municipalities": "Haarlem", "cross_border": "no"},
    "voorwaarden": {"requirements": "VCA of gelijkwaardig."},
    "planning": {
        "contact_name": "Marloes",
        "contact_email": "m@haarlem.example",
        "deadline_on": "10-12-2026",
        "deadline_time": "12.00",
    },
    "beoordeling": {
        "price_weight": "40",
        "title_1": "Kwaliteit",
        "weight_1": "40",
        "title_2": "Sociale waarde",
        "weight_2": "20",
    },
}


def page(client: FlaskClient, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code)
    return answer.get_data(as_text=True)


def seen(html: str) -> str:
    found = re.search(r'name="seen"[^>]*value="(\d+)"', html)
    assert found
    return found[1]


@pytest.fixture(autouse=True)
def at_the_time() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_the_whole_journey(app: Flask, as_person: SignIn, at_the_time: Any) -> None:
    scene = make_scene(5)
    buyer = as_person(scene.buyer)
    started = buyer.post("/opdrachten/nieuw", data={"kind": "request"})
    assert started.status_code == 303
    row = db.session.scalars(select(Tender)).one()
    base = f"/opdrachten/{row.public_id}"
    for step, values in WIZARD.items():
        url = f"{base}/stap/{step}"
        data = {**values, "seen": seen(page(buyer, url))}
        answer = buyer.post(url, data=data)
        assert answer.status_code == 303, (step, answer.get_data(as_text=True)[-3000:])
    html = page(buyer, base)
    assert "meervoudig onderhands, 3 tot 5 ondernemingen" in html
    criteria = {"criteria": ["work", "form", "place", "capacity", "size"], "why_register": "Regio."}
    assert buyer.post(f"{base}/selectie", data=criteria).status_code == 303
    html = page(buyer, f"{base}/selectie")
    assert "5 kandidaten" in html
    assert "5 ondernemingen uit het register kunnen dit werk doen" in html
    assert "Geen daarvan geeft bewijs voor artikel 2.82 op" in html
    frozen = buyer.post(
        f"{base}/selectie/vastleggen", data={"procedure": "multiple", "places": "3"}
    )
    assert frozen.status_code == 303
    assert "Loten" in page(buyer, f"{base}/dossier/1")
    assert buyer.post(f"{base}/dossier/1/loten").status_code == 303
    assert "gekozen" in page(buyer, f"{base}/dossier/1")
    exported = buyer.get(f"{base}/dossier/1.json").get_json()
    assert rules_replay.replay(exported) == []
    assert buyer.post(f"{base}/uitnodigen").status_code == 303

    invited = queries_invitations.invitations(db.session.scalars(select(Tender)).one())
    for number, invitation in enumerate(invited):
        supplier = as_person(scene.owner(invitation))
        mine = f"/uitnodigingen/{invitation.public_id}"
        assert "Groenonderhoud Schalkwijk" in page(supplier, "/uitnodigingen")
        assert supplier.post(f"{mine}/antwoord", data={"answer": "accepted"}).status_code == 303
        html = page(supplier, f"{mine}/offerte")
        token = re.search(r'name="submission"[^>]*value="([^"]+)"', html)
        assert token
        data = {
            "submission": token[1],
            "price": f"{70 + number}.000",
            "answer_quality": f"Plan {number}",
            "answer_social": "Twee plekken",
            "doen": "indienen",
            "files": (io.BytesIO(PDF), "geheim plan.pdf"),
        }
        if number == 2:
            at_the_time.move_to(DEADLINE)
            supplier = as_person(scene.owner(invitation))
            late = supplier.post(f"{mine}/offerte", data=data)
            assert late.status_code == 200
            assert "voorbij" in late.get_data(as_text=True)
        else:
            assert supplier.post(f"{mine}/offerte", data=data).status_code == 303

    at_the_time.move_to(AFTER)
    buyer = as_person(scene.buyer)
    assert buyer.post(f"{base}/openen").headers["Location"].endswith("/openen")
    colleague = as_person(scene.colleague)
    assert colleague.post(f"{base}/openen").headers["Location"].endswith("/offertes")
    html = page(buyer, f"{base}/offertes")
    assert "2 offertes" in html
    links = re.findall(rf'href="({base}/offertes/[a-z0-9]+)"', html)
    points = {
        "points_quality": "8",
        "reason_quality": "Goed en helder plan.",
        "points_social": "6",
        "reason_social": "Twee leerwerkplekken.",
    }
    for link in links:
        assert buyer.post(link, data=points).status_code == 303
    for link in links:
        assert "Samen vaststellen" in page(buyer, link)
        assert buyer.post(link, data=points | {"together": "ja"}).status_code == 303
    assert "geheim plan.pdf" in page(buyer, links[0])
    file = re.search(rf'href="({base}/offertes/[^"]+/bestand/[^"]+)"', page(buyer, links[0]))
    assert file
    assert buyer.get(file[1]).data.startswith(b"%PDF")
    html = page(buyer, f"{base}/gunnen")
    winner = re.search(r'name="quote"[^>]*value="([a-z0-9]+)"', html)
    assert winner
    decided = buyer.post(
        f"{base}/gunnen", data={"quote": winner[1], "motivation": "Het beste plan voor de prijs."}
    )
    assert decided.status_code == 303
    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_decided"]
    assert len(letters) == 2
    assert "Gegund aan" in page(buyer, base)
    assert (
        buyer.post(
            f"{base}/overeenkomst", data={"contract_cents": "70.000", "contract_on": "15-12-2026"}
        ).status_code
        == 303
    )
    chosen = {i.kvk_number for i in invited}
    other = next(e for e in scene.enterprises if e.kvk_number not in chosen)
    html = page(buyer, f"{base}/motivering?kvk={other.kvk_number}")
    assert "voldeed aan alle criteria" in html
    assert not any(i.name in html for i in invited)
    body = buyer.get(f"{base}/motivering.pdf?kvk={other.kvk_number}").data
    pages = PdfReader(io.BytesIO(body)).pages
    assert len(pages) == 1
    assert "Motivering" in pages[0].extract_text()


@pytest.mark.parametrize(
    ("step", "values", "part"),
    [
        ("wat", {"title": "", "cpv": ""}, "Geef de aanvraag een titel"),
        ("wat", {"title": "T", "cpv": "abc"}, "geen CPV-code"),
        ("waarde", {"value_low": "veel"}, "Vul een bedrag in"),
        ("waarde", {"value_low": "200", "value_high": "150"}, "hoger dan het hoogste"),
        ("waar", {"municipalities": "Atlantis"}, "geen Nederlandse gemeente"),
        ("planning", {"deadline_on": "31-2-2027"}, "bestaande datum"),
        ("planning", {"deadline_on": "25-11-2026"}, "minstens drie dagen"),
        ("beoordeling", {"price_weight": "50", "weight_1": "20", "weight_2": "20"}, "samen 90"),
    ],
)
def test_dirty_input_gets_a_sentence_and_loses_nothing(
    app: Flask, as_person: SignIn, step: str, values: dict[str, str], part: str
) -> None:
    scene = make_scene(1)
    row = make_draft(scene)
    buyer = as_person(scene.buyer)
    url = f"/opdrachten/{row.public_id}/stap/{step}"

    answer = buyer.post(url, data={**values, "seen": seen(page(buyer, url))})

    html = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert part in html
    for typed in values.values():
        assert typed in html


def test_a_colleagues_change_answers_409(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    row = make_draft(scene)
    url = f"/opdrachten/{row.public_id}/stap/waarde"
    answer = as_person(scene.buyer).post(url, data={"value_low": "10", "seen": "1"})
    assert answer.status_code == 409


def test_large_values_print_right(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    row = make_draft(scene, value_low=7_406_000_000_00, value_high=7_406_000_000_00)
    assert "€\u00a07.406.000.000" in page(as_person(scene.buyer), f"/opdrachten/{row.public_id}")


def addresses(row: Tender) -> list[str]:
    base = f"/opdrachten/{row.public_id}"
    return [
        base,
        *(
            f"{base}/{part}"
            for part in (
                "selectie",
                "dossier/1",
                "dossier/1.json",
                "motivering",
                "motivering.pdf",
                "shortlist.csv",
                "vragen",
                "openen",
                "offertes",
                "gunnen",
                "ocds.json",
                "wijzigen",
                "stap/wat",
            )
        ),
    ]


def test_a_foreign_request_does_not_exist(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    other = make_organisation(Kind.AUTHORITY, "Velsen", region_id=scene.region.id)
    stranger = as_person(make_member(other, Role.BUYER))
    for url in addresses(row):
        assert stranger.get(url).status_code == 404, url


def test_an_invitation_is_seen_by_its_own_people_only(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    first, second = queries_invitations.invitations(row)[:2]
    other = as_person(scene.owner(second))
    for part in ("", "/offerte"):
        assert other.get(f"/uitnodigingen/{first.public_id}{part}").status_code == 404
    for part in ("/antwoord", "/vraag", "/offerte", "/offerte/intrekken"):
        assert other.post(f"/uitnodigingen/{first.public_id}{part}").status_code == 404
    assert as_person(scene.buyer).get(f"/uitnodigingen/{first.public_id}").status_code == 403


def test_the_mailed_link_answers_by_a_button_only(app: Flask, client: FlaskClient) -> None:
    scene = make_scene(4)
    row = make_selected(scene)
    services_invite.send(row=row, by=scene.buyer, now=NOW)
    letter = next(m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_invited")
    url = re.search(r"http://localhost(/aanvraag/\S+)", letter.text)
    assert url
    for _ in range(2):
        assert "Groenonderhoud" in page(client, url[1])
    assert all(i.answer == "" for i in queries_invitations.invitations(row))
    assert client.post(url[1], data={"answer": "declined", "reason": ""}).status_code == 200
    answer = client.post(url[1], data={"answer": "declined", "reason": "Wij zitten vol."})
    assert answer.status_code == 303
    assert [i.answer for i in queries_invitations.invitations(row)].count("declined") == 1
    page(client, "/aanvraag/onbekend", 404)


def test_a_question_reaches_all_without_the_askers_name(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    first, second = queries_invitations.invitations(row)[:2]
    asker = as_person(scene.owner(first))
    asker.post(f"/uitnodigingen/{first.public_id}/vraag", data={"text": "Mogen wij later?"})
    buyer = as_person(scene.buyer)
    html = page(buyer, f"/opdrachten/{row.public_id}/vragen")
    assert "Mogen wij later?" in html
    assert first.name not in html
    other = as_person(scene.owner(second))
    assert "Mogen wij later?" not in page(other, f"/uitnodigingen/{second.public_id}")
    action = re.search(r'action="(/opdrachten/[^"]+/vragen/[^"]+)"', html)
    assert action
    buyer.post(action[1], data={"text": "Mag men later?", "answer": "Nee."})
    html = page(other, f"/uitnodigingen/{second.public_id}")
    assert "Mag men later?" in html
    assert first.name not in html


def test_pages_show_no_number_of_quotes_before_the_opening(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    buyer = as_person(scene.buyer)
    urls = [u for u in addresses(row) if "ocds" not in u and "pdf" not in u]
    before = [buyer.get(u).data for u in urls]
    for invitation in queries_invitations.invitations(row):
        hand_in(scene, invitation)
    assert [buyer.get(u).data for u in urls] == before


def test_list_pages_cost_the_same_at_any_length(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(3)
    buyer = as_person(scene.buyer)
    make_draft(scene)
    page(buyer, "/opdrachten")
    with counted() as few:
        page(buyer, "/opdrachten")
    for _ in range(5):
        make_draft(scene)
    with counted() as many:
        page(buyer, "/opdrachten")
    assert len(many) == len(few)


def test_settings_limits_and_mandates(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    buyer = as_person(scene.buyer)
    url = "/opdrachten/instellingen"
    assert "Gedelegeerde" in page(buyer, url)
    values = {"open_with": "1", "keep_years": "10", "standstill_days": "14"}
    assert buyer.post(url, data=values).status_code == 303
    assert queries.settings(scene.authority.id).open_with == 1
    limits = {
        "valid_from": "1-1-2027",
        "source": "Inkoopbeleid 2027",
        "services_single": "60.000",
        "invite_min": "3",
        "invite_max": "4",
    }
    assert buyer.post(f"{url}/grensbedragen", data=limits).status_code == 303
    wrong = buyer.post(f"{url}/grensbedragen", data=limits | {"services_single": ""})
    assert "minstens één grensbedrag" in wrong.get_data(as_text=True)
    for _ in range(2):
        again = buyer.post(f"{url}/grensbedragen", data={"voorbeeld": "ja"})
    assert "zijn er al grensbedragen" in again.get_data(as_text=True)
    granted = {"procedure": "multiple", "person": str(scene.colleague.id), "granted": "ja"}
    buyer.post(f"{url}/mandaat", data=granted)
    assert [p.id for _, p in queries.mandates(scene.authority.id)] == [scene.colleague.id]


def test_history_tells_the_supplier_what_became_of_it(
    app: Flask, as_person: SignIn, at_the_time: Any
) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    first = queries_invitations.invitations(row)[0]
    hand_in(scene, first)
    at_the_time.move_to(AFTER + timedelta(minutes=1))
    open_box(scene, row)
    html = page(as_person(scene.owner(first)), "/uitnodigingen")
    assert "offerte ingediend" in html
    assert "CPV-groep 773" in html


def test_codes_are_searched_without_scripts_and_nothing_typed_is_lost(
    app: Flask, as_person: SignIn
) -> None:
    scene = make_scene(0)
    row = make_draft(scene)
    buyer = as_person(scene.buyer)
    url = f"/opdrachten/{row.public_id}/stap/wat"
    typed = {
        "title": "Bomen langs de singel",
        "description": "Nog niet bewaard.",
        "cpv": "",
        "cpv_zoek": "snoeien",
        "seen": seen(page(buyer, url)),
    }

    html = buyer.post(url, data=typed).get_data(as_text=True)

    assert "Bomen langs de singel" in html
    assert "Nog niet bewaard." in html
    found = re.findall(r'name="cpv_kies" value="(\d{8})"', html)
    assert "77340000" in found
    assert f'value="{typed["seen"]}"' in html
    live = page(buyer, "/opdrachten/cpv-codes?cpv_zoek=snoeien&cpv_kies=55520000")
    assert re.search(r'value="55520000" checked', live)
    chosen = typed | {"cpv_kies": ["77340000", "onzin"]}
    assert buyer.post(url, data=chosen).status_code == 303
    assert db.session.get(Tender, row.id).cpv == "77340000"  # type: ignore[union-attr]


def test_the_desk_tells_what_still_waits(app: Flask, as_person: SignIn, at_the_time: Any) -> None:
    scene = make_scene(4)
    make_selected(scene)
    row = make_sent(scene)
    first, second = queries_invitations.invitations(row)[:2]
    supplier, buyer = scene.owner(first), scene.buyer
    browser = as_person(buyer)
    before = page(browser, "/bureau")
    assert "loten of uitnodigen" in before
    assert "uw offerte indienen" in page(as_person(supplier), "/bureau")
    hand_in(scene, first)
    assert "uw offerte indienen" not in page(as_person(supplier), "/bureau")
    assert "uw offerte indienen" in page(as_person(scene.owner(second)), "/bureau")
    assert page(browser, "/bureau") == before
    as_person(supplier).post(f"/uitnodigingen/{first.public_id}/vraag", data={"text": "Wanneer?"})
    assert "een vraag beantwoorden" in page(as_person(buyer), "/bureau")
    at_the_time.move_to(AFTER)
    assert "de kluis openen" in page(as_person(buyer), "/bureau")
    open_box(scene, row)
    assert "beoordelen en beslissen" in page(as_person(buyer), "/bureau")


def test_advice_tells_about_social_return(app: Flask, as_person: SignIn) -> None:
    scene = make_scene(1)
    make_rules(scene.authority)
    row = make_draft(scene, value_low=240_000_00, value_high=240_000_00)
    html = page(as_person(scene.buyer), f"/opdrachten/{row.public_id}")
    assert "haalt dat wel" in html
    assert "Kruis het aan bij de voorwaarden" in html
