"""Scores: how good forecasts were, counted over what was really forecast.

Notation: y the result, ŷ its forecast, [l, u] its interval of a nominal coverage. A row without forecast (NaN) was
abstained on, a row without result is not known yet: both are counted and neither enters a figure. Rows stand in time
order wherever a figure goes by time.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError
from pilothouse.methods.estimate.coordinate import Vector

FIFTHS: Final = 5
REPEATS: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """An interval of a figure that was measured on few rows.

    Parameters
    ----------
    value
        As measured.
    low, high
        What it may really be.
    level
        Probability that such an interval holds the truth.
    """

    value: float
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How good forecasts were.

    Parameters
    ----------
    n
        Rows with a result.
    judged
        Those of them with a forecast; all figures are of these, None where there are none.
    abstained
        Share of ``n`` without a forecast; 0 where n is 0.
    unknown
        Rows without a result.
    mae
        Mean absolute error, mean of abs(y - ŷ), in the result's unit.
    hit_rate, tolerance
        Share with abs(y - ŷ) ≤ tolerance, and that tolerance.
    coverage, nominal
        Share of results inside their interval, and what was promised.
    mean_width
        Mean of u - l.
    """

    n: int
    judged: int
    abstained: float
    unknown: int
    mae: float | None
    hit_rate: float | None
    tolerance: float
    coverage: float | None
    nominal: float
    mean_width: float | None

    def to_dict(self) -> dict[str, float | int | None]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many results lay inside their interval.

    Parameters
    ----------
    nominal
        What was promised.
    n, inside
        Judged rows, and those inside.
    empirical
        Their share with its 95 % Wilson interval; None where n is 0.
    """

    nominal: float
    n: int
    inside: int
    empirical: Span | None


def score(
    results: Vector, forecasts: Vector, interval: tuple[Vector, Vector], *, tolerance: float, nominal: float
) -> Score:
    """Score forecasts.

    Parameters
    ----------
    results, forecasts
        (n,) [y, ŷ], NaN where not known or abstained.
    interval
        Lower and upper ends (n,) [l, u].
    tolerance
        In the result's unit.
    nominal
        Coverage promised for the interval.

    Raises
    ------
    DataError
        If the arrays are not of one length, or a forecast has no interval.

    Examples
    --------
    >>> y, forecast = np.array([1.0, 2.0, 3.0, np.nan]), np.array([1.5, np.nan, 6.0, 1.0])
    >>> got = score(y, forecast, (forecast - 1, forecast + 1), tolerance=1.0, nominal=0.9)
    >>> got.n, got.judged, got.mae, got.hit_rate, got.coverage, got.mean_width
    (3, 2, 1.75, 0.5, 0.5, 2.0)
    """
    low, high = interval
    judged = _judged(results, forecasts)
    bare = int(judged.sum() - _judged(results, forecasts, low, high).sum())
    if bare:
        raise DataError(f"score: {bare} forecasts have no interval", hint="give one with each, or abstain")
    off = np.abs(results - forecasts)[judged]
    inside = ((low <= results) & (results <= high))[judged]
    n, count = int(np.isfinite(results).sum()), int(judged.sum())
    return Score(
        n=n,
        judged=count,
        abstained=(n - count) / n if n else 0.0,
        unknown=int(results.size - n),
        mae=float(off.mean()) if count else None,
        hit_rate=float((off <= tolerance).mean()) if count else None,
        tolerance=tolerance,
        coverage=float(inside.mean()) if count else None,
        nominal=nominal,
        mean_width=float((high - low)[judged].mean()) if count else None,
    )


def reliability(results: Vector, ladder: Mapping[float, tuple[Vector, Vector]]) -> tuple[Coverage, ...]:
    """For each nominal level of a ladder the coverage that was measured, lowest level first.

    Parameters
    ----------
    results
        (n,) [y].
    ladder
        Nominal coverage → lower and upper ends (n,); NaN where abstained.

    Examples
    --------
    >>> y = np.arange(10.0)
    >>> rows = reliability(y, {0.5: (y - 1, np.full(10, 6.0)), 0.9: (y - 1, np.full(10, 8.0))})
    >>> [(row.nominal, row.inside, row.empirical.value) for row in rows]
    [(0.5, 7, 0.7), (0.9, 9, 0.9)]
    """
    return tuple(_coverage(results, low, high, level) for level, (low, high) in sorted(ladder.items()))


def coverage_in_time(
    results: Vector, interval: tuple[Vector, Vector], *, nominal: float, parts: int = FIFTHS
) -> tuple[Coverage, ...]:
    """Coverage of each fifth (or other part) of the rows, in time order; judged rows are split evenly.

    Examples
    --------
    >>> y = np.arange(10.0)
    >>> parts = coverage_in_time(y, (y - 1, np.full(10, 6.5)), nominal=0.9)
    >>> [part.inside for part in parts]
    [2, 2, 2, 1, 0]
    """
    low, high = interval
    judged = _judged(results, low, high)
    blocks = np.array_split(np.flatnonzero(judged), parts)
    return tuple(_coverage(results[b], low[b], high[b], nominal) for b in blocks)


def mae_difference(
    results: Vector,
    ours: Vector,
    theirs: Vector,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    block: int = 1,
) -> Span:
    """Mean absolute error of one forecast less that of another on the same rows, with a paired bootstrap interval.

    Parameters
    ----------
    results
        (n,) [y].
    ours, theirs
        Forecasts (n,); only rows where both were given and the result is known are compared.
    rng
        Draws the rows.
    level
        Of the interval.
    block
        Rows drawn together, in circular blocks, where errors hang together in time [Politis and Romano 1992].

    Raises
    ------
    DataError
        If there is no row to compare, or the arrays are not of one length.
    ValueError
        If the block is not between 1 and the rows compared, or the level not between 0 and 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=400)
    >>> span = mae_difference(y, np.zeros(400), np.full(400, 1.0), rng)
    >>> span.value < 0, span.high < 0
    (True, True)
    """
    judged = _judged(results, ours, theirs)
    gains = (np.abs(results - ours) - np.abs(results - theirs))[judged]
    if not gains.size:
        raise DataError("score: no row has a result and both forecasts", hint="judge on more pieces")
    if not 1 <= block <= gains.size:
        raise ValueError(f"score: expected a block of 1 to {gains.size} rows, got {block}")
    if not 0.0 < level < 1.0:
        raise ValueError(f"score: level must lie between 0 and 1, got {level:g}")
    starts = rng.integers(gains.size, size=(REPEATS, -(-gains.size // block)))
    # A block's sum from the running sum of the circle; the last block is drawn whole, so means are of its rows.
    running = np.concatenate([[0.0], np.cumsum(np.concatenate([gains, gains[: block - 1]]))])
    means = (running[starts + block] - running[starts]).sum(axis=1) / (starts.shape[1] * block)
    low, high = np.quantile(means, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Span(value=float(gains.mean()), low=float(low), high=float(high), level=level)


def wilson(hits: int, n: int, level: float = 0.95) -> Span:
    """The interval of a share [Wilson 1927].

    Raises
    ------
    ValueError
        If n is 0, or there are more hits than n.

    Examples
    --------
    >>> share = wilson(90, 100)
    >>> round(share.low, 3), round(share.high, 3)
    (0.826, 0.945)
    """
    if not 0 <= hits <= n or n == 0:
        raise ValueError(f"score: expected 0 to n hits of n ≥ 1, got {hits} of {n}")
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    share, spread = hits / n, z * z / n
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = z * float(np.sqrt(share * (1.0 - share) / n + spread / (4.0 * n))) / (1.0 + spread)
    # At the ends rounding would leave the share just outside its own interval.
    return Span(
        value=share, low=min(share, max(0.0, middle - half)), high=max(share, min(1.0, middle + half)), level=level
    )


def _judged(results: Vector, *forecasts: Vector) -> NDArray[np.bool_]:
    """Which rows (n,) have a result and all these forecasts."""
    if any(part.ndim != 1 or part.shape != results.shape for part in (results, *forecasts)):
        shapes = ", ".join(str(part.shape) for part in (results, *forecasts))
        raise DataError(f"score: expected arrays of one length, got shapes {shapes}", hint="score the same rows")
    # An interval without end is still an interval: only NaN is an abstention.
    judged: NDArray[np.bool_] = np.isfinite(results)
    for part in forecasts:
        judged &= ~np.isnan(part)
    return judged


def _coverage(results: Vector, low: Vector, high: Vector, nominal: float) -> Coverage:
    """Coverage of rows that have a result and an interval."""
    judged = _judged(results, low, high)
    n, inside = int(judged.sum()), int(((low <= results) & (results <= high))[judged].sum())
    return Coverage(nominal=nominal, n=n, inside=inside, empirical=wilson(inside, n) if n else None)
