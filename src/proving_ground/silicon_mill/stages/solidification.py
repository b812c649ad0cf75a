"""How a slab freezes, and how two heats mix on the way into it.

::

    T_liq = 1537 - 78 C - 12 min(Si, 3) - 4.9 Mn - 34 P - 38 S - 3 Al     degC, mass %      (sourced, from memory)
    s     = K sqrt(t),  L = v (d / 2K)^2                                  shell, crater     (sourced, from memory)
    e     = 60 - 1.3 dT + 20 I/600, within 10 .. 65                       equiaxed, %       (calibrated)
    C_l   = C_0 (1 - f_s)^(k-1)                                           no diffusion back (sourced, from memory)
    F     = 1 - exp(-m / m_t)                                             new steel's share (sourced, from memory)
"""

from collections.abc import Mapping
from math import exp
from typing import Final

from proving_ground.silicon_mill.piece import Steel

_FIELDS: Final = tuple(Steel.__dataclass_fields__)


def liquidus_degc(steel: Steel) -> float:
    """Liquidus of a steel by the works' formula (from memory; see the module).

    Examples
    --------
    >>> round(liquidus_degc(Steel(c_ppm=20, si=3.0, mn=0.2, p=0.01, s_ppm=20, al=0.0)))
    1499
    """
    traces = 78.0 * steel.c_ppm + 38.0 * steel.s_ppm
    return 1537.0 - 1e-4 * traces - 12.0 * min(steel.si, 3.0) - 4.9 * steel.mn - 34.0 * steel.p - 3.0 * steel.al


def crater_m(speed_m_min: float, thickness_mm: float, shell_mm: float) -> float:
    """Length of the liquid crater (metallurgical length), m; ``shell_mm`` is K in mm/min^0.5.

    Examples
    --------
    >>> round(crater_m(1.1, 220.0, 25.0))
    21
    """
    return speed_m_min * (thickness_mm / (2.0 * shell_mm)) ** 2


def equiaxed_share(superheat_k: float, stirring: float, constants: Mapping[str, float]) -> float:
    """Equiaxed crystals in the slab, %.

    ``stirring`` is the strand stirrer's current over 600 A, the constants are the caster's.

    Examples
    --------
    >>> c = {"cc_equiaxed_base": 60.0, "cc_equiaxed_slope": 1.3, "cc_equiaxed_ems": 20.0}
    >>> round(equiaxed_share(25.0, 0.5, c), 1)
    37.5
    """
    share = (
        constants["cc_equiaxed_base"]
        - constants["cc_equiaxed_slope"] * superheat_k
        + constants["cc_equiaxed_ems"] * stirring
    )
    return min(max(share, 10.0), 65.0)


def enrichment(partition: float, solid: float) -> float:
    """Of an element in the last liquid, by Scheil: 1 where nothing has frozen.

    Parameters
    ----------
    partition
        Solid over liquid [k]: C 0.19, Si and Mn 0.77, P 0.23, S 0.05 (from memory).
    solid
        Fraction frozen [f_s].
    """
    return float((1.0 - solid) ** (partition - 1.0))


def old_share(from_t: float, to_t: float, mixing_t: float) -> float:
    """Mean share of the old heat in what leaves the tundish while ``from_t`` to ``to_t`` of the new one are cast.

    Examples
    --------
    >>> round(1.0 - old_share(49.999, 50.001, 50.0), 3)
    0.632
    """
    return mixing_t * (exp(-from_t / mixing_t) - exp(-to_t / mixing_t)) / (to_t - from_t)


def mixed(new: Steel, old: Steel, share_old: float) -> Steel:
    """Analysis of steel of which a share is still the old heat's."""
    kept = 1.0 - share_old
    return Steel(**{name: kept * getattr(new, name) + share_old * getattr(old, name) for name in _FIELDS})
