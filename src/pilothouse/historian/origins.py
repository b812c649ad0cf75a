"""The law of origins, pure: the same as that of values, of which a child's origins are one.

A *telling* is all that one writing says of where a child came from: a set of parents with their ranges, known at one
instant. It is to origins what a cell is to values (see :mod:`pilothouse.historian.merge`, which judges both): the same
set again changes nothing, another one is a correction, the old one stays, and of those known as of an instant the one
received last counts. So a wrong parent goes when the right one is told.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.historian.merge import TOLD, Sifted, as_known, sift
from pilothouse.historian.segment import Segment, load
from pilothouse.plant.lineage import ORIGIN_COLUMNS

_STORED: Final = (*ORIGIN_COLUMNS, TOLD)
_TELLING: Final = "telling"
"""Its number, in the order in which they were received."""
_RANGE: Final = ("child", "parent", "start_m", "end_m")
_FITS: Final[Mapping[type[pl.DataType], Callable[[pl.DataType], bool]]] = {
    pl.String: lambda dtype: dtype in (pl.String, pl.Categorical, pl.Enum),
    pl.Int64: lambda dtype: dtype.is_integer(),
    pl.Float64: lambda dtype: dtype.is_numeric(),
}


class OriginRows:
    """All origins of a store in the order in which they were received, loaded when they are first asked for.

    Examples
    --------
    >>> OriginRows().rows(upto=3).height
    0
    """

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._loaded: list[pl.DataFrame] = []

    def add(self, segment: Segment) -> None:
        """Add a segment; its content is loaded later."""
        self.segments.append(segment)

    def rows(self, upto: int) -> pl.DataFrame:
        """The origins stored up to a sequence number, each with the number of its telling."""
        for segment in self.segments[len(self._loaded) :]:
            self._loaded.append(load(segment, _STORED).with_columns(pl.lit(segment.sequence).alias("sequence")))
        there = [rows for rows, s in zip(self._loaded, self.segments, strict=True) if s.sequence <= upto]
        if not there:
            return pl.DataFrame(schema={**ORIGIN_COLUMNS, TOLD: pl.Int64, _TELLING: pl.Int64})
        number = pl.struct("sequence", "child").rank("dense").cast(pl.Int64)
        return pl.concat(there).with_columns(number.alias(_TELLING)).drop("sequence")


def origins_in_shape(frame: pl.DataFrame) -> pl.DataFrame:
    """Origins in the stored shape: one telling of each child, known when the last of its rows was, each row once.

    Raises
    ------
    SchemaDriftError
        If a column is missing or of another type.
    DataError
        If a cell is empty, a range does not begin before it ends, or something is its own parent.

    Examples
    --------
    >>> row = {"child": ["c", "c"], "parent": ["a", "b"], "start_m": [0, 0], "end_m": [1, 1], "known_ns": [5, 7]}
    >>> origins_in_shape(pl.DataFrame(row))["known_ns"].to_list()
    [7, 7]
    """
    missing = [column for column in ORIGIN_COLUMNS if column not in frame.columns]
    if missing:
        raise SchemaDriftError(f"origins need the columns {', '.join(ORIGIN_COLUMNS)}; {', '.join(missing)} missing")
    shaped = pl.DataFrame([_cast(frame[column], dtype) for column, dtype in ORIGIN_COLUMNS.items()])
    for column in ORIGIN_COLUMNS:
        if shaped[column].null_count():
            raise DataError(f"column {column!r} is empty in row {shaped[column].is_null().arg_true()[0]}")
    ranged = shaped["start_m"].is_finite() & shaped["end_m"].is_finite() & (shaped["start_m"] < shaped["end_m"])
    itself = shaped["child"] == shaped["parent"]
    for bad, problem in ((~ranged, "does not begin before it ends"), (itself, "is its own parent")):
        rows = bad.arg_true()
        if len(rows):
            raise DataError(f"origin of {shaped['child'][rows[0]]} in row {rows[0]} {problem}")
    zero = [(pl.col(c) + 0.0).alias(c) for c in ("start_m", "end_m")]  # -0.0 is 0.0
    told = shaped.with_columns(*zero, pl.col("known_ns").max().over("child"))
    return told.unique(maintain_order=True).sort(*_RANGE)


def sift_origins(stored: pl.DataFrame, frame: pl.DataFrame, received_ns: int) -> Sifted:
    """Keep of origins what the stored ones do not say; :func:`pilothouse.historian.merge.sift` judges.

    Parameters
    ----------
    stored
        As :meth:`OriginRows.rows` gives them.
    frame
        As :func:`origins_in_shape` gives them.
    received_ns
        Now.

    Examples
    --------
    >>> row = {"child": ["c"], "parent": ["a"], "start_m": [0.0], "end_m": [1.0], "known_ns": [5]}
    >>> sifted = sift_origins(OriginRows().rows(upto=0), pl.DataFrame(row), received_ns=9)
    >>> sifted.new, sifted.rows["known_ns"].to_list()
    (1, [5])
    """
    before = stored.filter(pl.col("child").is_in(frame["child"].unique().implode()))
    incoming = frame.with_columns(pl.col("known_ns").alias(TOLD), pl.lit(0, dtype=pl.Int64).alias(_TELLING))
    cells = _cells(pl.concat([before, incoming.with_columns(pl.lit(_LAST).alias(_TELLING))]))
    old = cells.filter(pl.col(_TELLING) != _LAST).drop(_TELLING)
    kept = sift(old, cells.filter(pl.col(_TELLING) == _LAST).drop(TOLD, _TELLING), received_ns).rows
    rows = frame.drop("known_ns").join(
        kept.select(pl.col("piece").alias("child"), "known_ns", TOLD), on="child", maintain_order="left"
    )
    corrected = int(rows["child"].is_in(before["child"].unique().implode()).sum())
    return Sifted(
        rows=rows.select(_STORED),
        new=rows.height - corrected,
        unchanged=frame.height - rows.height,
        corrected=corrected,
    )


def origins_as_known(stored: pl.DataFrame, as_of_ns: int | None = None) -> pl.DataFrame:
    """The origins in force as of an instant, sorted, as in :mod:`pilothouse.plant.lineage`.

    Examples
    --------
    >>> origins_as_known(OriginRows().rows(upto=0)).columns
    ['child', 'parent', 'start_m', 'end_m', 'known_ns']
    """
    number = pl.col(_TELLING).cast(pl.Float64)
    tellings = stored.unique(_TELLING, keep="first").sort(_TELLING).select(*_key(), TOLD, number)
    in_force = as_known(tellings, as_of_ns=as_of_ns)[_TELLING].cast(pl.Int64)
    found = stored.filter(pl.col(_TELLING).is_in(in_force.implode()))
    return found.select(list(ORIGIN_COLUMNS)).sort(*_RANGE)


_LAST: Final = 2**62
"""Number of a telling that is not stored yet."""


def _key() -> list[pl.Expr]:
    """A telling as the observation of which the law of values speaks: its child, for ever."""
    never = pl.lit(0, dtype=pl.Int64)
    return [
        pl.col("child").alias("piece"),
        never.alias("start_ns"),
        never.alias("end_ns"),
        pl.col("known_ns"),
        pl.lit("live").alias("origin"),
    ]


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a telling, whose value is the number of its set of parents and ranges: equal sets, equal numbers."""
    sets = rows.select(pl.struct("parent", "start_m", "end_m").rank("dense").alias("range"), "child", _TELLING)
    sets = sets.sort("range").group_by(_TELLING, "child").agg(pl.col("range").cast(pl.String).str.join(" "))
    told = rows.unique([_TELLING, "child"], keep="first").join(sets, on=[_TELLING, "child"]).sort(_TELLING, "child")
    return told.select(*_key(), TOLD, pl.col("range").rank("dense").cast(pl.Float64), _TELLING)


def _cast(column: pl.Series, dtype: type[pl.DataType]) -> pl.Series:
    if column.dtype != pl.Null and not _FITS[dtype](column.dtype):
        raise SchemaDriftError(f"column {column.name!r}: expected {dtype}, got {column.dtype}")
    try:
        return column.cast(dtype)
    except pl.exceptions.InvalidOperationError as error:
        raise SchemaDriftError(f"column {column.name!r} does not fit {dtype}: {error}") from error
