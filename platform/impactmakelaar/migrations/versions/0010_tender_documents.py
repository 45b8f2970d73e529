"""Documents with a request, and erasing a request after its term of keeping."""

import sqlalchemy as sa
from alembic import op

from impactmakelaar.core import triggers
from impactmakelaar.core.db import UtcDateTime

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('tender_document',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_tender_document_added_by_id_person')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_tender_document_file_id_stored_file')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_document_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender_document')),
    sa.UniqueConstraint('public_id', name=op.f('uq_tender_document_public_id')),
    sa.UniqueConstraint('tender_id', 'file_id', name=op.f('uq_tender_document_tender_id_file_id'))
    )
    op.create_table('tender_erasure',
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('erased_on', sa.Date(), nullable=False),
    sa.Column('kept_until', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_erasure_tender_id_tender')),
    sa.PrimaryKeyConstraint('tender_id', name=op.f('pk_tender_erasure'))
    )
    triggers.install(op.get_bind(), "0010")


def downgrade() -> None:
    for statement in triggers.removal(op.get_bind().dialect.name, "0010"):
        op.execute(statement)
    op.drop_table('tender_erasure')
    op.drop_table('tender_document')
