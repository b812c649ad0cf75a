"""What the pieces before say: how recent results ran, and at what pace pieces came.

What lies longer than seven days back says nothing, so that a live question, which looks back some days only, and the
same question in a whole record see the same. Everything is as it stood at the anchor: of each other piece the latest
value known then, whether or not more was to come.
"""

from collections import OrderedDict
from itertools import islice
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pilothouse.clock import NS_PER_DAY, NS_PER_H, NS_PER_MIN

REACHES: Final = (1, 3, 10, 40)
"""How many pieces the trailing means reach back."""
PACE_NS: Final = 6 * NS_PER_H
RECALL_NS: Final = 7 * NS_PER_DAY
LONGEST_GAP_MIN: Final = 600.0

RECENT: Final = (*(f"recent.result.{reach}" for reach in REACHES), "recent.gap", "recent.pace")
"""Names of the features."""


def recent_columns(piece: NDArray[np.str_], known_ns: NDArray[np.int64], value: NDArray[np.float64]) -> pl.DataFrame:
    """The features at each measurement, from measurements of other pieces known before it.

    Parameters
    ----------
    piece, known_ns, value
        All measurements (n,), in order of ``known_ns``.

    Returns
    -------
    polars.DataFrame
        ``recent.result.K``: mean of the latest values of the last K other pieces; ``recent.gap``: minutes since the
        latest of them, at most 600; ``recent.pace``: of the last 40, how many were measured in the last six hours.
    """
    columns = np.full((len(piece), len(RECENT)), np.nan)
    latest: OrderedDict[str, tuple[int, float]] = OrderedDict()
    for row, (name, at_ns, measured) in enumerate(zip(piece.tolist(), known_ns.tolist(), value.tolist(), strict=True)):
        others = (entry for other, entry in reversed(latest.items()) if other != name)
        seen = [entry for entry in islice(others, max(REACHES)) if entry[0] >= at_ns - RECALL_NS]
        if seen:
            means = np.cumsum([v for _, v in seen]) / np.arange(1, len(seen) + 1)
            columns[row, : len(REACHES)] = [means[min(reach, len(seen)) - 1] for reach in REACHES]
            columns[row, -2] = min((at_ns - seen[0][0]) / NS_PER_MIN, LONGEST_GAP_MIN)
        columns[row, -1] = sum(1 for at, _ in seen if at >= at_ns - PACE_NS)
        latest[name] = (at_ns, measured)
        latest.move_to_end(name)
        if len(latest) > max(REACHES) + 1:
            latest.popitem(last=False)
    return pl.DataFrame(columns, schema=list(RECENT)).fill_nan(None)
