"""Values to and from files: Parquet, CSV and Arrow, wide (a column a parameter) or long (a row a value).

Instants stand as ``time_ns`` (ns since 1970 UTC), or in files from elsewhere as ``time`` in ISO 8601; when a value
became known as ``known_ns``, else it is known from the import on. A wide status column is ``key#``. Bad rows are kept
aside with the reason, good ones beside them are taken.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from pilothouse.clock import parse_instant
from pilothouse.errors import DataError, SourceError
from pilothouse.plant.frame import BAD, GOOD, status_column
from pilothouse.plant.sample import Samples
from pilothouse.ports import Series

FORMATS: Final = (".parquet", ".csv", ".arrow")
MOST: Final = 500_000
"""So many values are written at once."""

_LONG: Final = ("parameter", "value")
_NOT_VALUES: Final = ("time_ns", "time", "known_ns", "origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What became of a file.

    Parameters
    ----------
    values
        How many values it told.
    new, repeated
        Of the good ones, those the store had not, and had.
    rejects
        Rows that were not taken: ``row`` (from 1, without the heading), ``parameter``, ``told``, ``reason``.
    """

    values: int
    new: int
    repeated: int
    rejects: pl.DataFrame


def export_file(
    series: Series, path: Path, parameters: Sequence[str], span: tuple[int, int], *, long: bool = False
) -> int:
    """Write the values of [start, end) to a file, in the format of its ending; how many rows.

    In a wide file a row became known when the newest value in it did; a long one keeps that of each value.
    """
    write = _writer(path)
    start_ns, end_ns = span
    if not long:
        rows = series.read(parameters, start_ns=start_ns, end_ns=end_ns)
    else:
        rows = pl.concat([_told(series.read([p], start_ns=start_ns, end_ns=end_ns), p) for p in parameters])
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(rows, path)
    except OSError as error:
        raise SourceError(f"the file cannot be written: {error.strerror}", file=str(path)) from error
    return rows.height


def import_file(series: Series, path: Path, known: Sequence[str], now_ns: int, *, time_zone: str = "UTC") -> Imported:
    """Take in the values of a file; bad rows are kept aside.

    Parameters
    ----------
    series
        Where to.
    path
        The file.
    known
        Keys of the parameters there are.
    now_ns
        The present instant: when values became known of which the file does not say it.
    time_zone
        Of instants in text that do not say theirs.

    Raises
    ------
    SourceError
        If the file cannot be read.
    DataError
        If it has no column of instants, or none of values.
    """
    told, rejects = _checked(_as_long(_read(path), path), set(known), time_zone, now_ns)
    new = repeated = 0
    for batches in _batches(told):
        taken = series.write(batches)
        new, repeated = new + taken.new, repeated + taken.repeated
    return Imported(values=told.height + rejects.height, new=new, repeated=repeated, rejects=rejects)


def _writer(path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    if path.suffix == ".csv":
        return lambda rows, where: rows.write_csv(where)
    if path.suffix == ".arrow":
        return lambda rows, where: rows.write_ipc(where)
    if path.suffix == ".parquet":
        return lambda rows, where: rows.write_parquet(where)
    raise SourceError(f"expected a file ending in {', '.join(FORMATS)}, got {path.name!r}", file=str(path))


def _told(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    status = pl.col(status_column(key)) if status_column(key) in rows.columns else pl.lit(GOOD, pl.UInt8)
    return rows.select(
        "time_ns", "known_ns", pl.lit(key).alias("parameter"), pl.col(key).alias("value"), status.alias("status")
    )


def _read(path: Path) -> pl.DataFrame:
    readers = {
        ".csv": lambda: pl.read_csv(path, infer_schema=False),
        ".arrow": lambda: pl.read_ipc(path),
        ".parquet": lambda: pl.read_parquet(path),
    }
    if path.suffix not in readers:
        raise SourceError(f"expected a file ending in {', '.join(FORMATS)}, got {path.name!r}", file=str(path))
    try:
        return readers[path.suffix]()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SourceError(f"the file cannot be read: {error}", file=str(path)) from error


def _as_long(rows: pl.DataFrame, path: Path) -> pl.DataFrame:
    """``row, time, known, parameter, value, status`` as texts or as they were, one row a value."""
    if "time_ns" not in rows.columns and "time" not in rows.columns:
        raise DataError(
            f"expected a column time_ns or time, got {', '.join(rows.columns) or 'none'}",
            hint="name the column of instants time (ISO 8601) or time_ns",
            file=str(path),
        )
    rows = rows.with_row_index("row", offset=1)
    time = "time_ns" if "time_ns" in rows.columns else "time"
    keys = [pl.col("row"), pl.col(time).cast(pl.String).alias("time")]
    keys.append((pl.col("known_ns") if "known_ns" in rows.columns else pl.lit(None)).cast(pl.String).alias("known"))
    if all(c in rows.columns for c in _LONG):
        status = pl.col("status") if "status" in rows.columns else pl.lit(None)
        return rows.select(
            *keys,
            pl.col("parameter").cast(pl.String),
            _text("value").alias("value"),
            status.cast(pl.String).alias("status"),
        )
    parameters = [c for c in rows.columns if c not in (*_NOT_VALUES, "row") and not c.endswith("#")]
    if not parameters:
        raise DataError("expected a column a parameter, or the columns parameter and value, got none", file=str(path))
    parts = []
    for p in parameters:
        status = pl.col(status_column(p)) if status_column(p) in rows.columns else pl.lit(None)
        part = rows.select(
            *keys, pl.lit(p).alias("parameter"), _text(p).alias("value"), status.cast(pl.String).alias("status")
        )
        parts.append(part.filter(pl.col("value").is_not_null() | pl.col("status").is_not_null()))
    return pl.concat(parts)


def _text(column: str) -> pl.Expr:
    """A value as text; an empty one is none."""
    text = pl.col(column).cast(pl.String).str.strip_chars()
    return pl.when(text == "").then(None).otherwise(text)


def _checked(told: pl.DataFrame, known: set[str], time_zone: str, now_ns: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Good values as numbers, and rejects with their reason."""
    words = {"good": "0", "uncertain": "1", "bad": "2"}
    instants = {text: _instant(text, time_zone) for text in told["time"].unique() if text is not None}
    rows = told.with_columns(
        pl.col("time").replace_strict(instants, default=None, return_dtype=pl.Int64).alias("time_ns"),
        pl.col("known").cast(pl.Int64, strict=False).alias("known_ns"),
        pl.col("value").cast(pl.Float64, strict=False).alias("number"),
        pl.col("status")
        .str.strip_chars()
        .str.to_lowercase()
        .replace(words)
        .cast(pl.UInt8, strict=False)
        .alias("state"),
    )
    empty = pl.col("value").is_null()
    reason = (
        pl.when(pl.col("time_ns").is_null())
        .then(pl.lit("expected an instant in time"))
        .when(~pl.col("parameter").is_in(list(known)) | pl.col("parameter").is_null())
        .then(pl.lit("the parameter is not declared"))
        .when(~empty & (pl.col("number").is_null() | ~pl.col("number").is_finite()))
        .then(pl.lit("expected a number"))
        .when(pl.col("status").is_not_null() & (pl.col("status") != "") & (pl.col("state").fill_null(99) > BAD))
        .then(pl.lit("expected a status 0, 1, 2 or good, uncertain, bad"))
        .when(empty & (pl.col("state").fill_null(GOOD) != BAD))
        .then(pl.lit("no value, and its status is not bad"))
        .when(pl.col("known").is_not_null() & (pl.col("known") != "") & pl.col("known_ns").is_null())
        .then(pl.lit("expected an instant in known_ns"))
    )
    judged = rows.with_columns(reason.alias("reason"))
    rejects = judged.filter(pl.col("reason").is_not_null()).select(
        "row",
        "parameter",
        pl.format("{} {}", pl.col("time").fill_null(""), pl.col("value").fill_null("")).alias("told"),
        "reason",
    )
    good = judged.filter(pl.col("reason").is_null()).select(
        "time_ns",
        pl.col("known_ns").fill_null(now_ns),
        "parameter",
        pl.col("number").alias("value"),
        pl.col("state").fill_null(GOOD).alias("status"),
    )
    return good.sort("time_ns", maintain_order=True), rejects.sort("row", maintain_order=True)


def _instant(text: str, time_zone: str) -> int | None:
    if text.lstrip("-").isdigit():
        return int(text) if abs(int(text)) < 2**63 else None
    try:
        return parse_instant(text, time_zone)
    except DataError:
        return None


def _batches(told: pl.DataFrame) -> Iterator[list[Samples]]:
    """The values as writes of bearable size; values that became known together are one batch."""
    for part in told.iter_slices(MOST):
        batches = []
        for (known_ns,), rows in part.group_by(["known_ns"], maintain_order=True):
            keys = rows["parameter"].unique(maintain_order=True).to_list()
            place = {key: k for k, key in enumerate(keys)}
            batches.append(
                Samples(
                    parameters=tuple(keys),
                    which=rows["parameter"].replace_strict(place, return_dtype=pl.Int32).to_numpy(),
                    source_ns=rows["time_ns"].to_numpy(),
                    values=rows["value"].fill_null(np.nan).to_numpy(),
                    statuses=rows["status"].to_numpy(),
                    received_ns=int(known_ns),
                    origin="backfilled",
                )
            )
        yield batches
