r"""Robust coordinates: every feature on one scale, with long tails drawn in.

Notation: x a value, m the feature's median, s its spread, z = arsinh((x - m) / s). Near the middle z counts spreads,
far out it grows like a logarithm, so that a margin in z suits light and heavy tails alike.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

QUARTILES_OF_NORMAL: Final = 1.349  # distance between the quartiles of a normal, in standard deviations
MOSTLY: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coordinates:
    """Middle and spread of each feature.

    Parameters
    ----------
    centre
        Median (p,) of what is there [m]; 0 where nothing is.
    spread
        (p,) [s]: the distance of the quartiles as a standard deviation. A feature that mostly takes one value has
        none, so there it is the median distance of its other values. 0 where the feature never varies.
    usual_share
        Share (p,) of present values that equal the median: near 1 for rare additions, near 0 for measurements.
    """

    centre: Vector
    spread: Vector
    usual_share: Vector

    @classmethod
    def fit(cls, features: Vector) -> Self:
        """Learn them from rows (n, p); NaN is missing.

        Examples
        --------
        >>> rows = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [8.0, np.nan]])
        >>> learnt = Coordinates.fit(rows)
        >>> learnt.centre.tolist(), learnt.usual_share[0].item(), learnt.spread[0].item()
        ([0.0, 2.0], 0.75, 8.0)
        """
        ranked = np.sort(features, axis=0)
        count = np.isfinite(features).sum(axis=0)
        centre = np.nan_to_num(quantile(ranked, count, 0.5))
        spread = np.nan_to_num(quantile(ranked, count, 0.75) - quantile(ranked, count, 0.25)) / QUARTILES_OF_NORMAL
        usual_share = (features == centre).sum(axis=0) / np.maximum(count, 1)
        for column in np.flatnonzero((usual_share > MOSTLY) | (spread <= 0.0)):
            away = np.abs(features[:, column] - centre[column])
            away = away[away > 0.0]
            spread[column] = np.median(away) if away.size else 0.0
        return cls(centre=centre, spread=spread, usual_share=usual_share)

    def of(self, features: Vector) -> Vector:
        """Coordinates (n, p) [z] of rows; a feature that never varied is counted from its middle in its own unit."""
        placed: Vector = np.arcsinh((features - self.centre) / np.where(self.spread > 0.0, self.spread, 1.0))
        return placed

    def back(self, coordinates: Vector) -> Vector:
        """The values (n, p) or (p,) that have these coordinates."""
        values: Vector = self.centre + np.where(self.spread > 0.0, self.spread, 1.0) * np.sinh(coordinates)
        return values


def quantile(ranked: Vector, count: NDArray[np.int64], share: float) -> Vector:
    """The value (p,) at a share of each sorted column whose missing values stand last; NaN where all are missing."""
    place = np.floor(share * np.maximum(count - 1, 0)).astype(np.intp)
    return ranked[place, np.arange(ranked.shape[1])]


def rank_limit(scores: Vector, share: float) -> float:
    """The score (n,) that a new exchangeable one stays below with at least this probability, as far as n allows.

    It is the ⌈(n + 1) · share⌉-th smallest, or the greatest where that is beyond n [Vovk, Gammerman and Shafer 2005].
    """
    rank = int(np.ceil((scores.size + 1) * share))
    return float(np.sort(scores)[min(rank, scores.size) - 1])
