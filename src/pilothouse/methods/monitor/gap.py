r"""Gap: by how much more a sensor shows than something that does not pass through it lets expect.

In the unit of the sensor, on each piece:

    cause    g = y - ŷ, with ŷ learnt from the causes
    effect   g = -(e - ê)/b, with ê learnt from what the sensor shows, b = ∂ê/∂y; it counts by its weight b²

A gap is watched over the newest pieces, less what it was over the pieces some time before; its usual spread is that of
the same difference over all pieces learnt from, so slow wandering and campaigns are in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pilothouse.errors import DataError
from pilothouse.methods.monitor.relation import Relation, robust_spread

Array = NDArray[np.float64]
Side = Literal["cause", "effect"]

NEWEST: Final = 30
"""Pieces over which causes are asked: about a day of an annealing line."""
NEWEST_EFFECTS: Final = 60
"""Pieces over which effects are asked: they scatter more."""
BETWEEN: Final = 120
"""Pieces before these that are not looked at: a drift must not be its own reference."""
REFERENCE: Final = 250
"""Pieces before those: what a gap was. More would scatter less and wander further."""
LEARNT: Final = 2_000
"""Pieces that are learnt from, the last of them those of the reference."""
LEAST_LEARNT: Final = 600
WILD: Final = 8.0
"""No single piece is further off than so many spreads: a stuck value must not make a day."""
REACH, REACH_SPREADS = 0.85, 1.44
"""So large a share of normal differences lies within so many spreads. What is further out may have been a fault."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """One piece of evidence on n pieces, in time order.

    Parameters
    ----------
    key
        Stable name.
    side
        Cause or effect.
    gap
        How much more (n,) the sensor shows than it lets expect; NaN where it says nothing.
    weight
        How much each counts (n,).
    """

    key: str
    side: Side
    gap: Array
    weight: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What evidence says now, in the unit of the sensor.

    Parameters
    ----------
    key, side
        Which evidence.
    value, spread
        The gap, and its usual spread; NaN where too few of the newest pieces are told of.
    """

    key: str
    side: Side
    value: float
    spread: float

    def is_out(self, matters: float, spreads: float) -> bool:
        """Whether it is a gap that matters, and so many spreads out."""
        return abs(self.value) >= max(matters, spreads * self.spread)


def cause(key: str, shown: Array, causes: Array, learnt: NDArray[np.bool_]) -> Evidence:
    """What causes (n, p) say of what a sensor showed (n,), learnt on some rows (n,)."""
    relation = Relation.fit(causes[learnt], shown[learnt])
    return Evidence(
        key=key, side="cause", gap=_cut(shown - relation.of(causes), relation.rest), weight=np.ones_like(shown)
    )


def effect(key: str, shown: Array, told: Array, given: Array, learnt: NDArray[np.bool_]) -> Evidence:
    """What an effect (n,) says of what a sensor showed (n,), beside what else it depends on (n, p).

    Effects that are always above 0 are taken in logarithms.
    """
    seen = told[np.isfinite(told)]
    y = np.log(told) if len(seen) and seen.min() > 0.0 else told
    x = np.column_stack([shown, given])
    there = np.isfinite(shown)
    relation = Relation.fit(x[learnt & there], y[learnt & there], bent=True)
    b = relation.slope(x, 0)
    usual = float(np.median(b[learnt & there]))
    # Where the effect hardly feels it, or the other way round, it says nothing.
    feels = there & (b * usual > 0.0)
    off = _cut(y - relation.of(x), relation.rest)
    gap = np.where(feels, -off / np.where(feels, b, 1.0), np.nan)
    return Evidence(key=key, side="effect", gap=gap, weight=np.where(feels, b**2, 0.0))


def learnt_from(count: int) -> NDArray[np.bool_]:
    """Which of so many pieces, in time order, are learnt from.

    Raises
    ------
    DataError
        If they are too few.

    Examples
    --------
    >>> int(learnt_from(1_000).sum())
    850
    """
    last = count - NEWEST - BETWEEN
    if last < LEAST_LEARNT:
        raise DataError(
            f"redundancy: expected at least {LEAST_LEARNT + NEWEST + BETWEEN} pieces, got {count}",
            hint="wait for more pieces, or read further back",
        )
    places = np.arange(count)
    return (places < last) & (places >= last - LEARNT)


def gap_now(one: Evidence) -> Gap:
    """Evidence now."""
    newest = NEWEST if one.side == "cause" else NEWEST_EFFECTS
    value = gap_over(one, newest)
    spread = _usual(_wandering(one.gap, one.weight, newest)) if np.isfinite(value) else float("nan")
    return Gap(key=one.key, side=one.side, value=value, spread=spread)


def together(side: Side, told: Sequence[tuple[Evidence, Gap]]) -> Evidence | None:
    """All evidence of one side as one, each by what it can tell; None where none is told."""
    able = [(one, gap) for one, gap in told if np.isfinite(gap.value) and gap.spread > 0.0]
    if not able:
        return None
    # Each from its own reference, and by the spread of its means: single pieces may scatter less than they wander.
    levels = [one.gap - _before(one.gap, one.weight) for one, _ in able]
    weights = [np.where(np.isfinite(one.gap), one.weight, 0.0) for one, _ in able]
    shares = [w / max(float(w.mean()), 1e-300) / gap.spread**2 for w, (_, gap) in zip(weights, able, strict=True)]
    total = np.sum(shares, axis=0)
    summed = np.sum([s * np.nan_to_num(v) for s, v in zip(shares, levels, strict=True)], axis=0)
    gap = np.where(total > 0.0, summed / np.where(total > 0.0, total, 1.0), np.nan)
    return Evidence(key=f"{side}s together", side=side, gap=gap, weight=total)


def _before(gap: Array, weight: Array) -> float:
    """Mean gap of the reference; nan where nothing was told."""
    last = len(gap) - NEWEST - BETWEEN
    return _mean(gap[max(last - REFERENCE, 0) : last], weight[max(last - REFERENCE, 0) : last])


def gap_over(one: Evidence, newest: int) -> float:
    """Mean gap of the newest pieces that tell one, less that of the reference; nan where too few tell."""
    gap, weight = one.gap, one.weight
    there = np.flatnonzero(np.isfinite(gap) & (weight > 0.0))
    recent = there[-newest:]
    # What is known of older pieces only says nothing of now.
    if len(recent) < newest or recent[0] < len(gap) - NEWEST - BETWEEN:
        return float("nan")
    return _mean(gap[recent], weight[recent]) - _before(gap, weight)


def _wandering(gap: Array, weight: Array, newest: int) -> Array:
    """The same difference at every piece learnt from, as if it had been the newest."""
    last = len(gap) - NEWEST - BETWEEN
    there = np.flatnonzero(np.isfinite(gap[:last]) & (weight[:last] > 0.0))[-LEARNT:]
    g, w = gap[there], weight[there]
    sums = np.concatenate([[0.0], np.cumsum(g * w)])
    counts = np.concatenate([[0.0], np.cumsum(w)])
    ends = np.arange(newest + BETWEEN + REFERENCE // 2, len(there) + 1)
    starts = ends - newest
    until = starts - BETWEEN
    since = np.maximum(until - REFERENCE, 0)
    newer = (sums[ends] - sums[starts]) / (counts[ends] - counts[starts])
    older = (sums[until] - sums[since]) / (counts[until] - counts[since])
    found: Array = newer - older
    return found


def _usual(differences: Array) -> float:
    """Usual spread of differences (n,), by their middle and by how far those reach that are further out."""
    there = np.abs(differences[np.isfinite(differences)])
    return max(robust_spread(differences), float(np.quantile(there, REACH)) / REACH_SPREADS) if len(there) else np.nan


def _mean(gap: Array, weight: Array) -> float:
    there = np.isfinite(gap) & (weight > 0.0)
    total = float(weight[there].sum())
    return float((gap[there] * weight[there]).sum() / total) if total > 0.0 else float("nan")


def _cut(off: Array, rest: float) -> Array:
    """No single piece is wild."""
    return np.clip(off, -WILD * rest, WILD * rest)
