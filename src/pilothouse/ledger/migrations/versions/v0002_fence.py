"""The fence, whole on both databases: events are only added, and the head only goes forward.

SQLite's ``INSERT OR REPLACE`` takes a row away without asking the trigger on deleting; so adding over an event is
refused too.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

SAID = "the ledger is append-only"

BACKWARD = "NEW.id <> OLD.id OR NEW.seq < OLD.seq OR (NEW.seq = OLD.seq AND NEW.hash <> OLD.hash)"

SQLITE = {
    "event_no_replace": "BEFORE INSERT ON event "
    "WHEN EXISTS (SELECT 1 FROM event WHERE seq = NEW.seq OR hash = NEW.hash)",
    "head_no_second": "BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head)",
    "head_only_forward": f"BEFORE UPDATE ON head WHEN {BACKWARD}",
    "head_no_delete": "BEFORE DELETE ON head",
}

POSTGRESQL = {
    "event_no_change": "BEFORE UPDATE OR DELETE ON event FOR EACH ROW",
    "event_no_truncate": "BEFORE TRUNCATE ON event FOR EACH STATEMENT",
    "head_only_forward": f"BEFORE UPDATE ON head FOR EACH ROW WHEN ({BACKWARD})",
    "head_no_delete": "BEFORE DELETE ON head FOR EACH ROW",
    "head_no_truncate": "BEFORE TRUNCATE ON head FOR EACH STATEMENT",
}


def upgrade() -> None:
    """Put it up."""
    if op.get_bind().dialect.name == "sqlite":
        for name, when in SQLITE.items():
            op.execute(f"CREATE TRIGGER {name} {when} BEGIN SELECT RAISE(ABORT, '{SAID}'); END")
    else:
        op.execute(
            "CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{SAID}' USING ERRCODE = 'restrict_violation'; END $$"
        )
        for name, when in POSTGRESQL.items():
            op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION ledger_append_only()")
    op.execute("UPDATE ledger_schema SET version = 2")
