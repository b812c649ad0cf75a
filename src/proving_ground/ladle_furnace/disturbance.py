"""Disturbances by name, heat and number: drawn from the seed alone, whatever the practice does.

The third probe of heat 812 has the same noise under every practice, and so have its lot, its fault and its arrival.
That is what makes two runs *paired*: their difference is the practice's, not the dice's.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.seeds import stream

BLOCK: Final = 256
"""Heats drawn at a time; a matter of speed, but part of what a seed means."""


class Disturbances:
    """Standard draws for every heat.

    Parameters
    ----------
    seed
        The run's root seed.
    width
        Draws a name has per heat; asking for more than that starts again at the first.

    Examples
    --------
    >>> d = Disturbances(seed=7, width=40)
    >>> d.normal("probe", 812, 2) == Disturbances(seed=7, width=40).normal("probe", 812, 2)
    True
    >>> 0.0 <= d.uniform("fault", 3) < 1.0
    True
    """

    def __init__(self, *, seed: int, width: int = 40) -> None:
        if seed < 0:
            raise ValueError(f"seed: expected 0 or more, got {seed}")
        self._seed = seed
        self._width = width
        self._blocks: dict[tuple[str, int], NDArray[np.float64]] = {}

    def normal(self, name: str, heat: int, number: int = 0) -> float:
        """A standard normal draw."""
        return self._draw("normal", name, heat, number)

    def uniform(self, name: str, heat: int, number: int = 0) -> float:
        """A draw in [0, 1)."""
        return self._draw("uniform", name, heat, number)

    def _draw(self, law: str, name: str, heat: int, number: int) -> float:
        block, row = divmod(heat, BLOCK)
        key = (f"{law}/{name}", block)
        table = self._blocks.get(key)
        if table is None:
            rng = stream(self._seed, "ladle-furnace", key[0], str(block))
            shape = (BLOCK, self._width)
            table = rng.standard_normal(shape) if law == "normal" else rng.random(shape)
            self._blocks[key] = table
        return float(table[row, number % self._width])
