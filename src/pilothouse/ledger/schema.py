"""A ledger's tables brought up to date, at opening and under a lock.

A new database gets all migrations; a ledger of the first Pilothouse, which knew no migrations, is taken over as it
stands; an older one goes step by step, in one transaction, after its file was copied beside (SQLite); a newer one is
refused. A kill at any instant leaves the old tables or the new ones.

The migrations lie in ``migrations/versions``, one file a step, the same for SQLite and PostgreSQL. A step is never
changed once a release has made ledgers with it, and imports nothing of the tables of today. Each ends by writing its
number into ``ledger_schema``, so that a Pilothouse that does not know it refuses.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Final

from sqlalchemy import URL, Connection, Engine, inspect, select

from pilothouse.errors import SchemaDriftError, StoreError
from pilothouse.ledger.database import name_of
from pilothouse.ledger.tables import EVENT, MIGRATION, SCHEMA, VERSION

MIGRATIONS: Final = Path(__file__).with_name("migrations")

ADOPTED: Final = "0001"
"""The migration that a ledger without any noted migration has."""

_LOCK: Final = 7_310_118_422
"""Any number, the same for every Pilothouse: PostgreSQL's lock while tables change."""


def bring_up_to_date(engine: Engine, writing: Engine, url: URL) -> None:
    """Make or change the tables until they are those of today.

    Parameters
    ----------
    engine, writing
        To read, and to take the lock of a writer from the beginning.
    url
        For the copy beside, and for errors.

    Raises
    ------
    SchemaDriftError
        If a newer Pilothouse wrote the ledger.
    """
    with engine.connect() as connection:
        if stored_version(connection, url) == SCHEMA:
            return
    with writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        version = stored_version(connection, url)  # another process may have been faster
        if version == SCHEMA:
            return
        if version:
            copy_beside(url, version)
        with _ALEMBIC:
            _upgrade(connection)


def check_readable(engine: Engine, url: URL) -> None:
    """The database holds a ledger of today or older; nothing is changed.

    Raises
    ------
    StoreError
        If there is no ledger in it.
    SchemaDriftError
        If a newer Pilothouse wrote it.
    """
    with engine.connect() as connection:
        if not stored_version(connection, url):
            raise StoreError("there is no ledger here yet", hint="open it to write first", ledger=name_of(url))


def stored_version(connection: Connection, url: URL) -> int:
    """Of the tables that are there; 0 where there are none.

    Raises
    ------
    SchemaDriftError
        If it is newer than this code, or the tables are not a ledger's.
    """
    there = inspect(connection)
    if not there.has_table(VERSION.name):
        if there.has_table(EVENT.name):
            raise SchemaDriftError(
                f"the database has a table {EVENT.name!r} that is not a ledger's",
                hint="give the ledger a database of its own",
                ledger=name_of(url),
            )
        return 0
    version = connection.execute(select(VERSION.c.version)).scalar()
    if version is None or version > SCHEMA:
        raise SchemaDriftError(
            f"expected ledger schema {SCHEMA} or older, got {version}",
            hint="open this ledger with the newer Pilothouse that wrote it",
            ledger=name_of(url),
        )
    return int(version)


def copy_beside(url: URL, version: int) -> Path | None:
    """A copy of a SQLite file as ``ledger.db.schema-1`` beside it; None where the ledger is no file.

    The caller holds the writer's lock, so that nothing is added meanwhile.
    """
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    path = Path(url.database)
    copy = path.with_name(f"{path.name}.schema-{version}")
    half = copy.with_name(copy.name + ".tmp")
    half.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(half)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    with half.open("rb") as file:
        os.fsync(file.fileno())
    half.replace(copy)
    return copy


def _upgrade(connection: Connection) -> None:
    # Alembic takes as long to import as all else here, and is needed once in a ledger's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    there = inspect(connection)
    if there.has_table(VERSION.name) and not there.has_table(MIGRATION):
        command.stamp(config, ADOPTED)
    command.upgrade(config, "head")


_ALEMBIC: Final = Lock()
"""Alembic keeps the migration under way in a global: one at a time in a process."""
