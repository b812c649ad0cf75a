"""The pack that reads ``[[virtual_test]]`` tables."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.scenario import Scenario
from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import read_virtual_tests
from pilothouse.packs.steel.scenario import VirtualTestScenario
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True)
class SteelPack:
    """The built-in pack of electrical steel."""

    key: str = "steel"
    tables: tuple[str, ...] = ("virtual_test",)

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """All declared virtual tests that hold, and what is wrong with the others."""
        del root
        tests, faults = read_virtual_tests(declaration, plant)
        return tuple(VirtualTestScenario(test=test, currency=plant.currency) for test in tests), faults


pack = SteelPack()
