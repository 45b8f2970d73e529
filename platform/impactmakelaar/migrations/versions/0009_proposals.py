"""Proposals in a room of their own; what a region's page tells; guests told from colleagues.

What workbooks offered before goes: no feature could take it over. The answers stand in the
workbooks and can be offered again.
"""

import sqlalchemy as sa
from alembic import op

from impactmakelaar.core.db import JsonText, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

WAITING = sa.text("outcome = 'waiting'")
SHOWN = sa.text("removed_at IS NULL")
TARGETS = (
    "target IN ('admission_criteria', 'leads', 'social_return_rules', 'region_page', "
    "'requests', 'progress_report')"
)


def upgrade() -> None:
    op.drop_index("ix_workbook_proposal_region", table_name="workbook_proposal")
    op.drop_table("workbook_proposal")
    with op.batch_alter_table("workbook_member") as batch:
        batch.add_column(sa.Column("guest", sa.Boolean(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE workbook_member SET guest = (NOT EXISTS (SELECT 1 FROM membership m JOIN workbook w "
        "ON w.organisation_id = m.organisation_id WHERE w.id = workbook_member.workbook_id "
        "AND m.person_id = workbook_member.person_id))"
    )
    with op.batch_alter_table("workbook_member") as batch:
        batch.alter_column("guest", server_default=None)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("lines", JsonText(), nullable=False),
        sa.Column("value", JsonText(), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=300), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.CheckConstraint(TARGETS, name=op.f("ck_proposal_target")),
        sa.CheckConstraint(
            "outcome IN ('waiting', 'accepted', 'declined', 'replaced')", name=op.f("ck_proposal_outcome")
        ),
        sa.CheckConstraint(
            "(outcome = 'waiting') = (decided_at IS NULL)", name=op.f("ck_proposal_decided")
        ),
        sa.CheckConstraint(
            "(outcome IN ('accepted', 'declined')) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_proposal_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_proposal_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["person.id"], name=op.f("fk_proposal_decided_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["organisation.id"], name=op.f("fk_proposal_region_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_proposal_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_proposal_public_id")),
    )
    op.create_index("ix_proposal_region", "proposal", ["region_id", "target"])
    op.create_index("ix_proposal_organisation", "proposal", ["organisation_id", "target"])
    op.create_index(
        "uq_proposal_waiting",
        "proposal",
        ["source"],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    op.create_table(
        "region_party",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("link", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.CheckConstraint("kind IN ('party', 'neighbour')", name=op.f("ck_region_party_kind")),
        sa.CheckConstraint(
            "(kind = 'party') = (link <> '')", name=op.f("ck_region_party_party_has_link")
        ),
        sa.CheckConstraint(
            "(removed_at IS NULL) = (removed_by_id IS NULL)", name=op.f("ck_region_party_removed")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["organisation.id"], name=op.f("fk_region_party_region_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["person.id"], name=op.f("fk_region_party_added_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["person.id"], name=op.f("fk_region_party_removed_by_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_party")),
        sa.UniqueConstraint("public_id", name=op.f("uq_region_party_public_id")),
    )
    op.create_index(
        "uq_region_party_shown",
        "region_party",
        ["region_id", "kind", "link", "name"],
        unique=True,
        sqlite_where=SHOWN,
        postgresql_where=SHOWN,
    )


def downgrade() -> None:
    with op.batch_alter_table("workbook_member") as batch:
        batch.drop_column("guest")
    op.drop_index("uq_region_party_shown", table_name="region_party")
    op.drop_table("region_party")
    op.drop_index("uq_proposal_waiting", table_name="proposal")
    op.drop_index("ix_proposal_organisation", table_name="proposal")
    op.drop_index("ix_proposal_region", table_name="proposal")
    op.drop_table("proposal")
    op.create_table(
        "workbook_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("workbook_id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=30), nullable=False),
        sa.Column("value", JsonText(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.String(length=300), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.CheckConstraint(
            "(outcome = '') = (decided_at IS NULL)", name=op.f("ck_workbook_proposal_decided")
        ),
        sa.CheckConstraint(
            "outcome IN ('', 'accepted', 'declined')", name=op.f("ck_workbook_proposal_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["person.id"], name=op.f("fk_workbook_proposal_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["person.id"],
            name=op.f("fk_workbook_proposal_decided_by_id_person"),
        ),
        sa.ForeignKeyConstraint(
            ["region_id"],
            ["organisation.id"],
            name=op.f("fk_workbook_proposal_region_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["workbook_id"],
            ["workbook.id"],
            name=op.f("fk_workbook_proposal_workbook_id_workbook"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workbook_proposal")),
        sa.UniqueConstraint("public_id", name=op.f("uq_workbook_proposal_public_id")),
    )
    op.create_index("ix_workbook_proposal_region", "workbook_proposal", ["region_id", "target"])
