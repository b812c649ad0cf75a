r"""Missing values, filled in with what the present ones and the past let expect.

Known-data regression [Nelson, Taylor and MacGregor 1996, Chemom. Intell. Lab. Syst. 35, 45-65; Arteaga and Ferrer
2002, J. Chemom. 16, 408-418]: the conditional mean of the missing part m of an observation given its present part o,

    z_m = f_m + Σ_mo Σ_oo⁻¹ (z_o - f_o)

with f the forecast from the rows before and Σ the covariance around it. A filled value is never a surprise: distances
of filled observations are those of their present part, which are the smaller ones.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def filled(rows: Array, axes: Array, level: Array, innovation: Array, lags: Array) -> Array:
    """Standardised rows (n, p) in time order, NaN replaced.

    Parameters
    ----------
    rows
        (n, p), NaN where missing.
    axes
        Principal axes (p, p), one a column.
    level, innovation
        Variances (p,) along the axes: of the scores, and of their innovations.
    lags
        Autoregressions (p, L) of the scores.

    Examples
    --------
    >>> axes = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2.0)
    >>> level = np.array([1.9, 0.1])
    >>> filled(np.array([[2.0, np.nan]]), axes, level, level, np.zeros((2, 1))).round(6)
    array([[2. , 1.8]])
    """
    full, order = rows.copy(), lags.shape[1]
    around_forecast, around_mean = (axes * innovation) @ axes.T, (axes * level) @ axes.T
    for row in np.flatnonzero(np.isnan(rows).any(axis=1)):
        there = np.isfinite(rows[row])
        if row >= order:
            past = full[row - order : row][::-1] @ axes
            forecast, covariance = axes @ (lags.T * past).sum(axis=0), around_forecast
        else:
            forecast, covariance = np.zeros(rows.shape[1]), around_mean
        surprise = np.linalg.solve(covariance[np.ix_(there, there)], rows[row, there] - forecast[there])
        full[row, ~there] = forecast[~there] + covariance[np.ix_(~there, there)] @ surprise
    return full
