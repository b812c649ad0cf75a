"""The effect of a lever, learnt where nobody could react.

Where people watch a result and correct the lever, the record hides the lever's effect: on the whole way from the
first to the last measurement of a piece, whoever loses much heats much, and the two look unrelated. Between two
measurements in a row nobody could react, so the effect is taken from such steps alone. What else could have moved
both is partialled out of lever and result first (P. M. Robinson, *Root-N-consistent semiparametric regression*, 1988;
cross-fitted as V. Chernozhukov et al., *Double/debiased machine learning*, 2018), and the slope of what is left is
fitted with Huber weights.

Notation: y = f(z) + β·x + e, with x the lever, z what is held fixed, β the effect per unit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.trees import Trees

Array = NDArray[np.float64]

FOLDS: Final = 3
ROUNDS: Final = 150
HUBER: Final = 1.345
RESAMPLES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one unit of a lever changes.

    Parameters
    ----------
    per_unit
        Change of the result per unit [β].
    low, high
        95 % interval over resampled pieces.
    steps
        Number of steps it was learnt from.
    """

    per_unit: float
    low: float
    high: float
    steps: int


def lever_effect(
    lever: Array, held: Array, change: Array, piece: NDArray[np.int64], rng: np.random.Generator
) -> Effect:
    """The effect of a lever on the change of the result.

    Parameters
    ----------
    lever
        Amount of the lever in each step [x] (n,).
    held
        What is held fixed [z] (n, q), NaN where missing.
    change
        Change of the result in each step [y] (n,).
    piece
        Number of the piece each step belongs to (n,); pieces, not steps, are resampled.
    rng
        For folds and resampling.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> cold = rng.normal(size=3000)                                  # the colder, the more is heated
    >>> heat = 2.0 + cold + rng.normal(0, 0.5, 3000)
    >>> change = 3.0 * heat - 4.0 * cold + rng.normal(0, 1.0, 3000)
    >>> effect = lever_effect(heat, cold[:, None], change, np.arange(3000) // 4, rng)
    >>> bool(effect.low < 3.0 < effect.high), bool(effect.high - effect.low < 0.3)
    (True, True)
    """
    fold = rng.integers(0, FOLDS, piece.max() + 1)[piece]
    rest_lever, rest_change = lever.copy(), change.copy()
    for k in range(FOLDS):
        away, here = fold != k, fold == k
        weight = np.ones(int(away.sum()))
        for target, rest in ((lever, rest_lever), (change, rest_change)):
            fitted = Trees.fit(held[away], target[away], weight, rounds=ROUNDS, seed=k)
            rest[here] -= fitted.predict(held[here])
    slope, weights = _huber_slope(rest_lever, rest_change)
    top = np.bincount(piece, weights * rest_lever * rest_change)
    bottom = np.bincount(piece, weights * rest_lever * rest_lever)
    drawn = rng.integers(0, len(top), (RESAMPLES, len(top)))
    slopes = top[drawn].sum(axis=1) / np.maximum(bottom[drawn].sum(axis=1), 1e-12)
    low, high = np.quantile(slopes, [0.025, 0.975])
    return Effect(per_unit=slope, low=float(low), high=float(high), steps=len(lever))


def _huber_slope(x: Array, y: Array) -> tuple[float, Array]:
    """Slope through the origin with Huber weights, and those weights."""
    weights = np.ones(len(x))
    slope = 0.0
    for _ in range(10):
        slope = float((weights * x * y).sum() / max(float((weights * x * x).sum()), 1e-12))
        left = np.abs(y - slope * x)
        scale = 1.4826 * float(np.median(left)) + 1e-12
        weights = np.minimum(1.0, HUBER * scale / np.maximum(left, 1e-12))
    return slope, weights
