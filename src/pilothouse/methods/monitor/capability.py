r"""Capability: how well a parameter keeps between its limits, with how sure that is.

Notation: L, U the limits, μ the mean of what runs now, σ the spread within like products, n' what the rows count as
independent ones (:mod:`.limits`), ν = n' - 1.

    C_p  = (U - L)/6σ                    interval  C_p (χ²_{α/2,ν}/ν)^½  to  C_p (χ²_{1-α/2,ν}/ν)^½
    C_pk = min(U - μ, μ - L)/3σ          interval  C_pk ± z_{1-α/2} (1/9n' + C_pk²/2ν)^½

The first is exact for independent normal values [Kane 1986, J. Qual. Technol. 18, 41-52], the second an approximation
[Bissell 1990, Appl. Stat. 39, 331-340].
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from pilothouse.methods.monitor.limits import LEAST_ROWS, effective_size

Array = NDArray[np.float64]

COVERAGE: Final = 0.95
"""Of both intervals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Indices with their intervals of 95 %.

    Parameters
    ----------
    cp, cp_low, cp_high
        [C_p]; NaN where only one limit is declared.
    cpk, cpk_low, cpk_high
        [C_pk].
    effective
        What the values count as independent ones [n'].
    """

    cp: float
    cp_low: float
    cp_high: float
    cpk: float
    cpk_low: float
    cpk_high: float
    effective: float


def capability(within: Array, centre: float, low: float | None, high: float | None) -> Capability | None:
    """How well values keep their limits; None where no limit is declared, too few are known, or none ever moved.

    Parameters
    ----------
    within
        Values less what is usual for their product (n,), in time order, NaN where missing.
    centre
        Mean of what runs now [μ].
    low, high
        Limits; None where open.

    Examples
    --------
    >>> told = capability(np.random.default_rng(1).normal(size=9000), 10.0, 4.0, 16.0)
    >>> round(told.cp, 1), round(told.cpk, 1), told.cpk_low < told.cpk < told.cpk_high
    (2.0, 2.0, True)
    """
    known = within[np.isfinite(within)]
    if (low is None and high is None) or len(known) < LEAST_ROWS or not np.isfinite(centre):
        return None
    sigma = float(known.std(ddof=1))
    if sigma <= 1e-12 * max(abs(centre), 1.0):
        return None
    effective = effective_size(known)
    nu = effective - 1.0
    cp = np.nan if low is None or high is None else (high - low) / (6.0 * sigma)
    sides = [distance for distance in (_above(centre, low), _below(centre, high)) if distance is not None]
    cpk = min(sides) / (3.0 * sigma)
    least, most = (float(np.sqrt(chi2.ppf(q, nu) / nu)) for q in (0.5 - COVERAGE / 2, 0.5 + COVERAGE / 2))
    half = float(norm.ppf(0.5 + COVERAGE / 2) * np.sqrt(1.0 / (9.0 * effective) + cpk**2 / (2.0 * nu)))
    return Capability(
        cp=float(cp),
        cp_low=float(cp * least),
        cp_high=float(cp * most),
        cpk=cpk,
        cpk_low=cpk - half,
        cpk_high=cpk + half,
        effective=effective,
    )


def _above(centre: float, low: float | None) -> float | None:
    return None if low is None else centre - low


def _below(centre: float, high: float | None) -> float | None:
    return None if high is None else high - centre
