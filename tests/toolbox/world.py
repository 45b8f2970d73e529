"""What the toolbox adds to the small world in which every route is asked."""

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.makers import THEN, make

from impactmakelaar.accounts.identity import token_hash
from impactmakelaar.core import clock
from impactmakelaar.toolbox.models import (
    Workbook,
    WorkbookAnswer,
    WorkbookInvitation,
    WorkbookMember,
    WorkbookReset,
)

if TYPE_CHECKING:
    from tests.architecture.world import Side

PLACE = {"slug": "visie", "question_id": "m6-visie", "verb": "klaar"}


def add_objects(side: "Side") -> None:
    """A workbook of the authority with an answer, a reset and a guest asked."""
    by = side.buyer
    book = make(
        Workbook(
            organisation_id=side.authority.id,
            name=f"Werkboek {side.name}",
            created_by_id=by.id,
            created_at=THEN,
        )
    )
    make(WorkbookMember(workbook_id=book.id, person_id=by.id, role="manage", added_at=THEN))
    make(
        WorkbookAnswer(
            workbook_id=book.id,
            question_id="m6-visie",
            value={"text": f"Visie van {side.name}"},
            version=1,
            changed_by_id=by.id,
            changed_at=THEN,
        )
    )
    reset = make(WorkbookReset(workbook_id=book.id, scope="visie", by_id=by.id, at=clock.now()))
    token = f"guest-{side.name}"
    make(
        WorkbookInvitation(
            workbook_id=book.id,
            email=f"gast-{side.name}@test.example",
            role="read",
            token_hash=token_hash(token),
            invited_by_id=by.id,
            created_at=THEN,
            expires_at=clock.now() + timedelta(days=14),
        )
    )
    side.objects["workbook"] = {"public_id": book.public_id} | PLACE
    side.objects["reset"] = {"public_id": book.public_id, "reset_id": reset.public_id}
    side.objects["guest_token"] = {"token": token}
