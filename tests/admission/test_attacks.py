"""What somebody with a role and bad intentions tries, and what comes of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from impactmakelaar.admission import (
    permissions,
    queries_decisions,
    queries_interests,
    queries_meetings,
    queries_reviews,
    services_committee,
    services_decision,
    services_vote,
)
from impactmakelaar.admission.rules import State
from impactmakelaar.admission.rules_conflict import Interest
from impactmakelaar.core.db import db
from impactmakelaar.core.errors import NotFound, Refused
from impactmakelaar.organisations.rules import Role
from tests.admission.makers import (
    CRITERIA,
    DAY,
    make_adopted,
    make_committee,
    make_complete,
    make_submitted,
    prepare,
    put_to_vote,
    review_all,
)
from tests.makers import make_member

SignIn = Callable[..., FlaskClient]


def declare_nothing(row: Any, person: Any) -> None:
    """Say that there is no interest."""
    services_committee.declare(
        row=row, person=person, kind=Interest.NONE, explanation="", by=person, today=DAY
    )


def test_who_works_for_the_applicant_cannot_say_he_has_no_interest(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    make_member(row.enterprise, Role.ENTREPRENEUR, person=c.vice)
    with pytest.raises(Refused, match="U hebt dus een belang"):
        declare_nothing(row, c.vice)
    assert not queries_interests.has_declared(row, c.vice.id)


def test_who_works_for_the_applicant_leaves_the_room_without_declaring(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    make_member(row.enterprise, Role.ENTREPRENEUR, person=c.chair)
    review_all(c, row)
    assert not queries_reviews.is_assigned(row, c.chair.id)
    item = put_to_vote(c, row)
    seats = {s.person_id: s for s in queries_meetings.item_attendance([item])[item.id]}
    assert (seats[c.chair.id].recused, seats[c.chair.id].entitled) == (True, False)
    assert item.chaired_by_id == c.vice.id
    with pytest.raises(NotFound):
        services_vote.cast(item=item, choice="in_favour", by=c.chair, today=DAY)


@pytest.mark.parametrize("name", ["secretary", "admin"])
def test_who_works_for_the_applicant_handles_nothing_of_it_as_staff(app: Flask, name: str) -> None:
    c = make_committee()
    row, _ = make_submitted(c)
    person = getattr(c, name)
    make_member(row.enterprise, Role.ENTREPRENEUR, person=person)
    assert not permissions.may_see_dossier(person, row)
    with pytest.raises(NotFound):
        services_committee.find_complete(row=row, by=person, today=DAY)


def test_a_member_who_is_secretary_besides_declares_first(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    make_member(c.region, Role.SECRETARY, person=c.vice)
    assert not permissions.may_see_dossier(c.vice, row)
    declare_nothing(row, c.vice)
    assert permissions.may_see_dossier(c.vice, row)


def test_nobody_votes_who_has_not_declared(app: Flask) -> None:
    c = make_committee()
    row, _ = make_complete(c)
    late = make_member(c.region, Role.COMMITTEE_MEMBER)
    review_all(c, row)
    item = put_to_vote(c, row, present=[*c.full, late])
    with pytest.raises(Refused, match="Geef eerst aan"):
        services_vote.cast(item=item, choice="against", by=late, today=DAY)
    declare_nothing(row, late)
    services_vote.cast(item=item, choice="against", by=late, today=DAY)
    assert queries_meetings.recount(item).against == 1


def test_a_letter_that_changed_since_it_was_read_is_not_announced(app: Flask) -> None:
    c = make_committee()
    row, _ = make_adopted(c)
    read = services_decision.digest(prepare(c, row))
    services_decision.prepare(
        row=row,
        reasons=dict.fromkeys(CRITERIA, "Anders"),
        summary="",
        warning_answer="Ja",
        by=c.chair,
        today=DAY,
        seen=read,
    )
    with pytest.raises(Refused, match="intussen gewijzigd"):
        services_decision.announce(row=row, by=c.chair, today=DAY, seen=read)
    assert row.state == State.PREPARED


def test_a_stale_form_does_not_overwrite_what_another_member_wrote(
    app: Flask, as_person: SignIn
) -> None:
    c = make_committee()
    row, _ = make_adopted(c)
    browser, place = as_person(c.chair, c.region), f"/commissie/dossiers/{row.public_id}/besluit"
    assert browser.get(place).status_code == 200
    prepare(c, row)
    mine = {f"reason_{key}": "Mijn tekst" for key in CRITERIA}
    answer = browser.post(place, data=mine | {"seen": ""})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "Een ander lid bereidde dit besluit net voor" in html
    assert "Commissie over social" in html
    assert html.count("Mijn tekst</textarea>") == len(CRITERIA)
    seen = re.search(r'name="seen"[^>]* value="(\w+)"', html)
    assert seen
    assert browser.post(place, data=mine | {"seen": seen[1]}).status_code == 303
    db.session.expire_all()
    found = queries_decisions.decision(row)
    assert found is not None
    assert found.reasons["social"] == "Mijn tekst"
