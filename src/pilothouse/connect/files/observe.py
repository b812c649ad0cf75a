"""A wide table's cells become observations: values in their parameters' units, with status; bad cells become rejects.

One bad cell costs itself only. What spoils a row's piece or time costs the values that stand there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from pilothouse.connect.files.bind import BoundColumn, Scale
from pilothouse.connect.files.cells import ROW, Cells
from pilothouse.connect.files.table import REJECTS
from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN, status_column

KEYS: Final = ("piece", "start_ns", "end_ns", "known_ns")
_ROUNDING: Final = 1e-9
"""Relative; a value on the edge of its range must not leave it by being converted."""
_STATUS: Final = {"good": GOOD, "uncertain": UNCERTAIN, "bad": BAD, "0": GOOD, "1": UNCERTAIN, "2": BAD}
_OPC_UA_SEVERITY: Final = 1 << 30
"""The two highest bits of an OPC UA status code are its severity; codes below this are good or no such code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What one file says.

    Parameters
    ----------
    wide
        Frames of :data:`~pilothouse.connect.files.cells.ROW`, :data:`KEYS`, parameters and their status; one for each
        set of times.
    headers
        For each frame of ``wide``, parameter → header.
    long
        The same one value a row: ``ROW``, :data:`KEYS`, ``parameter``, ``value``, ``status``, ``header``.
    said
        By ``ROW``, whether any mapped cell ``said`` something.
    rejects
        Cells and rows that are not taken: ``ROW`` and :data:`~pilothouse.connect.files.table.REJECTS`.
    out_of_range
        Values kept with bad status because they are not credible.
    """

    wide: tuple[pl.DataFrame, ...] = ()
    headers: tuple[Mapping[str, str], ...] = ()
    long: pl.DataFrame | None = None
    said: pl.DataFrame
    rejects: pl.DataFrame
    out_of_range: int


def observe_wide(cells: Cells, bound: Sequence[BoundColumn]) -> Observed:
    """The observations of a table that has a column for each parameter."""
    numbers, garbage = cells.numbers([column.header for column in bound])
    said = numbers.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    for bad in garbage.values():
        said |= bad
    rejects = [no_numbers(cells, header, bad) for header, bad in garbage.items()]
    wide, outside = [], 0
    groups = _groups(bound)
    for group in groups:
        frame, count, more = _one_set_of_times(cells, group, numbers)
        wide.append(frame)
        outside += count
        rejects += more
    return Observed(
        wide=tuple(wide),
        headers=tuple({column.scale.parameter.key: column.header for column in group} for group in groups),
        said=pl.DataFrame({ROW: cells.table.frame[ROW], "said": said}),
        rejects=together(rejects),
        out_of_range=outside,
    )


def no_numbers(cells: Cells, header: str, bad: pl.Series) -> pl.DataFrame:
    """The rejects of cells that hold no finite number."""
    rows = bad.arg_true()
    text = cells.texts(header)[rows]
    finite = pl.when(text.cast(pl.Float64, strict=False).is_not_null()).then(pl.lit("finite ")).otherwise(pl.lit(""))
    got = pl.lit(text.str.slice(0, 60))
    reasons = pl.select(pl.concat_str(pl.lit("expected a "), finite, pl.lit("number, got '"), got, pl.lit("'")))
    return cells.rejects(rows, header, reasons.to_series())


def spoiled(cells: Cells, keys: pl.DataFrame, holds: pl.Series) -> pl.DataFrame:
    """The rejects of rows whose piece or time is wrong, where they hold anything."""
    bad = (keys["reason"].is_not_null() & holds).arg_true()
    rows = keys[bad].with_columns(bad.alias("at"))
    parts = rows.partition_by("column", maintain_order=True)
    return together([cells.rejects(part["at"], str(part["column"][0]), part["reason"]) for part in parts])


def together(rejects: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rejects as one list, none twice."""
    schema = pl.Schema({ROW: pl.UInt32, **REJECTS})
    some = [part.cast(schema) for part in rejects if part.height]
    return pl.concat(some).unique(maintain_order=True) if some else pl.DataFrame(schema=schema)


def is_outside(value: pl.Expr, scale: Scale) -> pl.Expr:
    """Whether a value lies outside of the credible range of its parameter."""
    low, high = scale.parameter.low, scale.parameter.high
    outside = pl.lit(value=False)
    if low is not None:
        outside |= value < low - _ROUNDING * max(1.0, abs(low))
    if high is not None:
        outside |= value > high + _ROUNDING * max(1.0, abs(high))
    return outside.fill_null(value=False)


def statuses(cells: Cells, header: str, holds: pl.Series) -> tuple[pl.Series, pl.DataFrame]:
    """Status codes of a status column, and the rejects of words nobody knows: their values are kept as uncertain."""
    text = cells.texts(header)
    word = text.str.to_lowercase().str.extract(r"^(good|uncertain|bad|[0-9]+)")
    code = word.replace_strict(_STATUS, default=None, return_dtype=pl.Int64)
    number = word.cast(pl.Int64, strict=False)
    severity = (number // _OPC_UA_SEVERITY).clip(GOOD, BAD)
    known = code.zip_with(code.is_not_null(), severity.set(number < _OPC_UA_SEVERITY, None))
    strange = (text.is_not_null() & known.is_null() & holds).arg_true()
    reason = (
        pl.lit("unknown status '")
        + pl.lit(text[strange].str.slice(0, 60))
        + pl.lit("': the value is kept as uncertain")
    )
    rejects = cells.rejects(strange, header, pl.select(reason).to_series())
    filled = pl.select(pl.when(text.is_null()).then(GOOD).otherwise(pl.lit(known).fill_null(UNCERTAIN)))
    return filled.to_series().cast(pl.UInt8), rejects


def _groups(bound: Sequence[BoundColumn]) -> list[list[BoundColumn]]:
    """Columns that share their times; a parameter stands only once in each group."""
    groups: dict[tuple[object, int], list[BoundColumn]] = {}
    turns: dict[tuple[object, str], int] = {}
    for column in bound:
        turn = turns.get((column.times, column.scale.parameter.key), 0)
        turns[column.times, column.scale.parameter.key] = turn + 1
        groups.setdefault((column.times, turn), []).append(column)
    return list(groups.values())


def _one_set_of_times(
    cells: Cells, group: Sequence[BoundColumn], numbers: pl.DataFrame
) -> tuple[pl.DataFrame, int, list[pl.DataFrame]]:
    """The frame of the columns that share their times, how many values are not credible, and the rejects."""
    keys = cells.keys(group[0].times)
    raw = numbers.select(pl.col(column.header).alias(column.scale.parameter.key) for column in group)
    holds = raw.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    rejects = [spoiled(cells, keys, holds)]
    taken = keys["reason"].is_null() & holds
    values = raw.select(_scaled(column.scale) for column in group)
    outside = values.select(
        is_outside(pl.col(c.scale.parameter.key), c.scale).alias(c.scale.parameter.key) for c in group
    )
    outside = outside.filter(taken)
    counts = dict(zip(outside.columns, outside.sum().row(0) if outside.height else (), strict=False))
    marks = {status_column(key): outside[key].cast(pl.UInt8) * BAD for key, count in counts.items() if count}
    for column in group:
        if column.status is not None:
            key = column.scale.parameter.key
            told, strange = statuses(cells, column.status, taken & raw[key].is_not_null())
            rejects.append(strange)
            mark = marks.get(status_column(key), pl.zeros(outside.height, dtype=pl.UInt8, eager=True))
            told = told.filter(taken)
            marks[status_column(key)] = mark.zip_with(mark > told, told)
    frame = keys.select(ROW, *KEYS).hstack(values).filter(taken)
    return frame.with_columns(series.alias(name) for name, series in marks.items()), sum(counts.values()), rejects


def _scaled(scale: Scale) -> pl.Expr:
    value = pl.col(scale.parameter.key)
    return value if (scale.factor, scale.offset) == (1.0, 0.0) else value * scale.factor + scale.offset
