"""Stays: a piece at an equipment from its coming to its leaving, and what live values say of it there."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.plant.frame import BAD, GOOD, UNCERTAIN, status_column


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stay:
    """A piece's stay at an equipment, from its coming to its leaving."""

    end_ns: int
    start_ns: int
    place: str
    piece: str


Cell = tuple[float | None, int]
"""A value and its status."""


def runs(stays: Iterable[Stay]) -> Iterator[tuple[Stay, ...]]:
    """Stays at one place that follow on one another, so that their values can be read together.

    Examples
    --------
    >>> told = (("x", 0, 4), ("y", 4, 9), ("z", 20, 25))
    >>> stays = [Stay(place="line", piece=piece, start_ns=start, end_ns=end) for piece, start, end in told]
    >>> [[stay.piece for stay in run] for run in runs(stays)]
    [['x', 'y'], ['z']]
    """
    run: list[Stay] = []
    for stay in sorted(stays, key=lambda one: (one.place, one.start_ns)):
        if run and (stay.place != run[0].place or stay.start_ns > max(one.end_ns for one in run)):
            yield tuple(run)
            run = []
        run.append(stay)
    if run:
        yield tuple(run)


def summaries(
    values: pl.DataFrame, stays: Sequence[Stay], keys: Sequence[str], is_set: Collection[str]
) -> list[dict[str, Cell]]:
    """Of each stay what its values come to, by parameter; those of which nothing was said are left out.

    The mean of what is usable, the last of what is set; uncertain where half of what was said is not good.

    Parameters
    ----------
    values
        As :meth:`pilothouse.ports.Series.read` gives them, over all stays.
    stays
        At the place of the parameters.
    keys, is_set
        Which parameters, and which of them are set rather than measured.
    """
    at_ns = values["time_ns"].to_numpy()
    spans = [np.searchsorted(at_ns, (stay.start_ns, stay.end_ns)) for stay in stays]
    told: list[dict[str, Cell]] = [{} for _ in stays]
    for key in (key for key in keys if key in values.columns):
        shown, statuses = values[key].to_numpy(), _statuses(values, key)
        for cells, (first, last) in zip(told, spans, strict=True):
            cell = _summary(shown[first:last], statuses[first:last], is_set=key in is_set)
            if cell is not None:
                cells[key] = cell
    return told


def _statuses(values: pl.DataFrame, key: str) -> NDArray[np.uint8]:
    name = status_column(key)
    if name not in values.columns:
        return np.full(values.height, GOOD, dtype=np.uint8)
    return values[name].fill_null(GOOD).to_numpy()


def _summary(shown: NDArray[np.float64], statuses: NDArray[np.uint8], *, is_set: bool) -> Cell | None:
    there = ~np.isnan(shown)
    said = there | (statuses == BAD)
    usable = shown[there & (statuses < BAD)]
    if not said.any():
        return None
    if not len(usable):
        return None, BAD
    good = float((statuses[said] == GOOD).mean())
    return float(usable[-1] if is_set else usable.mean()), GOOD if good > 0.5 else UNCERTAIN


def observation(piece: str | None, times: tuple[int, int, int], cells: Mapping[str, Cell]) -> pl.DataFrame:
    """One observation as a frame."""
    columns: dict[str, pl.Series] = {
        "piece": pl.Series([piece], dtype=pl.String),
        **{
            name: pl.Series([at], dtype=pl.Int64)
            for name, at in zip(("start_ns", "end_ns", "known_ns"), times, strict=True)
        },
        "origin": pl.Series(["live"]),
    }
    for key, (value, status) in cells.items():
        columns[key] = pl.Series([value], dtype=pl.Float64)
        if status != GOOD:
            columns[status_column(key)] = pl.Series([status], dtype=pl.UInt8)
    return pl.DataFrame(columns)
