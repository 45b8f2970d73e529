"""Agreements that were open when their contract was settled stop, and free the room they took.

The services do so from now on. What is counted of them is read from their efforts, so nothing else
changes; going back has nothing to undo.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        sa.text(
            "UPDATE social_agreement SET state = 'cancelled', closed_at = CURRENT_TIMESTAMP,"
            " closed_reason = 'De opdracht is afgesloten.' WHERE state = 'agreed' AND contract_id IN"
            " (SELECT id FROM social_contract WHERE phase = 'settled')"
        )
    )


def downgrade() -> None:
    pass
