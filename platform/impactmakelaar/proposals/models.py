"""The one table of proposals."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from impactmakelaar.accounts.models import Person
from impactmakelaar.core.db import Base, JsonText, PublicId, UtcDateTime
from impactmakelaar.organisations.models import Organisation

STILL_WAITING = text("outcome = 'waiting'")


class Proposal(PublicId, Base):
    """Something offered on behalf of ``organisation`` to a part of the platform in ``region``.

    ``value`` is what the receiving feature documents at its ``propose_...``; ``lines`` is the same
    for reading. ``source`` names where it came from, so that a newer one replaces an older one;
    ``origin`` says it in words.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint(
            "target IN ('admission_criteria', 'leads', 'social_return_rules', 'region_page', "
            "'requests', 'progress_report')",
            name="target",
        ),
        CheckConstraint(
            "outcome IN ('waiting', 'accepted', 'declined', 'replaced')", name="outcome"
        ),
        CheckConstraint("(outcome = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "(outcome IN ('accepted', 'declined')) = (decided_by_id IS NOT NULL)", name="decided_by"
        ),
        Index("ix_proposal_region", "region_id", "target"),
        Index("ix_proposal_organisation", "organisation_id", "target"),
        Index(
            "uq_proposal_waiting",
            "source",
            unique=True,
            sqlite_where=STILL_WAITING,
            postgresql_where=STILL_WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    target: Mapped[str] = mapped_column(String(30))
    title: Mapped[str] = mapped_column(String(300))
    lines: Mapped[list[str]] = mapped_column(JsonText)
    value: Mapped[dict[str, Any]] = mapped_column(JsonText)
    source: Mapped[str] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(200))
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(10), default="waiting")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String(300), default="")

    region: Mapped[Organisation] = relationship(foreign_keys=[region_id])
    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    by: Mapped[Person] = relationship(foreign_keys=[by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
