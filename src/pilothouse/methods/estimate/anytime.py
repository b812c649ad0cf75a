r"""Intervals that hold however often people look: anytime-valid confidence sequences of a mean.

The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021, theorem 2.2): with n
observations of spread σ, the mean lies at every n at once, with probability 1 - α, within ::

    ± σ √( 2 (n ρ² + 1) / (n² ρ²)  ·  ln( √(n ρ² + 1) / α ) )

[ρ] chooses the n at which the interval is tightest: ρ² = (-2 ln α + ln(-2 ln α) + 1) / n*.
"""

from dataclasses import dataclass
from math import log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

ALPHA: Final = 0.05
TIGHTEST_AT: Final = 100
"""Observations at which the interval is to be tightest."""
LEAST: Final = 8
"""Observations below which a spread is not known well enough to state anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its anytime-valid interval; ``n`` is how many observations stand behind it."""

    value: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether it lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0

    def as_json(self) -> dict[str, float | int]:
        """As JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high, "n": self.n}


def half_width(n: int, spread: float, *, alpha: float = ALPHA, tightest_at: int = TIGHTEST_AT) -> float:
    """Half the width of the interval of a mean of n observations; infinite for too few.

    Examples
    --------
    >>> round(half_width(100, 1.0), 3), half_width(3, 1.0)
    (0.304, inf)
    """
    if n < LEAST:
        return float("inf")
    rho2 = (-2.0 * log(alpha) + log(-2.0 * log(alpha)) + 1.0) / tightest_at
    return spread * sqrt(2.0 * (n * rho2 + 1.0) / (n * n * rho2) * log(sqrt(n * rho2 + 1.0) / alpha))


def mean_of(values: NDArray[np.float64]) -> Interval | None:
    """The mean of independent observations (n,) with its interval; None for too few.

    Examples
    --------
    >>> told = mean_of(np.tile([0.0, 2.0], 50))
    >>> told.value, told.low < 1.0 < told.high
    (1.0, True)
    """
    n = len(values)
    if n < LEAST:
        return None
    half = half_width(n, float(np.std(values, ddof=1)))
    value = float(np.mean(values))
    return Interval(value=value, low=value - half, high=value + half, n=n)


def difference_of(treated: NDArray[np.float64], held_out: NDArray[np.float64]) -> Interval | None:
    """Mean of one group less that of another, both drawn at random, with its interval; None for too few.

    The errors of both groups are independent, so their squares add; each group's interval is at half of α.

    Examples
    --------
    >>> told = difference_of(np.tile([1.0, 3.0], 50), np.tile([0.0, 2.0], 20))
    >>> told.value, told.excludes_zero
    (1.0, True)
    """
    if min(len(treated), len(held_out)) < LEAST:
        return None
    halves = [half_width(len(v), float(np.std(v, ddof=1)), alpha=ALPHA / 2.0) for v in (treated, held_out)]
    half = sqrt(halves[0] ** 2 + halves[1] ** 2)
    value = float(np.mean(treated) - np.mean(held_out))
    return Interval(value=value, low=value - half, high=value + half, n=len(treated) + len(held_out))
