"""The balances of the vacuum degasser: circulation, two tanks, pump, nitrogen, sulphur, oxides.

Steel circulates between ladle (mass W) and vessel (mass w) at the rate of Kuwabara 1988 (from memory: sourced)::

    Q = 11.4 G^(1/3) D^(4/3) [ln(P0/P)]^(1/3)          t/min; G in Nl/min, D in m
    W dC_L/dt = -Q (C_L - C_V)
    w dC_V/dt =  Q (C_L - C_V) - ak rho (C_V - C_eq)
    C_eq = 2e5 (p/101,325)/O  ppm, not below what refractory and skull hold up (6-10 ppm)

``ak`` falls below some 40 ppm, as fewer bubbles form, ``(C/40)^a`` (form guessed; calibrated to the published rate
constants 0.306 /min early and 0.072 /min below 14 ppm of a 210 t plant: sourced). With full vacuum from the start the
two tanks decarburise too fast; the pump takes 4-5 min (from memory). Carbon takes 16/12 of its mass of oxygen along.
Nitrogen leaves by the second order and is blocked by oxygen and sulphur (Harashima; Byrne and Belton, from memory:
sourced)::

    dN/dt = -k (N^2 - N_eq^2) / (1 + 160 a_O + 63 a_S)
"""

import math
from dataclasses import dataclass
from typing import Final

ATMOSPHERE_PA: Final = 101_325.0
STEP_MIN: Final = 0.2
BUBBLES_PPM: Final = 40.0
"""Carbon below which fewer bubbles form."""


@dataclass(slots=True, kw_only=True)
class Bath:
    """What changes while steel circulates.

    Parameters
    ----------
    ladle_ppm, vessel_ppm
        Carbon [C_L, C_V].
    oxygen_ppm
        Dissolved oxygen.
    nitrogen_ppm
        Nitrogen.
    pressure_pa
        In the vessel.
    removed_kg
        Carbon that has left as gas.
    """

    ladle_ppm: float
    vessel_ppm: float
    oxygen_ppm: float
    nitrogen_ppm: float
    pressure_pa: float = ATMOSPHERE_PA
    removed_kg: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Vessel:
    """What decarburisation depends on besides the steel.

    Parameters
    ----------
    ladle_t, vessel_t
        Masses [W, w].
    snorkel_m
        Free diameter of the snorkels [D].
    rate_t_min
        Decarburisation at the surface of the bubbles while carbon is plentiful [ak rho].
    falling
        Exponent of its fall below 40 ppm [a].
    floor_ppm
        What refractory and skull hold up.
    pump_per_min
        Fall of the logarithm of pressure.
    pump_floor_pa
        Lowest pressure the pump reaches.
    nitrogen_per_ppm_min, nitrogen_eq_ppm
        [k, N_eq].
    sulphur_pct
        For its hold on nitrogen.
    """

    ladle_t: float
    vessel_t: float
    snorkel_m: float
    rate_t_min: float
    falling: float
    floor_ppm: float
    pump_per_min: float
    pump_floor_pa: float
    nitrogen_per_ppm_min: float
    nitrogen_eq_ppm: float
    sulphur_pct: float


def circulation(gas_nl_min: float, snorkel_m: float, pressure_pa: float) -> float:
    """Circulation rate [Q], t/min (Kuwabara 1988, from memory).

    Parameters
    ----------
    gas_nl_min
        Lift gas [G].
    snorkel_m
        Diameter [D].
    pressure_pa
        In the vessel [P].

    Examples
    --------
    >>> round(circulation(1500.0, 0.70, 100.0))
    155
    """
    drive = math.log(ATMOSPHERE_PA / min(pressure_pa, 0.9 * ATMOSPHERE_PA))
    return float(11.4 * gas_nl_min ** (1.0 / 3.0) * snorkel_m ** (4.0 / 3.0) * drive ** (1.0 / 3.0))


def equilibrium_carbon(pressure_pa: float, oxygen_ppm: float, floor_ppm: float) -> float:
    """Carbon that cannot be gone below [C_eq], ppm (page equation, from memory).

    Examples
    --------
    >>> round(equilibrium_carbon(5000.0, 400.0, 7.0), 1)
    24.7
    """
    return max(2e5 * pressure_pa / ATMOSPHERE_PA / max(oxygen_ppm, 2.0), floor_ppm)


def circulate(bath: Bath, vessel: Vessel, minutes: float, *, set_pa: float, gas_nl_min: float, oxygen: float) -> float:
    """Let steel circulate; gives the mean circulation, t/min.

    Parameters
    ----------
    bath
        Changed in place.
    vessel
        What it depends on.
    minutes
        How long.
    set_pa
        Pressure commanded; the pump goes there as far as it can.
    gas_nl_min
        Lift gas.
    oxygen
        Oxygen brought in meanwhile, ppm/min.
    """
    steps = max(round(minutes / STEP_MIN), 1)
    dt = minutes / steps
    fall = math.exp(-vessel.pump_per_min * dt)
    lowest = max(set_pa, vessel.pump_floor_pa)
    total = 0.0
    for _ in range(steps):
        bath.pressure_pa = max(bath.pressure_pa * fall, lowest)
        flow = circulation(gas_nl_min, vessel.snorkel_m, bath.pressure_pa)
        total += flow
        removed = _decarburise(bath, vessel, flow, dt)
        bath.oxygen_ppm = max(bath.oxygen_ppm - 16.0 / 12.0 * removed + oxygen * dt, 3.0)
        bath.nitrogen_ppm -= dt * denitriding(bath.nitrogen_ppm, bath.oxygen_ppm, vessel)
    return total / steps


def _decarburise(bath: Bath, vessel: Vessel, flow: float, dt: float) -> float:
    """One step of the two tanks, implicit in the vessel; gives the carbon removed per mass of all steel, ppm."""
    rate = vessel.rate_t_min * math.pow(min(1.0, bath.ladle_ppm / BUBBLES_PPM), vessel.falling)
    equal = equilibrium_carbon(bath.pressure_pa, bath.oxygen_ppm, vessel.floor_ppm)
    held = vessel.vessel_t / dt
    inner = held * bath.vessel_ppm + flow * bath.ladle_ppm
    if inner <= (held + flow) * equal:
        rate = 0.0
    inner = (inner + rate * equal) / (held + flow + rate)
    removed = rate * (inner - equal) * dt
    bath.removed_kg += 1e-3 * removed
    bath.ladle_ppm += dt * flow / vessel.ladle_t * (inner - bath.ladle_ppm)
    bath.vessel_ppm = inner
    return removed / (vessel.ladle_t + vessel.vessel_t)


def denitriding(nitrogen_ppm: float, oxygen_ppm: float, vessel: Vessel) -> float:
    """Nitrogen lost per minute, ppm (Harashima; Byrne and Belton, from memory)."""
    blocked = 1.0 + 160.0e-4 * oxygen_ppm + 63.0 * vessel.sulphur_pct
    return vessel.nitrogen_per_ppm_min * (nitrogen_ppm**2 - vessel.nitrogen_eq_ppm**2) / blocked


def desulphurised(flux_kg_t: float, strength: float, full: float) -> float:
    """Sulphur left of what was there, S_end/S_0, after so much CaO-CaF2 flux; 0.4-0.6 at full dose (from memory).

    Parameters
    ----------
    flux_kg_t
        Flux.
    strength
        Share taken by any amount, however large.
    full
        Flux at which two thirds of that are taken, kg/t.

    Examples
    --------
    >>> round(desulphurised(6.0, 0.58, 3.0), 2)
    0.5
    """
    return 1.0 - strength * (1.0 - math.exp(-flux_kg_t / full))


def floated(oxygen_ppm: float, equilibrium_ppm: float, per_min: float, minutes: float) -> float:
    """Total oxygen after flotation, ppm: dO/dt = -k (O - O_eq), k 0.10-0.15 /min (from memory).

    Examples
    --------
    >>> round(floated(80.0, 8.0, 0.12, 14.0), 1)
    21.4
    """
    return equilibrium_ppm + (oxygen_ppm - equilibrium_ppm) * math.exp(-per_min * minutes)


def liquidus(carbon: float, si: float, mn: float, p: float, al: float) -> float:
    """Liquidus, degC: 1,537 - 78 C - 12 Si (to 3 %) - 4.9 Mn - 34 P - 3 Al (mass %; from memory, silicon calibrated).

    Examples
    --------
    >>> round(liquidus(0.002, 3.0, 0.0, 0.0, 0.0))
    1501
    """
    return 1537.0 - 78.0 * carbon - 12.0 * min(si, 3.0) - 4.9 * mn - 34.0 * p - 3.0 * al
