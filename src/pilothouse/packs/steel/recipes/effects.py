"""What steps of levers do to each quality: learnt on what was done, starting from what the engineers expect.

A *measured* quality is a line in a group of kinds::

    excess = usual of the kind + what foretells it + steps · effects + rest

and a fault where the rest takes it over 0. One that *inspection* tells has log-odds: usual of the kind + steps ·
effects. Steps were drawn by chance around a centre, so what moves with them is their doing; before any of them were,
effects are what was expected, and say so. Levers that are chosen piece by piece are chosen by what foretells the piece,
so their effects are taken from the line that knows it too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from pilothouse.methods.estimate.posterior import Posterior, fit_line, fit_log_odds
from pilothouse.packs.steel.recipes.columns import Columns, in_logarithm
from pilothouse.packs.steel.recipes.declaration import Lever, Quality, RecipeBook

Array = NDArray[np.float64]

USUAL_OF_SPREAD: Final = 0.1
"""A step that engineers expect to act moves a measured quality by such a share of its spread."""
USUAL_LOG_ODDS: Final = 0.15
"""And the log-odds of a fault by so much."""
LEAST_BELIEF: Final = 0.4
"""What is expected is believed within its own size, or this share of a usual effect."""
OF_KNOWN: Final = 0.3
"""What foretells moves a quality by such a share of its spread at most, as a rule."""
FARTHEST: Final = 4.0
"""Spreads from the usual of its kind beyond which a value is taken for a slip."""
USUAL_LOG_ODDS_OF_FAULT: Final = -4.4
SPREAD_OF_GROUPS: Final = 1.5
SPREAD_OF_KINDS: Final = 0.5
LEAST_CASES: Final = 60
"""Finished pieces of a group below which nothing is learnt of it."""
RECENT_BATCHES: Final = 8
HALF_BELIEVED: Final = 6.0
"""So many recent batches are believed by half about what has shifted since."""
NOMINAL: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A measured quality in one group of kinds.

    Parameters
    ----------
    kinds
        In the order of their columns.
    names
        What foretells it; none in the line that plans for kinds.
    usual, scale
        Usual value of each by kind (kinds, names), and its spread (names,).
    posterior
        Of kinds, what foretells, and levers, in this order.
    shift
        What the newest batches lie off it.
    half_width
        That holds nine of ten of what the line leaves over.
    """

    kinds: tuple[str, ...]
    names: tuple[str, ...]
    usual: Array
    scale: Array
    posterior: Posterior
    shift: float
    half_width: float

    def own(self, kind: str, known: Mapping[str, float]) -> float:
        """Excess of a piece with no lever moved."""
        place = self.kinds.index(kind)
        values = in_logarithm(np.array([known.get(name, np.nan) for name in self.names]))
        z = _scaled(values[None, :], self.usual[place][None, :], self.scale)[0]
        n = len(self.kinds)
        return float(self.posterior.mean[place] + z @ self.posterior.mean[n : n + len(z)]) + self.shift

    @property
    def effects(self) -> tuple[Array, Array]:
        """Of levers: expected (levers,), covariance (levers, levers)."""
        n = len(self.kinds) + len(self.names)
        return self.posterior.mean[n:], self.posterior.covariance[n:, n:]


def expected_effects(levers: Sequence[Lever], quality: str, usual: float) -> tuple[Array, Array]:
    """What engineers expect of a step of each lever on a quality (levers,), and how sure they are (levers,)."""
    said = np.array([lever.acts_on.get(quality, np.nan) for lever in levers])
    mean = np.nan_to_num(said) * usual
    sd = np.where(np.isnan(said), 1e-9, np.maximum(np.abs(np.nan_to_num(said)), LEAST_BELIEF) * usual)
    return mean, sd


def learn_line(
    book: RecipeBook, quality: Quality, columns: Columns, kinds: tuple[str, ...], planned: Line | None
) -> Line | None:
    """The line of a group; ``planned`` is the one that knows what foretells, None to learn that one.

    Parameters
    ----------
    book, quality, columns, kinds
        What is learnt, of whom.
    planned
        Where given, a line for kinds is learnt: levers that are chosen by piece have the effects found there.
    """
    y = columns.excess[quality.key]
    rows = np.isfinite(y) & columns.of_kinds(kinds)
    if rows.sum() < LEAST_CASES:
        return None
    names = quality.looks_at if planned is None else ()
    own_kinds = columns.kinds[rows]
    of_kind = np.column_stack([(own_kinds == kind).astype(float) for kind in kinds])
    known = np.column_stack([columns.known[name][rows] for name in names]) if names else np.empty((rows.sum(), 0))
    usual, scale = _usual(known, own_kinds, kinds)
    z = _scaled(known, of_kind @ usual, scale)
    y, done, weight = y[rows], columns.done[rows], columns.weight[rows]
    within = y - of_kind @ np.array([_median(y[own_kinds == kind]) for kind in kinds])
    spread = max(float(1.4826 * np.median(np.abs(within))), 1e-6)
    mean, sd = expected_effects(book.levers, quality.key, USUAL_OF_SPREAD * spread)
    if planned is not None:
        by_piece = np.array([lever.by_piece for lever in book.levers])
        mean, sd = np.where(by_piece, planned.effects[0], mean), np.where(by_piece, 1e-9, sd)
    near = np.clip(within, -FARTHEST * spread, FARTHEST * spread) - within
    x = np.column_stack([of_kind, z, done])
    prior_mean = np.concatenate([np.zeros(len(kinds) + len(names)), mean])
    prior_sd = np.concatenate([np.full(len(kinds), 10.0), np.full(len(names), OF_KNOWN * spread), sd])
    posterior = fit_line(x, y + near, weight, prior_mean, prior_sd)
    rest = y - x @ posterior.mean
    return Line(
        kinds=kinds,
        names=names,
        usual=usual,
        scale=scale,
        posterior=posterior,
        shift=_shift(rest, columns.batches[rows]),
        half_width=float(np.quantile(np.abs(rest - np.median(rest)), NOMINAL)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Odds:
    """A fault that inspection tells.

    Parameters
    ----------
    kinds
        In the order of their columns.
    posterior
        Of groups of kinds, kinds, levers and ages, in this order.
    first
        Column of the first lever.
    usual
        Log-odds by kind with no lever moved (kinds,).
    """

    kinds: tuple[str, ...]
    posterior: Posterior
    first: int
    usual: Array

    def effects(self, levers: int) -> tuple[Array, Array]:
        """Of levers: expected (levers,), covariance (levers, levers)."""
        here = slice(self.first, self.first + levers)
        return self.posterior.mean[here], self.posterior.covariance[here, here]


def learn_odds(book: RecipeBook, quality: Quality, columns: Columns) -> Odds:
    """Log-odds of a fault over all kinds."""
    kinds = tuple(book.groups)
    groups = tuple(dict.fromkeys(book.groups.values()))
    of_kind = np.column_stack([(columns.kinds == kind).astype(float) for kind in kinds])
    of_group = np.column_stack([of_kind[:, [book.groups[k] == g for k in kinds]].sum(axis=1) for g in groups])
    aged = [s for s in book.services if s.quality == quality.key]
    ages = [np.nan_to_num(columns.ages[s.key] / s.every[-1], nan=0.5) for s in aged]
    x = np.column_stack([of_group, of_kind, columns.done, *ages])
    mean, sd = expected_effects(book.levers, quality.key, USUAL_LOG_ODDS)
    prior_mean = np.concatenate(
        [np.full(len(groups), USUAL_LOG_ODDS_OF_FAULT), np.zeros(len(kinds)), mean, np.full(len(aged), AGED_LOG_ODDS)]
    )
    prior_sd = np.concatenate(
        [
            np.full(len(groups), SPREAD_OF_GROUPS),
            np.full(len(kinds), SPREAD_OF_KINDS),
            sd,
            np.full(len(aged), AGED_LOG_ODDS),
        ]
    )
    posterior = fit_log_odds(x, columns.faulty[quality.key], columns.weight, prior_mean, prior_sd)
    at_group = np.array([posterior.mean[groups.index(book.groups[kind])] for kind in kinds])
    usual = at_group + posterior.mean[len(groups) : len(groups) + len(kinds)]
    usual = usual + sum(0.5 * posterior.mean[-len(aged) + k] for k in range(len(aged)))
    return Odds(kinds=kinds, posterior=posterior, first=len(groups) + len(kinds), usual=usual)


AGED_LOG_ODDS: Final = 1.0
"""By so much engineers expect the log-odds of a fault to rise from fresh to the usual end of a service's life."""


def chance_over(excess: Array, spread: Array) -> Array:
    """Chance that a result lies beyond its limit."""
    return np.asarray(ndtr(excess / spread), dtype=np.float64)


def chance_of(log_odds: Array, variance: Array) -> Array:
    """Mean chance of something whose log-odds are known with a variance (MacKay 1992)."""
    return np.asarray(expit(log_odds / np.sqrt(1.0 + np.pi * variance / 8.0)), dtype=np.float64)


def _usual(known: Array, own: NDArray[np.str_], kinds: tuple[str, ...]) -> tuple[Array, Array]:
    """Median of each column by kind (kinds, p), and the spread about it (p,)."""
    usual = np.array([[_median(column[own == kind]) for column in known.T] for kind in kinds])
    usual = usual.reshape(len(kinds), known.shape[1])
    place = {kind: k for k, kind in enumerate(kinds)}
    off = known - usual[[place[kind] for kind in own.tolist()]]
    scale = np.array([1.4826 * _median(np.abs(column)) for column in off.T])
    return usual, np.where(scale > 0.0, scale, 1.0)


def _scaled(values: Array, usual: Array, scale: Array) -> Array:
    """Spreads from the usual; what is missing or a slip tells nothing."""
    z = (values - usual) / scale
    return np.where(np.abs(z) <= FARTHEST, z, 0.0)


def _median(values: Array) -> float:
    present = values[np.isfinite(values)]
    return float(np.median(present)) if len(present) else 0.0


def _shift(rest: Array, batches: NDArray[np.str_]) -> float:
    """What the newest batches are off, as far as so few are believed; each counts once, however many pieces it has."""
    newest = list(dict.fromkeys(batches[::-1].tolist()))[:RECENT_BATCHES]
    means = [float(np.mean(rest[batches == batch])) for batch in newest]
    return float(np.mean(means)) * len(means) / (len(means) + HALF_BELIEVED) if means else 0.0
