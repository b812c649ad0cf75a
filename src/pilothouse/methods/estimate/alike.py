"""Alike pieces: what a value usually is where everything else is as here; missing and wild values are mended by it.

A works makes many grades, and over all of them nothing is usual: 3 % silicon is wrong in one and right in the next. So
each row is compared with the learnt rows that are most alike in a few features that place it. The feature that fits
worst does not count, for it may be the one that is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALIKE: Final = 60
"""So many of the learnt rows are looked at."""
LEAST_TOLD: Final = 10
"""So many of them must tell a value for it to be usual."""
WILD: Final = 6.0
"""Further from what is usual than so many spreads a value is taken for a fault."""
REACH: Final = 3.0
"""In spreads of a feature; further apart counts as so far."""
UNKNOWN: Final = 0.2
"""Squared distance where one of the two is missing."""
MOST: Final = 2_500
"""Rows that are kept to compare with: more tell nothing new, and the time grows with them."""
BLOCK: Final = 500
"""Rows compared at a time; a matter of memory."""


def spread_evenly(n: int) -> NDArray[np.int64]:
    """Which of n rows are kept: all of a few, else :data:`MOST`, evenly spread.

    Examples
    --------
    >>> spread_evenly(4).tolist(), len(spread_evenly(9_000))
    ([0, 1, 2, 3], 2500)
    """
    return np.unique(np.linspace(0, n - 1, min(n, MOST)).round().astype(np.int64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alike:
    """Learnt rows, to compare with.

    Parameters
    ----------
    rows
        (n, p), NaN where missing.
    places
        The columns that say which rows are alike, at least two.
    middle, scale
        Of each column (p,).
    spread
        Of each value around what is usual for rows alike (p,).
    """

    rows: Array
    places: NDArray[np.int64]
    middle: Array
    scale: Array
    spread: Array

    @staticmethod
    def fit(rows: Array, places: NDArray[np.int64]) -> "Alike":
        """Learn from rows (n, p), NaN where missing; of many, from those of :func:`spread_evenly`.

        A column that nobody ever told is mended to 0 and never wild.

        Raises
        ------
        ValueError
            If fewer than two columns place a row: then none could be left out.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> grade = np.repeat([0.0, 1.0], 200)
        >>> rows = np.column_stack([grade, grade, 5.0 + 10.0 * grade]) + rng.normal(0.0, 0.1, (400, 3))
        >>> learnt = Alike.fit(rows, np.array([0, 1]))
        >>> mended, replaced = learnt.mend(np.array([[1.0, 1.0, np.nan], [0.0, 0.0, 15.0], [0.0, 0.0, 5.1]]))
        >>> mended[:, 2].round(), replaced[:, 2].tolist()
        (array([15.,  5.,  5.]), [True, True, False])
        """
        if len(places) < 2:
            raise ValueError(f"alike: expected at least two columns that place a row, got {len(places)}")
        rows = rows[spread_evenly(len(rows))]
        told = np.isfinite(rows).any(axis=0)
        low, middle, high = np.zeros((3, rows.shape[1]))
        low[told], middle[told], high[told] = np.nanquantile(rows[:, told], [0.16, 0.5, 0.84], axis=0)
        scale = np.where(high > low, high - low, 1.0)
        spread = np.full(rows.shape[1], np.inf)
        off = np.abs(rows - Alike(rows=rows, places=places, middle=middle, scale=scale, spread=spread).usual(rows))
        spread[told] = 1.4826 * np.nanmedian(off[:, told], axis=0) + 1e-9
        return Alike(rows=rows, places=places, middle=middle, scale=scale, spread=spread)

    def usual(self, rows: Array) -> Array:
        """What each value (n, p) is in the median of the rows alike; the middle of all where too few tell.

        A value that places rows has no part in choosing those that say what it usually is.
        """
        found = self.usual_of(rows, self.rows, self.middle)
        for place, column in enumerate(self.places.tolist()):
            told = self.rows[:, [column]]
            found[:, column] = self._median(rows, told, self.middle[[column]], without=place)[:, 0]
        return found

    def usual_of(self, rows: Array, told: Array, otherwise: Array) -> Array:
        """The median over the learnt rows alike of something else that is told of each of them.

        Parameters
        ----------
        rows
            (n, p).
        told
            (m, q) of the m learnt rows, NaN where missing.
        otherwise
            (q,), taken where too few of them tell.
        """
        return self._median(rows, told, otherwise, without=None)

    def mend(self, rows: Array) -> tuple[Array, NDArray[np.bool_]]:
        """The rows (n, p) with usual values where one is missing or wild, and which were replaced."""
        usual = self.usual(rows)
        with np.errstate(invalid="ignore"):
            replaced = np.isnan(rows) | (np.abs(rows - usual) > WILD * self.spread)
        return np.where(replaced, usual, rows), replaced

    def save(self) -> Mapping[str, Array]:
        """As named arrays."""
        return {
            "rows": self.rows,
            "places": self.places.astype(np.float64),
            "middle": self.middle,
            "scale": self.scale,
            "spread": self.spread,
        }

    @staticmethod
    def load(stored: Mapping[str, Array]) -> "Alike":
        """What :meth:`save` gave."""
        return Alike(
            rows=stored["rows"],
            places=stored["places"].astype(np.int64),
            middle=stored["middle"],
            scale=stored["scale"],
            spread=stored["spread"],
        )

    def _median(self, rows: Array, told: Array, otherwise: Array, *, without: int | None) -> Array:
        found = np.empty((len(rows), told.shape[1]))
        learnt = self._placed(self.rows, without)
        many = min(ALIKE, len(learnt))
        for start in range(0, len(rows), BLOCK):
            here = self._placed(rows[start : start + BLOCK], without)
            apart = (here[:, None, :] - learnt[None, :, :]) ** 2
            apart = np.where(np.isnan(apart), UNKNOWN, apart)
            distance = apart.sum(axis=2)
            if apart.shape[2] > 1:
                distance -= apart.max(axis=2)
            nearest = np.argpartition(distance, many - 1, axis=1)[:, :many]
            of_alike = told[nearest]
            enough = np.isfinite(of_alike).sum(axis=1) >= min(LEAST_TOLD, many)
            found[start : start + BLOCK] = np.nanmedian(np.where(enough[:, None, :], of_alike, otherwise), axis=1)
        return found

    def _placed(self, rows: Array, without: int | None) -> Array:
        places = self.places if without is None else np.delete(self.places, without)
        return np.clip((rows - self.middle)[:, places] / self.scale[places], -REACH, REACH)
