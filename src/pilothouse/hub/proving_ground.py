"""A plant of a family as a workspace: its folder copied, so many pieces made, their files written beside it."""

import shutil
from collections.abc import Callable
from pathlib import Path

from pilothouse.errors import ConfigError, use_known
from pilothouse.plants import Figure, PlantFamily, find_plant_families

FILES = "files"
"""Where in the workspace the plant writes its files."""


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


def raise_plant(  # noqa: PLR0913 - which plant, where, and how much of it
    chosen: PlantFamily,
    root: Path,
    *,
    seed: int,
    plant_variation: int,
    practice: str,
    pieces: int,
    progress: Callable[[int, int], None] | None = None,
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
    if practice and practice not in chosen.practices:
        raise ConfigError(
            f"plant family {chosen.key} has no practice {practice!r}", hint=use_known(practice, chosen.practices)
        )
    plant = chosen.build(seed=seed, plant_variation=plant_variation, practice=practice)
    shutil.copytree(chosen.folder, root, dirs_exist_ok=True)
    step = max(pieces // 50, 1)
    for done in range(0, pieces, step):
        plant.run(min(step, pieces - done))
        if progress is not None:
            progress(min(done + step, pieces), pieces)
    plant.write_history(root / FILES)
    return dict(plant.figures())
