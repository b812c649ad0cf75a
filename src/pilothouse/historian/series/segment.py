"""Segments: what was sealed, as wide Parquet files beside the journal.

A row is an instant of the source and an instant of knowledge; a column is a parameter under the key it had, its status
beside it as ``key#`` where one is not good. A column is float32 where that gives every number back to the last bit:
because it is the same number, or because rounding to a few decimals makes it so (instruments give 1571.3, and float32
holds that well enough to know it again). Otherwise it is float64. Nothing is lost, and quantised signals stay small.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_H, format_instant
from pilothouse.errors import StoreCorruptError, StoreError
from pilothouse.plant.frame import parameters_of, status_column

KEYS: Final = ("time_ns", "known_ns", "origin")
DECIMALS: Final = 6
"""With more decimals than this, a number that float32 does not hold is kept in float64."""

_META: Final = "pilothouse.series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A sealed file, as the catalogue has it.

    Parameters
    ----------
    number
        Segments are numbered as they were sealed; of two that speak of one instant, the higher was stored later.
    kind
        ``values`` or ``minutes``.
    place, layout
        Whose values, in which layout; empty and 0 for minutes, which hold all places.
    start_ns, end_ns
        The hour or day it belongs to.
    first_ns, last_ns
        Of its rows.
    rows, count
        How many rows, and values in them.
    facts
        Of its columns: decimals to restore, which have statuses; whether its rows are plain.
    file, bytes, digest
        Its name below the store, size and SHA-256.
    """

    number: int
    kind: str
    place: str
    layout: int
    start_ns: int
    end_ns: int
    first_ns: int
    last_ns: int
    rows: int
    count: int
    facts: str
    file: str
    bytes: int
    digest: str


def in_float32(values: pl.Series, hint: int = 0) -> tuple[pl.Series, int]:
    """A column as it is kept, and the decimals that restore it; -1 where nothing has to be restored.

    Examples
    --------
    >>> in_float32(pl.Series([1571.3, None]))[1], in_float32(pl.Series([2.0**24, 0.5]))[1]
    (1, -1)
    >>> in_float32(pl.Series([2.0**24 + 1.0]))[0].dtype
    Float64
    """
    told = values.drop_nulls().to_numpy()
    with np.errstate(over="ignore"):
        short = told.astype(np.float32).astype(np.float64)
    if np.array_equal(short, told):
        return values.cast(pl.Float32), -1
    if np.isfinite(short).all():
        for decimals in dict.fromkeys((hint, *range(1, DECIMALS + 1))):
            scale = 10.0**decimals
            if decimals and np.array_equal(np.rint(short * scale) / scale, told):
                return values.cast(pl.Float32), decimals
    return values, -1


def restored(values: pl.Series, decimals: int) -> pl.Series:
    """A kept column with the numbers that were told."""
    if values.dtype == pl.Float64:
        return values
    if decimals < 0:
        return values.cast(pl.Float64)
    scale = 10.0**decimals
    told = np.rint(values.cast(pl.Float64).to_numpy() * scale) / scale
    back = pl.Series(values.name, told)
    return back.fill_nan(None) if values.null_count() else back


def as_kept(rows: pl.DataFrame, hints: Mapping[str, int]) -> tuple[pl.DataFrame, dict[str, int]]:
    """Rows as they go into a file, and the decimals that restore columns."""
    decimals: dict[str, int] = {}
    columns: list[pl.Series] = [rows[key] for key in KEYS]
    for p in parameters_of(rows.drop(KEYS)):
        kept, restoring = in_float32(rows[p], hints.get(p, 0))
        if restoring > 0:
            decimals[p] = restoring
        columns.append(kept)
        if status_column(p) in rows.columns:
            columns.append(rows[status_column(p)])
    return pl.DataFrame(columns), decimals


def seal(root: Path, segment: Mapping[str, object], rows: pl.DataFrame, columns: Sequence[object]) -> tuple[int, str]:
    """Write rows as a file, bring it to the disk, and only then give it its name; its size and digest.

    Parameters
    ----------
    root
        The store's folder.
    segment
        ``file``, and what else the file should say of itself.
    rows
        As they are kept.
    columns
        What the file says of its columns.

    Raises
    ------
    StoreError
        If the disk refuses; then there is no file.
    """
    path = root / str(segment["file"])
    draft = path.with_suffix(".tmp")
    said = json.dumps({**segment, "columns": list(columns)}, ensure_ascii=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(rows, draft, said)
        with draft.open("rb+") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        size = draft.stat().st_size
        draft.replace(path)
        _sync(path.parent)
        _sync(path.parent.parent)
    except (OSError, pa.ArrowException) as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"nothing was sealed, the disk refused: {error}",
            hint="make room or mend the rights: the values are safe in the journal and are sealed later",
            file=str(path),
        ) from error
    return size, digest


def _write(rows: pl.DataFrame, draft: Path, said: str) -> None:
    """Numbers by dictionary, for instruments give few different ones; instants by their differences."""
    instants = [c for c in rows.columns if rows.schema[c] == pl.Int64]
    table = rows.to_arrow().replace_schema_metadata({_META: said})
    pq.write_table(
        table,
        draft,
        compression="zstd",
        use_dictionary=[c for c in rows.columns if c not in instants],
        column_encoding=dict.fromkeys(instants, "DELTA_BINARY_PACKED"),
        write_statistics=False,
        row_group_size=max(rows.height, 1),
    )


class Reader:
    """Reads columns of segments; the bytes of each file are proven once before anything is parsed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._proven: set[int] = set()

    def columns(self, segment: Segment, columns: Sequence[str]) -> pl.DataFrame:
        """Columns as they are kept.

        Raises
        ------
        StoreCorruptError
            If the file is missing or not what was sealed.
        """
        path = self._root / segment.file
        if segment.number not in self._proven:
            self.prove(segment)
        return pl.read_parquet(path, columns=list(columns), use_statistics=False)

    def prove(self, segment: Segment) -> None:
        """Check a whole file against what was sealed.

        Raises
        ------
        StoreCorruptError
            If it is not that.
        """
        path = self._root / segment.file
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _corrupt(path, f"it cannot be read: {error.strerror}") from error
        if found != segment.digest:
            raise _corrupt(path, "its content is not what was sealed")
        self._proven.add(segment.number)


def file_name(kind: str, place: str, start_ns: int, end_ns: int, number: int) -> str:
    """Where a segment lies below the store, named for people by place, day and hour.

    Examples
    --------
    >>> file_name("values", "lf1/a", 0, 3_600_000_000_000, 7)
    'values/lf1%2Fa/1970-01-01T00-000007.parquet'
    """
    day, hour = format_instant(start_ns)[:10], format_instant(start_ns)[11:13]
    when = f"{day}T{hour}" if end_ns - start_ns <= NS_PER_H else day
    folder = f"{kind}/{quote(place, safe='')}" if place else kind
    return f"{folder}/{when}-{number:06d}.parquet"


def time_range(time_ns: NDArray[np.int64]) -> tuple[int, int]:
    """First and last instant of rows."""
    return int(time_ns.min()), int(time_ns.max())


def _corrupt(path: Path, why: str) -> StoreCorruptError:
    return StoreCorruptError(
        f"a segment of the live tier cannot be used: {why}",
        hint="restore it from a backup; `pilothouse historian verify` names all that are damaged",
        file=str(path),
    )


def _sync(folder: Path) -> None:
    """Bring a folder's entries to the disk; Windows does it by itself and cannot be asked."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
