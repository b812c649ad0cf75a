"""``[[genealogy]]`` in ``plant.toml``: which columns of which files say who came of whom.

::

    [[genealogy]]
    key = "descent"
    file = "genealogy_*.csv"           # a name, a glob, or a list of them
    child_material = ["slab", "coil"]  # what they are made of is said by made_from
    child = "piece"
    parent = "made of"
    start = "from"                     # the child's share of the parent, along the parent
    end = "to"
    unit = "mm"                        # of both; by default metres
    known = { column = "cut" }         # or { delay = "5 min" } after the child was first observed, the default 0
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from pilothouse.connect.files.declared_file import (
    decimal_of,
    delimiter_of,
    encoding_of,
    files_of,
    key_of,
    known_of,
    zone_of,
)
from pilothouse.connect.files.mapping import Known
from pilothouse.connect.files.pattern import Expected, tidy
from pilothouse.errors import Fault
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.material import UnsoundMaterial
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table
from pilothouse.units import KINDS

DECLARED: Final = "genealogy"
"""The table of plant.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenealogyMapping:
    """How one kind of file about who came of whom is understood.

    Parameters
    ----------
    key
        Its name in reports, and of its reject file.
    files
        Names or globs inside the folder that is imported.
    child_materials
        Keys of the material definitions the children are of.
    child, parent
        Headers of the lot keys.
    start, end, unit
        Headers of the child's share of the parent, along the parent, and the unit of length they are in.
    known
        When it became known: a column, or a delay after the child was first observed.
    sheet, delimiter, encoding, decimal, time_format, time_zone, missing
        As in :class:`~pilothouse.connect.files.mapping.ImportMapping`.
    """

    key: str
    files: tuple[str, ...]
    child_materials: tuple[str, ...]
    child: str
    parent: str
    start: str
    end: str
    time_zone: str
    unit: str = "m"
    known: Known = field(default_factory=Known)
    sheet: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    time_format: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def expected(self) -> Expected:
        """The headers it reads, all needed."""
        named = (self.child, self.parent, self.start, self.end, self.known.column)
        return Expected.of(_plain(name) for name in named if name)


def read_genealogies(
    declaration: Declaration, plant: Plant, taken: Collection[str] = ()
) -> tuple[tuple[GenealogyMapping, ...], tuple[Fault, ...]]:
    r"""The genealogy mappings a plant declares, and everything that is wrong with them.

    Parameters
    ----------
    declaration
        Of ``plant.toml``.
    plant
        The materials they may speak of.
    taken
        Keys of imports, which name reject files too.

    Returns
    -------
    tuple
        The mappings that are sound, in their order; and the faults in the others.

    Examples
    --------
    >>> from pilothouse.plant.plant import Plant
    >>> plant = Plant(key="p", name="P", time_zone="UTC", currency="EUR", equipment={}, parameters={}, materials={},
    ...               segments={}, orders={}, kpis={})
    >>> text = '[[genealogy]]\nkey = "g"\nfile = "g.csv"\nchild = "c"\nparent = "p"\nstart = "a"\nend = "b"'
    >>> mappings, faults = read_genealogies(Declaration.parse(text), plant)
    >>> len(mappings), faults[0].problem
    (0, 'genealogy g: child_material is missing')
    """
    faults: list[Fault] = []
    mappings: list[GenealogyMapping] = []
    for table in declaration.tables(DECLARED, faults):
        mapping = _mapping(table, plant)
        table.done()
        if mapping is None or not table.sound:
            continue
        if mapping.key in {*taken, *(other.key for other in mappings)}:
            table.fault(f"the key {mapping.key!r} stands twice", "give each import a key of its own", at="key")
            continue
        mappings.append(mapping)
    return tuple(mappings), tuple(faults)


def _mapping(table: Table, plant: Plant) -> GenealogyMapping | None:
    headers = {name: tidy(table.text(name)) for name in ("child", "parent", "start", "end")}
    for name, header in headers.items():
        twin = next((other for other in headers if headers[other] == header), name)
        if header and twin != name:
            table.fault(f"{name} and {twin} are one column, {header!r}", "name a column for each", at=name)
    return table.make(
        GenealogyMapping,
        key=key_of(table),
        files=files_of(table),
        child_materials=_materials(table, plant),
        **headers,
        unit=table.choice("unit", KINDS["length"], default="m"),
        known=known_of(table),
        sheet=table.text("sheet", default=None),
        delimiter=delimiter_of(table),
        encoding=encoding_of(table),
        decimal=decimal_of(table),
        time_format=table.text("time_format", default=None),
        time_zone=zone_of(table, plant),
        missing=table.texts("missing", default=()),
    )


def _materials(table: Table, plant: Plant) -> tuple[str, ...]:
    """The children's materials; each must be made of something."""
    key = "child_material"
    is_list = isinstance(table.value(key), list)
    found = table.choices(key, plant.materials) if is_list else (table.choice(key, plant.materials),)
    for material in found:
        definition = plant.materials.get(material)
        if definition and not definition.made_from and not isinstance(definition, UnsoundMaterial):
            remedy = f'add made_from = ["..."] to [[material]] {material}, or leave it out here'
            table.fault(f"{key}: {material} is made from nothing", remedy, at=key)
    return found


def _plain(header: str) -> str:
    """A header in which a brace is just a brace, as a pattern."""
    return header.replace("{", "{{").replace("}", "}}")
