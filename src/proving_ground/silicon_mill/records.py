"""What the mill's computers keep: a row a piece and segment, laboratory results in rows of their own, who came of whom.

Each row has its times: when it began and ended, and when it was known. A value on the line is known when its segment
ended; a laboratory result after the laboratory's delay, of the finished strip's test after 8 to 24 hours. In 0.3 % of
laboratory results the label is another coil's: neighbours in a stack are taken for each other.

As files: one Parquet table a unit, ``fal.parquet`` and ``fal_lab.parquet``; ``genealogy.csv``; ``orders.csv``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from math import inf, isnan
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_S, parse_instant
from pilothouse.plant.frame import parameters_of, status_column
from pilothouse.plants import Reading
from proving_ground.disturbance import Disturbances
from proving_ground.silicon_mill.parameters import of_unit
from proving_ground.silicon_mill.route import CASTING_OF_SLABS, Segment, Shot

START_NS: Final = parse_instant("2025-01-06T05:00:00Z")
"""When every run begins; the plant has no other clock."""

MISLABELLED: Final = 0.003
"""Share of laboratory results that carry a neighbour's name (usual, from memory)."""

EPSTEIN_H: Final = (8.0, 24.0)
"""Least and most hours until the finished strip's test is told."""

OPC_UA_STATUS: Final = 0x40000000
"""Severity of an OPC UA status: good 0, uncertain this, bad twice this."""

LABELLED_BY_HAND: Final = ("HSM", "FAL", "TEST")
"""Units whose samples are labelled by hand."""


def instant_ns(at_h: float) -> int:
    """The instant of so many hours after the run began, to the second, as the files keep it.

    Examples
    --------
    >>> instant_ns(1.0) - instant_ns(0.0) == 3600 * NS_PER_S
    True
    """
    return START_NS + round(at_h * 3600.0) * NS_PER_S


def hours_of(instant: int) -> float:
    """Hours after the run began of an instant."""
    return (instant - START_NS) / NS_PER_S / 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of one piece from one segment at one instant.

    Parameters
    ----------
    segment
        Where.
    piece
        As it is labelled.
    start_h, end_h, known_h
        Hours since the run began.
    places
        Of the parameters in :func:`.parameters.of_unit`.
    values
        NaN where missing.
    statuses
        As in :mod:`pilothouse.plant.frame`.
    """

    segment: Segment
    piece: str
    start_h: float
    end_h: float
    known_h: float
    places: NDArray[np.intp]
    values: NDArray[np.float64]
    statuses: NDArray[np.uint8]

    def readings(self) -> Iterator[Reading]:
        """Its values one by one."""
        listed = of_unit(self.segment.unit)
        happened_ns, known_ns = instant_ns(self.end_h), instant_ns(self.known_h)
        for place, value, status in zip(
            self.places.tolist(), self.values.tolist(), self.statuses.tolist(), strict=True
        ):
            if not isnan(value):
                yield Reading(
                    parameter=listed[place].key,
                    value=value,
                    happened_ns=happened_ns,
                    known_ns=known_ns,
                    status=status,
                )


@dataclass(slots=True)
class Records:
    """All that was recorded so far.

    Parameters
    ----------
    rows
        In the order in which they were made, which is not that of knowledge.
    origins
        ``(child, parent, start, end)``: which part of the parent, along its length in metres, the child is made of.
    orders
        ``(order, grade, tonnes, booked_h, due_h)``.
    """

    rows: list[Row] = field(default_factory=list)
    origins: list[tuple[str, str, float, float]] = field(default_factory=list)
    orders: list[tuple[str, str, float, float, float]] = field(default_factory=list)

    def write(self, folder: Path, until_h: float) -> None:
        """Write what was known by an hour as files; the same records give the same bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in self.frames(until_h).items():
            _as_file(frame).write_parquet(folder / f"{name}.parquet", compression="zstd")
        names = ["child", "parent", "start_m", "end_m"]
        pl.DataFrame(self.origins, schema=names, orient="row").write_csv(folder / "genealogy.csv")
        book = [(key, grade, t, _stamp(booked_h), _stamp(due_h)) for key, grade, t, booked_h, due_h in self.orders]
        names = ["order", "grade", "tonnes", "booked", "due"]
        pl.DataFrame(book, schema=names, orient="row").write_csv(folder / "orders.csv")

    def frames(self, until_h: float = inf) -> dict[str, pl.DataFrame]:
        """What was known by an hour, as the historian wants it (:mod:`pilothouse.plant.frame`).

        By table, see :func:`table_of`.
        """
        grouped: dict[str, list[Row]] = {}
        for row in (row for row in self.rows if row.known_h <= until_h):
            grouped.setdefault(table_of(row), []).append(row)
        return {name: _frame(grouped[name]) for name in sorted(grouped)}


class Bookkeeping:
    """Turns what instruments showed into rows, with laboratory delays and mixed labels.

    Parameters
    ----------
    records
        Where rows are kept.
    draws
        The run's disturbances.
    """

    def __init__(self, records: Records, draws: Disturbances) -> None:
        self._records = records
        self._d = draws

    def keep(self, shot: Shot, start_h: float, end_h: float, neighbour: str = "") -> tuple[Row, ...]:
        """The rows of one shot, which are kept from now on.

        Parameters
        ----------
        shot
            What was shown.
        start_h, end_h
            When it happened.
        neighbour
            The piece whose label might be taken by mistake; empty where there is none.
        """
        segment, shown = shot.segment, shot.shown
        rows = []
        for delay_h, within, places in _split(segment):
            known_h, piece = end_h, shot.piece
            if delay_h is not None:
                known_h += self._delay_h(segment, delay_h, shot.number)
                piece = neighbour if neighbour and self._is_mislabelled(segment, shot.number) else piece
            rows.append(
                Row(
                    segment=segment,
                    piece=piece,
                    start_h=start_h,
                    end_h=end_h,
                    known_h=known_h,
                    places=places,
                    values=shown.values[within],
                    statuses=shown.statuses[within],
                )
            )
        self._records.rows.extend(rows)
        return tuple(rows)

    def _delay_h(self, segment: Segment, usual_h: float, number: int) -> float:
        share = self._d.uniform(f"laboratory-{segment.unit}", number)
        if segment.unit == "TEST":
            return EPSTEIN_H[0] + (EPSTEIN_H[1] - EPSTEIN_H[0]) * share
        return usual_h * (0.75 + 0.5 * share)

    def _is_mislabelled(self, segment: Segment, number: int) -> bool:
        if segment.unit not in LABELLED_BY_HAND:
            return False
        return self._d.uniform(f"label-{segment.unit}", number) < MISLABELLED


def table_of(row: Row) -> str:
    """The table that a row belongs to.

    A unit's table is named after it; ``_slab`` behind it stands for what the caster records of slabs, ``_lab`` for
    the laboratory.
    """
    slab = "_slab" if row.segment.key == CASTING_OF_SLABS.key else ""
    laboratory = "_lab" if of_unit(row.segment.unit)[row.places[0]].role == "laboratory" else ""
    return row.segment.unit.lower() + slab + laboratory


@cache
def _split(segment: Segment) -> tuple[tuple[float | None, NDArray[np.intp], NDArray[np.intp]], ...]:
    """Which values of a segment are known together.

    Laboratory delay in hours (None for values on the line), which of the segment's values, and their places.
    """
    listed = of_unit(segment.unit)
    groups: dict[float | None, list[int]] = {}
    for k, place in enumerate(segment.places.tolist()):
        p = listed[place]
        groups.setdefault(p.delay_h if p.role == "laboratory" else None, []).append(k)
    return tuple(
        (delay_h, np.array(within, dtype=np.intp), segment.places[within]) for delay_h, within in groups.items()
    )


def _frame(rows: list[Row]) -> pl.DataFrame:
    listed = of_unit(rows[0].segment.unit)
    values = np.full((len(rows), len(listed)), np.nan)
    statuses = np.zeros((len(rows), len(listed)), dtype=np.uint8)
    for k, row in enumerate(rows):
        values[k, row.places] = row.values
        statuses[k, row.places] = row.statuses
    held = sorted({place for places in {id(row.places): row.places for row in rows}.values() for place in places})
    columns: dict[str, pl.Series | list[str] | list[int]] = {
        "piece": [row.piece for row in rows],
        "start_ns": [instant_ns(row.start_h) for row in rows],
        "end_ns": [instant_ns(row.end_h) for row in rows],
        "known_ns": [instant_ns(row.known_h) for row in rows],
        "origin": ["simulated"] * len(rows),
    }
    for place in held:
        key = listed[place].key
        columns[key] = pl.Series(key, values[:, place], nan_to_null=True)
        columns[status_column(key)] = pl.Series(status_column(key), statuses[:, place])
    return pl.DataFrame(columns)


def _as_file(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame as the mill's computers write it: times as times, statuses as OPC UA codes beside their values."""
    times = [pl.col(f"{name}_ns").cast(pl.Datetime("ns", "UTC")).alias(name) for name in ("start", "end", "known")]
    values = []
    for key in parameters_of(frame):
        codes = pl.col(status_column(key)).cast(pl.UInt32) * OPC_UA_STATUS
        values += [pl.col(key), codes.alias(f"status of {key}")]
    return frame.select("piece", *times, *values)


def _stamp(at_h: float) -> str:
    """A UTC time to the second as the files write it."""
    return str(np.datetime64(instant_ns(at_h) // NS_PER_S, "s"))
