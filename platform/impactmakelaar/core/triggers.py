"""What the database itself refuses, whoever asks, where a constraint cannot say it.

Rows of some tables never change; and a few rules look at more than one row. The statements are
part of the migration that makes the tables; tests that make tables from the models run them too,
so that both roads end in the same database.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

APPEND_ONLY = {
    "0001": ("audit_event", "profile_version"),
    "0002": ("policy_version", "vote"),
    "0003": ("certificate_check", "certificate_end"),
    "0005": (
        "social_rules",
        "social_prices",
        "social_terms",
        "social_invoice",
        "social_purchase_invoice",
        "social_effort",
        "social_evidence",
        "social_verdict",
        "social_entry",
    ),
    "0007": ("intake_proposal", "intake_outcome"),
    "0006": ("selection", "draw", "tender_change", "opening_hand", "opening_minutes"),
    "0010": ("tender_erasure",),
}
"""Revision -> tables in which a row, once written, stays as it is."""
ERASABLE_SINCE = "0010"
ERASABLE = {
    "selection": "OLD.tender_id",
    "draw": "(SELECT tender_id FROM selection WHERE id = OLD.selection_id)",
    "tender_change": "OLD.tender_id",
    "opening_hand": "OLD.tender_id",
    "opening_minutes": "OLD.tender_id",
}
"""Of these a row may go after the term of keeping, when its request has a row in
``tender_erasure``: table -> the SQL that gives the request's id."""


@dataclass(frozen=True)
class Guard:
    """Refuse ``verb`` on ``table`` when ``condition`` holds for the row (NEW and OLD)."""

    revision: str
    name: str
    table: str
    verb: str
    condition: str
    message: str


GUARDS = (
    Guard(
        "0010",
        "erasure_not_while_running",
        "tender_erasure",
        "INSERT",
        "EXISTS (SELECT 1 FROM tender WHERE id = NEW.tender_id AND (stage = 'opened'"
        " OR (stage = 'invited' AND kind = 'request'))) OR NEW.erased_on <= NEW.kept_until",
        "a request that runs or is within its term is not erased",
    ),
    Guard(
        "0002",
        "vote_open",
        "vote",
        "INSERT",
        "(SELECT state FROM agenda_item WHERE id = NEW.item_id) <> 'voting'",
        "this item is not being voted on",
    ),
    Guard(
        "0002",
        "vote_not_recused",
        "vote",
        "INSERT",
        "EXISTS (SELECT 1 FROM conflict_declaration c JOIN agenda_item i"
        " ON i.application_id = c.application_id"
        " WHERE i.id = NEW.item_id AND c.person_id = NEW.person_id AND c.recused)",
        "who has an interest does not vote",
    ),
    *(
        Guard(
            "0002",
            f"ballot_count_{verb.lower()}_open",
            "ballot_count",
            verb,
            f"(SELECT state FROM agenda_item WHERE id = {row}.item_id)"
            " NOT IN ('waiting', 'voting')",
            "the ballots of a closed vote stay as they are",
        )
        for verb, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
    ),
    Guard(
        "0002",
        "agenda_item_recount",
        "agenda_item",
        "UPDATE",
        "NEW.state IN ('adopted', 'rejected') AND ("
        "(SELECT count(*) FROM vote WHERE item_id = NEW.id)"
        " <> NEW.in_favour + NEW.against + NEW.blank OR "
        + " OR ".join(
            f"NEW.{choice} <> (SELECT count(*) FROM vote WHERE item_id = NEW.id"
            f" AND choice = '{choice}') + (SELECT coalesce(sum(votes), 0) FROM ballot_count"
            f" WHERE item_id = NEW.id AND choice = '{choice}')"
            for choice in ("in_favour", "against", "blank")
        )
        + ")",
        "the counts of an item are not those of its votes",
    ),
    Guard(
        "0002",
        "decision_of_vote",
        "decision",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM agenda_item i WHERE i.id = NEW.item_id"
        " AND i.state = 'adopted' AND i.application_id = NEW.application_id"
        " AND i.round = NEW.round AND i.outcome = NEW.outcome AND i.badge = NEW.badge"
        " AND i.present = NEW.present AND i.in_favour = NEW.in_favour"
        " AND i.against = NEW.against AND i.blank = NEW.blank)",
        "a decision follows the vote that was adopted",
    ),
    Guard(
        "0002",
        "decision_announced",
        "decision",
        "UPDATE",
        "OLD.announced_on IS NOT NULL AND (NEW.announced_on IS NULL"
        " OR NEW.announced_on <> OLD.announced_on OR NEW.outcome <> OLD.outcome"
        " OR NEW.badge <> OLD.badge OR NEW.conditions <> OLD.conditions"
        " OR NEW.reasons <> OLD.reasons OR NEW.policy_version_id <> OLD.policy_version_id"
        " OR NEW.present <> OLD.present OR NEW.in_favour <> OLD.in_favour"
        " OR NEW.against <> OLD.against OR NEW.blank <> OLD.blank)",
        "an announced decision stays as it is",
    ),
    Guard(
        "0002",
        "decision_kept",
        "decision",
        "DELETE",
        "OLD.announced_on IS NOT NULL",
        "an announced decision stays as it is",
    ),
    Guard(
        "0002",
        "objection_other_people",
        "objection",
        "UPDATE",
        "NEW.decided_by_id IS NOT NULL AND EXISTS (SELECT 1 FROM decision d"
        " WHERE d.id = NEW.decision_id AND (d.prepared_by_id = NEW.decided_by_id"
        " OR d.announced_by_id = NEW.decided_by_id"
        " OR EXISTS (SELECT 1 FROM item_attendance a WHERE a.item_id = d.item_id"
        " AND a.person_id = NEW.decided_by_id AND a.entitled)"
        " OR EXISTS (SELECT 1 FROM review_assignment r WHERE r.application_id = d.application_id"
        " AND r.round = d.round AND r.person_id = NEW.decided_by_id)))"
        " AND NEW.outcome <> 'withdrawn'",
        "an objection is decided by other people",
    ),
    Guard(
        "0006",
        "quote_in_time",
        "quote",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM tender t JOIN tender_invitation i ON i.tender_id = t.id"
        " WHERE i.id = NEW.invitation_id AND t.stage = 'invited'"
        " AND NEW.received_at < t.deadline_at)",
        "a quote comes in before the deadline",
    ),
    Guard(
        "0006",
        "quote_opened_after_deadline",
        "quote",
        "UPDATE",
        "NEW.content IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tender t"
        " JOIN tender_invitation i ON i.tender_id = t.id"
        " WHERE i.id = NEW.invitation_id AND NEW.opened_at >= t.deadline_at)",
        "a quote opens after the deadline",
    ),
    Guard(
        "0006",
        "tender_deadline_only_later",
        "tender",
        "UPDATE",
        "OLD.stage = 'invited' AND NEW.deadline_at < OLD.deadline_at",
        "a deadline only moves forward",
    ),
)
"""Rules over more than one row. A condition is SQL that both databases understand."""


def statements(dialect: str, revision: str | None = None) -> list[str]:
    """The statements of one revision, or of all when none is named, for this database."""
    found = []
    if dialect == "postgresql" and revision in (None, "0001"):
        found.append(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
            "RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql"
        )
    for group, tables in APPEND_ONLY.items():
        if revision in (None, group):
            found += [one for table in tables for one in _append_only(dialect, table)]
    if revision in (None, ERASABLE_SINCE):
        found += [one for table in ERASABLE for one in _erasable(dialect, table)]
    for guard in GUARDS:
        if revision in (None, guard.revision):
            found += _guard(dialect, guard)
    return found


def _append_only(dialect: str, table: str) -> list[str]:
    found = []
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


def _erasable(dialect: str, table: str) -> list[str]:
    """Put the narrower refusal in the place of the one that refuses every DELETE."""
    name = f"{table}_no_delete"
    condition = f"NOT EXISTS (SELECT 1 FROM tender_erasure WHERE tender_id = {ERASABLE[table]})"
    message = f"rows of {table} stay until the term of keeping is over"
    if dialect != "postgresql":
        made = (
            f"CREATE TRIGGER {name} BEFORE DELETE ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return [f"DROP TRIGGER {name}", made]
    function = (
        f"CREATE OR REPLACE FUNCTION keep_{table}() RETURNS trigger AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END $$ "
        "LANGUAGE plpgsql"
    )
    made = (
        f"CREATE TRIGGER {name} BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION keep_{table}()"
    )
    return [f"DROP TRIGGER {name} ON {table}", function, made]


def _refuse_delete(dialect: str, table: str) -> str:
    """The statement of ``_append_only`` that refuses every DELETE."""
    return next(one for one in _append_only(dialect, table) if f"{table}_no_delete" in one)


def _guard(dialect: str, guard: Guard) -> list[str]:
    event = f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} "
    if dialect != "postgresql":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        return [f"{event}WHEN {guard.condition} {refuse}"]
    row = "OLD" if guard.verb == "DELETE" else "NEW"
    function = (
        f"CREATE OR REPLACE FUNCTION guard_{guard.name}() RETURNS trigger AS $$ BEGIN "
        f"IF {guard.condition} THEN RAISE EXCEPTION '{guard.message}' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$ "
        "LANGUAGE plpgsql"
    )
    return [function, f"{event}FOR EACH ROW EXECUTE FUNCTION guard_{guard.name}()"]


def install(connection: Connection, revision: str | None = None) -> None:
    """Run them on a database that has the tables and not yet the triggers."""
    for statement in statements(connection.dialect.name, revision):
        connection.execute(text(statement))


def removal(dialect: str, revision: str) -> list[str]:
    """What takes the triggers of one revision away again, before its tables are altered."""
    verbs = ("update", "delete", "truncate") if dialect == "postgresql" else ("update", "delete")
    tables = [
        (f"{table}_no_{verb}", table) for table in APPEND_ONLY.get(revision, ()) for verb in verbs
    ]
    guards = [(guard.name, guard.table) for guard in GUARDS if guard.revision == revision]
    wide = list(ERASABLE) if revision == ERASABLE_SINCE else []
    gone = [*tables, *guards, *((f"{table}_no_delete", table) for table in wide)]
    again = [_refuse_delete(dialect, table) for table in wide]
    if dialect != "postgresql":
        return [f"DROP TRIGGER {name}" for name, _ in gone] + again
    found = [f"DROP TRIGGER {name} ON {table}" for name, table in gone]
    found += [f"DROP FUNCTION guard_{name}()" for name, _ in guards]
    return found + [f"DROP FUNCTION keep_{table}()" for table in wide] + again
