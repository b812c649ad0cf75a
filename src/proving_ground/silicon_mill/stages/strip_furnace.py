"""Strip on its way through a zoned furnace: how hot it gets, and what each zone must give.

::

    rho c h v dT/dx = 2 [eps sigma (T_f^4 - T^4) + alpha (T_f - T)]        both faces see the same zone

*Sourced* form (radiation and convection to a thin strip, handbook, from memory); emissivity and convection are
constants of each furnace. The strip is thin (Biot number under 0.1), so one temperature stands for its thickness. A
zone that cannot give the heat the strip would take falls short: strip and zone then stay colder. That is what limits
thick, wide strip at speed.

The step is exponential with the exchange taken at its middle: it cannot overshoot, and three steps a zone are enough.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Final

SIGMA: Final = 5.670e-8
"""Stefan and Boltzmann's constant, W/(m2 K4)."""

VOLUME_HEAT: Final = 5.0e6
"""Of silicon steel between room and annealing temperature [rho c], J/(m3 K)."""

KELVIN: Final = 273.15
STEPS: Final = 3
"""Steps a zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What enters a furnace.

    Parameters
    ----------
    thickness_mm, width_mm, speed_m_min
        Of the strip [h, v].
    emissivity
        [eps].
    convection
        [alpha], W/(m2 K).
    entry_degc
        Its temperature.
    """

    thickness_mm: float
    width_mm: float
    speed_m_min: float
    emissivity: float
    convection: float
    entry_degc: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heating:
    """What became of it.

    Parameters
    ----------
    path_k
        Strip temperature at the end of each step, :data:`STEPS` a zone, kelvin.
    step_s
        Seconds a step takes.
    zones_degc
        Zone temperatures that were reached.
    heat_kw
        Taken by the strip, by zone; negative where it gives heat back.
    """

    path_k: list[float]
    step_s: float
    zones_degc: list[float]
    heat_kw: list[float]

    def mean_degc(self, first: int, last: int) -> float:
        """Mean strip temperature from one zone to another, both counted from 0 and taken in."""
        part = self.path_k[first * STEPS : (last + 1) * STEPS]
        return sum(part) / len(part) - KELVIN

    def seconds_above(self, degc: float) -> float:
        """How long the strip was hotter than that."""
        limit_k = degc + KELVIN
        return self.step_s * sum(1 for t in self.path_k if t >= limit_k)


def through_zones(strip: Strip, zones_degc: Sequence[float], zone_m: float, limits_kw: Sequence[float]) -> Heating:
    """Heat strip from zone to zone.

    Parameters
    ----------
    strip
        What enters.
    zones_degc
        Zone temperatures [T_f].
    zone_m
        Length of a zone.
    limits_kw
        The most heat each zone can give to the strip.

    Examples
    --------
    >>> strip = Strip(thickness_mm=0.5, width_mm=1050.0, speed_m_min=90.0, emissivity=0.28, convection=22.0)
    >>> heating = through_zones(strip, [1000.0] * 6, 11.0, [1500.0] * 6)
    >>> [round(t - KELVIN) for t in heating.path_k[STEPS - 1 :: STEPS]]
    [371, 641, 820, 919, 965, 986]
    """
    speed_m_s = strip.speed_m_min / 60.0
    face_j_m2k = VOLUME_HEAT * strip.thickness_mm / 1000.0
    radiation = 2.0 * strip.emissivity * SIGMA / face_j_m2k
    convection = 2.0 * strip.convection / face_j_m2k
    step_s = zone_m / speed_m_s / STEPS
    kw_per_k = face_j_m2k * strip.width_mm / 1000.0 * speed_m_s / 1000.0
    t = strip.entry_degc + KELVIN
    path: list[float] = []
    reached: list[float] = []
    heat: list[float] = []
    for zone_degc, limit_kw in zip(zones_degc, limits_kw, strict=True):
        zone_k = zone_degc + KELVIN
        square = zone_k * zone_k
        start = t
        steps = []
        for _ in range(STEPS):
            rate = radiation * (square + t * t) * (zone_k + t) + convection
            middle = zone_k + (t - zone_k) * exp(-0.5 * rate * step_s)
            rate = radiation * (square + middle * middle) * (zone_k + middle) + convection
            t = zone_k + (t - zone_k) * exp(-rate * step_s)
            steps.append(t)
        demand_kw = (t - start) * kw_per_k
        if demand_kw > limit_kw:
            share = limit_kw / demand_kw
            steps = [start + share * (x - start) for x in steps]
            t = steps[-1]
            zone_degc = _colder(zone_k, start, share)  # noqa: PLW2901 - what was set is not what was reached
            demand_kw = limit_kw
        path += steps
        reached.append(zone_degc)
        heat.append(demand_kw)
    return Heating(path_k=path, step_s=step_s, zones_degc=reached, heat_kw=heat)


def _colder(zone_k: float, strip_k: float, share: float) -> float:
    """Temperature of a zone that gives only that share of the radiation asked of it, degC."""
    fourth = strip_k**4 + share * (zone_k**4 - strip_k**4)
    return float(fourth**0.25) - KELVIN
