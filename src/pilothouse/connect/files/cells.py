"""The rows of one file as key columns: piece, start, end and when it was known; or what is wrong with a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import polars as pl

from pilothouse.clock import NS_PER_S
from pilothouse.connect.files.bind import Times
from pilothouse.connect.files.instant import to_instants
from pilothouse.connect.files.join import key_text
from pilothouse.connect.files.mapping import PIECE_TIMES, ImportMapping
from pilothouse.connect.files.number import to_numbers, to_text
from pilothouse.connect.files.table import FILE, LINE, Table
from pilothouse.units import scale_and_offset

ROW: Final = "\x00row"
"""The number of a row within its import, over all files."""

PROBLEM: Final = {"column": pl.String, "reason": pl.String}

PieceBounds: TypeAlias = Callable[[Sequence[str]], pl.DataFrame]
"""Pieces → ``piece, first_ns, last_ns``: first start and last end of what the plant observed on each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """One file's cells; what several columns share is worked out once.

    Parameters
    ----------
    table
        As read and joined, its frame numbered by :data:`ROW`.
    mapping
        How it is understood.
    bounds
        Asked where a time is that of the piece.
    """

    table: Table
    mapping: ImportMapping
    bounds: PieceBounds
    _instants: dict[str, tuple[pl.Series, pl.Series]] = field(default_factory=dict)

    def keys(self, times: Times) -> pl.DataFrame:
        """``ROW, piece, start_ns, end_ns, known_ns``, and ``column`` and ``reason`` of the first problem, if any."""
        frame = self.table.frame
        piece = self._piece()
        start, problems = self._time(times.time, piece, "time")
        if self.mapping.piece is not None:
            problems.insert(0, (self.mapping.piece, _where(piece.is_null(), "no piece is named")))
        end = start
        if times.end is not None:
            end, more = self._time(times.end, piece, "end")
            problems += [*more, (times.end, _where(end < start, "it ends before it begins, at " + _shown(start)))]
        elif times.duration is not None:
            span, more = self._span_ns(times.duration.column, times.duration.unit)
            end = start + span
            problems += [*more, (times.duration.column, _where(span < 0, "a duration cannot be negative"))]
        known = end + self.mapping.known.delay_ns
        if self.mapping.known.column is not None:
            known, more = self._time(self.mapping.known.column, piece, "instant when it became known")
            problems += more
        columns = {ROW: frame[ROW], "piece": piece, "start_ns": start, "end_ns": end, "known_ns": known}
        return pl.DataFrame({**columns, **_first(problems, frame.height)})

    def numbers(self, headers: Sequence[str]) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
        """Columns as numbers, and by header which cells are garbage."""
        missing, decimal = self.mapping.missing, self.mapping.decimal
        return to_numbers(self.table.frame, headers, missing=missing, decimal=decimal)

    def texts(self, header: str) -> pl.Series:
        """A column as texts, null where nothing is said."""
        return to_text(self.table.frame[header], self.mapping.missing)

    def rejects(self, rows: pl.Series, header: str, reasons: pl.Series) -> pl.DataFrame:
        """Rejects of cells of one column: where they stand, why, and what is written; ``rows`` are positions."""
        where = self.table.origins.get(header, "")
        places = {ROW, FILE, LINE, FILE + where, LINE + where, header} & set(self.table.frame.columns)
        frame = self.table.frame.select(places)[rows]
        text = frame[header].cast(pl.String).fill_null("") if header in places else pl.lit("")
        return frame.select(
            ROW,
            pl.coalesce(FILE + where, FILE).alias("file"),
            pl.coalesce(LINE + where, LINE).alias("line"),
            pl.lit(header).alias("column"),
            reasons.alias("reason"),
            text.alias("text"),
        )

    def _piece(self) -> pl.Series:
        if self.mapping.piece is None:
            return pl.Series([None], dtype=pl.String).new_from_index(0, self.table.frame.height)
        return key_text(self.table.frame[self.mapping.piece])

    def _time(self, header: str, piece: pl.Series, what: str) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
        """Instants, and the problems of cells that hold none."""
        if header in PIECE_TIMES:
            instants = self._of_pieces(header, piece)
            alone = "the plant has no other observation on this piece to take its time from"
            return instants, [(self.mapping.piece or header, _where(instants.is_null(), alone))]
        if header not in self._instants:
            column, mapping = self.table.frame[header], self.mapping
            self._instants[header] = to_instants(
                column, time_format=mapping.time_format, time_zone=mapping.time_zone, missing=mapping.missing
            )
        instants, reasons = self._instants[header]
        nothing = _where(instants.is_null(), f"no {what} is given")
        where = self.table.origins.get(header)
        if where is not None:
            no_row = self.table.frame[LINE + where].is_null()
            nothing = _where(no_row, f"no {what} is given: the joined file has no such row").zip_with(no_row, nothing)
        return instants, [(header, reasons), (header, nothing)]

    def _of_pieces(self, header: str, piece: pl.Series) -> pl.Series:
        bounds = self.bounds(piece.drop_nulls().unique().to_list())
        side = "first_ns" if header == PIECE_TIMES[0] else "last_ns"
        return pl.DataFrame({"piece": piece}).join(bounds, on="piece", how="left", maintain_order="left")[side]

    def _span_ns(self, header: str, unit: str) -> tuple[pl.Series, list[tuple[str, pl.Series]]]:
        numbers, garbage = self.numbers([header])
        factor, _ = scale_and_offset("duration", unit, "s")
        span = (numbers[header] * (factor * NS_PER_S)).round().cast(pl.Int64, strict=False)
        problems = [(header, _where(numbers[header].is_null(), "no duration is given"))]
        if header in garbage:
            problems.insert(0, (header, _where(garbage[header], "expected a duration as a number")))
        return span, problems


def _where(condition: pl.Series, reason: str | pl.Series) -> pl.Series:
    """The reason where the condition holds, else null."""
    then = pl.lit(reason)
    return pl.select(pl.when(condition).then(then).otherwise(None)).to_series().cast(pl.String)


def _shown(instants: pl.Series) -> pl.Series:
    """Instants as people read them, in UTC."""
    return instants.cast(pl.Datetime("ns", "UTC")).dt.strftime("%Y-%m-%d %H:%M:%S UTC")


def _first(problems: Sequence[tuple[str, pl.Series]], height: int) -> dict[str, pl.Series]:
    """Of each row the first problem: its column and its reason."""
    if not problems:
        return {name: pl.Series([None], dtype=kind).new_from_index(0, height) for name, kind in PROBLEM.items()}
    columns = [pl.when(reason.is_not_null()).then(pl.lit(header)) for header, reason in problems]
    found = pl.select(pl.coalesce(columns).alias("column"), pl.coalesce([r for _, r in problems]).alias("reason"))
    return {name: found[name] for name in PROBLEM}
