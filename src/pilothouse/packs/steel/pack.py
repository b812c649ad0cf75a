"""The pack that reads ``[[virtual_test]]`` tables, and those of recipes."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.reapplication import Reapplication
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.steering import Steering
from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import read_virtual_tests
from pilothouse.packs.steel.reapplication.declaration import TABLE, read_reapplications
from pilothouse.packs.steel.reapplication.dispatching import SteelReapplication
from pilothouse.packs.steel.recipes.declaration import TABLES, read_recipes
from pilothouse.packs.steel.recipes.steering import RecipeSteering
from pilothouse.packs.steel.scenario import VirtualTestScenario
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True)
class SteelPack:
    """The built-in pack of electrical steel."""

    key: str = "steel"
    tables: tuple[str, ...] = ("virtual_test", *TABLES, TABLE)

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """All declared virtual tests that hold, and what is wrong with the others."""
        del root
        tests, faults = read_virtual_tests(declaration, plant)
        return tuple(VirtualTestScenario(test=test, currency=plant.currency) for test in tests), faults

    @staticmethod
    def steering(declaration: Declaration, plant: Plant) -> tuple[tuple[Steering, ...], tuple[Fault, ...]]:
        """The declared recipes, and what is wrong with them."""
        book, faults = read_recipes(declaration, plant)
        return () if book is None else (RecipeSteering(book=book),), faults

    @staticmethod
    def reapplications(declaration: Declaration, plant: Plant) -> tuple[tuple[Reapplication, ...], tuple[Fault, ...]]:
        """Declared groups of kinds that may serve one another, and what is wrong with the others."""
        declared, faults = read_reapplications(declaration, plant)
        return tuple(SteelReapplication(declared=one) for one in declared), faults


pack = SteelPack()
