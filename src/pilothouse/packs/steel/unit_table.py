"""Unit tables: the parameters of a unit that are told of the same pieces, a row a piece, in time order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.decision.view import Snapshot
from pilothouse.packs.steel.beside import usable_values
from pilothouse.plant.frame import UNCERTAIN, parameters_of

Array = NDArray[np.float64]

TOGETHER: Final = 0.5
"""A parameter belongs to a table where it is told of that share of its own pieces."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitTable:
    """Parameters that are told of the same pieces.

    Parameters
    ----------
    unit
        Whose.
    names
        The parameters (p,).
    pieces
        Lot keys (n,).
    ended_ns
        When each piece was there (n,).
    values
        (n, p), NaN where missing or bad.
    """

    unit: str
    names: tuple[str, ...]
    pieces: tuple[str, ...]
    ended_ns: NDArray[np.int64]
    values: Array


def unit_tables(snapshot: Snapshot) -> Iterator[UnitTable]:
    """Every unit's tables: what is told of heats stands apart from what is told of their slabs."""
    for unit, frame in sorted(snapshot.frames.items()):
        names = list(parameters_of(frame))
        usable = [usable_values(frame, name, worst_status=UNCERTAIN) for name in names]
        rows = frame.sort("end_ns", "known_ns").select("piece", "end_ns", *usable).drop_nulls("piece")
        by_piece = rows.group_by("piece", maintain_order=True).agg(
            pl.col("end_ns").min(), pl.col(names).drop_nulls().last()
        )
        by_piece = by_piece.sort("end_ns", "piece")
        values = by_piece.select(pl.col(names).cast(pl.Float64).fill_null(np.nan)).to_numpy().reshape(-1, len(names))
        there = np.isfinite(values)
        left = list(np.flatnonzero(there.any(axis=0)))
        while left:
            counts = there[:, left].sum(axis=0)
            rows_of = there[:, left[int(np.argmax(counts))]]
            shared = there[rows_of][:, left].sum(axis=0)
            chosen = [column for column, n, m in zip(left, shared, counts, strict=True) if n >= TOGETHER * m]
            told = there[:, chosen].any(axis=1)
            table = by_piece.filter(told)
            yield UnitTable(
                unit=unit,
                names=tuple(names[column] for column in chosen),
                pieces=tuple(table["piece"].to_list()),
                ended_ns=table["end_ns"].to_numpy(),
                values=values[told][:, chosen],
            )
            left = [column for column in left if column not in chosen]
