"""The parameter list of a plant folder: parameters.csv or parameters.xlsx, one row a parameter."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.errors import Fault, use_known
from pilothouse.plant.frame import KEY_COLUMNS
from pilothouse.plant.keys import Keys
from pilothouse.plant.parameter import ROLES, Limit, Parameter, UnsoundParameter
from pilothouse.plant.sheet import Columns, Row, read_rows
from pilothouse.units import KINDS, OPAQUE, is_unit_of, kind_of

COLUMNS: Final = Columns(
    thing="parameter",
    required=("key", "name", "unit", "role", "equipment"),
    optional=("kind", "low", "high", "limit_low", "limit_high", "limit_source", "formerly", "comment"),
    numbers=frozenset({"low", "high", "limit_low", "limit_high"}),
)

_UNITS: Final = tuple(dict.fromkeys(unit for units in KINDS.values() for unit in units))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterList:
    """What a list says.

    Parameters
    ----------
    sound
        The parameters of rows without fault, by key.
    unsound
        Those of rows with a fault, as far as they are known, by key.
    is_whole
        Whether every parameter meant is among them by its key.
    """

    sound: dict[str, Parameter]
    unsound: dict[str, UnsoundParameter]
    is_whole: bool


def read_parameters(path: Path, equipment: Collection[str] | None, faults: list[Fault]) -> ParameterList:
    """The parameters of a list; each fault of a row or of the file is noted.

    Parameters
    ----------
    path
        The list. An empty ``kind`` is inferred from the unit; ``formerly`` names keys the parameter had before;
        ``comment`` is for people and not read.
    equipment
        Keys of the equipment declared; None where that is not known, and then not checked.
    faults
        Where faults are noted.
    """
    rows = read_rows(path, COLUMNS, faults)
    if not rows and not any(fault.file == path.name for fault in faults):
        faults.append(Fault(file=path.name, line=1, problem="no parameter is listed", remedy="write one in each row"))
    sound: dict[str, Parameter] = {}
    unsound: dict[str, UnsoundParameter] = {}
    is_whole = bool(rows)
    keys = Keys("parameter")
    owners: dict[str, str] = {}
    for row in rows:
        parameter, key = _parameter(row, keys, equipment), row.value("key")
        if parameter is not None:
            sound[parameter.key] = parameter
            for old in parameter.formerly:
                if owners.setdefault(old, parameter.key) != parameter.key:
                    row.fault(f"the former key {old!r} is claimed by {owners[old]} too", "a key has one history")
        elif isinstance(key, str):
            unsound[key] = _unsound(row, key, unsound.get(key) or sound.get(key))
        else:
            is_whole = False
    for row in rows:
        for old in _formerly(row):
            if old in sound or old in unsound:
                row.fault(f"the former key {old!r} is a parameter of today", "a key has one history: correct formerly")
    return ParameterList(sound=sound, unsound=unsound, is_whole=is_whole)


def _parameter(row: Row, keys: Keys, equipment: Collection[str] | None) -> Parameter | None:
    key = keys.read(row)
    if key in KEY_COLUMNS:
        row.fault(f"the key {key!r} is kept for the columns of every frame", "choose another key")
    name, unit = row.text("name"), row.text("unit")
    role = row.choice("role", ROLES)
    at = row.text("equipment") if equipment is None else row.choice("equipment", equipment)
    kind = _kind(row, unit)
    low, high = row.number("low", default=None), row.number("high", default=None)
    limit = _limit(row, low, high)
    if low is not None and high is not None and low >= high:
        row.fault(f"range low {low:g} is not below high {high:g}", "exchange or correct low and high")
    return row.make(
        Parameter,
        key=key,
        name=name,
        kind=kind,
        unit=unit,
        role=role,
        equipment=at,
        low=low,
        high=high,
        limit=limit or Limit(),
        formerly=_formerly(row),
    )


def _formerly(row: Row) -> tuple[str, ...]:
    """Former keys, with spaces between them."""
    return tuple(dict.fromkeys(row.text("formerly", default="").split()))


def _unsound(row: Row, key: str, twin: Parameter | None) -> UnsoundParameter:
    """What is known of a parameter in spite of its row's faults; two rows of one key may differ in the kind."""
    unit = str(row.value("unit") or "")
    kind = str(row.value("kind") or kind_of(unit) or "")
    is_known = unit and is_unit_of(unit, kind) and (twin is None or twin.kind == kind)
    name = str(row.value("name") or key)
    return UnsoundParameter(key=key, name=name, kind=kind if is_known else "", unit=unit, role="", equipment="")


def _kind(row: Row, unit: str) -> str:
    kind = row.choice("kind", (*KINDS, OPAQUE), default=None)
    if kind is None and unit:
        kind = kind_of(unit)
        if kind is None:
            remedy = f"{use_known(unit, _UNITS)}, or write kind = {OPAQUE} to keep it to the letter"
            row.fault(f"unknown unit {unit!r}", remedy)
    elif kind and unit and not is_unit_of(unit, kind):
        remedy = f"{use_known(unit, KINDS[kind])}, or leave kind empty"
        row.fault(f"{unit!r} is not a unit of {kind}", remedy)
    return kind or ""


def _limit(row: Row, low: float | None, high: float | None) -> Limit | None:
    limit_low, limit_high = row.number("limit_low", default=None), row.number("limit_high", default=None)
    source = row.text("limit_source", default="")
    if limit_low is None and limit_high is None:
        return Limit(source=source)
    if not source:
        row.fault("a limit without its source", "name in limit_source the standard, instruction or maker that sets it")
    if limit_low is not None and limit_high is not None and limit_low > limit_high:
        remedy = "exchange or correct limit_low and limit_high"
        row.fault(f"limit low {limit_low:g} is above limit high {limit_high:g}", remedy)
    for name, limit in (("limit_low", limit_low), ("limit_high", limit_high)):
        below = limit is not None and low is not None and limit < low
        above = limit is not None and high is not None and limit > high
        if below or above:
            side = f"below low {low:g}" if below else f"above high {high:g}"
            row.fault(
                f"{name} {limit:g} lies outside the credible range: {side}", "widen the range or correct the limit"
            )
    return row.make(Limit, low=limit_low, high=limit_high, source=source)
