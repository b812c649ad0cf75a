"""Product: what is usual for pieces like this one, so that a change of product is not taken for a change of plant.

A works makes many products, and hardly any parameter is usual over all of them. Each row is compared with the rows
learnt that are nearest in a few features that tell products apart.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

Array = NDArray[np.float64]

NEAREST: Final = 30
"""So many rows learnt say what is usual: their mean scatters by a fifth of what one row does."""
REACH: Final = 6.0
"""No value is taken for further from the middle than so many spreads."""


def usual(values: Array, features: Array, learnt: int) -> Array:
    """What is usual (n, p) for rows like each, by the first rows; over all of them where there is no feature.

    Parameters
    ----------
    values
        (n, p) in time order, NaN where missing.
    features
        (n, a) that tell products apart, NaN where missing; may be none.
    learnt
        So many first rows say what is usual. A row is not asked about itself.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> grade = np.tile([1.0, 2.0], 200)
    >>> values = (100.0 * grade + rng.normal(size=400))[:, None]
    >>> usual(values, grade[:, None], 300)[398:].round(-1).ravel().tolist()
    [100.0, 200.0]
    """
    first = values[:learnt]
    there = np.isfinite(first)
    counted = there.sum(axis=0)
    low, middle, high = _quartiles(first)
    reach = REACH * np.maximum(high - low, 1e-12)
    kept = np.where(there, np.clip(first, middle - reach, middle + reach), 0.0)
    overall = np.where(counted > 0, kept.sum(axis=0) / np.maximum(counted, 1), np.nan)
    told = np.isfinite(features[:learnt]).sum(axis=0) > learnt // 2
    if not told.any() or learnt <= NEAREST:
        return np.broadcast_to(overall, values.shape).copy()
    placed = _placed(features[:, told], learnt)
    found: Array = np.empty_like(values)
    near = KDTree(placed[:learnt]).query(placed, k=NEAREST + 1)[1]
    own = near == np.arange(len(values))[:, None]
    own[~own.any(axis=1), -1] = True
    near = near[~own].reshape(len(values), NEAREST)
    for column in range(values.shape[1]):
        known = there[near, column].sum(axis=1)
        summed = kept[near, column].sum(axis=1)
        found[:, column] = np.where(known > 0, summed / np.maximum(known, 1), overall[column])
    return found


def _quartiles(rows: Array) -> tuple[Array, Array, Array]:
    """Quartiles and medians (p,); 0 where nothing was ever told."""
    never = ~np.isfinite(rows).any(axis=0)
    low, middle, high = np.nanquantile(np.where(never, 0.0, rows), [0.25, 0.5, 0.75], axis=0)
    return low, middle, high


def _placed(features: Array, learnt: int) -> Array:
    """Features in spreads, the middle where missing."""
    middle = np.nanmedian(features[:learnt], axis=0)
    spread = np.nanstd(features[:learnt], axis=0)
    placed: Array = np.where(np.isfinite(features), features - middle, 0.0) / np.where(spread > 0.0, spread, 1.0)
    return placed
