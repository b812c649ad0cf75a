"""The pack that reads ``[[scenario]]`` tables."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.scenario import Scenario
from pilothouse.errors import ConfigError, Fault
from pilothouse.packs.declared.declaration import read_scenarios
from pilothouse.packs.declared.scenario import open_scenario
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant


@dataclass(frozen=True, slots=True)
class DeclaredPack:
    """The built-in pack of declared process scenarios."""

    key: str = "declared"
    tables: tuple[str, ...] = ("scenario",)

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """All declared scenarios whose declaration and mechanism hold, and what is wrong with the others."""
        declared, faults = read_scenarios(declaration, plant)
        found: list[Scenario] = []
        more: list[Fault] = []
        for one in declared:
            try:
                found.append(open_scenario(one, root, plant.currency))
            except ConfigError as error:
                file = Path(error.context.get("file", "plant.toml")).name
                line = int(error.context.get("line", "1"))
                more.append(
                    Fault(file=file, line=line, problem=f"scenario {one.key}: {error.message}", remedy=error.hint)
                )
        return tuple(found), (*faults, *more)


pack = DeclaredPack()
