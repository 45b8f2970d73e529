"""Rows that may never change: the database itself refuses it, whoever asks.

The statements are part of the first migration; tests that make tables from the models run them
too, so that both roads end in the same database.
"""

from sqlalchemy import Connection, text

APPEND_ONLY = ("audit_event", "profile_version")
"""Tables in which a row, once written, stays as it is."""


def statements(dialect: str) -> list[str]:
    """What makes UPDATE and DELETE fail on the append-only tables, for this database."""
    found = []
    if dialect == "postgresql":
        found.append(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if dialect == "postgresql":
                found.append(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                )
            else:
                found.append(
                    f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} never change'); END"
                )
        if dialect == "postgresql":
            found.append(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
    return found


def install(connection: Connection) -> None:
    """Run them on a database that has the tables and not yet the triggers."""
    for statement in statements(connection.dialect.name):
        connection.execute(text(statement))
