"""Frames: the shape in which plant values travel, many parameters wide.

One row is one observation (piece, start, end) and one instant of knowledge: what became known of an observation at
another instant stands in a row of its own, so every value has its own two times.

==============  ========  ============================================================================
column          type      meaning
==============  ========  ============================================================================
``piece``       String    lot key of the material it was observed on; null for values of no piece
``start_ns``    Int64     when it began to happen, ns since 1970 UTC
``end_ns``      Int64     when it ended; equal to ``start_ns`` for an instant, else half-open [start, end)
``known_ns``    Int64     when the plant knew it (a laboratory result comes hours later)
``origin``      String    live, replayed, backfilled, manual or simulated
*parameter*     Float64   the value in the parameter's declared unit; null where this row says nothing
*parameter*#    UInt8     its status: 0 good, 1 uncertain, 2 bad; the column may be absent: all good
==============  ========  ============================================================================

Bad values are data: they travel with their status and nothing drops it on the way.
"""

from typing import Final

import polars as pl

GOOD: Final = 0
UNCERTAIN: Final = 1
BAD: Final = 2

ORIGINS: Final = ("live", "replayed", "backfilled", "manual", "simulated")

KEY_COLUMNS: Final = {
    "piece": pl.String,
    "start_ns": pl.Int64,
    "end_ns": pl.Int64,
    "known_ns": pl.Int64,
    "origin": pl.String,
}
"""The columns every frame has, with their types."""


def status_column(parameter: str) -> str:
    """The name of the status column beside a parameter's column.

    Examples
    --------
    >>> status_column("temperature")
    'temperature#'
    """
    return parameter + "#"


def parameters_of(frame: pl.DataFrame) -> tuple[str, ...]:
    """The parameters a frame carries, in its order.

    Examples
    --------
    >>> parameters_of(pl.DataFrame({"piece": ["1"], "start_ns": [0], "t": [1.0], "t#": [0]}))
    ('t',)
    """
    return tuple(c for c in frame.columns if c not in KEY_COLUMNS and not c.endswith("#"))


def observations(frame: pl.DataFrame, parameter: str, *, worst_status: int = UNCERTAIN) -> pl.DataFrame:
    """The rows in which a parameter has a usable value, as ``value`` with the key columns.

    Parameters
    ----------
    frame
        A frame as above.
    parameter
        Which one.
    worst_status
        The worst status still taken; by default bad values are left out.

    Examples
    --------
    >>> f = pl.DataFrame({"piece": ["1", "1"], "start_ns": [0, 5], "end_ns": [0, 5], "known_ns": [0, 5],
    ...                   "origin": ["live"] * 2, "t": [1.0, 2.0], "t#": [0, 2]})
    >>> observations(f, "t")["value"].to_list()
    [1.0]
    """
    if parameter not in frame.columns:
        return pl.DataFrame(schema={**KEY_COLUMNS, "value": pl.Float64})
    usable = pl.col(parameter).is_not_null()
    if status_column(parameter) in frame.columns:
        usable &= pl.col(status_column(parameter)).fill_null(GOOD) <= worst_status
    return frame.filter(usable).select(*KEY_COLUMNS, pl.col(parameter).alias("value"))
