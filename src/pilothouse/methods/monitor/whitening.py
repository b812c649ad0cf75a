r"""Whitening: what a series brings that its own past did not foretell.

Notation: s_t a series of mean 0, a_1 ... a_L its autoregression, u_t = s_t - Σ a_k s_{t-k} its innovation. Plant data
hang together in time, so that neighbouring observations count less than independent ones and sums of them wander;
innovations are nearly independent, and a sum of them that wanders says something [Harris and Ross 1991, Can. J. Chem.
Eng. 69, 48-57]. The coefficients solve the Yule-Walker equations, the order is the one of least BIC [Schwarz 1978,
Ann. Stat. 6, 461-464].
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_toeplitz
from scipy.signal import lfilter

Array = NDArray[np.float64]

ORDER: Final = 5
"""Greatest order L of an autoregression."""


def autoregressions(series: Array) -> Array:
    """Coefficients (p, L) of each column of a table (n, p); zeros beyond its order.

    Examples
    --------
    >>> steps = np.random.default_rng(1).normal(size=4000)
    >>> walk = lfilter([1.0], [1.0, -0.8], steps)
    >>> autoregressions(walk[:, None]).round(1)
    array([[0.8, 0. , 0. , 0. , 0. ]])
    """
    return np.array([_autoregression(column - column.mean()) for column in series.T])


def innovations(series: Array, lags: Array) -> Array:
    """Innovations (n, p) of series (n, p); the first L rows, whose past is not known, are 0."""
    found: Array = series.copy()
    for k in range(lags.shape[1]):
        found[k + 1 :] -= lags[:, k] * series[: -k - 1]
    found[: lags.shape[1]] = 0.0
    return found


def accumulated(series: Array, forgetting: float) -> Array:
    """Exponentially weighted means (n, p) [e_t = λ u_t + (1 - λ) e_{t-1}, e_0 = 0] of series (n, p) [Roberts 1959].

    Examples
    --------
    >>> accumulated(np.ones((3, 1)), 0.5).ravel().tolist()
    [0.5, 0.75, 0.875]
    """
    summed: Array = lfilter([forgetting], [1.0, forgetting - 1.0], series, axis=0)
    return summed


def moving_mean(series: Array, rows: int) -> Array:
    """Mean (n - rows + 1, p) of each run of so many rows of series (n, p).

    Examples
    --------
    >>> moving_mean(np.array([[0.0], [2.0], [4.0]]), 2).ravel().tolist()
    [1.0, 3.0]
    """
    total = np.vstack([np.zeros((1, series.shape[1])), np.cumsum(series, axis=0)])
    means: Array = (total[rows:] - total[:-rows]) / rows
    return means


def _autoregression(series: Array) -> Array:
    """The coefficients (L,) of one series (n,) of mean 0."""
    n, best, chosen = len(series), np.inf, np.zeros(ORDER)
    covariance = np.array([series[: n - k] @ series[k:] for k in range(ORDER + 1)]) / n
    if covariance[0] <= 0.0:
        return chosen
    for order in range(ORDER + 1):
        lags = solve_toeplitz(covariance[:order], covariance[1 : order + 1]) if order else np.zeros(0)
        rest = max(covariance[0] - lags @ covariance[1 : order + 1], 1e-12 * covariance[0])
        bic = n * np.log(rest) + order * np.log(n)
        if bic < best:
            best, chosen = bic, np.pad(lags, (0, ORDER - order))
    return chosen
