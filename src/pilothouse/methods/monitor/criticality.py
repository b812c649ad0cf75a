r"""Criticality: how much a result differs where a parameter stands one usual spread higher.

Notation: x a parameter in usual spreads, y the result, both less what is usual for their product; w weights.

    β = Σ w x y/Σ w x²,      var β = G/(G-1) Σ_g (Σ_{i in g} w x e)²/(Σ w x²)²,      e = y - β x

with g the days: neighbours share a day's furnace, crew and samples, and do not count as many [Liang and Zeger 1986,
Biometrika 73, 13-22]. Asked of many parameters at once, the intervals hold together [Bonferroni]: where none has an
effect, all of them hold zero with the coverage told. An effect is that of the parameter as it moved, with whatever
moved along with it; it is no promise of what moving it alone would do.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

Array = NDArray[np.float64]

COVERAGE: Final = 0.95
"""Of all intervals together."""
LEAST_DAYS: Final = 10
LEAST_ROWS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Effects (p,) of one usual spread, with half their intervals; NaN where too little is known."""

    value: Array
    half: Array

    @property
    def shown(self) -> NDArray[np.bool_]:
        """Which intervals (p,) hold no zero."""
        return np.isfinite(self.half) & (np.abs(self.value) > self.half)


def effects(moves: Array, result: Array, days: NDArray[np.int64], weight: Array, *, asked: int) -> Effects:
    """The effect of each parameter on a result.

    Parameters
    ----------
    moves
        (n, p) less what is usual, in usual spreads; NaN where missing.
    result
        (n,) less what is usual.
    days
        Day of each row (n,).
    weight
        Of each row (n,), such as how many pieces it stands for.
    asked
        Of how many parameters it is asked at once.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> moves = rng.normal(size=(900, 2))
    >>> told = effects(moves, 0.5 * moves[:, 0] + rng.normal(size=900), np.arange(900) // 30, np.ones(900), asked=2)
    >>> told.shown.tolist(), told.value.round(1).tolist()[0]
    ([True, False], 0.5)
    """
    there = np.isfinite(moves) & np.isfinite(result)[:, None]
    counted = there.sum(axis=0)
    w = np.where(there, weight[:, None], 0.0)
    total = np.maximum(w.sum(axis=0), 1e-300)
    x, y = np.where(there, moves, 0.0), np.where(np.isfinite(result), result, 0.0)
    x = np.where(there, x - (w * x).sum(axis=0) / total, 0.0)
    off = np.where(there, y[:, None] - (w * y[:, None]).sum(axis=0) / total, 0.0)
    squares = (w * x**2).sum(axis=0)
    able = (counted >= LEAST_ROWS) & (squares > 1e-9 * total)
    beta = np.where(able, (w * x * off).sum(axis=0) / np.where(able, squares, 1.0), np.nan)
    scores = w * x * (off - np.where(able, beta, 0.0) * x)
    _, day = np.unique(days, return_inverse=True)
    groups = int(day.max()) + 1 if len(day) else 0
    if groups < LEAST_DAYS:
        return Effects(value=np.full(moves.shape[1], np.nan), half=np.full(moves.shape[1], np.nan))
    summed = np.zeros((groups, moves.shape[1]))
    np.add.at(summed, day, scores)
    variance = groups / (groups - 1.0) * (summed**2).sum(axis=0) / np.where(able, squares, 1.0) ** 2
    reach = float(student.ppf(1.0 - (1.0 - COVERAGE) / (2.0 * max(asked, 1)), groups - 1))
    return Effects(value=beta, half=np.where(able, reach * np.sqrt(variance), np.nan))
