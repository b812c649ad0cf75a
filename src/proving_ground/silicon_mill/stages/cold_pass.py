"""One pass of cold rolling: how the reductions share out, flow stress, roll force.

::

    k_f = K (0.01 + eps)^n,  K = 560 + 130 Si MPa, n 0.18-0.22
    F   = w sqrt(R' dh) [k_f - (0.4 s0 + 0.6 s1)] Q,  Q = 1.08 + 1.79 r mu sqrt(R'/h1) - 1.02 r
    R'  = R (1 + 2.2e-5 F/(w dh))                                                            N, mm

The flow stress is usual practice (*guessed*); the force is that of Bland and Ford with Hill's fit [Q] and Hitchcock's
flattening [R'] (*sourced*, from memory).
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

FLATTENING: Final = 2.2e-5
"""Hitchcock's constant of steel rolls, mm2/N."""


def pattern(entry_mm: float, exit_mm: float, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Reduction of each pass, so that together they end at a thickness.

    Parameters
    ----------
    entry_mm, exit_mm
        Before the first and after the last pass.
    shares
        Of the logarithmic reduction, by pass; only their ratios count.

    Examples
    --------
    >>> [round(r, 3) for r in pattern(2.0, 0.5, (1.0, 1.0, 1.0, 1.0, 1.0))]
    [0.242, 0.242, 0.242, 0.242, 0.242]
    """
    whole = log(entry_mm / exit_mm) / sum(shares)
    return tuple(1.0 - exp(-share * whole) for share in shares)


def flow_stress_mpa(si: float, strain: float, *, base: float, per_si: float, n: float) -> float:
    """Flow stress after some strain [k_f].

    Examples
    --------
    >>> round(flow_stress_mpa(3.0, 0.99, base=560.0, per_si=130.0, n=0.2))
    950
    """
    return float((base + per_si * si) * (0.01 + strain) ** n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bite:
    """One pass: what the force depends on.

    Parameters
    ----------
    entry_mm, exit_mm, width_mm
        Of the strip.
    radius_mm
        Of the work roll [R].
    stress_mpa
        Mean flow stress less the part that tension takes.
    friction
        [mu].
    """

    entry_mm: float
    exit_mm: float
    width_mm: float
    radius_mm: float
    stress_mpa: float
    friction: float


def roll_force_mn(bite: Bite) -> float:
    """Roll force [F] of Bland and Ford, in Hill's fit, with Hitchcock's flattening.

    Examples
    --------
    >>> bite = Bite(entry_mm=1.5, exit_mm=1.05, width_mm=1050.0, radius_mm=40.0, stress_mpa=780.0, friction=0.045)
    >>> round(roll_force_mn(bite), 2)
    3.5
    """
    draft = bite.entry_mm - bite.exit_mm
    reduction = draft / bite.entry_mm
    radius = bite.radius_mm
    force = 0.0
    for _ in range(4):
        q = 1.08 + 1.79 * reduction * bite.friction * sqrt(radius / bite.exit_mm) - 1.02 * reduction
        force = bite.width_mm * sqrt(radius * draft) * bite.stress_mpa * q
        radius = bite.radius_mm * (1.0 + FLATTENING * force / (bite.width_mm * draft))
    return force / 1e6
