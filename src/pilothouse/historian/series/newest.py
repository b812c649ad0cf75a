"""The newest value of every parameter, in memory; and what of a write the store has already."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.historian.series.column import Layout
from pilothouse.plant.frame import BAD
from pilothouse.plant.sample import Samples

NEVER: Final = -(2**63)


Last = tuple[int, int, float | None, int]
"""Instant, when it was known, value and status."""


class Newest:
    """Arrays over all present columns, place by place in the order of their layouts.

    Parameters
    ----------
    layouts
        The present layout of each place.
    """

    def __init__(self, layouts: Mapping[str, Layout]) -> None:
        self.layouts = tuple(layouts[place] for place in sorted(layouts))
        self.keys = tuple(c.key for layout in self.layouts for c in layout.columns)
        self.at = {key: k for k, key in enumerate(self.keys)}
        self.begins = np.cumsum([0, *(len(layout.columns) for layout in self.layouts)])
        count = len(self.keys)
        self.source_ns = np.full(count, NEVER)
        self.known_ns = np.full(count, NEVER)
        self.values = np.full(count, np.nan)
        self.statuses = np.zeros(count, np.uint8)

    def samples(self) -> Samples:
        """The newest of every parameter that has a value."""
        have = np.flatnonzero(self.source_ns != NEVER)
        return Samples(
            parameters=tuple(self.keys[k] for k in have),
            which=np.arange(len(have), dtype=np.int32),
            source_ns=self.source_ns[have],
            values=self.values[have],
            statuses=self.statuses[have],
            received_ns=int(self.known_ns[have].max()) if len(have) else 0,
        )

    def take(self, told: "Batch") -> NDArray[np.int64]:
        """Take in values that were stored, sorted by column and time; columns whose newest instant was told anew."""
        if self._is_full_row(told):
            self.source_ns, self.known_ns = told.source_ns.copy(), told.known_ns.copy()
            self.values, self.statuses = told.values.copy(), told.statuses.copy()
            return np.zeros(0, np.int64)
        if not len(told):
            return np.zeros(0, np.int64)
        last = np.flatnonzero(np.append(told.columns[1:] != told.columns[:-1], True))
        columns = told.columns[last]
        anew = columns[told.source_ns[last] == self.source_ns[columns]]
        newer = last[told.source_ns[last] > self.source_ns[columns]]
        columns = told.columns[newer]
        self.source_ns[columns] = told.source_ns[newer]
        self.known_ns[columns] = told.known_ns[newer]
        self.values[columns] = told.values[newer]
        self.statuses[columns] = told.statuses[newer]
        twice = np.flatnonzero((told.columns[1:] == told.columns[:-1]) & (told.source_ns[1:] == told.source_ns[:-1]))
        return np.union1d(anew, told.columns[twice])

    def _is_full_row(self, told: "Batch") -> bool:
        """Whether every column is told once, each newer than before: what comes in nearly always."""
        if len(told) != len(self.keys):
            return False
        return bool((told.columns[1:] > told.columns[:-1]).all() and (told.source_ns > self.source_ns).all())

    def set(self, key: str, last: Last) -> None:
        """Set what is newest of a parameter: its instant, when it was known, value and status."""
        k = self.at[key]
        source_ns, known_ns, value, status = last
        self.source_ns[k], self.known_ns[k] = source_ns, known_ns
        self.values[k] = np.nan if value is None else value
        self.statuses[k] = status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Values of a write as arrays of one length over the columns of :class:`Newest`, sorted by column and time."""

    columns: NDArray[np.int64]
    source_ns: NDArray[np.int64]
    known_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    origins: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many values."""
        return len(self.columns)

    def only(self, mask: NDArray[np.bool_]) -> "Batch":
        """Those that a mask keeps."""
        return Batch(
            columns=self.columns[mask],
            source_ns=self.source_ns[mask],
            known_ns=self.known_ns[mask],
            values=self.values[mask],
            statuses=self.statuses[mask],
            origins=self.origins[mask],
        )


def repeated(batch: Batch, suspect: NDArray[np.bool_], stored: Callable[[Batch], pl.DataFrame]) -> NDArray[np.bool_]:
    """Which values of a batch the store had already, or the batch itself tells twice.

    A value is repeated where the same value and status of its parameter and instant became known no later.

    Parameters
    ----------
    batch
        The values.
    suspect
        Those that may be stored: no newer than the newest of their parameter.
    stored
        Gives what is stored of the columns and instants of suspects, as ``column, time_ns, known_ns, value, status``.
    """
    again = np.zeros(len(batch), bool)
    same = (batch.columns[1:] == batch.columns[:-1]) & (batch.source_ns[1:] == batch.source_ns[:-1])
    if not suspect.any() and not same.any():
        return again
    told = _bits(
        pl.DataFrame(
            {
                "column": batch.columns,
                "time_ns": batch.source_ns,
                "known_ns": batch.known_ns,
                "value": batch.values,
                "status": batch.statuses,
            }
        )
    )
    cell = ["column", "time_ns", "bits", "status"]
    if same.any():
        first = pl.struct("known_ns", pl.int_range(pl.len())).rank("ordinal").over(cell) == 1
        again |= ~told.select(first).to_series().to_numpy()
    if suspect.any():
        had = _bits(stored(batch.only(suspect))).group_by(cell).agg(pl.col("known_ns").min().alias("had_ns"))
        both = told.join(had, on=cell, how="left", maintain_order="left")
        again |= (both["had_ns"].fill_null(NEVER) > NEVER).to_numpy() & (both["had_ns"] <= both["known_ns"]).fill_null(
            value=False
        ).to_numpy()
    return again


def _bits(told: pl.DataFrame) -> pl.DataFrame:
    """With the value as bits, so that no number is equal to another, and no number to itself."""
    values = told["value"].fill_null(np.nan).to_numpy().astype(np.float64) + 0.0
    values[np.isnan(values)] = np.nan
    return told.select(
        pl.col("column").cast(pl.Int64),
        "time_ns",
        "known_ns",
        pl.Series("bits", values.view(np.int64)),
        pl.col("status").fill_null(BAD).cast(pl.UInt8),
    )
