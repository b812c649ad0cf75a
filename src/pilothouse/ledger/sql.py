"""The ledger on SQL: SQLite by default, any database of SQLAlchemy by URL.

What the chain shows: an event that was changed, taken out, slipped in or moved, and from which number on. With
the ``head`` row it also shows a tail that was cut off. What it cannot show: a ledger rewritten whole, head and
all, by someone who can write the file; against that, note :meth:`SqlLedger.head` elsewhere from time to time (on
a report, in another system) and give it to :meth:`SqlLedger.verify`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, insert, inspect, make_url, select, update
from sqlalchemy import event as engine_event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from pilothouse.decision.event import GENESIS, Event, EventDraft
from pilothouse.errors import ConfigError, SchemaDriftError, StoreCorruptError, StoreError, StoreLockedError
from pilothouse.ledger.tables import EVENT, HEAD, METADATA, SCHEMA, VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last event of a ledger: enough to prove later that nothing up to it was rewritten."""

    seq: int
    hash: str


class SqlLedger:
    """What was decided, append-only and hash-chained; see :class:`pilothouse.ports.Ledger`.

    Parameters
    ----------
    url
        A SQLAlchemy URL, for instance ``sqlite:///ledger.db`` or ``postgresql+psycopg://user@host/pilothouse``.
    wait_s
        How long to wait for another writer before giving up.

    Raises
    ------
    ConfigError
        If the URL is none.
    StoreError
        If the database cannot be opened.
    StoreCorruptError
        If the file is damaged or no database.
    SchemaDriftError
        If a newer Pilothouse wrote it.

    Examples
    --------
    >>> with SqlLedger("sqlite://") as ledger:
    ...     event, = ledger.append([EventDraft(at_ns=5, kind="learnt", subject="s", actor="hub", payload={})])
    ...     event.seq, ledger.verify()
    (1, ())
    """

    def __init__(self, url: str, *, wait_s: float = 5.0) -> None:
        self._url = _parsed(url)
        self._name = self._url.render_as_string(hide_password=True)
        self._engine = _engine(self._url, wait_s)
        self._writing = self._engine.execution_options(writes=True)
        self._closed = False
        with self._faults():
            if not inspect(self._engine).has_table(VERSION.name):
                with self._writing.begin() as connection:
                    _make(connection)
            with self._engine.connect() as connection:
                _check_version(connection, self._name)

    def append(self, drafts: Sequence[EventDraft]) -> tuple[Event, ...]:
        """Store all drafts or none, durably before returning; gives each its number and its place in the chain.

        Raises
        ------
        StoreLockedError
            If another writer holds the ledger for longer than ``wait_s``; then nothing was stored.
        ValueError, TypeError
            If a payload is not made of JSON values; then nothing was stored.
        """
        self._check_open()
        if not drafts:
            return ()
        with self._faults(), self._writing.begin() as connection:
            # Writing the head row first makes any other writer wait here, so what is read next stays true.
            connection.execute(update(HEAD).values(seq=HEAD.c.seq))
            head = _head(connection)
            if head is None:
                raise StoreCorruptError(
                    "the ledger has lost its head row", hint="restore it from a backup", ledger=self._name
                )
            events = _chained(head, drafts)
            connection.execute(insert(EVENT), [asdict(event) for event in events])
            connection.execute(update(HEAD).values(seq=events[-1].seq, hash=events[-1].hash))
        return events

    def read(self, from_seq: int = 1, *, subject: str | None = None, kind: str | None = None) -> tuple[Event, ...]:
        """Events from a number on, in order, perhaps only of a subject or kind."""
        self._check_open()
        query = select(EVENT).where(EVENT.c.seq >= from_seq).order_by(EVENT.c.seq)
        if subject is not None:
            query = query.where(EVENT.c.subject == subject)
        if kind is not None:
            query = query.where(EVENT.c.kind == kind)
        with self._faults(), self._engine.connect() as connection:
            return tuple(Event(**row) for row in connection.execute(query).mappings())

    def head(self) -> Head:
        """The number and hash of the last event; number 0 where there is none yet."""
        self._check_open()
        query = select(EVENT.c.seq, EVENT.c.hash).order_by(EVENT.c.seq.desc()).limit(1)
        with self._faults(), self._engine.connect() as connection:
            last = connection.execute(query).one_or_none()
        return Head(seq=0, hash=GENESIS) if last is None else Head(seq=last.seq, hash=last.hash)

    def verify(self, *, noted: Iterable[Head] = ()) -> tuple[str, ...]:
        """What is wrong, in words: the first broken event and why, a cut tail, a noted head that is not met.

        Parameters
        ----------
        noted
            Heads written down earlier outside the ledger.
        """
        self._check_open()
        with self._faults(), self._engine.connect() as connection:
            rows = connection.execution_options(stream_results=True).execute(select(EVENT).order_by(EVENT.c.seq))
            heads = {head.seq: head.hash for head in noted}
            met: dict[int, str] = {0: GENESIS}
            fault, last = None, Head(seq=0, hash=GENESIS)
            for row in rows.mappings():
                event = Event(**row)
                fault = fault or _break(last, event)
                last = Head(seq=event.seq, hash=event.hash)
                if event.seq in heads:
                    met[event.seq] = event.hash
            faults = [fault, _tail_fault(_head(connection), last)]
        faults += [_noted_fault(seq, met.get(seq), digest) for seq, digest in sorted(heads.items())]
        return tuple(fault for fault in faults if fault is not None)

    def close(self) -> None:
        """Release files and connections; a closed ledger is not used again."""
        self._closed = True
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Use it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the ledger is closed", hint="open it again", ledger=self._name)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Say what a database's fault means for the ledger."""
        try:
            yield
        except SQLAlchemyError as error:
            raise _fault(error, self._name) from error


def _chained(head: Head, drafts: Sequence[EventDraft]) -> tuple[Event, ...]:
    events: list[Event] = []
    for draft in drafts:
        events.append(Event.chain(head.seq + 1, head.hash, draft))
        head = Head(seq=events[-1].seq, hash=events[-1].hash)
    return tuple(events)


def _break(before: Head, event: Event) -> str | None:
    """How an event fails to follow the one before it."""
    if event.seq != before.seq + 1:
        return f"{_missing(before.seq + 1, event.seq - 1)}: event {event.seq} comes after {before.seq}"
    if not event.is_sound(event.previous_hash):
        return f"event {event.seq} was changed: its content does not give its hash"
    if event.previous_hash != before.hash:
        return f"event {event.seq} does not follow event {before.seq}: one of them was inserted or rewritten"
    return None


def _tail_fault(head: Head | None, last: Head) -> str | None:
    """How the last event disagrees with the head row."""
    if head is None:
        return "the head row is missing: a cut tail would not show"
    if head.seq > last.seq:
        return f"{_missing(last.seq + 1, head.seq)} at the end"
    if head != last:
        return f"event {last.seq}, the last, is not what the ledger appended: it was inserted or rewritten"
    return None


def _missing(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"


def _noted_fault(seq: int, found: str | None, noted: str) -> str | None:
    """How a head noted elsewhere is not met."""
    if found == noted:
        return None
    return f"event {seq} is " + ("missing" if found is None else "not the one that was noted: the chain was rewritten")


def _head(connection: Connection) -> Head | None:
    row = connection.execute(select(HEAD.c.seq, HEAD.c.hash)).one_or_none()
    return None if row is None else Head(seq=row.seq, hash=row.hash)


def _make(connection: Connection) -> None:
    """Make the tables, unless another process did so meanwhile."""
    if inspect(connection).has_table(VERSION.name):
        return
    METADATA.create_all(connection)
    connection.execute(insert(VERSION).values(version=SCHEMA))
    connection.execute(insert(HEAD).values(id=1, seq=0, hash=GENESIS))


def _check_version(connection: Connection, name: str) -> None:
    """The tables are in a version this code knows."""
    version = connection.execute(select(VERSION.c.version)).scalar()
    if version is None or version > SCHEMA:
        raise SchemaDriftError(
            f"expected ledger schema {SCHEMA} or older, got {version}",
            hint="open this ledger with the newer Pilothouse that wrote it",
            ledger=name,
        )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigError(f"expected a database URL such as sqlite:///ledger.db, got {url!r}") from error


def _engine(url: URL, wait_s: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    engine = create_engine(url, connect_args={"timeout": wait_s})

    @engine_event.listens_for(engine, "connect")
    def _on_connect(connection: object, _entry: ConnectionPoolEntry) -> None:
        # The driver would begin transactions late and commit before DDL; here SQLAlchemy alone begins them.
        connection.isolation_level = None  # type: ignore[attr-defined]
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @engine_event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


_BUSY: Final = ("locked", "busy", "lock timeout", "could not obtain lock")
_DAMAGED: Final = ("malformed", "not a database", "disk image")


def _fault(error: SQLAlchemyError, name: str) -> StoreError:
    """The hub's error for a database's."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    if isinstance(error, IntegrityError) or any(word in said.lower() for word in _BUSY):
        return StoreLockedError(
            f"another process writes this ledger: {said}", hint="close it or try again; nothing was stored", ledger=name
        )
    if any(word in said.lower() for word in _DAMAGED):
        return StoreCorruptError(f"the ledger's file is damaged: {said}", hint="restore it from a backup", ledger=name)
    return StoreError(
        f"the database refused: {said}", hint="check the URL, that its folder is there, and its rights", ledger=name
    )
