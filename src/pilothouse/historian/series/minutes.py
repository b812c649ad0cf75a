"""Minutes and hours: of each parameter the least, greatest, sum, count and last of its usable values in each.

They are worked out when an hour is sealed, from what was known then, and again for the minutes that late values fall
into. Bad values are not in them. One file holds an hour or a day of all places, sorted by column and minute.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_MIN
from pilothouse.plant.frame import BAD, status_column

SCHEMA: Final = pl.Schema(
    {
        "column": pl.UInt32,
        "time_ns": pl.Int64,
        "min": pl.Float64,
        "max": pl.Float64,
        "sum": pl.Float64,
        "n": pl.UInt32,
        "last": pl.Float64,
    }
)
"""``column`` is the number of a key, unit and kind; ``time_ns`` the begin of the minute."""


def rolled_up(rows: pl.DataFrame, numbers: Mapping[str, int], span_ns: int = NS_PER_MIN) -> pl.DataFrame:
    """The minutes of folded rows, of the parameters that have a number.

    Examples
    --------
    >>> rows = pl.DataFrame({"time_ns": [0, 5, 60_000_000_000], "known_ns": [9, 9, 9], "t": [1.0, 3.0, 4.0]})
    >>> rolled_up(rows, {"t": 7}).rows()
    [(7, 0, 1.0, 3.0, 4.0, 2, 3.0), (7, 60000000000, 4.0, 4.0, 4.0, 1, 4.0)]
    """
    asked = [p for p in numbers if p in rows.columns]
    if rows.is_empty() or not asked:
        return SCHEMA.to_frame()
    minute = rows["time_ns"].to_numpy() // span_ns
    starts = np.flatnonzero(np.concatenate([[True], minute[1:] != minute[:-1]]))
    begins = minute[starts] * span_ns
    parts = [_one(rows, p, starts) for p in asked]
    column = np.repeat(np.array([numbers[p] for p in asked], np.uint32), len(starts))
    least, greatest, total, count, last = (np.concatenate([part[k] for part in parts]) for k in range(5))
    frame = pl.DataFrame(
        {
            "column": column,
            "time_ns": np.tile(begins, len(asked)),
            "min": least,
            "max": greatest,
            "sum": total,
            "n": count.astype(np.uint32),
            "last": last,
        },
        schema=SCHEMA,
    )
    return frame.filter(pl.col("n") > 0).sort("column", "time_ns")


def put_together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Minutes of several files, sorted; of a minute that stands in two, the later file counts."""
    if not parts:
        return SCHEMA.to_frame()
    rows = pl.concat(parts)
    return rows.unique(["column", "time_ns"], keep="last", maintain_order=True).sort("column", "time_ns")


def widened(rows: pl.DataFrame, every_ns: int) -> pl.DataFrame:
    """Minutes, sorted by column and minute, put together to longer spans."""
    if rows.is_empty():
        return rows
    span = rows["time_ns"].to_numpy() // every_ns
    column = rows["column"].to_numpy()
    fresh = (span[1:] != span[:-1]) | (column[1:] != column[:-1])
    starts = np.flatnonzero(np.concatenate([[True], fresh]))
    ends = np.append(starts[1:], rows.height) - 1
    return pl.DataFrame(
        {
            "column": column[starts],
            "time_ns": span[starts] * every_ns,
            "min": np.minimum.reduceat(rows["min"].to_numpy(), starts),
            "max": np.maximum.reduceat(rows["max"].to_numpy(), starts),
            "sum": np.add.reduceat(rows["sum"].to_numpy(), starts),
            "n": np.add.reduceat(rows["n"].to_numpy(), starts),
            "last": rows["last"].to_numpy()[ends],
        },
        schema=SCHEMA,
    )


def _one(rows: pl.DataFrame, p: str, starts: NDArray[np.intp]) -> tuple[NDArray[np.generic], ...]:
    """Least, greatest, sum, count and last of one parameter in each span."""
    values = rows[p].to_numpy()
    usable = rows[p].is_not_null().to_numpy()
    if status_column(p) in rows.columns:
        usable = usable & (rows[status_column(p)].fill_null(0) != BAD).to_numpy()
    if usable.all():
        ends = np.append(starts[1:], len(values))
        return (
            np.minimum.reduceat(values, starts),
            np.maximum.reduceat(values, starts),
            np.add.reduceat(values, starts),
            ends - starts,
            values[ends - 1],
        )
    last = np.maximum.reduceat(np.where(usable, np.arange(len(values)), -1), starts)
    return (
        np.minimum.reduceat(np.where(usable, values, np.inf), starts),
        np.maximum.reduceat(np.where(usable, values, -np.inf), starts),
        np.add.reduceat(np.where(usable, values, 0.0), starts),
        np.add.reduceat(usable.astype(np.int64), starts),
        values[np.maximum(last, 0)],
    )
