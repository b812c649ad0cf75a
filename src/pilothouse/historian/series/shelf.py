"""The shelf: tellings of one place wherever they lie, in the journal or in segments, brought to the present columns.

What is asked is first *found* (which frames and segments; the frames' bytes are copied out) while nothing else uses
the database, and then *taken* without it: a long reading keeps nobody from writing. A file that compaction replaced
in between is missed, and the reading begins anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.historian.series.catalogue import Catalogue
from pilothouse.historian.series.column import Column, Layout, conversion, names_of, sources
from pilothouse.historian.series.fold import is_plain, only_said
from pilothouse.historian.series.journal import Journal
from pilothouse.historian.series.segment import Reader, Segment, restored
from pilothouse.plant.frame import status_column

_KEYS: Final = ("time_ns", "known_ns")


@dataclass(frozen=True, slots=True)
class Found:
    """Where the answer to a question lies: parts of the journal, already copied out, and segments; all in order."""

    place: str
    keys: tuple[str, ...]
    segments: tuple[Segment, ...]
    frames: tuple[tuple[Layout, pl.DataFrame], ...]


class Shelf:
    """All tellings of a store.

    Parameters
    ----------
    catalogue, journal, reader
        Of the store.
    columns
        The present columns by key; what the plant no longer declares is read as it was kept.
    """

    def __init__(self, catalogue: Catalogue, journal: Journal, reader: Reader, columns: Mapping[str, Column]) -> None:
        self._catalogue = catalogue
        self._journal = journal
        self._reader = reader
        self._columns = columns

    def places(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """By place, which of the parameters were ever kept there."""
        found: dict[str, list[str]] = {}
        for key in keys:
            names = names_of(key, self._columns.get(key))
            for place in set().union(*(self._catalogue.places.get(name, ()) for name in names)):
                found.setdefault(place, []).append(key)
        return {place: tuple(found[place]) for place in sorted(found)}

    def find(self, place: str, keys: tuple[str, ...], start_ns: int, end_ns: int) -> Found:
        """Where tellings of [start, end) lie."""
        asked = {
            layout.number: at
            for layout in self._catalogue.layouts.values()
            if layout.place == place
            and (at := [k for key in keys for k in sources(key, self._columns.get(key), layout)])
        }
        segments = self._catalogue.segments("values", place, start_ns, end_ns)
        frames = self._journal.tellings(self._journal.within(place, start_ns, end_ns), asked)
        return Found(
            place=place,
            keys=keys,
            segments=tuple(s for s in segments if s.layout in asked),
            frames=tuple((part.layout, part.rows) for part in frames),
        )

    def take(
        self, found: Found, start_ns: int, end_ns: int, at_ns: NDArray[np.int64] | None = None
    ) -> list[pl.DataFrame]:
        """The tellings, in the order in which they were stored, each part with the parameters it speaks of.

        Parameters
        ----------
        found
            Where they lie.
        start_ns, end_ns
            Only those of [start, end).
        at_ns
            If given, sorted instants: only what is needed to know the last value at or before each of them. Of a part
            whose every row says every parameter that is one row an instant, and nothing else has to be unpacked.
        """
        parts = []
        for segment in found.segments:
            layout, rows, decimals = self._kept(segment, found.keys)
            parts.append(self._present(_last_before(rows, at_ns), layout, found.keys, decimals))
        parts += [self._present(_last_before(rows, at_ns), layout, found.keys, {}) for layout, rows in found.frames]
        inside = pl.col("time_ns").is_between(start_ns, end_ns, closed="left")
        taken = []
        for part in parts:
            low, high = part["time_ns"].min(), part["time_ns"].max()
            whole = isinstance(low, int) and isinstance(high, int) and low >= start_ns and high < end_ns
            said = only_said(part if whole else part.filter(inside))
            if said.height:
                taken.append(said)
        return taken

    def _kept(self, segment: Segment, keys: Sequence[str]) -> tuple[Layout, pl.DataFrame, Mapping[str, int]]:
        """The rows of a segment as they are kept, and the decimals that restore them."""
        layout = self._catalogue.layouts[segment.layout]
        facts = json.loads(segment.facts)
        names = [layout.columns[k].key for key in keys for k in sources(key, self._columns.get(key), layout)]
        there = [n for n in names if n in facts["keys"]]
        told = [status_column(n) for n in there if status_column(n) in facts["statuses"]]
        return layout, self._reader.columns(segment, [*_KEYS, *there, *told]), facts["decimals"]

    def _present(
        self, rows: pl.DataFrame, layout: Layout, keys: Sequence[str], decimals: Mapping[str, int]
    ) -> pl.DataFrame:
        """Kept columns under the present keys, in the present units."""
        series = [rows[key] for key in _KEYS]
        for key in keys:
            column = self._columns.get(key)
            for k in sources(key, column, layout):
                kept = layout.columns[k]
                if kept.key not in rows.columns:
                    continue
                values = restored(rows[kept.key], decimals.get(kept.key, -1))
                scale, offset = conversion(kept, key, column) if column else (1.0, 0.0)
                if (scale, offset) != (1.0, 0.0):
                    values = values * scale + offset
                series.append(values.alias(key))
                if status_column(kept.key) in rows.columns:
                    series.append(rows[status_column(kept.key)].alias(status_column(key)))
        return pl.DataFrame(series)


def _last_before(rows: pl.DataFrame, at_ns: NDArray[np.int64] | None) -> pl.DataFrame:
    """Of plain rows that say everything, those that are the last at or before an instant; else all of them."""
    if at_ns is None or any(rows[c].null_count() for c in rows.columns) or not is_plain(rows["time_ns"].to_numpy()):
        return rows
    row = np.unique(np.searchsorted(rows["time_ns"].to_numpy(), at_ns, side="right") - 1)
    return rows[row[row >= 0]]
