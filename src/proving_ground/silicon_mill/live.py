"""The mill second by second: what its historian would see of all 1,080 parameters.

While a piece is in a unit, each measured value moves about that piece's own, as a process does, with a memory of ten
seconds; set-points stand. An idle unit shows what it showed last. A laboratory result appears when it is known and
stays until the next.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.plants import Tick
from pilothouse.seeds import stream
from proving_ground.silicon_mill.events import Stop
from proving_ground.silicon_mill.flow import Flow
from proving_ground.silicon_mill.instruments import FAMILY
from proving_ground.silicon_mill.parameters import UNITS, of_unit, parameters
from proving_ground.silicon_mill.records import Records, Row, instant_ns

KEPT: Final = 0.9
"""Of a deviation, from one second to the next."""

MINUTE_S: Final = 60
"""Noise is drawn by the minute."""


class Live:
    """The running mill.

    Parameters
    ----------
    flow, run
        The mill, and its loop of events.
    records
        Where its rows come from.
    seed
        Of the run.
    """

    def __init__(self, flow: Flow, run: Iterator[Stop | None], records: Records, seed: int) -> None:
        listed = tuple(parameters().values())
        self._flow, self._run, self._records, self._seed = flow, run, records, seed
        self._keys = tuple(p.key for p in listed)
        first = {unit: self._keys.index(of_unit(unit)[0].key) for unit in UNITS}
        self._first = first
        self._sd = np.array([0.0 if p.is_set or p.role == "laboratory" else p.noise_sd for p in listed])
        self._online = np.array([p.role != "laboratory" for p in listed])
        self._values = np.full(len(listed), np.nan)
        self._statuses = np.zeros(len(listed), dtype=np.uint8)
        self._happened = np.zeros(len(listed), dtype=np.int64)
        self._known = np.zeros(len(listed), dtype=np.int64)
        self._deviation = np.zeros(len(listed))
        self._pieces = [""] * len(listed)
        self._told_pieces = tuple(self._pieces)
        self._read = 0
        self._later: list[tuple[float, int, Row]] = []
        self._entered = count()

    def seconds(self, from_s: int, seconds: int) -> Iterator[Tick]:
        """So many ticks from a second of the run on."""
        noise = np.empty((0, len(self._keys)))
        for second in range(from_s, from_s + seconds):
            minute, within = divmod(second, MINUTE_S)
            if within == 0 or len(noise) == 0:
                rng = stream(self._seed, FAMILY, "live", str(minute))
                noise = rng.standard_normal((MINUTE_S, len(self._keys)))
            yield self._tick(second, noise[within])

    def _tick(self, second: int, noise: NDArray[np.float64]) -> Tick:
        at_h, at_ns = second / 3600.0, instant_ns(second / 3600.0)
        self._go_on_to(at_h)
        self._deviation = KEPT * self._deviation + np.sqrt(1.0 - KEPT**2) * self._sd * noise
        return Tick(
            at_ns=at_ns,
            parameters=self._keys,
            values=self._values + self._deviation,
            statuses=self._statuses.copy(),
            happened_ns=np.where(self._online, at_ns, self._happened),
            known_ns=np.where(self._online, at_ns, self._known),
            pieces=self._told_pieces,
        )

    def _go_on_to(self, at_h: float) -> None:
        """Let everything happen up to an hour, and take what became visible by then."""
        while self._flow.next_h() <= at_h:
            while next(self._run) is not None:
                pass
        rows = self._records.rows
        for row in rows[self._read :]:
            is_online = of_unit(row.segment.unit)[row.places[0]].role != "laboratory"
            heappush(self._later, (row.start_h if is_online else row.known_h, next(self._entered), row))
        self._read = len(rows)
        changed = bool(self._later) and self._later[0][0] <= at_h
        while self._later and self._later[0][0] <= at_h:
            self._show(heappop(self._later)[2])
        if changed:
            self._told_pieces = tuple(self._pieces)

    def _show(self, row: Row) -> None:
        places = row.places + self._first[row.segment.unit]
        there = ~np.isnan(row.values)
        self._values[places[there]] = row.values[there]
        self._statuses[places] = row.statuses
        self._happened[places] = instant_ns(row.end_h)
        self._known[places] = instant_ns(row.known_h)
        for place in places.tolist():
            self._pieces[place] = row.piece
