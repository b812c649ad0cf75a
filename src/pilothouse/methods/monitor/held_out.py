"""Held out: how far scores really go on rows that the axes were not learnt on.

A table is cut into five blocks in time order; each is seen through axes and autoregressions of the other four. The
variances found there do not flatter themselves as those of the rows learnt on do [cross-validated eigenvalues: Bartz
2016, arXiv:1611.00798]. The level's are made to fall with rank; a floor keeps relations between parameters that
hold exactly (a valve and the flow it is worked out from) from ruling everything.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from pilothouse.methods.monitor.components import principal_axes
from pilothouse.methods.monitor.whitening import ORDER, accumulated, autoregressions, innovations, moving_mean

Array = NDArray[np.float64]

FORGETTING: Final = 0.1
"""λ of the lasting chart: about 19 rows of memory, within the usual 0.05 to 0.25."""
WINDOW: Final = 10
"""Rows whose mean is asked what went wrong: about the half-life of λ and a little more."""
WARM_UP: Final = 20
"""Rows after which the accumulated mean has forgotten that it began at 0: 2/λ."""
FOLDS: Final = 5
FLOOR: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldOut:
    """Variances (p,) along the axes on rows held out, and the series they are of.

    Parameters
    ----------
    level, innovation, lasting, window
        Variances (p,) of scores, of their innovations, of those accumulated, and of scores averaged over ten rows.
    surprises, lastings
        Innovations, and accumulated ones (m, p) each.
    """

    level: Array
    innovation: Array
    lasting: Array
    window: Array
    surprises: Array
    lastings: Array

    @classmethod
    def of(cls, table: Array) -> Self:
        """Of a standardised table (n, p) without missing values.

        Examples
        --------
        >>> table = np.random.default_rng(1).normal(size=(100, 20))
        >>> held, flattering = HeldOut.of(table), principal_axes(table)[1]
        >>> bool(flattering[0] > 1.5), bool(held.level[0] < 1.5), bool(flattering[-1] < 0.5), bool(held.level[-1] > 0.5)
        (True, True, True, True)
        """
        blocks = [_block(table, block) for block in np.array_split(np.arange(len(table)), FOLDS)]
        scores, surprises, lastings, means = (np.concatenate(part) for part in zip(*blocks, strict=True))
        level = np.maximum(isotonic_regression((scores**2).mean(axis=0), increasing=False).x, FLOOR)
        innovation = np.maximum((surprises**2).mean(axis=0), 0.5 * FLOOR)
        return cls(
            level=level,
            innovation=innovation,
            lasting=np.maximum((lastings**2).mean(axis=0), innovation * FORGETTING / (2.0 - FORGETTING)),
            window=np.maximum((means**2).mean(axis=0), level / WINDOW),
            surprises=surprises,
            lastings=lastings,
        )


def _block(table: Array, block: NDArray[np.intp]) -> tuple[Array, Array, Array, Array]:
    """Scores, innovations, accumulated innovations and averaged scores of one block by the axes of the others."""
    rest = np.delete(table, block, axis=0)
    mean = rest.mean(axis=0)
    axes, _ = principal_axes(rest)
    lags = autoregressions((rest - mean) @ axes)
    scores = (table[block] - mean) @ axes
    surprise = innovations(scores, lags)
    lasting = accumulated(surprise, FORGETTING)[min(WARM_UP, len(block) // 3) :]
    return scores, surprise[ORDER:], lasting, moving_mean(scores, min(WINDOW, len(block) - 1))
