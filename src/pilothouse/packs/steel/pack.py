"""The pack that reads virtual tests, end points, recipes, re-application, watches over sensors and owners."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.reapplication import Reapplication
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.steering import Steering
from pilothouse.errors import Fault
from pilothouse.packs.steel.declaration import read_virtual_tests
from pilothouse.packs.steel.end_point.declaration import read_end_points
from pilothouse.packs.steel.end_point.scenario import EndPointScenario
from pilothouse.packs.steel.owner import read_owners
from pilothouse.packs.steel.reapplication.declaration import TABLE, read_reapplications
from pilothouse.packs.steel.reapplication.dispatching import SteelReapplication
from pilothouse.packs.steel.recipes.reading import TABLES, read_recipes
from pilothouse.packs.steel.recipes.steering import RecipeSteering
from pilothouse.packs.steel.scenario import VirtualTestScenario
from pilothouse.packs.steel.sensor_declaration import read_sensor_watches
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True)
class SteelPack:
    """The built-in pack of electrical steel."""

    key: str = "steel"
    tables: tuple[str, ...] = ("virtual_test", "end_point", "sensor_watch", "owner", *TABLES, TABLE)

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """All virtual tests and end points that hold, and what is wrong with others, with watches and with owners."""
        del root
        tests, faults = read_virtual_tests(declaration, plant)
        points, of_points = read_end_points(declaration, plant)
        _, of_watches = read_sensor_watches(declaration, plant)
        _, of_owners = read_owners(declaration, plant)
        scenarios: list[Scenario] = [VirtualTestScenario(test=test, currency=plant.currency) for test in tests]
        scenarios += [EndPointScenario(point=point, currency=plant.currency) for point in points]
        return tuple(scenarios), (*faults, *of_points, *of_watches, *of_owners)

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
