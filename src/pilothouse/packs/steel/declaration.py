"""``[[virtual_test]]`` tables of plant.toml, read into records; every fault with its line.

::

    [[virtual_test]]
    key = "loss-test"
    title = "Virtual test of the loss"
    piece = "coil"
    result = "TEST.test.P15_50"

    [virtual_test.strip]              # which parameter tells what, for the known physics
    si = "RH.final.Si"
    ...

    [[virtual_test.standing]]
    key = "after-annealing"
    closes = "FAL.lab.grain"          # the forecast stands when this is first known of the piece
    looks_at = ["RH.final.*", "FAL.lab.*"]
    alike = ["RH.final.Si", "FAL.line.speed"]
    analyser = "FAL.online.P15_50"    # tells the same on the line, at once and roughly
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pilothouse.errors import Fault, use_known
from pilothouse.packs.steel.strip import QUANTITIES
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.keys import Keys
from pilothouse.plant.plant import Plant
from pilothouse.plant.table import Table

LEAST_ALIKE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """From where on the route the test is foretold.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    closes
        Parameter: when it is first known of a piece or of what the piece came of, the forecast stands.
    looks_at
        Parameters of the piece and of all it came of that the forecast looks at.
    alike
        Those of them by which pieces are told to be alike.
    analyser
        That of them which tells the result on the line, at once and roughly; empty where none does.
    """

    key: str
    title: str
    closes: str
    looks_at: tuple[str, ...]
    alike: tuple[str, ...]
    analyser: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualTest:
    """A test of finished pieces that is foretold from their route.

    Parameters
    ----------
    key, title
        Stable name, and what people call it.
    piece
        Material definition of what is tested.
    result, unit
        Parameter that the test tells, and its unit.
    strip
        Parameter by quantity of :data:`.strip.QUANTITIES`; empty where no known physics is to be used.
    standings
        In the order of the route.
    """

    key: str
    title: str
    piece: str
    result: str
    unit: str
    strip: Mapping[str, str]
    standings: tuple[Standing, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters it reads, the result first."""
        looked_at = [p for s in self.standings for p in (s.closes, *s.looks_at)]
        return tuple(dict.fromkeys((self.result, *looked_at)))

    def knows_strip(self, standing: Standing) -> bool:
        """Whether the known physics can be told there: all it needs is looked at."""
        return bool(self.strip) and set(self.strip.values()) <= set(standing.looks_at)


def read_virtual_tests(declaration: Declaration, plant: Plant) -> tuple[tuple[VirtualTest, ...], tuple[Fault, ...]]:
    """All declared virtual tests that hold, and every fault in the others."""
    faults: list[Fault] = []
    found: list[VirtualTest] = []
    keys = Keys("virtual test")
    for table in declaration.tables("virtual_test", faults):
        test = _test(table, plant, keys)
        table.done()
        if test is not None and table.sound:
            found.append(test)
    return tuple(found), tuple(faults)


def _test(table: Table, plant: Plant, keys: Keys) -> VirtualTest | None:
    key = keys.read(table)
    title = table.text("title")
    piece = table.choice("piece", plant.materials)
    result = table.choice("result", plant.parameters)
    strip = _strip(table, plant)
    standing_keys = Keys("standing")
    standings = tuple(
        s for inner in table.tables("standing") if (s := _standing(inner, standing_keys, plant, result)) is not None
    )
    if not table.has("standing"):
        table.fault("no standing", "add [[virtual_test.standing]] with a key, closes, looks_at and alike")
    return table.make(
        VirtualTest,
        key=key,
        title=title,
        piece=piece,
        result=result,
        unit=plant.parameters[result].unit if result else "",
        strip=strip,
        standings=standings,
    )


def _strip(table: Table, plant: Plant) -> dict[str, str]:
    inner = table.table("strip")
    if inner is None:
        return {}
    return {quantity: inner.choice(quantity, plant.parameters) for quantity in QUANTITIES}


def _standing(table: Table, keys: Keys, plant: Plant, result: str) -> Standing | None:
    key = keys.read(table)
    looks_at = [k for k in parameters_called(table, "looks_at", table.texts("looks_at"), plant) if k != result]
    alike = table.choices("alike", looks_at)
    if table.has("alike") and table.sound and len(alike) < LEAST_ALIKE:
        problem = f"alike: expected at least {LEAST_ALIKE} parameters, got {len(alike)}"
        table.fault(problem, "name those by which pieces of one grade are told from others", at="alike")
    return table.make(
        Standing,
        key=key,
        title=table.text("title", default=key),
        closes=table.choice("closes", plant.parameters),
        looks_at=tuple(looks_at),
        alike=alike,
        analyser=table.choice("analyser", looks_at, default=""),
    )


def parameters_called(table: Table, key: str, patterns: Sequence[str], plant: Plant) -> list[str]:
    """Parameter keys of names and of patterns such as ``RH.final.*``, which stand at a key of a table."""
    found: list[str] = []
    for pattern in patterns:
        matches = [one for one in plant.parameters if fnmatchcase(one, pattern)]
        if not matches:
            problem = f"{key}: no parameter is called {pattern!r}"
            table.fault(problem, use_known(pattern, plant.parameters), at=key)
        found.extend(matches)
    return list(dict.fromkeys(found))
