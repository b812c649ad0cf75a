"""What all files of an import say, put together: one frame for each unit, each observation told once.

Two rows of one import that give different values for the same piece, time and parameter contradict each other: the
first counts, the later one is rejected. (A later import that says otherwise is a correction: both are kept.)
"""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from pilothouse.connect.files.cells import ROW
from pilothouse.connect.files.observe import KEYS, Observed
from pilothouse.plant.frame import KEY_COLUMNS, status_column
from pilothouse.plant.plant import Plant

_OBSERVATION: Final = ("piece", "start_ns", "end_ns")
_LONG: Final = (ROW, *KEYS, "parameter", "value", "status", "header")


def gather(observed: Sequence[Observed], plant: Plant) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The frames of an import by unit, in the shape of :mod:`pilothouse.plant.frame`, and what contradicts.

    Returns
    -------
    tuple
        Frames by unit; and of each value left out ``ROW, header, parameter, first, first_row``: the value that
        counts and the row that gave it.
    """
    if all(one.long is None and len(one.wide) <= 1 for one in observed):
        frame, contradictions = _side_by_side(observed)
    else:
        long, contradictions = _told_once(pl.concat([_as_long(one) for one in observed]))
        frame = _as_wide(long)
    return _by_unit(frame, plant), contradictions


def _side_by_side(observed: Sequence[Observed]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Wide frames stay wide; only rows of one observation are taken apart and put together again."""
    frames = [frame for one in observed for frame in one.wide if frame.height]
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(KEYS, pl.Int64) | {"piece": pl.String}), _told_once(_no_values())[1]
    frame = pl.concat(frames, how="diagonal")
    again = frame.select(_OBSERVATION).is_duplicated()
    if not again.any():
        return frame.drop(ROW), _told_once(_no_values())[1]
    headers = {key: header for one in observed for part in one.headers for key, header in part.items()}
    long, contradictions = _told_once(_unpivoted(frame.filter(again), headers))
    return pl.concat([frame.filter(~again).drop(ROW), _as_wide(long)], how="diagonal"), contradictions


def _told_once(long: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of each observation of a parameter the first value; and the values that differ from it."""
    identity = [*_OBSERVATION, "parameter"]
    if not long.select(identity).is_duplicated().any():
        return long, long.clear().select(ROW, "header", "parameter", first="value", first_row=ROW)
    first = long.sort(ROW, maintain_order=True).with_columns(
        pl.col("value").first().over(identity).alias("first"), pl.col(ROW).first().over(identity).alias("first_row")
    )
    is_first = pl.struct(identity).is_first_distinct()
    contradictions = first.filter(pl.col("value") != pl.col("first"))
    return first.filter(is_first).select(_LONG), contradictions.select(ROW, "header", "parameter", "first", "first_row")


def _as_long(observed: Observed) -> pl.DataFrame:
    if observed.long is not None:
        return observed.long.select(_LONG)
    parts = [_unpivoted(frame, headers) for frame, headers in zip(observed.wide, observed.headers, strict=True)]
    return pl.concat(parts) if parts else _no_values()


def _no_values() -> pl.DataFrame:
    kinds = {ROW: pl.UInt32, "piece": pl.String, **dict.fromkeys(KEYS[1:], pl.Int64)}
    return pl.DataFrame(
        schema=kinds | {"parameter": pl.String, "value": pl.Float64, "status": pl.UInt8, "header": pl.String}
    )


def _unpivoted(frame: pl.DataFrame, headers: Mapping[str, str]) -> pl.DataFrame:
    """One value a row; cells that say nothing are no rows."""
    parts = [_no_values()]
    for key, header in headers.items():
        if key in frame.columns:
            has_status = status_column(key) in frame.columns
            status = pl.col(status_column(key)).fill_null(0) if has_status else pl.lit(0, dtype=pl.UInt8)
            parts.append(
                frame.filter(pl.col(key).is_not_null()).select(
                    ROW,
                    *KEYS,
                    pl.lit(key).alias("parameter"),
                    pl.col(key).alias("value"),
                    status.cast(pl.UInt8).alias("status"),
                    pl.lit(header).alias("header"),
                )
            )
    return pl.concat(parts)


def _as_wide(long: pl.DataFrame) -> pl.DataFrame:
    """One row for each observation, one column for each parameter, a status column where any is not good."""
    frame = long.pivot("parameter", index=list(KEYS), values="value", maintain_order=True)
    marked = long.filter(pl.col("parameter").is_in(long.filter(pl.col("status") > 0)["parameter"].unique().to_list()))
    if marked.is_empty():
        return frame
    marks = marked.with_columns(pl.col("parameter") + "#").pivot("parameter", index=list(KEYS), values="status")
    return frame.join(marks, on=list(KEYS), how="left", nulls_equal=True, maintain_order="left")


def _by_unit(frame: pl.DataFrame, plant: Plant) -> dict[str, pl.DataFrame]:
    """The frame's parameters, each in the frame of its unit."""
    units: dict[str, list[str]] = {}
    for key, parameter in plant.parameters.items():
        if key in frame.columns:
            units.setdefault(parameter.equipment, []).append(key)
    frames = {}
    for unit, keys in units.items():
        marks = [pl.col(status_column(key)).fill_null(0) for key in keys if status_column(key) in frame.columns]
        part = frame.select(*KEYS, pl.lit("backfilled").alias("origin"), *keys, *marks)
        part = part.filter(pl.any_horizontal(pl.col(keys).is_not_null())).cast(pl.Schema(KEY_COLUMNS))
        if part.height:
            frames[unit] = part.sort("start_ns", "end_ns", "piece", maintain_order=True)
    return frames
