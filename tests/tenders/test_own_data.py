"""What requests hold of a person, for him to take along; sealed stays sealed."""

from flask import Flask
from tests.makers import THEN, make, make_stored_file
from tests.own_data import CANARY, OTHER, taken_along
from tests.tenders.makers import (
    AFTER,
    NOW,
    Scene,
    hand_in,
    make_draft,
    make_scene,
    make_sent,
    open_box,
)

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import transaction
from impactmakelaar.tenders import (
    queries_invitations,
    services_running,
)
from impactmakelaar.tenders.models import Mandate, Tender, TenderDocument
from impactmakelaar.tenders.models_quotes import Award, JointScore, Quote, Score
from impactmakelaar.tenders.models_selection import OutsideFirm


def write(scene: Scene, row: Tender, by: Person, word: str) -> None:
    """What somebody at the buyer can leave around a request before its deadline."""
    [invitation, *_] = queries_invitations.invitations(row)
    services_running.ask(
        invitation=invitation, text="Hoe groot?", by=scene.owner(invitation), now=NOW
    )
    question = services_running.queries_quotes.asked_by(invitation)[-1]
    services_running.answer_question(
        row=row,
        public_id=question.public_id,
        text="Hoe groot?",
        answer=f"Antwoord {word}",
        by=by,
        now=NOW,
    )
    services_running.change(row=row, text=f"Wijziging {word}", deadline=None, by=by, now=NOW)
    file = make_stored_file(word)
    with transaction():
        file.name = f"Bestek {word}.pdf"
    make(TenderDocument(tender_id=row.id, file_id=file.id, added_at=THEN, added_by_id=by.id))
    make(
        OutsideFirm(
            tender_id=row.id,
            name=f"Bedrijf {word}",
            kvk_number=f"{90000000 + by.id}",
            email="a@test.example",
            reason=f"Reden {word}",
            added_at=THEN,
            added_by_id=by.id,
        )
    )


def judge(quote: Quote, by: Person, word: str, criterion: str) -> None:
    fields = {"quote_id": quote.id, "criterion": criterion, "points": 7, "at": THEN}
    make(Score(**fields, assessor_id=by.id, reason=f"Punten {word}"))
    make(JointScore(**fields, by_id=by.id, reason=f"Samen {word}"))


def test_buyer_and_supplier_take_along_what_each_wrote(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene, title=f"Groen {CANARY}")
    write(scene, row, scene.buyer, CANARY)
    write(scene, row, scene.colleague, OTHER)
    one, two = queries_invitations.invitations(row)[:2]
    quote = hand_in(scene, one, text="verzegeld-1")
    hand_in(scene, two, text="verzegeld-2")
    open_box(scene, row)
    judge(quote, scene.buyer, CANARY, "quality")
    judge(quote, scene.colleague, OTHER, "social")
    make(
        Award(
            tender_id=row.id,
            motivation=f"Besluit {CANARY}",
            decided_at=AFTER,
            decided_by_id=scene.buyer.id,
        )
    )
    make(
        Mandate(
            organisation_id=scene.authority.id,
            procedure="single",
            person_id=scene.buyer.id,
            granted_at=THEN,
        )
    )

    found = taken_along(scene.buyer, "offertes")

    assert [one["aanvraag"] for one in found["aanvragen"]] == [f"Groen {CANARY}"]
    assert [one["tekst"] for one in found["antwoorden op vragen"]] == [f"Antwoord {CANARY}"]
    assert [one["tekst"] for one in found["wijzigingen"]] == [f"Wijziging {CANARY}"]
    assert [one["bestand"] for one in found["documenten"]] == [f"Bestek {CANARY}.pdf"]
    assert [one["reden"] for one in found["zelf toegevoegd"]] == [f"Reden {CANARY}"]
    assert [one["reden"] for one in found["punten"]] == [f"Punten {CANARY}"]
    assert [one["reden"] for one in found["gezamenlijke punten"]] == [f"Samen {CANARY}"]
    assert [one["motivering"] for one in found["besluiten"]] == [f"Besluit {CANARY}"]
    assert [one["procedure"] for one in found["mandaten"]] == ["enkelvoudig onderhands"]
    assert len(found["geopend"]) == 1
    mine = taken_along(scene.owner(one), "offertes")
    assert [(q["aanvraag"], q["namens"]) for q in mine["offertes"]] == [
        (f"Groen {CANARY}", one.name)
    ]
    assert "verzegeld" not in str([found, mine])


def test_colleague_who_did_nothing_takes_nothing_along(app: Flask) -> None:
    scene = make_scene(1)
    make_draft(scene, title=f"Groen {OTHER}")

    assert not any(taken_along(scene.colleague, "offertes").values())
