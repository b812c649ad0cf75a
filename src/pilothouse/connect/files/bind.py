"""A mapping meets the headers of a file: patterns become columns, keys become parameters, units become factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pilothouse.connect.files.mapping import PIECE_TIMES, ColumnMapping, Duration, ImportMapping
from pilothouse.connect.files.pattern import Expected, fill, regex_of
from pilothouse.plant.parameter import Parameter
from pilothouse.plant.plant import Plant
from pilothouse.units import scale_and_offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Where a value's times are written.

    Parameters
    ----------
    time
        Header, or one of :data:`~pilothouse.connect.files.mapping.PIECE_TIMES`.
    end, duration
        Header of its end, or how long it lasted; an instant without either.
    """

    time: str
    end: str | None = None
    duration: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How a number becomes a value of the parameter: factor · number + offset."""

    parameter: Parameter
    factor: float
    offset: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundColumn:
    """One column of values of a file."""

    header: str
    scale: Scale
    times: Times
    status: str | None = None


def scale_of(plant: Plant, parameter: str, unit: str | None) -> Scale:
    """The scale from a unit to that of the parameter; None is the parameter's own.

    Raises
    ------
    UnknownParameterError
        If the plant does not declare the parameter.
    UnitMismatchError
        If the unit does not measure it.
    """
    found = plant.parameter(parameter)
    factor, offset = scale_and_offset(found.kind, unit or found.unit, found.unit)
    return Scale(parameter=found, factor=factor, offset=offset)


def bind(
    mapping: ImportMapping, headers: Sequence[str], plant: Plant
) -> tuple[tuple[BoundColumn, ...], tuple[str, ...]]:
    """The value columns of a file with these headers, and notes on columns that fit a pattern and no parameter."""
    by_name = {column.header: column for column in mapping.columns if not _is_pattern(column.header)}
    patterns = [column for column in mapping.columns if _is_pattern(column.header)]
    bound, notes = [], []
    for header in dict.fromkeys(headers):
        column = by_name.get(header) or _filled(patterns, header)
        if column is None:
            continue
        if column.parameter not in plant.parameters:
            notes.append(f"the column {header!r} is passed over: parameter {column.parameter!r} is not declared")
            continue
        times = _times(mapping, column)
        scale = scale_of(plant, column.parameter, column.unit)
        bound.append(BoundColumn(header=header, scale=scale, times=times, status=column.status))
    return tuple(bound), tuple(notes)


def required(mapping: ImportMapping, bound: Sequence[BoundColumn]) -> Expected:
    """The headers without which the file cannot be imported: all that is declared and not optional."""
    named: list[str | None] = [mapping.piece, mapping.known.column]
    named += [column.header for column in mapping.columns if not column.optional]
    for column in bound:
        duration = column.times.duration
        named += [column.times.time, column.times.end, column.status, duration.column if duration else None]
    if mapping.long:
        long = mapping.long
        named += [mapping.time, mapping.end, mapping.duration.column if mapping.duration else None]
        named += [long.name, long.value, long.unit, long.status]
    return Expected.of(name for name in named if name and name not in PIECE_TIMES)


def _is_pattern(header: str) -> bool:
    return "{" in header or "}" in header


def _filled(patterns: Sequence[ColumnMapping], header: str) -> ColumnMapping | None:
    """The first pattern a header fits, with its placeholders replaced."""
    for pattern in patterns:
        found = regex_of(pattern.header).fullmatch(header)
        if found:
            return _with(pattern, found.groupdict())
    return None


def _with(column: ColumnMapping, found: Mapping[str, str]) -> ColumnMapping:
    duration = column.duration and replace(column.duration, column=fill(column.duration.column, found))
    return replace(
        column,
        parameter=fill(column.parameter, found),
        time=column.time and fill(column.time, found),
        end=column.end and fill(column.end, found),
        status=column.status and fill(column.status, found),
        duration=duration,
    )


def _times(mapping: ImportMapping, column: ColumnMapping) -> Times:
    """The column's own times, else those of the mapping; a time of its own is an instant unless it says more."""
    own = column.time is not None
    has_end = column.end is not None or column.duration is not None
    return Times(
        time=column.time or mapping.time or "",
        end=column.end if own or has_end else mapping.end,
        duration=column.duration if own or has_end else mapping.duration,
    )
