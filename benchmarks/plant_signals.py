"""Signals as a line gives them: half noisy analogue, a quarter slow, 15 % set-points, a tenth counters and states.

Instruments are quantised, and so are these: an analogue signal has a resolution of a 4,000th of its span and a noise of
one and a half of these steps; slow ones drift by fractions of a step; set-points hold for about ten minutes. Signals
with more noise a step, or with floats that no instrument quantised, take more room than these.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilothouse.seeds import stream

SEED = 1
MIX = ("analogue",) * 10 + ("slow",) * 5 + ("set_point",) * 3 + ("counter", "state")


@dataclass(frozen=True, slots=True)
class Signals:
    """So many parameters, hour by hour; each hour is the same whoever asks for it, and in whatever order."""

    parameters: int

    def hour(self, number: int) -> NDArray[np.float64]:
        """The values of an hour, one row a second, shape (3600, parameters)."""
        rng = stream(SEED, "historian", "hour", str(number))
        seconds = number * 3600 + np.arange(3600.0)
        columns = [self._one(k, seconds, rng) for k in range(self.parameters)]
        return np.stack(columns, axis=1)

    def _one(self, k: int, seconds: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
        kind = MIX[k % len(MIX)]
        decimals = k % 3  # a resolution of 1, 0.1 or 0.01
        step = 10.0**-decimals
        middle = 2000 * step
        if kind == "analogue":
            swing = 300 * step * np.sin(seconds / (900 + 7 * k) + k)
            return np.round(middle + swing + rng.normal(0.0, 4 * step, 3600), decimals)
        if kind == "slow":
            walk = np.cumsum(rng.normal(0.0, 0.1 * step, 3600))
            return np.round(middle + 100 * step * np.sin(seconds / 20_000 + k) + walk, decimals)
        if kind == "set_point":
            holds = rng.integers(0, 50, 7) * 10 * step
            return np.round(np.repeat(holds, 600)[:3600] + middle, decimals)
        if kind == "counter":
            return np.floor(seconds / (10 + k % 7)) + 1e6
        return (rng.random(3600) < 0.002).cumsum() % 5.0
