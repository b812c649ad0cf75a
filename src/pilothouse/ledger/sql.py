"""The ledger on SQL: a SQLite file by default, PostgreSQL by URL.

What the chain shows: an event that was changed, taken out, slipped in or moved, and from which number on. With
the ``head`` row it also shows a tail that was cut off. What it cannot show: a ledger rewritten whole, head and
all, by someone who can write the database; against that, note :meth:`SqlLedger.head` elsewhere from time to time (on
a report, in another system) and give it to :meth:`SqlLedger.verify`.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Self

from sqlalchemy import URL, Connection, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from pilothouse.clock import stopwatch_s
from pilothouse.decision.event import GENESIS, Event, EventDraft
from pilothouse.errors import StoreCorruptError, StoreError, StoreMovedError
from pilothouse.ledger.database import fault, is_lost, make_engine, name_of, parse_url
from pilothouse.ledger.schema import bring_up_to_date, check_readable
from pilothouse.ledger.tables import EVENT, HEAD, LONGEST

_TRY_EVERY_S: Final = 0.2
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last event of a ledger: enough to prove later that nothing up to it was rewritten."""

    seq: int
    hash: str


NOTHING_YET: Final = Head(seq=0, hash=GENESIS)
"""The head of a ledger without any event."""


class SqlLedger:
    """What was decided, append-only and hash-chained; see :class:`pilothouse.ports.Ledger`.

    Parameters
    ----------
    url
        A SQLAlchemy URL, for instance ``sqlite:///ledger.db`` or ``postgresql+psycopg://user@host/pilothouse``.
    wait_s
        How long to wait for another writer before giving up.
    read_only
        Look at it as it stands: nothing is made, brought up to date or appended.

    Raises
    ------
    ConfigError
        If the URL is none, or its driver is not installed.
    StoreError
        If the database cannot be opened, or holds no ledger that could be read.
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

    def __init__(self, url: str | URL, *, wait_s: float = 5.0, read_only: bool = False) -> None:
        self._url = parse_url(url)
        self._name = name_of(self._url)
        self._wait_s = wait_s
        self._read_only = read_only
        engine = make_engine(self._url, wait_s, read_only=read_only)
        self._writing = engine.execution_options(writes=True)
        # One question sees one state, however many statements it takes; SQLite's transactions do so by themselves.
        is_sqlite = engine.dialect.name == "sqlite"
        self._engine = engine if is_sqlite else engine.execution_options(isolation_level="REPEATABLE READ")
        self._closed = False
        try:
            with self._faults():
                if read_only:
                    check_readable(self._engine, self._url)
                else:
                    bring_up_to_date(self._engine, self._writing, self._url)
        except BaseException:
            self.close()
            raise

    def append(self, drafts: Sequence[EventDraft], *, read_upto: int | None = None) -> tuple[Event, ...]:
        """Store all drafts or none, durably before returning; gives each its number and its place in the chain.

        Parameters
        ----------
        drafts
            What happened.
        read_upto
            The number up to which the caller had read the events of these subjects before it decided to write; where
            one of them has a later event nothing is stored. None to write whatever came in between.

        Raises
        ------
        StoreLockedError
            If another writer holds the ledger for longer than ``wait_s``; then nothing was stored.
        StoreMovedError
            If something was appended to a subject after ``read_upto``; then nothing was stored.
        StoreError
            If the database cannot be reached. The message says where it is not known whether the events are stored.
        ValueError, TypeError
            If a payload is not made of JSON values, or a text has letters or a length that no database holds; then
            nothing was stored.
        """
        self._check_open()
        if self._read_only:
            raise StoreError("the ledger was opened to read", hint="open it without read_only", ledger=self._name)
        if not drafts:
            return ()
        for draft in drafts:
            _check_texts(draft)
        events: tuple[Event, ...] = ()
        try:
            with self._writing.begin() as connection:
                head = self._take_head(connection)
                if read_upto is not None:
                    self._check_moved(connection, drafts, read_upto)
                events = _chained(head, drafts)
                connection.execute(insert(EVENT), [asdict(event) for event in events])
                connection.execute(update(HEAD).values(seq=events[-1].seq, hash=events[-1].hash))
        except SQLAlchemyError as error:
            if not (events and is_lost(error) and self._is_stored(events[-1])):
                raise fault(error, self._url) from error
        return events

    def fill(self, events: Sequence[Event]) -> None:
        """Take over all events of another ledger, with their numbers and hashes; nothing where it has them already.

        Raises
        ------
        StoreCorruptError
            If they are no chain from the first event on; then nothing was stored.
        StoreMovedError
            If the ledger has other events; then nothing was stored.
        """
        self._check_open()
        last = NOTHING_YET
        for event in events:
            if (broken := _break(last, event)) is not None:
                raise StoreCorruptError(f"these events are no chain: {broken}", hint="restore from another backup")
            last = Head(seq=event.seq, hash=event.hash)
        with self._faults(), self._writing.begin() as connection:
            head = self._take_head(connection)
            if head == last:
                return
            if head != NOTHING_YET:
                raise StoreMovedError(
                    f"expected an empty ledger, got one of {head.seq} events",
                    hint="name an empty database; nothing is ever overwritten",
                    ledger=self._name,
                )
            for first in range(0, len(events), _BATCH):
                connection.execute(insert(EVENT), [asdict(event) for event in events[first : first + _BATCH]])
            connection.execute(update(HEAD).values(seq=last.seq, hash=last.hash))

    def _take_head(self, connection: Connection) -> "Head":
        # Writing the head row first makes any other writer wait here, so what is read next stays true.
        connection.execute(update(HEAD).values(seq=HEAD.c.seq))
        head = _head(connection)
        if head is None:
            raise StoreCorruptError(
                "the ledger has lost its head row", hint="restore it from a backup", ledger=self._name
            )
        return head

    def _check_moved(self, connection: Connection, drafts: Sequence[EventDraft], read_upto: int) -> None:
        subjects = {draft.subject for draft in drafts}
        later = select(EVENT.c.seq, EVENT.c.kind, EVENT.c.subject, EVENT.c.actor)
        later = later.where(EVENT.c.seq > read_upto, EVENT.c.subject.in_(subjects)).order_by(EVENT.c.seq).limit(1)
        found = connection.execute(later).one_or_none()
        if found is not None:
            raise StoreMovedError(
                f"{found.actor} has written {found.kind!r} of {found.subject} meanwhile",
                hint="look at it again and decide anew; nothing was stored",
                ledger=self._name,
            )

    def _is_stored(self, last: Event) -> bool:
        """Whether events are there whose commit was under way when the connection broke."""
        until_s = stopwatch_s() + self._wait_s
        while True:
            try:
                with self._writing.begin() as connection:
                    # The old transaction may still be at work in the server; taking the head waits for its end.
                    self._take_head(connection)
                    found = connection.execute(select(EVENT.c.hash).where(EVENT.c.seq == last.seq)).scalar()
            except SQLAlchemyError as error:
                if stopwatch_s() > until_s:
                    raise StoreError(
                        "the connection to the database was lost, and it is not known whether the events are stored",
                        hint="look with `pilothouse ledger show` before trying again",
                        ledger=self._name,
                    ) from error
                time.sleep(_TRY_EVERY_S)
            else:
                return bool(found == last.hash)

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
        return NOTHING_YET if last is None else Head(seq=last.seq, hash=last.hash)

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
            fault, last = None, NOTHING_YET
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
            raise fault(error, self._url) from error


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


def _check_texts(draft: EventDraft) -> None:
    """What SQLite would take and PostgreSQL not is taken by neither."""
    for name, longest in LONGEST.items():
        text = getattr(draft, name)
        if len(text) > longest:
            raise ValueError(f"{name}: expected at most {longest} letters, got {len(text)}")
        if "\0" in text:
            raise ValueError(f"{name}: a text cannot hold the letter 0, got {text!r}")
        text.encode()  # half of a pair of letters is none
