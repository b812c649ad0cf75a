"""Recrystallisation, grain growth and what holds grains back.

::

    X = 1 - exp(-ln 2 (theta / t_half)^1.5)    theta: seconds at 750 degC that the path is worth
    dD/dt = (K / D) (1 - D / D_z)              K = K0 exp(-Q / R T)
    D_z = 2 (pi r / 6 f) (1.5 - 2 / Z)         Gladman, Z = 1.7; f and r: volume share and radius of fine particles
    f = 5.24e-6 S_fine + 7.0e-6 N_fine         per ppm; densities of MnS 4.0, AlN 3.26, steel 7.65 g/cm3

*Calibrated*: K0 = 4.05e10 um2/s and Q = 212 kJ/mol give 31, 45, 67, 98 and 139 um after 60 s from 18 um at 850 to
1,050 degC; r = 35 nm then gives 86, 73 and 62 um at 1,000 degC with 10, 20 and 30 ppm fine sulphur. Gladman's form and
Johnson, Mehl and Avrami's are *sourced* (textbook, from memory).

Which sulphur is fine? Only what was dissolved on leaving the reheating furnace can come out fine; part of that goes to
the coarse sulphides that never dissolved, and a hot coil lets the fine ones ripen while it cools for days. So a share
of some 0.75 at 650 degC coiling, falling by a sixth per 100 K (*guessed*). Nitrogen dissolves in earnest only where
there is little aluminium; a third of it stays fine (*guessed*).

The grains that growth starts from are finer after more cold reduction (more stored work) and after a finer hot band
(more boundaries to nucleate on): 12-20 um (*calibrated*).
"""

from collections.abc import Mapping, Sequence
from math import exp, isfinite, pi, sqrt
from types import MappingProxyType
from typing import Final

from proving_ground.constant import Constant, constant

GAS_J_MOLK: Final = 8.314
GROWTH_J_MOL: Final = 212_000.0
RECRYSTALLISATION_J_MOL: Final = 250_000.0
ZENER_Z: Final = 1.7
LN2: Final = 0.693147
S_VOLUME: Final = 5.24e-6
N_VOLUME: Final = 7.0e-6
UNPINNED_UM: Final = 1200.0
"""Limit of growth where hardly anything pins: a few oxides and nitrides always do."""

CONSTANTS: Final[Mapping[str, Constant]] = MappingProxyType(
    {
        "fal_grain_k0": constant(4.05e10, 3.75e10, 4.35e10, "um2/s", "calibrated", "31-139 um at 850-1,050 degC, 60 s"),
        "fal_grain_radius_nm": constant(35.0, 32.5, 37.5, "nm", "calibrated", "86, 73, 62 um at 10, 20, 30 ppm fine S"),
        "fal_grain_fine_s": constant(0.75, 0.69, 0.81, "1", "guessed", "share of dissolved S that comes out fine"),
        "fal_grain_fine_n": constant(0.33, 0.26, 0.40, "1", "guessed", "share of dissolved N that comes out fine"),
        "fal_grain_ripening": constant(0.0016, 0.0012, 0.002, "1/K", "guessed", "fine share lost per K of coiling"),
        "fal_grain_start_um": constant(16.0, 15.0, 17.0, "um", "calibrated", "12-20 um is usual"),
        "fal_grain_half_s": constant(1.8, 1.3, 2.6, "s", "sourced", "half-time 1-3 s at 750 degC (from memory)"),
    }
)
"""Every uncertain constant of the grains by name."""


def mobility(k0: float, temp_k: float) -> float:
    """Rate constant of growth [K], um2/s.

    Examples
    --------
    >>> round(mobility(4.05e10, 1273.15), 1)
    81.1
    """
    return k0 * exp(-GROWTH_J_MOL / (GAS_J_MOLK * temp_k))


def fine_volume(s_fine_ppm: float, n_fine_ppm: float) -> float:
    """Volume share of fine particles [f]."""
    return S_VOLUME * s_fine_ppm + N_VOLUME * n_fine_ppm


def pinned_um(volume: float, radius_nm: float) -> float:
    """Size at which particles hold the grains [D_z].

    Parameters
    ----------
    volume
        Share of fine particles [f].
    radius_nm
        Theirs [r].

    Examples
    --------
    >>> [round(pinned_um(fine_volume(s, 0.0), 35.0)) for s in (10.0, 20.0, 30.0)]
    [226, 113, 75]
    """
    if volume <= 0.0:
        return UNPINNED_UM
    return min(2.0 * pi * radius_nm / 1000.0 / (6.0 * volume) * (1.5 - 2.0 / ZENER_Z), UNPINNED_UM)


def grow(size_um: float, rate: float, limit_um: float, seconds: float) -> float:
    """Grain size after one step of growth (Heun, on the square of the size); grains do not shrink.

    Parameters
    ----------
    size_um, limit_um
        Now, and where growth ends [D, D_z].
    rate
        [K], um2/s.
    seconds
        Of the step; keep it to some seconds.
    """
    if size_um >= limit_um:
        return size_um
    square = size_um * size_um
    twice = 2.0 * rate * seconds
    first = twice * (1.0 - size_um / limit_um)
    second = max(twice * (1.0 - sqrt(square + first) / limit_um), 0.0)
    return min(sqrt(square + 0.5 * (first + second)), max(limit_um, size_um))


def grown(size_um: float, temp_degc: float, seconds: float, *, k0: float = 4.05e10, limit_um: float) -> float:
    """Grain size after some time at one temperature.

    Examples
    --------
    >>> [round(grown(18.0, t, 60.0, limit_um=UNPINNED_UM)) for t in (850.0, 900.0, 950.0, 1000.0, 1050.0)]
    [31, 45, 67, 98, 139]
    >>> [round(grown(18.0, 1000.0, 60.0, limit_um=limit)) for limit in (226.0, 113.0, 75.5)]
    [86, 73, 62]
    """
    rate = mobility(k0, temp_degc + 273.15)
    steps = max(int(seconds), 1)
    for _ in range(steps):
        size_um = grow(size_um, rate, limit_um, seconds / steps)
    return size_um


def fine_sulphur_ppm(dissolved_ppm: float, ct_degc: float, *, share: float, ripening: float) -> float:
    """Sulphur that is fine in the strip; see the module.

    Parameters
    ----------
    dissolved_ppm
        On leaving the reheating furnace.
    ct_degc
        Coiling temperature; unknown counts as 650.
    share, ripening
        Fine share at 650 degC, and what is lost of it per kelvin.
    """
    over = ct_degc - 650.0 if isfinite(ct_degc) else 0.0
    return dissolved_ppm * share * min(max(1.0 - ripening * over, 0.6), 1.3)


def start_grain_um(base_um: float, cold_reduction: float, band_grain_um: float) -> float:
    """Size of the grains just recrystallised, 12-20 um.

    Parameters
    ----------
    base_um
        After 80 % cold reduction of a band of 80 um.
    cold_reduction, band_grain_um
        Of the strip.
    """
    size = base_um * ((1.0 - cold_reduction) / 0.20) ** 0.25 * (band_grain_um / 80.0) ** 0.15
    return float(min(max(size, 10.0), 22.0))


def recrystallised(path_k: Sequence[float], step_s: float, half_s: float) -> float:
    """Share that is recrystallised at the end of a path [X].

    Parameters
    ----------
    path_k
        Temperatures at the end of equal steps.
    step_s
        Seconds a step takes.
    half_s
        Half-time at 750 degC [t_half].
    """
    worth_s = 0.0
    for temp_k in path_k:
        if temp_k > 800.0:
            worth_s += step_s * exp(-RECRYSTALLISATION_J_MOL / GAS_J_MOLK * (1.0 / temp_k - 1.0 / 1023.15))
            if worth_s > 6.0 * half_s:
                return 1.0
    return 1.0 - exp(-LN2 * (worth_s / half_s) ** 1.5)


def grow_along(path_k: Sequence[float], step_s: float, size_um: float, *, k0: float, limit_um: float) -> float:
    """Grain size at the end of a path of temperatures.

    Parameters
    ----------
    path_k
        Temperatures at the end of equal steps.
    step_s
        Seconds a step takes.
    size_um, limit_um
        At the start, and where growth ends.
    k0
        [K0], um2/s.
    """
    factor = -GROWTH_J_MOL / GAS_J_MOLK
    for temp_k in path_k:
        if temp_k > 1000.0:
            size_um = grow(size_um, k0 * exp(factor / temp_k), limit_um, step_s)
    return size_um
