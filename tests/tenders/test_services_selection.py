"""From a draft to invitations, on both databases."""

import copy
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from tests.conftest import on_both
from tests.queries_counted import counted
from tests.races import at_once
from tests.register.makers import make_published, publish
from tests.tenders.makers import (
    DEADLINE,
    NOW,
    TODAY,
    WORK,
    freeze,
    make_draft,
    make_scene,
    make_selected,
    make_sent,
)

from impactmakelaar.core import audit
from impactmakelaar.core.db import canonical_json, db, transaction
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.register.queries import listings
from impactmakelaar.tenders import (
    queries,
    queries_advice,
    queries_invitations,
    queries_selection,
    rules_replay,
    services,
    services_invite,
    services_running,
    services_selection,
)
from impactmakelaar.tenders.models_selection import Draw
from impactmakelaar.tenders.rules import Procedure


@on_both
def test_eighty_thousand_of_services_is_multiple_and_three_are_drawn(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)

    advice = queries_advice.advice(row, TODAY)
    freeze(scene, row)
    draw = services_selection.draw(row=row, number=1, by=scene.buyer, now=NOW)

    assert (advice.procedure, advice.invite) == (Procedure.MULTIPLE, (3, 5))
    assert advice.is_example
    assert len(draw.document["chosen"]) == 3
    assert (
        rules_replay.replay(services_selection.record_of(*queries_selection.selections(row)[0]))
        == []
    )


@on_both
def test_the_record_replays_without_the_database_and_names_a_changed_date(app: Flask) -> None:
    scene = make_scene()
    record = services_selection.record_of(*queries_selection.selections(make_selected(scene))[0])
    changed = copy.deepcopy(record)
    changed["frozen"]["candidates"][0]["last_invited_on"] = "2026-11-01"

    assert rules_replay.replay(record) == []
    assert rules_replay.replay(changed)


def test_the_command_replays_a_file_and_names_what_was_changed(app: Flask, tmp_path: Path) -> None:
    scene = make_scene()
    record = services_selection.record_of(*queries_selection.selections(make_selected(scene))[0])
    first = record["draw"]["chosen"][0]
    file = tmp_path / "dossier.json"

    def replay(text_: str) -> tuple[int, str]:
        file.write_text(text_, encoding="utf-8")
        found = app.test_cli_runner().invoke(args=["tenders", "replay", str(file)])
        return found.exit_code, found.output

    code, output = replay(canonical_json(record))
    assert (code, f"* 1. {first}" in output) == (0, True)
    changed = copy.deepcopy(record)
    for one in changed["frozen"]["candidates"]:
        if one["enterprise"]["kvk"] == first:
            one["last_invited_on"] = "2026-11-01"
    code, output = replay(canonical_json(changed))
    assert code == 1
    assert first in output
    for no_record in (
        "",
        "[" * 100_000,
        "[]",
        "12",
        "null",
        '{"format": "impactmakelaar-selectie-1"}',
    ):
        assert replay(no_record)[0] == 2, no_record


def test_the_record_holds_no_contact_details(app: Flask) -> None:
    scene = make_scene(0)
    contact = {"name": "Geheime Persoon", "role": "", "email": "x@y.example", "phone": "0612345678"}
    make_published(scene.region, "Groen", contacts=[contact | {"public": True}], activities=[WORK])
    row = make_draft(scene, value_low=10_000_00, value_high=10_000_00)
    frozen = freeze(scene, row, procedure="single", places=1).frozen

    for secret in ("Geheime Persoon", "x@y.example", "0612345678"):
        assert secret not in canonical_json(frozen)


def test_who_is_left_out_has_the_first_failed_criterion(app: Flask) -> None:
    scene = make_scene(3)
    make_published(scene.region, "Vol", activities=[WORK | {"capacity": "full"}])
    make_published(scene.region, "Schoonmaak", activities=[WORK | {"cpv": ["90910000"]}])

    frozen = freeze(scene, make_draft(scene)).frozen

    left = {c["enterprise"]["name"]: c["criterion"] for c in frozen["left_out"]}
    assert left == {"Vol": "capacity", "Schoonmaak": "work"}
    assert len(frozen["candidates"]) == 3


@on_both
def test_rotation_asks_others_the_second_time(app: Flask) -> None:
    scene = make_scene(6)
    first = make_sent(scene)
    second = make_selected(scene)

    before = {i.kvk_number for i in queries_invitations.invitations(first)}
    _, draw = queries_selection.selections(second)[0]
    assert draw is not None
    assert not before & set(draw.document["chosen"])


@on_both
def test_a_redraw_needs_a_reason_and_keeps_both(app: Flask) -> None:
    scene = make_scene()
    row = make_selected(scene)

    with pytest.raises(Refused) as refusal:
        freeze(scene, row)
    assert refusal.value.field == "reason"
    freeze(scene, row, reason="De plaats was verkeerd ingevuld.")
    services_selection.draw(row=row, number=2, by=scene.buyer, now=NOW)

    found = queries_selection.selections(row)
    assert [s.number for s, _ in found] == [2, 1]
    assert found[0][0].lot.seed != found[1][0].lot.seed
    assert all(drawn for _, drawn in found)


@on_both
def test_the_database_refuses_a_changed_selection_or_draw(app: Flask) -> None:
    make_selected(make_scene())
    for statement in (
        "UPDATE selection SET sha256 = 'x'",
        "DELETE FROM draw",
        "UPDATE draw SET document = '{}'",
    ):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


@on_both
def test_two_buyers_drawing_at_once_get_one_draw(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)
    freeze(scene, row)
    tender_id, people = row.public_id, (scene.buyer.id, scene.colleague.id)

    def one(person_id: int) -> str:
        tender = queries.tender(tender_id)
        person = db.session.get(type(scene.buyer), person_id)
        assert tender is not None
        assert person is not None
        draw = services_selection.draw(row=tender, number=1, by=person, now=NOW)
        return str(draw.document["seed"])

    found = at_once(app, lambda: one(people[0]), lambda: one(people[1]))

    assert found[0] == found[1]
    assert len(list(db.session.scalars(select(Draw)))) == 1


def test_the_seed_is_committed_before_anybody_knows_the_candidates(app: Flask) -> None:
    scene = make_scene()
    row = services.start(organisation=scene.authority, kind="request", by=scene.buyer, now=NOW)
    lot = queries_selection.ready_lot(row)
    assert lot is not None
    assert lot.commitment == rules_replay.commitment(lot.seed)

    services.save_step(
        row=row,
        values=make_values(),
        revision=row.revision,
        by=scene.buyer,
        now=NOW,
    )
    assert freeze(scene, row).frozen["commitment"] == lot.commitment


def make_values() -> dict[str, object]:
    from_draft = {
        "title": "T",
        "cpv": "77310000",
        "category": "services",
        "value_low": 80_000_00,
        "value_high": 80_000_00,
        "deadline_at": DEADLINE,
        "description": "D",
        "municipalities": ["GM0392"],
        "why_register": "Omdat het kan.",
    }
    return dict(from_draft)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"procedure": "single", "places": 1}, "deviation"),
        ({"places": 2}, "deviation"),
        ({"places": 0}, "places"),
    ],
)
def test_leaving_the_advice_needs_a_reason(
    app: Flask, fields: dict[str, object], field: str
) -> None:
    scene = make_scene()
    row = make_draft(scene)

    with pytest.raises(Refused) as refusal:
        freeze(scene, row, **fields)
    assert refusal.value.field == field
    if field == "deviation":
        found = freeze(scene, row, deviation="Er is maar weinig markt voor dit werk.", **fields)
        assert found.frozen["deviates"]


def test_nobody_fits_is_told(app: Flask) -> None:
    scene = make_scene(0)
    with pytest.raises(Refused, match="Geen enkele onderneming"):
        freeze(scene, make_draft(scene))


def test_limited_requests_lead_only_to_enterprises_with_proof(app: Flask) -> None:
    scene = make_scene(3)
    proof = {"kind": "pso_30", "level": "30+"}
    make_published(scene.region, "Sociaal", activities=[WORK], certificates=[proof])
    row = make_draft(scene, limited=True)

    reason = "Er is één onderneming met bewijs."
    frozen = freeze(scene, row, places=1, deviation=reason).frozen

    [only] = frozen["candidates"]
    assert only["enterprise"]["name"] == "Sociaal"
    assert "nog niet nagekeken" in dict(map(tuple, only["reasons"]))["limited"]
    assert {c["criterion"] for c in frozen["left_out"]} == {"limited"}


def test_a_firm_of_ones_own_is_invited_and_marked(app: Flask) -> None:
    scene = make_scene()
    row = make_draft(scene)
    services_selection.add_firm(
        row=row,
        name="Tuinman elders",
        kvk="12345678",
        email="tuin@elders.example",
        reason="Deed vorig jaar het proefvak, zie dossier.",
        by=scene.buyer,
        now=NOW,
    )
    freeze(scene, row)
    services_selection.draw(row=row, number=1, by=scene.buyer, now=NOW)
    services_invite.send(row=row, by=scene.buyer, now=NOW)

    own = [i for i in queries_invitations.invitations(row) if i.origin == "own_choice"]
    assert [(i.name, i.enterprise_id) for i in own] == [("Tuinman elders", None)]
    letters = list(db.session.scalars(select(OutboxMail)))
    assert len(letters) == 4
    names = {i.name for i in queries_invitations.invitations(row)}
    for letter in letters:
        assert not any(name in letter.text for name in names)


def test_after_a_decline_the_next_in_the_order_may_be_invited(app: Flask) -> None:
    scene = make_scene(5)
    row = make_sent(scene)
    with pytest.raises(Refused, match="afmelding"):
        services_invite.invite_next(row=row, by=scene.buyer, now=NOW)
    first = queries_invitations.invitations(row)[0]
    services_running.answer(
        invitation=first, answer="declined", reason="Vol", by=scene.owner(first), now=NOW
    )

    found = services_invite.invite_next(row=row, by=scene.buyer, now=NOW)

    _, draw = queries_selection.selections(row)[0]
    assert draw is not None
    assert found.kvk_number == draw.document["order"][3]["kvk"]
    with pytest.raises(Refused):
        services_invite.invite_next(row=row, by=scene.buyer, now=NOW)


def test_nobody_is_invited_when_too_little_time_is_left(app: Flask) -> None:
    scene = make_scene()
    row = make_sent(scene)
    with pytest.raises(Refused, match="te weinig tijd"):
        services_invite.invite_next(row=row, by=scene.buyer, now=DEADLINE - timedelta(days=2))


def test_a_sounding_asks_many_and_does_not_count_as_a_turn(app: Flask) -> None:
    scene = make_scene(6)
    row = make_draft(scene, kind="sounding")
    freeze(scene, row, places=6)
    services_selection.draw(row=row, number=1, by=scene.buyer, now=NOW)
    assert services_invite.send(row=row, by=scene.buyer, now=NOW) == 6
    first = queries_invitations.invitations(row)[0]
    with pytest.raises(Refused):
        services_running.answer(invitation=first, answer="accepted", reason="", by=None, now=NOW)
    services_running.answer(invitation=first, answer="not_now", reason="Vol", by=None, now=NOW)

    assert row.box_name is None
    later = make_draft(scene)
    assert queries_selection.last_invited(scene.authority.id, "77310000", but=later.id) == {}


def test_candidates_come_from_the_database_in_a_constant_number_of_queries(app: Flask) -> None:
    scene = make_scene(1)
    row = make_draft(scene)
    asked = queries_selection.asked(row)
    db.session.expire_all()
    with counted() as few:
        queries_selection.pool(asked, TODAY)
    for number in range(25):
        make_published(scene.region, f"Meer {number}", activities=[WORK])
    db.session.expire_all()
    with counted() as many:
        found = queries_selection.pool(asked, TODAY)

    assert len(found.enterprises) == 26 == len(list(listings(TODAY)))
    assert len(many) == len(few)


def test_a_later_version_of_a_profile_leaves_the_record_alone(app: Flask) -> None:
    scene = make_scene(3)
    row = make_selected(scene)
    selection, _ = queries_selection.selections(row)[0]
    before = selection.sha256
    one = scene.enterprises[0]
    document = one_document(one)
    publish(one, document | {"trade_name": "Nieuwe naam"})

    selection, drawn = queries_selection.selections(row)[0]
    assert selection.sha256 == before == rules_replay.fingerprint(selection.frozen)
    assert rules_replay.replay(services_selection.record_of(selection, drawn)) == []


def one_document(organisation: object) -> dict[str, object]:
    [found] = listings(TODAY, [organisation.id])  # type: ignore[attr-defined]
    return dict(found.document)


def test_every_step_is_in_the_trail(app: Flask) -> None:
    scene = make_scene()
    row = make_sent(scene)

    actions = {line.action for line in audit.about(row)}
    assert {
        "tender.started",
        "tender.saved",
        "tender.selected",
        "tender.drawn",
        "tender.sent",
    } <= actions
