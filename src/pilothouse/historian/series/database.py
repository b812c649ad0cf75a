"""The database of the live tier: journal, passages, gaps, and the catalogue of what was sealed, in one SQLite file.

One file, because sealing an hour is one transaction over both: the segments enter the catalogue and the frames leave
the journal together, or neither. Writes are on the disk when they return (WAL, ``synchronous=FULL``).
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pilothouse.clock import format_instant
from pilothouse.errors import SchemaDriftError, StoreCorruptError, StoreError
from pilothouse.historian.series.wal import damage

FILE: Final = "journal.db"
SCHEMA: Final = 1

_LOG = logging.getLogger(__name__)

_TABLES: Final = """
CREATE TABLE layouts (number INTEGER PRIMARY KEY, place TEXT NOT NULL, columns TEXT NOT NULL);
CREATE TABLE names (number INTEGER PRIMARY KEY, key TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL);
CREATE TABLE frames (
    seq INTEGER PRIMARY KEY, layout INTEGER NOT NULL, hour INTEGER NOT NULL,
    first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, count INTEGER NOT NULL, frame BLOB NOT NULL);
CREATE TABLE segments (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, place TEXT NOT NULL, layout INTEGER NOT NULL,
    start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    rows INTEGER NOT NULL, count INTEGER NOT NULL, facts TEXT NOT NULL,
    file TEXT NOT NULL, bytes INTEGER NOT NULL, digest TEXT NOT NULL, gone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX segments_by_time ON segments (kind, place, start_ns) WHERE gone = 0;
CREATE INDEX segments_gone ON segments (number) WHERE gone = 1;
CREATE TABLE newest (
    place TEXT NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL, kind TEXT NOT NULL, source_ns INTEGER NOT NULL,
    known_ns INTEGER NOT NULL, value REAL, status INTEGER NOT NULL, PRIMARY KEY (key)) WITHOUT ROWID;
CREATE TABLE passages (
    place TEXT NOT NULL, since_ns INTEGER NOT NULL, piece TEXT NOT NULL, received_ns INTEGER NOT NULL,
    PRIMARY KEY (place, since_ns, piece)) WITHOUT ROWID;
CREATE TABLE gaps (
    connection TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, parameters INTEGER NOT NULL,
    missing INTEGER NOT NULL, filled INTEGER NOT NULL, PRIMARY KEY (connection, start_ns)) WITHOUT ROWID;
CREATE TABLE notes (number INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL, said TEXT NOT NULL);
CREATE TABLE counts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""


class Database:
    """An open database; one thread uses it at a time.

    Parameters
    ----------
    root
        The store's folder; it exists.
    at_ns
        The present instant: when damage that is found now was found.
    read_only
        Open beside a writing process.
    """

    def __init__(self, root: Path, at_ns: int, *, read_only: bool) -> None:
        self.path = root / FILE
        found = None if read_only else damage(self.path.with_name(FILE + "-wal"))
        if read_only and not self.path.is_file():
            raise StoreError(
                "there is no live tier here",
                hint="run `pilothouse historian import` first, or let the hub take values in",
                store=str(root),
            )
        with self.guarded():
            self.connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30.0)
        try:
            with self.guarded():
                self._make_ready(read_only=read_only)
            if found is not None:
                self.note(at_ns, found)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing: what is done inside is on the disk at its end, or not at all.

        Raises
        ------
        StoreError
            If the disk refuses; then nothing is stored.
        """
        with self.guarded():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Say in the hub's words what SQLite refused."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise StoreError(
                f"the live tier could not be written or read, nothing was changed: {error}",
                hint="make room on the disk or mend the rights, then write again: what was acknowledged is safe",
                store=str(self.path.parent),
            ) from error
        except sqlite3.DatabaseError as error:
            raise StoreCorruptError(
                f"the journal of the live tier is damaged: {error}",
                hint=f"restore {FILE} from a backup; sealed hours are Parquet files beside it and are not touched",
                store=str(self.path.parent),
            ) from error

    def note(self, at_ns: int, said: str) -> None:
        """Keep what people have to be told."""
        _LOG.warning("live tier: %s", said, extra={"store": str(self.path.parent)})
        with self.transaction() as connection:
            connection.execute("INSERT INTO notes (at_ns, said) VALUES (?, ?)", (at_ns, said))

    def notes(self) -> tuple[str, ...]:
        """All that was noted, in order."""
        with self.guarded():
            rows = self.connection.execute("SELECT at_ns, said FROM notes ORDER BY number").fetchall()
        return tuple(f"{format_instant(at_ns)}: {said}" for at_ns, said in rows)

    def count(self, name: str, at_first: int = 0) -> int:
        """A number that is kept with the data."""
        row = self.connection.execute("SELECT value FROM counts WHERE name = ?", (name,)).fetchone()
        return at_first if row is None else int(row[0])

    def close(self) -> None:
        """Give the file back."""
        self.connection.close()

    def _make_ready(self, *, read_only: bool) -> None:
        if read_only:
            self.connection.execute("PRAGMA query_only=ON")
        else:
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA synchronous=FULL")
        (schema,) = self.connection.execute("PRAGMA user_version").fetchone()
        if schema > SCHEMA:
            raise SchemaDriftError(
                f"expected schema {SCHEMA} or older, got {schema}",
                hint="open this store with the newer Pilothouse that wrote it",
                file=str(self.path),
            )
        if schema == 0 and not read_only:
            self.connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version={SCHEMA}; COMMIT;")
