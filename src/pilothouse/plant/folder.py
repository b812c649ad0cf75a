"""A plant folder: ``plant.toml`` with ``parameters.csv`` (or .xlsx) and perhaps ``orders.csv``.

A folder is read whole or not at all: every fault in it is collected with file, line and remedy, and only a folder
without fault gives a plant.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo, available_timezones

from pilothouse.errors import ConfigError, Fault, use_known
from pilothouse.plant.currencies import CURRENCIES
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.equipment import LEVELS, Equipment
from pilothouse.plant.hierarchy import note_broken_lines
from pilothouse.plant.keys import Keys
from pilothouse.plant.kpi import TIMINGS, TRENDS, Kpi
from pilothouse.plant.material import MaterialDefinition, UnsoundMaterial
from pilothouse.plant.named import names_in
from pilothouse.plant.order import Order
from pilothouse.plant.order_list import read_orders
from pilothouse.plant.parameter import Parameter, UnsoundParameter
from pilothouse.plant.parameter_list import ParameterList, read_parameters
from pilothouse.plant.plant import Plant
from pilothouse.plant.segment import Segment
from pilothouse.plant.table import Table

T = TypeVar("T")

SCHEMA: Final = 1
"""The newest layout of a plant folder that this version reads."""

PLANT_FILE: Final = "plant.toml"
PARAMETER_FILES: Final = ("parameters.csv", "parameters.xlsx")
ORDER_FILE: Final = "orders.csv"

READ_ELSEWHERE: Final = ("import", "genealogy", "scenario", "connection", "hub", "write_back")
"""Top-level tables of plant.toml that other rooms read."""

_SHOWN: Final = 5
_UTC: Final = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantFolder:
    """A folder whose ``plant.toml`` is TOML; what it says may still be at fault.

    Parameters
    ----------
    root
        The folder.
    declaration
        Its ``plant.toml``; other rooms read their own tables from it.
    """

    root: Path
    declaration: Declaration

    @staticmethod
    def open(root: Path) -> "PlantFolder":
        """The folder at a path.

        Raises
        ------
        ConfigError
            If there is no such folder, no ``plant.toml`` in it, or it is not TOML.
        """
        if not root.is_dir():
            what = "is a file, not a folder" if root.exists() else "does not exist"
            raise ConfigError(f"the plant folder {root} {what}", hint="name the folder that holds plant.toml")
        if not any(root.iterdir()):
            raise ConfigError(f"the plant folder {root} is empty", hint="fill it with `pilothouse init`")
        return PlantFolder(root=root, declaration=Declaration.read(root / PLANT_FILE))

    def read(self, elsewhere: Collection[str] = READ_ELSEWHERE) -> tuple[Plant | None, tuple[Fault, ...]]:
        """The plant, or None and everything that is wrong, in the order of files and lines.

        ``elsewhere`` names the top-level tables of plant.toml that other rooms read.
        """
        plant, faults = self.read_for_checking(elsewhere)
        return (None if faults else plant), faults

    def read_for_checking(self, elsewhere: Collection[str] = READ_ELSEWHERE) -> tuple[Plant | None, tuple[Fault, ...]]:
        """The plant as far as it is known, and everything that is wrong, in the order of files and lines.

        Where anything is wrong, the plant serves only to check the tables ``elsewhere`` by: it has every key that is
        written, also of what is at fault, and where keys were lost, every name those tables speak of, so that no
        fault arises there that only follows from one told already. None of a schema that is not known.
        """
        faults: list[Fault] = []
        root = self.declaration.root(faults)
        if not _knows_schema(root):
            return None, tuple(faults)
        words = _Words.read(root, elsewhere)
        parameters = _parameters(self.root, words.equipment_keys, faults)
        orders = _orders(self.root, words.material_keys, words.time_zone, faults)
        named = names_in(self.declaration.content, elsewhere)
        return Plant(
            key=words.key,
            name=words.name,
            time_zone=words.time_zone,
            currency=words.currency,
            equipment=_known_equipment(root, words),
            parameters=_known_parameters(parameters, named),
            materials=_known_materials(words, named),
            segments=words.segments,
            orders=orders,
            kpis=words.kpis,
        ), _in_order(faults)


def read_plant(root: Path, elsewhere: Collection[str] = READ_ELSEWHERE) -> tuple[Plant | None, tuple[Fault, ...]]:
    """The plant of a folder, or None and everything that is wrong with it; never raises for what stands in it.

    Examples
    --------
    >>> plant, faults = read_plant(Path("no-such-folder"))
    >>> print(plant, faults[0])
    None no-such-folder:1: the plant folder no-such-folder does not exist. Name the folder that holds plant.toml.
    """
    plant, faults = read_for_checking(root, elsewhere)
    return (None if faults else plant), faults


def read_for_checking(
    root: Path, elsewhere: Collection[str] = READ_ELSEWHERE
) -> tuple[Plant | None, tuple[Fault, ...]]:
    """See :meth:`PlantFolder.read_for_checking`; None too where ``plant.toml`` cannot be read."""
    try:
        folder = PlantFolder.open(root)
    except ConfigError as error:
        where = error.context
        file, line = where.get("file", str(root)), int(where.get("line", "1"))
        faults = [Fault(file=file, line=line, problem=error.message, remedy=error.hint)]
        if where:  # the folder is there, so its lists can be looked at too
            _parameters(root, None, faults)
        return None, _in_order(faults)
    return folder.read_for_checking(elsewhere)


def load_plant(root: Path) -> Plant:
    """The plant of a folder.

    Raises
    ------
    ConfigError
        If anything is wrong with the folder; counts the faults and shows the first.
    """
    plant, faults = read_plant(root)
    if plant is None:
        raise refusal(root, faults)
    return plant


def refusal(root: Path, faults: Sequence[Fault]) -> ConfigError:
    """The error for a folder with faults; counts them and shows the first."""
    shown = "".join(f"  {fault}\n" for fault in faults[:_SHOWN])
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return ConfigError(
        f"the plant folder {root} cannot be used:\n{shown}{count} in all",
        hint=f"run `pilothouse check {root}` to see each with its remedy",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What plant.toml says; the keys also of what is at fault, so that one fault does not cause others."""

    key: str
    name: str
    time_zone: str
    currency: str
    equipment: dict[str, Equipment]
    materials: dict[str, MaterialDefinition]
    segments: dict[str, Segment]
    kpis: dict[str, Kpi]
    equipment_keys: tuple[str, ...]
    material_keys: tuple[str, ...]
    has_all_materials: bool

    @staticmethod
    def read(root: Table, elsewhere: Collection[str]) -> "_Words":
        """Everything but the lists; faults are noted in the table."""
        equipment_keys, material_keys = _written_keys(root, "equipment"), _written_keys(root, "material")
        places = equipment_keys + material_keys
        key, name, time_zone, currency = _plant(root)
        words = _Words(
            key=key,
            name=name,
            time_zone=time_zone,
            currency=currency,
            equipment=_all(root, "equipment", lambda table, key: _equipment(table, key, equipment_keys)),
            materials=_all(root, "material", lambda table, key: _material(table, key, material_keys)),
            segments=_all(root, "segment", lambda table, key: _segment(table, key, equipment_keys, material_keys)),
            kpis=_all(root, "kpi", lambda table, key: _kpi(table, key, places)),
            equipment_keys=equipment_keys,
            material_keys=material_keys,
            has_all_materials=_has_all_keys(root, "material"),
        )
        if not root.has("equipment"):
            root.fault("no equipment is declared", "add at least one [[equipment]] with key, level and name")
        note_broken_lines(root.tables("equipment"))
        root.leave(*elsewhere)
        root.done()
        return words


def _knows_schema(root: Table) -> bool:
    schema = root.integer("schema", low=1)
    if schema > SCHEMA:
        problem = f"schema {schema} is newer than this version of Pilothouse reads (schema {SCHEMA})"
        root.fault(problem, "update Pilothouse", at="schema")
    return schema <= SCHEMA


def _plant(root: Table) -> tuple[str, str, str, str]:
    table = root.table("plant")
    if table is None:
        if not root.has("plant"):
            root.fault("[plant] is missing", "add [plant] with key, name, time_zone and currency")
        return "", "", _UTC, ""
    key, name = Keys("plant").read(table), table.text("name")
    currency = table.choice("currency", sorted(CURRENCIES))
    return key, name, _time_zone(table), currency


def _time_zone(table: Table) -> str:
    """A zone that is known; where it is not, the fault is noted and times are read as UTC."""
    if not table.has("time_zone"):
        table.fault("time_zone is missing", 'add the zone its files are written in, as time_zone = "Europe/Berlin"')
        return _UTC
    name = table.text("time_zone")
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        if name:
            table.fault(f"unknown time zone {name!r}", use_known(name, sorted(available_timezones())), at="time_zone")
        return _UTC
    return name


def _equipment(table: Table, key: str, known: Collection[str]) -> Equipment | None:
    level, name = table.choice("level", LEVELS), table.text("name")
    return table.make(Equipment, key=key, level=level, name=name, parent=table.choice("parent", known, default=None))


def _material(table: Table, key: str, known: Collection[str]) -> MaterialDefinition | None:
    name, made_from = table.text("name"), table.choices("made_from", known, default=())
    return table.make(MaterialDefinition, key=key, name=name, made_from=made_from)


def _segment(table: Table, key: str, equipment: Collection[str], materials: Collection[str]) -> Segment | None:
    return table.make(
        Segment,
        key=key,
        name=table.text("name"),
        equipment=table.choice("equipment", equipment),
        consumes=table.choices("consumes", materials, default=()),
        produces=table.choices("produces", materials, default=()),
    )


def _kpi(table: Table, key: str, places: Collection[str]) -> Kpi | None:
    return table.make(
        Kpi,
        key=key,
        name=table.text("name"),
        scope=table.choice("scope", places),
        formula=table.text("formula"),
        unit=table.text("unit"),
        trend=table.choice("trend", TRENDS),
        description=table.text("description", default=""),
        timing=table.choice("timing", TIMINGS, default="on_demand"),
        audience=table.text("audience", default=""),
    )


def _all(root: Table, name: str, read: Callable[[Table, str], T | None]) -> dict[str, T]:
    """Everything of one name, by key."""
    keys = Keys(name)
    found: dict[str, T] = {}
    for table in root.tables(name):
        key = keys.read(table)
        thing = read(table, key)
        if thing is not None:
            found[key] = thing
    return found


def _written_keys(root: Table, name: str) -> tuple[str, ...]:
    keys = (table.value("key") for table in root.tables(name))
    return tuple(dict.fromkeys(key for key in keys if isinstance(key, str)))


def _has_all_keys(root: Table, name: str) -> bool:
    """Whether everything of one name that is written has its key."""
    tables = root.value(name)
    whole = isinstance(tables, list) and all(isinstance(t, dict) and isinstance(t.get("key"), str) for t in tables)
    return tables is None or whole


def _known_equipment(root: Table, words: _Words) -> Mapping[str, Equipment]:
    """Where a table is at fault its equipment has no parent, so that every line of parents ends."""
    tables = root.tables("equipment")
    faulty = {str(table.value("key")) for table in tables if not table.sound}
    keys = [key for key in words.equipment_keys if key in faulty]
    return {**words.equipment, **{key: Equipment(key=key, level=LEVELS[-1], name=key) for key in keys}}


def _known_parameters(listed: ParameterList, named: Collection[str]) -> Mapping[str, Parameter]:
    lost: dict[str, Parameter] = {}
    if not listed.is_whole:
        lost = {key: UnsoundParameter(key=key, name=key, kind="", unit="", role="", equipment="") for key in named}
    return {**lost, **listed.sound, **listed.unsound}


def _known_materials(words: _Words, named: Collection[str]) -> Mapping[str, MaterialDefinition]:
    keys = words.material_keys if words.has_all_materials else (*words.material_keys, *named)
    return {**words.materials, **{k: UnsoundMaterial(key=k, name=k) for k in keys if k not in words.materials}}


def _parameters(root: Path, equipment: Collection[str] | None, faults: list[Fault]) -> ParameterList:
    there = [root / name for name in PARAMETER_FILES if (root / name).exists()]
    if not there:
        remedy = f"list the plant's parameters in {' or '.join(PARAMETER_FILES)}"
        faults.append(Fault(file=PARAMETER_FILES[0], line=1, problem="the file is missing", remedy=remedy))
        return ParameterList(sound={}, unsound={}, is_whole=False)
    for path in there[1:]:
        problem = f"there is {there[0].name} too, and only one list can be right"
        faults.append(Fault(file=path.name, line=1, problem=problem, remedy="keep one of them"))
    listed = read_parameters(there[0], equipment, faults)
    return listed if len(there) == 1 else replace(listed, is_whole=False)


def _orders(root: Path, materials: Collection[str], time_zone: str, faults: list[Fault]) -> dict[str, Order]:
    path = root / ORDER_FILE
    return read_orders(path, materials, time_zone, faults) if path.exists() else {}


def _in_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """By file as they were read, then by line."""
    faults = list(faults)
    files = list(dict.fromkeys(fault.file for fault in faults))
    return tuple(sorted(faults, key=lambda fault: (files.index(fault.file), fault.line)))
