r"""Effects with what is believed of them beforehand: lines and log-odds under a Gaussian prior.

Notation: X (n, p) columns, y (n,) result, w (n,) weights, b (p,) effects with the prior N(m, diag(s²)).

A line (Bishop 2006, §3.3), with the spread of its rest found by iterating::

    V = (X'WX/σ² + diag(1/s²))^-1,    E[b] = V (X'Wy/σ² + m/s²),    σ² = Σ w r² / Σ w

Log-odds of something that happens or not, by Laplace's approximation (Bishop 2006, §4.5): the mode by Newton steps, the
inverse curvature there as covariance. An infinite s leaves an effect to the data alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Array = NDArray[np.float64]

ROUNDS: Final = 4
"""Of the line's spread; it settles at once."""
NEWTON_STEPS: Final = 30
SETTLED: Final = 1e-8
STEEPEST: Final = 4.0
"""Longest Newton step in any effect: log-odds further off are reached in several."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What is believed of effects after data.

    Parameters
    ----------
    mean
        (p,).
    covariance
        (p, p).
    spread
        Of what a line leaves over; 0 for log-odds.
    """

    mean: Array
    covariance: Array
    spread: float

    @property
    def sd(self) -> Array:
        """Standard deviation of each effect (p,)."""
        return np.sqrt(np.diag(self.covariance))

    def at(self, x: Array) -> tuple[Array, Array]:
        """Expected value (n,) of rows (n, p), and its standard deviation (n,) from what is not known of the effects."""
        return x @ self.mean, np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance, x))


def fit_line(x: Array, y: Array, weight: Array, prior_mean: Array, prior_sd: Array) -> Posterior:
    """Effects of columns on a measured result.

    Parameters
    ----------
    x, y, weight
        (n, p), (n,), (n,); finite.
    prior_mean, prior_sd
        (p,).

    Raises
    ------
    ValueError
        If there are no rows.

    Examples
    --------
    >>> x = np.column_stack([np.ones(200), np.tile([0.0, 1.0], 100)])
    >>> found = fit_line(x, 2.0 + 0.5 * x[:, 1], np.ones(200), np.zeros(2), np.array([np.inf, 1.0]))
    >>> found.mean.round(3).tolist()
    [2.0, 0.5]
    """
    if not len(y):
        raise ValueError("expected rows to fit a line to, got none")
    precision = np.square(1.0 / prior_sd)
    xw = x * weight[:, None]
    gram, told = xw.T @ x, xw.T @ y
    spread = max(float(np.std(y)), 1e-9)
    for _ in range(ROUNDS):
        covariance = np.linalg.inv(gram / spread**2 + np.diag(precision))
        mean = covariance @ (told / spread**2 + precision * prior_mean)
        rest = y - x @ mean
        spread = max(float(np.sqrt(np.sum(weight * rest**2) / np.sum(weight))), 1e-9)
    return Posterior(mean=mean, covariance=covariance, spread=spread)


def fit_log_odds(x: Array, happened: Array, weight: Array, prior_mean: Array, prior_sd: Array) -> Posterior:
    """Effects of columns on the log-odds of something that happens or not.

    Parameters
    ----------
    x
        (n, p), finite; a first column of ones is the usual log-odds.
    happened
        (n,), 0 or 1.
    weight
        (n,).
    prior_mean, prior_sd
        (p,); of every effect a finite sd keeps what never happened from running away.

    Examples
    --------
    >>> x = np.ones((1000, 1))
    >>> found = fit_log_odds(x, (np.arange(1000) < 20).astype(float), np.ones(1000), np.array([-4.0]), np.array([10.0]))
    >>> float(expit(found.mean[0]).round(3))
    0.02
    """
    precision = np.square(1.0 / prior_sd)
    mean = prior_mean.copy()
    for _ in range(NEWTON_STEPS):
        chance = expit(x @ mean)
        slope = x.T @ (weight * (happened - chance)) - precision * (mean - prior_mean)
        curvature = (x * (weight * chance * (1.0 - chance))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(curvature, slope)
        step *= min(1.0, STEEPEST / max(float(np.max(np.abs(step))), 1e-12))
        mean = mean + step
        if float(np.max(np.abs(step))) < SETTLED:
            break
    chance = expit(x @ mean)
    curvature = (x * (weight * chance * (1.0 - chance))[:, None]).T @ x + np.diag(precision)
    return Posterior(mean=mean, covariance=np.linalg.inv(curvature), spread=0.0)
