"""What a region's own page tells; put there and taken away by its staff."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from impactmakelaar.core.db import Base, PublicId, UtcDateTime

SHOWN = text("removed_at IS NULL")


class RegionParty(PublicId, Base):
    """A party or neighbour on the region's page, from when until when."""

    __tablename__ = "region_party"
    __table_args__ = (
        CheckConstraint("kind IN ('party', 'neighbour')", name="kind"),
        CheckConstraint("(kind = 'party') = (link <> '')", name="party_has_link"),
        CheckConstraint("(removed_at IS NULL) = (removed_by_id IS NULL)", name="removed"),
        Index(
            "uq_region_party_shown",
            "region_id",
            "kind",
            "link",
            "name",
            unique=True,
            sqlite_where=SHOWN,
            postgresql_where=SHOWN,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    region_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(10))
    link: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(300), default="")
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
