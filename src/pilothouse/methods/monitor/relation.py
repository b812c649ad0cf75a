r"""Relation: what one parameter is where the others are as they are, learnt by ridge regression.

Notation: x the others (p,), standardised to z; φ(z) = z, or z with its squares and products where the relation is
bent; y = b0 + b'φ(z). Among a grid of penalties that of the least generalised cross-validation is taken [Golub, Heath
and Wahba 1979, Technometrics 21, 215-223]. Rows far off are left out and the rest is fitted again: a mixed label must
not bend a relation. What is missing among the others is filled in by what the present ones let expect.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError
from pilothouse.methods.monitor.components import principal_axes
from pilothouse.methods.monitor.missing import filled

Array = NDArray[np.float64]

PENALTIES: Final = np.logspace(-4.0, 1.0, 11)
"""Of the ridge, in shares of the mean variance of the features."""
FAR: Final = 5.0
"""Rows so many spreads off are no part of the relation."""
CUT: Final = 6.0
"""No parameter is taken for further from its centre than so many spreads."""
LEAST_LEVEL: Final = 1e-4
"""Share of a parameter's variance that no direction is below: exact relations must not rule what is filled in."""
STEP: Final = 0.1
"""For slopes, in spreads."""
LEAST_ROWS: Final = 40
"""Fewer, and nothing is learnt; and at least two for each parameter."""


def robust_spread(values: Array) -> float:
    """Spread of values (n,) by the median of their distances from the median; nan where nothing is finite.

    Examples
    --------
    >>> round(robust_spread(np.array([1.0, 2.0, 3.0, 4.0, 1e6])), 2)
    1.48
    """
    there = values[np.isfinite(values)]
    return float(1.4826 * np.median(np.abs(there - np.median(there)))) if len(there) else float("nan")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relation:
    """A learnt relation.

    Parameters
    ----------
    centre, spread
        Of each parameter (p,).
    axes, level
        Principal axes (p, p) of the standardised parameters and the variances along them (p,); they fill in.
    bent
        Whether squares and products count.
    intercept, slopes
        b0, and b (q,) of the features.
    rest
        Robust spread of what it leaves over.
    """

    centre: Array
    spread: Array
    axes: Array
    level: Array
    bent: bool
    intercept: float
    slopes: Array
    rest: float

    @classmethod
    def fit(cls, x: Array, y: Array, *, bent: bool = False) -> Self:
        """Learn from rows (n, p), NaN where missing, and what they came to (n,).

        Raises
        ------
        DataError
            If too few rows have a value to learn from.

        Examples
        --------
        >>> x = np.random.default_rng(1).normal(size=(400, 2))
        >>> x[7, 1] = np.nan
        >>> learnt = Relation.fit(x, 5.0 + 2.0 * x[:, 0])
        >>> learnt.of(np.array([[1.0, 0.0]])).round(2), learnt.slope(np.array([[1.0, 0.0]]), 0).round(2)
        (array([7.]), array([2.]))
        """
        there = np.isfinite(y)
        least = max(LEAST_ROWS, 2 * x.shape[1])
        if there.sum() < least:
            raise DataError(
                f"relation: expected at least {least} rows with a value, got {int(there.sum())}",
                hint="learn from a longer span",
            )
        rows, told = np.where(np.isfinite(x), x, np.nan)[there], y[there]
        never = ~np.isfinite(rows).any(axis=0)
        rows[:, never] = 0.0
        centre, spread = np.nanmedian(rows, axis=0), np.nanstd(rows, axis=0)
        spread = np.where(spread > 1e-12 * np.maximum(np.abs(centre), 1.0), spread, 1.0)
        placed = np.clip((rows - centre) / spread, -CUT, CUT)
        axes, found = principal_axes(np.where(np.isnan(placed), 0.0, placed))
        level = np.maximum(found, LEAST_LEVEL)
        features = _features(_complete(placed, axes, level), bent=bent)
        kept = np.ones(len(told), dtype=np.bool_)
        for _ in range(2):
            intercept, slopes = _ridge(features[kept], told[kept])
            off = told - intercept - features @ slopes
            rest = robust_spread(off[kept])
            kept = np.abs(off) <= FAR * max(rest, 1e-12 * float(np.abs(told).max()))
        return cls(
            centre=centre,
            spread=spread,
            axes=axes,
            level=level,
            bent=bent,
            intercept=intercept,
            slopes=slopes,
            rest=rest,
        )

    def of(self, x: Array) -> Array:
        """What rows (n, p) let expect (n,)."""
        return self._of(self._placed(x))

    def slope(self, x: Array, column: int) -> Array:
        """By how much the expected value rises (n,) with a unit of one parameter, at rows (n, p)."""
        above, below = self._placed(x), self._placed(x)
        above[:, column] += STEP
        below[:, column] -= STEP
        found: Array = (self._of(above) - self._of(below)) / (2.0 * STEP * self.spread[column])
        return found

    def _placed(self, x: Array) -> Array:
        rows = np.where(np.isfinite(x), x, np.nan)
        return _complete(np.clip((rows - self.centre) / self.spread, -CUT, CUT), self.axes, self.level)

    def _of(self, placed: Array) -> Array:
        found: Array = self.intercept + _features(placed, bent=self.bent) @ self.slopes
        return found


def _complete(placed: Array, axes: Array, level: Array) -> Array:
    return filled(placed, axes, level, level, np.zeros((len(level), 0)))


def _features(z: Array, *, bent: bool) -> Array:
    """φ(z): (n, p), or (n, p + p (p + 1) / 2) with squares and products."""
    if not bent:
        return z
    first, second = np.triu_indices(z.shape[1])
    return np.hstack([z, z[:, first] * z[:, second]])


def _ridge(features: Array, told: Array) -> tuple[float, Array]:
    """Intercept and slopes (q,) under the penalty of the least generalised cross-validation."""
    mean, middle = features.mean(axis=0), float(told.mean())
    left, singular, right = np.linalg.svd(features - mean, full_matrices=False)
    along = left.T @ (told - middle)
    variance = singular**2
    scale = float(variance.sum()) / max(len(variance), 1)
    best, chosen = np.inf, np.zeros(len(variance))
    outside = float(((told - middle) ** 2).sum() - (along**2).sum())
    for penalty in PENALTIES * scale:
        kept = variance / (variance + penalty)
        missed = outside + float((((1.0 - kept) * along) ** 2).sum())
        score = missed / (len(told) - 1.0 - float(kept.sum())) ** 2
        if score < best:
            best, chosen = score, kept
    slopes = right.T @ (chosen * along / np.where(singular > 0.0, singular, 1.0))
    return middle - float(mean @ slopes), slopes
