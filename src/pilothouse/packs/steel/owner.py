"""``[[owner]]`` tables of plant.toml: who owns parameters, where it is not simply whose equipment they belong to.

::

    [[owner]]
    name = "Process engineer, annealing"
    of = ["FAL.*"]
"""

from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import parameters_called
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


def read_owners(declaration: Declaration, plant: Plant) -> tuple[dict[str, str], tuple[Fault, ...]]:
    r"""Declared owner by parameter, and every fault; of two tables that name a parameter the later counts.

    Examples
    --------
    >>> from pilothouse.plant.parameter import Parameter
    >>> p = Parameter(key="a.b", name="b", kind="opaque", unit="1", role="soft", equipment="a")
    >>> plant = Plant(key="p", name="P", time_zone="UTC", currency="EUR", equipment={}, parameters={"a.b": p},
    ...               materials={}, segments={}, orders={}, kpis={})
    >>> read_owners(Declaration.parse('[[owner]]\nname = "Ana"\nof = ["a.*"]'), plant)
    ({'a.b': 'Ana'}, ())
    """
    faults: list[Fault] = []
    found: dict[str, str] = {}
    for table in declaration.tables("owner", faults):
        name = table.text("name")
        named = parameters_called(table, "of", table.texts("of"), plant)
        table.done()
        if table.sound:
            found |= dict.fromkeys(named, name)
    return found, tuple(faults)
