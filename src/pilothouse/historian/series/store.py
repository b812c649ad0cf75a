"""The live tier: every value of every second, kept in a folder by one writing process, with readers beside it.

What a write returned for is on the disk. It lies in the journal (:mod:`~pilothouse.historian.series.journal`) until its
hour is over, then in a segment (:mod:`~pilothouse.historian.series.sealing`); who asks need not know where
(:mod:`~pilothouse.historian.series.reading`).
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_MIN, now_ns
from pilothouse.errors import StoreCorruptError, StoreError
from pilothouse.historian.lock import WriterLock
from pilothouse.historian.series.catalogue import Catalogue
from pilothouse.historian.series.column import Column, Layout, checked
from pilothouse.historian.series.database import Database
from pilothouse.historian.series.events import Events
from pilothouse.historian.series.frame import is_whole
from pilothouse.historian.series.intake import Intake
from pilothouse.historian.series.journal import Entry, Journal
from pilothouse.historian.series.newest import Batch, Newest, repeated
from pilothouse.historian.series.opening import rebuilt
from pilothouse.historian.series.reading import Questions
from pilothouse.historian.series.sealing import Sealer, Tended
from pilothouse.historian.series.segment import Reader, Segment
from pilothouse.historian.series.shelf import Shelf
from pilothouse.plant.frame import GOOD, status_column
from pilothouse.plant.sample import Gap, Passage, Samples
from pilothouse.ports import SeriesInfo, Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long what is kept.

    Parameters
    ----------
    lateness_ns
        How late values usually come: so long after its end an hour is sealed. Later ones are taken too.
    raw_days, minutes_days
        For how many days values, and what was worked out of each minute, are kept; for ever where None.
    """

    lateness_ns: int = 5 * NS_PER_MIN
    raw_days: int | None = None
    minutes_days: int | None = None


class SeriesStore:
    """Values over time, kept in a folder; see :class:`pilothouse.ports.Series`.

    Parameters
    ----------
    root
        The folder; made if it is not there, unless ``read_only``.
    columns
        The parameters by key, each with its :class:`~pilothouse.historian.series.column.Column`, or just the key of
        its place; :func:`~pilothouse.historian.series.column.columns_of` has those of a plant.
    clock
        Tells which hours are over.
    keeping
        How long what is kept, and how late values usually come.
    read_only
        Open beside a writing process; each question sees what was written by then.

    Raises
    ------
    StoreLockedError
        If another process writes this store.
    StoreCorruptError
        If the journal's file is damaged. A damaged end of its log is dropped, and told by :meth:`notes`; a damaged
        segment shows when it is first read, or by :meth:`verify`.
    ConfigError
        If a former key is claimed twice.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> batch = Samples(parameters=("speed",), which=np.zeros(2, np.int32), source_ns=np.array([5, 6]),
    ...                 values=np.array([1.5, 2.5]), statuses=np.zeros(2, np.uint8), received_ns=7)
    >>> with TemporaryDirectory() as folder, SeriesStore(Path(folder), {"speed": "caster"}) as series:
    ...     first, again = series.write([batch]), series.write([batch])
    ...     told = series.read(["speed"], start_ns=0, end_ns=10)
    >>> first.new, again.repeated, told.rows()
    (2, 2, [(5, 7, 1.5), (6, 7, 2.5)])
    """

    def __init__(
        self,
        root: Path,
        columns: Mapping[str, str | Column],
        *,
        clock: Callable[[], int] = now_ns,
        keeping: Keeping = Keeping(),  # frozen
        read_only: bool = False,
    ) -> None:
        self._root = root
        self._clock = clock
        self._keeping = keeping
        self._read_only = read_only
        self._guard = threading.RLock()
        self._tending = threading.Lock()
        self._closed = False
        declared = checked(columns)
        if not read_only:
            try:
                root.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"the store cannot be made: {error.strerror}", store=str(root)) from error
        self._lock = None if read_only else WriterLock(root)
        try:
            self._database = Database(root, clock(), read_only=read_only)
            self._catalogue = Catalogue(self._database, root)
            if not read_only:
                self._catalogue.declare(declared)
            self._journal = Journal(self._database, self._catalogue.layouts)
            self._reader = Reader(root)
            shelf = Shelf(self._catalogue, self._journal, self._reader, declared)
            self._events = Events(self._database)
            self._questions = Questions(
                shelf=shelf,
                catalogue=self._catalogue,
                journal=self._journal,
                reader=self._reader,
                columns=declared,
                using=self._using,
            )
            if not read_only:
                self._make_ready()
            present = {
                place: layout for place, layout in self._catalogue.present.items() if _is_present(layout, declared)
            }
            self._newest = rebuilt(Newest(present), declared, self._database, self._journal, self._catalogue)
            self._intake = Intake(self._newest)
        except BaseException:
            self.close()
            raise

    # ---- What is written ---------------------------------------------------------------------------------------------

    def write(self, batches: Sequence[Samples]) -> Taken:
        """Store values durably before returning: all or none. The same values again change nothing.

        Raises
        ------
        UnknownParameterError
            If one is of a parameter that is not declared.
        StoreError
            If the disk refuses; then nothing is stored, and what was acknowledged before is safe.
        """
        with self._guard:
            self._check_writable()
            batch = self._intake.batch(batches)
            if not len(batch):
                return Taken(new=0, repeated=0, late=0)
            newest_ns = self._newest.source_ns[batch.columns]
            again = repeated(batch, batch.source_ns <= newest_ns, self._stored)
            fresh = batch.only(~again) if again.any() else batch
            passages = self._intake.passages(batches)
            entries = list(self._intake.frames(fresh, self._journal.seq)) if len(fresh) else []
            if entries or passages:
                with self._database.transaction() as connection:
                    connection.executemany(
                        "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [(e.seq, e.layout, e.hour, e.first_ns, e.last_ns, e.count, f) for e, f in entries],
                    )
                    if passages:
                        self._events.add(passages)
            late = int((batch.source_ns < newest_ns)[~again].sum())
            self._intake.passed(passages)
            for entry, _ in entries:
                self._journal.add(entry)
            for column in self._newest.take(fresh):
                self._look_again(int(column))
            return Taken(new=len(fresh), repeated=len(batch) - len(fresh), late=late)

    def write_passages(self, passages: Sequence[Passage]) -> None:
        """Store durably which piece was where; the same again changes nothing."""
        with self._guard:
            self._check_writable()
            self._events.write_passages(passages)

    def write_gaps(self, gaps: Sequence[Gap]) -> None:
        """Store gaps durably; one of the same connection and start replaces what was said of it."""
        with self._guard:
            self._check_writable()
            self._events.write_gaps(gaps)

    # ---- What is asked -----------------------------------------------------------------------------------------------

    def latest(self) -> Samples:
        """The newest value of every parameter, from memory; of a reader, as of its opening."""
        with self._guard:
            self._check_open()
            return self._newest.samples()

    def read(
        self, parameters: Sequence[str], *, start_ns: int, end_ns: int, as_of_ns: int | None = None
    ) -> pl.DataFrame:
        """Values in [start, end) as known at an instant; see :meth:`pilothouse.ports.Series.read`."""
        self._check_open()
        return self._questions.read(parameters, start_ns, end_ns, as_of_ns)

    def trend(self, parameter: str, *, start_ns: int, end_ns: int, points: int = 1000) -> pl.DataFrame:
        """A line to draw, ``time_ns, value, status``: at most so many points, with its extremes and statuses kept."""
        self._check_open()
        return self._questions.trend(parameter, start_ns, end_ns, points)

    def averages(
        self, parameters: Sequence[str], *, start_ns: int, end_ns: int, every_ns: int = NS_PER_H
    ) -> pl.DataFrame:
        """Mean, least, greatest, count and last of usable values in spans of whole minutes, by parameter and time.

        They come from the minutes that were sealed, and from the journal for hours that are not.
        """
        self._check_open()
        return self._questions.averages(parameters, start_ns, end_ns, every_ns)

    def minutes(self, parameters: Sequence[str], *, start_ns: int, end_ns: int) -> pl.DataFrame:
        """:meth:`averages` of each minute."""
        return self.averages(parameters, start_ns=start_ns, end_ns=end_ns, every_ns=NS_PER_MIN)

    def beside(
        self,
        times_ns: Sequence[int],
        parameters: Sequence[str],
        *,
        greatest_age_ns: int = NS_PER_H,
        as_of_ns: int | None = None,
    ) -> pl.DataFrame:
        """What stood beside samples: of each parameter the last value at or before each instant, in the order asked.

        A value that is older than ``greatest_age_ns`` is none.
        """
        self._check_open()
        return self._questions.beside(np.asarray(times_ns, np.int64), parameters, greatest_age_ns, as_of_ns)

    def passages(self, place: str, *, start_ns: int, end_ns: int) -> tuple[Passage, ...]:
        """Which piece was at a place, in order; begins with the one that was there at ``start_ns``."""
        with self._using():
            return self._events.passages(place, start_ns, end_ns)

    def gaps(self, *, start_ns: int, end_ns: int) -> tuple[Gap, ...]:
        """Gaps that touch [start, end), in order of their start."""
        with self._using():
            return self._events.gaps(start_ns, end_ns)

    def info(self) -> SeriesInfo:
        """Counts, range of time, and for how long what is kept; values count every stored telling."""
        with self._using():
            sealed = self._catalogue.all("values")
            entries = [entry for found in self._journal.entries.values() for entry in found]
            layouts = [self._catalogue.layouts[n] for n in {s.layout for s in sealed} | {e.layout for e in entries}]
            parts: list[Segment | Entry] = [*sealed, *entries]
            size = sum(s.bytes for s in self._catalogue.all())
            return SeriesInfo(
                values=sum(part.count for part in parts),
                units=tuple(sorted({layout.place for layout in layouts})),
                parameters=tuple(sorted({key for layout in layouts for key in layout.at})),
                first_ns=min((part.first_ns for part in parts), default=None),
                last_ns=max((part.last_ns for part in parts), default=None),
                bytes_on_disk=size + sum(p.stat().st_size for p in self._root.glob("journal.db*")),
                raw_days=self._keeping.raw_days,
                minutes_days=self._keeping.minutes_days,
            )

    def segments(self, kind: str = "values") -> list[Segment]:
        """What was sealed, of one kind: ``values``, ``minutes`` or ``hours``."""
        with self._using():
            return self._catalogue.all(kind)

    def notes(self) -> tuple[str, ...]:
        """What people have to be told of the store: damage that was found at an opening, and what it cost."""
        with self._using():
            return self._database.notes()

    def verify(self) -> tuple[str, ...]:
        """What is wrong with the stored bytes, in words; nothing where all is well. Reads the whole store."""
        with self._using():
            faults = list(self._database.notes())
            with self._database.guarded():
                check = self._database.connection.execute("PRAGMA integrity_check").fetchall()
            faults += [f"journal: {said}" for (said,) in check if said != "ok"]
            entries = [entry for found in self._journal.entries.values() for entry in found]
            for entry, frame in self._journal.frames(sorted(entries, key=lambda e: e.seq)):
                if not is_whole(frame):
                    faults.append(f"journal: frame {entry.seq} fails its checksum")
            segments = self._catalogue.all()
        for segment in segments:
            try:
                self._reader.prove(segment)
            except StoreCorruptError as error:
                faults.append(str(error))
        return tuple(faults)

    # ---- What is tended ----------------------------------------------------------------------------------------------

    def tend(self) -> Tended:
        """Seal the hours that are over, put the days that are over together, let go what is too old.

        To be called about once a minute, from any thread: writes and readings go on meanwhile.
        """
        self._check_writable()
        with self._tending:
            now = self._clock()
            sealer = self._sealer()
            hours = sealer.seal_hours(now - self._keeping.lateness_ns)
            days = sealer.compact_days(now - self._keeping.lateness_ns - NS_PER_H)
            retired = 0
            kept = self._keeping
            for kind, last in (
                ("values", kept.raw_days),
                ("minutes", kept.minutes_days),
                ("hours", kept.minutes_days),
            ):
                if last is not None:
                    retired += sealer.retire(kind, now - last * NS_PER_DAY)
            return Tended(hours=hours, days=days, retired=retired)

    def close(self) -> None:
        """Release files and locks; a closed store is not used again."""
        with self._guard:
            self._closed = True
            if hasattr(self, "_database"):
                self._database.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        """Use it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    # ---- Within ------------------------------------------------------------------------------------------------------

    def _sealer(self) -> Sealer:
        return Sealer(
            root=self._root,
            database=self._database,
            catalogue=self._catalogue,
            journal=self._journal,
            reader=self._reader,
            newest=lambda: self._newest,
            guard=self._guard,
        )

    def _make_ready(self) -> None:
        self._catalogue.sweep()
        for said in self._catalogue.clear_leftovers():
            self._database.note(self._clock(), said)

    @contextmanager
    def _using(self) -> Iterator[None]:
        """The database is used by one thread, which sees one state of it; a reader sees what was written by now."""
        with self._guard:
            self._check_open()
            if not self._read_only:
                yield
                return
            with self._database.guarded():
                self._database.connection.execute("BEGIN")
            try:
                self._catalogue.refresh()
                self._journal.refresh()
                yield
            finally:
                self._database.connection.execute("COMMIT")

    def _stored(self, suspects: Batch) -> pl.DataFrame:
        """What is stored of the columns and instants of suspects."""
        return self._questions.stored(suspects, self._newest.keys)

    def _look_again(self, column: int) -> None:
        """The newest instant of a parameter was told anew: what counts of it is decided as in any reading."""
        key, at_ns = self._newest.keys[column], int(self._newest.source_ns[column])
        row = self._questions.read([key], at_ns, at_ns + 1)
        status = row[status_column(key)][0] if status_column(key) in row.columns else GOOD
        self._newest.set(key, (at_ns, row["known_ns"][0], row[key][0], status))

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the live tier is closed", hint="open it again", store=str(self._root))

    def _check_writable(self) -> None:
        self._check_open()
        if self._read_only:
            raise StoreError("the store was opened to read", hint="open it without read_only", store=str(self._root))


def _is_present(layout: Layout, declared: dict[str, Column]) -> bool:
    """Whether a layout is that of today; a place that has no parameter any more keeps its last one."""
    return all(c.key in declared and declared[c.key].place == layout.place for c in layout.columns)
