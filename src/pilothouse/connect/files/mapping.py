"""Import mappings: which columns of which files are which parameters.

A mapping is declared under ``[[import]]`` in ``plant.toml`` and read by :mod:`pilothouse.connect.files.declared`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pilothouse.connect.files.pattern import Expected

PIECE_TIMES: Final = ("@piece_start", "@piece_end")
"""Written as a time: the first start, or the last end, of all other observations on the piece in the plant."""

EPOCHS: Final = MappingProxyType({"epoch_s": 10**9, "epoch_ms": 10**6, "epoch_us": 10**3, "epoch_ns": 1})
"""Time formats of plain numbers since 1970 UTC, each with its nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long an observation lasted, as a column of numbers.

    Parameters
    ----------
    column
        Header.
    unit
        Of its numbers: ``s``, ``min``, ``h``, ``d``.
    """

    column: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """When the plant knew a value.

    Parameters
    ----------
    column
        Header of the instant it became known; None where it is reckoned from the end.
    delay_ns
        Nanoseconds after the end of the observation.
    """

    column: str | None = None
    delay_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Another file that says more about the same rows.

    Parameters
    ----------
    files
        Names or globs.
    on
        Headers that both files have; rows belong together where these agree.
    suffix
        Put behind every other header of the joined file.
    """

    files: tuple[str, ...]
    on: tuple[str, ...]
    suffix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """One column, or every column that fits a pattern.

    Parameters
    ----------
    header
        Its name in the file; may hold placeholders.
    parameter
        Key of the parameter; may hold the placeholders of the header.
    unit
        The unit its numbers stand in; None for the unit of the parameter.
    time, end, duration, status
        Where this column has times or a status of its own, apart from those of the mapping.
    optional
        Whether the file may lack it.
    """

    header: str
    parameter: str
    unit: str | None = None
    time: str | None = None
    end: str | None = None
    duration: Duration | None = None
    status: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMapping:
    """What a name in the name column of a long table means.

    Parameters
    ----------
    parameter
        Key of the parameter.
    unit
        The unit of its values; None for the unit of the parameter.
    """

    parameter: str
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LongLayout:
    """A table with one value a row, named in a column of its own.

    Parameters
    ----------
    name, value
        Headers of the names and of the values.
    unit, status
        Headers of a unit and a status for each row; None where there is none.
    tags
        What the names mean; where there are none, names are keys of parameters.
    ignore_others
        Whether rows of other names are passed over; else they are rejected.
    """

    name: str
    value: str
    unit: str | None = None
    status: str | None = None
    tags: Mapping[str, TagMapping] = field(default_factory=dict)
    ignore_others: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportMapping:
    """How one kind of file is understood.

    Parameters
    ----------
    key
        Its name in reports, and of its reject file.
    files
        Names or globs inside the folder that is imported.
    piece
        Header of the lot's key; None for values of no piece.
    material
        Key of the material definition of these pieces.
    time
        Header of the instant it happened or began, or one of :data:`PIECE_TIMES`; None where each column has its own.
    end, duration
        Header of the instant it ended, or how long it lasted; instants without either.
    known
        When it became known; by default when it ended.
    joins
        Files that say more about the same rows.
    columns
        Of a wide table.
    long
        Of a long table; None where the table is wide.
    sheet
        Of a workbook; None for the first one.
    delimiter, encoding, decimal
        None where they are to be found out.
    time_format
        As :func:`time.strftime` writes it, or one of :data:`EPOCHS`; None for ISO 8601 and ``day.month.year``.
    time_zone
        IANA zone of times without offset.
    missing
        Texts that mean: no value. An empty cell always does.
    """

    key: str
    files: tuple[str, ...]
    time_zone: str
    piece: str | None = None
    material: str | None = None
    time: str | None = None
    end: str | None = None
    duration: Duration | None = None
    known: Known = Known()
    joins: tuple[Join, ...] = ()
    columns: tuple[ColumnMapping, ...] = ()
    long: LongLayout | None = None
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    time_format: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def expected(self) -> Expected:
        """The headers this mapping reads from the joined table."""
        named: list[str | None] = [self.piece, self.time, self.end, self.known.column]
        named += [self.duration.column] if self.duration else []
        if self.long:
            named += [self.long.name, self.long.value, self.long.unit, self.long.status]
        for column in self.columns:
            named += [column.header, column.time, column.end, column.status]
            named += [column.duration.column] if column.duration else []
        return Expected.of(name for name in named if name and name not in PIECE_TIMES)
