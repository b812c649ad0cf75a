"""The journal: frames that are not sealed yet, and where each lies."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from pilothouse.historian.series.column import Layout
from pilothouse.historian.series.database import Database
from pilothouse.historian.series.frame import UNSAID, Values, decode_rows, decode_values, shape_of
from pilothouse.plant.frame import GOOD, status_column

_SOME: Final = 500
"""How many frames are asked for at once: beyond, a list in SQL gains nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a frame lies: its number, layout, hour, range of time and how many values it holds."""

    seq: int
    layout: int
    hour: int
    first_ns: int
    last_ns: int
    count: int


class Journal:
    """The frames of a database, by place; only what is not sealed is held, and only where it lies.

    Parameters
    ----------
    database
        Whose.
    layouts
        Layouts by number; shared with the catalogue.
    """

    def __init__(self, database: Database, layouts: Mapping[int, Layout]) -> None:
        self._database = database
        self._layouts = layouts
        self.entries: dict[str, list[Entry]] = {}
        self.seq = 0
        self._sealings = -1
        self.refresh()

    def refresh(self) -> None:
        """Take in what was written since; after a sealing, all that is left."""
        with self._database.guarded():
            sealings = self._database.count("sealings")
            if sealings != self._sealings:
                self.entries.clear()
                self.seq, self._sealings = self._database.count("sealed_seq"), sealings
                held = 0
            else:
                held = self.seq
            question = "SELECT seq, layout, hour, first_ns, last_ns, count FROM frames WHERE seq > ? ORDER BY seq"
            for row in self._database.connection.execute(question, (held,)):
                self.add(Entry(*row))

    def add(self, entry: Entry) -> None:
        """Take in a frame that was written."""
        self.entries.setdefault(self._layouts[entry.layout].place, []).append(entry)
        self.seq = max(self.seq, entry.seq)

    def forget(self, sealed: set[int]) -> None:
        """Leave out the frames that were sealed."""
        self._sealings += 1
        for place, entries in list(self.entries.items()):
            self.entries[place] = [entry for entry in entries if entry.seq not in sealed]
            if not self.entries[place]:
                del self.entries[place]

    def within(self, place: str, start_ns: int, end_ns: int) -> list[Entry]:
        """The frames of a place that may hold something of [start, end)."""
        return [e for e in self.entries.get(place, ()) if e.last_ns >= start_ns and e.first_ns < end_ns]

    def frames(self, entries: Sequence[Entry]) -> list[tuple[Entry, bytes]]:
        """Frames with their entries, in order; one that is sealed by now is left out."""
        if not entries:
            return []
        wanted = {entry.seq: entry for entry in entries}
        found: list[tuple[Entry, bytes]] = []
        with self._database.guarded():
            execute = self._database.connection.execute
            seqs = sorted(wanted)
            for at in range(0, len(seqs), _SOME):
                some = seqs[at : at + _SOME]
                question = "SELECT seq, frame FROM frames WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq"
                found.extend((wanted[seq], frame) for seq, frame in execute(question, (json.dumps(some),)))
        return found

    def tellings(self, entries: Sequence[Entry], columns: Mapping[int, Sequence[int]]) -> list["Tellings"]:
        """What frames say of columns, one part a layout and shape; parts of one layout stand in order of writing.

        Parameters
        ----------
        entries
            Which frames.
        columns
            By layout, which of its columns; layouts that are not named are left out.
        """
        parts: list[Tellings] = []
        run: list[bytes] = []
        before: tuple[int, tuple[int, int, int] | None] | None = None
        for entry, frame in self.frames([e for e in entries if e.layout in columns]):
            now = (entry.layout, shape_of(frame))
            if now != before and run and before is not None:
                parts.append(_tellings(run, self._layouts[before[0]], columns[before[0]], sparse=before[1] is None))
                run = []
            before = now
            run.append(frame)
        if run and before is not None:
            parts.append(_tellings(run, self._layouts[before[0]], columns[before[0]], sparse=before[1] is None))
        return parts


@dataclass(frozen=True, slots=True)
class Tellings:
    """Rows of one layout, ``time_ns, known_ns, origin``, columns under their keys then, and statuses."""

    layout: Layout
    rows: pl.DataFrame


def _tellings(frames: list[bytes], layout: Layout, columns: Sequence[int], *, sparse: bool) -> Tellings:
    width = len(layout.columns)
    if sparse:
        return Tellings(layout, _spread([decode_values(f, width) for f in frames], layout, columns))
    rows = decode_rows(frames, width)
    series = [
        pl.Series("time_ns", rows.source_ns),
        pl.Series("known_ns", rows.known_ns),
        pl.Series("origin", rows.origin),
    ]
    for k in columns:
        key = layout.columns[k].key
        values = pl.Series(key, rows.values[:, k].astype(np.float64))
        if rows.statuses is not None:
            statuses = rows.statuses[:, k]
            values = values.fill_nan(None)
            if (statuses != GOOD).any():
                series.append(values)
                told = pl.Series(status_column(key), statuses.copy())
                series.append(told.set(told == UNSAID, None))
                continue
        series.append(values)
    return Tellings(layout, pl.DataFrame(series))


def _spread(told: Iterable[tuple[Values, int]], layout: Layout, columns: Sequence[int]) -> pl.DataFrame:
    """Sparse values as rows: one a source time, instant of knowledge and origin, more where a cell is told twice."""
    pieces = list(told)
    column = np.concatenate([v.columns for v, _ in pieces])
    keep = np.isin(column, np.asarray(columns))
    column = column[keep]
    time = np.concatenate([v.source_ns for v, _ in pieces])[keep]
    known = np.concatenate([v.known_ns for v, _ in pieces])[keep]
    value = np.concatenate([v.values for v, _ in pieces])[keep]
    status = np.concatenate([v.statuses for v, _ in pieces])[keep]
    origin = np.concatenate([np.full(len(v.columns), o, np.uint8) for v, o in pieces])[keep]
    order = np.lexsort((column, origin, known, time))  # stable: a cell told twice keeps the order of writing
    column, time, known, value = column[order], time[order], known[order], value[order]
    status, origin = status[order], origin[order]
    fresh = np.ones(len(column), bool)
    fresh[1:] = (time[1:] != time[:-1]) | (known[1:] != known[:-1]) | (origin[1:] != origin[:-1])
    again = np.zeros(len(column), np.int64)
    twice = np.flatnonzero(~fresh[1:] & (column[1:] == column[:-1])) + 1
    for at in twice:  # rare: two sources told one cell in one instant
        again[at] = again[at - 1] + 1
    row = np.cumsum(fresh) - 1
    if len(twice):
        row = np.unique(np.stack([row, again], axis=1), axis=0, return_inverse=True)[1].reshape(-1)
    height = int(row.max()) + 1 if len(row) else 0
    lead = np.zeros(height, np.int64)
    lead[row] = np.arange(len(row))
    series = [
        pl.Series("time_ns", time[lead]),
        pl.Series("known_ns", known[lead]),
        pl.Series("origin", origin[lead]),
    ]
    for k in columns:
        mine = column == k
        if not mine.any():
            continue
        values = np.full(height, np.nan)
        values[row[mine]] = value[mine]
        series.append(pl.Series(layout.columns[k].key, values).fill_nan(None))
        if status[mine].any():
            statuses = np.full(height, UNSAID, np.uint8)
            statuses[row[mine]] = status[mine]
            told_status = pl.Series(status_column(layout.columns[k].key), statuses)
            series.append(told_status.set(told_status == UNSAID, None))
    return pl.DataFrame(series)
