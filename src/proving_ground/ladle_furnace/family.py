"""The family of ladle furnaces: one design, constants drawn inside their ranges."""

from dataclasses import dataclass
from pathlib import Path

from proving_ground.ladle_furnace.constants import FAMILY
from proving_ground.ladle_furnace.plant import LadleFurnace
from proving_ground.ladle_furnace.practice import PRACTICES


@dataclass(frozen=True, slots=True, kw_only=True)
class LadleFurnaceFamily:
    """See :class:`pilothouse.plants.PlantFamily`.

    Examples
    --------
    >>> family = LadleFurnaceFamily()
    >>> family.key, family.practices
    ('ladle-furnace', ('usual', 'recentred'))
    """

    key: str = FAMILY
    title: str = "Ladle furnace (proving ground)"
    folder: Path = Path(__file__).parent / "folder"
    practices: tuple[str, ...] = PRACTICES

    def build(self, *, seed: int, plant_variation: int = 0, practice: str = "") -> LadleFurnace:
        """A ladle furnace that has treated nothing yet."""
        return LadleFurnace(seed=seed, plant_variation=plant_variation, practice=practice or self.practices[0])
