"""The embedded historian: Parquet segments per unit and of origins in a folder, one writing process, many readers.

What a write returned for is on disk whole; a crash at any instant loses at most the write that had not returned.
The folder is the catalogue (see :mod:`pilothouse.historian.segment`), the law of versions is in
:mod:`pilothouse.historian.merge` and, for who came of whom, in :mod:`pilothouse.historian.origins`.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

import polars as pl

from pilothouse.clock import now_ns
from pilothouse.errors import StoreCorruptError, StoreError
from pilothouse.historian.lock import WriterLock
from pilothouse.historian.merge import OBSERVATION, as_known, says, sift
from pilothouse.historian.origins import OriginRows, origins_as_known, origins_in_shape, sift_origins
from pilothouse.historian.segment import (
    GENEALOGY,
    SET_ASIDE,
    Segment,
    checked_content,
    number_of,
    open_segment,
    seal,
)
from pilothouse.historian.shape import in_shape
from pilothouse.historian.unit import UnitRows
from pilothouse.plant.frame import GOOD, parameters_of, status_column
from pilothouse.ports import HistorianInfo, Written


class ParquetHistorian:
    """What happened in the plant, kept in a folder; see :class:`pilothouse.ports.Historian`.

    Parameters
    ----------
    root
        The folder; made if it is not there, unless ``read_only``.
    clock
        Tells when a row is received.
    read_only
        Open beside a writing process; each question sees what was written by then.

    Raises
    ------
    StoreLockedError
        If another process writes this store.
    StoreCorruptError
        If a segment is cut, missing or damaged; damage inside one shows when it is first read, or by
        :meth:`verify`.
    SchemaDriftError
        If a newer Pilothouse wrote the store.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> frame = pl.DataFrame({"piece": ["17"], "start_ns": [5], "end_ns": [5], "known_ns": [9],
    ...                       "origin": ["live"], "temperature": [1571.0]})
    >>> with TemporaryDirectory() as folder, ParquetHistorian(Path(folder)) as historian:
    ...     first, again = historian.write("lf1", frame), historian.write("lf1", frame)
    ...     early = historian.scan(["temperature"], as_of_ns=8)
    ...     late = historian.scan(["temperature"], as_of_ns=9)
    >>> first.new, again.unchanged, list(early), late["lf1"]["temperature"].to_list()
    (1, 1, [], [1571.0])
    """

    def __init__(self, root: Path, *, clock: Callable[[], int] = now_ns, read_only: bool = False) -> None:
        self._root = root
        self._clock = clock
        self._guard = threading.RLock()
        self._lock: WriterLock | None = None
        self._units: dict[str, UnitRows] = {}
        self._origins = OriginRows()
        self._sequence = 0
        self._received_ns = 0
        self._closed = False
        self._read_only = read_only
        _make_ready(root, read_only=read_only)
        if not read_only:
            self._lock = WriterLock(root)
        try:
            if not read_only:
                for draft in root.glob("*/*.tmp"):
                    draft.unlink()
            self._take_in()
        except BaseException:
            self.close()
            raise

    def write(self, unit: str, frame: pl.DataFrame) -> Written:
        """Store rows of one unit durably before returning; the same rows again change nothing.

        Raises
        ------
        DataError
            If the frame is not one (see :func:`pilothouse.historian.shape.in_shape`); then nothing is stored.
        StoreError
            If the disk refuses; then nothing is stored.
        """
        if not unit:
            raise ValueError("a unit needs a name")
        with self._guard:
            self._check_writable()
            shaped = in_shape(unit, frame)
            rows = self._units.get(unit) or UnitRows()
            # A clock that is set back must not make a correction older than what it corrects.
            received_ns = max(self._clock(), self._received_ns)
            sifted = sift(rows.touched(shaped, parameters_of(shaped), self._sequence), shaped, received_ns)
            if sifted.rows.height:
                segment = seal(self._root, unit, self._sequence + 1, received_ns, sifted.rows)
                self._units.setdefault(unit, rows).add(segment, sifted.rows)
                self._sequence, self._received_ns = segment.sequence, received_ns
            return Written(new=sifted.new, unchanged=sifted.unchanged, corrected=sifted.corrected)

    def write_genealogy(self, origins: pl.DataFrame) -> Written:
        """Store who came of whom durably before returning; the same again changes nothing.

        Raises
        ------
        DataError
            If a row is no origin (see :func:`pilothouse.historian.origins.origins_in_shape`); then nothing is stored.
        StoreError
            If the disk refuses; then nothing is stored.
        """
        with self._guard:
            self._check_writable()
            shaped = origins_in_shape(origins)
            received_ns = max(self._clock(), self._received_ns)
            sifted = sift_origins(self._origins.rows(self._sequence), shaped, received_ns)
            if sifted.rows.height:
                segment = seal(self._root, GENEALOGY, self._sequence + 1, received_ns, sifted.rows)
                self._origins.add(segment)
                self._sequence, self._received_ns = segment.sequence, received_ns
            return Written(new=sifted.new, unchanged=sifted.unchanged, corrected=sifted.corrected)

    def genealogy(self, *, as_of_ns: int | None = None, upto: int | None = None) -> pl.DataFrame:
        """Who came of whom, as it was known; see :meth:`pilothouse.decision.view.Recorded.genealogy`."""
        with self._guard:
            self._refresh()
            return origins_as_known(self._origins.rows(self._sequence if upto is None else upto), as_of_ns)

    def scan(
        self,
        parameters: Sequence[str],
        *,
        start_ns: int | None = None,
        end_ns: int | None = None,
        as_of_ns: int | None = None,
        pieces: Sequence[str] | None = None,
        upto: int | None = None,
    ) -> dict[str, pl.DataFrame]:
        """What was known of these parameters, by unit; units of which nothing was known are not in the answer.

        See :meth:`pilothouse.ports.Historian.scan`.
        """
        with self._guard:
            self._refresh()
            until = self._sequence if upto is None else upto
            answer = {}
            for unit in sorted(self._units):
                asked = [p for p in dict.fromkeys(parameters) if self._units[unit].has(p, until)]
                if not asked:
                    continue
                found = as_known(
                    self._units[unit].rows(asked, until),
                    start_ns=start_ns,
                    end_ns=end_ns,
                    as_of_ns=as_of_ns,
                    pieces=pieces,
                )
                if found.height:
                    answer[unit] = found
            return answer

    def last(self, parameters: Sequence[str], *, as_of_ns: int | None = None) -> pl.DataFrame:
        """The observation of each parameter that began last, in its version of that instant; see the port."""
        rows = []
        for frame in self.scan(parameters, as_of_ns=as_of_ns).values():
            for p in parameters_of(frame):
                status = status_column(p)
                said = frame.filter(says(p, frame.columns)).tail(1)
                rows.append(
                    said.select(
                        pl.lit(p).alias("parameter"),
                        pl.col(p).alias("value"),
                        (pl.col(status) if status in frame.columns else pl.lit(GOOD, dtype=pl.UInt8)).alias("status"),
                        "piece",
                        "start_ns",
                        "end_ns",
                        "known_ns",
                    )
                )
        newest = pl.concat([_NOTHING, *rows]).sort("start_ns", "end_ns", maintain_order=True)
        return newest.unique("parameter", keep="last").sort("parameter")

    def info(self) -> HistorianInfo:
        """Counts, range of time and the present sequence number; values count every stored version."""
        with self._guard:
            self._refresh()
            segments = [s for unit in self._units.values() for s in unit.segments]
            return HistorianInfo(
                rows=sum(u.rows((), self._sequence).select(OBSERVATION).n_unique() for u in self._units.values()),
                values=sum(s.values for s in segments),
                units=tuple(sorted(self._units)),
                parameters=tuple(sorted({p for s in segments for p in s.parameters})),
                first_ns=min((s.first_ns for s in segments), default=None),
                last_ns=max((s.last_ns for s in segments), default=None),
                sequence=self._sequence,
                bytes_on_disk=sum(s.size for s in self._segments()),
            )

    def verify(self) -> tuple[str, ...]:
        """What is wrong with the stored bytes, in words; nothing where all is well. Reads the whole store."""
        with self._guard:
            self._refresh()
            faults = [f"segment {p.name} was set aside" for p in sorted(self._root.glob(f"*/*{SET_ASIDE}"))]
            for segment in sorted(self._segments(), key=_by_sequence):
                try:
                    checked_content(segment)
                except StoreCorruptError as error:
                    faults.append(str(error))
            return tuple(faults)

    def close(self) -> None:
        """Release the lock and the memory; a closed historian is not used again."""
        with self._guard:
            self._closed = True
            self._units.clear()
            self._origins = OriginRows()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        """Use it for a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the historian is closed", hint="open it again", store=str(self._root))

    def _check_writable(self) -> None:
        self._check_open()
        if self._read_only:
            raise StoreError("the store was opened to read", hint="open it without read_only", store=str(self._root))

    def _segments(self) -> list[Segment]:
        """All that are in use, of values and of origins."""
        return [*(s for unit in self._units.values() for s in unit.segments), *self._origins.segments]

    def _refresh(self) -> None:
        """A reader sees what another process wrote meanwhile."""
        self._check_open()
        if self._read_only:
            self._take_in()

    def _take_in(self) -> None:
        """Bring the catalogue up to what the folder holds."""
        numbers, paths = _listed(self._root)
        gap = _gap(numbers)
        if gap is not None and self._read_only:
            # The writer may have sealed two segments, in two folders, while the first listing went on.
            numbers, paths = _listed(self._root)
            gap = _gap(numbers)
        if gap is not None:
            raise StoreCorruptError(
                f"segment {gap:012d} is missing or there twice",
                hint=f"restore it from a backup, or put an empty file {gap:012d}{SET_ASIDE} into the store and run "
                "`pilothouse import` again",
                store=str(self._root),
            )
        known = {segment.path for segment in self._segments()}
        for segment in sorted((open_segment(p) for p in paths if p not in known), key=_by_sequence):
            if segment.unit == GENEALOGY:
                self._origins.add(segment)
            else:
                self._units.setdefault(segment.unit, UnitRows()).add(segment)
            self._received_ns = max(self._received_ns, segment.received_ns)
        self._sequence = max(numbers, default=0)


_NOTHING = pl.DataFrame(
    schema={
        "parameter": pl.String,
        "value": pl.Float64,
        "status": pl.UInt8,
        "piece": pl.String,
        "start_ns": pl.Int64,
        "end_ns": pl.Int64,
        "known_ns": pl.Int64,
    }
)


def _make_ready(root: Path, *, read_only: bool) -> None:
    """The folder is there."""
    if read_only and not root.is_dir():
        raise StoreError("there is no store here", hint="run `pilothouse import` first", store=str(root))
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the store cannot be made: {error.strerror}", store=str(root)) from error


def _listed(root: Path) -> tuple[list[int], list[Path]]:
    """The sequence numbers a folder accounts for, and the files of the segments that are in use."""
    found = [(number, path) for path in root.rglob("*.*") if (number := number_of(path)) is not None]
    return sorted(number for number, _ in found), [path for _, path in found if path.suffix != SET_ASIDE]


def _gap(numbers: list[int]) -> int | None:
    """The first number that is missing or there twice."""
    return next((due for due, number in enumerate(numbers, start=1) if number != due), None)


def _by_sequence(segment: Segment) -> int:
    return segment.sequence
