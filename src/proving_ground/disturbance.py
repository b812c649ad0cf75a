"""Disturbances by name and number: drawn from the seed alone, whatever the practice does.

The third probe of heat 812 has the same noise under every practice, and so have its lot, its fault and its arrival.
That is what makes two runs *paired*: their difference is the practice's, not the dice's.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import ndtri

from pilothouse.seeds import stream

BLOCK: Final = 256
"""Numbers drawn at a time; a matter of speed, but part of what a seed means."""

KEPT: Final = 12
"""Blocks of a name that are kept; an older one is drawn again when it is asked for."""

PATH: Final = 4096
"""Steps of a path drawn first; a longer path is drawn again, twice as long, with the same beginning."""


class Disturbances:
    """Standard draws by name and number (of a heat, a coil, a lot, a day).

    Parameters
    ----------
    seed
        The run's root seed.
    family
        Key of the plant family, part of every stream's name.
    width
        Draws a name has per number; asking for more than that starts again at the first.
    balanced
        Every block of :data:`BLOCK` numbers is a Latin hypercube (McKay, Beckman and Conover 1979): each draw has its
        law, and the block as a whole has nearly the law's share of every rare event. A few months of such a plant tell
        what the plant is rather than what the dice were; two draws of a block hang together by less than 1/250.

    Raises
    ------
    ValueError
        For a negative seed.

    Examples
    --------
    >>> d = Disturbances(seed=7, family="kettles")
    >>> d.normal("probe", 812, 2) == Disturbances(seed=7, family="kettles").normal("probe", 812, 2)
    True
    >>> 0.0 <= d.uniform("fault", 3) < 1.0
    True
    """

    def __init__(self, *, seed: int, family: str, width: int = 40, balanced: bool = False) -> None:
        if seed < 0:
            raise ValueError(f"seed: expected 0 or more, got {seed}")
        self._seed = seed
        self._family = family
        self._width = width
        self._balanced = balanced
        self._blocks: dict[str, dict[int, NDArray[np.float64]]] = {}
        self._paths: dict[tuple[str, float], NDArray[np.float64]] = {}

    def normal(self, name: str, number: int, place: int = 0) -> float:
        """A standard normal draw."""
        return float(self._table("normal", name, number)[number % BLOCK, place % self._width])

    def uniform(self, name: str, number: int, place: int = 0) -> float:
        """A draw in [0, 1)."""
        return float(self._table("uniform", name, number)[number % BLOCK, place % self._width])

    def normals(self, name: str, number: int) -> NDArray[np.float64]:
        """All standard normal draws of a number, shape (width,)."""
        row: NDArray[np.float64] = self._table("normal", name, number)[number % BLOCK]
        return row

    def uniforms(self, name: str, number: int) -> NDArray[np.float64]:
        """All draws in [0, 1) of a number, shape (width,)."""
        row: NDArray[np.float64] = self._table("uniform", name, number)[number % BLOCK]
        return row

    def walk(self, name: str, step: int) -> float:
        """A random walk's place after so many steps of unit spread, 0 at step 0; what counts is a difference of two."""
        return self._path(name, 1.0, step)

    def wander(self, name: str, step: int, *, memory: float) -> float:
        """A quantity that wanders about 0 with unit spread and forgets within ``memory`` steps (autoregressive)."""
        return self._path(name, float(np.exp(-1.0 / memory)), step)

    def _table(self, law: str, name: str, number: int) -> NDArray[np.float64]:
        block = number // BLOCK
        key = f"{law}/{name}"
        tables = self._blocks.get(key)
        if tables is None:
            tables = self._blocks[key] = {}
        table = tables.get(block)
        if table is None:
            rng = stream(self._seed, self._family, key, str(block))
            table = self._latin(rng, law) if self._balanced else self._independent(rng, law)
            if len(tables) >= KEPT:
                del tables[min(tables)]
            tables[block] = table
        return table

    def _independent(self, rng: np.random.Generator, law: str) -> NDArray[np.float64]:
        shape = (BLOCK, self._width)
        return rng.standard_normal(shape) if law == "normal" else rng.random(shape)

    def _latin(self, rng: np.random.Generator, law: str) -> NDArray[np.float64]:
        """A draw in each of as many equal parts of the law as a block has numbers, in random order."""
        parts = rng.permuted(np.tile(np.arange(BLOCK)[:, np.newaxis], self._width), axis=0)
        shares: NDArray[np.float64] = (parts + rng.random((BLOCK, self._width))) / BLOCK
        return ndtri(shares) if law == "normal" else shares

    def _path(self, name: str, kept: float, step: int) -> float:
        path = self._paths.get((name, kept))
        if path is None or step >= len(path):
            length = PATH
            while length <= step:
                length *= 2
            draws = stream(self._seed, self._family, "path", name).standard_normal(length)
            if kept == 1.0:
                path = np.concatenate(([0.0], np.cumsum(draws[1:])))
            else:
                draws[1:] *= np.sqrt(1.0 - kept * kept)
                path = lfilter([1.0], [1.0, -kept], draws)
            self._paths[name, kept] = path
        return float(path[step])
