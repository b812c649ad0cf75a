"""The watch over a unit that makes many products: each row less what is usual for its product.

The first rows are learnt from, the next set the limits (:mod:`.watch`), the last are judged: what is said of soft
sensors is what they came to on rows later than all that was learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError
from pilothouse.methods.monitor.expected import expected
from pilothouse.methods.monitor.latent import Latent
from pilothouse.methods.monitor.watch import Watch

Array = NDArray[np.float64]

LEARNT, CALIBRATED = 0.6, 0.8
"""Shares of the rows up to which is learnt, and up to which limits are set."""
WILD: Final = 6.0
"""In spreads; further off a value says no more."""
LEAST_TOLD: Final = 0.5
"""A parameter is part of the model if it is told on that share of the rows learnt from."""
NAMED: Final = 3
"""So many parameters are named as those that add most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitState:
    """A unit at its newest row.

    Parameters
    ----------
    names
        Parameters of the model.
    t2, spe
        Over their limits: above 1 is out of the ordinary.
    alarms
        Share of the rows judged that raised an alarm, stated at 1 % where nothing changes.
    of_t2, of_spe
        Names and shares of the parameters that add most.
    value
        Newest row as the others let expect it (p,), less what is usual for its product.
    scale
        How far each usually is from that (p,).
    explained
        Share of each one's variance within products that the others explained on the rows judged (p,).
    """

    names: tuple[str, ...]
    t2: float
    spe: float
    alarms: float
    of_t2: tuple[tuple[str, float], ...]
    of_spe: tuple[tuple[str, float], ...]
    value: Array
    scale: Array
    explained: Array


def unit_state(within: Array, names: Sequence[str]) -> UnitState | None:
    """Learn, set limits and judge; None where rows are too few or hardly anything moves.

    Parameters
    ----------
    within
        (n, p) less what is usual, in time order, NaN where missing: a missing value is taken as usual.
    names
        Of the p parameters.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.normal(size=(900, 1)) + 0.3 * rng.normal(size=(900, 4))
    >>> rows[:, 3] = rng.normal(size=900)
    >>> told = unit_state(rows, ["a", "b", "c", "d"])
    >>> told.explained.round(1).tolist(), told.alarms < 0.05
    ([0.9, 0.9, 0.9, 0.0], True)
    """
    learnt, calibrated = (round(share * len(within)) for share in (LEARNT, CALIBRATED))
    there = np.isfinite(within)
    moves = np.nanstd(np.where(there.any(axis=0), np.where(there, within, np.nan), 0.0)[:learnt], axis=0)
    enough = there[:learnt].mean(axis=0) >= LEAST_TOLD
    several = np.array([len(np.unique(column[np.isfinite(column)])) > 2 for column in within[:learnt].T])
    chosen = np.flatnonzero(enough & several & (np.nan_to_num(moves) > 0.0))
    if len(chosen) < 3:
        return None
    rows = np.where(there[:, chosen], within[:, chosen], 0.0)
    kept = tuple(names[int(column)] for column in chosen)
    try:
        latent = Latent.fit(rows[:learnt], kept)
        watch = Watch.calibrate(latent, rows[learnt:calibrated])
    except DataError:
        return None
    seen = watch.over(rows[calibrated:], before=rows[learnt:calibrated])
    told = expected(latent, rows[calibrated:], watch.scale)
    of_t2, of_spe = latent.contributions(latent.place(rows[-1:]))
    return UnitState(
        names=kept,
        t2=float(seen.t2[-1] / watch.t2_limit),
        spe=float(seen.spe[-1] / watch.spe_limit),
        alarms=float(seen.alarm.mean()),
        of_t2=_most(of_t2[0], kept),
        of_spe=_most(of_spe[0], kept),
        value=told.value[-1],
        scale=told.scale,
        explained=_explained(
            told.residual, rows[calibrated:] - latent.centre, latent.spread, there[calibrated:][:, chosen]
        ),
    )


def _explained(residual: Array, rows: Array, spread: Array, there: NDArray[np.bool_]) -> Array:
    """1 - Σ r²/Σ x² (p,) over the values that were there, neither taken for wilder than counts; at least 0."""
    r, x = (np.where(there, np.clip(one / spread, -WILD, WILD), 0.0) for one in (residual, rows))
    total = (x**2).sum(axis=0)
    return np.where(total > 0.0, np.maximum(1.0 - (r**2).sum(axis=0) / np.where(total > 0.0, total, 1.0), 0.0), 0.0)


def _most(parts: Array, names: Sequence[str]) -> tuple[tuple[str, float], ...]:
    whole = max(float(parts.sum()), 1e-300)
    return tuple((names[int(k)], float(parts[k]) / whole) for k in np.argsort(-parts)[:NAMED])
