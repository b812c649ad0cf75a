"""Tellings of the same instant folded into what was known: the law of the live tier.

Tellings are rows ``time_ns, known_ns`` with a column a parameter and, where one is not good, its status as ``key#``; a
cell is said where its value or its status is not null. For one parameter and instant, a telling with a value and
status that were known before adds nothing; of those that are left, the one that became known last counts. So the
answer depends on what was told and when it became known, not on the order in which the store got it, nor on how often.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.plant.frame import GOOD, parameters_of, status_column

KEYS = ("time_ns", "known_ns")


def is_plain(time_ns: NDArray[np.int64]) -> bool:
    """Whether no instant is told twice and all are in order: such rows are folded already."""
    return bool((time_ns[1:] > time_ns[:-1]).all())


def fold(tellings: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One row an instant, in order of time, each with the instant at which the newest value in it became known.

    Parameters
    ----------
    tellings
        In the order in which they were stored, which decides between those that became known together.

    Examples
    --------
    >>> told = pl.DataFrame({"time_ns": [5, 6, 5], "known_ns": [7, 7, 9], "t": [1.0, 2.0, 3.0]})
    >>> fold([told]).rows()
    [(5, 9, 3.0), (6, 7, 2.0)]
    """
    if not tellings:
        return pl.DataFrame(schema={"time_ns": pl.Int64, "known_ns": pl.Int64})
    rows = tellings[0] if len(tellings) == 1 else pl.concat(tellings, how="diagonal")
    if is_plain(rows["time_ns"].to_numpy()):
        return rows
    rows = rows.sort(*KEYS, maintain_order=True)
    time_ns = rows["time_ns"].to_numpy()
    same = time_ns[1:] == time_ns[:-1]
    if not same.any():
        return rows
    again = np.zeros(len(time_ns), bool)
    again[1:] |= same
    again[:-1] |= same
    folded = _folded(rows.filter(pl.Series(again)))
    return pl.concat([rows.filter(pl.Series(~again)), folded], how="vertical").sort("time_ns")


def with_whole_statuses(rows: pl.DataFrame) -> pl.DataFrame:
    """Statuses told for every value where one of a parameter is not good, and not at all where all are good."""
    bare, told = [], []
    for p in parameters_of(rows.drop(KEYS)):
        status = status_column(p)
        if status not in rows.columns:
            continue
        if (rows[status].fill_null(GOOD) > GOOD).any():
            said = pl.col(p).is_not_null() & pl.col(status).is_null()
            told.append(pl.when(said).then(pl.lit(GOOD, pl.UInt8)).otherwise(pl.col(status)).alias(status))
        else:
            bare.append(status)
    return rows.with_columns(told).drop(bare)


def only_said(rows: pl.DataFrame) -> pl.DataFrame:
    """Without the rows in which nothing is said."""
    told = [c for c in rows.columns if c not in KEYS and c != "origin"]
    if any(not rows[c].null_count() for c in told):
        return rows
    cells = [pl.col(c).is_not_null() for c in told]
    return rows.filter(pl.any_horizontal(cells)) if cells else rows.clear()


def _folded(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of which each has at least one other of its instant; sorted."""
    time_ns, known_ns = rows["time_ns"].to_numpy(), rows["known_ns"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], time_ns[1:] != time_ns[:-1]]))
    known = np.full(len(starts), np.iinfo(np.int64).min)
    columns: dict[str, pl.Series] = {}
    for p in parameters_of(rows.drop(KEYS)):
        status = status_column(p)
        told = rows[status] if status in rows.columns else None
        said = rows[p].is_not_null()
        if told is not None:
            said |= told.is_not_null()
        winner = _winners(rows[p], told, said.to_numpy(), starts)
        has = winner >= 0
        known[has] = np.maximum(known[has], known_ns[winner[has]])
        take = pl.Series(np.where(has, winner, 0))
        for series in (rows[p], told):
            if series is not None:
                columns[series.name] = _masked(series.gather(take), has)
    keys = {"time_ns": time_ns[starts], "known_ns": known}
    return pl.DataFrame({**keys, **columns}).select(rows.columns)


def _winners(
    values: pl.Series, statuses: pl.Series | None, said: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.int64]:
    """For each instant the row whose telling counts; -1 where none says anything."""
    winner = np.maximum.reduceat(np.where(said, np.arange(len(said)), -1), starts)
    many = np.flatnonzero(np.add.reduceat(said.astype(np.int64), starts) > 1)
    ends = np.append(starts[1:], len(said))
    for group in many:  # corrections, and what became known earlier than was thought: few
        seen = set()
        for row in range(starts[group], ends[group]):
            if said[row]:
                telling = (values[row], (GOOD if statuses is None else statuses[row]) or GOOD)
                if telling not in seen:
                    seen.add(telling)
                    winner[group] = row
    return winner


def _masked(series: pl.Series, has: NDArray[np.bool_]) -> pl.Series:
    nothing = pl.Series(series.name, [None], dtype=series.dtype)
    return series if has.all() else series.zip_with(pl.Series(has), nothing.new_from_index(0, len(series)))
