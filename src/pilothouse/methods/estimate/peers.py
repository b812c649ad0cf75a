"""Peers: what a user would take instead, fitted on the same rows; our figures stand beside theirs.

Each is what its users would get from a few plain lines: the mean, the last result, a ridge regression, LightGBM with
sensible settings, and plain split conformal intervals around it. None is tuned on what it is judged by.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import lightgbm as lgb
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pilothouse.errors import DataError, NotCalibratedError
from pilothouse.methods.estimate.coordinate import Vector

Peer = Callable[[Vector], Vector]
"""From rows (n, p) to forecasts (n,)."""

TREES: Final = 400
LIGHTGBM: Final = MappingProxyType(
    {
        "objective": "l1",
        "learning_rate": 0.05,
        "num_leaves": 31,
        "num_threads": 1,  # two threads beside other work wait for each other
        "deterministic": True,
        "force_col_wise": True,  # the choice by timing would not be deterministic
        "verbosity": -1,
    }
)
PENALTIES: Final = tuple(float(10.0**power) for power in np.arange(-2.0, 4.5, 0.5))


def fit_peers(features: Vector, results: Vector, names: Sequence[str], seed: int) -> Mapping[str, Peer]:
    """Fit ``mean``, ``ridge`` and ``plain LightGBM``; for ``last piece`` see :func:`last_piece`.

    Parameters
    ----------
    features
        (n, p); NaN, and infinite ones, are missing.
    results
        (n,) in the result's unit; rows without a result teach nothing and are left out.
    names
        Of the p features.
    seed
        Of LightGBM.

    Raises
    ------
    DataError
        If no row has a result, or the shapes do not fit.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 200)[:, None]
    >>> peers = fit_peers(x, 3.0 * x[:, 0], ["energy"], seed=1)
    >>> sorted(peers), peers["mean"](x[:2]).round(2).tolist(), peers["ridge"](x[-1:]).round(1).tolist()
    (['mean', 'plain LightGBM', 'ridge'], [1.5, 1.5], [3.0])
    """
    rows = _checked(features, names)
    if np.shape(results) != (len(rows),):
        raise DataError(
            f"peers: expected {len(rows)} results, as many as rows, got an array of shape {np.shape(results)}",
            hint="give the result of each row",
        )
    known = np.isfinite(results)
    if not known.any():
        raise DataError("peers: expected rows with a result, got none", hint="learn from pieces that are finished")
    rows, seen = rows[known], np.asarray(results, dtype=np.float64)[known]
    fitted = {"mean": _mean(seen), "ridge": _ridge(rows, seen), "plain LightGBM": _lightgbm(rows, seen, seed)}
    return MappingProxyType({key: _guarded(peer, tuple(names)) for key, peer in fitted.items()})


def last_piece(past: Vector, results: Vector) -> Vector:
    """The forecast that each piece comes out as the one before it did.

    Parameters
    ----------
    past
        Results (m,) of training, in time order.
    results
        Results (n,) of the pieces to forecast, in time order; each forecast uses only those before it. A result that
        is not known (NaN) is passed over for the last known one.

    Returns
    -------
    Vector
        (n,); NaN as long as nothing is known.

    Examples
    --------
    >>> last_piece(np.array([1.0, 2.0]), np.array([5.0, np.nan, 7.0])).tolist()
    [2.0, 5.0, 5.0]
    """
    before = np.concatenate([past, results])[: len(past) + len(results) - 1]
    before = np.concatenate([[np.nan], before])
    newest = np.maximum.accumulate(np.where(np.isfinite(before), np.arange(before.size), 0))
    return before[newest][len(past) :]


def split_conformal_half_width(residuals: Vector, level: float) -> float:
    """Half of the width of a plain split conformal interval [Papadopoulos et al. 2002; Lei et al. 2018].

    Parameters
    ----------
    residuals
        Of rows (n,) the forecast was not fitted on; NaN is left out.
    level
        Coverage asked for.

    Returns
    -------
    float
        The ⌈(n + 1) · level⌉-th smallest of the absolute residuals.

    Raises
    ------
    NotCalibratedError
        If there are too few residuals for the level.
    ValueError
        If the level is not between 0 and 1.

    Examples
    --------
    >>> split_conformal_half_width(np.arange(1.0, 20.0), 0.9)
    18.0
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"peers: level must lie between 0 and 1, got {level:g}")
    sizes = np.sort(np.abs(residuals[np.isfinite(residuals)]))
    # Rounded first: (19 + 1) · 0.9 must not become 19 by its last binary digit.
    rank = int(np.ceil(round((sizes.size + 1) * level, 9)))
    if rank > sizes.size:
        needed = int(np.ceil(round(level / (1.0 - level), 9)))
        raise NotCalibratedError(
            f"peers: a coverage of {level:g} needs {needed} residuals, got {sizes.size}",
            hint="hold out more rows or ask for less",
        )
    return float(sizes[rank - 1])


def _mean(results: Vector) -> Peer:
    """The mean result of training."""
    mean = float(results.mean())
    return lambda rows: np.full(len(rows), mean)


def _ridge(rows: Vector, results: Vector) -> Peer:
    """Ridge regression on standardised features; a missing one is its median and a flag that says so."""
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        RidgeCV(alphas=PENALTIES),
    ).fit(rows, results)
    return lambda later: np.asarray(model.predict(later), dtype=np.float64)


def _lightgbm(rows: Vector, results: Vector, seed: int) -> Peer:
    """LightGBM as its users set it up."""
    booster = lgb.train({**LIGHTGBM, "seed": seed}, lgb.Dataset(rows, results), num_boost_round=TREES)
    return lambda later: np.asarray(booster.predict(later, num_threads=2), dtype=np.float64)


def _guarded(peer: Peer, names: tuple[str, ...]) -> Peer:
    """A peer that tells misuse in our words; no rows give no forecasts."""

    def forecast(features: Vector) -> Vector:
        rows = _checked(features, names)
        return peer(rows) if len(rows) else np.empty(0)

    return forecast


def _checked(features: Vector, names: Sequence[str]) -> Vector:
    """The rows as floats, as many features as names, what is not finite as missing."""
    rows = np.asarray(features, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(names):
        raise DataError(
            f"peers: expected rows of {len(names)} features, got an array of shape {rows.shape}",
            hint="give the features in the order they were named",
        )
    return np.where(np.isfinite(rows), rows, np.nan)
