"""The family of silicon-steel mills: one design, constants drawn inside their ranges."""

from dataclasses import dataclass
from pathlib import Path

from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import FOLDER
from proving_ground.silicon_mill.plant import SiliconMill
from proving_ground.silicon_mill.practice import PRACTICES


@dataclass(frozen=True, slots=True, kw_only=True)
class SiliconMillFamily:
    """See :class:`pilothouse.plants.PlantFamily`.

    Examples
    --------
    >>> family = SiliconMillFamily()
    >>> family.key, family.practices
    ('silicon-mill', ('usual', 'recentred'))
    """

    key: str = FAMILY
    title: str = "Silicon-steel mill (proving ground)"
    folder: Path = FOLDER
    practices: tuple[str, ...] = PRACTICES

    def build(self, *, seed: int, plant_variation: int = 0, practice: str = "") -> SiliconMill:
        """A mill that has run in and finished nothing that counts yet."""
        return SiliconMill(seed=seed, plant_variation=plant_variation, practice=practice or self.practices[0])
