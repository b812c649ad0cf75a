"""The gate of the historian: a frame is brought into exactly the stored shape, or refused whole with the reason."""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from pilothouse.errors import DataError, SchemaDriftError
from pilothouse.plant.frame import BAD, GOOD, KEY_COLUMNS, ORIGINS, parameters_of, status_column


def in_shape(unit: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame in the stored shape.

    Columns come in the order of :mod:`pilothouse.plant.frame`, each status beside its parameter, only where one
    is not good. NaN is no value: it becomes null with bad status.

    Raises
    ------
    SchemaDriftError
        If a column is missing, of another type, or a status stands without its parameter.
    DataError
        If a row has no time, ends before it begins, or has an unknown origin or status.

    Examples
    --------
    >>> frame = pl.DataFrame({"piece": ["1"], "start_ns": [0], "end_ns": [0], "known_ns": [0],
    ...                       "origin": ["live"], "t": [float("nan")]})
    >>> in_shape("lf1", frame).select("t", "t#").rows()
    [(None, 2)]
    """
    parameters = parameters_of(frame)
    _check_columns(unit, frame, parameters)
    shaped = frame.select(
        *(_cast(unit, frame[column], dtype) for column, dtype in KEY_COLUMNS.items()),
        *(_cast(unit, frame[p], pl.Float64) for p in parameters),
        *(_cast(unit, frame[status_column(p)], pl.UInt8) for p in parameters if status_column(p) in frame.columns),
    )
    _check_rows(unit, shaped, parameters)
    return _without_nan(shaped, parameters)


_FITS: Final[Mapping[type[pl.DataType], Callable[[pl.DataType], bool]]] = {
    pl.String: lambda dtype: dtype in (pl.String, pl.Categorical, pl.Enum),
    pl.Int64: lambda dtype: dtype.is_integer(),
    pl.UInt8: lambda dtype: dtype.is_integer(),
    pl.Float64: lambda dtype: dtype.is_numeric(),
}
"""Which types become a stored type without loss."""


def _check_columns(unit: str, frame: pl.DataFrame, parameters: tuple[str, ...]) -> None:
    missing = [column for column in KEY_COLUMNS if column not in frame.columns]
    if missing:
        raise SchemaDriftError(
            f"a frame needs the columns {', '.join(KEY_COLUMNS)}; {', '.join(missing)} missing", unit=unit
        )
    odd = [p for p in parameters if not p or "#" in p]
    if odd:
        raise SchemaDriftError(f"{odd[0]!r} cannot name a parameter", hint="leave out the '#'", unit=unit)
    statuses = (c for c in frame.columns if c.endswith("#"))
    alone = [c for c in statuses if c.removesuffix("#") not in parameters]
    if alone:
        raise SchemaDriftError(
            f"status column {alone[0]!r} stands without its parameter",
            hint=f"add column {alone[0].removesuffix('#')!r}",
            unit=unit,
        )


def _cast(unit: str, column: pl.Series, dtype: type[pl.DataType]) -> pl.Series:
    if column.dtype != pl.Null and not _FITS[dtype](column.dtype):
        raise SchemaDriftError(f"column {column.name!r}: expected {dtype}, got {column.dtype}", unit=unit)
    try:
        return column.cast(dtype)
    except pl.exceptions.InvalidOperationError as error:
        raise SchemaDriftError(f"column {column.name!r} does not fit {dtype}: {error}", unit=unit) from error


def _check_rows(unit: str, frame: pl.DataFrame, parameters: tuple[str, ...]) -> None:
    for column in ("start_ns", "end_ns", "known_ns", "origin"):
        if frame[column].null_count():
            row = int(frame[column].is_null().arg_true()[0])
            raise DataError(f"column {column!r} is empty in row {row}", unit=unit)
    backwards = (frame["end_ns"] < frame["start_ns"]).arg_true()
    if len(backwards):
        raise DataError(f"row {backwards[0]} ends before it begins", unit=unit)
    strange = frame["origin"].unique().sort().filter(~frame["origin"].unique().sort().is_in(ORIGINS))
    if len(strange):
        raise DataError(f"origin {strange[0]!r} is none of {', '.join(ORIGINS)}", unit=unit)
    for p in parameters:
        if status_column(p) in frame.columns:
            worst = frame[status_column(p)].max()
            if isinstance(worst, int) and worst > BAD:
                raise DataError(f"status {worst} of {p} is none of 0, 1, 2", unit=unit)


def _without_nan(frame: pl.DataFrame, parameters: tuple[str, ...]) -> pl.DataFrame:
    """NaN made null with bad status; status columns that are all good left out; statuses beside their parameters."""
    columns = [frame[column] for column in KEY_COLUMNS]
    for p in parameters:
        values = frame[p]
        status = frame[status_column(p)] if status_column(p) in frame.columns else None
        nan = values.is_nan().fill_null(value=False)
        if nan.any():
            known = pl.repeat(GOOD, frame.height, dtype=pl.UInt8, eager=True) if status is None else status
            status = known.zip_with(~nan, pl.repeat(BAD, frame.height, dtype=pl.UInt8, eager=True))
            values = values.fill_nan(None)
        columns.append(values)
        if status is not None and (status.fill_null(GOOD) > GOOD).any():
            columns.append(status.alias(status_column(p)))
    return pl.DataFrame(columns)
