"""The pack that reads ``[[virtual_test]]``, ``[[sensor_watch]]`` and ``[[owner]]`` tables."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.scenario import Scenario
from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import read_virtual_tests
from pilothouse.packs.steel.owner import read_owners
from pilothouse.packs.steel.scenario import VirtualTestScenario
from pilothouse.packs.steel.sensor_declaration import read_sensor_watches
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True)
class SteelPack:
    """The built-in pack of electrical steel."""

    key: str = "steel"
    tables: tuple[str, ...] = ("virtual_test", "sensor_watch", "owner")

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """All declared virtual tests that hold, and what is wrong with these, with watches and with owners."""
        del root
        tests, faults = read_virtual_tests(declaration, plant)
        _, of_watches = read_sensor_watches(declaration, plant)
        _, of_owners = read_owners(declaration, plant)
        scenarios = tuple(VirtualTestScenario(test=test, currency=plant.currency) for test in tests)
        return scenarios, (*faults, *of_watches, *of_owners)


pack = SteelPack()
