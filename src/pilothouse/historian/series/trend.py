"""Thinning of a line for a screen: what stands out is kept."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from tsdownsample import M4Downsampler

from pilothouse.plant.frame import GOOD

_M4: Final = M4Downsampler()  # type: ignore[no-untyped-call]  # the library tells no types

LEAST: Final = 8
"""With fewer points nothing could be told."""


def thinned(
    time_ns: NDArray[np.int64], values: NDArray[np.float64], statuses: NDArray[np.uint8], points: int
) -> NDArray[np.int64]:
    """Places of at most so many points, in order.

    First, last, least and greatest of each of many equal spans (M4), so that no extreme is lost; and where a status is
    not good, the begin and end of each such stretch, thinned only where there are more than a quarter of the points.

    Parameters
    ----------
    time_ns, values, statuses
        The line, in order of time; a value that is no number has a bad status.
    points
        How many at most.

    References
    ----------
    Jugel, Jerzak, Hackenbroich, Markl: M4: A visualization-oriented time series data aggregation. PVLDB 7 (2014).

    Examples
    --------
    >>> line = np.zeros(1000); line[500] = 9.0
    >>> keep = thinned(np.arange(1000), line, np.zeros(1000, np.uint8), 16)
    >>> len(keep) <= 16, 500 in keep
    (True, True)
    """
    if points < LEAST:
        raise ValueError(f"trend: expected at least {LEAST} points, got {points}")
    count = len(values)
    if count <= points:
        return np.arange(count)
    marked = _stretches(statuses, points // 4)
    usable = np.flatnonzero(~np.isnan(values))
    room = (points - len(marked)) // 4 * 4
    if len(usable) > room:
        spread = np.ascontiguousarray(time_ns[usable])
        usable = usable[_M4.downsample(spread, np.ascontiguousarray(values[usable]), n_out=room)]
    return np.union1d(usable.astype(np.int64), marked)


def _stretches(statuses: NDArray[np.uint8], most: int) -> NDArray[np.int64]:
    """First and last place of each stretch of one status that is not good."""
    if not statuses.any():
        return np.zeros(0, np.int64)
    change = np.flatnonzero(statuses[1:] != statuses[:-1])
    ends = np.concatenate([[0], change, change + 1, [len(statuses) - 1]])
    ends = np.unique(ends[statuses[ends] != GOOD])
    return ends if len(ends) <= most else ends[np.linspace(0, len(ends) - 1, most).astype(np.int64)]
