"""The databases a ledger can lie in, SQLite and PostgreSQL: their URLs, engines, and what their faults mean.

A password never gets into an error: neither a URL that cannot be read nor a database's refusal is shown with one.
"""

import re
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy import event as engine_event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from pilothouse.errors import ConfigError, StoreCorruptError, StoreError, StoreLockedError

EXAMPLES: Final = "sqlite:///ledger.db or postgresql+psycopg://user@host/pilothouse"

_SECRET: Final = re.compile(r"((?:://|^)[^:/@]*:(?!//)).*(?=@)|(password=)[^&\s]*")
_CONNECT_S: Final = 5
_KEEPALIVE: Final = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def parse_url(url: str | URL) -> URL:
    """The URL of a database that a ledger can lie in.

    Raises
    ------
    ConfigError
        If it is none; the password in it is not shown.

    Examples
    --------
    >>> parse_url("postgres://ana@db/works").drivername
    'postgresql+psycopg'
    >>> parse_url("postgresql://ana:secret@db:x/works")
    Traceback (most recent call last):
    ...
    pilothouse.errors.ConfigError: expected a database URL such as sqlite:///ledger.db or \
postgresql+psycopg://user@host/pilothouse, got 'postgresql://ana:***@db:x/works'
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        shown = _SECRET.sub(r"\1\2***", str(url))
        # Not chained: the parser's own error would show the URL with its password.
        raise ConfigError(f"expected a database URL such as {EXAMPLES}, got {shown!r}") from None
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        raise ConfigError(
            f"a ledger lies in SQLite or PostgreSQL, got {parsed.get_backend_name()!r}", hint=f"write {EXAMPLES}"
        )
    return parsed


def name_of(url: URL) -> str:
    """What errors call a database: never with its password, nor with what else stands in the query."""
    return url.set(query={}).render_as_string(hide_password=True)


def make_engine(url: URL, wait_s: float, *, read_only: bool = False) -> Engine:
    """An engine whose commits are on the disk when they return; nothing is opened yet.

    Parameters
    ----------
    url
        As :func:`parse_url` gave it.
    wait_s
        How long a transaction waits for another writer.
    read_only
        Leave a SQLite file as it is, to the last byte.

    Raises
    ------
    ConfigError
        If the driver is not installed.
    """
    return _sqlite(url, wait_s, read_only=read_only) if url.get_backend_name() == "sqlite" else _postgresql(url, wait_s)


def fault(error: SQLAlchemyError, url: URL) -> StoreError:
    """The hub's error for a database's."""
    said, name = _said(error, url), name_of(url)
    if isinstance(error, IntegrityError) or any(word in said.lower() for word in _BUSY):
        return StoreLockedError(
            f"another process writes this ledger: {said}", hint="close it or try again; nothing was stored", ledger=name
        )
    if any(word in said.lower() for word in _DAMAGED):
        return StoreCorruptError(f"the ledger's file is damaged: {said}", hint="restore it from a backup", ledger=name)
    if is_lost(error):
        return StoreError(
            f"the connection to the database was lost: {said}",
            hint="nothing was stored; it is made anew at the next try",
            ledger=name,
        )
    return StoreError(
        f"the database refused: {said}",
        hint="check the URL, that its folder or server is there, and its rights",
        ledger=name,
    )


def is_lost(error: SQLAlchemyError) -> bool:
    """Whether the connection broke, so that what was under way may or may not have been stored."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


_BUSY: Final = ("database is locked", "database table is locked", "busy", "lock timeout", "could not obtain lock")
_DAMAGED: Final = ("malformed", "not a database", "disk image")


def _said(error: SQLAlchemyError, url: URL) -> str:
    """What the database said, on one line, without the password."""
    text = " ".join((str(error.orig) if isinstance(error, DBAPIError) else str(error)).split())
    secret = str(url.password) if url.password else ""
    return text.replace(secret, "***") if secret else text


def _sqlite(url: URL, wait_s: float, *, read_only: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": wait_s})

    @engine_event.listens_for(engine, "connect")
    def _on_connect(connection: object, _entry: ConnectionPoolEntry) -> None:
        # The driver would begin transactions late and commit before DDL; here SQLAlchemy alone begins them.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @engine_event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL, wait_s: float) -> Engine:
    if "password" in url.query:
        raise ConfigError("a password does not stand in the query of a URL", hint="write user:password@host")
    try:
        engine = create_engine(
            url, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": _CONNECT_S, **_KEEPALIVE}
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            "the driver of PostgreSQL is not installed", hint="run pip install 'pilothouse[postgres]'"
        ) from error

    @engine_event.listens_for(engine, "connect")
    def _on_connect(connection: object, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute(f"SET lock_timeout = {max(round(wait_s * 1000), 1)}")
        # A server may be set to tell of a commit before it is on the disk; an appended event may not be lost.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        connection.commit()  # type: ignore[attr-defined]
        cursor.close()

    return engine
