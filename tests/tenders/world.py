"""What requests add to the small world in which every route is asked."""

import copy
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.makers import THEN, make

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.core import clock
from impactmakelaar.core.db import transaction
from impactmakelaar.core.files import Accepted, keep
from impactmakelaar.tenders import rules, rules_replay
from impactmakelaar.tenders.models import Tender, TenderDocument
from impactmakelaar.tenders.models_quotes import Quote, TenderQuestion
from impactmakelaar.tenders.models_selection import (
    Draw,
    Lot,
    OutsideFirm,
    Selection,
    TenderInvitation,
)

if TYPE_CHECKING:
    from tests.architecture.world import Side


def add_objects(side: "Side") -> None:
    """A draft, a request that runs with an invitation, and one whose box is open."""
    draft, running = make_tender(side, "draft", 20), make_tender(side, "invited", 20)
    opened = make_tender(side, "invited", -1)
    firm = make(
        OutsideFirm(
            tender_id=draft.id,
            name="Elders",
            kvk_number="12345678",
            email="x@elders.example",
            reason="Deed het proefvak.",
            added_at=THEN,
        )
    )
    invitation = invite(side, running, f"uitnodiging-{side.name}")
    invited = invite(side, opened, f"geopend-{side.name}")
    question = make(
        TenderQuestion(
            tender_id=running.id, invitation_id=invitation.id, text="Mag het later?", asked_at=THEN
        )
    )
    now = clock.now()
    quote = make(
        Quote(
            invitation_id=invited.id,
            number=1,
            submission="een",
            sealed=b"x",
            sha256="0" * 64,
            received_at=THEN,
        )
    )
    with transaction():
        file = keep(
            Accepted(b"%PDF-1.7\n%%EOF\n", "application/pdf", ".pdf"),
            name="plan.pdf",
            organisation_id=side.authority.id,
            by_id=side.buyer.id,
        )
    with transaction():
        quote.opened_at, quote.content = (
            now,
            {
                "price": 70_000_00,
                "price_note": "",
                "answers": {"quality": "Goed", "social": "Goed"},
                "files": [{"name": file.name, "file": file.public_id, "size": file.size}],
            },
        )
        opened.stage, opened.opened_at = "opened", now
    documents = {
        row.id: make(TenderDocument(tender_id=row.id, file_id=file.id, added_at=THEN)).public_id
        for row in (draft, running)
    }
    side.objects |= {
        "tender_draft": {
            "public_id": draft.public_id,
            "firm_id": firm.public_id,
            "step": "wat",
            "document_id": documents[draft.id],
        },
        "tender": {
            "public_id": running.public_id,
            "number": "1",
            "kind": "csv",
            "question_id": question.public_id,
            "document_id": documents[running.id],
        },
        "tender_opened": {
            "public_id": opened.public_id,
            "quote_id": quote.public_id,
            "file_id": file.public_id,
        },
        "tender_invitation": {
            "public_id": invitation.public_id,
            "document_id": documents[running.id],
        },
        "tender_token": {
            "token": f"uitnodiging-{side.name}",
            "document_id": documents[running.id],
        },
    }


def make_tender(side: "Side", stage: str, days: int) -> Tender:
    """A request with a frozen selection when it went that far."""
    row = make(
        Tender(
            organisation_id=side.authority.id,
            kind="request",
            stage=stage,
            title=f"Groen {side.name}",
            cpv="77310000",
            category="services",
            value_low=80_000_00,
            value_high=80_000_00,
            procedure="" if stage == "draft" else "multiple",
            deadline_at=clock.now() + timedelta(days=days),
            document=copy.deepcopy(rules.EMPTY)
            | {"description": "Werk", "why_register": "Regio", "municipalities": ["GM0392"]},
            created_at=THEN,
            created_by_id=side.buyer.id,
            updated_at=THEN,
            invited_at=None if stage == "draft" else THEN,
        )
    )
    seed = rules_replay.new_seed()
    lot = make(
        Lot(
            tender_id=row.id,
            number=1,
            seed=seed,
            commitment=rules_replay.commitment(seed),
            prepared_at=THEN,
        )
    )
    if stage != "draft":
        frozen = {
            "candidates": [],
            "left_out": [],
            "own_choice": [],
            "criteria": [],
            "places": 3,
            "procedure": "multiple",
            "why_register": "Regio",
            "advice": {"why": "", "rule": ""},
            "deviates": [],
            "deviation": "",
            "decided_by": "",
            "commitment": lot.commitment,
        }
        selection = make(
            Selection(
                tender_id=row.id,
                number=1,
                lot_id=lot.id,
                frozen=frozen,
                sha256=rules_replay.fingerprint(frozen),
                frozen_at=THEN,
            )
        )
        make(
            Draw(
                selection_id=selection.id,
                document=rules_replay.draw_of(frozen, seed),
                drawn_at=THEN,
            )
        )
    return row


def invite(side: "Side", row: Tender, token: str) -> TenderInvitation:
    """The side's own enterprise is invited and said yes."""
    return make(
        TenderInvitation(
            tender_id=row.id,
            enterprise_id=side.enterprise.id,
            name=side.enterprise.name,
            kvk_number=side.enterprise.kvk_number or "",
            email="",
            origin="drawn",
            token_hash=token_hash(token),
            invited_at=THEN,
            answer="accepted",
            answered_at=THEN,
        )
    )
