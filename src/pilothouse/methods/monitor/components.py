r"""Components: how many directions of a unit are common causes rather than chance.

Parallel analysis [Horn 1965, Psychometrika 30, 179-185]: a direction counts if its variance is above that of any table
whose columns have the same values but no bond. Here each column is shifted in time around the table, which breaks the
bonds between columns and keeps the autocorrelation of each: a table of slow columns shows large chance directions, and
they are allowed for. The shifts are not drawn (the golden section times squares, modulo 1: evenly spread [Weyl
1916]), and columns are taken in the order of their first values, so that neither luck nor the order of names decides.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

TABLES: Final = 20
GOLDEN: Final = 0.5 * (np.sqrt(5.0) - 1.0)


def parallel_analysis(table: Array) -> int:
    """How many leading directions of a standardised table (n, p) count: at least 1, at most p - 1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> loadings = np.kron(np.eye(2), np.ones(5))
    >>> parallel_analysis(rng.normal(size=(400, 2)) @ loadings + rng.normal(size=(400, 10)))
    2
    """
    n, p = table.shape
    ordered = table[:, np.argsort(table[0], kind="stable")]
    chance = np.zeros(p)
    for draw in range(TABLES):
        shifts = np.floor(n * (GOLDEN * (draw + 1) * np.arange(1, p + 1) ** 2 % 1.0)).astype(np.intp)
        shifted = ordered[(np.arange(n)[:, None] + shifts) % n, np.arange(p)]
        chance = np.maximum(chance, variances(shifted))
    above = variances(table) > chance
    leading = p if above.all() else int(np.argmin(above))
    return int(np.clip(leading, 1, p - 1))


def variances(table: Array) -> Array:
    """Variances (p,) along the principal axes of a table (n, p), greatest first."""
    return principal_axes(table)[1]


def principal_axes(table: Array) -> tuple[Array, Array]:
    """Axes (p, p), one a column, and variances (p,), greatest first."""
    found, axes = np.linalg.eigh(np.atleast_2d(np.cov(table, rowvar=False)))
    return axes[:, ::-1], found[::-1]
