"""``[[import]]`` in ``plant.toml`` to import mappings, with every fault named by its line.

A mapping for a wide table::

    [[import]]
    key = "arc"
    file = "arc_*.csv"                 # a name, a glob, or a list of them
    piece = "heat"
    time = "begin"
    end = "end"                        # or duration = { column = "minutes", unit = "min" }
    known = { delay = "30 s" }         # or { column = "released" }; by default known when it ended
    columns = { "Power {n}" = { parameter = "power_{n}", unit = "kW" } }

and for a long one::

    [[import]]
    key = "tags"
    file = "tags.csv"
    layout = "long"
    time = "stamp"
    name = "tag"
    value = "reading"                  # also unit = "uom", status = "quality": columns of the file
    tags = { "T101" = { parameter = "temperature", unit = "degF" } }
"""

from collections.abc import Collection, Sequence
from typing import Final

from pilothouse.connect.files.declared_file import (
    decimal_of,
    delimiter_of,
    encoding_of,
    files_of,
    header_of,
    key_of,
    known_of,
    zone_of,
)
from pilothouse.connect.files.mapping import (
    PIECE_TIMES,
    ColumnMapping,
    Duration,
    ImportMapping,
    Join,
    LongLayout,
    TagMapping,
)
from pilothouse.connect.files.pattern import placeholders, regex_of, tidy
from pilothouse.errors import Fault, UnitMismatchError, use_known
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.units import KINDS, kind_of, scale_and_offset

_DURATIONS: Final = KINDS["duration"]
_UNITS: Final = tuple(dict.fromkeys(unit for units in KINDS.values() for unit in units))


def read_mappings(declaration: Declaration, plant: Plant) -> tuple[tuple[ImportMapping, ...], tuple[Fault, ...]]:
    r"""The import mappings a plant declares, and everything that is wrong with them.

    Parameters
    ----------
    declaration
        Of ``plant.toml``.
    plant
        The parameters, units and materials they may speak of.

    Returns
    -------
    tuple
        The mappings that are sound, in their order; and the faults in the others.

    Examples
    --------
    >>> from pilothouse.plant.plant import Plant
    >>> plant = Plant(key="p", name="P", time_zone="UTC", currency="EUR", equipment={}, parameters={}, materials={},
    ...               segments={}, orders={}, kpis={})
    >>> text = '[[import]]\nkey = "t"\nfile = "t.csv"\ntime = "at"\ncolumns = { "T" = { parameter = "temp" } }'
    >>> mappings, faults = read_mappings(Declaration.parse(text), plant)
    >>> len(mappings), str(faults[0])
    (0, "plant.toml:5: import t, columns, T: unknown parameter 'temp'. Declare it first.")
    """
    faults: list[Fault] = []
    mappings: list[ImportMapping] = []
    for table in declaration.tables("import", faults):
        mapping = _mapping(table, plant)
        table.done()
        if mapping is None or not table.sound:
            continue
        if mapping.key in {other.key for other in mappings}:
            table.fault(f"the key {mapping.key!r} stands twice", "give each import a key of its own", at="key")
            continue
        mappings.append(mapping)
    return tuple(mappings), tuple(faults)


def _mapping(table: Table, plant: Plant) -> ImportMapping | None:
    key = key_of(table)
    piece = header_of(table, "piece")
    is_long = table.choice("layout", ("wide", "long"), default="wide") == "long"
    columns = _columns(table, plant)
    long = _long(table, plant) if is_long else None
    if is_long and columns:
        table.fault("columns belong to a wide table", "write tags, or leave out layout", at="columns")
    if not is_long and not columns and not table.has("columns"):
        table.fault("columns is missing", 'add columns = { "<header>" = { parameter = "<key>" } }')
    _check_times(table, columns, is_long=is_long, has_piece=piece is not None)
    return table.make(
        ImportMapping,
        key=key,
        files=files_of(table),
        piece=piece,
        material=table.choice("material", plant.materials, default=None),
        time=header_of(table, "time"),
        end=header_of(table, "end"),
        duration=_duration(table),
        known=known_of(table),
        joins=tuple(_join(join) for join in table.tables("join")),
        columns=columns,
        long=long,
        sheet=table.text("sheet", default=None),
        delimiter=delimiter_of(table),
        encoding=encoding_of(table),
        decimal=decimal_of(table),
        time_format=table.text("time_format", default=None),
        time_zone=zone_of(table, plant),
        missing=table.texts("missing", default=()),
    )


def _columns(table: Table, plant: Plant) -> tuple[ColumnMapping, ...]:
    inside = table.table("columns")
    return tuple(_column(column, header, plant) for header, column in inside.entries()) if inside else ()


def _column(table: Table, header: str, plant: Plant) -> ColumnMapping:
    names = _placeholders(table, header, None)
    parameter = table.text("parameter")
    unit = table.text("unit", default=None)
    column = ColumnMapping(
        header=tidy(header),
        parameter=parameter,
        unit=unit,
        time=header_of(table, "time"),
        end=header_of(table, "end"),
        duration=_duration(table),
        status=header_of(table, "status"),
        optional=table.flag("optional", default=False),
    )
    duration = column.duration.column if column.duration else None
    used = {
        "parameter": parameter,
        "time": column.time,
        "end": column.end,
        "status": column.status,
        "duration": duration,
    }
    for key, pattern in used.items():
        if pattern is not None and names is not None:
            _placeholders(table, pattern, key, known=names)
    if parameter and table.sound:
        _check_parameter(table, parameter, unit, plant)
    return column


def _placeholders(
    table: Table, pattern: str, key: str | None, *, known: Collection[str] | None = None
) -> tuple[str, ...] | None:
    """The placeholders of a pattern; a fault where it is not well formed or uses one the header has not."""
    if known is not None and not known and key != "parameter":
        return ()  # where the header is no pattern, a brace in another header is just a brace
    try:
        names = placeholders(pattern)
    except ValueError as error:
        table.fault(str(error), "write {n} for a whole number; a brace that is meant is written twice", at=key)
        return None
    for name in names:
        if known is not None and name not in known:
            table.fault(
                f"{pattern!r}: {{{name}}} does not stand in the header", "use the header's placeholders", at=key
            )
    return names


def _check_parameter(table: Table, parameter: str, unit: str | None, plant: Plant) -> None:
    """See that the parameter, or at least one that fits the pattern, is declared, and that the unit measures it."""
    is_pattern = bool(placeholders(parameter))
    fits = [key for key in plant.parameters if regex_of(parameter).fullmatch(key)] if is_pattern else [parameter]
    if not fits or (not is_pattern and parameter not in plant.parameters):
        table.fault(f"unknown parameter {parameter!r}", use_known(parameter, plant.parameters), at="parameter")
        return
    for key in fits:
        found = plant.parameters[key]
        if not found.kind:  # an unsound parameter: its own faults are told, only the word can be wrong here
            if unit is not None and unit != found.unit and kind_of(unit) is None:
                table.fault(f"parameter {key}: unknown unit {unit!r}", use_known(unit, _UNITS), at="unit")
                return
            continue
        try:
            scale_and_offset(found.kind, unit or found.unit, found.unit)
        except UnitMismatchError as error:
            table.fault(f"parameter {key}: {error.message}", error.hint, at="unit")
            return


def _long(table: Table, plant: Plant) -> LongLayout:
    inside = table.table("tags")
    tags: dict[str, TagMapping] = {}
    for name, tag in inside.entries() if inside else ():
        parameter, unit = tag.text("parameter"), tag.text("unit", default=None)
        tags[name] = TagMapping(parameter=parameter, unit=unit)
        if parameter:
            _check_parameter(tag, parameter, unit, plant)
    return LongLayout(
        name=tidy(table.text("name")),
        value=tidy(table.text("value")),
        unit=header_of(table, "unit"),
        status=header_of(table, "status"),
        tags=tags,
        ignore_others=table.choice("others", ("reject", "ignore"), default="reject") == "ignore",
    )


def _check_times(table: Table, columns: Sequence[ColumnMapping], *, is_long: bool, has_piece: bool) -> None:
    """See that every value has a time, one end, and a piece where it takes its time from one."""
    if not table.has("time") and (is_long or any(column.time is None for column in columns)):
        table.fault("time is missing", 'add time = "<header>", or a time for each column')
    for where in (table, *(_inside(table, columns))):
        if where.has("end") and where.has("duration"):
            where.fault("end and duration both say when it ended", "leave one of them out", at="duration")
        for key in ("time", "end"):
            written = where.value(key)
            if not isinstance(written, str) or not written.startswith("@"):
                continue
            if written not in PIECE_TIMES:
                where.fault(f"{key}: unknown {written!r}", use_known(written, PIECE_TIMES), at=key)
            elif not has_piece:
                where.fault(f"{key} = {written!r} needs a piece", 'add piece = "<header>" to the import', at=key)


def _inside(table: Table, columns: Sequence[ColumnMapping]) -> list[Table]:
    inside = table.table("columns") if columns else None
    return [column for _, column in inside.entries()] if inside else []


def _join(table: Table) -> Join:
    on = table.texts("on") if isinstance(table.value("on"), list) else (table.text("on"),)
    suffix = table.text("suffix", default="")
    return Join(files=files_of(table), on=tuple(tidy(header) for header in on), suffix=suffix)


def _duration(table: Table) -> Duration | None:
    inside = table.table("duration")
    if inside is None:
        return None
    return Duration(column=tidy(inside.text("column")), unit=inside.choice("unit", _DURATIONS))
