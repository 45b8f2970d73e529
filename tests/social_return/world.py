"""The objects of social return for the table of routes: contracts in each phase, with more."""

from datetime import date, timedelta
from typing import Any

from impactmakelaar.core import clock, files
from impactmakelaar.core.db import db, transaction
from impactmakelaar.organisations.rules import Role
from impactmakelaar.social_return import services, services_agreement, services_effort
from impactmakelaar.social_return.models import EffortEvidence
from impactmakelaar.social_return.rules import Effort
from tests.makers import THEN, make, make_member
from tests.social_return.makers import heading, make_prices, make_rules


def add_objects(side: Any) -> None:
    """Contracts of the side's authority and contractor, under rules of its own."""
    today = clock.today()
    rules, prices = make_rules(side.authority), make_prices(side.authority)
    make_rules(side.region) if side.name != "near" else None
    builder = make_member(side.contractor, Role.CONTRACTOR)
    officer = make_member(side.authority, Role.SROI_OFFICER)
    stated = services.Stated(
        value=40_000_000,
        starts_on=today - timedelta(days=200),
        ends_on=today + timedelta(days=500),
    )
    made = {}
    for name in ("draft", "registered", "active"):
        row = services.register_contract(
            authority=side.authority,
            contractor=side.contractor,
            heading=heading(name, awarded_on=date(2026, 1, 1)),
            stated=stated,
            by=builder,
        )
        if name != "draft":
            services.submit(row=row, by=builder)
        if name == "active":
            services.confirm(row=row, by=officer, today=today)
        made[name] = row
        side.objects[f"contract_{name}"] = {"public_id": row.public_id}
    effort = services_effort.declare(
        contract=made["active"],
        stated=services_effort.Declared(
            Effort.PLACEMENT,
            item="pw",
            candidate_code="K-01",
            starts_on=today - timedelta(days=100),
            ends_on=today - timedelta(days=10),
            hours=services_effort.Decimal(24),
            signed=True,
        ),
        by=builder,
        today=today,
    )
    agreement = services_agreement.book_agreement(
        contract=made["active"],
        enterprise=side.enterprise,
        effort=Effort.PLACEMENT,
        item="nug",
        units=1,
        starts_on=today,
        ends_on=today + timedelta(days=90),
        by=builder,
        today=today,
    )
    digest = "c" * 62 + f"{len(side.name):02d}"
    path = files.path_of(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"bewijs")
    stored = make(
        files.StoredFile(
            uploaded_at=THEN, sha256=digest, size=6, media_type="application/pdf", name="bewijs.pdf"
        )
    )
    with transaction():
        db.session.add(EffortEvidence(effort_id=effort.id, file_id=stored.id))
    side.objects["effort"] = {"public_id": effort.public_id}
    side.objects["social_agreement"] = {"public_id": agreement.public_id}
    side.objects["social_rules"] = {"public_id": rules.public_id}
    side.objects["social_prices"] = {"public_id": prices.public_id}
    side.objects["social_evidence"] = {"public_id": stored.public_id}
