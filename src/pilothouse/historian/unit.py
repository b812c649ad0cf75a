"""The rows of one unit in memory: columns over all its segments, each loaded when it is first asked for."""

from bisect import bisect_right
from collections.abc import Sequence

import polars as pl

from pilothouse.historian.merge import OBSERVATION, TOLD
from pilothouse.historian.segment import Segment, load
from pilothouse.plant.frame import KEY_COLUMNS, status_column

_KEYS = (*KEY_COLUMNS, TOLD)


class UnitRows:
    """All rows of a unit in the order in which they were received.

    Examples
    --------
    >>> UnitRows().rows(["temperature"], upto=3).height
    0
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._columns: dict[str, pl.Series] = {}
        self._sequences: list[int] = []
        self._ends: list[int] = []
        self._since: dict[str, int] = {}

    def add(self, segment: Segment, rows: pl.DataFrame | None = None) -> None:
        """Add a segment; with its rows at hand, what is in memory grows, else it is loaded later."""
        self.segments.append(segment)
        self._sequences.append(segment.sequence)
        self._ends.append((self._ends[-1] if self._ends else 0) + segment.rows)
        for name in segment.columns:
            self._since.setdefault(name, segment.sequence)
        if rows is None:
            self._columns.clear()
        else:
            for name, column in self._columns.items():
                more = rows[name] if name in rows.columns else _silence(name, rows.height)
                self._columns[name] = pl.concat([column, more])

    def rows(self, parameters: Sequence[str], upto: int) -> pl.DataFrame:
        """The rows stored up to a sequence number, with those of the parameters that were written by then."""
        columns = [*_KEYS]
        for p in parameters:
            columns += [c for c in (p, status_column(p)) if c in self._since and self._since[c] <= upto]
        count = bisect_right(self._sequences, upto)
        height = self._ends[count - 1] if count else 0
        self._load([c for c in columns if c not in self._columns])
        return pl.DataFrame([self._columns[c] for c in columns]).head(height)

    def has(self, parameter: str, upto: int) -> bool:
        """Whether something was written of a parameter by then."""
        return parameter in self._since and self._since[parameter] <= upto

    def touched(self, frame: pl.DataFrame, parameters: Sequence[str], upto: int) -> pl.DataFrame:
        """The rows that speak of the observations in a frame; columns are loaded only if there are any."""
        keys = self.rows((), upto).select(OBSERVATION).with_row_index("row")
        met = keys.join(frame.select(OBSERVATION), on=OBSERVATION, how="semi", nulls_equal=True)["row"].sort()
        return self.rows(parameters, upto)[met] if len(met) else pl.DataFrame()

    def _load(self, columns: Sequence[str]) -> None:
        if not columns:
            return
        parts: dict[str, list[pl.Series]] = {c: [_silence(c, 0)] for c in columns}
        for segment in self.segments:
            present = [c for c in columns if c in segment.columns]
            found = load(segment, present) if present else pl.DataFrame()
            for c in columns:
                parts[c].append(found[c] if c in present else _silence(c, segment.rows))
        for c, series in parts.items():
            self._columns[c] = pl.concat(series, rechunk=True)


def _silence(column: str, height: int) -> pl.Series:
    """A column in which nothing is said."""
    if column in KEY_COLUMNS:
        dtype = KEY_COLUMNS[column]
    else:
        dtype = pl.Int64 if column == TOLD else pl.UInt8 if column.endswith("#") else pl.Float64
    return pl.repeat(None, height, dtype=dtype, eager=True).alias(column)
