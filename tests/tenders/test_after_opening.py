"""After the opening: points, the award with its letters, the contract that is handed down."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from tests.conftest import on_both
from tests.social_return.makers import make_prices, make_rules
from tests.tenders.makers import (
    AFTER,
    NOW,
    TODAY,
    first,
    hand_in,
    make_scene,
    make_sent,
    move,
    open_box,
    quote_of,
)

from impactmakelaar.core.db import db
from impactmakelaar.core.errors import Refused
from impactmakelaar.core.files import Accepted
from impactmakelaar.core.mail import OutboxMail
from impactmakelaar.social_return import queries as social_return
from impactmakelaar.tenders import (
    queries_invitations,
    queries_quotes,
    services,
    services_award,
    services_quotes,
)


def judge(scene: Any, row: Any) -> None:
    points = {"quality": 8, "social": 6}
    reasons = {"quality": "Een helder plan.", "social": "Twee leerwerkplekken."}
    for quote in queries_quotes.opened_quotes(row):
        services_award.give_points(
            row=row,
            quote_id=quote.public_id,
            points=points,
            reasons=reasons,
            by=scene.buyer,
            now=AFTER,
        )
    for quote in queries_quotes.opened_quotes(row):
        services_award.agree_points(
            row=row,
            quote_id=quote.public_id,
            points=points,
            reasons=reasons,
            by=scene.buyer,
            now=AFTER,
        )


@on_both
def test_award_sends_letters_with_the_reasons_that_concern_each(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    services.save_settings(
        organisation=scene.authority,
        open_with=2,
        keep_years=7,
        standstill_days=14,
        by=scene.buyer,
        now=NOW,
    )
    one, two = queries_invitations.invitations(row)[:2]
    hand_in(scene, one, price=70_000_00)
    hand_in(scene, two, price=79_123_45)
    open_box(scene, row)
    judge(scene, row)
    ranked = services_award.ranking(row)
    with pytest.raises(Refused, match="niet bovenaan"):
        services_award.award(
            row=row,
            quote_id=ranked[1].key,
            motivation="Omdat wij dat willen.",
            by=scene.buyer,
            now=AFTER,
            today=TODAY,
        )
    services_award.award(
        row=row,
        quote_id=ranked[0].key,
        motivation="Het beste plan voor de prijs.",
        by=scene.buyer,
        now=AFTER,
        today=TODAY,
    )

    letters = [m for m in db.session.scalars(select(OutboxMail)) if m.kind == "tender_decided"]
    assert len(letters) == 2
    assert all("Het beste plan" in m.text for m in letters)
    assert all("79.123" not in m.text and "70.000" not in m.text for m in letters)
    assert all(two.name not in m.text and one.name not in m.text for m in letters)
    with pytest.raises(Refused) as refusal:
        services_award.record_contract(
            row=row,
            contract_cents=70_000_00,
            contract_on=TODAY,
            spent_cents=None,
            spent_on=None,
            by=scene.buyer,
        )
    assert refusal.value.field == "contract_on"
    for mine, other in ((one, two), (two, one)):
        told = services_award.result_of(mine)
        assert "Uw score: " in told
        assert "Het beste plan" in told
        assert other.name not in told
        assert "79.123" not in told
    assert services_award.result_of(queries_invitations.invitations(row)[2]) == ""
    past = queries_quotes.history([one, two])
    assert sorted(p.outcome for p in past) == ["lost", "won"]


@on_both
@pytest.mark.parametrize(("wished", "proposed"), [(True, True), (False, False)])
def test_a_contract_is_handed_down_to_social_return_once(
    app: Flask, wished: bool, proposed: bool
) -> None:
    scene = make_scene(4)
    make_rules(scene.authority)
    make_prices(scene.authority)
    row = make_sent(scene)
    move(row, document=row.document | {"social_return": wished})
    hand_in(scene, first(row))
    open_box(scene, row)
    judge(scene, row)
    services_award.award(
        row=row,
        quote_id=services_award.ranking(row)[0].key,
        motivation="Het beste plan voor de prijs.",
        by=scene.buyer,
        now=AFTER,
        today=TODAY,
    )
    for spent in (None, 10_000_00):
        told = services_award.record_contract(
            row=row,
            contract_cents=240_000_00,
            contract_on=TODAY,
            spent_cents=spent,
            spent_on=None,
            by=scene.buyer,
        )
        assert told is proposed

    found = social_return.contracts_at(scene.authority)
    assert [c.phase for c in found] == (["draft"] if proposed else [])
    assert [c.contractor_id for c in found] == [first(row).enterprise_id] * len(found)


def test_points_are_agreed_on_after_ones_own(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    hand_in(scene, first(row))
    open_box(scene, row)
    [quote] = queries_quotes.opened_quotes(row)
    values = {
        "row": row,
        "quote_id": quote.public_id,
        "points": {"quality": 8, "social": 6},
        "reasons": {"quality": "Een helder plan.", "social": "Twee leerwerkplekken."},
        "by": scene.buyer,
        "now": AFTER,
    }
    with pytest.raises(Refused, match="eerst zelf"):
        services_award.agree_points(**values)
    services_award.give_points(**values)
    services_award.agree_points(**values)
    with pytest.raises(Refused, match="al samen"):
        services_award.give_points(**values)


def test_a_file_of_a_quote_appears_at_the_opening(app: Flask) -> None:
    scene = make_scene(4)
    row = make_sent(scene)
    one = first(row)
    body = b"%PDF-1.7\nx\n%%EOF\n"
    value = services_quotes.file_value(Accepted(body, "application/pdf", ".pdf"), "plan.pdf")
    services_quotes.submit(
        invitation=one,
        quote=quote_of() | {"files": [value]},
        submission="s",
        by=scene.owner(one),
        received_at=NOW,
    )
    assert db.session.execute(text("SELECT count(*) FROM stored_file")).scalar() == 0
    open_box(scene, row)
    [quote] = queries_quotes.opened_quotes(row)
    assert quote.content is not None
    assert quote.content["files"][0]["name"] == "plan.pdf"
