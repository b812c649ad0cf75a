"""The centre of each kind's levers: where faults, what steps cost and the line's time together cost least.

All levers of the route are weighed at once, so what is cheap at one segment is not bought dearly at another. The centre
moves by small steps from where it was: inside the accepted band, and no further than pieces were just tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pilothouse.packs.steel.recipes.declaration import Lever, Quality, RecipeBook
from pilothouse.packs.steel.recipes.effects import Line, Odds, chance_of, chance_over

Array = NDArray[np.float64]

SWEEPS: Final = 3
"""Through all levers, one after the other."""
WORTH_MOVING_EUR_T: Final = 0.02
"""What a move must save at least."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Costs:
    """What a piece of one kind costs by what is done to it, EUR/t.

    Parameters
    ----------
    book
        Declared qualities and levers.
    kind
        Of the piece.
    lines
        By measured quality, of its group; of those missing nothing is known, and they cost nothing.
    odds
        By quality that inspection tells.
    own
        Excess with no lever moved, by measured quality, where the piece itself foretells it; else that of its kind.
    """

    book: RecipeBook
    kind: str
    lines: Mapping[str, Line]
    odds: Mapping[str, Odds]
    own: Mapping[str, float]

    def chances(self, x: Array) -> dict[str, Array]:
        """Chance of a fault by quality (m,), of candidates x (m, levers)."""
        said: dict[str, Array] = {}
        for quality in self.book.qualities:
            found = self._chance(quality, x)
            if found is not None:
                said[quality.key] = found
        return said

    def of(self, x: Array) -> Array:
        """EUR/t (m,) of candidates x (m, levers)."""
        eur_t: Array = x @ np.array([lever.eur_t for lever in self.book.levers])
        chances = self.chances(x)
        for quality in self.book.qualities:
            if quality.key in chances:
                eur_t = eur_t + quality.eur_t * chances[quality.key]
        return eur_t

    def _chance(self, quality: Quality, x: Array) -> Array | None:
        if quality.key in self.lines:
            line = self.lines[quality.key]
            mean, covariance = line.effects
            unsure = np.einsum("ij,jk,ik->i", x, covariance, x)
            own = self.own.get(quality.key)
            excess = line.own(self.kind, {}) if own is None else own
            return chance_over(excess + x @ mean, np.sqrt(line.posterior.spread**2 + unsure))
        if quality.key in self.odds and not quality.is_measured:
            odds = self.odds[quality.key]
            mean, covariance = odds.effects(len(self.book.levers))
            usual = odds.usual[odds.kinds.index(self.kind)]
            return chance_of(usual + x @ mean, np.einsum("ij,jk,ik->i", x, covariance, x))
        return None


def cheapest(costs: Costs, levers: tuple[Lever, ...], start: Array, offered: tuple[float, ...], reach: float) -> Array:
    """The cheapest setting (levers,) near a start, moving some of the levers.

    Parameters
    ----------
    costs
        What a setting costs.
    levers
        Which may move; the others stay where the start has them.
    start
        (all levers of the book,).
    offered
        Steps by which one may move at a time.
    reach
        How far from the start in all.
    """
    book = costs.book.levers
    here = start.copy()
    for _ in range(SWEEPS):
        before = here.copy()
        for lever in levers:
            place = book.index(lever)
            low, high = max(lever.low, start[place] - reach), min(lever.high, start[place] + reach)
            values = np.unique(np.clip([here[place], *(here[place] + step for step in offered)], low, high))
            tried = np.repeat(here[None, :], len(values), axis=0)
            tried[:, place] = values
            eur_t = costs.of(tried)
            stays = eur_t[int(np.argmin(np.abs(values - here[place])))]
            if stays - float(eur_t.min()) > WORTH_MOVING_EUR_T:
                here[place] = values[int(np.argmin(eur_t))]
        if np.array_equal(before, here):
            break
    return here


def best_interval(
    chance_fresh: float, per_life: float, choices: tuple[float, ...], costs: tuple[float, float, float]
) -> float:
    """How often something is to be serviced so that faults and services together cost least.

    Parameters
    ----------
    chance_fresh
        Of a fault just after a service.
    per_life
        By which its log-odds rise until the last of the choices.
    choices
        Intervals.
    costs
        EUR a tonne of a fault, EUR of a service, tonnes that pass in one unit of the interval.

    Examples
    --------
    >>> best_interval(0.004, 3.0, (24.0, 48.0, 72.0), (400.0, 4000.0, 20.0))
    48.0
    >>> best_interval(0.004, 0.0, (24.0, 48.0, 72.0), (400.0, 1000.0, 20.0))
    72.0
    """
    fault_eur_t, service_eur, tonnes = costs
    life = choices[-1]
    fresh = np.log(chance_fresh / (1.0 - chance_fresh))
    spent = []
    for every in choices:
        ages = (np.arange(20) + 0.5) / 20.0 * every / life
        chance = float(np.mean(1.0 / (1.0 + np.exp(-(fresh + per_life * ages)))))
        spent.append(fault_eur_t * chance + service_eur / (tonnes * every))
    return choices[int(np.argmin(spent))]
