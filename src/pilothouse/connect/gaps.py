"""Gaps: where values that should have come did not, counted by the clock of the source.

A parameter that is declared to come every so often and was silent for more than :data:`PATIENCE` times as long has a
gap, which is told when its next value comes. Gaps of one connection that overlap are one. Values that come later and
lie inside a gap fill it. Silence that still goes on is no gap yet: it shows in the health of the connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_MIN
from pilothouse.plant.sample import Gap, Samples

PATIENCE: Final = 2.5
"""Times the declared interval."""

AHEAD_NS: Final = 5 * NS_PER_MIN
"""A value farther ahead of the hub's clock has a wrong clock: it says nothing of when the next is due."""

KEPT: Final = 1_000
"""Gaps that may still be filled; older ones stay as they were told."""

_UNSEEN: Final = -(2**63)


class GapCounter:
    """Counts the gaps of one connection.

    Parameters
    ----------
    connection
        Its key.
    every_ns
        How often each value comes.
    newest_ns
        Instants of the newest values known so far, by parameter: what happened while nobody listened is a gap too.

    Examples
    --------
    >>> def tick(*at_s):
    ...     n = len(at_s)
    ...     return Samples(parameters=("speed",), which=np.zeros(n, np.int32), values=np.ones(n), received_ns=9**18,
    ...                    statuses=np.zeros(n, np.uint8), source_ns=np.array(at_s, np.int64) * 10**9)
    >>> counter = GapCounter("level-2", every_ns=10**9)
    >>> counter.see(tick(1, 2, 3))
    ()
    >>> [(gap.missing, gap.filled) for gap in counter.see(tick(9))]
    [(5, 0)]
    >>> [(gap.missing, gap.filled) for gap in counter.see(tick(4, 5))]
    [(5, 2)]
    """

    def __init__(self, connection: str, *, every_ns: int, newest_ns: Mapping[str, int] | None = None) -> None:
        self._connection = connection
        self._every_ns = every_ns
        self._place: dict[str, int] = {}
        self._newest_ns = np.empty(0, dtype=np.int64)
        self._gaps: list[Gap] = []
        known = newest_ns or {}
        places = self._places(tuple(known))
        self._newest_ns[places] = list(known.values())

    def see(self, samples: Samples) -> tuple[Gap, ...]:
        """The gaps that are new or were filled further by samples, in order of their start."""
        if not len(samples):
            return ()
        filled = self._fill(samples)
        opened = self._open(samples)
        self._gaps = sorted([*self._gaps, *opened], key=lambda gap: gap.start_ns)[-KEPT:]
        return tuple(sorted([*filled, *opened], key=lambda gap: gap.start_ns))

    def _places(self, parameters: Sequence[str]) -> NDArray[np.intp]:
        """Where each parameter is kept; new ones get a place."""
        for key in parameters:
            self._place.setdefault(key, len(self._place))
        new = len(self._place) - len(self._newest_ns)
        if new:
            self._newest_ns = np.concatenate([self._newest_ns, np.full(new, _UNSEEN, dtype=np.int64)])
        return np.array([self._place[key] for key in parameters], dtype=np.intp)

    def _open(self, samples: Samples) -> list[Gap]:
        """Where a value lies too far after the one before it of its parameter; what is newest is noted."""
        place = self._places(samples.parameters)[samples.which]
        at_ns = samples.source_ns
        counts = (at_ns > self._newest_ns[place]) & (at_ns <= samples.received_ns + AHEAD_NS)
        place, at_ns = place[counts], at_ns[counts]
        order = np.lexsort((at_ns, place))
        place, at_ns = place[order], at_ns[order]
        before_ns = np.empty_like(at_ns)
        before_ns[1:] = at_ns[:-1]
        is_first = np.ones(len(place), dtype=bool)
        is_first[1:] = place[1:] != place[:-1]
        before_ns[is_first] = self._newest_ns[place[is_first]]
        self._newest_ns[place] = at_ns  # in order of time: the last one of a parameter stays
        silent = (before_ns != _UNSEEN) & (at_ns - np.maximum(before_ns, -(2**62)) > PATIENCE * self._every_ns)
        return self._grouped(place[silent], before_ns[silent], at_ns[silent])

    def _grouped(self, place: NDArray[np.intp], start_ns: NDArray[np.int64], end_ns: NDArray[np.int64]) -> list[Gap]:
        """Spans of single parameters that overlap, as one gap each."""
        if not len(place):
            return []
        order = np.argsort(start_ns, kind="stable")
        place, start_ns, end_ns = place[order], start_ns[order], end_ns[order]
        reaches_ns = np.maximum.accumulate(end_ns)
        begins = np.flatnonzero(np.concatenate([[True], start_ns[1:] >= reaches_ns[:-1]]))
        missing = np.rint((end_ns - start_ns) / self._every_ns).astype(np.int64) - 1
        return [
            Gap(
                connection=self._connection,
                parameters=len(np.unique(place[first:last])),
                start_ns=int(start_ns[first]),
                end_ns=int(end_ns[first:last].max()),
                missing=int(missing[first:last].sum()),
            )
            for first, last in zip(begins, [*begins[1:], len(place)], strict=True)
        ]

    def _fill(self, samples: Samples) -> list[Gap]:
        """Known gaps in which late values lie; never more than were missing."""
        if not self._gaps or int(samples.source_ns.min()) >= max(gap.end_ns for gap in self._gaps):
            return []
        changed = []
        for k, gap in enumerate(self._gaps):
            inside = int(((samples.source_ns > gap.start_ns) & (samples.source_ns < gap.end_ns)).sum())
            if inside and gap.filled < gap.missing:
                self._gaps[k] = replace(gap, filled=min(gap.filled + inside, gap.missing))
                changed.append(self._gaps[k])
        return changed
