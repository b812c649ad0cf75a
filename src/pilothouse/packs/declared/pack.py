"""The pack that reads ``[[scenario]]`` tables."""

from dataclasses import dataclass
from pathlib import Path

from pilothouse.decision.reapplication import Reapplication
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.steering import Steering
from pilothouse.errors import ConfigError, Fault
from pilothouse.packs.declared.declaration import read_scenarios
from pilothouse.packs.declared.mechanism import Mechanism, load_mechanism
from pilothouse.packs.declared.scenario import DeclaredScenario
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
        mechanisms, of_mechanisms = _mechanisms(root, declaration)
        found = tuple(
            DeclaredScenario(
                declaration=one,
                mechanism=None if one.mechanism is None else mechanisms[one.mechanism],
                currency=plant.currency,
            )
            for one in declared
            if one.mechanism is None or one.mechanism in mechanisms
        )
        return found, (*faults, *of_mechanisms)

    @staticmethod
    def steering(declaration: Declaration, plant: Plant) -> tuple[tuple[Steering, ...], tuple[Fault, ...]]:
        """None: declared scenarios answer when they are asked."""
        del declaration, plant
        return (), ()

    @staticmethod
    def reapplications(declaration: Declaration, plant: Plant) -> tuple[tuple[Reapplication, ...], tuple[Fault, ...]]:
        """None."""
        del declaration, plant
        return (), ()


def _mechanisms(root: Path, declaration: Declaration) -> tuple[dict[str, Mechanism], tuple[Fault, ...]]:
    """The mechanisms that can be loaded, by file as written, also those of scenarios with faults; and the faults."""
    found: dict[str, Mechanism] = {}
    faults: list[Fault] = []
    for table in declaration.tables("scenario", []):  # what is wrong with the tables, read_scenarios tells
        written = table.value("mechanism")
        if not isinstance(written, str) or written in found:
            continue
        try:
            found[written] = load_mechanism(root / written)
        except ConfigError as error:
            file, line = Path(error.context["file"]).name, int(error.context.get("line", "1"))
            faults.append(Fault(file=file, line=line, problem=f"{table.label}: {error.message}", remedy=error.hint))
    return found, tuple(faults)


pack = DeclaredPack()
