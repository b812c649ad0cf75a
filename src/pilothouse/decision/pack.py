"""Packs: plug-ins that bring scenarios, found by the entry point ``pilothouse.packs``.

Built-in packs come in by the same door as strangers'.
"""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol

from pilothouse.decision.reapplication import Reapplication
from pilothouse.decision.scenario import Scenario
from pilothouse.decision.steering import Steering
from pilothouse.errors import DuplicateKeyError, Fault, NotConformingError
from pilothouse.plant.declaration import Declaration
from pilothouse.plant.plant import Plant

GROUP = "pilothouse.packs"


class Pack(Protocol):
    """A plug-in of scenarios; one that derives from this and steers or re-applies nothing need not say so."""

    @property
    def key(self) -> str:
        """Stable name."""
        ...

    @property
    def tables(self) -> tuple[str, ...]:
        """Top-level tables of ``plant.toml`` that this pack reads."""
        ...

    def scenarios(
        self, root: Path, declaration: Declaration, plant: Plant
    ) -> tuple[tuple[Scenario, ...], tuple[Fault, ...]]:
        """The pack's scenarios for a plant, or what is wrong with their declaration.

        Where the plant has faults, it holds only what is known of it and the scenarios are not used;
        of an :class:`~pilothouse.plant.parameter.UnsoundParameter` nothing but the key is certain.
        """
        ...

    def steering(
        self,
        declaration: Declaration,  # noqa: ARG002 - nothing is read
        plant: Plant,  # noqa: ARG002
    ) -> tuple[tuple[Steering, ...], tuple[Fault, ...]]:
        """What the pack brings to steer pieces through a running plant, or what is wrong with its declaration."""
        return (), ()

    def reapplications(
        self,
        declaration: Declaration,  # noqa: ARG002 - nothing is read
        plant: Plant,  # noqa: ARG002
    ) -> tuple[tuple[Reapplication, ...], tuple[Fault, ...]]:
        """What the pack brings to decide which piece serves which order, or what is wrong with its declaration."""
        return (), ()


def find_packs() -> tuple[Pack, ...]:
    """All installed packs, in order of their keys.

    Raises
    ------
    NotConformingError
        If a pack cannot be loaded.
    DuplicateKeyError
        If two packs claim one key.
    """
    found: dict[str, Pack] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: (p.name, p.value)):
        try:
            pack: Pack = point.load()
        except (ImportError, AttributeError) as error:
            raise NotConformingError(
                f"pack {point.name!r} ({point.value}) cannot be loaded: {error}",
                hint="mend or uninstall the package that brings it",
            ) from error
        lacking = [
            name for name in ("key", "tables", "scenarios", "steering", "reapplications") if not hasattr(pack, name)
        ]
        if lacking:
            raise NotConformingError(
                f"pack {point.name!r} ({point.value}) has no {lacking[0]}",
                hint="derive it from pilothouse.decision.pack.Pack; docs/reference/scenario.md says what a pack has",
            )
        if pack.key in found:
            raise DuplicateKeyError(f"two packs claim the key {pack.key!r}", hint="uninstall one of them")
        found[pack.key] = pack
    return tuple(found.values())
