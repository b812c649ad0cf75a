"""The effect of a lever, learnt where nobody could react.

Where people watch a result and correct the lever, the record hides the lever's effect: on the whole way from the
first to the last measurement of a piece, whoever loses much heats much, and the two look unrelated. Between two
measurements in a row nobody could react, so the effect is taken from such steps alone. What else could have moved
both is partialled out of lever and result first (P. M. Robinson, *Root-N-consistent semiparametric regression*, 1988;
cross-fitted as V. Chernozhukov et al., *Double/debiased machine learning*, 2018): its straight part by ridge
regression, for trees follow a straight line only slowly and what they miss would pass for an effect, the rest by
trees. The slope of what is left is fitted with Huber weights.

Notation: y = f(z) + β·x + e, with x the lever, z what is held fixed, β the effect per unit.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import NotFittedError
from pilothouse.methods.estimate.trees import Trees

Array = NDArray[np.float64]

FOLDS: Final = 3
ROUNDS: Final = 150
HUBER: Final = 1.345
PENALTY: Final = 5.0
RESAMPLES: Final = 400
ENDS: Final = (0.005, 0.995)
"""Quantiles of the resampled slopes that measure as a 95 % interval: resampling does not learn anew what is held
fixed, so its own 95 % held the truth in only 85 of 100 simulated records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What one unit of a lever changes.

    Parameters
    ----------
    per_unit
        Change of the result per unit [β].
    low, high
        95 % interval over resampled pieces. What moves both and is not among what is held fixed is not in it.
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

    Raises
    ------
    NotFittedError
        If there are fewer pieces than folds.

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
    pieces = len(np.unique(piece))
    if pieces < FOLDS:
        raise NotFittedError(
            f"the effect of a lever: expected steps of at least {FOLDS} pieces, got {pieces}",
            hint="import more history",
        )
    fold = (rng.permutation(piece.max() + 1) % FOLDS)[piece]
    rest_lever, rest_change = (_left_over(held, target, fold) for target in (lever, change))
    slope, weights = _huber_slope(rest_lever, rest_change)
    top = np.bincount(piece, weights * rest_lever * rest_change)
    bottom = np.bincount(piece, weights * rest_lever * rest_lever)
    drawn = rng.integers(0, len(top), (RESAMPLES, len(top)))
    slopes = top[drawn].sum(axis=1) / np.maximum(bottom[drawn].sum(axis=1), 1e-12)
    low, high = np.quantile(slopes, ENDS)
    return Effect(per_unit=slope, low=float(low), high=float(high), steps=len(lever))


def _left_over(held: Array, target: Array, fold: NDArray[np.int64]) -> Array:
    """What is left of a target (n,) when all that is held fixed (n, q) is taken out of it."""
    rest = target - _straight_part(held, target)
    left = rest.copy()
    for k in range(FOLDS):
        away, here = fold != k, fold == k
        if away.any():
            fitted = Trees.fit(held[away], rest[away], np.ones(int(away.sum())), rounds=ROUNDS, seed=k, ensembles=1)
            left[here] -= fitted.predict(held[here])
    return left


def _straight_part(held: Array, target: Array) -> Array:
    """Ridge regression of a target (n,) on columns (n, q), medians where they are missing."""
    usual = np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else 0.0 for c in held.T])
    filled = np.where(np.isfinite(held), held, usual)
    filled = (filled - filled.mean(axis=0)) / (filled.std(axis=0) + 1e-9)
    design = np.column_stack([filled, np.ones(len(filled))])
    penalty = np.diag([*np.full(filled.shape[1], PENALTY), 1e-6])
    part: Array = design @ np.linalg.solve(design.T @ design + penalty, design.T @ target)
    return part


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
