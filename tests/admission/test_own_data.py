"""What admission holds of a person, for him to take along; a dossier he may not know stays shut."""

import pytest
from flask import Flask

from impactmakelaar import retention
from impactmakelaar.admission import queries_decisions, services_committee
from impactmakelaar.admission.models import Application, CommitteeSeat, Remark
from impactmakelaar.admission.models_decision import Objection
from impactmakelaar.admission.models_standing import Leaving
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db, transaction
from tests.admission.makers import (
    DAY,
    Committee,
    make_announced,
    make_committee,
    make_complete,
    make_reviewed,
    put_to_vote,
    vote_all,
)
from tests.makers import THEN, make, make_person
from tests.own_data import CANARY, OTHER, taken_along


@pytest.fixture
def committee(app: Flask) -> Committee:
    return make_committee()


def remark(row: Application, person_id: int, word: str) -> None:
    make(
        Remark(
            application_id=row.id, round=1, person_id=person_id, text=f"Opmerking {word}", at=THEN
        )
    )


def test_applicant_takes_along_what_he_wrote(committee: Committee) -> None:
    row, person = make_announced(committee, f"Bakker {CANARY}")
    make_complete(committee, f"Kapper {OTHER}")
    decision = queries_decisions.decision(row)
    assert decision is not None
    for by, word in ((person, CANARY), (make_person(), OTHER)):
        make(
            Objection(
                decision_id=decision.id,
                filed_on=DAY,
                filed_by_id=by.id,
                grounds=f"Bezwaar {word}",
                outcome="rejected",
                decided_on=DAY,
                decided_by_id=committee.chair.id,
            )
        )
        make(
            Leaving(
                enterprise_id=row.enterprise_id,
                region_id=row.region_id,
                from_day=DAY,
                reason=f"Weg {word}",
                asked_at=THEN,
                asked_by_id=by.id,
            )
        )

    found = taken_along(person, "toelating")

    assert [one["onderneming"] for one in found["aanvragen"]] == [f"Bakker {CANARY}"]
    assert [one["tekst"] for one in found["bezwaren"]] == [f"Bezwaar {CANARY}"]
    assert [one["reden"] for one in found["afmeldingen"]] == [f"Weg {CANARY}"]
    assert found["beoordelingen"] == found["stemmen"] == []


def test_member_takes_along_his_seat_reviews_remarks_and_votes(committee: Committee) -> None:
    row, _ = make_reviewed(committee, "Bakker")
    member, other = committee.vice, committee.members[0]
    with transaction():
        for seat in db.session.query(CommitteeSeat):
            seat.employers = CANARY if seat.person_id == member.id else OTHER
    remark(row, member.id, CANARY)
    remark(row, other.id, OTHER)
    vote_all(committee, put_to_vote(committee, row))

    found = taken_along(member, "toelating")

    assert [one["werkgevers"] for one in found["zetels"]] == [CANARY]
    assert [one["tekst"] for one in found["opmerkingen"]] == [f"Opmerking {CANARY}"]
    assert found["stemmen"] == [{"onderneming": "Bakker", "stem": "voor"}]
    assert [one["soort"] for one in found["belangen"]] == ["Nee, ik heb geen belang"]
    assert [one["aanwezig"] for one in found["vergaderingen"]] == [True]
    assert found["beoordelingen"][0]["advies"] == "Advies"


def test_secret_ballot_stays_secret_in_the_download(committee: Committee) -> None:
    row, _ = make_reviewed(committee, "Bakker")
    vote_all(committee, put_to_vote(committee, row, secret=True))

    found = taken_along(committee.vice, "toelating")

    assert found["stemmen"] == [{"onderneming": "Bakker", "stem": "geheim"}]


def test_dossier_with_an_interest_is_told_nowhere_but_in_the_declaration(
    committee: Committee,
) -> None:
    row, _ = make_reviewed(committee, f"Bakker {CANARY}")
    member = committee.vice
    remark(row, member.id, OTHER)
    vote_all(committee, put_to_vote(committee, row))
    services_committee.declare(
        row=row, person=member, kind=Interest.FAMILY, explanation="Mijn broer", by=member, today=DAY
    )

    found = taken_along(member, "toelating")

    assert found["beoordelingen"] == found["opmerkingen"] == found["stemmen"] == []
    assert [(one["uitleg"], CANARY in one["onderneming"]) for one in found["belangen"]][-1] == (
        "Mijn broer",
        True,
    )
    told = found.pop("belangen")
    assert retention.own_data(member).decode().count(CANARY) == len(told)
