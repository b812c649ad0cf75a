"""The chance that two results land together, by the pairs of errors that earlier forecasts had.

Errors of two results on one piece hang together, so the chance of both is not the product of the chances of each. The
pairs as they came, smoothed a little, are the distribution of the next one (a smoothed bootstrap: B. W. Silverman and
G. A. Young, *The bootstrap: to smooth or not to smooth?*, 1987); they are shrunk so that smoothing adds no spread.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BANDWIDTH_POWER: Final = -1.0 / 6.0
"""Of the number of pairs: Silverman's width for two normal variables, in their spreads."""
LOGISTIC: Final = np.sqrt(3.0) / np.pi
"""Scale of a logistic distribution of spread 1: it smooths like a normal one and costs a tenth of the time."""


def joint_chance(forecast: Array, errors: Array, low: Array, high: Array) -> Array:
    """P(low ≤ truth ≤ high in both results), for forecasts (n, 2).

    Parameters
    ----------
    forecast
        Forecasts of both results (n, 2).
    errors
        Pairs of honest errors, truth minus forecast (m, 2), at least two.
    low, high
        Tolerance of both results (2,).

    Returns
    -------
    Array
        (n,); without steps and nowhere flat, so that a search sees which way is nearer.

    Raises
    ------
    ValueError
        If fewer than two pairs are given.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one = rng.normal(0.0, 1.0, (400, 1))
    >>> both = np.hstack([one, -one])                                   # one rises as the other falls
    >>> tight = np.array([-1.0, -1.0]), np.array([1.0, 1.0])
    >>> joint_chance(np.array([[0.0, 0.0], [1.0, 1.0]]), both, *tight).round(1).tolist()
    [0.6, 0.1]
    """
    if len(errors) < 2:
        raise ValueError(f"joint chance: expected at least two pairs of errors, got {len(errors)}")
    width = len(errors) ** BANDWIDTH_POWER
    middle = errors.mean(axis=0)
    spread = np.maximum(errors.std(axis=0), 1e-12)
    bank = middle + (errors - middle) / np.sqrt(1.0 + width**2)
    width_of = width * spread / np.sqrt(1.0 + width**2)
    inside = np.ones((len(forecast), len(bank)))
    for k in range(2):
        truth = forecast[:, k, None] + bank[None, :, k]
        scale = 2.0 * LOGISTIC * width_of[k]
        inside *= 0.5 * (np.tanh((high[k] - truth) / scale) - np.tanh((low[k] - truth) / scale))
    found: Array = inside.mean(axis=1)
    return found
