"""Seen ranges: how far the values of each feature reached, and how far beyond that is still tolerated.

The margin is learnt: as large as blocks of rows held out in time order needed, in shares of each feature's range in
robust coordinates, so that it does not turn away more rows where there are more features or heavier tails.
"""

from typing import Final

import numpy as np

from pilothouse.methods.estimate.coordinate import MOSTLY, Coordinates, Vector, rank_limit

FOLDS: Final = 5
LEAST_ROWS: Final = 20
RANGE_SHARE: Final = 0.998  # of held-out rows that lie within all ranges; once for rare, once for other features
LEAST_MARGIN: Final = 0.05  # in shares of the seen range, in coordinates
MOST_MARGIN: Final = 0.3  # so that a short record, which tells little of its tails, does not tolerate everything
CONSTANT_MARGIN: Final = 0.01  # in shares of the value, for a feature that never varied
GROSS_SHARE: Final = 0.005  # of a feature's values that may be struck out as gross errors
GROSS_SPREADS: Final = 10.0
GROSS_GAP: Final = 0.5  # in shares of the range of the others, in coordinates


def without_gross_errors(seen: Vector, coordinates: Coordinates) -> Vector:
    """Coordinates (n, p) with gross errors struck out as missing.

    A few values at the very end are gross errors if the gap before them is over ten spreads and over half the range
    of all others: -999 and 9999 among temperatures, not the long tail of a heavy one.
    """
    placed = coordinates.of(seen)
    ranked = np.sort(placed, axis=0)
    count = np.isfinite(seen).sum(axis=0)
    for column in np.flatnonzero((1.0 - coordinates.usual_share) * count >= LEAST_ROWS):
        values = ranked[: count[column], column]
        low, high = -_last_before_gap(-values[::-1]), _last_before_gap(values)
        placed[(placed[:, column] < low) | (placed[:, column] > high), column] = np.nan
    return placed


def tolerated(placed: Vector, coordinates: Coordinates) -> tuple[Vector, Vector]:
    """Least and greatest tolerated value (p,); NaN where nothing was seen."""
    there = np.isfinite(placed)
    lows, highs = np.where(there, placed, np.inf), np.where(there, placed, -np.inf)
    blocks = np.array_split(np.arange(len(placed)), FOLDS)
    excess = np.empty_like(placed)
    for block in blocks:
        low = np.delete(lows, block, axis=0).min(axis=0)
        high = np.delete(highs, block, axis=0).max(axis=0)
        # Where the others never varied there is no range to measure an excess by.
        span = np.where(high > low, high - low, np.inf)
        excess[block] = np.maximum(low - placed[block], placed[block] - high) / span
    margin = np.full(placed.shape[1], LEAST_MARGIN)
    rare = coordinates.usual_share > MOSTLY
    for kind in (rare, ~rare):
        if kind.any():
            worst = np.where(np.isfinite(excess[:, kind]), excess[:, kind], 0.0).max(axis=1)
            margin[kind] = np.clip(rank_limit(worst, RANGE_SHARE), LEAST_MARGIN, MOST_MARGIN)
    low, high = present(lows.min(axis=0)), present(highs.max(axis=0))
    constant = np.where(high > low, 0.0, CONSTANT_MARGIN * np.abs(coordinates.centre))
    tolerance = margin * (high - low)
    return coordinates.back(low - tolerance) - constant, coordinates.back(high + tolerance) + constant


def present(values: Vector) -> Vector:
    """The extremes (p,), NaN where there was no value to take them of."""
    return np.where(np.isfinite(values), values, np.nan)


def _last_before_gap(ranked: Vector) -> float:
    """The greatest of sorted coordinates (n,) that is not a gross error."""
    few = max(1, int(GROSS_SHARE * ranked.size))
    tail = ranked[-few - 1 :]
    range_of_others = tail[:-1] - ranked[few]
    gross = (np.diff(tail) > GROSS_GAP * range_of_others) & (np.diff(np.sinh(tail)) > GROSS_SPREADS)
    return float(tail[np.argmax(gross)] if gross.any() else ranked[-1])
