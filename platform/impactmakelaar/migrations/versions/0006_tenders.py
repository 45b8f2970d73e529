"""Requests, selections, sealed quotes and awards."""

import sqlalchemy as sa
from alembic import op

from impactmakelaar.core import triggers
from impactmakelaar.core.db import JsonText, UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('buyer_settings',
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('open_with', sa.Integer(), nullable=False),
    sa.Column('keep_years', sa.Integer(), nullable=False),
    sa.Column('standstill_days', sa.Integer(), nullable=False),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('updated_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('keep_years BETWEEN 1 AND 30', name=op.f('ck_buyer_settings_keep_years')),
    sa.CheckConstraint('open_with IN (1, 2)', name=op.f('ck_buyer_settings_open_with')),
    sa.CheckConstraint('standstill_days BETWEEN 0 AND 60', name=op.f('ck_buyer_settings_standstill_days')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_buyer_settings_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['updated_by_id'], ['person.id'], name=op.f('fk_buyer_settings_updated_by_id_person')),
    sa.PrimaryKeyConstraint('organisation_id', name=op.f('pk_buyer_settings'))
    )
    op.create_table('limit_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('category', sa.String(length=12), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('single_below', sa.BigInteger(), nullable=False),
    sa.Column('multiple_below', sa.BigInteger(), nullable=True),
    sa.Column('invite_min', sa.Integer(), nullable=False),
    sa.Column('invite_max', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('is_example', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', UtcDateTime(), nullable=False),
    sa.Column('recorded_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('invite_min >= 1 AND invite_max >= invite_min', name=op.f('ck_limit_version_invite')),
    sa.CheckConstraint('multiple_below IS NULL OR multiple_below >= single_below', name=op.f('ck_limit_version_limits_rise')),
    sa.CheckConstraint('valid_until IS NULL OR valid_until >= valid_from', name=op.f('ck_limit_version_order')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_limit_version_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['recorded_by_id'], ['person.id'], name=op.f('fk_limit_version_recorded_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_limit_version')),
    sa.UniqueConstraint('organisation_id', 'category', 'valid_from', name=op.f('uq_limit_version_organisation_id_category_valid_from'))
    )
    op.create_table('mandate',
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('procedure', sa.String(length=12), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('granted_at', UtcDateTime(), nullable=False),
    sa.Column('granted_by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("procedure IN ('single', 'multiple', 'national', 'european')", name=op.f('ck_mandate_procedure')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['person.id'], name=op.f('fk_mandate_granted_by_id_person')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_mandate_organisation_id_organisation')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mandate_person_id_person')),
    sa.PrimaryKeyConstraint('organisation_id', 'procedure', 'person_id', name=op.f('pk_mandate'))
    )
    op.create_table('tender',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('title', sa.String(length=400), nullable=False),
    sa.Column('cpv', sa.String(length=8), nullable=False),
    sa.Column('category', sa.String(length=12), nullable=False),
    sa.Column('value_low', sa.BigInteger(), nullable=True),
    sa.Column('value_high', sa.BigInteger(), nullable=True),
    sa.Column('value_unknown', sa.Boolean(), nullable=False),
    sa.Column('procedure', sa.String(length=12), nullable=False),
    sa.Column('deviation', sa.Text(), nullable=False),
    sa.Column('deadline_at', UtcDateTime(), nullable=True),
    sa.Column('document', JsonText(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', UtcDateTime(), nullable=False),
    sa.Column('invited_at', UtcDateTime(), nullable=True),
    sa.Column('reminded_at', UtcDateTime(), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=False),
    sa.Column('box_name', sa.String(length=12), nullable=True),
    sa.Column('box_public', sa.LargeBinary(), nullable=True),
    sa.Column('copied_from_id', sa.Integer(), nullable=True),
    sa.Column('source_id', sa.String(length=80), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.CheckConstraint("kind IN ('request', 'sounding')", name=op.f('ck_tender_kind')),
    sa.CheckConstraint("stage IN ('draft', 'selected', 'invited', 'opened', 'awarded', 'not_awarded', 'handed_over', 'withdrawn')", name=op.f('ck_tender_stage')),
    sa.CheckConstraint("stage NOT IN ('invited', 'opened') OR (deadline_at IS NOT NULL AND invited_at IS NOT NULL)", name=op.f('ck_tender_invited_has_deadline')),
    sa.CheckConstraint('(box_name IS NULL) = (box_public IS NULL)', name=op.f('ck_tender_whole_box')),
    sa.CheckConstraint('(value_low IS NULL) = (value_high IS NULL) AND (value_low IS NULL OR (value_low >= 0 AND value_low <= value_high))', name=op.f('ck_tender_value_range')),
    sa.CheckConstraint('opened_at IS NULL OR (deadline_at IS NOT NULL AND opened_at >= deadline_at)', name=op.f('ck_tender_opened_after_deadline')),
    sa.ForeignKeyConstraint(['copied_from_id'], ['tender.id'], name=op.f('fk_tender_copied_from_id_tender')),
    sa.ForeignKeyConstraint(['created_by_id'], ['person.id'], name=op.f('fk_tender_created_by_id_person')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_tender_organisation_id_organisation')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender')),
    sa.UniqueConstraint('box_name', name=op.f('uq_tender_box_name')),
    sa.UniqueConstraint('organisation_id', 'source_id', name=op.f('uq_tender_organisation_id_source_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_tender_public_id'))
    )
    with op.batch_alter_table('tender', schema=None) as batch_op:
        batch_op.create_index('ix_tender_cpv', ['organisation_id', 'cpv'], unique=False)
        batch_op.create_index('ix_tender_organisation', ['organisation_id', 'stage'], unique=False)

    op.create_table('opening_hand',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_opening_hand_person_id_person')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_opening_hand_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opening_hand'))
    )
    with op.batch_alter_table('opening_hand', schema=None) as batch_op:
        batch_op.create_index('ix_opening_hand_tender', ['tender_id', 'at'], unique=False)

    op.create_table('opening_minutes',
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', UtcDateTime(), nullable=False),
    sa.Column('document', JsonText(), nullable=False),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_opening_minutes_tender_id_tender')),
    sa.PrimaryKeyConstraint('tender_id', name=op.f('pk_opening_minutes'))
    )
    op.create_table('outside_firm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kvk_number', sa.String(length=8), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('added_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['added_by_id'], ['person.id'], name=op.f('fk_outside_firm_added_by_id_person')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_outside_firm_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outside_firm')),
    sa.UniqueConstraint('public_id', name=op.f('uq_outside_firm_public_id')),
    sa.UniqueConstraint('tender_id', 'kvk_number', name=op.f('uq_outside_firm_tender_id_kvk_number'))
    )
    op.create_table('tender_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('old_deadline_at', UtcDateTime(), nullable=False),
    sa.Column('new_deadline_at', UtcDateTime(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('new_deadline_at >= old_deadline_at', name=op.f('ck_tender_change_only_later')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_tender_change_by_id_person')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_change_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender_change'))
    )
    with op.batch_alter_table('tender_change', schema=None) as batch_op:
        batch_op.create_index('ix_tender_change_tender', ['tender_id'], unique=False)

    op.create_table('tender_invitation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('enterprise_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kvk_number', sa.String(length=8), nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('origin', sa.String(length=12), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('invited_at', UtcDateTime(), nullable=False),
    sa.Column('invited_by_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(length=12), nullable=False),
    sa.Column('answer_reason', sa.Text(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name=op.f('ck_tender_invitation_answered_at')),
    sa.CheckConstraint("answer IN ('', 'accepted', 'declined', 'interested', 'not_now')", name=op.f('ck_tender_invitation_answer')),
    sa.CheckConstraint("origin IN ('drawn', 'next', 'own_choice')", name=op.f('ck_tender_invitation_origin')),
    sa.ForeignKeyConstraint(['enterprise_id'], ['organisation.id'], name=op.f('fk_tender_invitation_enterprise_id_organisation')),
    sa.ForeignKeyConstraint(['invited_by_id'], ['person.id'], name=op.f('fk_tender_invitation_invited_by_id_person')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_invitation_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender_invitation')),
    sa.UniqueConstraint('public_id', name=op.f('uq_tender_invitation_public_id')),
    sa.UniqueConstraint('tender_id', 'kvk_number', name=op.f('uq_tender_invitation_tender_id_kvk_number')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_tender_invitation_token_hash'))
    )
    with op.batch_alter_table('tender_invitation', schema=None) as batch_op:
        batch_op.create_index('ix_tender_invitation_enterprise', ['enterprise_id', 'invited_at'], unique=False)
        batch_op.create_index('ix_tender_invitation_kvk', ['kvk_number'], unique=False)

    op.create_table('tender_lot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('seed', sa.String(length=64), nullable=False),
    sa.Column('commitment', sa.String(length=64), nullable=False),
    sa.Column('prepared_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_lot_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender_lot')),
    sa.UniqueConstraint('tender_id', 'number', name=op.f('uq_tender_lot_tender_id_number'))
    )
    op.create_table('quote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('invitation_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('submission', sa.String(length=40), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', UtcDateTime(), nullable=True),
    sa.Column('replaced_at', UtcDateTime(), nullable=True),
    sa.Column('opened_at', UtcDateTime(), nullable=True),
    sa.Column('content', JsonText(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.CheckConstraint('(content IS NULL) = (opened_at IS NULL)', name=op.f('ck_quote_content_when_opened')),
    sa.CheckConstraint('opened_at IS NULL OR (withdrawn_at IS NULL AND replaced_at IS NULL)', name=op.f('ck_quote_only_current_opens')),
    sa.CheckConstraint('withdrawn_at IS NULL OR replaced_at IS NULL', name=op.f('ck_quote_one_end')),
    sa.ForeignKeyConstraint(['invitation_id'], ['tender_invitation.id'], name=op.f('fk_quote_invitation_id_tender_invitation')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['person.id'], name=op.f('fk_quote_submitted_by_id_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quote')),
    sa.UniqueConstraint('invitation_id', 'number', name=op.f('uq_quote_invitation_id_number')),
    sa.UniqueConstraint('invitation_id', 'submission', name=op.f('uq_quote_invitation_id_submission')),
    sa.UniqueConstraint('public_id', name=op.f('uq_quote_public_id'))
    )
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.create_index('uq_quote_current', ['invitation_id'], unique=True, sqlite_where=sa.text('withdrawn_at IS NULL AND replaced_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND replaced_at IS NULL'))

    op.create_table('quote_draft',
    sa.Column('invitation_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('saved_at', UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['invitation_id'], ['tender_invitation.id'], name=op.f('fk_quote_draft_invitation_id_tender_invitation')),
    sa.PrimaryKeyConstraint('invitation_id', name=op.f('pk_quote_draft'))
    )
    op.create_table('selection',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('lot_id', sa.Integer(), nullable=False),
    sa.Column('frozen', JsonText(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('frozen_at', UtcDateTime(), nullable=False),
    sa.Column('frozen_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['frozen_by_id'], ['person.id'], name=op.f('fk_selection_frozen_by_id_person')),
    sa.ForeignKeyConstraint(['lot_id'], ['tender_lot.id'], name=op.f('fk_selection_lot_id_tender_lot')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_selection_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_selection')),
    sa.UniqueConstraint('lot_id', name=op.f('uq_selection_lot_id')),
    sa.UniqueConstraint('public_id', name=op.f('uq_selection_public_id')),
    sa.UniqueConstraint('tender_id', 'number', name=op.f('uq_selection_tender_id_number'))
    )
    op.create_table('tender_question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('invitation_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('public_id', sa.String(length=12), nullable=False),
    sa.CheckConstraint("(answer = '') = (answered_at IS NULL)", name=op.f('ck_tender_question_answered_at')),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], name=op.f('fk_tender_question_answered_by_id_person')),
    sa.ForeignKeyConstraint(['invitation_id'], ['tender_invitation.id'], name=op.f('fk_tender_question_invitation_id_tender_invitation')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_tender_question_tender_id_tender')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tender_question')),
    sa.UniqueConstraint('public_id', name=op.f('uq_tender_question_public_id'))
    )
    with op.batch_alter_table('tender_question', schema=None) as batch_op:
        batch_op.create_index('ix_tender_question_tender', ['tender_id'], unique=False)

    op.create_table('award',
    sa.Column('tender_id', sa.Integer(), nullable=False),
    sa.Column('quote_id', sa.Integer(), nullable=True),
    sa.Column('motivation', sa.Text(), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('standstill_until', sa.Date(), nullable=True),
    sa.Column('contract_cents', sa.BigInteger(), nullable=True),
    sa.Column('contract_on', sa.Date(), nullable=True),
    sa.Column('spent_cents', sa.BigInteger(), nullable=True),
    sa.Column('spent_on', sa.Date(), nullable=True),
    sa.CheckConstraint('length(motivation) > 0', name=op.f('ck_award_motivated')),
    sa.CheckConstraint('spent_cents IS NULL OR spent_cents >= 0', name=op.f('ck_award_spent')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_award_decided_by_id_person')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_award_quote_id_quote')),
    sa.ForeignKeyConstraint(['tender_id'], ['tender.id'], name=op.f('fk_award_tender_id_tender')),
    sa.PrimaryKeyConstraint('tender_id', name=op.f('pk_award'))
    )
    op.create_table('draw',
    sa.Column('selection_id', sa.Integer(), nullable=False),
    sa.Column('document', JsonText(), nullable=False),
    sa.Column('drawn_at', UtcDateTime(), nullable=False),
    sa.Column('drawn_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['drawn_by_id'], ['person.id'], name=op.f('fk_draw_drawn_by_id_person')),
    sa.ForeignKeyConstraint(['selection_id'], ['selection.id'], name=op.f('fk_draw_selection_id_selection')),
    sa.PrimaryKeyConstraint('selection_id', name=op.f('pk_draw'))
    )
    op.create_table('joint_score',
    sa.Column('quote_id', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(length=20), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('points BETWEEN 0 AND 10', name=op.f('ck_joint_score_points')),
    sa.ForeignKeyConstraint(['by_id'], ['person.id'], name=op.f('fk_joint_score_by_id_person')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_joint_score_quote_id_quote')),
    sa.PrimaryKeyConstraint('quote_id', 'criterion', name=op.f('pk_joint_score'))
    )
    op.create_table('score',
    sa.Column('quote_id', sa.Integer(), nullable=False),
    sa.Column('criterion', sa.String(length=20), nullable=False),
    sa.Column('assessor_id', sa.Integer(), nullable=False),
    sa.Column('points', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.CheckConstraint('points BETWEEN 0 AND 10', name=op.f('ck_score_points')),
    sa.ForeignKeyConstraint(['assessor_id'], ['person.id'], name=op.f('fk_score_assessor_id_person')),
    sa.ForeignKeyConstraint(['quote_id'], ['quote.id'], name=op.f('fk_score_quote_id_quote')),
    sa.PrimaryKeyConstraint('quote_id', 'criterion', 'assessor_id', name=op.f('pk_score'))
    )
    triggers.install(op.get_bind(), "0006")


def downgrade() -> None:
    for statement in triggers.removal(op.get_bind().dialect.name, "0006"):
        op.execute(statement)
    op.drop_table('score')
    op.drop_table('joint_score')
    op.drop_table('draw')
    op.drop_table('award')
    with op.batch_alter_table('tender_question', schema=None) as batch_op:
        batch_op.drop_index('ix_tender_question_tender')

    op.drop_table('tender_question')
    op.drop_table('selection')
    op.drop_table('quote_draft')
    with op.batch_alter_table('quote', schema=None) as batch_op:
        batch_op.drop_index('uq_quote_current', sqlite_where=sa.text('withdrawn_at IS NULL AND replaced_at IS NULL'), postgresql_where=sa.text('withdrawn_at IS NULL AND replaced_at IS NULL'))

    op.drop_table('quote')
    op.drop_table('tender_lot')
    with op.batch_alter_table('tender_invitation', schema=None) as batch_op:
        batch_op.drop_index('ix_tender_invitation_kvk')
        batch_op.drop_index('ix_tender_invitation_enterprise')

    op.drop_table('tender_invitation')
    with op.batch_alter_table('tender_change', schema=None) as batch_op:
        batch_op.drop_index('ix_tender_change_tender')

    op.drop_table('tender_change')
    op.drop_table('outside_firm')
    op.drop_table('opening_minutes')
    with op.batch_alter_table('opening_hand', schema=None) as batch_op:
        batch_op.drop_index('ix_opening_hand_tender')

    op.drop_table('opening_hand')
    with op.batch_alter_table('tender', schema=None) as batch_op:
        batch_op.drop_index('ix_tender_organisation')
        batch_op.drop_index('ix_tender_cpv')

    op.drop_table('tender')
    op.drop_table('mandate')
    op.drop_table('limit_version')
    op.drop_table('buyer_settings')
