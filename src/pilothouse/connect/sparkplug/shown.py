"""What the plant shows of each parameter, as last told live; and waiting for it to show something."""

import asyncio

import numpy as np

from pilothouse.plant.frame import BAD
from pilothouse.plant.sample import Samples
from pilothouse.ports import ReadBack


class Shown:
    """The newest live value of each parameter of a connection.

    Parameters
    ----------
    parameters
        How many there are.
    """

    def __init__(self, parameters: int) -> None:
        self._values = np.full(parameters, np.nan)
        self._statuses = np.full(parameters, BAD, dtype=np.uint8)
        self._at_ns = np.zeros(parameters, dtype=np.int64)
        self._turn = np.zeros(parameters, dtype=np.int64)
        self._turns = 0
        self._changed: list[asyncio.Future[None]] = []

    def update(self, samples: Samples) -> None:
        """Take over what is live; of several values of one parameter the last counts."""
        if samples.origin != "live":
            return
        self._turns += 1
        self._values[samples.which] = samples.values
        self._statuses[samples.which] = samples.statuses
        self._at_ns[samples.which] = samples.source_ns
        self._turn[samples.which] = self._turns
        changed, self._changed = self._changed, []
        for future in changed:
            if not future.done():
                future.set_result(None)

    @property
    def turns(self) -> int:
        """How often something was told; see :meth:`since`."""
        return self._turns

    def since(self, parameter: int, turns: int) -> ReadBack | None:
        """What a parameter showed after so many turns; None where it was not told since."""
        return self.latest(parameter) if self._turn[parameter] > turns else None

    def latest(self, parameter: int) -> ReadBack | None:
        """What a parameter shows; None where it never was told."""
        if not self._turn[parameter]:
            return None
        value = None if self._statuses[parameter] == BAD else float(self._values[parameter])
        return ReadBack(value=value, at_ns=int(self._at_ns[parameter]))

    async def changed(self, timeout_s: float) -> None:
        """Wait until something is told, or the time is over."""
        future = asyncio.get_running_loop().create_future()
        self._changed.append(future)
        await asyncio.wait([future], timeout=max(timeout_s, 0.0))
        if future in self._changed:
            self._changed.remove(future)
