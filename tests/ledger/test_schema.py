"""Migrations: they end in what the code says, on both databases; old ledgers go over, newer ones are refused."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from pilothouse.decision.event import GENESIS, Event
from pilothouse.errors import SchemaDriftError
from pilothouse.ledger import schema
from pilothouse.ledger.sql import SqlLedger
from pilothouse.ledger.tables import METADATA, MIGRATION, SCHEMA
from pilothouse.testing.ledger import draft

FIRST = """
CREATE TABLE event (seq BIGINT NOT NULL, at_ns BIGINT NOT NULL, kind VARCHAR(64) NOT NULL,
    subject VARCHAR(256) NOT NULL, actor VARCHAR(256) NOT NULL, payload_json TEXT NOT NULL,
    previous_hash VARCHAR(64) NOT NULL, hash VARCHAR(64) NOT NULL, PRIMARY KEY (seq), UNIQUE (hash));
CREATE INDEX ix_event_kind ON event (kind);
CREATE INDEX ix_event_subject ON event (subject);
CREATE TABLE head (id INTEGER NOT NULL, seq BIGINT NOT NULL, hash VARCHAR(64) NOT NULL, PRIMARY KEY (id));
CREATE TABLE ledger_schema (version INTEGER NOT NULL, PRIMARY KEY (version));
INSERT INTO ledger_schema VALUES (1);
"""
"""What the first Pilothouse made, on either database."""

SQLITE_FENCE = """
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


@pytest.fixture
def first(database):
    """A ledger of the first Pilothouse with two events."""
    one = Event.chain(1, GENESIS, draft("one"))
    two = Event.chain(2, one.hash, draft("two"))
    rows = ", ".join(
        str((e.seq, e.at_ns, e.kind, e.subject, e.actor, e.payload_json, e.previous_hash, e.hash)) for e in (one, two)
    )
    filled = [f"INSERT INTO event VALUES {rows}", f"INSERT INTO head VALUES (1, 2, '{two.hash}')"]  # noqa: S608
    if database.is_sqlite:
        path = Path(database.url.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.executescript(FIRST + SQLITE_FENCE + ";".join(filled))
    else:
        database.run(*(s for s in FIRST.split(";") if s.strip()), *filled)
    return database


def test_the_migrations_end_in_the_tables_of_the_code(database) -> None:
    SqlLedger(database.url).close()
    engine = create_engine(database.url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": MIGRATION, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == f"{SCHEMA:04d}"
        assert connection.exec_driver_sql("SELECT version FROM ledger_schema").scalars().all() == [SCHEMA]
    engine.dispose()


def test_the_newest_migration_is_the_schema_of_the_code() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    steps = ScriptDirectory.from_config(config)
    assert steps.get_current_head() == f"{SCHEMA:04d}"
    assert len(list(steps.walk_revisions())) == SCHEMA


def test_a_ledger_of_the_first_pilothouse_goes_on(first) -> None:
    with SqlLedger(first.url) as ledger:
        assert [event.subject for event in ledger.read()] == ["one", "two"]
        assert ledger.append([draft("three")])[0].seq == 3
        assert ledger.verify() == ()
    with pytest.raises(Exception, match="append-only"):
        first.run("DELETE FROM head")
    if first.is_sqlite:
        copy = Path(first.url.removeprefix("sqlite:///") + ".schema-1")
        with closing(sqlite3.connect(copy)) as raw:
            assert raw.execute("SELECT count(*) FROM event").fetchone() == (2,)
            assert raw.execute("SELECT version FROM ledger_schema").fetchone() == (1,)


def test_opened_to_read_an_old_ledger_stays_old(first) -> None:
    with SqlLedger(first.url, read_only=True) as ledger:
        assert len(ledger.read()) == 2
        assert ledger.verify() == ()
    with SqlLedger(first.url, read_only=True), pytest.raises(Exception, match=MIGRATION):
        first.run(f"SELECT * FROM {MIGRATION}")  # noqa: S608


def test_a_migration_that_breaks_off_leaves_the_old_ledger(first, monkeypatch) -> None:
    def breaks(connection) -> None:
        connection.exec_driver_sql("CREATE TABLE half (n INTEGER)")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(schema, "_upgrade", breaks)
        with pytest.raises(KeyboardInterrupt):
            SqlLedger(first.url)
    with SqlLedger(first.url) as ledger:
        assert ledger.verify() == ()
    with pytest.raises(Exception, match="half"):
        first.run("SELECT * FROM half")


def test_two_that_open_at_once_migrate_once(first) -> None:
    faults: list[BaseException] = []

    def open_it() -> None:
        try:
            SqlLedger(first.url, wait_s=20.0).close()
        except BaseException as error:  # noqa: BLE001 - the test's own thread hands it to the assertion below
            faults.append(error)

    threads = [Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert first.verified() == ()


def test_a_newer_ledger_is_refused(six) -> None:
    six.run(f"UPDATE ledger_schema SET version = {SCHEMA + 1}")  # noqa: S608
    for read_only in (False, True):
        with pytest.raises(
            SchemaDriftError, match=f"expected ledger schema {SCHEMA} or older, got {SCHEMA + 1}"
        ) as told:
            SqlLedger(six.url, read_only=read_only)
        assert "newer Pilothouse" in told.value.hint


def test_a_table_of_another_program_is_left_alone(database) -> None:
    database.run("CREATE TABLE event (id INTEGER)")
    with pytest.raises(SchemaDriftError, match="not a ledger's"):
        SqlLedger(database.url)
