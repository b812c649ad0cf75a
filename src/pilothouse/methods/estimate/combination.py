r"""Combinations of values: whether features that are usual one by one also go together.

Notation: z ∈ ℝᵖ coordinates less their mean, P the inverse of their covariance, o the features present (m of them),
d² = min over the missing ones of zᵀPz, which is the Mahalanobis distance of those present. A row's score is
((d²/m)^⅓ - 1 + 2/(9m)) / √(2/(9m)), near a standard normal for any m [Wilson and Hilferty 1931], so that rows with
more and with fewer values are measured alike. Its limit is learnt on blocks held out in time order.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.estimate.coordinate import Vector, rank_limit
from pilothouse.methods.estimate.seen_range import FOLDS

LEAST_VARIANCE: Final = 0.01  # in squared coordinates: closer than a tenth of a spread counts as the same
SHARE: Final = 0.995
MARGIN: Final = 0.5  # in units of the score, where 1 is a standard deviation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """How features hang together.

    Parameters
    ----------
    mean
        (p,) of the coordinates.
    precision
        (p, p) [P].
    limit
        Greatest score that still counts as usual.
    """

    mean: Vector
    precision: Vector
    limit: float

    @classmethod
    def fit(cls, coordinates: Vector) -> Self:
        """Learn from rows (n, p) in time order; NaN is missing.

        Examples
        --------
        >>> rng = np.random.default_rng(1)
        >>> first = rng.normal(size=400)
        >>> learnt = Combination.fit(np.column_stack([first, first + rng.normal(0, 0.1, 400)]))
        >>> (learnt.score(np.array([[2.0, 2.0], [2.0, -2.0]])) > learnt.limit).tolist()
        [False, True]
        """
        held_out = np.empty(len(coordinates))
        for block in np.array_split(np.arange(len(coordinates)), FOLDS):
            others = np.delete(coordinates, block, axis=0)
            held_out[block] = cls(**_moments(others), limit=np.inf).score(coordinates[block])
        return cls(**_moments(coordinates), limit=rank_limit(held_out, SHARE) + MARGIN)

    def score(self, coordinates: Vector) -> Vector:
        """Scores (n,) of rows (n, p); rows without any value score lowest."""
        squares, present = self._squares(coordinates)
        width = 2.0 / (9.0 * np.maximum(present, 1))
        return np.where(
            present > 0, (np.cbrt(squares / np.maximum(present, 1)) - 1.0 + width) / np.sqrt(width), -np.inf
        )

    def distances(self, row: Vector) -> tuple[float, float]:
        """Distance of one row (p,), as the root mean square in spreads, and the greatest usual one."""
        squares, present = self._squares(row[None, :])
        width = 2.0 / (9.0 * max(int(present[0]), 1))
        greatest = max(self.limit * np.sqrt(width) + 1.0 - width, 0.0) ** 1.5
        return float(np.sqrt(squares[0] / max(int(present[0]), 1))), float(greatest)

    def misfits(self, row: Vector) -> tuple[Vector, Vector]:
        """What does not go with the rest of one row (p,): how many spreads each is off, and where it would fit."""
        centred = np.where(np.isfinite(row), row - self.mean, 0.0)
        missing = ~np.isfinite(row)
        pull = self.precision @ centred
        if missing.any():
            centred[missing] = -np.linalg.solve(self.precision[np.ix_(missing, missing)], pull[missing])
            pull = np.where(missing, 0.0, self.precision @ centred)
        own = np.diag(self.precision)
        return pull / np.sqrt(own), self.mean + centred - pull / own

    def _squares(self, coordinates: Vector) -> tuple[Vector, NDArray[np.int64]]:
        """Squared distances (n,) [d²], and how many features are there (n,) [m]."""
        there = np.isfinite(coordinates)
        centred = np.where(there, coordinates - self.mean, 0.0)
        pull = centred @ self.precision
        squares = np.einsum("ij,ij->i", centred, pull)
        for missing, rows in _patterns(~there):
            part = pull[np.ix_(rows, missing)]
            solved = np.linalg.solve(self.precision[np.ix_(missing, missing)], part.T)
            squares[rows] -= np.einsum("ij,ji->i", part, solved)
        return np.maximum(squares, 0.0), there.sum(axis=1)


def _moments(coordinates: Vector) -> dict[str, Vector]:
    """Mean and precision from all pairs that are there; directions without variance are given a little."""
    there = np.isfinite(coordinates)
    present = there.astype(np.float64)
    mean = np.where(there, coordinates, 0.0).sum(axis=0) / np.maximum(present.sum(axis=0), 1.0)
    centred = np.where(there, coordinates - mean, 0.0)
    covariance = centred.T @ centred / np.maximum(present.T @ present, 1.0)
    # Pairwise covariances need not fit together; the floor on the eigenvalues makes them.
    values, vectors = np.linalg.eigh(covariance)
    return {"mean": mean, "precision": (vectors / np.maximum(values, LEAST_VARIANCE)) @ vectors.T}


def _patterns(missing: NDArray[np.bool_]) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows that miss the same features, together: (features, rows), without those that miss nothing."""
    rows = np.flatnonzero(missing.any(axis=1))
    if not rows.size:
        return []
    packed = np.packbits(missing[rows], axis=1)
    keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    groups = np.split(rows[order], np.cumsum(np.bincount(which))[:-1])
    return [(np.flatnonzero(missing[rows[start]]), group) for start, group in zip(first, groups, strict=True)]
