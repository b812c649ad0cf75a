"""Questions to the live tier: values, a trend to draw, averages, and what stood beside a sample."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_H, NS_PER_MIN
from pilothouse.errors import StoreCorruptError, UnknownParameterError, use_known
from pilothouse.historian.series.catalogue import Catalogue
from pilothouse.historian.series.column import Column, conversion, names_of
from pilothouse.historian.series.fold import fold, only_said, with_whole_statuses
from pilothouse.historian.series.journal import Journal
from pilothouse.historian.series.minutes import put_together, rolled_up, widened
from pilothouse.historian.series.newest import Batch
from pilothouse.historian.series.segment import Reader, Segment
from pilothouse.historian.series.shelf import Found, Shelf
from pilothouse.historian.series.trend import thinned
from pilothouse.plant.frame import GOOD, parameters_of, status_column

_FEW: Final = 2
_NOTHING: Final = pl.Schema({"time_ns": pl.Int64, "known_ns": pl.Int64})
_TOLD: Final = pl.Schema(
    {"column": pl.Int64, "time_ns": pl.Int64, "known_ns": pl.Int64, "value": pl.Float64, "status": pl.UInt8}
)
AVERAGES: Final = pl.Schema(
    {
        "parameter": pl.String,
        "time_ns": pl.Int64,
        "mean": pl.Float64,
        "min": pl.Float64,
        "max": pl.Float64,
        "n": pl.UInt32,
        "last": pl.Float64,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Answers questions; see :class:`pilothouse.historian.series.store.SeriesStore` for what each means.

    Parameters
    ----------
    shelf, catalogue, journal, reader
        Of the store.
    columns
        Its present columns.
    using
        Entered while the database is used: all inside sees one state of it.
    """

    shelf: Shelf
    catalogue: Catalogue
    journal: Journal
    reader: Reader
    columns: dict[str, Column]
    using: Callable[[], AbstractContextManager[None]]

    def read(self, parameters: Sequence[str], start_ns: int, end_ns: int, as_of_ns: int | None = None) -> pl.DataFrame:
        """Values in [start, end), one row an instant."""
        keys = tuple(dict.fromkeys(parameters))
        folded = [fold(parts) for parts in _apart(self._taken(keys, start_ns, end_ns, as_of_ns))]
        rows = with_whole_statuses(_side_by_side([part for part in folded if part.height]))
        order = ["time_ns", "known_ns"]
        for key in keys:
            if key not in rows.columns:
                rows = rows.with_columns(pl.lit(None, pl.Float64).alias(key))
            order += [key, *([status_column(key)] if status_column(key) in rows.columns else [])]
        return rows.select(order)

    def trend(self, parameter: str, start_ns: int, end_ns: int, points: int) -> pl.DataFrame:
        """At most so many points that keep the extremes and the statuses of a parameter."""
        rows = self.read([parameter], start_ns, end_ns)
        status = status_column(parameter)
        told = rows[status].to_numpy() if status in rows.columns else np.full(rows.height, GOOD, np.uint8)
        keep = thinned(rows["time_ns"].to_numpy(), rows[parameter].to_numpy(), told, points)
        picked = rows[keep]
        return picked.select("time_ns", pl.col(parameter).alias("value"), pl.Series("status", told[keep]))

    def averages(self, parameters: Sequence[str], start_ns: int, end_ns: int, every_ns: int) -> pl.DataFrame:
        """Mean, least, greatest, count and last of usable values in each span, from the minutes."""
        if every_ns <= 0 or every_ns % NS_PER_MIN or start_ns % NS_PER_MIN:
            raise ValueError("averages: expected whole minutes")
        keys = tuple(dict.fromkeys(parameters))
        asked = self._asked(keys)
        whole_hours = every_ns % NS_PER_H == 0 and start_ns % NS_PER_H == 0 and end_ns % NS_PER_H == 0
        kind, step_ns = ("hours", NS_PER_H) if whole_hours else ("minutes", NS_PER_MIN)
        with self.using():
            segments = self.catalogue.segments(kind, "", start_ns, end_ns)
            live = self._live_hours(keys, start_ns, end_ns)
        inside = pl.col("time_ns").is_between(start_ns, end_ns, closed="left")
        parts = []
        for segment in segments:
            rows = self.reader.columns(segment, ["column", "time_ns", "min", "max", "sum", "n", "last"])
            if segment.first_ns < start_ns or segment.last_ns >= end_ns:
                rows = rows.filter(inside)
            if len(asked) < len(self.catalogue.names):
                rows = rows.filter(pl.col("column").is_in([number for number, _, _, _ in asked]))
            parts.append(rows)
        again = _overlap(segments)
        parts = _without(parts, live, asked) if live else parts
        for here, hour in live:
            rows = self.read(here, max(hour * NS_PER_H, start_ns), min((hour + 1) * NS_PER_H, end_ns))
            present = {key: number for number, key, scale, offset in asked if (scale, offset) == (1.0, 0.0)}
            parts.append(rolled_up(rows, {key: present[key] for key in here if key in present}, step_ns).filter(inside))
            again = True
        whole = [put_together(parts)] if again else parts
        return _averaged([widened(part, every_ns) for part in whole if part.height], asked)

    def beside(
        self, times_ns: NDArray[np.int64], parameters: Sequence[str], greatest_age_ns: int, as_of_ns: int | None
    ) -> pl.DataFrame:
        """The last value of each parameter at or before each instant, if it is no older than an age."""
        keys = tuple(dict.fromkeys(parameters))
        series: list[pl.Series] = [pl.Series("time_ns", times_ns)]
        found: dict[str, list[pl.Series]] = {}
        if len(times_ns):
            start_ns, end_ns = int(times_ns.min()) - greatest_age_ns, int(times_ns.max()) + 1
            sorted_ns = np.sort(times_ns)
            for parts in _apart(self._taken(keys, start_ns, end_ns, as_of_ns, sorted_ns)):
                rows = fold(parts)
                if rows.is_empty():
                    continue
                time_ns = rows["time_ns"].to_numpy()
                at = np.searchsorted(time_ns, times_ns, side="right") - 1
                for key in parameters_of(rows.drop(_NOTHING)):
                    found[key] = _last_said(rows, key, at, times_ns - greatest_age_ns)
        for key in keys:
            if key in found:
                series += found[key]
            else:
                series.append(pl.Series(key, [None] * len(times_ns), dtype=pl.Float64))
        return pl.DataFrame(series)

    def stored(self, asked: Batch, keys: Sequence[str]) -> pl.DataFrame:
        """All tellings of the columns and instants of a batch, ``column, time_ns, known_ns, value, status``.

        Only the hours of those instants are looked at: values that are told again after an outage are many, but near
        to each other.
        """
        columns = np.unique(asked.columns)
        names = tuple(keys[k] for k in columns)
        number = {name: int(k) for name, k in zip(names, columns, strict=True)}
        times = np.unique(asked.source_ns)
        instants = pl.Series(times)
        cuts = np.flatnonzero(np.diff(times // NS_PER_H)) + 1
        found = [_TOLD.to_frame()]
        for some in np.split(times, cuts):
            start_ns, end_ns = int(some[0]), int(some[-1]) + 1
            for parts in self._taken(names, start_ns, end_ns, None):
                for part in parts:
                    near = part.filter(pl.col("time_ns").is_in(instants.implode()))
                    found += [_long(near, key, number[key]) for key in parameters_of(near.drop(_NOTHING))]
        return pl.concat(found)

    def _taken(
        self,
        keys: tuple[str, ...],
        start_ns: int,
        end_ns: int,
        as_of_ns: int | None,
        at_ns: NDArray[np.int64] | None = None,
    ) -> list[list[pl.DataFrame]]:
        """The tellings by place; begun anew where a file was replaced meanwhile."""
        needed = at_ns if as_of_ns is None else None

        def take(one: Found) -> list[pl.DataFrame]:
            return self.shelf.take(one, start_ns, end_ns, needed)

        for last in (False, False, True):
            with self.using():
                found = [self.shelf.find(place, here, start_ns, end_ns) for place, here in self._places(keys).items()]
            try:
                parts = _each(take, found)
            except (FileNotFoundError, StoreCorruptError):
                if last:
                    raise
                continue
            if as_of_ns is None:
                return parts
            return [[part.filter(pl.col("known_ns") <= as_of_ns) for part in here] for here in parts]
        raise AssertionError("unreachable")

    def _places(self, keys: Sequence[str]) -> dict[str, tuple[str, ...]]:
        places = self.shelf.places(keys)
        held = {key for here in places.values() for key in here}
        for key in keys:
            if key not in self.columns and key not in held:
                raise UnknownParameterError(
                    f"parameter {key!r} is not declared and was never kept", hint=use_known(key, tuple(self.columns))
                )
        return places

    def _asked(self, keys: Sequence[str]) -> list[tuple[int, str, float, float]]:
        """Numbers of the columns that hold the parameters, and how each is brought to the present unit."""
        asked = []
        for key in keys:
            column = self.columns.get(key)
            for number, kept in self.catalogue.named(names_of(key, column)):
                scale, offset = conversion(kept, key, column) if column else (1.0, 0.0)
                asked.append((number, key, scale, offset))
        return asked

    def _live_hours(self, keys: Sequence[str], start_ns: int, end_ns: int) -> list[tuple[list[str], int]]:
        """Hours of which something lies in the journal, with the parameters of those places."""
        found = []
        for place, here in self._places(keys).items():
            hours = {entry.hour for entry in self.journal.within(place, start_ns, end_ns)}
            found += [(list(here), hour) for hour in sorted(hours)]
        return found


def _long(rows: pl.DataFrame, key: str, column: int) -> pl.DataFrame:
    """The tellings of one parameter."""
    status = pl.col(status_column(key)) if status_column(key) in rows.columns else pl.lit(None, pl.UInt8)
    told = rows.select(
        pl.lit(column, pl.Int64).alias("column"),
        "time_ns",
        "known_ns",
        pl.col(key).alias("value"),
        status.alias("status"),
    )
    said = told.filter(pl.col("value").is_not_null() | pl.col("status").is_not_null())
    return said.with_columns(pl.col("status").fill_null(GOOD))


def _each(take: Callable[[Found], list[pl.DataFrame]], found: Sequence[Found]) -> list[list[pl.DataFrame]]:
    """The tellings of each place; of many places several are unpacked at a time."""
    if len(found) <= _FEW:
        return [take(one) for one in found]
    with ThreadPoolExecutor(_FEW) as threads:
        return list(threads.map(take, found))


def _apart(places: list[list[pl.DataFrame]]) -> list[list[pl.DataFrame]]:
    """Tellings by place; all in one where a parameter moved from one place to another."""
    held = [{key for part in parts for key in parameters_of(part.drop(_NOTHING))} for parts in places]
    moved = sum(len(keys) for keys in held) > len(set().union(*held))
    return [[part for parts in places for part in parts]] if moved else places


def _side_by_side(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Folded rows of several places in one: a row an instant, known when the newest value in it was."""
    if not parts:
        return _NOTHING.to_frame()
    if len(parts) == 1:
        return parts[0]
    times = [part["time_ns"] for part in parts]
    if all(times[0].equals(other) for other in times[1:]):
        known = pl.DataFrame([p["known_ns"].alias(str(k)) for k, p in enumerate(parts)]).max_horizontal()
        wide = [column for part in parts for column in part.drop(_NOTHING).iter_columns()]
        return pl.DataFrame([times[0], known.alias("known_ns"), *wide])
    every = pl.concat(times).unique().sort()
    at = every.to_numpy()
    columns: list[pl.Series] = []
    knowns = []
    for k, part in enumerate(parts):
        place = np.searchsorted(part["time_ns"].to_numpy(), at)
        place[place == part.height] = 0
        there = pl.Series(part["time_ns"].to_numpy()[place] == at)
        row = pl.Series(place).cast(pl.UInt32).zip_with(there, pl.repeat(None, len(at), dtype=pl.UInt32, eager=True))
        taken = part.select(pl.all().gather(row))
        knowns.append(taken["known_ns"].alias(str(k)))
        columns += taken.drop(_NOTHING).iter_columns()
    return pl.DataFrame([every, pl.DataFrame(knowns).max_horizontal().alias("known_ns"), *columns])


def _without(
    parts: Sequence[pl.DataFrame], live: Sequence[tuple[list[str], int]], asked: Sequence[tuple[int, str, float, float]]
) -> list[pl.DataFrame]:
    """Minutes without those that are worked out anew from values: of some parameters in some hours."""
    anew = pl.lit(value=False)
    for here, hour in live:
        numbers = [number for number, key, _, _ in asked if key in here]
        inside = pl.col("time_ns").is_between(hour * NS_PER_H, (hour + 1) * NS_PER_H, closed="left")
        anew |= inside & pl.col("column").is_in(numbers)
    return [part.filter(~anew) for part in parts]


def _last_said(rows: pl.DataFrame, key: str, at: NDArray[np.int64], oldest_ns: NDArray[np.int64]) -> list[pl.Series]:
    """Of one parameter the last value said at or before rows, and its status where one is not good."""
    status = status_column(key)
    if status not in rows.columns and not rows[key].null_count() and rows.height:
        row = np.maximum(at, 0)
        have = (at >= 0) & (rows["time_ns"].to_numpy()[row] >= oldest_ns)
        return [pl.Series(key, np.where(have, rows[key].to_numpy()[row], np.nan), nan_to_null=True)]
    told = rows.select(key, *([status] if status in rows.columns else []))
    said = only_said(told.with_row_index("row").rename({"row": "time_ns"}))["time_ns"].to_numpy()
    place = np.searchsorted(said, at, side="right") - 1
    have = place >= 0
    row = said[np.maximum(place, 0)] if len(said) else np.zeros(len(at), np.int64)
    have &= rows["time_ns"].to_numpy()[row] >= oldest_ns
    index = pl.Series(np.where(have, row, 0)).cast(pl.UInt32)
    nothing = pl.DataFrame(schema=told.schema).clear(len(at))
    picked = [told[c].gather(index).zip_with(pl.Series(have), nothing[c]) for c in told.columns]
    if len(picked) > 1:
        known = pl.select(pl.when(picked[0].is_not_null()).then(picked[1].fill_null(GOOD)).otherwise(picked[1]))
        picked[1] = known.to_series().alias(status)
        if not (picked[1].fill_null(GOOD) > GOOD).any():
            return picked[:1]
    return picked


def _overlap(segments: Sequence[Segment]) -> bool:
    """Whether any two speak of the same time."""
    spans = sorted((s.start_ns, s.end_ns) for s in segments)
    return any(following[0] < earlier[1] for earlier, following in pairwise(spans))


def _averaged(parts: Sequence[pl.DataFrame], asked: Sequence[tuple[int, str, float, float]]) -> pl.DataFrame:
    """Spans by parameter, in the present units; what several columns of a parameter tell is put together."""
    if not parts:
        return AVERAGES.to_frame()
    names = pl.DataFrame(
        asked, schema={"column": pl.UInt32, "parameter": pl.String, "a": pl.Float64, "b": pl.Float64}, orient="row"
    )
    rows = pl.concat(parts).join(names, on="column", how="inner", maintain_order="left")
    scaled = rows.with_columns(
        *(pl.col(c) * pl.col("a") + pl.col("b") for c in ("min", "max", "last")),
        sum=pl.col("sum") * pl.col("a") + pl.col("b") * pl.col("n"),
    )
    together = scaled.group_by("parameter", "time_ns", maintain_order=True).agg(
        (pl.col("sum").sum() / pl.col("n").sum()).alias("mean"),
        pl.col("min").min(),
        pl.col("max").max(),
        pl.col("n").sum().cast(pl.UInt32),
        pl.col("last").last(),
    )
    return together.select(AVERAGES.names()).sort("parameter", "time_ns")
