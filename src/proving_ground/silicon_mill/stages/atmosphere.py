"""What a furnace's gas does to the strip: steam and dew point, decarburisation, nitriding and oxidation.

::

    p_H2O = 6.112 exp(17.62 t/(243.12 + t)) / 1013.25      t: dew point, degC (Magnus; *sourced*, from memory)
    tau   = L^2/(2.47 D_C),  D_C = 0.02 exp(-84,100/RT)    cm2/s, L half the thickness (*sourced*, from memory)
    dP    = 0.0011 (T - 980)+ (1 + 8/S)                    W/kg in a minute (*calibrated*)

The last stands for the reversal seen in ultra-low-sulphur steel: hysteresis loss falls up to some 975 degC and then
rises to 1,050 degC as nitrides form under the surface, the faster the less sulphur there is to cover it.
"""

from math import exp, log
from typing import Final

GAS_J_MOLK: Final = 8.314


def surface_loss_w_kg(temp_degc: float, s_ppm: float, *, per_k: float = 0.0011, s_half: float = 8.0) -> float:
    """Loss added by nitriding and oxidation under the surface in one minute of a usual atmosphere, no tin.

    Parameters
    ----------
    temp_degc
        Soak temperature [T].
    s_ppm
        Total sulphur [S].
    per_k, s_half
        Constants of the plant.

    Examples
    --------
    >>> round(surface_loss_w_kg(1030.0, 16.0), 4), surface_loss_w_kg(970.0, 4.0)
    (0.0825, 0.0)
    """
    return per_k * max(temp_degc - 980.0, 0.0) * (1.0 + s_half / max(s_ppm, 2.0))


def decarburising_s(temp_degc: float, thickness_mm: float) -> float:
    """Time constant of decarburisation by diffusion [tau], s.

    Examples
    --------
    >>> round(decarburising_s(830.0, 0.50)), round(decarburising_s(830.0, 0.35))
    (121, 60)
    """
    diffusion = 0.02 * exp(-84100.0 / (GAS_J_MOLK * (temp_degc + 273.15)))
    half_cm = 0.05 * thickness_mm
    return half_cm * half_cm / (2.47 * diffusion)


def steam_share(dew_point_degc: float) -> float:
    """Share of steam in a gas at one atmosphere (Magnus, over water).

    Examples
    --------
    >>> round(steam_share(20.0), 4)
    0.023
    """
    return 6.112 * exp(17.62 * dew_point_degc / (243.12 + dew_point_degc)) / 1013.25


def dew_point(steam: float) -> float:
    """Dew point of a gas with that share of steam, degC.

    Examples
    --------
    >>> round(dew_point(steam_share(-30.0)), 6)
    -30.0
    """
    ratio = log(steam * 1013.25 / 6.112)
    return 243.12 * ratio / (17.62 - ratio)
