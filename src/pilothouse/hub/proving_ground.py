"""A plant of a family at work: run for so many pieces or months, and as a workspace with its recorded files."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pilothouse.clock import NS_PER_DAY
from pilothouse.errors import ConfigError, use_known
from pilothouse.hub.workspace import open_workspace
from pilothouse.plants import Figure, PlantFamily, ProvingPlant, find_plant_families

FILES: Final = "files"
"""Where in the workspace the plant writes its files."""

DAYS_OF_MONTH: Final = 30.4375
"""A twelfth of a year."""

Progress = Callable[[int, int], None]
"""Told how many pieces are made, or days are over, of how many."""


def family(key: str) -> PlantFamily:
    """The plant family of a key.

    Raises
    ------
    ConfigError
        If none is installed under it.
    """
    known = find_plant_families()
    if key not in known:
        raise ConfigError(f"expected a plant folder or a plant family, got {key!r}", hint=use_known(key, tuple(known)))
    return known[key]


def asks_questions(chosen: PlantFamily) -> bool:
    """Whether the family's plant folder declares a scenario, so that there is something to forecast."""
    return bool(open_workspace(chosen.folder).scenarios)


def build_plant(chosen: PlantFamily, *, seed: int, plant_variation: int, practice: str) -> ProvingPlant:
    """A plant of a family.

    Parameters
    ----------
    chosen
        The family.
    seed, plant_variation
        Which plant.
    practice
        How it is run; empty for the usual practice.

    Raises
    ------
    ConfigError
        If the family has no such practice.
    """
    if practice and practice not in chosen.practices:
        raise ConfigError(
            f"plant family {chosen.key} has no practice {practice!r}", hint=use_known(practice, chosen.practices)
        )
    return chosen.build(seed=seed, plant_variation=plant_variation, practice=practice)


def run_pieces(plant: ProvingPlant, pieces: int, progress: Progress | None = None) -> None:
    """Let a plant make so many more pieces."""
    step = max(pieces // 50, 1)
    for done in range(0, pieces, step):
        plant.run(min(step, pieces - done))
        if progress is not None:
            progress(min(done + step, pieces), pieces)


def run_months(plant: ProvingPlant, months: float, progress: Progress | None = None) -> None:
    """Let a plant run for so many months more; it stops with the first piece that is made after them."""
    start_ns, days = plant.now_ns, months * DAYS_OF_MONTH
    while (over := (plant.now_ns - start_ns) / NS_PER_DAY) < days:
        plant.run(1)
        if progress is not None:
            progress(round(over), round(days))


def raise_plant(  # noqa: PLR0913 - which plant, where, and how much of it
    chosen: PlantFamily,
    root: Path,
    *,
    seed: int,
    plant_variation: int,
    practice: str,
    pieces: int,
    progress: Progress | None = None,
) -> dict[str, Figure]:
    """Make a workspace of a plant of a family, with its recorded files; what it came to, by its hidden truth.

    Parameters
    ----------
    chosen
        The family.
    root
        A new folder.
    seed, plant_variation, practice
        Which plant, and how it is run.
    pieces
        How many are made.
    progress
        Is told how many are made, of how many.

    Raises
    ------
    ConfigError
        If the family has no such practice.
    """
    plant = build_plant(chosen, seed=seed, plant_variation=plant_variation, practice=practice)
    run_pieces(plant, pieces, progress)
    write_workspace(chosen, plant, root)
    return dict(plant.figures())


def write_workspace(chosen: PlantFamily, plant: ProvingPlant, root: Path) -> None:
    """Make a workspace of a plant: its folder copied, its recorded files beside it."""
    shutil.copytree(chosen.folder, root, dirs_exist_ok=True)
    plant.write_history(root / FILES)
