"""Requests as Open Contracting Data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app

from impactmakelaar.core.reference import reference
from impactmakelaar.tenders import queries, queries_quotes, rules, rules_ocds
from impactmakelaar.tenders.models import Tender
from impactmakelaar.tenders.rules_ocds import Outcome, Party, Told


def package(rows: Sequence[Tender], at: datetime) -> dict[str, Any]:
    """These requests as one release package."""
    base = current_app.config["BASE_URL"]
    uri = f"{base}/opdrachten/ocds/{rows[0].public_id if len(rows) == 1 else 'alle'}"
    releases = [rules_ocds.release(told_of(row)) for row in rows]
    return rules_ocds.package(releases, uri, current_app.config["SITE_NAME"], at)


def told_of(row: Tender) -> Told:
    """What a release tells of a request."""
    document = rules.complete(row.document)
    codes = [code for code in (row.cpv, *document["cpv_more"]) if code]
    return Told(
        key=row.public_id,
        title=row.title,
        stage=row.stage,
        category=row.category,
        procedure=row.procedure,
        value=queries.value_of(row),
        cpv=tuple((code, reference().cpv_label(code)) for code in codes),
        at=row.updated_at,
        deadline_at=row.deadline_at,
        invited_at=row.invited_at,
        document=document,
        buyer=Party(row.organisation.public_id, row.organisation.name),
        outcome=outcome_of(row),
    )


def outcome_of(row: Tender) -> Outcome | None:
    """The award of a request."""
    decision = queries_quotes.award(row)
    if decision is None:
        return None
    supplier = None
    if decision.quote is not None:
        invitation = decision.quote.invitation
        supplier = Party(f"NL-KVK-{invitation.kvk_number}", invitation.name, invitation.kvk_number)
    return Outcome(
        decision.decided_at,
        supplier,
        decision.contract_cents,
        decision.contract_on,
        decision.spent_cents,
    )
