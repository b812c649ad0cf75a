"""What runs under a pack came to beside runs of the same draws under practices: changes with their intervals.

A change is that of each draw, paired; the interval is over draws. Draws that share a seed or a plant are not
independent, so errors are clustered by both (Cameron, Gelbach and Miller 2011) with Student's t of the fewer of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pilothouse.hub.against import FIGURES, HELD_OUT, STEERED, Draw, Ran
from pilothouse.methods.estimate.anytime import Interval, difference_of, mean_of

CONFIDENCE: Final = 0.95
PACK: Final = ""
"""The practice under which the pack ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Change of a figure against a practice, % of what it is there.

    Parameters
    ----------
    value, low, high
        Mean over draws with its 95 % interval; None where one seed and one plant tell no spread.
    per_draw
        In the order of the draws.
    """

    value: float
    low: float | None
    high: float | None
    per_draw: tuple[float, ...]

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "change": self.value,
            "low": self.low,
            "high": self.high,
            "unit": "%",
            "per_draw": list(self.per_draw),
        }


def change_of(draws: Sequence[Draw], ours: Sequence[float], theirs: Sequence[float]) -> Change:
    """Change of a figure over paired draws.

    Examples
    --------
    >>> draws = [Draw(seed=s, plant_variation=v) for s in (1, 2) for v in (0, 1)]
    >>> told = change_of(draws, [5.0, 5.5, 5.0, 5.5], [10.0, 10.0, 10.0, 10.0])
    >>> round(told.value, 9), [round(one, 9) for one in told.per_draw], told.low < -50.0
    (-47.5, [-50.0, -45.0, -50.0, -45.0], True)
    """
    changes = 100.0 * (np.array(ours) / np.array(theirs) - 1.0)
    half = _half_width(changes, draws)
    value = float(changes.mean())
    return Change(
        value=value,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        per_draw=tuple(changes.tolist()),
    )


def _half_width(changes: NDArray[np.float64], draws: Sequence[Draw]) -> float | None:
    off = changes - changes.mean()
    clusters = ([d.seed for d in draws], [d.plant_variation for d in draws])
    counts = [len(set(keys)) for keys in clusters]
    shared = [_summed(off, keys) for keys, n in zip(clusters, counts, strict=True) if n > 1]
    if not shared:
        return None
    variance = sum(shared) - (float(np.sum(off**2)) if len(shared) > 1 else 0.0)
    variance = max(variance, *shared) if len(shared) > 1 else variance
    fewest = min(n for n in counts if n > 1)
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2.0, fewest - 1)) * sqrt(variance) / len(off)


def _summed(off: NDArray[np.float64], keys: Sequence[int]) -> float:
    """Squared sums of clusters, with the correction for few of them."""
    groups = sorted(set(keys))
    sums = [float(off[[k == g for k in keys]].sum()) for g in groups]
    return sum(s * s for s in sums) * len(groups) / (len(groups) - 1)


def against(runs: Mapping[tuple[Draw, str], Ran], draws: Sequence[Draw], practice: str) -> dict[str, Change]:
    """Every figure's change against a practice; of a figure that some run does not tell, nothing."""
    found = {}
    for name in FIGURES:
        ours = [_value(runs[draw, PACK], name) for draw in draws]
        theirs = [_value(runs[draw, practice], name) for draw in draws]
        if all(isfinite(a) and b > 0.0 for a, b in zip(ours, theirs, strict=True)):
            found[name] = change_of(draws, ours, theirs)
    return found


def _value(ran: Ran, name: str) -> float:
    figure = ran.figures.get(name)
    return nan if figure is None else figure.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What steering was worth, EUR/t, told in two ways that do not know of each other.

    Parameters
    ----------
    paired
        Steered batches less the same batches under the usual practice.
    held_out
        Steered batches less those that chance left to the practice, in the same run.
    """

    paired: Interval | None
    held_out: Interval | None

    @property
    def agree(self) -> bool | None:
        """Whether their intervals meet; None where one is missing."""
        if self.paired is None or self.held_out is None:
            return None
        return self.paired.low <= self.held_out.high and self.held_out.low <= self.paired.high

    @property
    def verdict(self) -> str:
        """``shown`` where an interval lies above zero and none below; else ``not shown``."""
        told = [one for one in (self.paired, self.held_out) if one is not None]
        is_shown = any(one.low > 0.0 for one in told) and all(one.high > 0.0 for one in told)
        return "shown" if is_shown else "not shown"

    def as_json(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "verdict": self.verdict,
            "unit": "EUR/t",
            "paired": None if self.paired is None else self.paired.as_json(),
            "held_out": None if self.held_out is None else self.held_out.as_json(),
            "agree": self.agree,
        }


def worth_of(pairs: Sequence[tuple[Ran, Ran]]) -> Shown:
    """What steering was worth over runs under the pack and under the usual practice, paired.

    A batch counts once, however many pieces it has: its pieces share their luck.
    """
    paired: list[float] = []
    steered: list[float] = []
    held_out: list[float] = []
    for ours, usual in pairs:
        for batch, worth in ours.by_batch.items():
            group = ours.groups[batch]
            if group == STEERED:
                steered.append(worth)
                if batch in usual.by_batch:
                    paired.append(worth - usual.by_batch[batch])
            elif group == HELD_OUT:
                held_out.append(worth)
    return Shown(paired=mean_of(np.array(paired)), held_out=difference_of(np.array(steered), np.array(held_out)))
