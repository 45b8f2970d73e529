"""Alembic's surroundings: the application's own engine and models."""

from alembic import context
from flask import current_app

from impactmakelaar.core.db import Base, db

target_metadata = Base.metadata


def run_migrations_online() -> None:
    """Run within one transaction per migration, so that a killed one leaves nothing half done."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations need a database; offline mode is not supported")
current_app.logger.disabled = False
run_migrations_online()
