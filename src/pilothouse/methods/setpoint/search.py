r"""The cheapest range of lever values that keeps the asked probability.

Among all x inside the levers' bounds with P(l ≤ y(x) ≤ u) ≥ p, the one of least expected cost c·x + m·(1 - P), and
around it a box in every part of which the probability still holds: inside the box a person may edit freely. Without a
cost of missing, the proposed value is the cheap end of the box. Where no such x exists, the answer names the bounds
that stand in the way.

The probability comes from a callable over many lever vectors at once, so any calibrated model serves. One lever is
searched on a grid and its edges by bisection; several by Sobol points, shrinking around the best.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from pilothouse.methods.setpoint.lever import Aim, Bound, Lever

Vector = NDArray[np.float64]
Chance = Callable[[Vector], Vector]
"""From lever vectors (n, k) to the probability of landing in the tolerance (n,)."""

GRID: Final = 401
SOBOL_POWER: Final = 11
ROUNDS: Final = 4
BISECTIONS: Final = 24
EDGE_STEP: Final = 0.05  # how far, in shares of a lever's freedom, a bound is lifted to see whether it binds


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A bound that stands in the way: without it the probability would rise.

    Parameters
    ----------
    lever
        Which lever.
    bound
        Which of its bounds, with its source.
    gain
        Rise of the probability where the bound is lifted a little.
    """

    lever: str
    bound: Bound
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CheapestRange:
    """What the search found.

    Parameters
    ----------
    feasible
        Whether the asked probability can be kept at all.
    values
        The lever vector of least expected cost (k,); where infeasible, the most promising one.
    low, high
        The box (k,) in which the probability holds; equal to ``values`` where infeasible.
    probability
        At ``values``.
    cost, cost_low, cost_high
        Money at ``values``, and per lever (k,) with that lever at its low and at its high end.
    binding
        Where infeasible: the bounds in the way; empty means that the tolerance is narrower than what is known.
    """

    feasible: bool
    values: Vector
    low: Vector
    high: Vector
    probability: float
    cost: float
    cost_low: Vector
    cost_high: Vector
    binding: tuple[Binding, ...]


def cheapest_range(levers: Sequence[Lever], aim: Aim, chance: Chance, rng: np.random.Generator) -> CheapestRange:
    """The cheapest lever range that keeps P(result in tolerance) at the asked level.

    Parameters
    ----------
    levers
        k levers with bounds and prices; at least one.
    aim
        The tolerance and the asked probability.
    chance
        Probability of each lever vector, (n, k) → (n,).
    rng
        Scrambles the Sobol points; one lever needs none of it.

    Raises
    ------
    ValueError
        If there is no lever.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> heat = Lever(key="energy", low=Bound(value=0.0, source="-"), high=Bound(value=100.0, source="-"), price=2.0)
    >>> aim = Aim(low=40.0, high=60.0, probability=0.9)
    >>> found = cheapest_range([heat], aim, lambda x: norm.cdf(60, x[:, 0], 4) - norm.cdf(40, x[:, 0], 4),
    ...                        np.random.default_rng(0))
    >>> found.feasible, round(float(found.values[0]), 1), round(float(found.high[0]), 1)
    (True, 45.1, 54.9)
    """
    if not levers:
        raise ValueError("cheapest_range: at least one lever is needed")
    bottom = np.array([lever.low.value for lever in levers])
    top = np.array([lever.high.value for lever in levers])
    prices = np.array([lever.price for lever in levers])
    best, probability = _cheapest_point(bottom, top, prices, aim, chance, rng)
    feasible = probability >= aim.probability
    low = high = best
    if feasible:
        low, high = _box(best, bottom, top, aim, chance)
        best, low, high = _on_steps(levers, best, low, high)
        probability = float(chance(best[None, :])[0])
    cost = float(prices @ best)
    return CheapestRange(
        feasible=feasible,
        values=best,
        low=low,
        high=high,
        probability=probability,
        cost=cost,
        cost_low=cost + prices * (low - best),
        cost_high=cost + prices * (high - best),
        binding=() if feasible else _binding(levers, best, probability, chance),
    )


def _cheapest_point(
    bottom: Vector, top: Vector, prices: Vector, aim: Aim, chance: Chance, rng: np.random.Generator
) -> tuple[Vector, float]:
    """The cheapest point that keeps the probability, else the most probable one, with its probability."""
    low, high = bottom, top
    best: Vector | None = None
    best_key = (True, np.inf)
    for _ in range(ROUNDS):
        points = _spread(low, high, rng)
        if best is not None:
            points = np.vstack([points, best])
        chances = chance(points)
        kept = chances >= aim.probability
        # Ties in cost (free levers) go to the more probable point.
        keys = np.where(kept, points @ prices + aim.miss_cost * (1.0 - chances) - 1e-9 * chances, -chances)
        pick = min(range(len(points)), key=lambda i: (not kept[i], keys[i]))
        if (not kept[pick], keys[pick]) <= best_key:
            best, best_key = points[pick], (not kept[pick], keys[pick])
        span = (high - low) / 8.0
        assert best is not None
        low, high = np.maximum(bottom, best - span), np.minimum(top, best + span)
    assert best is not None
    return best, float(chance(best[None, :])[0])


def _spread(low: Vector, high: Vector, rng: np.random.Generator) -> Vector:
    """Points that fill the box: a grid for one lever, Sobol points and corners for several."""
    if len(low) == 1:
        return np.linspace(low[0], high[0], GRID)[:, None]
    unit = qmc.Sobol(len(low), rng=rng).random_base2(SOBOL_POWER)
    return np.vstack([low + unit * (high - low), _corners(low, high)])


def _corners(low: Vector, high: Vector) -> Vector:
    """All corners of a box for up to eight levers, else its two extreme ones."""
    if len(low) > 8:
        return np.vstack([low, high])
    return np.array(np.meshgrid(*np.stack([low, high], axis=1))).reshape(len(low), -1).T


def _box(best: Vector, bottom: Vector, top: Vector, aim: Aim, chance: Chance) -> tuple[Vector, Vector]:
    """A box grown around a kept point, side by side, as far as the probability holds in it."""
    inside = np.linspace(0.0, 1.0, 33)[:, None]
    low, high = best.copy(), best.copy()

    def holds(side: Vector, k: int, at: float) -> bool:
        before, side[k] = side[k], at
        points = np.vstack([_corners(low, high), low + inside * (high - low)])
        side[k] = before
        return bool((chance(points) >= aim.probability).all())

    for k in range(len(best)):
        low[k] = _farthest(best[k], bottom[k], partial(holds, low, k))
        high[k] = _farthest(best[k], top[k], partial(holds, high, k))
    return low, high


def _farthest(start: float, limit: float, holds: Callable[[float], bool]) -> float:
    """How far one can go from ``start`` towards ``limit`` while it holds."""
    if holds(limit):
        return limit
    kept, lost = start, limit
    for _ in range(BISECTIONS):
        middle = (kept + lost) / 2
        if holds(middle):
            kept = middle
        else:
            lost = middle
    return kept


def _with(vector: Vector, k: int, value: float) -> Vector:
    changed = vector.copy()
    changed[k] = value
    return changed


def _on_steps(levers: Sequence[Lever], best: Vector, low: Vector, high: Vector) -> tuple[Vector, Vector, Vector]:
    """Range and value on the steps people can set; a range narrower than a step stays as it is."""
    best, low, high = best.copy(), low.copy(), high.copy()
    for k, lever in enumerate(levers):
        if lever.step == 0:
            continue
        inner_low = np.ceil(low[k] / lever.step - 1e-9) * lever.step + 0.0  # no negative zero
        inner_high = np.floor(high[k] / lever.step + 1e-9) * lever.step
        if inner_low > inner_high:
            continue
        low[k], high[k] = inner_low, inner_high
        best[k] = np.clip(np.round(best[k] / lever.step) * lever.step, inner_low, inner_high)
    return best, low, high


def _binding(levers: Sequence[Lever], best: Vector, probability: float, chance: Chance) -> tuple[Binding, ...]:
    """The bounds at which the most promising point leans and beyond which it would do better."""
    found = []
    for k, lever in enumerate(levers):
        freedom = max(lever.high.value - lever.low.value, lever.step, abs(lever.high.value) * EDGE_STEP, 1e-9)
        for bound, direction in ((lever.low, -1.0), (lever.high, 1.0)):
            if abs(best[k] - bound.value) > 0.01 * freedom:
                continue
            beyond = _with(best, k, bound.value + direction * EDGE_STEP * freedom)
            gain = float(chance(beyond[None, :])[0]) - probability
            if gain > 0:
                found.append(Binding(lever=lever.key, bound=bound, gain=gain))
    return tuple(sorted(found, key=lambda b: -b.gain))
