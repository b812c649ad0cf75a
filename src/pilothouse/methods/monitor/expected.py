r"""What the other parameters expect of each one: a soft sensor for every parameter out of one model.

With z ~ (0, Σ), Σ = P diag(l) P' and Ω = Σ⁻¹, the regression of z_i on all others is [Lauritzen 1996, prop. 5.3]

    ẑ_i = z_i - (Ωz)_i / Ω_ii,      var (z_i - ẑ_i) = 1 / Ω_ii

so that (Ωz)_i / √Ω_ii is how far parameter i is from what the others expect, in spreads. Its square is also what the
distance z'Ωz loses if z_i is replaced by ẑ_i: the reconstruction-based contribution [Alcala and Qin 2009, Automatica
45, 1593-1600]. One number asks both questions.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilothouse.methods.monitor.latent import Latent

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Expected:
    """Expected values of n observations.

    Parameters
    ----------
    value
        What the others expect (n, p) of each parameter, in its unit.
    residual
        The observation less that (n, p), in its unit; NaN where the observation is missing.
    scale
        How far (p,) a parameter usually is from what the others expect, in its unit, learnt on later rows.
    """

    value: Array
    residual: Array
    scale: Array


def expected(latent: Latent, rows: Array, scale: Array) -> Expected:
    """What the others expect of each parameter in rows (n, p) in time order; `scale` is that of the watch.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = 50.0 + rng.normal(size=(800, 1)) + 0.1 * rng.normal(size=(800, 4))
    >>> latent = Latent.fit(rows[:500], ["a", "b", "c", "d"])
    >>> told = expected(latent, np.array([[51.0, 51.0, 49.0, 51.0]]), usual_residual(latent, rows[500:]))
    >>> told.value[0, 2].round().item(), told.residual[0, 2].round().item(), told.scale[2].round(1).item()
    (51.0, -2.0, 0.1)
    """
    placed = latent.place(rows)
    _, off, spread = odds(latent, placed, latent.level)
    value = latent.centre + latent.spread * (placed - off * spread + latent.mean)
    return Expected(value=value, residual=np.asarray(rows, np.float64) - value, scale=scale)


def usual_residual(latent: Latent, later: Array) -> Array:
    """How far (p,) each parameter usually is from what the others expect, in its unit, on rows (n, p) later on.

    A parameter that is never there has the spread that the model gives it.
    """
    _, off, spread = odds(latent, latent.place(later), latent.level)
    there = np.isfinite(np.asarray(later, np.float64))
    counted = there.sum(axis=0)
    squares = np.where(there, off**2, 0.0).sum(axis=0)
    share = np.where(counted > 0, squares / np.maximum(counted, 1), 1.0)
    usual: Array = np.sqrt(share) * spread * latent.spread
    return usual


def odds(latent: Latent, placed: Array, variance: Array) -> tuple[Array, Array, Array]:
    """Distances (n,), how odd each parameter is (n, p) in spreads, and those spreads (p,), of standardised rows (n, p).

    `variance` (p,) is that of the rows along the axes: the level's for single ones, the window's for means of ten.
    """
    precision = precision_of(latent, variance)
    pulled = placed @ precision
    own = np.diagonal(precision)
    return (pulled * placed).sum(axis=1), pulled / np.sqrt(own), 1.0 / np.sqrt(own)


def precision_of(latent: Latent, variance: Array) -> Array:
    """The precision (p, p) [Ω] of rows with this variance (p,) along the axes."""
    found: Array = (latent.axes / variance) @ latent.axes.T
    return found
