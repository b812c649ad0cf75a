r"""Limits with a stated false-alarm rate on new observations, learnt on normal rows later than the training rows.

Notation: α the false-alarm rate, u_t a statistic whose values are nearly normal, n rows of it, n' = n / τ what they
count as independent ones, τ = 1 + 2 Σ ρ_k its integrated autocorrelation time, summed while pairs of ρ are positive
[Geyer 1992, Stat. Sci. 7, 473-483].

With few rows the limit is a prediction limit for one further observation [Hahn and Meeker 1991],

    ū + t_{1-α, n'-1} · s · √(1 + 1/n'),      s² = n'/(n'-1) · mean (u - ū)²

which allows for what is not known about ū and s. From n' = 10/α on it is the conformal rank limit, the
⌈(n'+1)(1-α)⌉/n' quantile [Vovk, Gammerman and Shafer 2005], which assumes no shape. Squared distances are made nearly
normal by their cube root [Wilson and Hilferty 1931, PNAS 17, 684-688], the greatest of J normal statistics by
Φ⁻¹(Φ(u)^J) [Šidák 1967, JASA 62, 626-633]; where the J hang together this is still nearly normal, and ū and s,
learnt on the same scale, put it right.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri_exp
from scipy.stats import t as student

from pilothouse.errors import DataError

Array = NDArray[np.float64]

LEAST_EFFECTIVE: Final = 4.0
LEAST_ROWS: Final = 40
RANKED: Final = 10.0  # rank limits from so many expected false alarms on


def effective_size(series: Array) -> float:
    """What the rows (n,) of a series count as independent ones [n'], between 4 and n.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> steps = rng.normal(size=3000)
    >>> round(effective_size(steps), -3), round(effective_size(np.convolve(steps, np.ones(10), "valid")), -2)
    (3000.0, 300.0)
    """
    n = len(series)
    centred = series - series.mean()
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    covariance = np.fft.irfft(spectrum)[: n // 2]
    if covariance[0] <= 0.0:
        return LEAST_EFFECTIVE
    rho = covariance / covariance[0]
    pairs = rho[1 : 2 * ((len(rho) - 1) // 2) + 1].reshape(-1, 2).sum(axis=1)
    last = len(pairs) if (pairs > 0.0).all() else int(np.argmax(pairs <= 0.0))
    tau = 1.0 + 2.0 * float(pairs[:last].sum())
    return float(np.clip(n / max(tau, 1.0), min(LEAST_EFFECTIVE, n), n))


def prediction_limit(series: Array, false_alarms: float) -> float:
    """The limit that one new value of a nearly normal series (n,) is above with probability α.

    Raises
    ------
    DataError
        If there are fewer than 40 rows, or a value is no number.

    Examples
    --------
    >>> normal = np.random.default_rng(1).normal(size=900)
    >>> round(prediction_limit(normal, 0.01), 1)
    2.3
    """
    if len(series) < LEAST_ROWS or not np.isfinite(series).all():
        raise DataError(
            f"limit: expected at least {LEAST_ROWS} finite values, got {int(np.isfinite(series).sum())} "
            f"of {len(series)}",
            hint="calibrate on a longer span of normal operation",
        )
    if not 0.0 < false_alarms < 0.5:
        raise ValueError(f"limit: expected a false-alarm rate between 0 and 0.5, got {false_alarms}")
    size = effective_size(series)
    if size * false_alarms >= RANKED:
        share = min(np.ceil((size + 1.0) * (1.0 - false_alarms)) / size, 1.0)
        return float(np.quantile(series, share, method="higher"))
    scale = series.std() * np.sqrt(size / (size - 1.0) * (1.0 + 1.0 / size))
    return float(series.mean() + student.ppf(1.0 - false_alarms, size - 1.0) * scale)


def distance_limit(distances: Array, false_alarms: float) -> float:
    """The same for squared distances (n,), such as T² and SPE.

    Examples
    --------
    >>> distances = (np.random.default_rng(2).normal(size=(900, 10)) ** 2).sum(axis=1)
    >>> round(distance_limit(distances, 0.01))  # χ² with 10 degrees of freedom: 23.2
    24
    """
    return max(prediction_limit(np.cbrt(distances), false_alarms), 0.0) ** 3


def greatest_limit(greatest: Array, count: int, false_alarms: float) -> float:
    """The same for the greatest (n,) of a number of nearly standard normal statistics.

    Examples
    --------
    >>> normal = np.random.default_rng(1).normal(size=(900, 3))
    >>> round(greatest_limit(normal.max(axis=1), 3, 0.01), 1)  # 2.71 where everything is known
    2.7
    """
    # A calibration span with an excursion keeps its order, but no value is taken for further out than 8 spreads.
    scores = ndtri_exp(count * log_ndtr(np.clip(greatest, -8.0, 8.0)))
    limit = prediction_limit(scores, false_alarms)
    return float(ndtri_exp(log_ndtr(limit) / count))
